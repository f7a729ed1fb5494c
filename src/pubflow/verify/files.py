"""Comparing files with what arrives at their public addresses."""

from __future__ import annotations

from collections.abc import Iterator

from pubflow.manifest import File, Target
from pubflow.platform import Problem
from pubflow.verify.eyes import Eyes, ends_of


def arrived(target: Target, file: File, url: str, eyes: Eyes, *, of: str) -> Iterator[Problem]:
    """A problem if the bytes at `url` are not those of `file`; `of` names what it is a part of.

    Every byte is read and hashed, unless the eyes are told to sample and the file is large: then
    its two ends are compared with the file here.
    """
    # What does not lie here cannot be compared in parts.
    found = eyes.digest(url, file.size if file.source.is_file() else 0)
    if not found.ok:
        yield Problem(
            target.name,
            f"{file.name} cannot be fetched: {url} answers {found.status} to a stranger",
            why=f"it belongs to {of}",
            hint="Look at its page; a file that is lost needs a new version.",
        )
    elif found.whole:
        if found.sha256 != file.sha256 or file.size not in (0, found.size):
            yield _other(
                target,
                file,
                of,
                f"{found.size} bytes with sha256 {found.sha256[:12]}... arrive",
                f"{file.size} bytes with sha256 {file.sha256[:12]}...",
            )
    elif found.sha256 != ends_of(file.source, file.size, tail=found.tail):
        yield _other(target, file, of, "its beginning or end arrives otherwise", "the file here")


def missing(target: Target, file: File, *, of: str) -> Problem:
    return Problem(
        target.name,
        f"{file.name} is not in {of}",
        why="it was released there",
        hint="Find out who removed it. A new version brings it back: raise the version.",
    )


def extra(target: Target, name: str, *, of: str) -> Problem:
    return Problem(target.name, f"{name} is in {of} and not in this release", severity="warning")


def _other(target: Target, file: File, of: str, seen: str, wanted: str) -> Problem:
    return Problem(
        target.name,
        f"{file.name} in {of} is not the file that was released: {seen}",
        why=f"it should be {wanted}",
        hint="Find out who changed it. To publish another file, raise the version.",
    )
