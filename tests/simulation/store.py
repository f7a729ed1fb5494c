"""Git without a disk: repositories' refs as plain data, objects in one table for all of them.

The stand-in for GitHub keeps bare repositories and runs git in them; here `MemoryStores` takes
their place under the same stand-in, so that everything else it says and refuses is the same. A
push is applied at once or not at all, each ref only if it stands where the pusher said (the
server's side of a lease, gitprotocol-pack(5)); refs of immutable releases and ruled refs do not
move. What the stand-in's hook says of contents (size, secrets) is not asked: no case has such
contents. `test_git.py` holds it to git itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pubflow.rehearsal.github import GitHub, objects, transport
from pubflow.rehearsal.github.store import Missing, Store, Stores
from pubflow.rehearsal.github.world import Repository
from pubflow.rehearsal.wire import Request, Response

NONE = "0" * 40


class Objects:
    """Every git object that was ever made in this process: its name says its content."""

    def __init__(self) -> None:
        self._all: dict[str, tuple[str, bytes]] = {}
        self._within: dict[str, frozenset[str]] = {}

    def put(self, kind: str, data: bytes) -> str:
        sha = hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data).hexdigest()
        self._all.setdefault(sha, (kind, data))
        return sha

    def __contains__(self, sha: str) -> bool:
        return sha in self._all

    def get(self, sha: str) -> tuple[str, bytes]:
        found = self._all.get(sha)
        if found is None:
            raise Missing(sha)
        return found

    def within(self, sha: str) -> frozenset[str]:
        """Everything that a commit, tree or tag leads to, itself among it."""
        if sha not in self._within:
            self._within[sha] = frozenset(self._walk(sha))
        return self._within[sha]

    def _walk(self, sha: str) -> Iterator[str]:
        kind, data = self.get(sha)
        yield sha
        for inner in _parts(sha, kind, data):
            yield from self.within(inner)

    def commit(self, sha: str) -> str:
        """The commit that a tag leads to; a commit itself."""
        kind, data = self.get(sha)
        return self.commit(objects.tag(sha, data).object) if kind == "tag" else sha

    def is_ancestor(self, old: str, new: str) -> bool:
        return old in self.within(new)


def _parts(sha: str, kind: str, data: bytes) -> Iterator[str]:
    if kind == "commit":
        commit = objects.commit(sha, data)
        yield from (commit.tree, *commit.parents)
    elif kind == "tree":
        yield from (entry.sha for entry in objects.tree(data) if entry.type != "commit")
    elif kind == "tag":
        yield objects.tag(sha, data).object


OBJECTS = Objects()


@dataclass
class Kept:
    """One repository's git side."""

    refs: dict[str, str] = field(default_factory=dict)
    head: str = "main"
    arrived: set[str] = field(default_factory=set)
    """Ends of what was ever pushed: with all that they lead to, the objects that are there."""
    locked: set[str] = field(default_factory=set)
    ruled: list[str] = field(default_factory=list)


class _Ruled:
    """Where the stand-in writes down which refs no push may move."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def __truediv__(self, name: str) -> _Ruled:
        assert name == "ruled-refs", name
        return self

    def write_text(self, text: str) -> None:
        self._kept.ruled = text.split()


class MemoryStore(Store):
    """One repository. What only reads is inherited."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.path = _Ruled(kept)  # type: ignore[assignment]

    def refs(self) -> dict[str, str]:
        return dict(sorted(self.kept.refs.items()))

    def read(self, sha: str) -> tuple[str, bytes]:
        if not any(sha in OBJECTS.within(end) for end in self.kept.arrived):
            raise Missing(sha)
        return OBJECTS.get(sha)

    def set_head(self, branch: str) -> None:
        self.kept.head = branch

    def lock_tag(self, tag: str) -> None:
        self.kept.locked.add(f"refs/tags/{tag}")

    def write(self, kind: str, data: bytes) -> str:
        sha = OBJECTS.put(kind, data)
        self.kept.arrived.add(sha)
        return sha

    def set_ref(self, ref: str, sha: str, old: str = "") -> None:
        assert self.kept.refs.get(ref, "") == old
        self.kept.refs[ref] = sha

    def receive(self, orders: list[tuple[str, str, str]]) -> dict[str, str]:
        """Ref -> why it does not move; nothing moves if any does not."""
        refused = {}
        for ref, old, _ in orders:
            if self.kept.refs.get(ref, "") != old:
                refused[ref] = "failed to update ref"
            elif ref in self.kept.locked or any(fnmatchcase(ref, p) for p in self.kept.ruled):
                refused[ref] = "pre-receive hook declined"
        if refused:
            return {ref: refused.get(ref, "atomic push failure") for ref, _, _ in orders}
        for ref, _, new in orders:
            if new:
                self.kept.refs[ref] = new
                self.kept.arrived.add(new)
            else:
                self.kept.refs.pop(ref, None)
        return {}


class MemoryStores(Stores):
    """All repositories."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def of(self, repository: Repository) -> MemoryStore:
        return MemoryStore(self.kept[repository.full_name.lower()])

    def create(self, repository: Repository) -> MemoryStore:
        self.kept[repository.full_name.lower()] = Kept(head=repository.default_branch)
        return self.of(repository)

    def move(self, repository: Repository, name: str) -> None:
        kept = self.kept.pop(repository.full_name.lower())
        self.kept[f"{repository.owner}/{name}".lower()] = kept

    def remove(self, repository: Repository) -> None:
        self.kept.pop(repository.full_name.lower(), None)

    def clear(self) -> None:
        self.kept.clear()


class MemoryGitHub(GitHub):
    """The stand-in for GitHub over repositories in memory.

    git speaks to it as lists of refs (as gitprotocol-http(5) shows them), and as JSON in place of
    packs: a push is `[[ref, old, new], ...]`, a fetch the list of objects that are wanted.
    """

    def __init__(self, folder: Path, *, token: str, clock: Callable[[], float]) -> None:
        super().__init__(folder, token=token, clock=clock, stores=MemoryStores())
        self._secret = b"the same in every process"

    @property
    def _kept(self) -> dict[str, Kept]:
        return self._stores.kept  # type: ignore[attr-defined,no-any-return]

    def tick(self, tick: int, lag: int) -> None:
        self._world.tick, self._world.lag = tick - 1, lag  # The request itself counts.

    def take(self) -> Any:
        self._world.tick = 0
        for repository in self._world:
            for release in repository.releases:
                release.untagged = f"untagged-{release.id}"  # Not by chance.
        return self._world, self._kept

    @staticmethod
    def plain(state: Any) -> Any:
        world, kept = state
        return world.dump(), kept

    def put(self, state: Any) -> None:
        self._world, self._stores.kept = state  # type: ignore[attr-defined]

    def _git(self, request: Request, where: transport.Address) -> Response:
        found = transport.admitted(request, where, self._token, self._world, self.rights)
        if isinstance(found, Response):
            return found
        store = MemoryStore(self._kept[found.full_name.lower()])
        if where.what == "info/refs":
            return Response(200, _advertised(store.kept, where.service))
        orders = json.loads(request.body.read())
        if where.service == "git-upload-pack":
            for sha in orders:
                store.read(sha)
            return Response(200, b"{}")
        refused = store.receive([tuple(order) for order in orders])
        if not refused:
            self._landed(found, store)
        return Response.of(refused)


def _advertised(kept: Kept, service: str) -> bytes:
    """What a git server says first; gitprotocol-pack(5), "Reference Discovery"."""
    refs, lines = kept.refs, []
    if service == "git-upload-pack" and (head := refs.get(f"refs/heads/{kept.head}")):
        lines.append(f"{head} HEAD\n")
    for ref, sha in sorted(refs.items()):
        lines.append(f"{sha} {ref}\n")
        if OBJECTS.get(sha)[0] == "tag":
            lines.append(f"{OBJECTS.commit(sha)} {ref}^{{}}\n")
    if not lines:
        lines = [f"{NONE} capabilities^{{}}\0atomic\n"]
    packed = "".join(f"{len(line) + 4:04x}{line}" for line in lines)
    first = f"# service={service}\n"
    return f"{len(first) + 4:04x}{first}0000{packed}0000".encode()
