"""The ground truth of the three platforms as plain facts, read from what they hold.

Read once for each world that a platform was ever in, as worlds never change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pubflow.rehearsal.github import objects
from simulation.places import Held
from simulation.store import OBJECTS
from simulation.world import folder, the_places

T = TypeVar("T")
MOST = 40_000


def read(name: str) -> Callable[[Callable[[Any], T]], Callable[[Held], T]]:
    """The facts of a platform's world, remembered by what it holds."""

    def reading(of: Callable[[Any], T]) -> Callable[[Held], T]:
        known: OrderedDict[bytes, T] = OrderedDict()

        def facts(held: Held) -> T:
            found = known.get(held.blob)
            if found is None:
                place = the_places()[name]
                place._load(held)
                found = known[held.blob] = of(place.take())
                if len(known) > MOST:
                    known.popitem(last=False)
            return found

        return facts

    return reading


@dataclass(frozen=True)
class SeenRecord:
    id: str
    concept: str
    published: bool
    doi: str
    marks: frozenset[str]
    files: Mapping[str, str]
    """Complete ones, by MD5."""
    pending: frozenset[str]
    related: frozenset[str]
    whole: str
    """All that is known of what is published, else of the draft; for comparing."""


@read("zenodo")
def records(state: Any) -> Mapping[str, SeenRecord]:
    """Id -> every record and draft that is there."""
    return {one.id: _record(one) for one in state.records.values() if not one.removed}


def _record(one: Any) -> SeenRecord:
    document = one.published or one.draft
    metadata = document.metadata
    named = frozenset(i.get("identifier", "") for i in metadata.get("identifiers", ()))
    entries = document.files.values()
    return SeenRecord(
        id=one.id,
        concept=one.parent,
        published=one.published is not None,
        doi=document.pids.get("doi", {}).get("identifier", ""),
        marks=named,
        files={entry.key: entry.md5.removeprefix("md5:") for entry in entries if entry.completed},
        pending=frozenset(entry.key for entry in entries if not entry.completed),
        related=frozenset(i.get("identifier", "") for i in metadata.get("related_identifiers", ())),
        whole=repr(
            (
                metadata,
                document.custom_fields,
                document.access,
                document.pids,
                sorted((e.key, e.md5, e.size) for e in entries),
            )
        ),
    )


@dataclass(frozen=True)
class SeenRelease:
    id: int
    tag: str
    draft: bool
    first: str
    """The first line of its notes."""
    assets: Mapping[str, str]
    """Complete ones, by SHA-256."""
    broken: frozenset[str]
    whole: str


@dataclass(frozen=True)
class SeenGitHub:
    """One repository on GitHub."""

    private: bool
    branch: str
    refs: Mapping[str, str]
    arrived: frozenset[str]
    """Ends of everything that was ever pushed."""
    releases: tuple[SeenRelease, ...]

    @property
    def head(self) -> str:
        return self.refs.get(f"refs/heads/{self.branch}", "")

    @property
    def claims(self) -> Mapping[str, str]:
        """Version -> the claim's text."""
        start = "refs/pubflow/"
        return {
            ref.removeprefix(start): content(sha, "claim.json")
            for ref, sha in self.refs.items()
            if ref.startswith(start)
        }


@read("github")
def github(state: Any) -> Mapping[str, SeenGitHub]:
    """`owner/name` in lower case -> repository."""
    world, kept = state
    found = {}
    for one in world:
        git = kept[one.full_name.lower()]
        found[one.full_name.lower()] = SeenGitHub(
            one.private,
            one.default_branch,
            dict(git.refs),
            frozenset(git.arrived),
            tuple(_release(release) for release in one.releases),
        )
    return found


def _release(release: Any) -> SeenRelease:
    whole = [asset for asset in release.assets if asset.state == "uploaded"]
    return SeenRelease(
        release.id,
        release.tag,
        release.draft,
        (release.body or "").lstrip().partition("\n")[0],
        {asset.name: asset.sha256 for asset in whole},
        frozenset(asset.name for asset in release.assets if asset.state != "uploaded"),
        repr((release.tag, release.draft, release.name, release.body, release.assets)),
    )


@dataclass(frozen=True)
class SeenCommit:
    oid: str
    text: str
    parents: tuple[str, ...]
    files: Mapping[str, str]


@dataclass(frozen=True)
class SeenHub:
    """One repository on the Hub."""

    private: bool
    history: tuple[str, ...]
    """Of main, newest first."""
    commits: Mapping[str, SeenCommit]
    branches: Mapping[str, str]
    tags: Mapping[str, str]
    pulls: Mapping[str, str]
    collections: tuple[str, ...] = ()
    """Titles of those that show it."""

    @property
    def head(self) -> SeenCommit:
        return self.commits[self.history[0]]


ATTRIBUTES = ".gitattributes"
"""The Hub puts it into every repository."""


@read("huggingface")
def hub(state: Any) -> Mapping[tuple[str, str], SeenHub]:
    """(`owner/name`, type) -> repository."""
    found = {}
    for one in state.repositories.values():
        commits = {
            oid: SeenCommit(
                oid,
                f"{commit.title}\n{commit.message}",
                commit.parents,
                {p: entry.sha256 for p, entry in commit.tree.items() if p != ATTRIBUTES},
            )
            for oid, commit in one.commits.items()
        }
        found[one.id, one.type] = SeenHub(
            one.private,
            tuple(commit.oid for commit in one.history(one.branches["main"])),
            commits,
            dict(one.branches),
            {name: tag["commit"] for name, tag in one.tags.items()},
            dict(one.pulls),
            tuple(
                c["title"]
                for c in state.collections.values()
                if any((i["id"], i["type"]) == (one.id, one.type) for i in c["items"])
            ),
        )
    return found


@lru_cache(MOST)
def content(commit: str, name: str) -> str:
    """A file of a commit on GitHub, as text; empty if it is not there."""
    tree = objects.commit(commit, OBJECTS.get(commit)[1]).tree
    for entry in objects.tree(OBJECTS.get(tree)[1]):
        if entry.name == name and entry.type == "blob":
            return OBJECTS.get(entry.sha)[1].decode("utf-8", "replace")
    return ""


@lru_cache(MOST)
def history(commit: str) -> tuple[objects.Commit, ...]:
    """A commit and all its ancestors by first parents, newest first."""
    found = []
    while commit:
        found.append(objects.commit(commit, OBJECTS.get(commit)[1]))
        commit = found[-1].parents[0] if found[-1].parents else ""
    return tuple(found)


@lru_cache(MOST)
def peeled(sha: str) -> str:
    """The commit that a tag leads to; a commit itself."""
    return OBJECTS.commit(sha)


@lru_cache(MOST)
def is_claim(commit: str) -> bool:
    return bool(content(commit, "claim.json"))


@lru_cache(MOST)
def stored(sha256: str) -> str:
    """A file that GitHub or the Hub keeps, as text. LookupError if none does."""
    for place in ("github/assets", "hub/regular", "hub/objects"):
        path = folder() / place / sha256
        if sha256 and path.is_file():
            return path.read_text("utf-8", "replace")
    raise LookupError(sha256)
