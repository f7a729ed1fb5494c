"""Lines of text with a style, and how they reach a stream: coloured on a terminal, else plain.

Every line passes `fit`: secrets are taken out, control characters made visible, and what the stream
cannot print is replaced. So no title, file name or answer of a server can leak or drive a terminal.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

from pubflow.tokens import redact

Style = Literal["", "bold", "dim", "good", "changed", "bad", "final"]

WIDTH = 80
"""Columns that a line keeps to, where its words allow it and no terminal is narrower."""
NARROWEST = 24

_CODES: Mapping[str, str] = {
    "bold": "1",
    "dim": "2",
    "good": "32",
    "changed": "33",
    "bad": "31",
    "final": "1;31",
}

_COMMAND = re.compile(r" +pubflow (?:check|cite|discard|init|plan|release|status|verify)\b")
_file: list[str] = []


@dataclass(frozen=True, slots=True)
class Line:
    text: str = ""
    style: Style = ""


def is_terminal(stream: TextIO, env: Mapping[str, str] = os.environ) -> bool:
    """Whether a person watches who can see lines move and change."""
    return stream.isatty() and env.get("TERM") != "dumb"


def has_colour(stream: TextIO, env: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour: a terminal that wants it; no-color.org, as of 2026-11."""
    return is_terminal(stream, env) and not env.get("NO_COLOR")


def width() -> int:
    """Columns that a line keeps to, where its words allow it; in a pipe always the same."""
    if not sys.stdout.isatty():
        return WIDTH
    return min(WIDTH, max(NARROWEST, shutil.get_terminal_size().columns))


def fit(text: str, stream: TextIO) -> str:
    """One line as `stream` may get it."""
    encoding = stream.encoding or "utf-8"
    return visible(redact(text)).encode(encoding, "replace").decode(encoding)


def about(file: str) -> None:
    """From now on the commands that are told name this publish.toml; none, if it is empty."""
    _file[:] = [shlex.quote(file)] if file else []


def _whole(text: str) -> str:
    """A command on a line of its own, with the file that the run is about."""
    if _file and _COMMAND.match(text) and ".toml" not in text:
        return f"{text} {_file[0]}"
    return text


def say(lines: Iterable[Line | str], stream: TextIO | None = None) -> None:
    """Print lines, without ever failing on a character that the stream lacks."""
    out = stream or sys.stdout
    colour = has_colour(out)
    for line in lines:
        text, style = (line, "") if isinstance(line, str) else (line.text, line.style)
        code = _CODES.get(style) if colour else None
        text = fit(_whole(text), out)
        out.write(f"\x1b[{code}m{text}\x1b[0m\n" if code else text + "\n")
    out.flush()


def document(whole: str) -> None:
    """Print a file's text as it is. In a file or a pipe it is UTF-8, and no letter is replaced."""
    if not sys.stdout.isatty() and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(whole)
    sys.stdout.flush()


def folded(text: str, by: str) -> Iterator[str]:
    """The text in lines as wide as is fit, those after the first indented by `by`.

    A word longer than that, such as an address, is left whole, so that it can be copied.
    """
    if columns(text) <= width():
        yield text
        return
    yield from textwrap.wrap(
        text, width(), subsequent_indent=by, break_long_words=False, break_on_hyphens=False
    )


def columns(text: str) -> int:
    """How many columns a terminal needs for it: two for the wide letters of East Asia."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, up to that many columns."""
    return text + " " * (width - columns(text))


def table(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Names and what is said of them: side by side where all of it fits, else one below the other.

    Indented by two.
    """
    wide = max((columns(name) for name, _ in rows), default=0)
    beside = all(2 + wide + 2 + columns(words) <= width() for _, words in rows)
    for name, words in rows:
        if beside:
            yield f"  {padded(name, wide)}  {words}"
        else:
            yield f"  {name}"
            below = f"    {words}"
            yield from folded(below, "    ") if " " in words else (below,)


def size(count: int) -> str:
    """`0 B`, `19.6 kB`, `2.0 GB`: decimal units, as the platforms' limits are given."""
    if count < 1000:
        return f"{count} B"
    amount = float(count)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"


def count(number: int, noun: str) -> str:
    """`1 file`, `3 files`, `2 repositories`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def visible(text: str) -> str:
    """Foreign text with its control characters made visible: `\\x1b`, `\\u202e`, `\\n`.

    The rare spaces of typesetting become plain ones.
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else " " if unicodedata.category(c) == "Zs" else repr(c)[1:-1]
        for c in text
    )
