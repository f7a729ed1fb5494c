"""Everything outside of a run: the platforms, the clock, the computers; and what happened."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from simulation.places import Asked, Held, Place, Told, places

START = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
"""When every case begins."""


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the history."""

    n: int
    sitting: int
    run: int
    index: int
    sort: str
    platform: str
    method: str
    path: str
    status: int | None
    applied: bool
    fault: str
    at: float
    by: str = "run"
    says: str = ""
    sent: int = 0
    """Bytes of a file that the platform took."""

    def __str__(self) -> str:
        what = self.says or f"{self.platform} {self.method} {self.path}"
        status = "-" if self.status is None else self.status
        who = f"{self.sitting}.{self.run}.{self.index}" if self.by == "run" else self.by
        marks = " *" * self.applied + f"  [{self.fault}]" * bool(self.fault)
        return f"{self.n:5} {self.at - START:8.2f}s {who:>9} {status:>4} {what}{marks}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal."""

    release: str
    action: str
    target: str
    phase: str
    remember: Mapping[str, str]


@dataclass(slots=True)
class Home:
    """One computer: its journal, the claims kept in it, and publish.lock."""

    journal: tuple[Entry, ...] = ()
    claims: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    receipt: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    identity: str = ""

    def copy(self) -> Home:
        return Home(self.journal, self.claims, self.receipt, self.identity)

    def lose(self, what: str) -> None:
        if what == "journal":
            self.journal, self.claims = (), {}
        elif what == "receipt":
            self.receipt, self.identity = {}, ""
        else:
            raise ValueError(f"nothing is called {what!r} that could be lost")


@cache
def folder() -> Path:
    """Where this process keeps what needs a disk; gone when it ends."""
    made = Path(tempfile.mkdtemp(prefix="pubflow-simulation-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@cache
def the_places() -> Mapping[str, Place]:
    return places(folder())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world at one moment, as a value."""

    held: Mapping[str, Held]
    homes: tuple[Home, ...]
    now: float
    ticks: Mapping[str, int]
    sitting: int
    history: tuple[Call, ...]
    changed: frozenset[str]


Watch = Callable[[Call, "World"], None]


@dataclass
class World:
    """All that outlives a run."""

    held: dict[str, Held]
    lag: int = 0
    homes: list[Home] = field(default_factory=list)
    now: float = START
    ticks: dict[str, int] = field(default_factory=dict)
    sitting: int = 0
    history: list[Call] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    """Source files that are not what they were when the case began."""
    watch: Watch | None = None

    @classmethod
    def empty(cls, lag: int = 0) -> World:
        return cls({name: place.start() for name, place in the_places().items()}, lag)

    def home(self, number: int) -> Home:
        while len(self.homes) <= number:
            self.homes.append(Home())
        return self.homes[number]

    def snapshot(self) -> Snapshot:
        return Snapshot(
            dict(self.held),
            tuple(home.copy() for home in self.homes),
            self.now,
            dict(self.ticks),
            self.sitting,
            tuple(self.history),
            frozenset(self.changed),
        )

    @classmethod
    def of(cls, snapshot: Snapshot, lag: int = 0) -> World:
        return cls(
            dict(snapshot.held),
            lag,
            [home.copy() for home in snapshot.homes],
            snapshot.now,
            dict(snapshot.ticks),
            snapshot.sitting,
            list(snapshot.history),
            set(snapshot.changed),
        )

    def truth(self) -> dict[str, Any]:
        """The ground truth, in the form of the stand-ins' `GET /world`, without their log, which is
        the history here. Not to be written to."""
        places = the_places()
        return {name: places[name].truth(held) for name, held in self.held.items()}

    def ask(self, platform: str, asked: Asked) -> tuple[Told, bool]:
        """The platform's answer, and whether it changed."""
        before = self.held[platform]
        tick = self.ticks[platform] = self.ticks.get(platform, 0) + 1
        after, told = the_places()[platform].ask(before, asked, self.now, tick, self.lag)
        self.held[platform] = after
        return told, after is not before

    def wrote(self, call: Call) -> None:
        """Put a line into the history, and show it to who watches if anything changed."""
        self.history.append(call)
        if self.watch is not None and (call.applied or call.sort != "call"):
            self.watch(call, self)

    def hand(self, platform: str, method: str, path: str, **more: Any) -> Told:
        """What another person does, with an account of the same platform."""
        from simulation.places import encoded

        headers = [*more.get("headers", ())]
        body = more.get("body", b"")
        if not isinstance(body, bytes):
            body = encoded(body)
            headers.append(("content-type", "application/json"))
        asked = Asked(method, path, tuple(more.get("query", ())), tuple(headers), body)
        told, applied = self.ask(platform, asked)
        assert told.ok, (method, path, told.status, told.text)
        self.wrote(
            Call(
                len(self.history),
                self.sitting,
                -1,
                -1,
                "call",
                platform,
                method,
                asked.where,
                told.status,
                applied,
                "",
                self.now,
                by="hand",
            )
        )
        return told
