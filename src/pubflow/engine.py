"""Carrying out a release: look, decide, act; then look again. The only place where things happen.

There is no resume. Running again is resuming, because every stage begins by looking at what is
already there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date as Date
from typing import Any, Protocol

from pubflow.actions import Action, Receipt, Stage, Wave
from pubflow.claim import Claim
from pubflow.clock import going
from pubflow.errors import Blocked, PubflowError, Transient, worst
from pubflow.journal import Journal
from pubflow.links import Links
from pubflow.lockfile import Locked
from pubflow.manifest import Manifest, Target, version_order
from pubflow.patience import patiently
from pubflow.plan import Plan, Platforms, chosen, gate, make_plan
from pubflow.platform import Problem, State

THOUGHT = 5.0
"""Seconds at the gate after which what was seen before counts as old: a person thought it over."""

UNREACHED = 30.0
"""Seconds for which a look waits for a platform that cannot be reached at all, or in whose place
another server answers: whoever has no network wants to be told so, and nothing is lost."""

Build = Callable[[Manifest, Links, Mapping[str, State]], tuple[Manifest, tuple[Problem, ...]]]
"""The local step between RESERVE and UPLOAD: files made from known addresses; and conflicts."""


class Watch(Protocol):
    """Who is told what happens. Called from many threads; must not raise."""

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


def look(world: World, before: Seen | None = None, only: Iterable[str] = ()) -> Seen:
    """See every target as it is now, and plan from there. Changes nothing.

    With `before`, only the targets named in `only` are looked at again.
    """
    if before is None:
        world.claim.refresh()
    names = {t.name for t in world.manifest.targets} if before is None else set(only)
    targets = [target for target in world.manifest.targets if target.name in names]
    states = before.states if before else {}
    return judge(world, {**states, **observed(world, targets)})


def judge(world: World, states: Mapping[str, State]) -> Seen:
    """What follows from the states: files made, changes left. Local; sends nothing."""
    links = Links({target.name: states[target.name].link for target in world.manifest.targets})
    manifest, found = world.build(dated(world, states), links, states)
    plan = make_plan(manifest, world.platforms, states, (*world.found, *found))
    return Seen(manifest, states, plan)


def dated(world: World, states: Mapping[str, State]) -> Manifest:
    """The manifest with the release date, once that is fixed: here, or by what is there already."""
    manifest = world.manifest
    release = manifest.release
    date = world.claim.date or world.locked.date(release.version) or release.date
    if date is None:
        seen = sorted(filter(None, (state.facts.get("date") for state in states.values())))
        date = Date.fromisoformat(seen[0]) if seen else None
    if date is None or date == release.date:
        return manifest
    release = replace(release, date=date)
    return replace(
        manifest,
        release=release,
        targets=tuple(replace(target, release=release) for target in manifest.targets),
    )


def memory(world: World, target: str) -> dict[str, str]:
    """The names known for a target: receipt, then journal, then claim, the later winning."""
    version = world.manifest.release.version
    earlier = {**world.locked.earlier(version, target), **world.claim.earlier(target)}
    names: dict[str, str] = {}
    if earlier:
        newest = max(earlier, key=version_order)
        names = {f"previous.{key}": value for key, value in earlier[newest].items()}
        names["previous.version"] = newest
    names |= world.locked.ids(version, target)
    names |= world.journal.memory(target)
    return names | world.claim.ids(target)


def observed(world: World, targets: Sequence[Target]) -> dict[str, State]:
    """The states of them, by name. What is wrong for good with any of them is raised as one."""

    def one(target: Target) -> State | PubflowError:
        try:
            return observe(world, target)
        except Transient:
            raise
        except PubflowError as error:
            return error

    seen = dict(zip((t.name for t in targets), each(world, targets, one), strict=True))
    if errors := [error for error in seen.values() if isinstance(error, PubflowError)]:
        raise worst(errors)
    return seen


def observe(world: World, target: Target) -> State:
    platform = world.platforms[target.platform]
    looking = Action(target.name, Stage.RESERVE, "look", says="look at it")
    state: State = _patiently(
        world, lambda: platform.observe(target, memory(world, target.name)), looking, UNREACHED
    )
    return state


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
    """One target's actions, in order. A fatal failure ends the lane; the others go on."""
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
            if fatal:
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
        receipt: Receipt = _patiently(world, attempt, action)
        world.journal.commit(action, receipt)
        if receipt.remember:  # A new name: the lane's next action needs to see what it stands for.
            now = observe(world, target)
    except PubflowError as error:
        world.watch.failed(action, error)
        raise
    world.watch.finished(action)
    return now


def _patiently(
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
