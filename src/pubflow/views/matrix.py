"""Who links to whom, as a table: a row for each page, a column for the paper and each artifact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pubflow.engine import Seen
from pubflow.pages import hole, wanted
from pubflow.views.text import WIDTH, Line, Style, columns, folded, padded, width

Row = Mapping[str, bool | None]
"""Whether the page leads there; None where there is nothing to lead to."""

_CELL = {True: "yes", False: "NO", None: "."}


def shown(rows: Mapping[str, Row]) -> Iterator[Line]:
    """The table, a hole in it marked; nothing without rows."""
    if not rows:
        return
    heads = list(next(iter(rows.values())))
    wide = max(columns(name) for name in rows)

    def taken(words: list[str]) -> int:
        return 2 + wide + sum(columns(word) + 2 for word in words)

    short = heads
    if taken(heads) > width():
        short = [head.partition(".")[0] for head in heads]
    yield Line()
    yield Line("Who links to whom", "bold")
    if taken(short) > width() < WIDTH:
        for name, row in rows.items():
            yield Line(f"  {name}", "bad" if False in row.values() else "")
            asked = [head for head in heads if row[head] is not None]
            said = ", ".join(f"{head} {_CELL[row[head]]}" for head in asked) or "."
            yield from map(Line, folded(f"    {said}", "    "))
        return
    yield Line(f"  {padded('', wide)}  " + "  ".join(short), "dim")
    for name, row in rows.items():
        cells = "  ".join(
            padded(_CELL[row[head]], columns(word)) for head, word in zip(heads, short, strict=True)
        )
        style: Style = "bad" if False in row.values() else ""
        yield Line(f"  {padded(name, wide)}  {cells}".rstrip(), style)


def planned(seen: Seen) -> dict[str, dict[str, bool | None]]:
    """How it will be. What has no address yet will be linked to once it has one."""
    links, release = seen.plan.links, seen.manifest.release
    problems = set(seen.plan.problems)
    rows: dict[str, dict[str, bool | None]] = {}
    targets = [target for target in seen.manifest.targets if target.name not in links.nowhere]
    for target in targets:
        copies = [t.artifact.key for t in targets if t.name != target.name]
        keys = [artifact.key for artifact in release.artifacts]
        row: dict[str, bool | None] = {key: True if key in copies else None for key in keys}
        paper = release.paper.address
        rows[target.name] = row = {"paper": True if paper else None, **row}
        for want in wanted(target, links, outside=False):
            if hole(target, want) in problems:
                row[want.to.partition("@")[0]] = False
    return rows
