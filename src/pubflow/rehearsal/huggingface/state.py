"""What exists on the stand-in: repositories, their commits and refs, LFS objects, collections.

Plain data, no request and no clock; `to_json` and `of_json` are each other's inverse, so a world
can be kept on disk between runs.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from pubflow.rehearsal.huggingface import gitnames
from pubflow.rehearsal.huggingface.refusals import no_revision

USER = "rehearsal-user"
"""Who the token belongs to. Every other owner exists too, and the token may write to it."""

ORGANISATIONS = ("rehearsal-lab", "rehearsal-museum")

SEGMENTS = {"model": "models", "dataset": "datasets", "space": "spaces"}
TYPES = {segment: kind for kind, segment in SEGMENTS.items()}


def timestamp(when: float) -> str:
    """ISO 8601 with milliseconds and Z, as the Hub writes it."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a commit. `git` is its blob's oid: of the pointer text for an LFS file."""

    size: int
    sha256: str
    git: str
    lfs: bool

    @property
    def held_oid(self) -> str:
        """How the Hub names what is there now: sha256 for LFS, else the git name."""
        return self.sha256 if self.lfs else self.git


Tree = dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Commit:
    oid: str
    title: str
    message: str
    parents: tuple[str, ...]
    when: float
    tree: Tree

    @classmethod
    def make(
        cls, tree: Tree, title: str, message: str, parents: tuple[str, ...], when: float
    ) -> Commit:
        root = gitnames.trees({path: entry.git for path, entry in tree.items()})[""]
        text = title + (f"\n\n{message}" if message else "")
        oid = gitnames.commit(root, parents, USER, int(when), text)
        return cls(oid, title, message, parents, when, tree)


@dataclass(slots=True)
class Discussion:
    num: int
    title: str
    description: str
    pull_request: bool
    status: str
    """open, draft, closed or merged."""
    when: float
    comments: list[str] = field(default_factory=list)
    merge_commit: str | None = None


@dataclass(slots=True)
class Repository:
    id: str
    type: str
    """model, dataset or space."""
    key: str
    """24 hex digits: the Hub's own name for it, which outlives a rename."""
    private: bool
    created: float
    modified: float
    gated: str | bool = False
    sdk: str | None = None
    discussions_disabled: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Name -> {"commit", "message"}."""
    discussions: list[Discussion] = field(default_factory=list)
    pulls: dict[str, str] = field(default_factory=dict)
    """`refs/pr/N` -> oid."""

    @property
    def owner(self) -> str:
        return self.id.partition("/")[0]

    @property
    def place(self) -> str:
        """Its path on the web: models have no prefix."""
        return self.id if self.type == "model" else f"{SEGMENTS[self.type]}/{self.id}"

    def ref(self, rev: str) -> str | None:
        """The oid that a branch, tag, pull request or full commit oid stands for."""
        for prefix, table in (
            ("refs/heads/", self.branches),
            ("refs/pr/", {name.removeprefix("refs/pr/"): oid for name, oid in self.pulls.items()}),
            ("refs/tags/", {name: tag["commit"] for name, tag in self.tags.items()}),
        ):
            if rev.startswith(prefix):
                return table.get(rev.removeprefix(prefix))
        if rev in self.branches:
            return self.branches[rev]
        if rev in self.tags:
            return self.tags[rev]["commit"]
        return rev if rev in self.commits else None

    def at(self, rev: str) -> Commit:
        oid = self.ref(rev)
        if oid is None:
            raise no_revision(rev)
        return self.commits[oid]

    def history(self, oid: str) -> list[Commit]:
        """First-parent history, newest first."""
        found = []
        step: str | None = oid
        while step is not None:
            commit = self.commits[step]
            found.append(commit)
            step = commit.parents[0] if commit.parents else None
        return found

    def discussion(self, num: int) -> Discussion | None:
        return next((thread for thread in self.discussions if thread.num == num), None)


@dataclass(slots=True)
class State:
    repositories: dict[str, Repository] = field(default_factory=dict)
    """`model/owner/name` -> repository."""
    moved: dict[str, str] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    """LFS objects whose bytes arrived: sha256 -> size. Nobody sees one before a commit."""
    collections: dict[str, dict[str, Any]] = field(default_factory=dict)
    minted: int = 0

    def mint(self) -> str:
        """A new 24-digit key, the same in every run of the same requests."""
        self.minted += 1
        return f"{0x6A0000000000000000000000 + self.minted:024x}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> State:
        state = cls(**{**value, "repositories": {}})
        for key, plain in value["repositories"].items():
            repository = Repository(**{**plain, "commits": {}, "discussions": []})
            repository.discussions = [Discussion(**thread) for thread in plain["discussions"]]
            for oid, commit in plain["commits"].items():
                tree = {path: Entry(**entry) for path, entry in commit["tree"].items()}
                repository.commits[oid] = Commit(
                    **{**commit, "tree": tree, "parents": tuple(commit["parents"])}
                )
            state.repositories[key] = repository
        return state


def public_view(repository: Repository) -> dict[str, Any]:
    """The ground truth about one repository; `commits` are main's, newest first."""
    head = repository.commits[repository.branches["main"]]
    pulls = []
    for thread in repository.discussions:
        if thread.pull_request:
            oid = repository.pulls[f"refs/pr/{thread.num}"]
            pulls.append(
                {"num": thread.num, "title": thread.title, "status": thread.status, "commit": oid}
            )
    return {
        "id": repository.id,
        "type": repository.type,
        "private": repository.private,
        "gated": repository.gated,
        "branches": [
            {"name": name, "commit": oid} for name, oid in sorted(repository.branches.items())
        ],
        "commits": [
            {
                "oid": commit.oid,
                "title": commit.title,
                "parent": commit.parents[0] if commit.parents else None,
            }
            for commit in repository.history(head.oid)
        ],
        "tags": [
            {"name": name, "commit": tag["commit"]} for name, tag in sorted(repository.tags.items())
        ],
        "pull_requests": pulls,
        "files": [
            {"path": path, "size": entry.size, "sha256": entry.sha256}
            for path, entry in sorted(head.tree.items())
        ],
    }


NAME = re.compile(r"^(?![-.])[A-Za-z0-9_.-]{1,96}(?<![-.])$")


def good_name(name: str) -> bool:
    """The rule that huggingface_hub checks before it sends (utils/_validators.py, 2.4)."""
    return bool(NAME.match(name)) and "--" not in name and ".." not in name and name[-4:] != ".git"
