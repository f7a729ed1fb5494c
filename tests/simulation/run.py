"""One run of pubflow, as the world sees it: every step of it that may last, and what befalls it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pubflow.actions import Action, Receipt
from pubflow.journal.disk import unwritable
from simulation.faults import DEADLY, SENT, Boundary, Fault
from simulation.places import Asked, Told
from simulation.world import Call, Entry, Home, World

PAGE = b"<html><head><title>503</title></head><body>Service unavailable</body></html>"
RETRY_AFTER = 3
JOURNAL = Path("journal.db")


class Death(BaseException):
    """The process is no more. Whatever it still tries ends here too."""


class NoAnswer(Exception):
    """The answer never came."""


class Clock:
    """Time, as one run feels it: nothing waits, and the world's clock moves on."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def now(self) -> float:
        return self._run.world.now

    def sleep(self, seconds: float) -> None:
        self._run.alive()
        self._run.world.now += max(0.0, seconds)

    # As `World.stop`, which engine waits on:

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float | None = None) -> bool:
        self.sleep(seconds or 0.0)
        return False


@dataclass
class Run:
    """The door through which everything of one run goes."""

    world: World
    number: int = 0
    home: int = 0
    faults: Sequence[Fault] = ()
    meddle: Callable[[Run, str, str], None] | None = None
    """What other people and programs do at a fault of that kind, on that platform."""
    project: Any = None
    """What is released."""
    turn: Callable[[], None] = lambda: None
    """Lets the schedule decide who goes on."""
    seen: Callable[[Boundary], None] | None = None
    done: Callable[[], None] | None = None
    """Told of each boundary before anything happens at it, and after it was written down."""
    dead: bool = False
    expired: bool = False
    count: int = 0
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(self)
        self._at = {fault.at: fault.kind for fault in self.faults}

    @property
    def computer(self) -> Home:
        return self.world.home(self.home)

    def alive(self) -> None:
        if self.dead:
            raise Death

    def ask(self, platform: str, asked: Asked, change: bool, sends: int = 0) -> Told:
        """One request over the seam. Raises NoAnswer where none came, and Death."""
        kind = self._boundary("call", platform, asked.method, asked.where, change, sends)
        world, applied = self.world, False
        told: Told | None = None
        if kind in ("changed", "moved", "foreign") and self.meddle is not None:
            self.meddle(self, kind, platform)
        if kind == "expired":
            self.expired = True
        if self.expired:
            asked = _with(asked, known=False)
        if kind == "killed":
            pass
        elif kind == "busy":
            text = b'{"message": "Too many requests.", "status": 429}'
            told = Told(429, {"retry-after": str(RETRY_AFTER)}, text, asked.path)
        elif kind == "refused":
            told = Told(403, {}, b'{"message": "Forbidden.", "status": 403}', asked.path)
        elif kind == "error":
            told = Told(503, {"content-type": "text/html"}, PAGE, asked.path)
        elif kind != "silent":
            if sends and kind in SENT:
                asked = _damaged(asked, kind)
            told, applied = world.ask(platform, asked)
            if kind == "error-applied":
                told = Told(503, {"content-type": "text/html"}, PAGE, asked.path)
        lost = told is None or not told.status or kind in ("silent-applied", "killed-applied")
        status = None if told is None or lost else told.status
        self._wrote("call", platform, asked.method, asked.where, status, applied, kind, sends=sends)
        if kind in DEADLY:
            self.dead = True
            raise Death
        if told is None or lost:
            raise NoAnswer
        return told

    def note(self, says: str, write: Callable[[Home], None]) -> None:
        """One write to the journal, whole or not at all."""
        kind = self._boundary("note", "", "", "", False, 0, says)
        if kind == "full":
            self._wrote("note", "", "", "", None, False, kind, says=f"not written: {says}")
            raise unwritable(JOURNAL, sqlite3.OperationalError("database or disk is full"))
        self._kept("note", says, write, kind)

    def receipt(self, write: Callable[[Home], None]) -> None:
        """publish.lock is written, whole or not at all."""
        kind = self._boundary("receipt", "", "", "", False, 0, "publish.lock")
        self._kept("receipt", "publish.lock", write, kind)

    def failed(self, action: str) -> None:
        """An action of this run failed for good. No boundary: it is told to the history alone."""
        world = self.world
        world.history.append(
            Call(
                len(world.history),
                world.sitting,
                self.number,
                self.count - 1,
                "failure",
                "",
                "",
                "",
                None,
                False,
                "",
                world.now,
                says=f"failed {action}",
            )
        )

    def _kept(self, sort: str, says: str, write: Callable[[Home], None], kind: str) -> None:
        if kind != "killed":
            write(self.computer)
        said = says if kind != "killed" else f"not written: {says}"
        self._wrote(sort, "", "", "", None, False, kind, says=said)
        if kind in DEADLY:
            self.dead = True
            raise Death

    def _boundary(
        self,
        sort: str,
        platform: str,
        method: str,
        path: str,
        change: bool,
        sends: int,
        says: str = "",
    ) -> str:
        """The fault of the boundary that is reached, if it has one."""
        self.alive()
        self.turn()
        self.alive()
        index = self.count
        self.count += 1
        if self.seen is not None:
            self.seen(
                Boundary(index, self.number, sort, platform, method, path, change, sends, says)
            )
        return self._at.get(index, "")

    def _wrote(
        self,
        sort: str,
        platform: str,
        method: str,
        path: str,
        status: int | None,
        applied: bool,
        fault: str,
        *,
        says: str = "",
        sends: int = 0,
    ) -> None:
        world = self.world
        world.wrote(
            Call(
                len(world.history),
                world.sitting,
                self.number,
                self.count - 1,
                sort,
                platform,
                method,
                path,
                status,
                applied,
                fault,
                world.now,
                says=says,
                sent=sends if applied else 0,
            )
        )
        if self.done is not None:
            self.done()


def _with(asked: Asked, *, known: bool) -> Asked:
    return Asked(asked.method, asked.path, asked.query, asked.headers, asked.body, known)


def _damaged(asked: Asked, kind: str) -> Asked:
    """The same request as it arrives."""
    body, headers = asked.body, asked.headers
    if not body:  # The fault was meant for another request of a run like this one.
        return asked
    if kind == "cut":
        return Asked(asked.method, asked.path, asked.query, headers, body, asked.known, True)
    if kind == "truncated":
        # The length was announced before; what comes is less.
        named = dict(headers)
        named.setdefault("content-length", str(len(body)))
        headers, body = tuple(named.items()), body[: len(body) // 2]
    else:
        body = bytes([body[0] ^ 1]) + body[1:]
    return Asked(asked.method, asked.path, asked.query, headers, body, asked.known)


class Book:
    """A journal in memory: what `pubflow.journal.Journal` says and keeps, without a disk."""

    path = JOURNAL

    def __init__(self, run: Run, release: str) -> None:
        self._run = run
        self._release = release

    def begin(self, action: Action) -> None:
        self._add(action, "intent", Receipt())

    def commit(self, action: Action, receipt: Receipt) -> None:
        self._add(action, "outcome", receipt)

    def memory(self, target: str) -> dict[str, str]:
        memory: dict[str, str] = {}
        for entry in self._run.computer.journal:
            if entry.remember and entry.target == target and entry.release == self._release:
                memory |= entry.remember
        return memory

    def unfinished(self) -> list[str]:
        last: dict[str, str] = {}
        for entry in self._own():
            last[entry.action] = entry.phase
        return [action for action, phase in last.items() if phase == "intent"]

    def done(self) -> list[str]:
        found = [entry.action for entry in self._own() if entry.phase == "outcome"]
        return list(dict.fromkeys(found))

    def claim(self) -> tuple[int, str] | None:
        return self._run.computer.claims.get(self._release)

    def put_claim(self, text: str, expected: int | None) -> int | None:
        there = self.claim()
        if (there[0] if there else None) != expected:
            return None
        token = (expected or 0) + 1

        def write(home: Home) -> None:
            home.claims = {**home.claims, self._release: (token, text)}

        self._run.note("claim", write)
        return token

    def close(self) -> None:
        """Nothing to close."""

    def _own(self) -> list[Entry]:
        return [entry for entry in self._run.computer.journal if entry.release == self._release]

    def _add(self, action: Action, phase: str, receipt: Receipt) -> None:
        entry = Entry(self._release, action.id, action.target, phase, dict(receipt.remember))

        def write(home: Home) -> None:
            home.journal = (*home.journal, entry)

        self._run.note(f"{phase} {action.id}", write)
