"""Progress on stderr: a bar for each lane on a terminal, plain lines anywhere else."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from pubflow.actions import Action
from pubflow.errors import PubflowError
from pubflow.views.text import Line, say, size, visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Plain:
    """One line for each action that is done, that waits or that failed."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()

    def _say(self, line: Line) -> None:
        with self._lock:
            say([line], self._stream)

    def started(self, action: Action) -> None: ...

    def sent(self, action: str, size: int) -> None: ...

    def waiting(self, action: Action, seconds: float, why: str) -> None:
        words = f"  {action.target}: {visible(why)} Waiting {seconds:.0f} s, then looking again."
        self._say(Line(words, "changed"))

    def finished(self, action: Action) -> None:
        amount = f" ({size(action.size)})" if action.size else ""
        self._say(Line(f"{action.mark} {action.target}: {visible(action.says)}{amount}"))

    def failed(self, action: Action, error: PubflowError) -> None:
        self._say(Line(f"! {action.target}: {visible(action.says)}: {visible(error.what)}", "bad"))

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
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        self._progress: Progress = Progress(
            SpinnerColumn("line"),
            TextColumn("{task.fields[lane]}", markup=False),
            BarColumn(bar_width=20),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(file=self._stream, highlight=False, markup=False),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def _say(self, line: Line) -> None:
        with self._lock:
            self._progress.console.print(line.text, style=None, markup=False, highlight=False)

    def started(self, action: Action) -> None:
        lane = f"{action.target} {visible(action.subject or action.verb)}"[:44]
        total = action.size or None
        self._tasks[action.id] = self._progress.add_task("", total=total, lane=lane)

    def sent(self, action: str, size: int) -> None:
        if action in self._tasks:
            self._progress.advance(self._tasks[action], size)

    def finished(self, action: Action) -> None:
        self._drop(action)
        super().finished(action)

    def failed(self, action: Action, error: PubflowError) -> None:
        self._drop(action)
        super().failed(action, error)

    def _drop(self, action: Action) -> None:
        task = self._tasks.pop(action.id, None)
        if task is not None:
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


def for_stream(stream: TextIO | None = None) -> Plain:
    """Bars on a terminal, lines anywhere else."""
    out = stream or sys.stderr
    return Bars(out) if out.isatty() else Plain(out)
