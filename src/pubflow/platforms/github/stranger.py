"""Looking as a stranger would: no token, no cookies, by the addresses that people are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from pubflow.documents import citation, licenses, reading
from pubflow.documents.facts import authors, title
from pubflow.errors import PubflowError, Transient
from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.pages import Fact, Page, addresses
from pubflow.platform import Problem
from pubflow.platforms.github import texts
from pubflow.verify import files
from pubflow.verify.eyes import Eyes

CITATION = "CITATION.cff"
README = "README.md"


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
        tag = link.version_url.partition("/tree/")[2]  # Of an earlier version, if that still holds.
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
    status, about = _asked(eyes, f"{api_url}/repos/{name}")
    if status == 200 and about and about["full_name"].lower() != name.lower():
        yield problem(
            f"{name} is now called {about['full_name']}",
            "old links lead there only until somebody takes the old name",
            f'Write the new name into publish.toml: repo = "{about["full_name"]}"',
        )
    yield from _tag(target, eyes, known, f"{api_url}/repos/{name}", tag)
    yield from _licence(target, eyes, f"{api_url}/repos/{name}", tag)
    status, release = _asked(eyes, f"{api_url}/repos/{name}/releases/tags/{quote(tag)}")
    if release is None:
        yield problem(
            f"There is no public release {tag}.",
            "its files and notes are gone",
            "Make it again:\n\n    pubflow release",
        )
    else:
        assets = {asset["name"]: asset for asset in release["assets"]}
        for file in target.files:
            if file.promised:
                continue
            asset = assets.get(file.name)
            of = f"the release {tag}"
            if asset is None:
                yield files.missing(target, file, of=of)
            else:
                yield from files.arrived(target, file, asset["browser_download_url"], eyes, of=of)
    yield from _said(target, eyes, page, tag, str((release or {}).get("body") or ""))


def _asked(eyes: Eyes, url: str) -> tuple[int, Any]:
    """Status and value of the API's answer about a repository that is there.

    Raises Transient where it tells strangers nothing: "Rate limits for the REST API", 2026-11.
    """
    status, value = eyes.json(url)
    if status == 403:
        raise Transient(
            f"{url} answers 403 to a stranger just now.",
            why="GitHub takes 60 questions an hour without a token, from all at one address.",
        )
    return status, value


def _tag(
    target: Target, eyes: Eyes, known: Mapping[str, str], repository: str, tag: str
) -> Iterator[Problem]:
    status, value = _asked(eyes, f"{repository}/git/ref/tags/{quote(tag)}")
    made = target.revision
    pushed = made.tag if made else known.get("tag", "")
    expected = pushed or (made.commit if made else known.get("commit", ""))
    if value is None:
        yield Problem(
            target.name,
            f"There is no tag {tag}: GitHub answers {status}.",
            "every citation of this version leads to it",
            "Push it again from a clone that has it:\n\n    git push origin " + tag,
        )
        return
    found = value["object"]["sha"]
    if expected and found != expected and not pushed:  # The tag itself is not known, its commit is.
        _, commit = _asked(eyes, f"{repository}/commits/{quote(tag)}")
        found = commit["sha"] if commit else found
    if expected and found != expected:
        yield Problem(
            target.name,
            f"The tag {tag} is {found[:10]}, not {expected[:10]}.",
            "whoever cites this version now gets other code",
            "Find out who moved it, and move it back. A change needs a new version.",
        )


def _licence(target: Target, eyes: Eyes, repository: str, tag: str) -> Iterator[Problem]:
    _, then = _asked(eyes, f"{repository}/license?ref={quote(tag, safe='')}")
    status, now = _asked(eyes, f"{repository}/license")
    if then is not None and status == 404:
        yield Problem(
            target.name,
            f"the licence file {then.get('name', 'LICENSE')} is gone from the default branch",
            "without it nobody may use the code",
            "Put it back and push.",
        )
    elif then and now and _spdx(then) != _spdx(now):
        yield Problem(
            target.name,
            f"the licence is {_spdx(now)} on the default branch; {_spdx(then)} was released",
            "readers of the page take it for the licence of this version",
            severity="warning",
        )


def _spdx(answer: Mapping[str, Any]) -> str:
    return str((answer.get("license") or {}).get("spdx_id") or "")


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
