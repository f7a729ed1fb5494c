"""What is taken back, what stays, and how it ended: as people read it, and as programs do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pubflow.actions import Action
from pubflow.discard import Discarded, Found
from pubflow.errors import PubflowError
from pubflow.manifest import Manifest
from pubflow.platform import Problem
from pubflow.views import lines
from pubflow.views.text import Line, Style, count, folded, visible


def ahead(found: Found) -> Iterator[Line]:
    """What the person says yes to."""
    release = found.manifest.release
    title = f"{visible(release.paper.title)} {release.version}: take it back"
    yield from (Line(text, "bold") for text in folded(title, "  "))
    yield Line()
    yield Line("Is deleted", "bold")
    for name in dict.fromkeys(action.target for action in found.actions):
        yield Line(f"  {name}")
        for action in found.actions:
            if action.target == name:
                yield from _item("-", action.says, "bad")
    yield from _stays(found.stays)
    yield Line()


def done(made: Discarded) -> Iterator[Line]:
    """How it ended."""
    release = made.manifest.release
    if made.actions:
        if new := [problem for problem in made.stays if problem not in made.shown]:
            yield from _stays(new)
            yield Line()
        word = f"{count(len(made.actions), 'thing')} deleted"
        yield Line(f"{word}. {release.version} can be released from the beginning.", "good")
    else:
        yield Line(f"There is nothing of {release.version} that pubflow would delete.", "good")
        yield from _stays(made.stays)
    if made.unlocked:
        yield Line("It was taken out of publish.lock too. If that is committed, commit it again.")


def _stays(said: Sequence[Problem]) -> Iterator[Line]:
    if said:
        yield Line()
        yield Line("Stays", "bold")
    for name in dict.fromkeys(problem.where for problem in said):
        yield Line(f"  {name}")
        for problem in said:
            if problem.where == name:
                yield from _item("=", f"{problem.what} {problem.why}", "")
                yield from (
                    Line(f"      {line}".rstrip(), "dim") for line in problem.hint.split("\n")
                )


def _item(mark: str, words: str, style: Style) -> Iterator[Line]:
    for text in folded(f"    {mark} {visible(words)}", " " * 6):
        yield Line(text, style)


def as_json(made: Discarded) -> dict[str, Any]:
    """What `discard --json` prints."""
    return _json(made.manifest, made.actions, (), made.stays, ())


def failed(error: PubflowError, where: str, found: Found | None) -> dict[str, Any]:
    """The same shape, where it ended with this error; `found` is what had been seen."""
    problem = Problem(where, error.what, why=error.why, hint=error.hint)
    said: Sequence[Problem] = getattr(error, "problems", (problem,))
    if found is None:
        return _json(None, (), (), (), said)
    return _json(found.manifest, (), found.actions, found.stays, said)


def _json(
    manifest: Manifest | None,
    deleted: Sequence[Action],
    left: Sequence[Action],
    stays: Sequence[Problem],
    said: Sequence[Problem],
) -> dict[str, Any]:
    return {
        "schema": lines.SCHEMA,
        "release": lines.release(manifest.release) if manifest else None,
        "deleted": [lines.action(action) for action in deleted],
        "left": [lines.action(action) for action in left],
        "stays": [lines.problem(one) for one in stays],
        "problems": [lines.problem(one) for one in said],
    }
