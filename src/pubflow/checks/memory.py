"""Remembers which contents were found clean, so that only new bytes are looked through.

A memory and no truth: trouble with it throws it away, and everything is looked through again. A row
is bound to the file that it lies in, so a memory that came with somebody's repository never fits;
and to the rules, so new rules look at everything.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from functools import cache
from pathlib import Path
from types import TracebackType

from pubflow.checks import names, notebooks, shapes, tokens_in


class Memory:
    """Git's ids of clean blobs, in a small SQLite file of our own (mode 0600)."""

    def __init__(self, path: Path) -> None:
        self._base: sqlite3.Connection | None = None
        self._new: list[tuple[bytes]] = []
        with contextlib.suppress(OSError, sqlite3.Error):
            nofollow = getattr(os, "O_NOFOLLOW", 0)
            handle = os.open(path, os.O_CREAT | os.O_RDWR | nofollow, 0o600)
            here = os.fstat(handle)
            os.close(handle)
            self._bound = f"{_rules()} {here.st_dev} {here.st_ino} ".encode()
            try:
                self._base = self._ready(path)
            except sqlite3.DatabaseError:
                path.unlink()

    def __enter__(self) -> Memory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def knows(self, blob: str) -> bool:
        """Whether that content was looked through before and nothing was found."""
        if self._base is None or not blob:
            return False
        try:
            query = "select 1 from clean where key = ?"
            return self._base.execute(query, (self._key(blob),)).fetchone() is not None
        except sqlite3.Error:
            return False

    def keep(self, blob: str) -> None:
        """Remember that nothing was found in it."""
        if self._base is not None and blob:
            self._new.append((self._key(blob),))

    def close(self) -> None:
        """Write down what is new and close the file."""
        if self._base is None:
            return
        with contextlib.suppress(sqlite3.Error), self._base:
            self._base.executemany("insert or ignore into clean values (?)", self._new)
        self._base.close()
        self._base = None

    def _key(self, blob: str) -> bytes:
        return hashlib.sha256(self._bound + blob.encode(), usedforsecurity=False).digest()[:16]

    @staticmethod
    def _ready(path: Path) -> sqlite3.Connection:
        base = sqlite3.connect(path, timeout=5)
        try:
            base.execute("create table if not exists clean (key blob primary key) without rowid")
            base.execute("select key from clean limit 1").fetchone()
            base.commit()
        except BaseException:
            base.close()
            raise
        return base


@cache
def _rules() -> str:
    """A digest of the rules themselves."""
    sums = hashlib.sha256(usedforsecurity=False)
    for module in (names, notebooks, shapes, tokens_in):
        sums.update(Path(module.__file__ or "").read_bytes())
    return sums.hexdigest()
