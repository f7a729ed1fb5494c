"""What a stranger found: as people read it, and as programs do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pubflow.errors import PubflowError
from pubflow.verify import Report
from pubflow.views import lines, matrix, problems
from pubflow.views.text import Line, count, folded, size, visible


def human(report: Report) -> Iterator[Line]:
    """Problems first, then who links to whom, then one line to end with."""
    release = report.manifest.release
    title = f"{visible(release.paper.title)} {release.version}, as a stranger finds it"
    yield from (Line(text, "bold") for text in folded(title, "  "))
    if report.problems:
        yield Line()
        yield from problems.told(report.problems)
    yield from matrix.shown(report.matrix)
    yield Line()
    seen = f"{count(report.pages, 'page')}, {count(report.files, 'file')}"
    seen += f" ({size(report.bytes)} read)"
    if not report.pages and not report.errors:
        yield Line("Nothing of it is public yet, so there is nothing to verify.", "bold")
    elif report.errors:
        yield Line(f"{count(len(report.errors), 'problem')} in {seen}.", "bold")
    else:
        yield Line(f"All as it was released: {seen}, every page leads to the others.", "good")


def failed(error: PubflowError, where: str) -> dict[str, Any]:
    """The same shape as `as_json`, where nothing could be looked at because of this error."""
    return {
        "schema": lines.SCHEMA,
        "release": None,
        "ok": False,
        "pages": 0,
        "files": 0,
        "bytes": 0,
        "matrix": {},
        "problems": lines.failed(error, where)["problems"],
    }


def as_json(report: Report) -> dict[str, Any]:
    return {
        "schema": lines.SCHEMA,
        "release": lines.release(report.manifest.release),
        "ok": not report.errors,
        "pages": report.pages,
        "files": report.files,
        "bytes": report.bytes,
        "matrix": {name: dict(row) for name, row in report.matrix.items()},
        "problems": [lines.problem(problem) for problem in report.problems],
    }
