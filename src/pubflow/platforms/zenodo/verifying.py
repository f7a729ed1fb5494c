"""Looking at a published record as a stranger does: without a token."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from pubflow.documents import licenses
from pubflow.links import Link, Links
from pubflow.manifest import Person, Target
from pubflow.pages import Fact, Page, addresses, named
from pubflow.platform import Problem
from pubflow.platforms.zenodo.api import Api, Missing
from pubflow.platforms.zenodo.instance import integrates, is_loopback, record_id
from pubflow.platforms.zenodo.likeness import address, same_prose, same_words
from pubflow.platforms.zenodo.record import description_html, title_of
from pubflow.platforms.zenodo.state import Record
from pubflow.verify import files
from pubflow.verify.eyes import Eyes

TEST_PREFIX = "10.5072/"
"""DataCite registers no DOI under it: only the instance itself leads from such a DOI to its record
(support.datacite.org, 2026-11)."""

EDIT = "Edit the record's metadata on its page, or raise the version."


def visit(
    api: Api, base: str, target: Target, links: Links, eyes: Eyes
) -> Iterator[Problem | Page]:
    """Everything in which the public record is not what was published, and what it says."""
    link = links.get(target.name)
    if link is None:
        yield Problem(target.name, "not published yet", why="it has no address to follow")
        return
    number = record_id(link.version_url or link.url)
    record = api.record(number)
    if isinstance(record, Missing):
        yield _unread(target, link, record)
        return
    page = eyes.alive(link.version_url or link.url)
    if not page.ok:
        yield Problem(
            target.name,
            f"{page.url} answers {page.status} to a stranger",
            why="readers cannot open it, though the record is there",
            hint="Try again later; if it stays so, write to those who run the server.",
        )
    yield from _names_itself(target, link, record)
    yield from _files(target, record, base, eyes)
    yield from _described(target, record)
    yield _said(target, link, record, base)


def _unread(target: Target, link: Link, why: Missing) -> Problem:
    if why is Missing.DELETED:
        return Problem(
            target.name,
            f"{link.url} was deleted",
            why="its DOI leads to a tombstone",
            hint="Release a new version of it.",
        )
    return Problem(
        target.name,
        f"{link.url} cannot be read without a token",
        why="it is not published, so its DOI leads nowhere",
        hint="Finish the release:\n\n    pubflow release",
    )


def _names_itself(target: Target, link: Link, record: Record) -> Iterator[Problem]:
    problem = partial(
        Problem,
        target.name,
        why="the links and badges of this release lead elsewhere",
        hint="Correct the places that cite it, or release a new version.",
    )
    for what, wanted, seen in (
        ("DOI", link.doi, record.doi),
        ("DOI of all versions", link.concept_doi, record.concept_doi),
    ):
        if wanted and seen and address(wanted) != address(seen):
            yield problem(f"the record's {what} is {seen}, and {wanted} is cited")
        elif wanted and not seen and what == "DOI":
            yield problem(
                f"the record has no DOI any more; it was {wanted}",
                why="whoever cites it leads readers nowhere",
                hint="Write to those who run the server: a DOI is for ever.",
            )
        elif wanted and not seen:
            yield problem(
                f"the record has no {what}, and {wanted} is cited",
                why="the instance gives none, so the badges that name it lead nowhere",
            )


def _files(target: Target, record: Record, base: str, eyes: Eyes) -> Iterator[Problem]:
    if record.access.get("files") == "restricted":
        embargo = target.artifact.embargo_until is not None
        intended = embargo or target.settings.get("visibility") == "private"
        yield Problem(
            target.name,
            "the files are not readable by a stranger"
            + (", as intended" if intended else ", and were to be public"),
            why="they are under embargo; only the description was compared"
            if embargo
            else "only the description was compared"
            if intended
            else "somebody restricted them",
            hint="" if intended else "Open them again on the record's page: Edit, Visibility.",
            severity="note" if intended else "error",
        )
        return
    there = {entry.key: entry for entry in record.files}
    for file in target.files:
        if file.promised:
            continue
        entry = there.get(file.name)
        if entry is None:
            yield Problem(
                target.name,
                f"{file.name} is not in the record",
                why="it was published with it",
                hint="Write to those who run the server: files of a record are for ever.",
            )
        elif file.md5 and (entry.size != file.size or (entry.md5 and entry.md5 != file.md5)):
            yield Problem(
                target.name,
                f"{file.name} in the record is not the file here",
                why="its size or MD5 differs",
                hint="Raise the version to publish the file as it is now.",
            )
        else:
            url = f"{base}/api/records/{record.id}/files/{quote(file.name)}/content"
            yield from files.arrived(target, file, url, eyes, of="the record")
    if integrates(target):
        return  # What Zenodo took from GitHub is not ours to compare.
    for name in sorted(set(there) - {file.name for file in target.files}):
        yield files.extra(target, name, of="the record")


def _described(target: Target, record: Record) -> Iterator[Problem]:
    if not same_prose(record.metadata.get("description"), description_html(target)):
        yield Problem(
            target.name,
            "the record's description was edited: it is not that of publish.toml",
            why="the pages of a release must say the same",
            hint="Write the change into publish.toml too, or take it back:\n\n    pubflow release",
        )


def _said(target: Target, link: Link, record: Record, base: str) -> Page:
    data = record.metadata
    names = {named(str(item.get("identifier"))) for item in data.get("related_identifiers") or ()}
    names |= addresses(str(data.get("description") or ""))
    resolver = f"{base}/doi" if is_loopback(base) else "https://doi.org"
    if link.doi.startswith(TEST_PREFIX):
        resolver = f"{base}/doi"
    dois = {doi: f"{resolver}/{doi}" for doi in (link.doi, link.concept_doi) if doi}
    return Page(
        target.name,
        noun="record",
        facts=tuple(_facts(target, record)),
        names=frozenset(names),
        relations=True,
        dois=dois,
        hint=EDIT,
    )


def _facts(target: Target, record: Record) -> Iterator[Fact]:
    data, release, artifact = record.metadata, target.release, target.artifact
    people = artifact.authors or release.paper.authors
    creators = [creator.get("person_or_org") or {} for creator in data.get("creators") or ()]
    yield _worded("title", str(data.get("title") or ""), title_of(target))
    yield _worded("authors", "; ".join(map(_name, creators)), "; ".join(map(_wanted_name, people)))
    ids = (person.orcid for person in people if person.orcid and not person.is_organization)
    yield Fact("ORCIDs", " ".join(filter(None, map(_orcid, creators))), " ".join(ids))
    rights = licenses.zenodo(artifact.license).rights
    if rights:
        said = " and ".join(map(_right, data.get("rights") or ()))
        wanted = " and ".join(map(_right, rights))
        # A licence that the instance's list lacks is given by its title, which is its id.
        yield _worded("licence", said, said if said.lower() == wanted.lower() else wanted)
    yield _worded("version", str(data.get("version") or ""), release.version)
    if release.date:
        yield Fact("date", str(data.get("publication_date") or ""), release.date.isoformat())


def _worded(what: str, said: str, wanted: str) -> Fact:
    """A fact in words, which a server may have straightened."""
    return Fact(what, wanted if same_words(said, wanted) else said, wanted)


def _name(who: dict[str, Any]) -> str:
    if who.get("type") == "personal":
        return " ".join(filter(None, (who.get("given_name"), who.get("family_name"))))
    return str(who.get("name") or "")


def _wanted_name(person: Person) -> str:
    return person.display


def _orcid(who: dict[str, Any]) -> str:
    for one in who.get("identifiers") or ():
        if one.get("scheme") == "orcid":
            return str(one.get("identifier", "")).rsplit("/", 1)[-1]
    return ""


def _right(right: Any) -> str:
    title = right.get("title") or {}
    return str(right.get("id") or title.get("en") or next(iter(title.values()), ""))
