"""The matrix: which things go wrong, when, and in what company. Every case has a name that replays
it.

- *singles*: every boundary of a release, every fault that makes sense there, the journal kept,
  lost, and lost together with the receipt; in every scenario, and with late listings.
- *doubles*: a fault in one run and another in the next. Deaths at pairs of durable boundaries;
  other kinds by chance.
- *pairs*: two runs at once on two computers. Schedules with one and two preemptions at a change
  of the world, with three, and schedules by chance; with a death, with late
  listings, with a manifest that differs in one file.

What is enumerated comes in an order shuffled by the seed, so that a part of it is a fair sample; a
number of cases, a seed and a kind always give the same cases.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from simulation import SCENARIOS, Boundary, Case, Fault, Sitting, boundaries
from simulation.judge import boundaries_after

LAGS = (0, 8, 40)
"""How many requests a search or a list is late."""

ALONE = "alone"
"""Without a register (Zenodo is the only target) two computers cannot know of each other, and a
search that is late longer than is known hides what an interrupted run made: see
docs/reliability.md, "What is not covered"."""

LOST: tuple[tuple[str, ...], ...] = ((), ("journal",), ("journal", "receipt"))
DEATHS = ("killed", "killed-applied")


def lags(scenario: str) -> tuple[int, ...]:
    return LAGS[:2] if scenario == ALONE else LAGS


TOGETHER = tuple(name for name in SCENARIOS if name != ALONE)
"""Scenarios in which several runs may be at work at once."""

END = 10_000
"""More boundaries than any run has: to its end."""


@dataclass(frozen=True)
class Kind:
    """A part of the matrix."""

    name: str
    says: str
    share: float
    """Of the cases of a whole run."""
    cases: Callable[[random.Random], Iterator[Case]]


def shuffled(chance: random.Random, made: Iterator[Callable[[], Case]]) -> Iterator[Case]:
    """Of tens of thousands most are never asked for, so none is made before it is."""
    found = list(made)
    chance.shuffle(found)
    return (make() for make in found)


def after(first: Sitting, lost: tuple[str, ...]) -> tuple[Sitting, ...]:
    """That sitting, and what is lost after it."""
    return (first, Sitting(lost=lost)) if lost else (first,)


def singles(chance: random.Random) -> Iterator[Case]:
    """Each boundary with each of its kinds."""

    def every() -> Iterator[Callable[[], Case]]:
        for scenario in SCENARIOS:
            for at in boundaries(scenario):
                for kind, lost in itertools.product(at.kinds, LOST):
                    yield partial(_single, scenario, at.index, kind, lost)

    return shuffled(chance, every())


def late(chance: random.Random) -> Iterator[Case]:
    """The same while search and lists are late."""

    def every() -> Iterator[Callable[[], Case]]:
        for scenario in SCENARIOS:
            for lag in lags(scenario)[1:]:
                for at in boundaries(scenario, lag):
                    for kind, lost in itertools.product(at.kinds, LOST[:2]):
                        yield partial(_single, scenario, at.index, kind, lost, lag)

    return shuffled(chance, every())


def _single(scenario: str, at: int, kind: str, lost: tuple[str, ...], lag: int = 0) -> Case:
    return Case(scenario, after(Sitting((Fault(at, kind),)), lost), lag)


def durable(points: Sequence[Boundary]) -> list[Boundary]:
    """Where a death leaves another world than a death just before: changes and notes."""
    return [at for at in points if at.change or at.sort != "call"]


def deaths(chance: random.Random) -> Iterator[Case]:
    """Dead twice: at each durable boundary, and at each of the run that follows."""
    firsts = [
        Case(scenario, (Sitting((Fault(at.index, kind),)),), lag)
        for scenario in SCENARIOS
        for lag in lags(scenario)
        for at in durable(boundaries(scenario, lag))
        for kind in DEATHS
    ]
    chance.shuffle(firsts)
    rounds = [_seconds(first, lost, chance) for first in firsts for lost in LOST[:2]]
    while rounds:  # Some second deaths for each first one, then some more.
        left = []
        for each in rounds:
            some = list(itertools.islice(each, SOME))
            yield from some
            left += [each] * (len(some) == SOME)
        rounds = left


SOME = 40
"""Second deaths in one go: what comes after the first one has to be played once for all of them."""


def _seconds(first: Case, lost: tuple[str, ...], chance: random.Random) -> Iterator[Case]:
    points = [(at.index, kind) for at in durable(boundaries_after(first)) for kind in DEATHS]
    chance.shuffle(points)
    for index, kind in points:
        second = Sitting((Fault(index, kind),), lost=lost)
        yield replace(first, sittings=(*first.sittings, second))


def mixed(chance: random.Random) -> Iterator[Case]:
    """Two faults of any kinds, in one run or in two, by chance; without end."""
    names = list(SCENARIOS)
    while True:
        scenario = chance.choice(names)
        lag = chance.choice(lags(scenario))
        points = boundaries(scenario, lag)
        one = _fault(chance, points)
        first = Sitting((one,))
        lost = chance.choice(LOST)
        if chance.random() < 0.5:
            second = _fault(chance, points)
            if second.at != one.at:
                first = Sitting(tuple(sorted((one, second), key=lambda fault: fault.at)))
            yield Case(scenario, after(first, lost), lag)
        else:
            yield Case(scenario, (first, Sitting((_fault(chance, points),), lost=lost)), lag)


def _fault(chance: random.Random, points: Sequence[Boundary], run: int = 0) -> Fault:
    """Half of them at what can change the world, which is a quarter of the boundaries."""
    able = [at for at in points if at.kinds]
    some = durable(able) if chance.random() < 0.5 else able
    at = chance.choice(some)
    return Fault(at.index, chance.choice(at.kinds), run)


Turns = tuple[tuple[int, int], ...]


def pairs(chance: random.Random) -> Iterator[Case]:
    """Two computers at once: each schedule with one or two preemptions at a change."""

    def every() -> Iterator[Callable[[], Case]]:
        for scenario in TOGETHER:
            points = _stops(scenario)
            for turns in itertools.chain(_one(points), _two(points)):
                yield partial(_pair, scenario, turns)

    return shuffled(chance, every())


def _pair(scenario: str, turns: Turns, other: tuple[int, ...] = ()) -> Case:
    return Case(scenario, (Sitting(runs=2, turns=turns, other=other),))


def thrice(chance: random.Random) -> Iterator[Case]:
    """Three preemptions at changes, in the order of a shuffled enumeration; without end."""
    names = list(TOGETHER)
    stops = {name: _stops(name) for name in names}
    seen: set[tuple[str, Turns]] = set()
    while True:
        scenario = chance.choice(names)
        a, b, c = (chance.choice(stops[scenario]) for _ in range(3))
        turns = ((0, a), (1, b), (0, c), (1, END))
        if (scenario, turns) not in seen:
            seen.add((scenario, turns))
            yield _pair(scenario, turns)


def _stops(scenario: str) -> list[int]:
    """After how many boundaries a change is next, or has just been made."""
    found: set[int] = set()
    for at in durable(boundaries(scenario)):
        found |= {at.index, at.index + 1}
    return sorted(found - {0})


def _one(points: Sequence[int]) -> Iterator[Turns]:
    for a in points:
        yield ((0, a), (1, END))


def _two(points: Sequence[int]) -> Iterator[Turns]:
    for a, b in itertools.product(points, points):
        yield ((0, a), (1, b), (0, END))


def crowds(chance: random.Random) -> Iterator[Case]:
    """Two runs by chance: short and long turns, a death or another fault in one of them, late
    listings, another manifest on one of the computers, a third run; without end."""
    names = list(TOGETHER)
    while True:
        scenario, lag = chance.choice(names), chance.choice((0, 0, *LAGS))
        points = boundaries(scenario, lag)
        runs = 3 if chance.random() < 0.1 else 2
        turns = _turns(chance, runs, len(points))
        faults: tuple[Fault, ...] = ()
        luck = chance.random()
        if luck < 0.4:
            at = chance.choice(durable(points))
            faults = (Fault(at.index, chance.choice(DEATHS), chance.randrange(runs)),)
        elif luck < 0.6:
            faults = (_fault(chance, points, chance.randrange(runs)),)
        other = (chance.randrange(runs),) if chance.random() < 0.2 else ()
        sitting = Sitting(faults, runs=runs, turns=turns, other=other)
        yield Case(scenario, (sitting,), lag)


def _turns(chance: random.Random, runs: int, length: int) -> Turns:
    size = chance.choice((3, 12, 40))
    found: list[tuple[int, int]] = []
    last = -1
    for _ in range(chance.randint(1, max(2, 2 * length // size))):
        run = chance.choice([n for n in range(runs) if n != last])
        found.append((run, chance.randint(1, 2 * size)))
        last = run
    return tuple(found)


def strangers(chance: random.Random) -> Iterator[Case]:
    """Two manifests of one version that differ in one file: one of them comes out, or neither."""

    def every() -> Iterator[Callable[[], Case]]:
        for scenario in TOGETHER:
            points = _stops(scenario)
            for turns in itertools.chain(_one(points), _two(points[::3])):
                for other in ((0,), (1,)):
                    yield partial(_pair, scenario, turns, other)

    return shuffled(chance, every())


KINDS = (
    Kind("singles", "one fault", 0.12, singles),
    Kind("late", "one fault, lists late", 0.10, late),
    Kind("deaths", "killed twice", 0.45, deaths),
    Kind("mixed", "two faults", 0.10, mixed),
    Kind("pairs", "two runs, one or two preemptions", 0.09, pairs),
    Kind("thrice", "two runs, three preemptions", 0.07, thrice),
    Kind("crowds", "runs by chance, with faults", 0.05, crowds),
    Kind("strangers", "two manifests of one version", 0.02, strangers),
)

TWO_RUNS = tuple(kind for kind in KINDS if kind.name in ("pairs", "thrice", "crowds", "strangers"))
BY_NAME = {kind.name: kind for kind in KINDS}


def cases(kind: Kind, seed: int, count: int, part: int = 0, parts: int = 1) -> Iterator[Case]:
    """The first `count` cases of a kind, or one of so many `parts` of them: neighbours, as these
    have the most in common."""
    chance = random.Random(f"{kind.name} {seed}")
    begin, end = (count * at // parts for at in (part, part + 1))
    return itertools.islice(kind.cases(chance), begin, end)
