"""Looking at a released repository on the Hub as anybody would: without a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import quote, unquote

from pubflow.documents import bibtex, licenses, reading
from pubflow.documents.facts import authors, license_file, title
from pubflow.links import Link, Links
from pubflow.manifest import File, Target
from pubflow.pages import Fact, Page, addresses, linked
from pubflow.platform import Problem
from pubflow.platforms.huggingface import diff as decide
from pubflow.platforms.huggingface.api import About, Api
from pubflow.platforms.huggingface.state import CARD, Entry, by_path, carried, kind_of
from pubflow.verify import files
from pubflow.verify.eyes import Eyes

EDIT = "Edit the card on the Hub, or raise the version to have it written anew."


def visit(
    api: Api,
    target: Target,
    link: Link,
    links: Links,
    eyes: Eyes,
    known: Mapping[str, str],
    *,
    endpoint: str,
) -> Iterator[Problem | Page]:
    """Public, tagged, every file at the tag with the bytes that it has here, and what the card
    says now. `known` may hold `commit`, the id that was tagged.
    """
    problem = partial(Problem, target.name)
    kind = kind_of(target)
    name = link.url.removeprefix(f"{endpoint}/").removeprefix("datasets/")
    about = api.about(name, kind)
    if about is None:
        if decide.opens(target):
            yield problem(
                f"{link.url} cannot be seen by a stranger.",
                "Readers cannot open it.",
                "See whether it was made private or deleted:\n\n    " + f"{link.url}/settings",
            )
        else:
            yield problem(
                f"{link.url} is not readable by a stranger, as intended.", severity="note"
            )
        return
    if about.id.lower() != name.lower():
        yield problem(
            f"{name} is now called {about.id}",
            "old links lead there only until somebody takes the old name",
            f'Write the new name into publish.toml: repo = "{about.id}"',
        )
    if about.gated:
        yield _gated(target, about)
        page = eyes.read(link.url)
        if page.ok:  # Its files are closed, and its page with the card is not.
            yield Page(target.name, noun="card", names=linked(page.text), hint=EDIT)
        return
    tag = unquote(link.version_url.rpartition("/tree/")[2])
    commit = api.tags(name, kind).get(tag)
    expected = known.get("commit", "")
    if commit is None:
        yield problem(
            f"There is no tag {tag} in {name}.",
            "The link to this version is dead.",
            "Set it again:\n\n    pubflow release",
        )
    elif expected and expected != commit:
        yield problem(
            f"The tag {tag} of {name} is {commit[:10]}, not {expected[:10]}.",
            "whoever loads this version now gets other files",
            "Find out who moved it, and move it back. A change needs a new version.",
        )
    head = eyes.read(f"{link.url}/raw/main/{CARD}")
    if commit is not None:
        yield from _files(api, target, link, eyes, name, tag)
    card = next((file for file in target.files if file.name == CARD and not file.promised), None)
    if head.ok:
        if card is not None and tag == target.release.tag and not _is(head.text, card):
            yield problem(
                f"the card of {name} was edited since the release",
                "what it says now was not written or compared by pubflow",
                "To keep the edit, put it into the card that publish.toml names; to undo it, take "
                f"README.md from the commit {tag}.",
                severity="error",
            )
        yield _said(target, links, head.text, here=tag == target.release.tag)
    else:
        yield problem(f"{name} has no card any more.", "readers see an empty page", EDIT)


def _gated(target: Target, about: About) -> Problem:
    if decide.gate(target) in (None, about.gated):
        return Problem(
            target.name,
            f"The files of {about.id} are not readable by a stranger, as intended: readers ask"
            f" first ({about.gated}).",
            severity="note",
        )
    return Problem(target.name, f"Readers of {about.id} must ask first ({about.gated}).")


def _files(
    api: Api, target: Target, link: Link, eyes: Eyes, name: str, tag: str
) -> Iterator[Problem]:
    held: Mapping[str, Entry] = by_path(api.tree(name, kind_of(target), tag))
    here = tag == target.release.tag
    of = f"{name} at {tag}"
    for file in carried(target.files):
        if file.promised or (file.name == CARD and not here):
            continue
        if file.name not in held:
            yield files.missing(target, file, of=of)
            continue
        entry = held[file.name]
        if file.name == CARD and not entry.holds(file):
            continue  # Edited before the tag was set; the page's own is compared below.
        url = f"{link.url}/resolve/{quote(tag, safe='')}/{quote(file.name)}"
        yield from files.arrived(target, file, url, eyes, of=of)


def _is(text: str, card: File) -> bool:
    import hashlib

    return hashlib.sha256(text.encode("utf-8")).hexdigest() == card.sha256


def _said(target: Target, links: Links, card: str, *, here: bool) -> Page:
    """What the card says of the release. One that is unchanged since a version before (not `here`)
    tells of that version still, which is right: only its licence is compared."""
    release, artifact = target.release, target.artifact
    facts = []
    licence = licenses.hub(artifact.license, file=license_file(target))
    if licence.id != "unknown":
        wanted = licence.name if licence.id == "other" else licence.id
        top = reading.head(card)
        chosen = licenses.is_choice(artifact.license, top.get("license"))
        facts.append(Fact("licence", wanted if chosen else reading.licence_of(top), wanted))
    if not here:
        return Page(target.name, noun="card", facts=tuple(facts), names=addresses(card), hint=EDIT)
    entry = reading.entry(card, bibtex.keys(release)[artifact.key])
    facts += [
        Fact("title", entry.get("title", ""), reading.bibtex_title(title(release, artifact))),
        Fact(
            "authors",
            entry.get("author", ""),
            reading.bibtex_authors(authors(release, artifact)),
        ),
        Fact("version", entry.get("version", ""), bibtex.escape(release.version)),
    ]
    if release.date:
        facts.append(Fact("year", entry.get("year", ""), str(release.date.year)))
    return Page(target.name, noun="card", facts=tuple(facts), names=addresses(card), hint=EDIT)
