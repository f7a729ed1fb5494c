"""Lines of text with a style, and how they reach a stream: coloured on a terminal, else plain.

Every line passes the filter that takes secrets out; what a terminal cannot print is replaced.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

from pubflow.tokens import redact

Style = Literal["", "bold", "dim", "good", "changed", "bad", "final"]

_CODES: Mapping[str, str] = {
    "bold": "1",
    "dim": "2",
    "good": "32",
    "changed": "33",
    "bad": "31",
    "final": "1;31",
}


@dataclass(frozen=True, slots=True)
class Line:
    text: str = ""
    style: Style = ""


def has_colour(stream: TextIO, env: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour: a terminal that wants it; no-color.org, as of 2026-11."""
    return stream.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb"


def say(lines: Iterable[Line | str], stream: TextIO | None = None) -> None:
    """Print lines, redacted, without ever failing on a character that the stream lacks."""
    out = stream or sys.stdout
    colour = has_colour(out)
    encoding = out.encoding or "utf-8"
    for line in lines:
        text, style = (line, "") if isinstance(line, str) else (line.text, line.style)
        text = redact(text).encode(encoding, "replace").decode(encoding)
        code = _CODES.get(style) if colour else None
        out.write(f"\x1b[{code}m{text}\x1b[0m\n" if code else text + "\n")
    out.flush()


def size(count: int) -> str:
    """`0 B`, `19.6 kB`, `2.0 GB`: decimal units, as the platforms' limits are given."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def count(number: int, noun: str) -> str:
    """`1 file`, `3 files`, `2 repositories`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def visible(text: str) -> str:
    """Foreign text with its control characters made visible, so that it cannot drive a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
