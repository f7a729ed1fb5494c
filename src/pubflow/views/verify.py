"""What a stranger found: as people read it, and as programs do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pubflow.verify import Report
from pubflow.views import lines, problems
from pubflow.views.text import Line, columns, count, folded, padded, size, visible

_CELL = {True: "yes", False: "NO", None: "."}


def human(report: Report) -> Iterator[Line]:
    """Problems first, then who links to whom, then one line to end with."""
    release = report.manifest.release
    title = f"{visible(release.paper.title)} {release.version}, as a stranger finds it"
    yield from (Line(text, "bold") for text in folded(title, "  "))
    if report.problems:
        yield Line()
        yield from problems.told(report.problems)
    yield from matrix(report)
    yield Line()
    seen = f"{count(report.pages, 'page')}, {count(report.files, 'file')}"
    seen += f" ({size(report.bytes)} read)"
    if not report.pages and not report.errors:
        yield Line("Nothing of it is public yet, so there is nothing to verify.", "bold")
    elif report.errors:
        yield Line(f"{count(len(report.errors), 'problem')} in {seen}.", "bold")
    else:
        yield Line(f"All as it was released: {seen}, every page leads to the others.", "good")


def matrix(report: Report) -> Iterator[Line]:
    """A row for each page that was read: does it lead to the paper and to each artifact?"""
    rows = report.matrix
    if not rows:
        return
    heads = list(next(iter(rows.values())))
    wide = max(columns(name) for name in rows)
    yield Line()
    yield Line("Who links to whom", "bold")
    yield Line(f"  {padded('', wide)}  " + "  ".join(heads), "dim")
    for name, row in rows.items():
        cells = "  ".join(padded(_CELL[row[head]], columns(head)) for head in heads)
        hole = False in row.values()
        yield Line(f"  {padded(name, wide)}  {cells}".rstrip(), "bad" if hole else "")


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
