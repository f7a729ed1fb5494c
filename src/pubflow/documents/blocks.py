"""Our part of somebody's Markdown: a block between two comments."""

from __future__ import annotations

import re

from pubflow.errors import PubflowError

BEGIN = "<!-- pubflow:begin -->"
END = "<!-- pubflow:end -->"


def wrap(inner: str) -> str:
    """The inner text between the markers, ending with one newline."""
    return f"{BEGIN}\n{inner.strip()}\n{END}\n"


def put(existing: str, block: str, *, what: str) -> str:
    """The text with the block in the place of its markers, or at the end; the rest untouched.

    Markers inside a fenced code block are text. Line ends follow the text's. Raises PubflowError
    when the markers do not make one pair; `what` names the text.
    """
    newline = "\r\n" if existing.count("\r\n") * 2 > existing.count("\n") else "\n"
    block = block.replace("\n", newline)
    found = _markers(existing)
    if not found:
        if not existing.strip():
            return block
        gap = "" if existing.endswith("\n") else newline
        return existing + gap + newline + block
    if [name for name, _, _ in found] != [BEGIN, END]:
        raise PubflowError(
            f"{what} does not hold one “{BEGIN}” followed by one “{END}”.",
            why="pubflow writes only between the two and cannot tell where that is.",
            hint="Leave one pair of them, each on a line of its own, or remove them all.",
        )
    start, stop = found[0][1], found[1][2]
    return existing[:start] + block + existing[stop:]


def _markers(text: str) -> list[tuple[str, int, int]]:
    """(marker, start, end) of each marker line outside of fenced code, line end included."""
    found, fence, at = [], "", 0
    for line in text.splitlines(keepends=True) if text else []:
        opened = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence:
            if opened and opened[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif opened:
            fence = opened[1]
        elif line.strip() in (BEGIN, END):
            found.append((line.strip(), at, at + len(line)))
        at += len(line)
    return found
