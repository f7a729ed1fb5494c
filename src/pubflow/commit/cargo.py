"""What is in the tree that is released and in the commits that go along, before anything is sent.

Things that would be refused by the other side, or be missing there in silence: submodules, pointers
of Git LFS without their files, files too large for git hosting. Reads only, in constant memory.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pubflow.commit.bare import Source
from pubflow.commit.contents import folder_files
from pubflow.errors import PubflowError
from pubflow.git import environment, run
from pubflow.tree.names import excluded

LARGEST = 100 * 1024**2
"""Bytes of one file that git hosts take; docs.github.com, "About large files", 2026-11."""

POINTER = b"version https://git-lfs.github.com/spec/"
"""How every pointer of Git LFS begins; it is shorter than 1024 bytes (git-lfs, docs/spec.md)."""

SHORTEST, LONGEST = 100, 1023
WORKFLOWS = ".github/workflows/"


@dataclass(frozen=True, slots=True)
class Cargo:
    """What a push of the release commit would carry, and what its tree lacks."""

    submodules: tuple[str, ...] = ()
    """Folders whose content lies in other repositories."""
    pointers: tuple[str, ...] = ()
    """Files of which git has only a pointer of Git LFS."""
    large: tuple[tuple[str, int], ...] = ()
    """Files above the limit with their bytes, from any commit that is pushed."""
    workflows: bool = False
    """Whether files that GitHub would run are among what is pushed."""
    size: int = 0
    """Bytes of the objects to be pushed, as git stores them: about the size of the pack."""
    licensed: bool = True
    """Whether a licence file lies at the top of the tree."""


def examine(source: Source, exclude: Sequence[str], root: Path, known: str = "") -> Cargo:
    """Look through everything that would be pushed. `known` is a commit that the remote has.

    `root` is the folder that no file may come from outside of. Raises PubflowError.
    """
    if source.checkout is None:
        return _folder(source.folder, exclude, root)
    where = source.checkout.root
    seen = _Seen()
    submodules = []
    for mode, blob, size, path in entries(where, source.below):
        if not source.keeps_history and excluded(path, exclude):
            continue
        if mode == "160000":
            submodules.append(path)
            continue
        seen.file(path, blob, size)
    if source.keeps_history:
        lacks = ["HEAD", *([f"^{known}"] if known else [])]
        seen.workflows = False  # Only those that change count, and they are met again.
        for kind, blob, size, stored, path in objects(where, lacks):
            seen.size += stored
            if kind == "blob":
                seen.file(path, blob, size)
    return Cargo(
        tuple(submodules),
        tuple(sorted(_pointers(where, seen.short))),
        tuple(sorted(seen.large.items())),
        seen.workflows,
        seen.size,
        seen.licensed,
    )


class _Seen:
    def __init__(self) -> None:
        self.large: dict[str, int] = {}
        self.short: dict[str, str] = {}
        """Blob -> path, for blobs that are as long as a pointer."""
        self.workflows = False
        self.licensed = False
        self.size = 0

    def file(self, path: str, blob: str, size: int) -> None:
        if size > LARGEST:
            self.large[path] = max(size, self.large.get(path, 0))
        if SHORTEST <= size <= LONGEST:
            self.short.setdefault(blob, path)
        self.workflows = self.workflows or path.startswith(WORKFLOWS)
        self.licensed = self.licensed or is_licence(path)


def is_licence(path: str) -> bool:
    """Whether a file of that name is read as the licence; licensee looks at the top folder."""
    name = path.lower()
    return "/" not in path and name.startswith(("license", "licence", "copying", "unlicense"))


def _folder(folder: Path, exclude: Sequence[str], root: Path) -> Cargo:
    seen, pointers = _Seen(), []
    for inner, path in folder_files(folder, exclude, root):
        if path.is_symlink():
            continue
        size = path.stat().st_size
        seen.file(inner, inner, size)
        seen.size += size
        if SHORTEST <= size <= LONGEST and path.read_bytes().startswith(POINTER):
            pointers.append(inner)
    return Cargo(
        pointers=tuple(sorted(pointers)),
        large=tuple(sorted(seen.large.items())),
        workflows=seen.workflows,
        size=seen.size,
        licensed=seen.licensed,
    )


def entries(where: Path, tree: str) -> Iterator[tuple[str, str, int, str]]:
    """Mode, blob, bytes and path of everything in a tree. Raises PubflowError."""
    _whole(where, [tree])
    listing = run(["ls-tree", "-r", "-l", "-z", tree], cwd=where)
    for entry in listing.split(b"\0"):
        facts, _, path = entry.partition(b"\t")
        if path:
            mode, _, blob, size = facts.decode().split()
            yield mode, blob, int(size) if size.isdigit() else 0, os.fsdecode(path)


def objects(where: Path, commits: Sequence[str]) -> Iterator[tuple[str, str, int, int, str]]:
    """Kind, id, bytes, stored bytes and path of every object that these commits reach.

    Raises PubflowError.
    """
    _whole(where, commits)
    form = "%(objecttype) %(objectname) %(objectsize) %(objectsize:disk) %(rest)"
    with tempfile.TemporaryFile() as names:
        _into(where, ["rev-list", "--objects", *commits, "--"], names.fileno())
        names.seek(0)
        for line in _lines(where, ["cat-file", "--buffer", f"--batch-check={form}"], names):
            kind, name, size, stored, path = (line.rstrip(b"\n") + b" ").split(b" ", 4)
            yield (
                kind.decode(),
                name.decode(),
                int(size),
                int(stored),
                os.fsdecode(path.removesuffix(b" ")),
            )


def _whole(where: Path, reached: Sequence[str]) -> None:
    """Refuses a partial clone that lacks something of it: reading it would fetch it into the
    author's repository, and a push could not send it; git-rev-list(1), `--missing`.
    """
    promised = r"^(extensions\.partialclone|remote\..*\.promisor)$"
    if not _config(where, promised):
        return
    with tempfile.TemporaryFile() as names:
        _into(where, ["rev-list", "--objects", "--missing=print", *reached, "--"], names.fileno())
        names.seek(0)
        lacks = sum(line.startswith(b"?") for line in names)
    if lacks:
        raise PubflowError(
            f"The clone at {where} lacks {lacks} objects of what is released.",
            why="It was made with --filter, so files of the past, or of folders that are not"
            " checked out, are only with its remote.",
            hint="Get them, then run again:\n\n    git fetch --refetch --no-filter",
        )


def _config(where: Path, names: str) -> bool:
    try:
        return bool(run(["config", "--get-regexp", names], cwd=where))
    except PubflowError:
        return False


def _pointers(where: Path, short: dict[str, str]) -> Iterator[str]:
    """The paths of those blobs that are pointers."""
    if not short:
        return
    with tempfile.TemporaryFile() as names:
        names.write("".join(f"{blob}\n" for blob in short).encode())
        names.seek(0)
        with started(where, ["cat-file", "--buffer", "--batch"], names) as child:
            assert child.stdout is not None
            for blob in short:
                size = int(child.stdout.readline().split()[2])
                if child.stdout.read(size + 1).startswith(POINTER):
                    yield short[blob]


def _into(where: Path, args: Sequence[str], out: int) -> None:
    done = subprocess.run(
        ["git", *args],
        cwd=where,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-300:]
        raise PubflowError(f"git could not list what would be pushed from {where}.", why=said)


def _lines(where: Path, args: Sequence[str], names: IO[bytes]) -> Iterable[bytes]:
    with started(where, args, names) as child:
        assert child.stdout is not None
        yield from child.stdout


def started(where: Path, args: Sequence[str], names: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["git", *args],
        cwd=where,
        env=environment(),
        stdin=names,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
