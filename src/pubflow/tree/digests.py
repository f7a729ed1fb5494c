"""A file's digests from one reading of it, and the memory of digests already taken."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

BLOCK = 1 << 20
"""Bytes read at a time."""

LARGE = 8 << 20
"""From this size on the digests are computed side by side; below, threads cost more than they
save (measured on two cores, 2026-11)."""

PLAIN = 64 << 20
"""Bytes. Of longer files git's name is not taken, which costs as much as the sha256: git's way of
keeping files ends well below on every platform (10 MiB on the Hub: "Your push was rejected because
it contains files larger than 10 MiB"; 100 MiB on GitHub, where git itself tells the names)."""

RACY = 2.0
"""Seconds. A file touched this shortly before it was read could change again within the same tick
of its clock: FAT counts in steps of 2 s, the coarsest in use."""

_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Digests:
    """Hex digests of the same bytes; `git_sha1` is what git calls the blob, empty for one that is
    longer than `PLAIN`. `md5` takes as long as the two others together, and is empty where nobody
    asked for it."""

    sha256: str
    md5: str
    git_sha1: str


@dataclass(frozen=True, slots=True)
class Print:
    """What the file system says of a file without reading it; another print, maybe other bytes."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, status: os.stat_result) -> Print:
        return cls(
            status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
        )


class ChangedMeanwhile(Exception):
    """The file was written to, or replaced, while it was read."""


def digest(
    path: Path,
    expected: Print,
    told: Callable[[int], None] = lambda count: None,
    *,
    md5: bool = True,
) -> Digests:
    """Read the file once and give its digests; `told` hears of every block's size.

    Raises ChangedMeanwhile unless the file is `expected` before and after, and OSError.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    # Without O_NONBLOCK a FIFO put in the file's place would hold us for ever.
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    with open(handle, "rb", buffering=0) as file:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode) or Print.of(before) != expected:
            raise ChangedMeanwhile(path)
        sums = {"sha256": hashlib.sha256(usedforsecurity=False)}
        if expected.size <= PLAIN:
            blob = f"blob {expected.size}\0".encode()
            sums["git_sha1"] = hashlib.sha1(blob, usedforsecurity=False)
        if md5:
            sums["md5"] = hashlib.md5(usedforsecurity=False)
        blocks = _blocks(file, expected.size, told)
        if expected.size < LARGE:
            for block in blocks:
                for one in sums.values():
                    one.update(block)
        else:
            with ThreadPoolExecutor(len(sums)) as pool:
                running: list[Future[None]] = []
                for block in blocks:
                    for job in running:
                        job.result()
                    running = [pool.submit(one.update, block) for one in sums.values()]
                for job in running:
                    job.result()
        if Print.of(os.fstat(handle)) != expected:
            raise ChangedMeanwhile(path)
    taken = {name: one.hexdigest() for name, one in sums.items()}
    return Digests(taken["sha256"], taken.get("md5", ""), taken.get("git_sha1", ""))


def _blocks(file: BinaryIO, size: int, told: Callable[[int], None]) -> Iterator[bytes]:
    left = size
    while left:
        block = file.read(min(BLOCK, left))
        if not block:
            raise ChangedMeanwhile(file.name)
        left -= len(block)
        yield block
        told(len(block))
    if file.read(1):
        raise ChangedMeanwhile(file.name)


class HashCache:
    """Digests already taken, by path and print, in a small SQLite file of our own (mode 0600).

    A memory and no truth: any trouble with it throws it away, and the bytes are read again. The
    change time is part of the print, so a cache that came with somebody's repository never fits.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._base = self._open(path)

    def __enter__(self) -> HashCache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def get(self, path: Path, print: Print) -> Digests | None:
        """The digests of that file as it is now; None if they are not remembered."""
        query = "select sha256, md5, git_sha1 from digests where path = ? and print = ?"
        with self._lock:
            try:
                row = self._base.execute(query, (_key(path), _words(print))).fetchone()
            except sqlite3.Error:
                return None
        return Digests(*row) if row else None

    def put(self, path: Path, print: Print, digests: Digests) -> None:
        """Remember, unless the file is so young that its print cannot be relied on."""
        if self._clock() - max(print.mtime_ns, print.ctime_ns) / 1e9 < RACY:
            return
        row = (_key(path), _words(print), digests.sha256, digests.md5, digests.git_sha1)
        with self._lock, contextlib.suppress(sqlite3.Error), self._base:
            self._base.execute("insert or replace into digests values (?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        """Close the file. The cache is of no use afterwards."""
        with self._lock:
            self._base.close()

    @classmethod
    def _open(cls, path: Path) -> sqlite3.Connection:
        for attempt in range(2):
            try:
                path.parent.mkdir(0o700, parents=True, exist_ok=True)
                nofollow = getattr(os, "O_NOFOLLOW", 0)
                os.close(os.open(path, os.O_CREAT | os.O_RDWR | nofollow, 0o600))
                return cls._ready(str(path))
            except (OSError, sqlite3.Error):
                if attempt == 0:
                    for ending in ("", "-journal"):
                        with contextlib.suppress(OSError):
                            path.with_name(path.name + ending).unlink()
        return cls._ready(":memory:")

    @staticmethod
    def _ready(name: str) -> sqlite3.Connection:
        base = sqlite3.connect(name, timeout=5, check_same_thread=False)
        try:
            # Each file's digest is kept at once, and waits for no disk: what a power cut spoils is
            # thrown away. With it 3,500 small files took 34 s on a busy disk, without it 2 s.
            base.execute("pragma synchronous = off")
            version = base.execute("pragma user_version").fetchone()[0]
            if version not in (0, _SCHEMA):
                raise sqlite3.DatabaseError("another version's cache")
            base.execute(
                "create table if not exists digests (path text primary key, print text not null,"
                " sha256 text not null, md5 text not null, git_sha1 text not null)"
            )
            base.execute("select sha256, md5, git_sha1, print from digests limit 1").fetchone()
            base.execute(f"pragma user_version = {_SCHEMA}")
            base.commit()
        except BaseException:
            base.close()
            raise
        return base


def _key(path: Path) -> str:
    return os.fsencode(path.absolute()).hex()


def _words(print: Print) -> str:
    return f"{print.size} {print.mtime_ns} {print.ctime_ns} {print.inode} {print.device}"
