"""Waiting for a clear answer: how long, how often, and no longer than until Ctrl-C."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import tenacity

from pubflow.clock import stopped
from pubflow.errors import Strange, Transient, Unreached

T = TypeVar("T")


def patiently(
    attempt: Callable[[], T],
    *,
    budget: float,
    stop: threading.Event,
    told: Callable[[float, str], None],
    now: Callable[[], float] = time.monotonic,
    unreached: float | None = None,
) -> T:
    """Call until it does not raise Transient, waiting up to `budget` seconds in all, and up to
    `unreached` for what cannot be reached, or is not what it should be.

    `told` hears before each wait how many seconds it is and why. When the budget is used up, the
    last Transient is raised. Set `stop` ends a wait at once, and Interrupted is raised. `now` is a
    clock that never goes back.
    """
    began = now()

    def over(state: tenacity.RetryCallState) -> bool:
        if stop.is_set():
            raise stopped() from None
        error = state.outcome.exception() if state.outcome else None
        away = unreached is not None and isinstance(error, Unreached | Strange)
        return now() - began + state.upcoming_sleep >= (unreached or 0.0 if away else budget)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, Transient) else None
        return asked if asked is not None else _backoff(state)

    def tell(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if state.next_action is not None:
            told(state.next_action.sleep, str(error))

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise stopped() from None

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Transient),
        wait=wait,
        stop=over,
        sleep=sleep,
        before_sleep=tell,
        reraise=True,
    )
    return retrying(attempt)


_backoff = tenacity.wait_exponential_jitter(multiplier=0.5, max=60.0, jitter=0.5)
