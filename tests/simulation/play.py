"""How cases are played, and what of them is played only once."""

from __future__ import annotations

import random
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pubflow.errors import PubflowError
from simulation import memo
from simulation import project as papers
from simulation.baton import Baton
from simulation.case import Case, Exit, Outcome, Sitting
from simulation.faults import DEADLY, Boundary
from simulation.places import Held
from simulation.pubflowed import Script, release
from simulation.run import Death, Run
from simulation.scenarios import SCENARIOS, meddle, put_back
from simulation.world import Call, Home, Snapshot, Watch, World, the_places

RESUMES = 4
KILLED = -9
BUG = 70
"""The code of a run that ended with anything but pubflow's own errors."""


def play(
    case: Case, watch: Watch | None = None, *, fresh: bool = False, doing: Script | None = None
) -> Outcome:
    """Everything that `case` says, then undisturbed runs until one succeeds, and one more."""
    state = random.getstate()
    try:
        with memo.made_once():
            return _play(case, watch, doing, shared=not fresh and doing is None)
    finally:
        random.setstate(state)


def _play(case: Case, watch: Watch | None, doing: Script | None, shared: bool) -> Outcome:
    world, exits = World.of(start(case.scenario, case.lag), case.lag), []
    for number, sitting in enumerate(case.sittings):
        world.watch = watch
        if shared and (known := _died(case, number, watch)) is not None:
            world, ended = known
            exits = [*ended]
            continue
        exits += sit(world, case, sitting, doing)
    world.watch = watch
    resumes, released = 0, False
    whole = Sitting(homes=(0,))
    while resumes < RESUMES and not released:
        [end] = sit(world, case, whole, doing)
        exits.append(end)
        resumes += 1
        released = end.code == 0
    if released:
        exits += sit(world, case, whole, doing)
    world.watch = None
    return Outcome(case, world, tuple(exits), resumes, released)


def sit(
    world: World,
    case: Case,
    sitting: Sitting,
    doing: Script | None = None,
    ready: Callable[[Run], None] = lambda run: None,
) -> list[Exit]:
    """Play one sitting; the world is afterwards as it left it."""
    scenario = SCENARIOS[case.scenario]
    for what in sitting.lost:
        for number in {sitting.home(run) for run in range(sitting.runs)}:
            world.home(number).lose(what)
    if strange := {run for run, _ in sitting.turns} - set(range(sitting.runs)):
        raise ValueError(f"{case}: there is no run {strange}")
    random.seed(world.sitting)
    runs = []
    for number in range(sitting.runs):
        own = [fault for fault in sitting.faults if fault.run == number]
        paper = scenario.other if number in sitting.other else scenario.project
        run = Run(world, number, sitting.home(number), own, meddle, paper)
        ready(run)
        runs.append(run)
    alone = len(runs) == 1
    ends = [_go(runs[0], sitting, doing)] if alone else _together(runs, sitting, doing)
    put_back(world)
    world.sitting += 1
    return ends


def _go(run: Run, sitting: Sitting, doing: Script | None) -> Exit:
    code, error, crash = 0, "", ""
    before = len(run.world.history)
    try:
        if doing is None:
            release(run, run.project, sitting.until)
        else:
            doing(run, run.project)
    except Death:
        code = KILLED
    except PubflowError as no:
        code, error = no.exit_code, _told(no)
    except Exception as wrong:
        code, error, crash = BUG, repr(wrong), traceback.format_exc()
    own = (c for c in run.world.history[before:] if c.run == run.number and c.by == "run")
    changes = sum(call.applied for call in own)
    return Exit(run.world.sitting, run.number, code, error, crash, changes, run.count)


def _told(no: PubflowError) -> str:
    problems = [problem.what for problem in getattr(no, "problems", ())]
    return " / ".join([f"{type(no).__name__}: {no.what}", *problems])


def _together(runs: list[Run], sitting: Sitting, doing: Script | None) -> list[Exit]:
    """Several runs, of which one goes at a time."""
    baton = Baton(sitting.turns, len(runs))
    ends: list[Exit | None] = [None] * len(runs)

    def go(run: Run) -> None:
        baton.wait(run.number)
        run.turn = lambda: baton.turn(run.number)
        try:
            ends[run.number] = _go(run, sitting, doing)
        finally:
            baton.end(run.number)

    threads = [threading.Thread(target=go, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    baton.begin()
    for thread in threads:
        thread.join()
    return [end for end in ends if end is not None]


# What cases have in common


_starts: dict[tuple[str, int], Snapshot] = {}


def start(name: str, lag: int = 0) -> Snapshot:
    """The world before a scenario begins."""
    if (name, lag) not in _starts:
        scenario = SCENARIOS[name]
        if scenario.after:
            earlier = play(Case(scenario.after))
            assert earlier.released, earlier.exits
            world = World.of(earlier.world.snapshot(), lag)
        else:
            world = World.empty(lag)
        scenario.prepare(world)
        world.history.clear()
        world.ticks.clear()
        world.sitting = 0
        _starts[name, lag] = world.snapshot()
    return _starts[name, lag]


@dataclass(slots=True)
class Mark:
    """A world at one moment of a trace."""

    held: dict[str, Held]
    homes: tuple[Home, ...]
    now: float
    ticks: dict[str, int]
    lines: int
    """Of the history."""


@dataclass(slots=True)
class Trace:
    """One run from its beginning to its end, at every boundary of which another could begin."""

    boundaries: list[Boundary] = field(default_factory=list)
    before: list[Mark] = field(default_factory=list)
    after: list[Mark] = field(default_factory=list)
    history: list[Call] = field(default_factory=list)
    exits: tuple[Exit, ...] = ()
    """Of the sittings before."""
    sitting: int = 0


_traces: OrderedDict[Case, Trace] = OrderedDict()
TRACES = 64


def _died(case: Case, number: int, watch: Watch | None) -> tuple[World, tuple[Exit, ...]] | None:
    """The world after a sitting that ends in a death, out of what was played before; if it is."""
    sitting = case.sittings[number]
    *earlier, last = sorted(sitting.faults, key=lambda fault: fault.at) or [None]
    if sitting.runs != 1 or last is None or last.kind not in DEADLY:
        return None
    if any(fault.kind in DEADLY for fault in earlier):
        return None
    undying = replace(sitting, faults=tuple(earlier))
    whole = replace(case, sittings=(*case.sittings[:number], undying))
    trace = _traced(whole, watch)
    if last.at >= len(trace.boundaries):
        return None
    applied = last.kind == "killed-applied"
    mark = (trace.after if applied else trace.before)[last.at]
    history = trace.history[: mark.lines]
    world = World(
        dict(mark.held),
        case.lag,
        [home.copy() for home in mark.homes],
        mark.now,
        dict(mark.ticks),
        trace.sitting + 1,
        history,
        watch=watch,
    )
    if applied:
        history[-1] = replace(history[-1], status=None, fault=last.kind)
    else:
        history.append(_unsent(trace, last.at, len(history), mark.now))
    own = (c for c in history if c.sitting == trace.sitting and c.by == "run")
    changes = sum(call.applied for call in own)
    end = Exit(trace.sitting, 0, KILLED, changes=changes, boundaries=last.at + 1)
    return world, (*trace.exits, end)


def _unsent(trace: Trace, at: int, n: int, now: float) -> Call:
    """The line of a boundary at which the process died before anything happened."""
    there = trace.boundaries[at]
    says = f"not written: {there.says}" if there.says else ""
    return Call(
        n,
        trace.sitting,
        0,
        at,
        there.sort,
        there.platform,
        there.method,
        there.path,
        None,
        False,
        "killed",
        now,
        says=says,
    )


def _traced(case: Case, watch: Watch | None) -> Trace:
    """The last sitting of `case`, written down at every boundary."""
    if case in _traces:
        _traces.move_to_end(case)
        return _traces[case]
    made = Trace()
    *earlier, last = case.sittings
    world, exits = World.of(start(case.scenario, case.lag), case.lag), []
    for number, sitting in enumerate(earlier):
        world.watch = watch
        if (known := _died(case, number, watch)) is not None:
            world, ended = known
            exits = [*ended]
        else:
            exits += sit(world, case, sitting)

    def marked() -> Mark:
        homes = tuple(home.copy() for home in world.homes)
        lines = len(world.history)
        return Mark(dict(world.held), homes, world.now, dict(world.ticks), lines)

    def seen(boundary: Boundary) -> None:
        made.boundaries.append(boundary)
        made.before.append(marked())

    def ready(run: Run) -> None:
        run.seen, run.done = seen, lambda: made.after.append(marked())

    world.watch = watch
    made.sitting, made.exits = world.sitting, tuple(exits)
    sit(world, case, last, ready=ready)
    made.history = world.history
    _traces[case] = made
    if len(_traces) > TRACES:
        _traces.popitem(last=False)
    return made


def boundaries(
    scenario: str, lag: int = 0, after: tuple[Sitting, ...] = ()
) -> tuple[Boundary, ...]:
    """Those of one undisturbed run, after the sittings `after`."""
    case = Case(scenario, (*after, Sitting(homes=(0,))), lag)
    with memo.made_once():
        return tuple(_traced(case, None).boundaries)


def forget() -> None:
    """Nothing of what was played before is known any more."""
    _starts.clear()
    _traces.clear()
    papers.forget()
    memo.forget()
    for place in the_places().values():
        place.forget()
