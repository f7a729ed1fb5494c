"""A guard before the log: whatever is printed, the runner takes none of it for a command.

Titles, tags, file names and servers' answers are printed in many places, and one of them starting
with `::` would be obeyed. So in a workflow all lines of stdout and stderr pass through here; what
pubflow itself wants to tell the runner goes around it, by `command`.
"""

from __future__ import annotations

import atexit
import contextlib
import re
import sys
import threading
from typing import Any, TextIO, cast

from pubflow.views.workflow import harmless

_END = re.compile(r"(\r\n|\r|\n)")
"""Where the runner ends a line: .NET's TextReader.ReadLine."""


class Guard:
    """A text stream that passes whole lines on, each made harmless. What is unfinished waits."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._rest = ""
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        with self._lock:
            *whole, self._rest = _END.split(self._rest + text)
            for line, end in zip(whole[::2], whole[1::2], strict=True):
                self.stream.write(harmless(line) + end)
        return len(text)

    def flush(self) -> None:
        self.stream.flush()

    def finish(self) -> None:
        """Pass on a last line without an end."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self.stream.write(harmless(self._rest))
            self._rest = ""
            self.stream.flush()

    def command(self, line: str) -> None:
        """A line for the runner itself, at a line's start."""
        with self._lock:
            if self._rest:
                self.stream.write(harmless(self._rest) + "\n")
                self._rest = ""
            self.stream.write(line + "\n")
            self.stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def stand() -> tuple[Guard, Guard]:
    """Guard this process's stdout and stderr from now on, to its end."""
    guards = Guard(sys.stdout), Guard(sys.stderr)
    for one in guards:
        atexit.register(one.finish)
    sys.stdout, sys.stderr = (cast(TextIO, guard) for guard in guards)
    return guards


def command(line: str) -> None:
    """Tell the runner, on stderr: stdout may be read by a program."""
    if isinstance(sys.stderr, Guard):
        sys.stderr.command(line)
    else:
        sys.stderr.write(line + "\n")
