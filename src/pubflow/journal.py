"""The journal: what this computer has done so far for this release, in SQLite.

An intent is on the disk before a change leaves, an outcome after. The journal remembers names; the
world remembers facts. Losing it costs a slower look at the platforms, never a second record.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pubflow.actions import Action, Receipt
from pubflow.errors import PubflowError, Refused

SCHEMA = 1

_TABLES = """
create table if not exists actions (
    seq integer primary key,
    release text not null,
    action text not null,
    target text not null,
    phase text not null check (phase in ('intent', 'outcome')),
    remember text not null default '{}',
    at real not null
);
create index if not exists actions_by_target on actions (release, target);
create table if not exists claims (
    release text primary key,
    token integer not null,
    text text not null
);
"""


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
        try:
            private_folder(path.parent)
            self._db = self._open()
        except (OSError, sqlite3.OperationalError) as broken:
            raise _unwritable(path, broken) from None

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
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=30)
        try:
            version = db.execute("pragma user_version").fetchone()[0]
            if version > SCHEMA:
                raise Refused(
                    f"{self.path} was written by a newer pubflow.",
                    why="An older one could misread what was done.",
                    hint="Use the newest pubflow.",
                )
            db.execute("pragma journal_mode=wal")
            db.execute("pragma synchronous=full")
            db.executescript(_TABLES)
            db.execute("select count(*) from actions").fetchone()
            db.execute(f"pragma user_version={SCHEMA}")
        except BaseException:
            db.close()
            raise
        return db

    def begin(self, action: Action) -> None:
        """Durably say that `action` is about to be sent."""
        self._write(action, "intent", {})

    def commit(self, action: Action, receipt: Receipt) -> None:
        """Durably say that `action` happened, and what is to be remembered of it."""
        self._write(action, "outcome", dict(receipt.remember))

    def memory(self, target: str) -> dict[str, str]:
        """The names remembered for `target`, the newest winning."""
        memory: dict[str, str] = {}
        with self._lock:
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
        with self._lock:
            rows = self._db.execute(
                "select action from actions where release = ? group by action"
                " having max(case phase when 'intent' then seq else 0 end) >"
                " max(case phase when 'outcome' then seq else 0 end) order by min(seq)",
                (self._release,),
            ).fetchall()
        return [action for (action,) in rows]

    def done(self) -> list[str]:
        """Ids of actions with an outcome, in the order in which they happened."""
        with self._lock:
            rows = self._db.execute(
                "select action from actions where release = ? and phase = 'outcome'"
                " group by action order by min(seq)",
                (self._release,),
            ).fetchall()
        return [action for (action,) in rows]

    def claim(self) -> tuple[int, str] | None:
        """The claim kept here, where no platform keeps one: its token and its text."""
        with self._lock:
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
                raise _unwritable(self.path, broken) from None


def _unwritable(path: Path, broken: Exception) -> PubflowError:
    return PubflowError(
        f"{path} cannot be written: {broken}.",
        why="Without it nothing is sent, because a change must be noted before it leaves.",
        hint="Free some space, or give write permission to the folder, then run again:\n\n"
        "    pubflow release",
    )


def private_folder(folder: Path) -> Path:
    """Make `folder` (for this user alone, ignored by git) and return it.

    Raises PubflowError when the disk does not take it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", "utf-8")
    except OSError as broken:
        raise _unwritable(folder, broken) from None
    return folder


@contextlib.contextmanager
def only_run(folder: Path, *, now: Callable[[], float] = time.time) -> Iterator[None]:
    """Hold the lock against a second run on this computer. Raises Refused if there is one.

    A lock of a process that died is free: the system drops it. The lock is comfort, not safety;
    safety is the claim.
    """
    try:
        handle = os.open(private_folder(folder) / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as broken:
        raise _unwritable(folder / "lock", broken) from None
    try:
        if not _take(handle):
            who = os.read(handle, 200).decode("utf-8", "replace").strip()
            raise Refused(
                "Another run of pubflow is at work here" + (f" ({who})." if who else "."),
                why="Two at once would send everything twice.",
                hint="Wait until it has ended.",
            )
        os.ftruncate(handle, 0)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now()))
        os.write(handle, f"process {os.getpid()}, since {since}\n".encode())
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
