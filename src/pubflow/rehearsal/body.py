"""A request's body as a file that ends where the body ends, whichever way it is framed.

Framing follows RFC 9112, sections 6 and 7. Nothing is held but the block being read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, BinaryIO, cast

BLOCK = 1 << 16
DRAIN = 16 << 20
"""So much of a body that nobody read is read before the answer; with more, the line is closed."""
LONGEST_LINE = 1 << 16

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")


class BodyLost(ConnectionError):
    """The client went away in the middle of its body."""


class BadBody(ValueError):
    """The body's chunks are not well-formed."""


class Body(io.RawIOBase):
    """One request's body, up to its end and no further. `length` None means chunked."""

    def __init__(
        self, source: BinaryIO, length: int | None, before_first: Callable[[], None] | None
    ) -> None:
        self._source = source
        self._left = length or 0
        self._chunked = length is None
        self._open_chunk = False
        self._before_first = before_first
        self.ended = length == 0
        self.broken = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.ended:
            return 0
        if self._before_first is not None:
            self._before_first()
            self._before_first = None
        try:
            if self._chunked and not self._left:
                self._next_chunk()
                if self.ended:
                    return 0
            view = memoryview(buffer).cast("B")[: self._left]
            got = cast(io.BufferedReader, self._source).readinto1(view)
            if not got:
                raise BodyLost("the client closed the connection before the body's end")
        except BadBody:
            self.broken = True
            raise
        except OSError as error:
            self.broken = True
            raise BodyLost(str(error)) from error
        self._left -= got
        self.ended = not self._left and not self._chunked
        return got

    def _next_chunk(self) -> None:
        if self._open_chunk and self._line() not in (b"\r\n", b"\n"):
            raise BadBody("a chunk is longer than it says")
        match = _CHUNK.fullmatch(line := self._line())
        if match is None:
            raise BadBody(f"not a chunk's size: {line[:40]!r}")
        self._open_chunk = True
        self._left = int(match[1], 16)
        if not self._left:
            for _ in range(100):
                if self._line() in (b"\r\n", b"\n"):
                    self.ended = True
                    return
            raise BadBody("too many trailers")

    def _line(self) -> bytes:
        line = self._source.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            if len(line) == LONGEST_LINE:
                raise BadBody("a line between chunks is too long")
            raise BodyLost("the client closed the connection before the body's end")
        return line

    def drain(self) -> bool:
        """Read what is left, up to DRAIN. False if the line cannot be used again."""
        if self._before_first is not None and not self.ended:
            return False  # The client waits for "100 Continue" and may never send its body.
        if not self._chunked and self._left > DRAIN:
            return False
        scrap = bytearray(BLOCK)
        read = 0
        try:
            while not self.broken and read <= DRAIN and (got := self.readinto(scrap)):
                read += got
        except (OSError, BadBody):
            return False
        return self.ended
