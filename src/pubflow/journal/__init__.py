"""The journal: what this computer has done so far for this release, in SQLite.

An intent is on the disk before a change leaves, an outcome after. The journal remembers names; the
world remembers facts. Losing it costs a slower look at the platforms, never a second record.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pubflow.actions import Action, Receipt
from pubflow.errors import PubflowError, Refused
from pubflow.journal.disk import borrowed, distant, private_folder, unwritable, writable
from pubflow.journal.lock import only_run
from pubflow.platform import Problem

__all__ = ["STEPS", "Journal", "borrowed", "only_run", "private_folder", "writable"]

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """create table if not exists actions (
    seq integer primary key,
    release text not null,
    action text not null,
    target text not null,
    phase text not null check (phase in ('intent', 'outcome')),
    remember text not null default '{}',
    at real not null
)""",
        "create index if not exists actions_by_target on actions (release, target)",
        """create table if not exists claims (
    release text primary key,
    token integer not null,
    text text not null
)""",
    ),
)
"""From each schema to the next. A schema's number is how many steps lead to it; steps that were in
a release of pubflow never change."""


class Journal:
    """One file, one connection and one lock for all lanes."""

    def __init__(self, path: Path, release: str, *, now: Callable[[], float] = time.time) -> None:
        """Open or create `path`; `release` is the identity and version that entries belong to.

        A file that is no journal any more is moved aside: the world is looked at instead. Raises
        Refused for a journal of a newer pubflow, PubflowError when the disk does not take it.
        """
        self.path = path
        self._release = release
        self._now = now
        self._lock = threading.Lock()
        self._aside: Path | None = None
        try:
            private_folder(path.parent)
            self._db = self._open()
        except (OSError, sqlite3.OperationalError) as broken:
            raise unwritable(path, broken) from None

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.DatabaseError as broken:
            if isinstance(broken, sqlite3.OperationalError):
                raise
            aside = self.path.with_name(f"{self.path.name}.broken-{int(self._now())}")
            for ending in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(f"{self.path}{ending}", f"{aside}{ending}")
            self._aside = aside
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        # A link that came with somebody's repository would lead out of it.
        nofollow = getattr(os, "O_NOFOLLOW", 0)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | nofollow, 0o600))
        db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=30)
        try:
            version = db.execute("pragma user_version").fetchone()[0]
            if version > len(STEPS):
                raise Refused(
                    f"{self.path} was written by a newer pubflow.",
                    why="An older one could misread what was done.",
                    hint="Use the newest pubflow.",
                )
            # WAL needs memory that all processes share, so not over a network:
            # sqlite.org/wal.html.
            db.execute(f"pragma journal_mode={'delete' if distant(self.path) else 'wal'}")
            db.execute("pragma synchronous=full")
            if db.execute("pragma quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("database disk image is malformed")
            if version < len(STEPS):
                _renew(db)
            db.execute("select count(*) from actions").fetchone()
        except BaseException:
            db.close()
            raise
        return db

    def notes(self) -> Iterator[Problem]:
        """That a damaged journal was found, once."""
        if self._aside is not None:
            yield Problem(
                self.path.name,
                f"it was damaged, and is kept as {self._aside.name}",
                why="what was done so far is found by looking at the platforms instead",
                severity="note",
            )

    def begin(self, action: Action) -> None:
        """Durably say that `action` is about to be sent."""
        self._write(action, "intent", {})

    def commit(self, action: Action, receipt: Receipt) -> None:
        """Durably say that `action` happened, and what is to be remembered of it."""
        self._write(action, "outcome", dict(receipt.remember))

    def memory(self, target: str) -> dict[str, str]:
        """The names remembered for `target`, the newest winning."""
        memory: dict[str, str] = {}
        with self._reading():
            rows = self._db.execute(
                "select remember from actions where release = ? and target = ? and"
                " phase = 'outcome' order by seq",
                (self._release, target),
            ).fetchall()
            for (remember,) in rows:
                memory |= json.loads(remember)
        return memory

    def unfinished(self) -> list[str]:
        """Ids of actions with an intent and no outcome: nobody knows without a look."""
        with self._reading():
            rows = self._db.execute(
                "select action from actions where release = ? group by action"
                " having max(case phase when 'intent' then seq else 0 end) >"
                " max(case phase when 'outcome' then seq else 0 end) order by min(seq)",
                (self._release,),
            ).fetchall()
        return [action for (action,) in rows]

    def done(self) -> list[str]:
        """Ids of actions with an outcome, in the order in which they happened."""
        with self._reading():
            rows = self._db.execute(
                "select action from actions where release = ? and phase = 'outcome'"
                " group by action order by min(seq)",
                (self._release,),
            ).fetchall()
        return [action for (action,) in rows]

    def claim(self) -> tuple[int, str] | None:
        """The claim kept here, where no platform keeps one: its token and its text."""
        with self._reading():
            row = self._db.execute(
                "select token, text from claims where release = ?", (self._release,)
            ).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def put_claim(self, text: str, expected: int | None) -> int | None:
        """Replace the claim if its token is `expected`; the new token, or None if it was not."""
        with self._writing():
            if expected is None:
                done = self._db.execute(
                    "insert or ignore into claims values (?, 1, ?)", (self._release, text)
                )
            else:
                done = self._db.execute(
                    "update claims set token = token + 1, text = ? where release = ? and token = ?",
                    (text, self._release, expected),
                )
        return (expected or 0) + 1 if done.rowcount == 1 else None

    def forget(self) -> None:
        """Drop all that is said of this release, the claim that is kept here too."""
        with self._writing():
            self._db.execute("begin immediate")
            self._db.execute("delete from actions where release = ?", (self._release,))
            self._db.execute("delete from claims where release = ?", (self._release,))
            self._db.execute("commit")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _write(self, action: Action, phase: str, remember: dict[str, str]) -> None:
        with self._writing():
            self._db.execute(
                "insert into actions (release, action, target, phase, remember, at)"
                " values (?, ?, ?, ?, ?, ?)",
                (
                    self._release,
                    action.id,
                    action.target,
                    phase,
                    json.dumps(remember, sort_keys=True),
                    self._now(),
                ),
            )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as broken:
                raise unwritable(self.path, broken) from None

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, ValueError) as broken:
                raise PubflowError(
                    f"{self.path} cannot be read: {broken}.",
                    why="It remembers what was done here so far; the platforms know it as well.",
                    hint="Put it aside, and the next run looks at them instead:\n\n"
                    f"    mv {shlex.quote(str(self.path))} {shlex.quote(f'{self.path}.broken')}\n"
                    "    pubflow release",
                ) from None


def _renew(db: sqlite3.Connection) -> None:
    """Take the journal to the newest schema: all steps or none."""
    db.execute("begin immediate")
    try:
        # Asked again, now that nobody else can be at it.
        version = db.execute("pragma user_version").fetchone()[0]
        for step in STEPS[version:]:
            for statement in step:
                db.execute(statement)
        db.execute(f"pragma user_version={len(STEPS)}")
        db.execute("commit")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("rollback")
        raise
