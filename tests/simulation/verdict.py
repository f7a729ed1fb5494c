"""What is to be said of runs and of worlds: the invariants, asked once for each world.

Worlds never change, so what was said of one is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from simulation import SCENARIOS, Call, Case, Exit, Sitting, World, ending, invariants
from simulation.ending import Company
from simulation.invariants import Truth
from simulation.play import KILLED, start
from simulation.taken import Taken
from simulation.wanted import Wanted, wanted

CODES = {0, 1, 3, 75, KILLED}
"""What a run may end with; the last where the case killed it."""
ENOUGH = 2
"""Undisturbed runs that must do, whatever happened before."""
WORLDS = 40_000

Verdict = tuple[str, ...]


class Judge:
    """Of one scenario: what is wanted of its worlds, and what was said of them."""

    def __init__(self, scenario: str) -> None:
        own = SCENARIOS[scenario]
        self._before = Truth.of(start(scenario).held)
        self.want = invariants.new_in(wanted(own.project.manifest), self._before)
        self.other = invariants.new_in(wanted(own.other.manifest), self._before)
        self._known: OrderedDict[object, Verdict] = OrderedDict()

    def wants(self, company: Company) -> tuple[Wanted, ...]:
        return (self.want, self.other) if company.two else (self.want,)

    def taken(self, company: Company) -> Taken | None:
        """Who follows what runs take from each other, where that is excused."""
        return Taken(self.wants(company), self._before) if company.several else None

    def instant(
        self, call: Call, world: World, company: Company, claimed: bool, taken: Taken | None = None
    ) -> Verdict:
        texts = tuple(text for home in world.homes for _, text in home.claims.values())
        claims = texts if claimed else None
        seals = invariants.seals(call.platform, call.method, call.path)
        path = call.path if seals else ""
        lost = taken.excused(call, Truth.of(world.held), world.history) if taken else ()
        excused = dict(zip(self.wants(company), lost, strict=False))

        def asked(want: Wanted, now: Truth) -> Iterator[str]:
            of_it = excused.get(want, frozenset())
            return invariants.instant(want, self._before, now, claims, path, of_it)

        return self._ask((company, claims, path, lost), asked, world, company)

    def ended(self, world: World, company: Company) -> Verdict:
        def asked(want: Wanted, now: Truth) -> Iterator[str]:
            return ending.ended(want, self._before, now, company)

        return self._ask(company, asked, world, company)

    def kept(self, world: World, made: Sequence[str]) -> Verdict:
        if not made:
            return ()
        return tuple(invariants.kept(self.want, self._before, Truth.of(world.held), made))

    def _ask(
        self,
        key: object,
        asked: Callable[[Wanted, Truth], Iterator[str]],
        world: World,
        company: Company,
    ) -> Verdict:
        whole = (key, *(held.blob for held in world.held.values()))
        if whole not in self._known:
            now = Truth.of(world.held)
            # Of two manifests one comes out, and all of it.
            said = (tuple(asked(want, now)) for want in self.wants(company))
            self._known[whole] = min(said, key=len)
            if len(self._known) > WORLDS:
                self._known.popitem(last=False)
        return self._known[whole]


judge = cache(Judge)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, as far as others have to know."""

    code: int
    changes: int
    follows: bool
    """Whether it changed nothing but what follows a release and is never fatal."""
    tidies: bool = False
    """Whether it changed nothing but that it deleted drafts on GitHub, which has no search: its
    list of releases is all that shows them."""
    error: str = ""
    alone: bool = True
    """Whether no other ran at the same time, and it was to go to the end."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be said of one sitting."""

    ends: tuple[Ended, ...]
    said: Verdict


ALONE = Company()


def company_of(case: Case) -> Company:
    together = [sitting for sitting in case.sittings if sitting.runs > 1]
    disturbed = any(sitting.faults for sitting in together)
    return Company(
        several=bool(together),
        disturbed=disturbed,
        late=case.lag > 0,
        two=any(sitting.other for sitting in case.sittings),
    )


def charged(said: Sequence[str]) -> Verdict:
    """What counts as violated: not what is accepted, and not what follows where a record was born
    without a file that another run took away."""
    born = {
        line.removeprefix(invariants.ACCEPTED).strip().partition(":")[0]
        for line in said
        if line.startswith(invariants.ACCEPTED) and " is published, and " in line
    }

    def follows(line: str) -> bool:
        stopped = line.startswith("I13 it never ends") and "is published, and" in line
        return stopped or any(line.startswith(f"I3 {target} ") for target in born)

    counted = (line for line in said if not line.startswith(invariants.ACCEPTED))
    return tuple(line for line in counted if not (born and follows(line)))


class Told:
    """A watch that asks the judge at every instant of a sitting."""

    def __init__(self, of: Judge, company: Company, claimed: bool = True) -> None:
        self._of, self._company, self._claimed = of, company, claimed
        self._taken = of.taken(company)
        self.found: dict[str, None] = {}
        self._made: list[str] = []
        """Where another person made something."""

    def __call__(self, call: Call, world: World) -> None:
        if call.by == "hand" and call.method == "POST":
            self._made.append(call.path)
        if call.sort == "call":
            for said in self._of.instant(call, world, self._company, self._claimed, self._taken):
                self.found.setdefault(f"{said} (at {call.run}.{call.index})")

    def over(self, world: World) -> Verdict:
        """All that was violated, when the sitting is over."""
        return (*self.found, *self._of.kept(world, self._made))


def _follows(call: Call) -> bool:
    """Whether a change belongs to what follows: collections, and drafts that were left."""
    return call.path.startswith("/api/collections") or call.method == "DELETE"


def part_of(
    exits: Sequence[Exit], history: Sequence[Call], sitting: Sitting, found: Verdict
) -> Part:
    ends = []
    for end in exits:
        own = [c for c in history if c.applied and c.by == "run" and c.run == end.run]
        follows = all(_follows(call) for call in own)
        tidies = all((call.platform, call.method) == ("github", "DELETE") for call in own)
        alone = sitting.runs == 1 and sitting.until == "publish"
        ends.append(Ended(end.code, end.changes, follows, tidies, end.error, alone))
    return Part(tuple(ends), (*found, *of_runs(exits, history)))


def of_the_end(
    case: Case, world: World, company: Company, resumes: int, changes: int
) -> Iterator[str]:
    """I1 to I5, I9 and I13 of a release that ended with 0."""
    yield from judge(case.scenario).ended(world, company)
    if changes:
        yield f"I9 one run more made {changes} changes"
    if resumes > ENOUGH:
        yield f"I13 {resumes} undisturbed runs were needed"


def beyond_us(case: Case) -> bool:
    """Whether something happened that a person has to mend before the release can go on."""
    kinds = {fault.kind for sitting in case.sittings for fault in sitting.faults}
    return bool(kinds & {"moved", "foreign"}) or any(sitting.other for sitting in case.sittings)


def said_done(ends: Sequence[Ended]) -> Iterator[str]:
    """I15: after a run that said it is done, there is nothing left to do."""
    for number, end in enumerate(ends):
        if end.code == 0 and end.alone:
            if any(later.changes and not later.follows for later in ends[number + 1 :]):
                yield f"I15 run {number} said it is done, and a later one did more"
            return


def of_runs(exits: Sequence[Exit], history: Sequence[Call]) -> Iterator[str]:
    """I8, I14 and I15 of the runs of one sitting."""
    for end in exits:
        if end.crash:
            yield f"I15 run {end.run} broke: {end.crash.strip().splitlines()[-1]}"
        elif end.code not in CODES:
            yield f"I15 run {end.run} ended with {end.code}"
    begun: dict[int, str] = {}
    failed: dict[int, set[str]] = {}
    for call in history:
        if call.says.startswith("intent "):
            begun[call.run] = call.says.removeprefix("intent ")
            lane = begun[call.run].partition("/")[0]
            if lane in failed.get(call.run, ()):
                yield f"I8 {begun[call.run]} was begun after a failure ({call.run}.{call.index})"
        elif call.says.startswith("outcome "):
            begun.pop(call.run, None)
        elif call.says.startswith("failed "):
            begun.pop(call.run, None)
            lane = call.says.removeprefix("failed ").partition("/")[0]
            failed.setdefault(call.run, set()).add(lane)
        elif call.applied and call.by == "run" and call.run not in begun:
            yield f"I14 {call.platform} {call.method} {call.path} was not intended"
