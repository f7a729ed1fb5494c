"""Could this ever be released as a record? Pure and offline: limits, names, what is missing.

Limits of Zenodo: 50 GB and 100 files a record, no empty files (zenodo-rdm's configuration,
2026-08; help.zenodo.org). Other instances set their own, so there they are warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pubflow.documents import licenses
from pubflow.manifest import Target
from pubflow.platform import Problem
from pubflow.platforms.zenodo.instance import (
    MOST_ASKED,
    MOST_BYTES,
    MOST_FILES,
    elsewhere,
    integrates,
    is_loopback,
    is_zenodo,
    packed,
)
from pubflow.platforms.zenodo.record import (
    TITLE_AT_LEAST,
    VERSION_AT_MOST,
    description_of,
    title_of,
)

Severity = Literal["error", "warning"]

LONGEST_KEY = 255
AGAIN = "then run again:\n\n    pubflow plan"


def check(target: Target, base: str) -> Iterator[Problem]:
    """Everything that would be refused, or regretted, in the author's words."""
    if not integrates(target):  # Else the files are Zenodo's own doing.
        yield from _size(target, base)
        yield from _names(target)
    yield from _words(target)
    if host := elsewhere(str(target.settings.get("record") or ""), base):
        yield Problem(
            target.name,
            f"{target.settings['record']} is a record at {host}, and the target is {base}",
            why="a record has its next version where it is itself",
            hint="Correct `record`, or `url` and `sandbox` in [targets.zenodo].",
        )


def _size(target: Target, base: str) -> Iterator[Problem]:
    strict = is_zenodo(base) or is_loopback(base)
    severity: Severity = "error" if strict else "warning"
    where, files = target.name, target.files
    yield from _packs(target)
    if len(files) > MOST_FILES:
        yield Problem(
            where,
            f"{len(files)} files, and a record on Zenodo holds {MOST_FILES}",
            why="Zenodo would refuse the rest",
            hint=f"Release fewer of them, {AGAIN}",
            severity=severity,
        )
    size = sum(file.size for file in files)
    if size > MOST_BYTES:
        asked = strict and size <= MOST_ASKED
        most = MOST_ASKED if strict and not asked else MOST_BYTES
        yield Problem(
            where,
            f"{size / 1e9:.1f} GB, and a record on Zenodo holds {most / 1e9:.0f} GB",
            why="more is asked for, out of the 150 GB that an account has besides"
            if asked
            else "the upload would be refused when that is reached",
            hint="Nothing is to be done, if that is not used up by other records."
            if asked
            else f"Split it into several artifacts, or ask for a larger quota, {AGAIN}",
            severity="warning" if asked else severity,
        )
    empty = [file.name for file in files if not file.promised and file.size == 0]
    if empty:
        yield Problem(
            where,
            f"{_listed(empty)} {'are' if len(empty) > 1 else 'is'} empty",
            why="Zenodo does not take empty files",
            hint=f"Leave such files out, or put a word into them, {AGAIN}",
            severity=severity,
        )
    if not files:
        yield Problem(
            where,
            "there is nothing to publish",
            why="a record on Zenodo needs at least one file",
            hint=f"Give the artifact a `path` with files in it, {AGAIN}",
            severity=severity,
        )


def _packs(target: Target) -> Iterator[Problem]:
    packing = packed(target)
    if packing is None:
        return
    count = len(target.artifact.files)
    names = [pack.name for pack in packing.packs]
    yield Problem(
        target.name,
        f"{_which(packing.count, count)} put into {_listed(names)}",
        why=f"a record holds {MOST_FILES} files"
        if count > MOST_FILES
        else "a record takes no empty file",
        hint=f"Nothing is to be done: {packing.listing} lists them with their SHA-256, so that each"
        " can be got back and compared.",
        severity="note",
    )


def _names(target: Target) -> Iterator[Problem]:
    odd = [file.name for file in target.files if _odd(file.name)]
    if odd:
        yield Problem(
            target.name,
            f"{_listed(odd)}: no name for a file in a record",
            why="control characters, backslashes, blanks at the ends, `..` and more than "
            f"{LONGEST_KEY} bytes do not survive the way to the reader's disk",
            hint=f"Rename it, {AGAIN}",
        )


def _odd(name: str) -> bool:
    parts = name.split("/")
    return (
        any(part in ("", ".", "..") or part != part.strip() for part in parts)
        or "\\" in name
        or not name.isprintable()
        or len(name.encode("utf-8", "replace")) > LONGEST_KEY
    )


def _words(target: Target) -> Iterator[Problem]:
    where, artifact = target.name, target.artifact
    if len(title_of(target).strip()) < TITLE_AT_LEAST:
        yield Problem(
            where,
            f"the title {title_of(target)!r} is too short",
            why=f"a record's title has at least {TITLE_AT_LEAST} letters",
            hint="Give the artifact a longer `title` in publish.toml.",
        )
    if not description_of(target).strip():
        yield Problem(
            where,
            "the record will have no description",
            why="readers and search engines see only the title",
            hint="Give the artifact a `description`, or the paper an `abstract`.",
            severity="warning",
        )
    if len(target.release.version) > VERSION_AT_MOST:
        yield Problem(
            where,
            f"the version is longer than {VERSION_AT_MOST} letters",
            why="a record refuses it",
            hint="Give a shorter version in publish.toml.",
        )
    day, until = target.release.date, artifact.embargo_until
    if until is not None and day is not None and until <= day:
        yield Problem(
            where,
            f"the embargo ends on {until}, and the release is of {day}",
            why="an embargo that is over is refused, so the files would be public at once",
            hint="Give a later day in `embargo`, or take the embargo out.",
        )
    if lossy := licenses.zenodo(artifact.license).lossy:
        yield Problem(where, lossy, severity="note")


def _which(packed: int, count: int) -> str:
    if packed < count:
        return f"{packed} of {count} files are"
    return f"all {count} files are" if count > 1 else "its one file is"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
