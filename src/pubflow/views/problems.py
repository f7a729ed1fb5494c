"""Problems and errors, told in three parts: what happened, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pubflow.errors import Blocked, PubflowError
from pubflow.platform import Problem
from pubflow.views.text import Line, Style, count, visible

_STYLE: dict[str, Style] = {"error": "bad", "warning": "changed", "note": "dim"}


def told(problems: Iterable[Problem]) -> Iterator[Line]:
    """`publish.toml:12: what, why`, with the remedy below. Errors first."""
    order = {"error": 0, "warning": 1, "note": 2}
    for problem in sorted(problems, key=lambda problem: order[problem.severity]):
        word = "" if problem.severity == "error" else f"{problem.severity}: "
        why = f", {problem.why}" if problem.why else ""
        style = _STYLE[problem.severity]
        first, *rest = f"{problem.where}: {word}{problem.what}{why}".split("\n")
        yield Line(visible(first), style)
        yield from (Line(visible(line)) for line in rest)
        yield from _indented(problem.hint)


def failure(error: PubflowError) -> Iterator[Line]:
    """One error, for stderr."""
    if isinstance(error, Blocked):
        yield from told(error.problems)
        yield Line()
        errors = sum(problem.severity == "error" for problem in error.problems)
        yield Line(f"{count(errors, 'problem')} to mend first. Nothing was sent.", "bold")
        return
    for number, line in enumerate(error.what.split("\n")):
        yield Line(visible(line), "bad" if number == 0 else "")
    if error.why:
        yield from (Line(visible(line)) for line in error.why.split("\n"))
    for note in getattr(error, "__notes__", ()):
        yield from (Line(visible("also: " + line)) for line in note.split("\n")[:1])
    yield from _indented(error.hint, by="")


def _indented(hint: str, by: str = "    ") -> Iterator[Line]:
    for line in hint.split("\n") if hint else ():
        yield Line(by + visible(line) if line.strip() else "")
