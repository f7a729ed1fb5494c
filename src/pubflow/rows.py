"""How many rows a data set has, as far as that can be told without reading much of it.

Parquet says it in its last bytes; CSV, TSV and JSON Lines are counted, up to `MOST` bytes in all.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Iterable
from pathlib import Path

from pubflow.manifest import File

MOST = 64 * 2**20
"""Bytes of text that are read for counting; beyond, the number stays unknown."""
LARGEST_FOOTER = 256 * 2**20
MAGIC = b"PAR1"
TEXTS = (".csv", ".tsv", ".jsonl", ".ndjson")
STRUCT = 12


def count(files: Iterable[File]) -> int | None:
    """The rows of all tables among `files`; None where there is none or one cannot be counted."""
    tables = [f for f in files if f.name.endswith((".parquet", *TEXTS)) and not f.promised]
    texts = sum(file.size for file in tables if file.name.endswith(TEXTS))
    if not tables or texts > MOST:
        return None
    total = 0
    for file in tables:
        rows = _rows(file.source, file.name, file.sha256)
        if rows is None:
            return None
        total += rows
    return total


@functools.lru_cache(maxsize=4096)
def _rows(path: Path, name: str, sha256: str) -> int | None:
    """By content: `sha256` makes another file of that name another question."""
    try:
        if name.endswith(".parquet"):
            return _parquet(path)
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            if name.endswith((".csv", ".tsv")):
                mark = "\t" if name.endswith(".tsv") else ","
                return max(sum(1 for row in csv.reader(file, delimiter=mark) if row) - 1, 0)
            return sum(1 for line in file if line.strip())
    except (OSError, ValueError, csv.Error, IndexError, RecursionError):
        return None


def _parquet(path: Path) -> int | None:
    """`num_rows`, field 3 of FileMetaData (github.com/apache/parquet-format, parquet.thrift)."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 8))
        end = file.read(8)
        length = int.from_bytes(end[:4], "little")
        if end[4:] != MAGIC or length > min(LARGEST_FOOTER, size - 12):
            return None
        file.seek(size - 8 - length)
        return _Compact(file.read(length)).field(3)


class _Compact:
    """As much of Thrift's compact protocol as it takes to reach one number
    (github.com/apache/thrift, doc/specs/thrift-compact-protocol.md)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def field(self, wanted: int) -> int | None:
        """The integer field of that id in the struct that begins here."""
        number = 0
        while kind := self._header():
            delta, kind = kind >> 4, kind & 15
            number = number + delta if delta else self._zigzag()
            if number == wanted:
                return self._zigzag()
            self._skip(kind)
        return None

    def _header(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._header()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _skip(self, kind: int, *, inside: bool = False) -> None:
        if self._at > len(self._data):
            raise IndexError("the end")
        if kind in (1, 2):  # A truth value stands in the header, but for those in a list.
            self._at += inside
        elif kind == 3:
            self._at += 1
        elif kind in (4, 5, 6):
            self._varint()
        elif kind == 7:
            self._at += 8
        elif kind == 8:
            size = self._varint()
            self._at += size
        elif kind in (9, 10):
            head = self._header()
            size = head >> 4 if head >> 4 < 15 else self._varint()
            for _ in range(size):
                self._skip(head & 15, inside=True)
        elif kind == 11:
            size = self._varint()
            kinds = self._header() if size else 0
            for _ in range(size):
                self._skip(kinds >> 4, inside=True)
                self._skip(kinds & 15, inside=True)
        elif kind == STRUCT:
            while head := self._header():
                if not head >> 4:
                    self._zigzag()
                self._skip(head & 15)
        else:
            raise ValueError("not the compact protocol")
