from __future__ import annotations

import threading

import pytest

from pubflow.clock import until
from pubflow.errors import Interrupted, Strange, Transient, Unreached
from pubflow.patience import patiently


class Busy:
    """A platform that never answers clearly, and counts how often it is asked."""

    def __init__(self, wait: float, stop: threading.Event | None = None) -> None:
        self.asked = 0
        self._wait = wait
        self._stop = stop

    def __call__(self) -> None:
        self.asked += 1
        if self._stop is not None:
            self._stop.set()
        raise Transient("busy", wait=self._wait)


class Clock(threading.Event):
    """Time that passes only where somebody waits."""

    now = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return self.is_set()


def told(seconds: float, why: str) -> None:
    """Nobody listens."""


def test_out_of_patience_the_last_unclear_answer_is_raised() -> None:
    busy = Busy(0.01)

    with pytest.raises(Transient, match="busy"):
        patiently(busy, budget=0.1, stop=threading.Event(), told=told)

    assert busy.asked > 1


@pytest.mark.parametrize("kind", [Unreached, Strange])
@pytest.mark.parametrize(("unreached", "waited"), [(30.0, 30.0), (None, 600.0)])
def test_what_cannot_be_reached_is_waited_for_as_long_as_is_said(
    unreached: float | None, waited: float, kind: type[Transient]
) -> None:
    clock = Clock()

    def away() -> None:
        raise kind("api.github.com could not be reached from this computer.", wait=7.0)

    with pytest.raises(kind):
        patiently(
            away, budget=600.0, stop=clock, told=told, now=lambda: clock.now, unreached=unreached
        )

    assert waited - 7.0 <= clock.now < waited


def test_ctrl_c_ends_a_wait_and_nothing_is_asked_again() -> None:
    stop, busy = threading.Event(), Busy(3600)

    with pytest.raises(Interrupted):
        patiently(busy, budget=7200, stop=stop, told=lambda *_: stop.set())

    assert busy.asked == 1


def test_after_ctrl_c_an_unclear_answer_is_not_waited_out() -> None:
    stop = threading.Event()
    busy = Busy(3600, stop)

    with pytest.raises(Interrupted):
        patiently(busy, budget=7200, stop=stop, told=told)

    assert busy.asked == 1


def test_a_wait_of_a_platform_ends_with_the_run() -> None:
    stop = threading.Event()
    clock = until(stop)
    clock.sleep(0)
    threading.Timer(0.05, stop.set).start()

    with pytest.raises(Interrupted, match="Stopped"):
        clock.sleep(3600)
