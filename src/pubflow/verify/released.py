"""What was released, as publish.toml and publish.lock say together. Pure.

The receipt says where everything is and which bytes went there; publish.toml says what the pages
must tell. Where a file here is no longer the one in the receipt, the receipt holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date as Date
from typing import Any
from urllib.parse import unquote

from pubflow.errors import PubflowError
from pubflow.links import Link, Links
from pubflow.lockfile import Locked
from pubflow.manifest import File, Manifest, Target, version_order
from pubflow.pages import Page
from pubflow.platform import Problem


@dataclass(frozen=True, slots=True)
class Released:
    """One version as it was released."""

    manifest: Manifest
    links: Links
    known: Mapping[str, Mapping[str, str]]
    """Target -> the ids that were kept for it."""
    first: Mapping[str, str]
    """Target -> the version in which what it points to came out: an earlier one if unchanged."""
    found: tuple[Problem, ...]


def released(manifest: Manifest, locked: Locked, version: str = "") -> Released:
    """That version; without one that of publish.toml, or the newest one if that is not out yet.

    Raises PubflowError when the receipt knows of no release.
    """
    version = version or manifest.release.version
    found: list[Problem] = []
    if not locked.releases:
        raise PubflowError(
            "There is no publish.lock, or nothing in it.",
            why="It says where everything is and which bytes were released.",
            hint="If nothing was released yet, do that first. Else take it from git, or have it"
            " written again by looking:\n\n    git checkout publish.lock\n    pubflow release",
        )
    if version not in locked.releases:
        newest = max(locked.releases, key=version_order)
        what = f"{version} is not released yet; {newest} is verified"
        found.append(Problem("publish.lock", what, severity="note"))
        version = newest
    said = locked.releases[version]
    date = said.get("date")
    release = replace(
        manifest.release,
        version=version,
        tag=str(said.get("tag") or manifest.release.tag),
        date=date if isinstance(date, Date) else manifest.release.date,
    )
    rows: Mapping[str, Mapping[str, Any]] = said.get("targets", {})
    targets = []
    for target in manifest.targets:
        row = rows.get(target.name)
        if row is None:
            what = f"it is in publish.toml and not in the release {version}"
            found.append(Problem(target.name, what, severity="note"))
            continue
        if row.get("state") != "published":
            found.append(_unfinished(target, str(row.get("state") or "begun")))
            continue
        files = tuple(_files(target, row.get("sha256", {}), found))
        targets.append(replace(target, release=release, files=files, revision=None))
    for name in sorted(set(rows) - {target.name for target in manifest.targets}):
        what = f"it was released in {version} and is no more in publish.toml"
        found.append(Problem(name, what, "so it was not looked at", severity="warning"))
    links = Links({target.name: _link(rows[target.name]) for target in targets})
    return Released(
        replace(manifest, release=release, targets=tuple(targets)),
        links,
        {target.name: locked.ids(version, target.name) for target in targets},
        {target.name: _first(locked, version, target.name) for target in targets},
        tuple(found),
    )


def comparable(of: Released, page: Page) -> tuple[Page, Links, tuple[Problem, ...]]:
    """What of the page can be held against what is known, and the addresses it must lead to.

    All of it, unless it stayed as it was in a version of which publish.lock says nothing: then a
    note tells what was left out.
    """
    since = _stayed(of, page)
    if not since:
        return page, of.links, ()
    note = Problem(
        page.target,
        f"it is unchanged since {since}, of which publish.lock says nothing",
        "so its version, its date and its links to the others were not compared",
        "If git has a publish.lock that knew it, put that back and have this version added:\n\n"
        "    pubflow release",
        severity="note",
    )
    facts = tuple(fact for fact in page.facts if fact.what not in ("version", "date"))
    return replace(page, facts=facts), Links({page.target: of.links[page.target]}), (note,)


def _stayed(of: Released, page: Page) -> str:
    """The version that the page is of, in words, if it is an earlier one than `of`; else empty.

    A page that names no version is of this one if its address ends in the tag. The word of one
    that names an earlier version is taken where nothing is known that was made for this one.
    """
    release, link = of.manifest.release, of.links[page.target]
    said = next((fact.said for fact in page.facts if fact.what == "version"), None)
    if said is None:
        address = unquote(link.version_url)
        return "" if not address or address.endswith(f"/{release.tag}") else "an earlier version"
    if not said or of.known[page.target] or link.late:
        return ""
    return said if version_order(said) < version_order(release.version) else ""


def _unfinished(target: Target, state: str) -> Problem:
    return Problem(
        target.name,
        f"it is {state} and not released yet",
        "a stranger cannot see it",
        "Finish the release:\n\n    pubflow release",
        severity="note",
    )


def _link(row: Mapping[str, Any]) -> Link:
    named = (str(row.get(key) or "") for key in ("url", "version_url", "doi", "concept_doi"))
    return Link(*named, late=bool(row.get("late")))


def _files(target: Target, digests: Mapping[str, str], found: list[Problem]) -> Iterator[File]:
    here = {file.name: file for file in target.artifact.files}
    for name in sorted(digests):
        file = here.get(name)
        if file is not None and file.sha256 == digests[name]:
            yield file
            continue
        if file is not None:
            what = f"{name} here is not the file that was released"
            why = "the released one was looked for"
            hint = "To publish it as it is now, raise the version."
            found.append(Problem(target.name, what, why, hint, severity="warning"))
        yield File(name, sha256=digests[name])


def _first(locked: Locked, version: str, target: str) -> str:
    """The oldest version whose receipt has the very same address of this version's page."""
    row = locked.releases[version].get("targets", {}).get(target, {})
    address = row.get("version_url") or row.get("doi")
    same = [
        other
        for other, said in locked.releases.items()
        if address
        and (there := said.get("targets", {}).get(target, {}))
        and (there.get("version_url") or there.get("doi")) == address
    ]
    return min([*same, version], key=version_order)
