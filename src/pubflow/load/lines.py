"""Where each key of a TOML text stands; for texts that `tomllib` took without complaint.

tomllib tells no lines, and a message without one makes the author search.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

Place = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n\r]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|' + r"'''.*?'{3,5}(?!')|" + r'"(?:[^"\\]|\\.)*"|' + r"'[^']*'",
    re.DOTALL,
)


class Lines:
    """Place -> line, 1-based."""

    def __init__(self, known: Mapping[Place, int]) -> None:
        self._known = known

    def of(self, place: Place) -> int:
        """The line of that key or list entry; else of the nearest table around it; else 1."""
        for end in range(len(place), 0, -1):
            if line := self._known.get(place[:end]):
                return line
        return 1

    @classmethod
    def in_text(cls, text: str) -> Lines:
        """Read a valid TOML text. Nesting too deep to follow gets the line of what is around it."""
        scan = _Scan(text)
        with contextlib.suppress(RecursionError):
            scan.document()
        return cls(scan.known)


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.known: dict[Place, int] = {}
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._tables: dict[Place, int] = {}

    def document(self) -> None:
        table: Place = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Place:
        start, many = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        keys = self._keys()
        self.at += 2 if many else 1
        place: Place = ()
        for n, key in enumerate(keys):
            place = (*place, key)
            self._mark(place, start)
            if many and n == len(keys) - 1:
                self._tables[place] = self._tables.get(place, -1) + 1
            if place in self._tables:
                place = (*place, self._tables[place])
        self._mark(place, start)
        return place

    def _pair(self, table: Place) -> None:
        start, place = self.at, table
        for key in self._keys():
            place = (*place, key)
            self._mark(place, start)
        self.at += 1
        self._value(place)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            if self.text[self.at] in "\"'":
                raw = self._take(_STRING)
                keys.append(str(tomllib.loads(f"key = {raw}")["key"]))
            else:
                keys.append(self._take(_BARE))
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _value(self, place: Place) -> None:
        self._skip(_BLANK)
        match self.text[self.at]:
            case '"' | "'":
                self._take(_STRING)
            case "[":
                self._inside("]", place)
            case "{":
                self._inside("}", place)
            case _:
                self._skip(_SCALAR)

    def _inside(self, end: str, place: Place) -> None:
        self.at += 1
        count = 0
        while True:
            self._skip(_BLANK)
            if self.text[self.at] == end:
                self.at += 1
                return
            if end == "]":
                self._mark((*place, count), self.at)
                self._value((*place, count))
                count += 1
            else:
                self._pair(place)
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1

    def _mark(self, place: Place, at: int) -> None:
        # The first mention counts: a table is where it begins, not where it grows.
        self.known.setdefault(place, bisect_right(self._ends, at - 1) + 1)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if not found or found.end() == self.at:
            raise ValueError(f"not TOML at offset {self.at}")
        self.at = found.end()
        return found.group()
