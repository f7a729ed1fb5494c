"""Which file names may leave this computer, and which patterns pick them. Pure.

A name is a posix path below the artifact's folder. What is refused would be read differently by
another computer, another platform or a person's eye. A leading `-` is allowed: no name of a tree
is ever an argument of a command.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

JUNK_FOLDERS = (".git", "__pycache__", ".ipynb_checkpoints", ".pubflow", ".cache/huggingface")
JUNK_FILES = (".DS_Store", "Thumbs.db")
"""Left out of every tree, and said: made by programs, wanted by nobody."""

LONGEST = 255
"""Bytes in one part of a name; ext4, APFS and NTFS take no more."""

_NOT_ON_WINDOWS = re.compile(
    r'.*[<>:"|?*].*|.*[ .]|(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9¹²³])[ ]*(?:\..*)?',
    re.IGNORECASE | re.DOTALL,
)
"""Names that it keeps for itself or cannot store ("Naming Files, Paths, and Namespaces",
learn.microsoft.com, 2026-11)."""

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_junk(name: str) -> bool:
    """Whether the name is, or lies below, something that a program left behind."""
    parts = name.split("/")
    if parts[-1] in JUNK_FILES:
        return True
    return any(f"/{folder}/" in f"/{name}/" for folder in JUNK_FOLDERS)


_NOTHING = frozenset("\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\ufeff")
"""Characters that show as nothing and mean nothing in a name; joiners do, in Persian for one."""


def hidden_character(text: str, *, allowed: str = "") -> str:
    """The first character that a reader cannot see or that reorders others, as `U+202E`.

    Control and bidirectional characters, line separators, and lone surrogates (bytes that are not
    UTF-8). Empty if there is none; characters in `allowed` are let through.
    """
    for character in text:
        if character in allowed:
            continue
        if character in _BIDI or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            return f"U+{ord(character):04X}"
    return ""


def _hidden(name: str) -> str:
    """The same for a name, where even a blank without a width makes two of one."""
    nothing = next((f"U+{ord(c):04X}" for c in name if c in _NOTHING), "")
    return hidden_character(name) or nothing


def printable(text: str) -> str:
    """The text with every hidden character spelled out, safe to print."""
    return "".join(f"<{hidden}>" if (hidden := _hidden(c)) else c for c in text)


def trouble(name: str) -> tuple[str, str, str] | None:
    """What is wrong with one name, as (what, why, hint); None if it may be published."""
    shown = printable(name)
    if hidden := _hidden(name):
        kind = "is not valid UTF-8" if "\ud800" <= chr(int(hidden[2:], 16)) <= "\udfff" else ""
        what = f"The name {shown} {kind or f'holds the hidden character {hidden}'}"
        return what, "other computers would read it differently", "Rename the file."
    if "\\" in name:
        why = "Windows takes it for a folder's separator"
        return f"The name {shown} holds a backslash", why, "Rename the file."
    if any(len(part.encode()) > LONGEST for part in name.split("/")):
        what = f"The name {shown[:40]}... is longer than {LONGEST} bytes"
        return what, "most computers could not store it", "Give the file a shorter name."
    return None


def not_on_windows(name: str) -> bool:
    """Whether Windows could not store a file of that name, or one of the folders it lies in."""
    return any(_NOT_ON_WINDOWS.fullmatch(part) for part in name.split("/"))


def collisions(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names, or of folders, that are one name where case or Unicode form do not count."""
    seen: dict[str, str] = {}
    told: set[str] = set()
    for name in sorted(names):
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            path = "/".join(parts[:end])
            folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
            first = seen.setdefault(folded, path)
            if first != path:
                if path not in told:
                    yield first, path
                told.add(path)
                break


def matches(name: str, pattern: str) -> bool:
    """Whether a glob picks this very name. `*` stays within one folder, `**` crosses folders."""
    return _match(tuple(name.split("/")), tuple(pattern.split("/")))


def excluded(name: str, patterns: Iterable[str]) -> bool:
    """Whether `exclude` leaves this file out.

    `paper/` names a folder and all below it, `paper/draft.tex` one file, `*.ckpt` (no `/` but at
    its end) files and folders of that name at any depth; `*` and `**` as in `matches`.
    """
    parts = tuple(name.split("/"))
    for pattern in patterns:
        only_folders, clean = pattern.endswith("/"), pattern.strip("/")
        wanted = tuple(clean.removeprefix("./").split("/"))
        if len(wanted) == 1 and "/" not in pattern.rstrip("/"):
            wanted = ("**", *wanted)
        last = len(parts) - 1 if only_folders else len(parts)
        if any(_match(parts[:end], wanted) for end in range(1, last + 1)):
            return True
    return False


def _match(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    # One row per pattern part, so that many `**` cost no more than parts times pattern.
    reached = {0}
    for piece in wanted:
        if piece == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else set()
        else:
            reached = {
                at + 1 for at in reached if at < len(parts) and fnmatchcase(parts[at], piece)
            }
    return len(parts) in reached
