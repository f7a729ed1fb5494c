"""Taking a release back as long as nothing of it is public: the mirror of `engine.release`.

Each platform says by `undo` what it would delete, and by `left` what stays. What holds the claim
goes last, as the claim is how a second run knows which drafts are ours. Killed in the middle, run
again and it finishes; afterwards a release begins afresh.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from pubflow import engine, lockfile
from pubflow.actions import Action
from pubflow.assemble import FOLDER, LOCK, Opened
from pubflow.engine import World
from pubflow.errors import Blocked, Interrupted, Refused
from pubflow.journal import only_run
from pubflow.links import Links
from pubflow.manifest import Manifest
from pubflow.platform import Problem, State


@dataclass(frozen=True, slots=True)
class Found:
    """What would be deleted, in order, and what stays."""

    manifest: Manifest
    states: Mapping[str, State]
    actions: tuple[Action, ...]
    stays: tuple[Problem, ...]
    public: tuple[Problem, ...]
    """Why nothing may be deleted: what is out of this version, or cannot be seen."""


@dataclass(frozen=True, slots=True)
class Discarded:
    """What was deleted, what stays, and whether publish.lock had something of it."""

    manifest: Manifest
    actions: tuple[Action, ...]
    shown: tuple[Problem, ...]
    """What was said to stay when the person was asked."""
    stays: tuple[Problem, ...]
    unlocked: bool


def look(world: World) -> Found:
    """See what there is of the release. Changes nothing."""
    world.claim.refresh()
    targets = world.manifest.targets
    states = engine.observed(world, targets)
    actions: list[Action] = []
    said: list[Problem] = []
    for target in targets:
        platform, state = world.platforms[target.platform], states[target.name]
        actions += platform.undo(target, state)
        said += platform.left(target, state)
    return Found(
        engine.dated(world, states),
        states,
        tuple(sorted(actions, key=lambda action: (action.last, -action.stage))),
        tuple(problem for problem in said if problem.severity != "error"),
        tuple(problem for problem in said if problem.severity == "error"),
    )


def discard(opened: Opened, approve: Callable[[Found], None]) -> Discarded:
    """Delete what is ours and not public. Holds the lock against a second run.

    `approve` is shown what was found and raises to refuse; it is not asked where there is nothing
    to delete. Raises Refused when anything of this version is public, Transient when a remote
    stayed busy, Interrupted after Ctrl-C: run again and it goes on.
    """
    world = opened.world
    if errors := [found for found in world.found if found.where == LOCK]:
        raise Blocked(errors)
    with only_run(opened.home / FOLDER):
        found = _private(look(world))
        _going(world)
        if found.actions:
            approve(found)
        _delete(world, found)
        after = _private(look(world)) if found.actions else found
        if after.actions:
            raise Refused(
                "More has turned up meanwhile: " + ", ".join(a.id for a in after.actions),
                why="It was not among what you were shown, so it is still there.",
                hint="Look at it, and decide again:\n\n    pubflow discard",
            )
        unlocked = lockfile.drop(opened.home / LOCK, world.manifest.release.version)
        world.journal.forget()
    return Discarded(found.manifest, found.actions, found.stays, after.stays, unlocked)


def _private(found: Found) -> Found:
    if not found.public:
        return found
    release = found.manifest.release
    told = (f"{p.where}: {p.what.rstrip('.')}. {p.hint}".rstrip() for p in found.public)
    raise Refused(
        f"{release.paper.title} {release.version} is not discarded: it is not all private.",
        why="\n".join(told),
        hint="Finish it, or raise the version in publish.toml:\n\n    pubflow release",
    )


def _going(world: World) -> None:
    if world.stop.is_set():
        raise Interrupted(
            "Stopped. What was in flight is finished and written down.",
            hint="Go on with:\n\n    pubflow discard",
        )


def _delete(world: World, found: Found) -> None:
    links = Links({name: state.link for name, state in found.states.items()})
    for action in found.actions:
        _going(world)
        target = world.manifest.target(action.target)
        left = partial(world.platforms[target.platform].undo, target)
        engine.perform(world, action, target, found.states[target.name], links, left)
