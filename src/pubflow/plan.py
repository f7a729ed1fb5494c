"""The plan: a pure function of what is wanted and what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.errors import PlanGrew, Refused
from pubflow.links import Links
from pubflow.manifest import Manifest
from pubflow.platform import Platform, Problem, State

Platforms = Mapping[str, Platform[Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes that are left, stage by stage, and what stands in their way."""

    actions: tuple[Action, ...]
    links: Links
    kept: tuple[Kept, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __iter__(self) -> Iterator[Action]:
        return iter(self.actions)

    def __bool__(self) -> bool:
        return bool(self.actions)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(action.id for action in self)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def at(self, stage: Stage, wave: Wave | None = None) -> tuple[Action, ...]:
        return tuple(action for action in self if action.stage is stage and action.wave is wave)

    def within(self, approved: frozenset[str]) -> Plan:
        """Return self if a user who approved `approved` also approved this.

        A plan may shrink after approval (work got done) but never grow. What follows a release is
        not asked for: it keeps nobody from finishing, and waits for a run that shows it.
        """
        asked = {action.id for action in self if action.wave is not Wave.FOLLOW}
        if new := sorted(asked - approved):
            raise PlanGrew(
                f"The world changed since you approved the plan: {', '.join(new)}",
                why="More would now happen than was shown. Another run of it may be at work.",
                hint="If so, let that run finish. Look at the new plan, then release again:\n\n"
                "    pubflow plan",
            )
        return self


def make_plan(
    manifest: Manifest,
    platforms: Platforms,
    states: Mapping[str, State],
    found: tuple[Problem, ...] = (),
) -> Plan:
    """Everything left to do for this release, stage by stage, in manifest order. Pure.

    `found` are problems seen elsewhere, shown together with the platforms' own.
    """
    links = Links({name: state.link for name, state in states.items()})
    actions: list[Action] = []
    kept: list[Kept] = []
    problems: list[Problem] = list(found)
    for target in manifest.targets:
        platform = platforms[target.platform]
        problems += platform.check(target)
        for item in platform.diff(target, states[target.name], links):
            match item:
                case Action():
                    actions.append(item)
                case Kept():
                    kept.append(item)
                case Problem():
                    problems.append(item)
    actions.sort(key=lambda action: (action.stage, action.wave or 0, action.last))
    return Plan(tuple(actions), links, tuple(kept), tuple(dict.fromkeys(problems)))


def chosen(action: Action, only: frozenset[str]) -> bool:
    return not only or action.target in only


def gate(plan: Plan, only: frozenset[str]) -> None:
    """Raise Refused unless RESERVE and UPLOAD are done, for everyone who is cited.

    `only`: the targets that were chosen; empty for all.
    """
    left = [action for action in plan if action.stage < Stage.PUBLISH]
    if left:
        raise Refused(
            f"Not everything is uploaded yet: {', '.join(action.id for action in left[:5])}"
            + (f" and {len(left) - 5} more." if len(left) > 5 else "."),
            why="Nothing becomes public before all of it is in place.",
            hint="Run the whole release:\n\n    pubflow release",
        )
    waiting = sorted({a.target for a in plan if not chosen(a, only) and a.wave != Wave.FOLLOW})
    if only and waiting:
        raise Refused(
            f"{', '.join(waiting)} would still be private.",
            why="What is published now cites it for ever, and the link would be dead.",
            hint="Publish everything together:\n\n    pubflow release",
        )
