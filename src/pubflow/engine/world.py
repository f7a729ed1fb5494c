"""What a run needs, put together once; how it waits, and does many things at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from pubflow.actions import Action
from pubflow.claim import Claim
from pubflow.errors import PubflowError
from pubflow.journal import Journal
from pubflow.links import Links
from pubflow.lockfile import Locked
from pubflow.manifest import Manifest
from pubflow.patience import patiently
from pubflow.plan import Plan, Platforms
from pubflow.platform import Problem, State

Build = Callable[[Manifest, Links, Mapping[str, State]], tuple[Manifest, tuple[Problem, ...]]]
"""The local step between RESERVE and UPLOAD: files made from known addresses; and conflicts."""


class Watch(Protocol):
    """Who is told what happens. Called from many threads; must not raise, nor take long."""

    def looking(self, at: str, size: int) -> None:
        """So many more bytes of this file were read; or, of no size, this target is asked."""

    def started(self, action: Action) -> None: ...
    def sent(self, action: str, size: int) -> None: ...
    def waiting(self, action: Action, seconds: float, why: str) -> None: ...
    def finished(self, action: Action) -> None: ...
    def failed(self, action: Action, error: PubflowError) -> None: ...


@dataclass
class World:
    """Everything that a run needs, put together once."""

    manifest: Manifest
    platforms: Platforms
    claim: Claim
    journal: Journal
    locked: Locked
    build: Build
    watch: Watch
    keeper: str = ""
    """The target whose platform keeps the claim; its RESERVE comes first. Empty: kept here."""
    found: tuple[Problem, ...] = ()
    """Problems that were seen before anything was looked at."""
    jobs: int = 4
    budget: float = 600.0
    """Seconds that one action may wait in all for a busy remote."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by Ctrl-C: the requests in flight are finished, no new one is begun."""
    now: Callable[[], float] = time.monotonic
    """The clock that the budget is counted by."""


@dataclass(frozen=True)
class Seen:
    """One look: the manifest with all files that could be made, the states, and what is left."""

    manifest: Manifest
    states: Mapping[str, State]
    plan: Plan


def patient(
    world: World, attempt: Callable[[], Any], action: Action, unreached: float | None = None
) -> Any:
    """Call until there is a clear answer, as long as the budget lasts. Waits end at Ctrl-C."""

    def told(seconds: float, why: str) -> None:
        world.watch.waiting(action, seconds, why)

    return patiently(
        attempt,
        budget=world.budget,
        stop=world.stop,
        told=told,
        now=world.now,
        unreached=unreached,
    )


def each(world: World, items: Sequence[Any], do: Callable[[Any], Any]) -> list[Any]:
    """Do it for every item, in lanes; results in the items' order. One job: in order, here."""
    if world.jobs <= 1 or len(items) <= 1:
        return [do(item) for item in items]
    with ThreadPoolExecutor(min(world.jobs, len(items)), "pubflow") as pool:
        try:
            return list(pool.map(do, items))
        except KeyboardInterrupt:
            world.stop.set()  # Else the lanes would be waited for, however long they wait.
            raise
