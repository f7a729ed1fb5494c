"""The plan as people read it: what is created, changed and kept, and what cannot be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.engine import Seen
from pubflow.plan import Plan
from pubflow.views import matrix, problems
from pubflow.views.text import Line, Style, count, folded, size, table, visible, width

MANY = 8
"""More lines of one kind than this are told as one."""

_STYLE: dict[str, Style] = {"+": "good", "~": "changed", "-": "bad", "=": "dim"}

NO_RETURN = "From here on nothing can be undone"

DONE = "No changes. Everything is released."


def human(seen: Seen) -> Iterator[Line]:
    """The whole plan, 80 columns wide where the words allow it."""
    plan, release = seen.plan, seen.manifest.release
    yield from (
        Line(text, "bold")
        for text in folded(f"{visible(release.paper.title)} {release.version}", "  ")
    )
    when = f", dated {release.date.isoformat()}" if release.date else ""
    yield Line(f"tag {release.tag}{when}", "dim")
    if plan.errors:
        yield Line()
        yield from problems.told(plan.errors)
    private = plan.at(Stage.RESERVE) + plan.at(Stage.UPLOAD)
    busy = {action.target for action in private}
    yield from _part(
        "Reserve and upload: nothing of it is public",
        private,
        [item for item in plan.kept if item.target in busy],
    )
    yield from _part("Open: public, and can be closed again", plan.at(Stage.PUBLISH, Wave.OPEN))
    if sealed := plan.at(Stage.PUBLISH, Wave.SEAL):
        yield Line()
        for text in folded(f"----- {NO_RETURN} -----".center(width()).rstrip(), ""):
            yield Line(text, "final")
        yield from _part("Seal: commits, tags, releases, and the DOIs last", sealed)
    yield from _part("Follow", plan.at(Stage.PUBLISH, Wave.FOLLOW))
    yield from _part("There already", (), [item for item in plan.kept if item.target not in busy])
    yield from _links(seen)
    yield from matrix.shown(matrix.planned(seen))
    if others := [problem for problem in plan.problems if problem.severity != "error"]:
        yield Line()
        yield from problems.told(others)
    yield Line()
    yield from _closing(seen)


def gate(plan: Plan) -> Iterator[Line]:
    """What the person says yes to: all that becomes public now."""
    yield from _part(
        "Becomes public now, and could be closed again", plan.at(Stage.PUBLISH, Wave.OPEN)
    )
    yield from _part("Cannot be undone", plan.at(Stage.PUBLISH, Wave.SEAL))
    yield from _part("Afterwards", plan.at(Stage.PUBLISH, Wave.FOLLOW))
    yield Line()


def ahead(plan: Plan, until: Stage) -> Iterator[Line]:
    """What this run is about to do, in one line, and what to look at before."""
    yield from problems.told([one for one in plan.problems if one.severity == "warning"])
    now = [action for action in plan if action.stage <= until]
    if not plan:
        yield Line(DONE)
    elif not now:
        yield Line(f"Nothing is left to {until.name.lower()}.")
    else:
        yield Line(
            f"{_amount(now)}." + (" Nothing of it becomes public." * (until < Stage.PUBLISH))
        )


def _part(title: str, actions: Sequence[Action], kept: Sequence[Kept] = ()) -> Iterator[Line]:
    if not actions and not kept:
        return
    yield Line()
    yield from (Line(text, "bold") for text in folded(title, "  "))
    names = dict.fromkeys([a.target for a in actions] + [k.target for k in kept])
    for name in names:
        yield Line(f"  {name}")
        yield from _actions([action for action in actions if action.target == name])
        yield from _kept([item for item in kept if item.target == name])


def _actions(actions: Sequence[Action]) -> Iterator[Line]:
    """A line for each, but one for many that do the same to different files."""
    alike: dict[tuple[object, ...], list[Action]] = {}
    for action in actions:
        alike.setdefault(_sort(action), []).append(action)
    for action in actions:
        group = alike[_sort(action)]
        if len(group) <= MANY:
            yield from _line(action.mark, action.says, action.size)
        elif action is group[0]:
            total = sum(a.size or 0 for a in group)
            largest = max(group, key=lambda a: a.size or 0)
            says = f"{action.verb} {count(len(group), 'file')}, the largest {largest.subject}"
            yield from _line(action.mark, says, total or None)


def _sort(action: Action) -> tuple[object, ...]:
    """What actions share that may be told together; only those with a subject of their own may."""
    kind = (action.stage, action.verb, action.mark)
    return kind if action.subject else (*kind, action.says)


def _kept(kept: Sequence[Kept]) -> Iterator[Line]:
    files = [item for item in kept if item.subject]
    if len(files) > MANY:
        total = sum(item.size or 0 for item in files)
        yield from _line("=", f"{count(len(files), 'file')} there already", total or None)
        kept = [item for item in kept if not item.subject]
    for item in kept:
        named = not item.subject or item.says.startswith(f"{item.subject} ")
        words = item.says if named else f"{item.subject} {item.says}"
        yield from _line("=", words, item.size)


def _line(mark: str, says: str, bytes_: int | None) -> Iterator[Line]:
    hard = "\N{NO-BREAK SPACE}"  # An amount is not torn from its unit.
    amount = f" ({size(bytes_)})".replace(" ", hard)[1:] if bytes_ is not None else ""
    for text in folded(f"    {mark} {visible(says)} {amount}".rstrip(), " " * 6):
        yield Line(text.replace(hard, " "), _STYLE[mark])


def _links(seen: Seen) -> Iterator[Line]:
    rows: list[tuple[str, str]] = []
    for target in seen.manifest.targets:
        if target.name in seen.plan.links.nowhere:
            continue
        link = seen.plan.links.get(target.name)
        rows.append((target.name, link.cite if link else "an address, known once it is reserved"))
    if not rows:
        return
    yield Line()
    yield Line("Links", "bold")
    yield from map(Line, table(rows))


def _amount(actions: Iterable[Action]) -> str:
    listed = list(actions)
    sent = sum(action.size or 0 for action in listed)
    return count(len(listed), "change") + (f", {size(sent)} to send" if sent else "")


def _closing(seen: Seen) -> Iterator[Line]:
    plan = seen.plan
    if plan.errors:
        yield Line(
            f"{count(len(plan.errors), 'problem')} to mend first. Nothing can be released yet.",
            "bold",
        )
        return
    if not plan:
        yield Line(DONE, "bold")
        return
    said = f"{_amount(plan)}. The plan changed nothing."
    yield from (Line(text, "bold") for text in folded(said, ""))
    first = min(action.stage for action in plan)
    private = first < Stage.PUBLISH
    if private and seen.manifest.release.paper.status == "under-review":
        yield Line("The paper is under review: a release stops before anything is public.")
    if private:
        what = "Get the DOIs first" if first is Stage.RESERVE else "Upload first"
        yield from map(Line, folded(f"{what}, or carry all of it out:", ""))
        yield Line()
        yield Line(f"    pubflow release --until {first.name.lower()}")
    else:
        public = any(action.wave in (Wave.OPEN, Wave.SEAL) for action in plan)
        yield Line("Make it public with:" if public else "Finish with:")
        yield Line()
    yield Line("    pubflow release")
