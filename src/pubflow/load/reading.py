"""publish.toml from disk to plain values; whatever is wrong with the file itself, in our words."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pubflow.errors import Blocked
from pubflow.load.lines import Lines
from pubflow.platform import Problem

LARGEST = 1 << 20
"""Bytes. The file is untrusted, and a real one has some hundred lines."""

MOST_DOTS = 200
"""Dots in a row before an `=`: tomllib's time grows with the square of a key's parts."""

_START = (
    "Begin with `schema = 1`, a [paper] with title and authors, and one [weights.<id>] or "
    "[data.<id>] with its path; publish.example.toml of pubflow shows a whole one."
)
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")

_BACKSLASH = "In a path write / in place of the backslash, else write it twice: `\\\\`."
_SYNTAX = (
    ("Cannot overwrite a value", "this key was given before", "Keep one of them."),
    ("Cannot declare", "this table was opened before", "Write all its keys below one header."),
    ("Cannot mutate immutable", "this table is already closed", "Put the key inside its braces."),
    ("Cannot redefine", "this table was opened before", "Write all its keys below one header."),
    ("Expected '=' after a key", "a key has no `=` behind it", "Write `key = value`."),
    ("Expected newline or end", "something follows the value", "Begin each key on its own line."),
    ("Unclosed array", "a list is not closed", "Add the missing `]` or `,`."),
    ("Unclosed inline table", "a table is not closed", "Add the missing `}` or `,`."),
    ("Unterminated string", "a text is not closed", "Add the missing quote."),
    ("Expected", "a closing sign is missing", "Look at the quotes and brackets of this line."),
    (
        "Illegal character '\\n'",
        "a text is not closed on its line",
        'Add the missing quote; a text of several lines stands in """three quotes""".',
    ),
    ("Illegal character", "there is a character that may not stand here", "Escape or remove it."),
    ("Found invalid character", "there is a character that may not stand here", "Remove it."),
    ("Unescaped '\\' in a string", "a backslash begins no known escape", _BACKSLASH),
    ("Invalid hex value", "an escape with \\u or \\U is not complete", _BACKSLASH),
    ("Escaped character is not", "an escape with \\u or \\U names no character", _BACKSLASH),
    ("Invalid date", "this is no date of the calendar", "Write year-month-day: `2026-12-01`."),
    ("Duplicate inline table key", "this key was given before", "Keep one of them."),
    ("Invalid initial character", "a key cannot begin like this", "Put the key in quotes."),
    ("Invalid value", "this value is not TOML", "Text needs quotes around it."),
    ("Invalid statement", "this line is not TOML", "Write `key = value` or `[table]`."),
    ("Exceeds the limit", "this number has too many digits", "Put it in quotes if it is a name."),
)


@dataclass(frozen=True, slots=True)
class Source:
    """publish.toml as it was read."""

    name: str
    root: Path
    text: str
    values: dict[str, Any]
    lines: Lines
    digest: str
    """sha256 of the file's bytes, hex."""


def read_source(path: Path) -> Source:
    """Read the file. Raises Blocked with the one thing that is wrong with it as a file."""
    data = _bytes(path)
    name = path.name
    if data.startswith(b"\xef\xbb\xbf"):
        what = "The file begins with a byte order mark"
        why, hint = "TOML has none", 'Save it as "UTF-8", not as "UTF-8 with BOM".'
        raise _blocked(f"{name}:1", what, why, hint)
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what, why = "The file is not UTF-8 here", "TOML is always UTF-8"
        raise _blocked(f"{name}:{line}", what, why, "Save it as UTF-8.") from None
    if not text.strip():
        raise _blocked(f"{name}:1", "The file is empty", "there is nothing to release", _START)
    values = _parsed(name, text)
    digest = hashlib.sha256(data).hexdigest()
    return Source(name, path.parent.resolve(), text, values, Lines.in_text(text), digest)


def _bytes(path: Path) -> bytes:
    name = path.name or str(path)
    try:
        # Without O_NONBLOCK a named pipe would hold us for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            mode = os.fstat(handle).st_mode
            if stat.S_ISDIR(mode):
                raise IsADirectoryError
            if not stat.S_ISREG(mode):
                why = "only a regular file stays the same while it is used"
                raise _blocked(name, "This is not a regular file", why)
            data = file.read(LARGEST + 1)
    except (IsADirectoryError, NotADirectoryError):
        what, why = "This is a folder", "a release is described by one file"
        raise _blocked(name, what, why, "Give the file in it: publish.toml.") from None
    except FileNotFoundError:
        what, why = f"There is no {name} here", "it says what is to be released"
        raise _blocked(name, what, why, _START) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is no path"
        raise _blocked(name, f"{name} cannot be read: {reason}") from None
    if len(data) > LARGEST:
        what, why = f"{name} is larger than 1 MiB", "a real one has some hundred lines"
        hint = "Keep long texts in files of their own: `abstract = { file = ... }`."
        raise _blocked(name, what, why, hint)
    return data


def _parsed(name: str, text: str) -> dict[str, Any]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST_DOTS and any(
            part.count(".") > MOST_DOTS for part in line.split("=")
        ):
            what, why = f"A key has more than {MOST_DOTS} parts", "no key of pubflow has"
            raise _blocked(f"{name}:{number}", what, why)
    try:
        return tomllib.loads(text)
    except RecursionError:
        what, why = "Lists or tables are nested too deeply", "no key of pubflow needs that"
        raise _blocked(f"{name}:1", what, why) from None
    except ValueError as error:
        # TOMLDecodeError is a ValueError, and so is an integer of too many digits.
        said = str(error)
        at = _AT_LINE.search(said)
        last = text.rstrip().count("\n") + 1
        line_number = int(at.group(1)) if at and at.group(1) else last
        words = next((entry for entry in _SYNTAX if said.startswith(entry[0])), None)
        _, what, hint = words or ("", "this is not TOML", "See https://toml.io.")
        why = "the file cannot be read further"
        raise _blocked(f"{name}:{line_number}", what[0].upper() + what[1:], why, hint) from None


def _blocked(where: str, what: str, why: str = "", hint: str = "") -> Blocked:
    return Blocked([Problem(where, what, why, hint)])
