"""Whether a case kept its promises: the invariants asked at every instant and in the end.

An undisturbed run depends on nothing but the world that it begins in, so it is played once for each
world; a death in it is that world at one of its boundaries. What such cases have in common is then
neither played nor judged again. `whole` plays a case from its start to its end, and says the same.
"""

from __future__ import annotations

import gc
import random
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from simulation import Case, Outcome, Run, Sitting, World, memo
from simulation import play as whole_play
from simulation.ending import Company
from simulation.faults import DEADLY, Boundary
from simulation.play import KILLED, RESUMES, Mark, sit, start
from simulation.pubflowed import Script
from simulation.verdict import (
    ALONE,
    WORLDS,
    Ended,
    Part,
    Told,
    Verdict,
    beyond_us,
    charged,
    company_of,
    judge,
    of_the_end,
    part_of,
    said_done,
)

PATHS = 200


@dataclass(slots=True)
class Path:
    """One undisturbed run, from a world to its end, with the world at each of its boundaries."""

    part: Part
    boundaries: list[Boundary]
    before: list[Mark]
    after: list[Mark]
    sealed: list[Verdict]
    """What was violated up to each boundary."""
    last: Mark


def judged(case: Case) -> Verdict:
    """All that a case violates; nothing, if all is well."""
    return charged(heard(case))


def heard(case: Case) -> Verdict:
    """All that there is to say of a case, what is accepted too."""
    state = random.getstate()
    gc.disable()
    try:
        with memo.made_once():
            return tuple(_judged(case))
    finally:
        gc.collect(0)
        gc.enable()
        random.setstate(state)


def boundaries_after(case: Case) -> list[Boundary]:
    """Those of an undisturbed run after all sittings of `case`."""
    with memo.made_once():
        world = World.of(start(case.scenario, case.lag), case.lag)
        for number, sitting in enumerate(case.sittings):
            world.sitting = number
            world, _ = _sat(case, world, sitting, ALONE)
        return path_from(case, world).boundaries


def _judged(case: Case) -> Iterator[str]:
    world = World.of(start(case.scenario, case.lag), case.lag)
    parts: list[Part] = []
    company = company_of(case)
    for number, sitting in enumerate(case.sittings):
        world.sitting = number
        world, part = _sat(case, world, sitting, company)
        parts.append(part)
    parts += _ending(case, world, company)
    for part in parts:
        yield from part.said
    yield from said_done([end for part in parts for end in part.ends])


def _sat(case: Case, world: World, sitting: Sitting, company: Company) -> tuple[World, Part]:
    """The world after a sitting, and what is to be said of it."""
    plain = sitting.runs == 1 and not sitting.other and sitting.until == "publish"
    deadly = len(sitting.faults) == 1 and sitting.faults[0].kind in DEADLY
    if plain and not sitting.home(0) and (deadly or not sitting.faults):
        for what in sitting.lost:
            world.home(0).lose(what)
        path = path_from(case, world, company)
        if not sitting.faults:
            return _world(case, path.last), path.part
        [fault] = sitting.faults
        if fault.at < len(path.before):
            applied = fault.kind == "killed-applied"
            mark = (path.after if applied else path.before)[fault.at]
            end = Ended(KILLED, 0, follows=True)
            return _world(case, mark), Part((end,), path.sealed[fault.at])
        return _world(case, path.last), path.part
    watch = Told(judge(case.scenario), company)
    world.watch, world.history = watch, []
    exits = sit(world, case, sitting)
    world.watch = None
    return world, part_of(exits, world.history, sitting, watch.over(world))


def _world(case: Case, mark: Mark) -> World:
    return World(
        dict(mark.held), case.lag, [h.copy() for h in mark.homes], mark.now, dict(mark.ticks)
    )


def _mark(world: World) -> Mark:
    homes = tuple(home.copy() for home in world.homes)
    return Mark(dict(world.held), homes, world.now, dict(world.ticks), len(world.history))


_paths: OrderedDict[object, Path] = OrderedDict()
_endings: OrderedDict[object, tuple[Part, ...]] = OrderedDict()


def _key(case: Case, world: World, company: Company) -> object:
    """Everything that an undisturbed run depends on."""
    homes = []
    for home in world.homes[:1]:
        memory: dict[tuple[str, str], dict[str, str]] = {}
        for entry in home.journal:
            if entry.remember:
                memory.setdefault((entry.release, entry.target), {}).update(entry.remember)
        names = repr(sorted((key, sorted(names.items())) for key, names in memory.items()))
        homes.append((names, repr(sorted(home.claims.items())), repr(home.receipt), home.identity))
    ticks = tuple(sorted(world.ticks.items())) if case.lag else ()
    blobs = (held.blob for held in world.held.values())
    changed = tuple(sorted(world.changed))
    return (case.scenario, case.lag, company, world.now, ticks, changed, *homes, *blobs)


def path_from(case: Case, world: World, company: Company = ALONE) -> Path:
    """The undisturbed run on computer 0 that begins in this world."""
    key = _key(case, world, company)
    if key in _paths:
        _paths.move_to_end(key)
        return _paths[key]
    watch = Told(judge(case.scenario), company)
    boundaries: list[Boundary] = []
    before: list[Mark] = []
    after: list[Mark] = []
    sealed: list[Verdict] = []

    def ready(run: Run) -> None:
        def seen(at: Boundary) -> None:
            boundaries.append(at)
            before.append(_mark(world))
            sealed.append(tuple(watch.found))

        run.seen, run.done = seen, lambda: after.append(_mark(world))

    own = Sitting(homes=(0,))
    world.watch, world.history, world.sitting = watch, [], 0
    exits = sit(world, case, own, ready=ready)
    world.watch = None
    part = part_of(exits, world.history, own, tuple(watch.found))
    made = _paths[key] = Path(part, boundaries, before, after, sealed, _mark(world))
    if len(_paths) > PATHS:
        _paths.popitem(last=False)
    return made


def _ending(case: Case, world: World, company: Company) -> tuple[Part, ...]:
    """Undisturbed runs until one succeeds, and one more."""
    helpless = beyond_us(case)
    key = (helpless, _key(case, world, company))
    if key not in _endings:
        _endings[key] = tuple(_ends(case, world, company, helpless))
        if len(_endings) > WORLDS:
            _endings.popitem(last=False)
    return _endings[key]


def _ends(case: Case, world: World, company: Company, helpless: bool) -> Iterator[Part]:
    resumes, released, error = 0, False, ""
    while resumes < RESUMES and not released:
        path = path_from(case, world, company)
        yield path.part
        world = _world(case, path.last)
        resumes += 1
        released, error = path.part.ends[0].code == 0, path.part.ends[0].error
    if released:
        path = path_from(case, world, company)
        yield path.part
        last = path.part.ends[-1]
        yield Part(
            (),
            tuple(
                of_the_end(case, _world(case, path.last), company, resumes, _more(last, company))
            ),
        )
    elif not helpless:
        yield Part((), (f"I13 it never ends: {error}",))


def _more(last: Ended, company: Company) -> int:
    """Changes of the last run that there should not have been. A draft that a run left may be
    shown, and deleted, only by now."""
    excused = (company.disturbed and last.follows) or (company.late and last.tidies)
    return 0 if excused else last.changes


def whole(case: Case, doing: Script | None = None) -> tuple[Outcome, Verdict]:
    """The same of a case that is played from its start to its end, and what came of it."""
    company = company_of(case)
    watch = Told(judge(case.scenario), company, claimed=doing is None)
    outcome = whole_play(case, watch, fresh=True, doing=doing)
    parts: list[Part] = []
    for number in range(outcome.world.sitting):
        exits = [end for end in outcome.exits if end.sitting == number]
        history = [call for call in outcome.history if call.sitting == number]
        sittings = case.sittings
        sitting = sittings[number] if number < len(sittings) else Sitting(homes=(0,))
        own = exits, history, sitting, ()
        parts.append(part_of(*own) if doing is None else Part(part_of(*own).ends, ()))
    said = [*watch.over(outcome.world), *(line for part in parts for line in part.said)]
    if outcome.released:
        changes = _more(parts[-1].ends[-1], company)
        said += of_the_end(case, outcome.world, company, outcome.resumes, changes)
    elif not beyond_us(case):
        said.append(f"I13 it never ends: {outcome.exits[-1].error}")
    said += said_done([end for part in parts for end in part.ends])
    return outcome, charged(said)


def forget() -> None:
    """Nothing that was judged before is known any more."""
    judge.cache_clear()
    _paths.clear()
    _endings.clear()
