"""Proof of a release, as a stranger can have it: no account, no token, nothing changed.

Every page is opened, every file's bytes hashed, every link followed, every pair of pages held
against each other, and what they say against publish.toml.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import date as Date
from pathlib import Path
from typing import Any

from pubflow import engine, lockfile
from pubflow.clock import until
from pubflow.errors import PubflowError, Transient
from pubflow.manifest import Manifest, Target
from pubflow.pages import Page, different, row, unlinked
from pubflow.platform import Problem
from pubflow.readiness import Unwatched
from pubflow.verify import addresses
from pubflow.verify.eyes import Eyes
from pubflow.verify.released import Released, comparable, released

__all__ = ["Report", "verify"]

ATTEMPTS = 3
"""How often a platform that gives no clear answer is looked at before that is told."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and all that was not right."""

    manifest: Manifest
    links: Mapping[str, Any]
    problems: tuple[Problem, ...]
    files: int
    """How many files were compared."""
    bytes: int
    """How many bytes arrived of them."""
    pages: int
    matrix: Mapping[str, Mapping[str, bool | None]]
    """Target -> `paper` or artifact key -> whether its page leads there; None: nothing to ask."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def verify(
    path: Path,
    *,
    env: Mapping[str, str] = os.environ,
    hosts: frozenset[str] = frozenset(),
    sample: int | None = None,
    only: frozenset[str] = frozenset(),
    jobs: int = 4,
    told: Callable[[str, int], None] = lambda target, count: None,
    home: Path | None = None,
    today: Callable[[], Date] = lambda: datetime.now(UTC).date(),
) -> Report:
    """Look at everything that publish.lock says was released. Sends no token and changes nothing.

    `sample` is a size in bytes: of larger files only beginning and end are compared. Raises
    PubflowError when nothing was released, Transient when a platform gave no clear answer.
    """
    from pubflow.assemble import LOCK, open_release

    stranger = {key: value for key, value in env.items() if not _secret(key)}
    home = home or path.resolve().parent
    with open_release(
        path,
        env=stranger,
        watch=Unwatched(),
        hosts=hosts,
        jobs=jobs,
        offline=True,
        absent=True,
        looking=True,
        home=home,
    ) as opened:
        world = opened.world
        locked = lockfile.read(home / LOCK)
        known = released(world.manifest, locked)
        # What a version left as it was is compared with the version that brought it out.
        then = {v: released(world.manifest, locked, v) for v in set(known.first.values())}
        names = {target.name for target in world.manifest.targets}
        if strange := sorted(only - names):
            raise PubflowError(
                f"There is no target {', '.join(strange)}.",
                hint="The targets of this release: " + ", ".join(sorted(names)),
            )
        looked = [
            (then[known.first[target.name]], target)
            for target in known.manifest.targets
            if not only or target.name in only
        ]
        arrived = [0]
        sleep = until(world.stop).sleep

        def visited(one: tuple[Released, Target]) -> list[Problem | Page]:
            of, target = one
            target = of.manifest.target(target.name)

            def heard(count: int) -> None:
                arrived[0] += count
                told(target.name, count)

            eyes = Eyes(env=stranger, sample=sample, told=heard, sleep=sleep)
            platform = world.platforms[target.platform]
            for attempt in range(ATTEMPTS):
                try:
                    return list(platform.visit(target, of.links, eyes, of.known[target.name]))
                except Transient as busy:
                    if attempt + 1 == ATTEMPTS:
                        return [_unseen(target, busy)]
                    sleep(min(busy.wait if busy.wait is not None else 2.0**attempt, 60.0))
                except PubflowError as wrong:
                    return [Problem(target.name, wrong.what, wrong.why, wrong.hint)]
            raise AssertionError("unreachable")

        found = engine.each(world, looked, visited)
        return _judged(
            known,
            looked,
            found,
            arrived[0],
            Eyes(env=stranger),
            today=today(),
        )


def _judged(
    known: Released,
    looked: Sequence[tuple[Released, Target]],
    found: Sequence[Sequence[Problem | Page]],
    arrived: int,
    eyes: Eyes,
    *,
    today: Date,
) -> Report:
    problems = list(known.found)
    pages: dict[str, Page] = {}
    matrix: dict[str, dict[str, bool | None]] = {}
    for (of, target), items in zip(looked, found, strict=True):
        problems += [item for item in items if isinstance(item, Problem)]
        for page in items:
            if isinstance(page, Page):
                pages[target.name] = page
                there, date = of.manifest.target(target.name), of.manifest.release.date
                problems += addresses.resolved(page, of.links, eyes, today=today, released=date)
                page, links, notes = comparable(of, page)
                problems += (*notes, *different(page), *unlinked(there, links, page))
                matrix[target.name] = row(there, links, page.names)
    problems += addresses.dead(list(pages.values()), known.links, eyes)
    return Report(
        known.manifest,
        known.links,
        tuple(dict.fromkeys(problems)),
        sum(len(target.files) for _, target in looked),
        arrived,
        len(pages),
        matrix,
    )


def _unseen(target: Target, busy: Transient) -> Problem:
    return Problem(
        target.name,
        f"it could not be looked at: {busy.what}",
        "the server gave no clear answer",
        "Try again later:\n\n    pubflow verify",
    )


def _secret(name: str) -> bool:
    return name.endswith(("TOKEN", "PASSWORD", "SECRET", "_KEY"))
