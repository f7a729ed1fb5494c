"""A platform in memory, for tests of the core: drafts, files, a description, publish for good.

It is a real platform with a world of its own, which can lose power before or after its n-th change
and hide new records from its search. It checks at every instant what must never happen.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from pubflow.actions import Action, Kept, Receipt, Stage, Wave
from pubflow.claim import Claim, Entry, Moved, Register, marker
from pubflow.errors import PubflowError
from pubflow.links import Link, Links, relations
from pubflow.manifest import Artifact, File, Kind, Manifest, Paper, Person, Release, Target
from pubflow.platform import Made, Problem, Progress


class Crash(BaseException):
    """The machine went away."""


@dataclass(frozen=True)
class Record:
    number: str
    key: str
    files: frozenset[tuple[str, str]] = frozenset()
    related: tuple[str, ...] = ()
    public: bool = False
    listed: bool = False


class World:
    """The shelf's own memory, with a fuse."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.register: list[str] = []
        self.made = 0
        self.changes = 0
        self.fuse: tuple[str, int] | None = None
        self.accident: BaseException = Crash()
        self.log: list[str] = []
        self.hidden_from_search = 0
        self.lock = threading.RLock()

    def _burn(self, when: str) -> None:
        if self.fuse == (when, self.changes):
            self.fuse = None
            raise self.accident

    def _burned(self) -> None:
        if self.fuse == ("after", self.changes - 1):
            self.fuse = None
            raise self.accident

    def put(self, what: str, record: Record) -> None:
        with self.lock:
            self._burn("before")
            self.records[record.number] = record
            self.log.append(what)
            self.changes += 1
            self._burned()

    def create(self, key: str) -> Record:
        with self.lock:
            self.made += 1
            record = Record(str(self.made), key)
            self.put(f"create {key}", record)
            return record

    def search(self, key: str) -> list[Record]:
        found = [r for r in self.records.values() if r.key == key]
        return found[: len(found) - self.hidden_from_search]

    def claimed(self) -> list[str]:
        """Numbers of the records that the register says are ours."""
        if not self.register:
            return []
        return [ids["record"] for ids in json.loads(self.register[-1])["ids"].values()]

    def delete(self, number: str) -> None:
        with self.lock:
            assert not self.records[number].public
            del self.records[number]

    def discard(self, record: Record) -> None:
        with self.lock:
            self._burn("before")
            self.delete(record.number)
            self.log.append(f"discard {record.number}")
            self.changes += 1
            self._burned()

    def publish(self, number: str) -> None:
        record = self.records[number]
        assert not record.public, "published twice"
        others = [self.records[n] for n in self.claimed()] or list(self.records.values())
        assert all(r.files for r in others), "published before everything was uploaded"
        self.put(f"publish {number}", replace(record, public=True))


class ShelfRegister:
    """A register that the shelf keeps, with compare-and-swap."""

    where = "the shelf's register"

    def __init__(self, world: World) -> None:
        self._world = world

    def read(self) -> Entry | None:
        texts = self._world.register
        return Entry(str(len(texts)), texts[-1]) if texts else None

    def write(self, text: str, expected: str | None) -> str:
        with self._world.lock:
            current = str(len(self._world.register)) if self._world.register else None
            if current != expected:
                raise Moved("somebody was first")
            self._world.register.append(text)
            return str(len(self._world.register))

    def history(self) -> Mapping[str, str]:
        return {}


@dataclass(frozen=True)
class ShelfState:
    record: Record | None = None
    surplus: tuple[str, ...] = ()

    @property
    def link(self) -> Link | None:
        if self.record is None:
            return None
        url = f"https://shelf.example/{self.record.number}"
        return Link(url, url, doi=f"10.5555/{self.record.number}")

    @property
    def facts(self) -> Mapping[str, str]:
        return {}


class Shelf:
    """The adapter."""

    def __init__(self, world: World, claim: Claim, *, registers: bool = True) -> None:
        self._world = world
        self._claim = claim
        self._registers = registers

    def makes(self, target: Target) -> tuple[Made, ...]:
        return ()

    def is_test(self, target: Target) -> bool:
        return True

    def register(self, target: Target) -> Register | None:
        return ShelfRegister(self._world) if self._registers else None

    def unseen(self, target: Target) -> ShelfState:
        return ShelfState()

    def check(self, target: Target) -> Iterable[Problem]:
        if len(target.files) > 100:
            yield Problem(target.name, "a record holds at most 100 files")

    def observe(self, target: Target, memory: Mapping[str, str]) -> ShelfState:
        key = _key(target)
        number = memory.get("record", "")
        found = self._world.search(key)
        if number in self._world.records:
            record = self._world.records[number]
        elif found:
            record = min(found, key=lambda r: int(r.number))
        else:
            return ShelfState()
        surplus = tuple(r.number for r in found if r.number != record.number and not r.public)
        return ShelfState(record, surplus)

    def diff(
        self, target: Target, state: ShelfState, links: Links
    ) -> Iterator[Action | Kept | Problem]:
        return diff(target, state, links)

    def undo(self, target: Target, state: ShelfState) -> Iterable[Action]:
        if state.record is not None and not state.record.public:
            yield Action(target.name, Stage.RESERVE, "discard", state.record.number, mark="-")

    def left(self, target: Target, state: ShelfState) -> Iterable[Problem]:
        if state.record is not None and state.record.public:
            yield Problem(target.name, f"record {state.record.number} is public")

    def apply(
        self, action: Action, target: Target, state: ShelfState, links: Links, progress: Progress
    ) -> Receipt:
        world = self._world
        if action.verb == "reserve":
            record = state.record or world.create(_key(target))
            claimed = self._claim.get(target.name, "record")
            if claimed and claimed not in world.records:  # It was discarded.
                self._claim.move(target.name, "record", record.number)
            won = self._claim.settle(target.name, "record", record.number)
            if won != record.number:
                world.delete(record.number)
            return Receipt({"record": won})
        assert state.record is not None
        record = world.records[state.record.number]
        if action.verb == "upload":
            file = target.file(action.subject)
            progress(action.id, file.size)
            files = record.files | {(file.name, file.sha256)}
            world.put(action.id, replace(record, files=files))
        elif action.verb == "describe":
            world.put(action.id, replace(record, related=_related(target, links)))
        elif action.verb == "publish":
            world.publish(record.number)
        elif action.verb == "list":
            world.put(action.id, replace(record, listed=True))
        elif action.verb == "discard":
            world.discard(record)
        return Receipt()

    def verify(self, target: Target, links: Links) -> Iterable[Problem]:
        return ()


class Notes:
    """A watch that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.looked: list[tuple[str, int]] = []

    def looking(self, at: str, size: int) -> None:
        self.looked.append((at, size))

    def started(self, action: Action) -> None:
        self.told.append(("started", action.id))

    def sent(self, action: str, size: int) -> None:
        self.told.append(("sent", action))

    def waiting(self, action: Action, seconds: float, why: str) -> None:
        self.told.append(("waiting", action.id))

    def finished(self, action: Action) -> None:
        self.told.append(("finished", action.id))

    def failed(self, action: Action, error: PubflowError) -> None:
        self.told.append(("failed", action.id))


def _key(target: Target) -> str:
    release = target.release
    return str(marker(release.identity, target.artifact.key, release.version))


def _related(target: Target, links: Links) -> tuple[str, ...]:
    return tuple(sorted(relation.identifier for relation in relations(target, links)))


def diff(target: Target, state: ShelfState, links: Links) -> Iterator[Action | Kept | Problem]:
    act = partial(Action, target.name)
    record = state.record
    if record is None:
        yield act(Stage.RESERVE, "reserve", says="create a draft, which reserves a DOI")
    if record is None or not record.public:
        present = record.files if record else frozenset()
        for file in target.files:
            if (file.name, file.sha256) not in present:
                yield act(
                    Stage.UPLOAD, "upload", file.name, says=f"upload {file.name}", size=file.size
                )
            else:
                yield Kept(target.name, "is there", file.name)
        if record is None or not links.settled or record.related != _related(target, links):
            yield act(Stage.UPLOAD, "describe", says="describe the record and link its siblings")
        yield act(Stage.PUBLISH, "publish", says="publish for good", wave=Wave.SEAL, last=True)
    if record is None or not record.listed:
        yield act(Stage.PUBLISH, "list", says="list it", wave=Wave.FOLLOW)


def file(name: str) -> File:
    return File(name, 1, name * 2, name * 3, name * 4, Path(name))


def a_manifest(identity: str = "lab/bacteria", version: str = "1.2.0") -> Manifest:
    def artifact(key: str, kind: Kind, *files: str) -> Artifact:
        return Artifact(key, kind, Path(key), title=key, files=tuple(file(f) for f in files))

    weights = artifact("weights.w", Kind.WEIGHTS, "a", "b")
    data = artifact("data.d", Kind.DATA, "c")
    paper = Paper("Bacteria", (Person(given="Ada", family="Lovelace"),))
    release = Release(
        identity, version, f"v{version}", paper, (weights, data), date=date(2026, 11, 20)
    )
    targets = tuple(Target(a, "shelf", release, files=a.files) for a in (weights, data))
    return Manifest(release, targets, Path())
