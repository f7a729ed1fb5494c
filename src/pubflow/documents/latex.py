"""LaTeX for the paper itself: an address in each macro, and the availability paragraph. Pure.

Known as soon as the DOIs are reserved. The macros need `\\usepackage{hyperref}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pubflow.documents import bibtex
from pubflow.documents.facts import NOUN, cite, doi_url, one_line, page, publisher, title
from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, Release

WORD = {Kind.CODE: "code", Kind.WEIGHTS: "model", Kind.DATA: "data"}
_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def macros(release: Release, links: Links) -> str:
    r"""`\codeurl`, `\codedoi`, `\modelurl`, ..., `\releaseversion` and `\availability`.

    The first artifact of a kind has the plain names; every one of several has names with its id
    too: `\modelurlSeagrassnetLarge`. What is not known yet has no macro.
    """
    lines = [
        f"% Release {_comment(release.version)} of “{_comment(release.paper.title)}”: made by",
        "% pubflow cite --latex. Do not edit: make it anew after each reserved DOI.",
        _macro("releaseversion", bibtex.escape(release.version)),
    ]
    for kind in Kind:
        found = [a for a in release.artifacts if a.kind is kind and links.of(a.key)]
        for number, artifact in enumerate(found):
            if number == 0:
                lines += _addresses(links, artifact, WORD[kind], "")
            if len(found) > 1:
                lines += _addresses(links, artifact, WORD[kind], letters(artifact.id))
    lines.append(_macro("availability", paragraph(release, links)))
    return "\n".join(lines) + "\n"


def paragraph(release: Release, links: Links) -> str:
    """Where code, weights and data are, in one paragraph of LaTeX."""
    said = []
    for artifact, where in _places(release, links):
        licence = artifact.license.display
        under = f" under {bibtex.escape(licence)}" if licence else ""
        name = bibtex.escape(title(release, artifact))
        noun = NOUN[artifact.kind]
        is_are = "is" if artifact.kind is Kind.CODE else "are"
        places = " and ".join(f"\\url{{{_url(one)}}}" for one in where)
        said.append(f"{noun} ({name}) {is_are} available at {places}{under}.")
    return " ".join(said)


def text(release: Release, links: Links) -> str:
    """Citations in plain text, one for each artifact, and the availability paragraph."""
    year = release.date.year if release.date else ""
    rows = []
    for artifact, _ in _places(release, links):
        people = artifact.authors or release.paper.authors
        names = ", ".join(one_line(person.display) for person in people)
        kind = {Kind.CODE: "Software", Kind.WEIGHTS: "Model weights", Kind.DATA: "Data set"}
        by = publisher(links, artifact.key)
        parts = [
            f"{names} ({year})." if year else f"{names}.",
            f"{title(release, artifact)}, version {one_line(release.version)}.",
            f"{kind[artifact.kind]}{f', {by}' if by else ''}.",
            cite(links, artifact.key),
        ]
        rows.append(" ".join(parts))
    said = []
    for artifact, where in _places(release, links):
        licence = f" ({artifact.license.display})" if artifact.license.display else ""
        said.append(f"{NOUN[artifact.kind]}: {' and '.join(where)}{licence}.")
    paper = release.paper
    head = f"{', '.join(one_line(p.display) for p in paper.authors)}. {one_line(paper.title)}."
    if paper.venue:
        head += f" {one_line(paper.venue)}."
    if paper.address:
        head += f" {paper.address}"
    return (
        "\n\n".join([head, *rows, "Availability. " + " ".join(said) if said else ""]).strip() + "\n"
    )


def _places(release: Release, links: Links) -> Iterator[tuple[Artifact, list[str]]]:
    """Each artifact that has an address: where it is worked with, and its DOI."""
    for artifact in release.artifacts:
        found = [page(links, artifact.key), cite(links, artifact.key)]
        where = [one for one in dict.fromkeys(found) if one]
        doi = links.doi(artifact.key)
        if len(where) == 2 and doi and all(link.doi for link in links.of(artifact.key).values()):
            where = where[1:]  # Only the record: its DOI says all.
        if where:
            yield artifact, where


def _addresses(links: Links, artifact: Artifact, word: str, suffix: str) -> Iterator[str]:
    yield _macro(f"{word}url{suffix}", f"\\url{{{_url(page(links, artifact.key))}}}")
    if doi := links.doi(artifact.key):
        shown = bibtex.escape(doi)
        yield _macro(f"{word}doi{suffix}", f"\\href{{{_url(doi_url(doi))}}}{{doi:{shown}}}")


def letters(text: str) -> str:
    """A name that TeX takes, which is letters only: `net-v2` -> `NetVTwo`."""
    words = re.findall(r"[A-Za-z]+|\d", text)
    return "".join(_DIGITS[int(w)] if w.isdigit() else w[0].upper() + w[1:] for w in words)


def _macro(name: str, body: str) -> str:
    return f"\\providecommand{{\\{name}}}{{}}\\renewcommand{{\\{name}}}{{{body}}}"


def _url(address: str) -> str:
    r"""An address for `\url` inside of a macro: what TeX would take as its own is escaped."""
    plain = re.sub(r"[\s{}\\^`\"<>|]", lambda found: f"%{ord(found[0]):02X}", one_line(address))
    return plain.replace("%", "\\%").replace("#", "\\#")


def _comment(text: str) -> str:
    return one_line(text)
