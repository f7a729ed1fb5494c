"""The plan as people read it: what is created, changed and kept, and what cannot be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.engine import Seen
from pubflow.views import problems
from pubflow.views.text import Line, Style, count, size, visible

MANY = 8
"""More lines of one kind than this are told as one."""

_STYLE: dict[str, Style] = {"+": "good", "~": "changed", "-": "bad"}

NO_RETURN = "From here on nothing can be undone"


def human(seen: Seen) -> Iterator[Line]:
    """The whole plan, 80 columns wide where the words allow it."""
    plan, release = seen.plan, seen.manifest.release
    yield Line(f"{visible(release.paper.title)} {release.version}", "bold")
    when = f", dated {release.date.isoformat()}" if release.date else ""
    yield Line(f"tag {release.tag}{when}", "dim")
    if plan.errors:
        yield Line()
        yield from problems.told(plan.errors)
    yield from _part("Reserve and upload: nothing of it is public", _before(seen), plan.kept)
    yield from _part("Open: public, and can be closed again", plan.at(Stage.PUBLISH, Wave.OPEN))
    sealed = plan.at(Stage.PUBLISH, Wave.SEAL)
    if sealed:
        yield Line()
        yield Line(f"----- {NO_RETURN} -----".center(80).rstrip(), "final")
    yield from _part("Seal: commits, tags, releases, and the DOIs last", sealed)
    yield from _part("Follow", plan.at(Stage.PUBLISH, Wave.FOLLOW))
    yield from _links(seen)
    others = [problem for problem in plan.problems if problem.severity != "error"]
    if others:
        yield Line()
        yield from problems.told(others)
    yield Line()
    yield from _closing(seen)


def _before(seen: Seen) -> tuple[Action, ...]:
    return seen.plan.at(Stage.RESERVE) + seen.plan.at(Stage.UPLOAD)


def _part(title: str, actions: Sequence[Action], kept: Sequence[Kept] = ()) -> Iterator[Line]:
    if not actions and not kept:
        return
    yield Line()
    yield Line(title, "bold")
    names = list(dict.fromkeys([a.target for a in actions] + [k.target for k in kept]))
    for name in names:
        yield Line(f"  {name}")
        yield from _actions([action for action in actions if action.target == name])
        yield from _kept([item for item in kept if item.target == name])


def _actions(actions: Sequence[Action]) -> Iterator[Line]:
    shown: set[str] = set()
    for action in actions:
        alike = [a for a in actions if (a.verb, a.stage) == (action.verb, action.stage)]
        if len(alike) <= MANY or not action.subject:
            yield Line(_line(action.mark, action.says, action.size), _STYLE[action.mark])
        elif action.verb not in shown:
            shown.add(action.verb)
            total = sum(a.size or 0 for a in alike)
            largest = max(alike, key=lambda a: a.size or 0)
            says = f"{action.verb} {count(len(alike), 'file')}, the largest {largest.subject}"
            yield Line(_line(action.mark, says, total or None), _STYLE[action.mark])


def _kept(kept: Sequence[Kept]) -> Iterator[Line]:
    if len(kept) > MANY:
        total = sum(item.size or 0 for item in kept)
        yield Line(_line("=", f"{count(len(kept), 'file')} there already", total or None), "dim")
        return
    for item in kept:
        words = f"{item.subject} {item.says}" if item.subject else item.says
        yield Line(_line("=", words, item.size), "dim")


def _line(mark: str, says: str, bytes_: int | None) -> str:
    return f"    {mark} {visible(says)}" + (f" ({size(bytes_)})" if bytes_ is not None else "")


def _links(seen: Seen) -> Iterator[Line]:
    targets = seen.manifest.targets
    if not targets:
        return
    yield Line()
    yield Line("Links", "bold")
    width = max(len(target.name) for target in targets)
    for target in targets:
        link = seen.plan.links.get(target.name)
        words = link.cite if link else "a DOI, reserved in the first step"
        yield Line(f"  {target.name:{width}}  {words}")


def _closing(seen: Seen) -> Iterator[Line]:
    plan = seen.plan
    if plan.errors:
        yield Line(
            f"{count(len(plan.errors), 'problem')} to mend first. Nothing can be released yet.",
            "bold",
        )
        return
    if not plan:
        yield Line("No changes. Everything is released.", "bold")
        return
    sent = sum(action.size or 0 for action in plan)
    yield Line(f"{count(len(plan.actions), 'change')}, {size(sent)} to send.", "bold")
    if any(action.stage < Stage.PUBLISH for action in plan):
        yield Line("Nothing was changed. Get the DOIs first, or carry all of it out:")
        yield Line()
        yield Line("    pubflow release --until reserve")
    else:
        yield Line("Nothing was changed. Make it public with:")
        yield Line()
    yield Line("    pubflow release")


def gate(seen_plan: Iterable[Action]) -> Iterator[Line]:
    """What the person says yes to: all that becomes public now."""
    actions = [action for action in seen_plan if action.stage is Stage.PUBLISH]
    for wave, title in (
        (Wave.OPEN, "Becomes public now, and could be closed again"),
        (Wave.SEAL, "Cannot be undone"),
    ):
        yield from _part(title, [action for action in actions if action.wave is wave])
    yield Line()
