"""The refs of one repository, read once for the claim and for the look that goes with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

YOUNG = 2.0
"""Seconds for which a list that was read for the claim may serve the look after it."""

Refs = Mapping[str, str]


class Listing:
    """Ref -> id of all refs, None where there is no repository. Safe to use from many threads.

    A list serves one look, and only if nothing of ours was pushed since it was asked for.
    """

    def __init__(
        self, read: Callable[[], Refs | None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._now = now
        self._lock = threading.Lock()
        self._kept: tuple[float, Refs | None] | None = None
        self._pushes = 0

    def look(self) -> Refs | None:
        """For a look: what was just read for the claim, else what stands there now."""
        kept = self._young(take=True)
        return kept[1] if kept else self._fresh(keep=False)

    def claim(self) -> Refs | None:
        """For the claim, which is looked at before everything else."""
        kept = self._young(take=False)
        return kept[1] if kept else self._fresh(keep=True)

    def now(self) -> Refs | None:
        """What stands there now, whatever was read before."""
        return self._fresh(keep=False)

    def pushed(self) -> None:
        """Something of ours is on its way, or has arrived: what was read may no longer hold."""
        with self._lock:
            self._pushes += 1
            self._kept = None

    def _young(self, *, take: bool) -> tuple[float, Refs | None] | None:
        with self._lock:
            kept = self._kept
            if take:
                self._kept = None
            return kept if kept and self._now() - kept[0] < YOUNG else None

    def _fresh(self, *, keep: bool) -> Refs | None:
        with self._lock:
            pushes = self._pushes
        asked = self._now()
        found = self._read()
        with self._lock:
            if keep and pushes == self._pushes:
                self._kept = (asked, found)
        return found
