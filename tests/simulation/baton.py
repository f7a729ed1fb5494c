"""Several runs, of which one goes at a time, as a schedule says."""

from __future__ import annotations

import threading


class Baton:
    """Lets one run go at a time, as the schedule says."""

    def __init__(self, turns: tuple[tuple[int, int], ...], runs: int) -> None:
        self._turns = list(turns) or [(0, 0)]
        self._gates = [threading.Semaphore(0) for _ in range(runs)]
        self._over: set[int] = set()
        self._left = 0
        self._now = -1

    def begin(self) -> None:
        self._next()

    def turn(self, run: int) -> None:
        """Called by a run before each boundary: it may have to wait here."""
        while self._left <= 0 and self._turns:
            self._next()
            if self._now != run:
                self._gates[run].acquire()
        self._left -= 1

    def wait(self, run: int) -> None:
        self._gates[run].acquire()

    def end(self, run: int) -> None:
        self._over.add(run)
        self._left = 0
        self._next()

    def _next(self) -> None:
        """Hand over to whom the schedule names next; else to the first that is not at its end."""
        before = self._now
        while self._turns:
            run, count = self._turns.pop(0)
            if run not in self._over:
                self._now, self._left = run, count
                if run != before:
                    self._gates[run].release()
                return
        rest = [run for run in range(len(self._gates)) if run not in self._over]
        if rest and (before in self._over or before < 0):
            self._now, self._left = rest[0], 0
            self._gates[rest[0]].release()
