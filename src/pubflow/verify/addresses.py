"""Following what the pages name: do DOIs lead to their pages, is there something behind each link?

A DOI takes minutes, at times hours, until resolvers know it (support.datacite.org, 2026-11): a
young one that does not resolve yet is a note. Outside of this computer nothing is followed for
pages that lie on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date as Date
from datetime import timedelta
from urllib.parse import urlsplit

from pubflow.errors import Transient
from pubflow.http import is_loopback
from pubflow.links import Links
from pubflow.pages import Page, names_of
from pubflow.platform import Problem
from pubflow.verify.eyes import Eyes

YOUNG = timedelta(days=2)
GONE = frozenset({404, 410})


def resolved(
    page: Page, links: Links, eyes: Eyes, *, today: Date, released: Date | None
) -> Iterator[Problem]:
    """Each of the page's DOIs leads to it."""
    link = links[page.target]
    wanted = {urlsplit(address).path.rstrip("/") for address in (link.url, link.version_url)}
    for doi, address in page.dois.items():
        try:
            end = eyes.alive(address)
        except Transient as busy:
            yield _unclear(page.target, doi, busy)
            continue
        if end.ok and (doi != link.doi or urlsplit(end.url).path.rstrip("/") in wanted):
            continue
        young = released is not None and today - released <= YOUNG
        if end.ok:
            yield Problem(
                page.target,
                f"the DOI {doi} leads to {end.url}",
                f"it should lead to {link.version_url or link.url}",
                "Write to those who run the server: they keep its address.",
            )
        elif young and not is_loopback(urlsplit(address).hostname or ""):
            yield Problem(
                page.target,
                f"the DOI {doi} does not resolve yet",
                "a new one can take hours until resolvers know it",
                "Verify again tomorrow.",
                severity="note",
            )
        else:
            yield Problem(
                page.target,
                f"the DOI {doi} does not resolve: {address} answers {end.status}",
                "whoever cites it leads readers nowhere",
                "Write to those who run the server: a DOI is for ever.",
            )


def dead(pages: Sequence[Page], links: Links, eyes: Eyes) -> Iterator[Problem]:
    """A problem for each address on the pages behind which nothing is.

    The release's own addresses are looked at by their platforms.
    """
    own = {name for link in links.values() for name in names_of(link)}
    near = any(is_loopback(urlsplit(link.url).hostname or "") for link in links.values())
    where: dict[str, list[Page]] = {}
    for page in pages:
        for name in sorted(page.names - own):
            where.setdefault(name, []).append(page)
    outside = 0
    for name, on in sorted(where.items()):
        address = f"https://doi.org/{name}" if name.startswith("10.") else name
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https"):
            continue
        if near and not is_loopback(parts.hostname or ""):
            outside += 1
            continue
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            continue
        yield from _followed(address, on, eyes)
    if outside:
        yield Problem(
            "links",
            f"{outside} link{'s' * (outside != 1)} to the web were not followed",
            "the pages are on this computer, and a rehearsal sends nothing out",
            severity="note",
        )


def _followed(address: str, on: Sequence[Page], eyes: Eyes) -> Iterator[Problem]:
    try:
        end = eyes.alive(address)
    except Transient as busy:
        yield _unclear(on[0].target, address, busy)
        return
    if end.status in GONE:
        for page in on:
            yield Problem(
                page.target,
                f"the {page.noun} links to {address}, which answers {end.status}",
                "readers who follow it find nothing",
                f"Correct the link. {page.hint}",
            )
    elif not end.ok:
        what = f"{address} answers {end.status}, so it could not be checked"
        yield Problem(on[0].target, what, "some servers refuse programs", severity="note")


def _unclear(where: str, what: str, busy: Transient) -> Problem:
    return Problem(where, f"{what} could not be checked: {busy.what}", severity="warning")
