"""Paths in publish.toml: relative, with `/`, and never out of its folder, not even by a link."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from pydantic_core import PydanticCustomError

from pubflow.load.findings import mistake, quoted
from pubflow.tree import hidden_character

REMOTE = re.compile(r"(s3|gs)://", re.IGNORECASE)
_FROM = "paths count from the folder of publish.toml"
LARGEST_TEXT = 1 << 20
"""Bytes of an abstract, a card or an evaluation that are read."""


def relative(text: str) -> str:
    """A path as it may be written. Whether something is there, `found` says."""
    why = "publish.toml names only what lies in its own folder"
    if not text or hidden_character(text):
        raise mistake(f"{quoted(text)} is no path", "it must be one line of visible text")
    if REMOTE.match(text):
        return text
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text):
        raise mistake(f"{quoted(text)} is an address, not a path", why, "Download it first.")
    if text.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", text):
        hint = "Write it relative to the folder of publish.toml."
        raise mistake(f"The path {quoted(text)} is absolute", why, hint)
    if "\\" in text:
        hint = f"Write {quoted(text.replace(chr(92), '/'))}."
        raise mistake(
            f"The path {quoted(text)} holds a backslash", "folders are divided by /", hint
        )
    if ".." in text.split("/"):
        hint = "Move publish.toml up, or the files down."
        raise mistake(f'The path {quoted(text)} holds ".."', why, hint)
    return text


def found(root: Path, text: str) -> Path | PydanticCustomError:
    """The real file or folder at that path below `root`, or what is wrong with it."""
    path = root / text
    try:
        real = path.resolve(strict=True)
    except FileNotFoundError:
        if os.path.lexists(path):
            return mistake(f"The link {quoted(text)} leads nowhere", "there is nothing to publish")
        hint = ""
        if re.search(r"\$|^~|%\w+%", text):
            hint = "publish.toml knows no variables and no ~; write the path itself."
        return mistake(f"There is no {quoted(text)}", _FROM, hint or _near(path))
    except UnicodeEncodeError:
        what = f"The locale of this computer has no letters for {quoted(text)}"
        return mistake(
            what, "it cannot be found", "Set the variable PYTHONUTF8=1, and run it again."
        )
    except (OSError, RuntimeError, ValueError) as error:
        # Python 3.11 and 3.12 tell a loop of links by RuntimeError.
        reason = getattr(error, "strerror", None) or "it is a loop of links"
        return mistake(f"{quoted(text)} cannot be read: {reason}", "it is named here")
    if not real.is_relative_to(root.resolve()):
        what, why = f"The link {quoted(text)} leads out of the folder", "nothing outside is read"
        return mistake(what, why, "Put the file itself in its place.")
    return real


def read_text(root: Path, text: str) -> str | PydanticCustomError:
    """The text of a small UTF-8 file below `root`, line ends as they are, or what is wrong."""
    path = found(root, text)
    if not isinstance(path, Path):
        return path
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return mistake(f"{quoted(text)} is not a file", "a text is read from it")
            data = file.read(LARGEST_TEXT + 1)
    except IsADirectoryError:
        return mistake(f"{quoted(text)} is a folder", "a text is read from it", "Name the file.")
    except OSError as error:
        return mistake(f"{quoted(text)} cannot be read: {error.strerror}", "it is named here")
    if len(data) > LARGEST_TEXT:
        return mistake(f"{quoted(text)} is larger than 1 MiB", "it is shown on a page")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return mistake(f"{quoted(text)} is not UTF-8", "it is shown on a page", "Save it as UTF-8.")


def _near(path: Path) -> str:
    """`Did you mean ...`, by what lies beside the missing file."""
    from pubflow.load.findings import did_you_mean

    try:
        return did_you_mean(path.name, os.listdir(path.parent))
    except OSError:
        return ""
