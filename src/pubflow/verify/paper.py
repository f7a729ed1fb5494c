"""Does the compiled paper lead to the release: `pubflow cite --check paper.pdf`.

Reads a PDF's text and the targets of its links, and compares them with the addresses and DOIs of
the release. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pubflow.errors import PubflowError
from pubflow.links import Links
from pubflow.lockfile import Locked
from pubflow.manifest import Release
from pubflow.pages import named, names_of
from pubflow.platform import Problem

SLIPS = 2
"""So many letters apart an address is taken for one of ours misspelt; a DOI for one letter, since
neighbouring numbers are other people's records."""
_ADDRESS = re.compile(r"https?://[^\s<>\"'{}|\\^`]+|\b10\.\d{4,9}/[^\s<>\"'{}|\\^`]+", re.I)
_END = ".,;:)]}>"


@dataclass(frozen=True, slots=True)
class Printed:
    """What a PDF says: its text page by page, and where its links lead."""

    pages: tuple[str, ...]
    targets: tuple[tuple[int, str], ...]
    """(page from 1, address)."""


def read(path: Path) -> Printed:
    """Read a PDF. Raises PubflowError where it is none, or locked."""
    try:
        import pypdf
        from pypdf.errors import PyPdfError
    except ImportError:
        raise PubflowError(
            "Reading a PDF needs pypdf, which is not installed.",
            hint="Install it:\n\n    pip install pypdf",
        ) from None
    try:
        reader = pypdf.PdfReader(path)
        pages, targets = [], []
        for number, page in enumerate(reader.pages, 1):
            pages.append(page.extract_text() or "")
            for annotation in page.get("/Annots") or ():
                action = annotation.get_object().get("/A")
                if action is not None and (uri := action.get_object().get("/URI")):
                    targets.append((number, str(uri)))
    except OSError as wrong:
        raise PubflowError(f"{path} cannot be read: {wrong.strerror}.") from None
    except (PyPdfError, ValueError, KeyError, AttributeError, RecursionError) as wrong:
        raise PubflowError(
            f"{path.name} cannot be read as a PDF ({type(wrong).__name__}).",
            why="Its text and links are compared with the release.",
            hint="Compile the paper again, without a password.",
        ) from None
    return Printed(tuple(pages), tuple(targets))


def check(
    printed: Printed, release: Release, links: Links, locked: Locked, name: str
) -> Iterator[Problem]:
    """A problem for each artifact that is missing, and for each address that is broken or wrong."""
    if not any(text.strip() for text in printed.pages) and not printed.targets:
        yield Problem(
            name,
            "no text and no link can be read in it",
            "pages that are pictures say nothing to programs",
            "Check the PDF that LaTeX made, not a scan.",
        )
        return
    ours = {
        artifact.key: {one for link in links.of(artifact.key).values() for one in names_of(link)}
        for artifact in release.artifacts
    }
    every = set().union(*ours.values()) if ours else set()
    outside = _outside(release)
    text = "\n".join(printed.pages)
    targets = {named(address) for _, address in printed.targets}
    seen = {named(_trimmed(found)) for found in _ADDRESS.findall(text)}
    squeezed = re.sub(r"\s+", "", text)
    for key, names in ours.items():
        if not names:
            continue
        best = named(_best(links, key))
        if names & targets or names & seen:
            continue
        if any(one in squeezed or one in squeezed.lower() for one in names):
            yield Problem(
                name,
                f"the address of {key} is broken by a line end or a blank, and is no link",
                "nobody can click it, and copying it yields half of it",
                "Write it with \\url or \\href of hyperref, as the macros do:\n\n"
                "    pubflow cite --latex",
            )
            continue
        yield Problem(
            name,
            f"nothing in it leads to {key}",
            f"readers should find {best}",
            "Put the availability paragraph into the paper:\n\n    pubflow cite --latex",
        )
    earlier = _earlier(locked, release.version)
    told: set[str] = set()
    for where, address in _all(printed):
        one = named(address)
        if one in every or one in outside or one in told:
            continue
        told.add(one)
        yield from _wrong(name, where, address, one, every, earlier)


def _wrong(
    name: str, where: str, address: str, one: str, ours: set[str], earlier: Mapping[str, str]
) -> Iterator[Problem]:
    if version := earlier.get(one):
        yield Problem(
            name,
            f"{where} names {address}, which is version {version}",
            "the paper describes this version",
            "Make the macros anew:\n\n    pubflow cite --latex",
        )
        return
    cut = [full for full in sorted(ours) if full.startswith(one) and len(one) >= len(full) * 0.6]
    beyond = [full for full in sorted(ours) if one.startswith(full) and _inside(one, full)]
    if beyond:
        return
    if cut and not _whole(one, cut):
        yield Problem(
            name,
            f"{where} names {address}, which is cut off: {cut[0]}",
            "the link leads nowhere, or elsewhere",
            "Write it with \\url or \\href, on one line of the source.",
        )
        return
    most = 1 if one.startswith("10.") else SLIPS
    near = [full for full in sorted(ours) if _apart(one, full, most) <= most]
    if near:
        yield Problem(
            name,
            f"{where} names {address}, which is not of this release; near is {near[0]}",
            "it leads to something else",
            "Correct it, or use the macros:\n\n    pubflow cite --latex",
        )


def _apart(one: str, other: str, most: int) -> int:
    """How many letters must be put in, left out or changed; above `most` any larger number."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != wanted))
        if min(row) > most:
            return most + 1
    return row[-1]


def _inside(one: str, full: str) -> bool:
    """A deeper page of something of ours: `<repository>/issues`."""
    return one[len(full) :].startswith(("/", "#", "?"))


def _whole(one: str, cut: list[str]) -> bool:
    """Whether the shorter address is a page of its own above ours: the repository of a tag."""
    return any(full[len(one) :].startswith("/") for full in cut) and not one.startswith("10.")


def _all(printed: Printed) -> Iterator[tuple[str, str]]:
    for number, address in printed.targets:
        yield f"a link on page {number}", address
    for number, text in enumerate(printed.pages, 1):
        for found in _ADDRESS.findall(text):
            yield f"page {number}", _trimmed(found)


def _trimmed(text: str) -> str:
    """Without the sentence's own signs at its end."""
    while text and text[-1] in _END and not (text[-1] == ")" and "(" in text):
        text = text[:-1]
    return text


def _best(links: Links, key: str) -> str:
    from pubflow.documents.facts import cite

    return cite(links, key)


def _outside(release: Release) -> set[str]:
    """What else the paper may well name: itself, and what the artifacts come from."""
    from pubflow.links import address_of

    paper = release.paper
    found = {paper.doi, paper.identifier, paper.url, paper.address}
    for artifact in release.artifacts:
        derived = artifact.responsible.get("derived_from", ())
        found |= {address_of(str(one)) for one in (*artifact.base_model, *artifact.trained_on)}
        found |= {
            address_of(str(one)) for one in ([derived] if isinstance(derived, str) else derived)
        }
    return {named(one) for one in found if one}


def _earlier(locked: Locked, version: str) -> dict[str, str]:
    """Address or DOI of another version -> that version."""
    found = {}
    for other, said in locked.releases.items():
        if other == version:
            continue
        for row in said.get("targets", {}).values():
            for key in ("doi", "version_url"):
                if row.get(key):
                    found[named(str(row[key]))] = other
    now = locked.releases.get(version, {}).get("targets", {})
    for row in now.values():
        for key in ("doi", "version_url"):
            found.pop(named(str(row.get(key) or "-")), None)
    return found
