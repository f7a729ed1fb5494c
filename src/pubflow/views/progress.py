"""Progress on stderr: a bar for each lane on a terminal, plain lines anywhere else."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from pubflow.actions import Action, Wave
from pubflow.errors import PubflowError
from pubflow.views.text import Line, count, fit, is_terminal, say, size

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

_RICH = {"changed": "yellow", "bad": "red"}
_LOOK = ""
"""The key of the lane that looks, where the others have their action's id."""
PAUSE = 0.1
"""Seconds between two tellings of what is looked at."""
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

    def looking(self, at: str, size: int) -> None: ...

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


class Look:
    """What was looked at so far, told a few times a second and no more: files can be many."""

    def __init__(self) -> None:
        self._told = 0.0
        self._at = ""
        self._files = 0
        self._bytes = 0

    def sees(self, at: str, size: int) -> bool:
        """Whether it is time to tell it."""
        self._bytes += size
        if at != self._at:
            self._at = at
            self._files += size > 0
        now = time.monotonic()
        if now - self._told < PAUSE:
            return False
        self._told = now
        return True

    @property
    def amount(self) -> str:
        return f"{size(self._bytes)}, {count(self._files, 'file')}" if self._bytes else ""


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
        self._look = Look()

    def _say(self, line: Line) -> None:
        from rich.text import Text

        with self._lock, contextlib.suppress(OSError, ValueError):
            text = Text(fit(line.text, self._stream), style=_RICH.get(line.style, ""))
            self._console.print(text, soft_wrap=True)

    def looking(self, at: str, size: int) -> None:
        if self._look.sees(at, size):
            with self._lock, contextlib.suppress(KeyError, OSError, ValueError):
                known = self._tasks.get(_LOOK)
                known = self._begin(_LOOK, "", None) if known is None else known
                said = self._look.amount if size else ""
                lane = self._lane(f"{'Reading' if size else 'Asking'} {at}", len(said))
                self._progress.update(known, lane=lane, amount=said)

    def started(self, action: Action) -> None:
        self._away()
        lane = f"{action.subject or action.verb} to {action.target}"
        self._begin(action.id, lane, action.size or None)

    def _begin(self, key: str, words: str, total: int | None) -> TaskID:
        task = self._progress.add_task("", total=total, lane=self._lane(words), amount="")
        self._tasks[key] = task
        return task

    def _lane(self, words: str, beside: int = _AMOUNT) -> str:
        room = max(self._console.width - _BAR - beside - 5, 12)
        lane = fit(words, self._stream)
        return lane if len(lane) <= room else lane[: room - 3] + "..."

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
        self._drop(action.id)
        super().finished(action)

    def failed(self, action: Action, error: PubflowError) -> None:
        self._drop(action.id)
        super().failed(action, error)

    def _away(self) -> None:
        """Looking is over for now."""
        self._look = Look()
        self._drop(_LOOK)

    def _drop(self, key: str) -> None:
        if (task := self._tasks.pop(key, None)) is not None:
            self._progress.remove_task(task)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        try:
            with self._progress:
                yield
        finally:
            self._console.show_cursor()  # Ctrl-C may come while the bars begin.
            self._away()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """The bars are away while the person is asked."""
        self._away()
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
