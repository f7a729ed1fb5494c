"""The files of an artifact: found, named safely, and read once for their digests.

`survey` looks without reading; `files_below` reads too. Both gather all that is wrong into one
`Blocked`, whose problems name the file. Nothing outside the given folder is ever opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pubflow.errors import Blocked
from pubflow.manifest import File
from pubflow.platform import Problem
from pubflow.tree.digests import ChangedMeanwhile, Digests, HashCache, Print, digest
from pubflow.tree.names import (
    collisions,
    excluded,
    hidden_character,
    is_junk,
    matches,
    printable,
    trouble,
)

__all__ = [
    "HashCache",
    "Tree",
    "changed",
    "excluded",
    "files_below",
    "hidden_character",
    "matches",
    "printable",
    "read",
    "survey",
]

Progress = Callable[[str, int], None]
"""Called while bytes are read: (name of the file, bytes more)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was seen and not yet read. `source` is a real file, never a link."""

    name: str
    source: Path
    print: Print


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies below a path, in name order."""

    files: tuple[Found, ...]
    left_out: tuple[str, ...]
    """Junk that nobody would want published; a folder ends in `/`."""

    @property
    def size(self) -> int:
        return sum(found.print.size for found in self.files)


def files_below(
    path: Path,
    *,
    exclude: tuple[str, ...] = (),
    cache: HashCache | None = None,
    progress: Progress | None = None,
) -> tuple[File, ...]:
    """The regular files of a folder, or the one file that `path` is, with size and digests.

    Sorted by name; junk and what `exclude` matches are left out. Each file is read once, in blocks,
    or not at all where the cache knows it. Raises Blocked with every bad name, link and device,
    every unreadable file, and every file that changed while it was read.
    """
    return read(survey(path, exclude=exclude), cache=cache, progress=progress)


def survey(path: Path, *, exclude: tuple[str, ...] = ()) -> Tree:
    """Find the files without reading them. Raises Blocked with all that cannot be published."""
    problems: list[Problem] = []
    found: list[Found] = []
    left_out: list[str] = []
    top = path if path.is_dir() else path.parent
    for name in _names(path, exclude, left_out, problems):
        item = _look(top, name, exclude)
        if isinstance(item, Problem):
            problems.append(item)
        else:
            found.append(item)
    for one, two in collisions(item.name for item in found):
        problems.append(
            Problem(
                printable(two),
                f"{printable(one)} and {printable(two)} differ only in case or Unicode form",
                "on many computers one would overwrite the other",
                "Rename one of them.",
            )
        )
    if problems:
        raise Blocked(sorted(problems, key=lambda problem: problem.where))
    return Tree(tuple(sorted(found, key=lambda item: item.name)), tuple(sorted(left_out)))


def read(
    tree: Tree,
    *,
    cache: HashCache | None = None,
    progress: Progress | None = None,
    md5: bool = True,
) -> tuple[File, ...]:
    """Take the digests of a surveyed tree, `md5` only if it is asked for.

    Raises Blocked with all that changed or failed.
    """
    files: list[File] = []
    problems: list[Problem] = []
    for found in tree.files:
        item = _read(found, cache, progress, md5)
        if isinstance(item, Problem):
            problems.append(item)
        else:
            files.append(item)
    if problems:
        raise Blocked(problems)
    return tuple(files)


def changed(files: Iterable[File], *, cache: HashCache | None = None) -> list[File]:
    """Those whose source no longer holds the bytes that were hashed; promised files are skipped.

    A look at the file system suffices where the cache knows the file; else the bytes are read.
    """
    return [file for file in files if not file.promised and not _same(file, cache)]


def _same(file: File, cache: HashCache | None) -> bool:
    try:
        seen = os.lstat(file.source)
        if not stat.S_ISREG(seen.st_mode) or seen.st_size != file.size:
            return False
        digests = _digests(file.source, Print.of(seen), cache, md5=False)
    except (OSError, ChangedMeanwhile):
        return False
    return digests.sha256 == file.sha256


def _digests(
    source: Path,
    print: Print,
    cache: HashCache | None,
    told: Callable[[int], None] = lambda count: None,
    *,
    md5: bool = True,
) -> Digests:
    if cache and (known := cache.get(source, print)) and (known.md5 or not md5):
        told(print.size)
        return known
    digests = digest(source, print, told, md5=md5)
    if cache:
        cache.put(source, print, digests)
    return digests


def _read(
    found: Found, cache: HashCache | None, progress: Progress | None, md5: bool
) -> File | Problem:
    def told(count: int) -> None:
        if progress:
            progress(found.name, count)

    try:
        sums = _digests(found.source, found.print, cache, told, md5=md5)
    except ChangedMeanwhile:
        return Problem(
            found.name,
            f"{found.name} changed while it was read",
            "what is published must be what was looked at",
            "Let the program that writes it finish, then run again.",
        )
    except OSError as error:
        return _unreadable(found.name, error)
    return File(
        found.name,
        found.print.size,
        sums.sha256,
        sums.md5 if md5 else "",
        sums.git_sha1,
        source=found.source,
    )


def _unreadable(name: str, error: OSError) -> Problem:
    shown = printable(name)
    return Problem(
        shown,
        f"{shown} cannot be read: {error.strerror or 'it is a loop of links'}",
        "a release without it would not be complete",
        "Make it readable, or name it in `exclude`.",
    )


def _names(
    path: Path, exclude: tuple[str, ...], left_out: list[str], problems: list[Problem]
) -> Iterator[str]:
    """Names of all that is not a folder, unsorted; a folder that cannot be read is a problem."""
    if not path.is_dir():
        yield path.name
        return
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(path / folder) as listing:
                entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in listing]
        except OSError as error:
            problems.append(_unreadable(folder.rstrip("/") or path.name, error))
            continue
        for last, is_folder in entries:
            name = folder + last
            if is_junk(name):
                left_out.append(printable(name) + ("/" if is_folder else ""))
            elif is_folder:
                # A folder is excluded with all below it, so it need not be entered.
                if not excluded(name + "/.", exclude):
                    folders.append(name + "/")
            elif not excluded(name, exclude):
                yield name


def _look(top: Path, name: str, exclude: tuple[str, ...]) -> Found | Problem:
    shown = printable(name)
    if bad := trouble(name):
        return Problem(shown, *bad)
    source = top / name
    try:
        seen = os.lstat(source)
        if stat.S_ISLNK(seen.st_mode):
            real = source.resolve()
            if not real.is_relative_to(top.resolve()):
                return Problem(
                    shown,
                    f"The link {shown} leads out of the artifact's folder",
                    "files that nobody named could be published",
                    "Put the file itself in its place.",
                )
            source, seen = real, os.lstat(real)
            behind = real.relative_to(top.resolve()).as_posix()
            if is_junk(behind) or excluded(behind, exclude):
                return Problem(
                    shown,
                    f"The link {shown} leads to a file that is left out",
                    "it would be published under another name",
                    "Remove the link, or name it in `exclude` too.",
                )
            if stat.S_ISDIR(seen.st_mode):
                return Problem(
                    shown,
                    f"The link {shown} leads to a folder",
                    "its files would be published twice",
                    "Remove the link, or name it in `exclude`.",
                )
    except FileNotFoundError:
        return Problem(
            shown,
            f"The link {shown} leads nowhere" if os.path.lexists(source) else f"{shown} is gone",
            "there are no bytes to publish",
            "Mend or remove it.",
        )
    except (OSError, RuntimeError) as error:
        # Python 3.11 and 3.12 tell a loop of links by RuntimeError.
        return _unreadable(name, error if isinstance(error, OSError) else OSError())
    if not stat.S_ISREG(seen.st_mode):
        return Problem(
            shown,
            f"{shown} is no regular file but a {_kind(seen.st_mode)}",
            "it has no bytes of its own to publish",
            "Remove it, or name it in `exclude`.",
        )
    if not os.access(source, os.R_OK):
        return _unreadable(name, PermissionError(13, "Permission denied"))
    return Found(name, source.absolute(), Print.of(seen))


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "named pipe"
    if stat.S_ISSOCK(mode):
        return "socket"
    return "device"
