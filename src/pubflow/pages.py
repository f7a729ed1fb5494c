"""Who links to whom: what a page must lead to, what it says, and where it does not. Pure.

The same questions are asked twice: of the pages as they will be, before anything is public, and of
the pages as a stranger reads them afterwards.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pubflow.links import Link, Links, relations
from pubflow.platform import Problem

if TYPE_CHECKING:
    from pubflow.manifest import Target


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the page says of the artifact, and what it should say, in the same words."""

    what: str
    """`title`, `authors`, `ORCIDs`, `licence`, `version`, `date`."""
    said: str
    wanted: str

    @property
    def right(self) -> bool:
        return _folded(self.said) == _folded(self.wanted)


@dataclass(frozen=True, slots=True)
class Page:
    """What one target's page says to somebody without an account."""

    target: str
    noun: str = "page"
    """What to call it in a sentence: `page`, `record`."""
    facts: tuple[Fact, ...] = ()
    names: frozenset[str] = frozenset()
    """Every address and DOI that it names, as `named` writes them."""
    relations: bool = False
    """Whether it states relations, so that sources outside of the release belong there too."""
    dois: Mapping[str, str] = field(default_factory=dict)
    """Its own DOIs -> an address that leads from the DOI to the page; bare DOIs."""
    hint: str = ""
    """How what it says is put right."""


def named(text: str) -> str:
    """An address or a DOI in the one form in which two of them are compared."""
    plain = unquote(text.strip()).rstrip("/")
    plain = re.sub(r"(?i)^(https?://(dx\.)?doi\.org/|doi:)(?=10\.)", "", plain)
    if plain.startswith("10."):
        return plain.lower()
    found = re.match(r"(?i)https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})", plain)
    return f"10.48550/arxiv.{found[1]}" if found else plain


def addresses(text: str) -> frozenset[str]:
    """Every link of a Markdown text, as a reader can follow it, and every DOI in its links.

    What stands in a code block or a comment is no link.
    """
    from markdown_it import MarkdownIt

    found: set[str] = set()
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    for token in parser.parse(text):
        for part in token.children or ():
            found |= {str(part.attrs[key]) for key in ("href",) if key in part.attrs}
            if part.type in ("html_inline", "html_block"):
                found |= set(re.findall(r'href="([^"]+)"', part.content))
        if token.type == "html_block":
            plain = re.sub(r"<!--.*?(-->|\Z)", "", token.content, flags=re.DOTALL)
            found |= set(re.findall(r'href="([^"]+)"', plain))
    return frozenset(map(named, found))


def linked(page: str) -> frozenset[str]:
    """Every link of a page in HTML."""
    return frozenset(named(html.unescape(one)) for one in re.findall(r'href="([^"]+)"', page))


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that a page must lead to: any of its names will do."""

    to: str
    """The artifact's key, `paper`, or an address outside."""
    shown: str
    """The name to tell people."""
    names: tuple[str, ...]


def wanted(target: Target, links: Links, *, outside: bool) -> Iterator[Wanted]:
    """What the page of `target` must lead to: the paper, other copies, all siblings.

    With `outside`, base models and sources too. What has no address yet is not asked for.
    """
    paper = target.release.paper
    inside: set[str] = set()
    if shown := paper.identifier or paper.url:
        every = (paper.identifier, paper.doi, paper.url, paper.address)
        names = {named(name) for name in every if name}
        inside |= names
        yield Wanted("paper", shown, tuple(sorted(names)))
    for artifact in target.release.artifacts:
        for platform, link in links.of(artifact.key).items():
            its = names_of(link)
            inside |= set(its)
            if (to := f"{artifact.key}@{platform}") != target.name:
                yield Wanted(to, f"{to}, {link.doi or link.version_url or link.url}", its)
    if outside:
        for relation in relations(target, links):
            if (name := named(relation.identifier)) not in inside:
                yield Wanted(relation.identifier, relation.identifier, (name,))


def row(target: Target, links: Links, names: frozenset[str]) -> dict[str, bool | None]:
    """`paper` and each artifact's key -> whether a page with those names leads to all of it.

    None where there is nothing to lead to: no paper's address, no other copy of itself.
    """
    keys = [artifact.key for artifact in target.release.artifacts]
    found: dict[str, bool | None] = dict.fromkeys(["paper", *keys])
    for want in wanted(target, links, outside=False):
        key = want.to.partition("@")[0]
        found[key] = found[key] is not False and not names.isdisjoint(want.names)
    return found


def names_of(link: Link) -> tuple[str, ...]:
    """All by which a link's place may be named."""
    found = (link.doi, link.version_url, link.url, link.concept_doi)
    return tuple(dict.fromkeys(named(name) for name in found if name))


def unlinked(target: Target, links: Links, page: Page) -> Iterator[Problem]:
    """A problem for each thing that the page should lead to and does not."""
    for want in wanted(target, links, outside=page.relations):
        if page.names.isdisjoint(want.names):
            yield Problem(
                target.name,
                f"the {page.noun} does not link to {want.shown}",
                why="a reader would not find it from there",
                hint=page.hint,
            )


def holes(target: Target, links: Links, text: str) -> Iterator[Problem]:
    """An error for each link that the page of `target` with this Markdown would lack."""
    names = addresses(text)
    for want in wanted(target, links, outside=False):
        if names.isdisjoint(want.names):
            yield hole(target, want)


def hole(target: Target, want: Wanted) -> Problem:
    """The error for one missing link; the same value each time, so that it can be looked for."""
    return Problem(
        target.name,
        f"its page would not link to {want.shown}",
        why="who has one page of the release must find the others, and it cannot be changed later",
        hint="The links stand in pubflow's block at the end of the text. Look whether a code fence "
        "before it is never closed.",
    )


def different(page: Page) -> Iterator[Problem]:
    """A problem for each fact that the page says otherwise, or no more says."""
    for fact in page.facts:
        if fact.right:
            continue
        what = (
            f"the {page.noun} names the {fact.what} “{fact.said}”, and publish.toml “{fact.wanted}”"
            if fact.said
            else f"the {page.noun} names no {fact.what} any more; it was “{fact.wanted}”"
        )
        yield Problem(
            page.target, what, why="the pages of a release must say the same", hint=page.hint
        )


def problems(found: Iterable[Problem | Page], target: Target, links: Links) -> Iterator[Problem]:
    """All problems of a visit: those that were seen, and those that follow from the page."""
    for item in found:
        if isinstance(item, Page):
            yield from different(item)
            yield from unlinked(target, links, item)
        else:
            yield item


def _folded(text: str) -> str:
    return " ".join(text.split())
