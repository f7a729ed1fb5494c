"""Problems and errors, told in three parts: what happened, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from pubflow.errors import Blocked, PubflowError, Transient
from pubflow.views.text import Line, Style, count

if TYPE_CHECKING:
    from pubflow.platform import Problem

_STYLE: dict[str, Style] = {"error": "bad", "warning": "changed", "note": "dim"}
_AGAIN = "When network and platform are well, run the same command again: it goes on."
_ORDER = {"error": 0, "warning": 1, "note": 2}


def told(problems: Iterable[Problem]) -> Iterator[Line]:
    """`publish.toml:12: what, why`, with the remedy below. Errors first.

    The first line is never folded: editors and grep read it. What is wrong in the same way in
    several places has a line for each, and its remedy once, below the last.
    """
    ordered = sorted(problems, key=lambda problem: _ORDER[problem.severity])
    for problem, following in zip_longest(ordered, ordered[1:]):
        where = f"{problem.where}: " if problem.where else ""
        word = "" if problem.severity == "error" else f"{problem.severity}: "
        mark = " " if problem.what.endswith((".", "?", "!")) else ", "
        why = f"{mark}{problem.why}" if problem.why else ""
        first, *rest = f"{where}{word}{problem.what}{why}".split("\n")
        yield Line(first, _STYLE[problem.severity])
        yield from (Line(line) for line in rest)
        if following is None or _alike(problem) != _alike(following):
            yield from _indented(problem.hint)


def _alike(problem: Problem) -> tuple[str, ...]:
    return problem.severity, problem.what, problem.why, problem.hint


def failure(error: PubflowError) -> Iterator[Line]:
    """One error, for stderr."""
    if isinstance(error, Blocked):
        yield from told(error.problems)
        yield Line()
        errors = sum(problem.severity == "error" for problem in error.problems)
        yield Line(f"{count(errors, 'problem')} to mend first.", "bold")
        return
    for number, line in enumerate(error.what.split("\n")):
        yield Line(line, "bad" if number == 0 else "")
    if error.why:
        yield from (Line(line) for line in error.why.split("\n"))
    for note in getattr(error, "__notes__", ()):
        yield Line("also: " + note.split("\n")[0])
    again = _AGAIN if isinstance(error, Transient) else ""
    yield from _indented(error.hint or again, by="")


def _indented(hint: str, by: str = "    ") -> Iterator[Line]:
    for line in hint.split("\n") if hint else ():
        yield Line(by + line if line.strip() else "")
