"""Carrying out a release: look, decide, act; then look again. The only place where things happen.

There is no resume. Running again is resuming, because every stage begins by looking at what is
already there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pubflow.actions import Action, Receipt, Stage, Wave
from pubflow.clock import going
from pubflow.engine.looking import dated, judge, look, memory, observe, observed
from pubflow.engine.world import Build, Seen, Watch, World, each, patient
from pubflow.errors import Blocked, PubflowError, Transient, worst
from pubflow.links import Links
from pubflow.manifest import Manifest, Target
from pubflow.plan import Plan, chosen, gate
from pubflow.platform import Problem, State

__all__ = [
    "Build",
    "Seen",
    "Watch",
    "World",
    "dated",
    "each",
    "judge",
    "look",
    "memory",
    "observe",
    "observed",
    "patient",
    "perform",
    "release",
]

THOUGHT = 5.0
"""Seconds at the gate after which what was seen before counts as old: a person thought it over."""


def release(
    world: World,
    *,
    until: Stage = Stage.PUBLISH,
    only: frozenset[str] = frozenset(),
    baseline: Callable[[Plan], None],
    approve: Callable[[Plan], None],
    settled: Callable[[Seen], None],
    unchanged: Callable[[Manifest], None],
) -> Seen:
    """Bring the world to where the manifest wants it, up to and including the stage `until`.

    `baseline` is shown the first plan; `approve` is asked at the gate, before anything becomes
    public, and raises to refuse; `settled` is told after each stage what is known, to write the
    receipt; `unchanged` raises if a local file is no longer what was hashed. Returns the last look.
    Raises Blocked when the plan has errors, Interrupted after Ctrl-C, Transient when a remote
    stayed busy: run again and it goes on.
    """
    seen = _looked(world)
    baseline(seen.plan)
    approved = seen.plan.ids
    for stage in (Stage.RESERVE, Stage.UPLOAD):
        if stage > until:
            return seen
        actions = [a for a in seen.plan.at(stage) if stage is Stage.RESERVE or chosen(a, only)]
        if stage is Stage.RESERVE and world.keeper:
            first = [action for action in actions if action.target == world.keeper]
            seen = _act(world, seen, first, approved)
            actions = [a for a in seen.plan.at(stage) if a.target != world.keeper]
        seen = _act(world, seen, actions, approved)
        settled(seen)
    if until < Stage.PUBLISH:
        return seen
    seen = _ready(world, approved, only)
    if any(a.stage is Stage.PUBLISH and chosen(a, only) for a in seen.plan):
        unchanged(seen.manifest)
        asked = world.now()
        approve(seen.plan)
        if world.now() - asked > THOUGHT:
            seen = _ready(world, approved, only)
            unchanged(seen.manifest)
    for wave in Wave:
        actions = [
            a for a in seen.plan.at(Stage.PUBLISH, wave) if a.id in approved and chosen(a, only)
        ]
        seen = _act(
            world, seen, [a for a in actions if not a.last], approved, fatal=wave < Wave.FOLLOW
        )
        for action in sorted((a for a in actions if a.last), key=lambda a: a.id):
            seen = _act(world, seen, [action], approved, fatal=wave < Wave.FOLLOW)
        if actions:
            settled(seen)
    return seen


def _looked(world: World, approved: frozenset[str] | None = None) -> Seen:
    """Look at everything. Ctrl-C meanwhile ends the run: nobody is asked after it."""
    seen = look(world)
    going(world.stop)
    _passable(seen.plan.within(seen.plan.ids if approved is None else approved).problems)
    return seen


def _ready(world: World, approved: frozenset[str], only: frozenset[str]) -> Seen:
    """Look at everything, and let nobody pass who has not all in place."""
    seen = _looked(world, approved)
    gate(seen.plan, only)
    return seen


def _passable(found: Iterable[Problem]) -> None:
    if errors := [problem for problem in found if problem.severity == "error"]:
        raise Blocked(errors)


def _act(
    world: World,
    seen: Seen,
    actions: Sequence[Action],
    approved: frozenset[str],
    *,
    fatal: bool = True,
) -> Seen:
    """Carry out `actions`, one lane per target, then look at the targets that acted."""
    if not actions:
        return seen
    lanes: dict[str, list[Action]] = {}
    for action in actions:
        lanes.setdefault(action.target, []).append(action)
    names = sorted(lanes)
    found = each(world, names, lambda name: _lane(world, seen, lanes[name], fatal))
    errors = [error for lane in found for error in lane]
    going(world.stop)
    if errors and fatal:
        raise worst(errors)
    seen = look(world, seen, names)
    if fatal:
        _passable(seen.plan.within(approved).problems)
    return seen


def _lane(world: World, seen: Seen, actions: Sequence[Action], fatal: bool) -> list[PubflowError]:
    """One target's actions, in order. A fatal failure ends the lane, and so does a platform that
    is not reached: each action would wait for it anew. The other lanes go on.
    """
    errors: list[PubflowError] = []
    target, links = seen.manifest.target(actions[0].target), seen.plan.links
    platform, state = world.platforms[target.platform], seen.states[target.name]
    for action in actions:
        if world.stop.is_set():
            break
        try:
            state = perform(
                world, action, target, state, links, lambda now: platform.diff(target, now, links)
            )
        except PubflowError as error:
            errors.append(error)
            if fatal or isinstance(error, Transient):
                break
    return errors


def perform(
    world: World,
    action: Action,
    target: Target,
    state: State,
    links: Links,
    left: Callable[[State], Iterable[Any]],
) -> State:
    """Apply one action, with patience. Returns the state for the lane's next action.

    A change is never simply sent again: a lost answer may have been a yes, so between attempts we
    look, and stop if the action is no longer among what is `left`.
    """
    platform, now, first = world.platforms[target.platform], state, True

    def attempt() -> Receipt:
        nonlocal now, first
        if not first:
            world.claim.refresh()
            now = platform.observe(target, memory(world, target.name))
            items = list(left(now))
            if action not in items:
                _passable([item for item in items if isinstance(item, Problem)])
                return Receipt()
        first = False
        return platform.apply(action, target, now, links, world.watch.sent)

    world.watch.started(action)
    try:
        world.journal.begin(action)
        receipt: Receipt = patient(world, attempt, action)
        world.journal.commit(action, receipt)
        if receipt.remember:  # A new name: the lane's next action needs to see what it stands for.
            now = observe(world, target)
    except PubflowError as error:
        world.watch.failed(action, error)
        raise
    world.watch.finished(action)
    return now
