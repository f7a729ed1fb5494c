"""What speaks against a release: as people read it, and as programs do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pubflow.errors import PubflowError
from pubflow.readiness import Readiness
from pubflow.views import lines, problems
from pubflow.views.text import Line, count, folded, visible


def human(found: Readiness) -> Iterator[Line]:
    """Problems, the gravest first, and what comes next."""
    if found.release is not None:
        title = f"{visible(found.release.paper.title)} {found.release.version}"
        yield from (Line(text, "bold") for text in folded(title, "  "))
        yield Line()
    if found.problems:
        yield from problems.told(found.problems)
        yield Line()
    if not found.ready:
        yield Line(f"{count(len(found.against), 'problem')} to mend first.", "bold")
        return
    asked = "" if found.online else ", as far as can be seen without asking anybody"
    yield from (Line(text, "good") for text in folded(f"Ready{asked}. See what would change:", ""))
    yield Line()
    yield Line("    pubflow plan")


def begun(file: str, found: Readiness) -> Iterator[Line]:
    """A first publish.toml, and what is left to say in it."""
    yield Line(f"Wrote {visible(file)}. Read it through: its comments tell what came from where.")
    errors = [problem for problem in found.problems if problem.severity == "error"]
    if errors:
        yield Line()
        yield Line("What nothing here says, and you must:", "bold")
        yield from problems.told(errors)
    yield Line()
    yield Line("Then see whether it is ready:")
    yield Line()
    yield Line("    pubflow check")


def failed(error: PubflowError, where: str) -> dict[str, Any]:
    """The same shape as `as_json`, where nothing could be judged because of this error."""
    return {
        "schema": lines.SCHEMA,
        "release": None,
        "ready": False,
        "problems": lines.failed(error, where)["problems"],
    }


def as_json(found: Readiness) -> dict[str, Any]:
    return {
        "schema": lines.SCHEMA,
        "release": lines.release(found.release) if found.release else None,
        "ready": found.ready,
        "problems": [lines.problem(problem) for problem in found.problems],
    }
