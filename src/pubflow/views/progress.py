"""Progress on stderr: a bar for each lane on a terminal, plain lines anywhere else."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from pubflow.actions import Action, Wave
from pubflow.errors import PubflowError
from pubflow.views.text import Line, fit, is_terminal, say, size

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

_RICH = {"changed": "yellow", "bad": "red"}
_BAR = 12
_AMOUNT = 36
"""Columns of `999.9 MB of 999.9 GB  99.9 MB/s  9:59`."""


class Plain:
    """One line for each action that is done, that waits or that failed.

    A reader who goes away does not stop a release.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()

    def _say(self, line: Line) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            say([line], self._stream)

    def started(self, action: Action) -> None: ...

    def sent(self, action: str, size: int) -> None: ...

    def waiting(self, action: Action, seconds: float, why: str) -> None:
        pause = (
            f"Waiting {seconds:.0f} s, then looking again." if seconds >= 1 else "Looking again."
        )
        self._say(Line(f"  {action.target}: {why.rstrip('.')}. {pause}", "changed"))

    def finished(self, action: Action) -> None:
        amount = f" ({size(action.size)})" if action.size else ""
        self._say(Line(f"{action.mark} {action.target}: {action.says}{amount}"))

    def failed(self, action: Action, error: PubflowError) -> None:
        self._say(Line(f"! {action.target}: {action.says}: {error.what}", "bad"))
        if action.wave is Wave.FOLLOW:  # Not fatal, so nobody else tells of it.
            for line in "\n".join(filter(None, (error.why, error.hint))).split("\n"):
                self._say(Line(f"    {line}" if line else ""))

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        yield

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        yield


class Bars(Plain):
    """A lane per target with bytes, speed and time left; finished actions scroll by above."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        self._console = Console(file=self._stream, highlight=False, markup=False, emoji=False)
        self._progress: Progress = Progress(
            SpinnerColumn("line"),
            TextColumn("{task.fields[lane]}", markup=False),
            BarColumn(bar_width=_BAR),
            TextColumn("{task.fields[amount]}", markup=False),
            console=self._console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def _say(self, line: Line) -> None:
        from rich.text import Text

        with self._lock, contextlib.suppress(OSError, ValueError):
            text = Text(fit(line.text, self._stream), style=_RICH.get(line.style, ""))
            self._console.print(text, soft_wrap=True)

    def started(self, action: Action) -> None:
        room = max(self._console.width - _BAR - _AMOUNT - 5, 12)
        lane = fit(f"{action.subject or action.verb} to {action.target}", self._stream)
        lane = lane if len(lane) <= room else lane[: room - 3] + "..."
        self._tasks[action.id] = self._progress.add_task(
            "", total=action.size or None, lane=lane, amount=""
        )

    def sent(self, action: str, size: int) -> None:
        if (task := self._tasks.get(action)) is not None:
            # A thread that sends may speak a moment after its action ended.
            with contextlib.suppress(KeyError, OSError, ValueError):
                self._progress.update(task, advance=size)
                for known in self._progress.tasks:
                    if known.id == task:
                        self._progress.update(task, amount=amount(known))

    def waiting(self, action: Action, seconds: float, why: str) -> None:
        if (task := self._tasks.get(action.id)) is not None:
            with contextlib.suppress(KeyError):
                # The next attempt sends from the start.
                self._progress.update(task, completed=0, amount="")
        super().waiting(action, seconds, why)

    def finished(self, action: Action) -> None:
        self._drop(action)
        super().finished(action)

    def failed(self, action: Action, error: PubflowError) -> None:
        self._drop(action)
        super().failed(action, error)

    def _drop(self, action: Action) -> None:
        if (task := self._tasks.pop(action.id, None)) is not None:
            self._progress.remove_task(task)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        with self._progress:
            yield

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """The bars are away while the person is asked."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()


def amount(task: Task) -> str:
    """`4.1 MB of 19.6 MB  3.2 MB/s  0:05`: bytes, speed and time left, as far as they are known."""
    if task.total is None:
        return ""
    words = [f"{size(int(task.completed))} of {size(int(task.total))}"]
    if task.speed:
        words.append(f"{size(int(task.speed))}/s")
    if task.time_remaining is not None:
        minutes, seconds = divmod(int(task.time_remaining), 60)
        words.append(f"{minutes}:{seconds:02}")
    return "  ".join(words)


def for_stream(stream: TextIO | None = None) -> Plain:
    """Bars on a terminal, lines anywhere else."""
    out = stream or sys.stderr
    return Bars(out) if is_terminal(out) else Plain(out)


@contextlib.contextmanager
def looking(stream: TextIO | None = None) -> Iterator[None]:
    """A line on a terminal while platforms are asked, gone afterwards."""
    out = stream or sys.stderr
    if not is_terminal(out):
        yield
        return
    out.write("Looking ...")
    out.flush()
    try:
        yield
    finally:
        out.write("\r\x1b[K")
        out.flush()
