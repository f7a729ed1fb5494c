"""The clock by which pubflow waits; a rehearsal in one process brings its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pubflow.errors import Interrupted


@dataclass(frozen=True, slots=True)
class Time:
    """A clock that never goes back, in seconds, and the waiting that belongs to it."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def until(stop: threading.Event) -> Time:
    """The clock of this computer, whose waiting ends with Interrupted as soon as `stop` is set."""

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise stopped()

    return Time(sleep=sleep)


def stopped() -> Interrupted:
    """What ends a release at Ctrl-C: nothing is in flight then, and nothing new is begun."""
    return Interrupted(
        "Stopped. What was in flight is finished and written down.",
        hint="Go on with:\n\n    pubflow release",
    )


def going(stop: threading.Event) -> None:
    """Raise Interrupted if `stop` is set."""
    if stop.is_set():
        raise stopped()
