"""Seeing every target as it is, and what is left from there. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date as Date

from pubflow.actions import Action, Stage
from pubflow.engine.world import Seen, World, each, patient
from pubflow.errors import Blocked, PubflowError, Transient, worst
from pubflow.links import Links
from pubflow.manifest import Manifest, Target, version_order
from pubflow.plan import make_plan
from pubflow.platform import Problem, State

UNREACHED = 30.0
"""Seconds for which a look waits for a platform that cannot be reached at all, or in whose place
another server answers: whoever has no network wants to be told so, and nothing is lost."""


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
    if wrong := {name: error for name, error in seen.items() if isinstance(error, PubflowError)}:
        raise _gathered({**wrong, **_unasked(world, targets)})
    return seen


def _unasked(world: World, targets: Sequence[Target]) -> dict[str, PubflowError]:
    """What the targets refuse that were not asked, as the claim could not be read: a token that is
    wrong there hides no other one. They are asked without it, and only what they refuse counts.
    """
    try:
        _ = world.claim.begun
        return {}
    except PubflowError:
        keeper = world.manifest.target(world.keeper).platform if world.keeper else ""

    def one(target: Target) -> PubflowError | None:
        try:
            observe(world, target)
        except PubflowError as error:
            return error if type(error) is PubflowError else None
        return None

    others = [target for target in targets if target.platform != keeper]
    with world.claim.unread():
        found = zip((t.name for t in others), each(world, others, one), strict=True)
    return {name: error for name, error in found if error is not None}


def _gathered(errors: Mapping[str, PubflowError]) -> PubflowError:
    """All of them as one, each with its remedy; where one weighs more than a mistake, that one."""
    if len({str(error) for error in errors.values()}) == 1 or any(
        type(error) is not PubflowError for error in errors.values()
    ):
        return worst(list(errors.values()))
    told: dict[tuple[str, str, str], str] = {}
    for name, error in errors.items():
        told.setdefault((error.what, error.why, error.hint), name)
    return Blocked([Problem(name, *words) for words, name in told.items()])


def observe(world: World, target: Target) -> State:
    platform = world.platforms[target.platform]
    world.watch.looking(target.name, 0)
    looking = Action(target.name, Stage.RESERVE, "look", says="look at it")
    state: State = patient(
        world, lambda: platform.observe(target, memory(world, target.name)), looking, UNREACHED
    )
    return state
