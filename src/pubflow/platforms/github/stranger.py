"""Looking as a stranger would: no token, no cookies, by the addresses that people are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

from pubflow.documents import citation, licenses, reading
from pubflow.documents.facts import authors, title
from pubflow.errors import PubflowError, Transient
from pubflow.http import host_of
from pubflow.http.shape import understood
from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.pages import Fact, Page, addresses
from pubflow.platform import Problem
from pubflow.platforms.github import texts
from pubflow.platforms.github.answers import text
from pubflow.verify import files
from pubflow.verify.eyes import Eyes

CITATION = "CITATION.cff"
README = "README.md"

T = TypeVar("T")


def visit(
    target: Target,
    links: Links,
    eyes: Eyes,
    known: Mapping[str, str],
    *,
    api_url: str,
    server: str,
) -> Iterator[Problem | Page]:
    """Page, tag, release, every asset's bytes, and what CITATION.cff, README and notes say.

    `known` may hold `commit` and `tag`, the ids that were released.
    """
    name, tag = texts.repository_name(target), target.release.tag
    link = links.get(target.name)
    if link is not None and "/tree/" in link.version_url:
        # Of an earlier version, if that still holds.
        tag = unquote(link.version_url.partition("/tree/")[2])
    problem = partial(Problem, target.name)
    page = f"{server}/{name}"
    if target.settings.get("visibility") == "private":
        yield problem(f"{page} is not readable by a stranger, as intended.", severity="note")
        return
    gone = False
    for url in (page, f"{page}/tree/{quote(tag)}", f"{page}/releases/tag/{quote(tag)}"):
        found = eyes.read(url)
        if found.ok:
            continue
        gone = gone or url == page
        yield problem(
            f"{url} answers {found.status} to a stranger.",
            "Readers cannot open it.",
            "See whether it was made private, renamed or deleted:\n\n    " + page + "/settings",
        )
    if gone:
        return
    _, now = _asked(eyes, f"{api_url}/repos/{name}", _name)
    if now is not None and now.lower() != name.lower():
        yield problem(
            f"{name} is now called {now}",
            "old links lead there only until somebody takes the old name",
            texts.follow(target, now),
        )
    yield from _tag(target, eyes, known, f"{api_url}/repos/{name}", tag)
    yield from _licence(target, eyes, f"{api_url}/repos/{name}", tag)
    _, release = _asked(eyes, f"{api_url}/repos/{name}/releases/tags/{quote(tag)}", _release)
    if release is None:
        yield problem(
            f"There is no public release {tag}.",
            "its files and notes are gone",
            "Make it again:\n\n    pubflow release",
        )
    else:
        for file in target.files:
            if file.promised:
                continue
            there = release[1].get(file.name)
            of = f"the release {tag}"
            if there is None:
                yield files.missing(target, file, of=of)
            else:
                yield from files.arrived(target, file, there, eyes, of=of)
    yield from _said(target, eyes, page, tag, release[0] if release else "")


def _asked(eyes: Eyes, url: str, make: Callable[[Any], T]) -> tuple[int, T | None]:
    """Status of the API's answer about a repository that is there, and what `make` reads in it.

    Raises Transient where it tells strangers nothing: "Rate limits for the REST API", 2026-11.
    """
    status, value = eyes.json(url)
    if status == 403:
        raise Transient(
            f"{url} answers 403 to a stranger just now.",
            why="GitHub takes 60 questions an hour without a token, from all at one address.",
        )
    if not 200 <= status < 300:
        return status, None
    return status, understood(host_of(url), urlsplit(url).path, make, value)


def _name(answer: Mapping[str, Any]) -> str:
    return text(answer["full_name"])


def _release(answer: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The notes, and where each asset is."""
    assets = {text(a["name"]): text(a["browser_download_url"]) for a in answer["assets"]}
    return str(answer.get("body") or ""), assets


def _object(answer: Mapping[str, Any]) -> str:
    return text(answer["object"]["sha"])


def _sha(answer: Mapping[str, Any]) -> str:
    return text(answer["sha"])


def _tag(
    target: Target, eyes: Eyes, known: Mapping[str, str], repository: str, tag: str
) -> Iterator[Problem]:
    status, found = _asked(eyes, f"{repository}/git/ref/tags/{quote(tag)}", _object)
    made = target.revision
    pushed = made.tag if made else known.get("tag", "")
    expected = pushed or (made.commit if made else known.get("commit", ""))
    if found is None:
        yield Problem(
            target.name,
            f"There is no tag {tag}: GitHub answers {status}.",
            "every citation of this version leads to it",
            "Push it again from a clone that has it:\n\n    git push origin " + tag,
        )
        return
    if expected and found != expected and not pushed:  # The tag itself is not known, its commit is.
        found = _asked(eyes, f"{repository}/commits/{quote(tag)}", _sha)[1] or found
    if expected and found != expected:
        yield Problem(
            target.name,
            f"The tag {tag} is {found[:10]}, not {expected[:10]}.",
            "whoever cites this version now gets other code",
            "Find out who moved it, and move it back. A change needs a new version.",
        )


def _licence(target: Target, eyes: Eyes, repository: str, tag: str) -> Iterator[Problem]:
    _, then = _asked(eyes, f"{repository}/license?ref={quote(tag, safe='')}", _file)
    status, now = _asked(eyes, f"{repository}/license", _file)
    if then is not None and status == 404:
        yield Problem(
            target.name,
            f"the licence file {then[0]} is gone from the default branch",
            "without it nobody may use the code",
            "Put it back and push.",
        )
    elif then and now and then[1] != now[1]:
        yield Problem(
            target.name,
            f"the licence is {now[1]} on the default branch; {then[1]} was released",
            "readers of the page take it for the licence of this version",
            severity="warning",
        )


def _file(answer: Mapping[str, Any]) -> tuple[str, str]:
    """The licence file's name, and what GitHub takes it for."""
    spdx = str((answer.get("license") or {}).get("spdx_id") or "")
    return str(answer.get("name") or "LICENSE"), spdx


def _said(target: Target, eyes: Eyes, page: str, tag: str, notes: str) -> Iterator[Problem | Page]:
    readme = eyes.read(f"{page}/raw/HEAD/{README}")
    cff = eyes.read(f"{page}/raw/{quote(tag)}/{CITATION}")
    names = addresses(notes) | (addresses(readme.text) if readme.ok else frozenset())
    facts: tuple[Fact, ...] = ()
    if cff.ok:
        for said in citation.problems(cff.text):
            yield Problem(
                target.name,
                f"{CITATION} of {tag} is not valid: {said}",
                "programs that cite cannot read it",
                "Mend it in the next version.",
            )
        try:
            found = reading.citation(cff.text)
        except PubflowError:
            found = reading.Said()
        # Its links do not count: a reader of the page sees README and notes.
        facts = tuple(_facts(target, found))
    hint = "Edit it on GitHub, or raise the version to have it written anew."
    yield Page(target.name, facts=facts, names=frozenset(names), hint=hint)


def _facts(target: Target, found: reading.Said) -> Iterator[Fact]:
    release, artifact = target.release, target.artifact
    people = citation.people(authors(release, artifact))
    yield Fact("title", found.title, title(release, artifact))
    yield Fact("authors", "; ".join(found.authors), "; ".join(map(reading.cff_name, people)))
    ids = (person.orcid for person in authors(release, artifact) if person.orcid)
    yield Fact("ORCIDs", " ".join(found.orcids), " ".join(ids))
    licence = licenses.cff(artifact.license).fields
    wanted = licence.get("license") or licence.get("license-url") or ""
    wanted = " OR ".join(wanted) if isinstance(wanted, list) else str(wanted)
    if wanted:
        yield Fact("licence", found.license, wanted)
    yield Fact("version", found.version, release.version)
    if release.date:
        yield Fact("date", found.date, release.date.isoformat())
