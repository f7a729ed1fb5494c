"""The folder that a run keeps its memory in, and the disk below it."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pubflow.errors import PubflowError

MOUNTS = Path("/proc/self/mounts")
"""Linux's list of file systems, proc_pid_mounts(5)."""
DISTANT = re.compile(
    r"nfs4?|cifs|smb3|smbfs|9p|afs|ceph|glusterfs|lustre|beegfs|gpfs|panfs"
    r"|fuse\.(sshfs|glusterfs|ceph|s3fs|rclone)"
)
"""File systems of other computers."""


def distant(path: Path) -> bool:
    """Whether a file lies on another computer's disk, as far as this system tells."""
    try:
        lines = MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    here = path.resolve()
    mounted: dict[Path, str] = {}
    for line in lines:
        _, place, kind, *_ = line.split(" ")
        # Blanks and the like are written in octal.
        place = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), place)
        mounted[Path(place)] = kind  # The last of several at one place is the one that is seen.
    around = [folder for folder in (here, *here.parents) if folder in mounted]
    return bool(around) and DISTANT.fullmatch(mounted[around[0]]) is not None


def unwritable(path: Path, broken: Exception) -> PubflowError:
    return PubflowError(
        f"{path} cannot be written: {getattr(broken, 'strerror', None) or broken}.",
        why="Without it nothing is sent, because a change must be noted before it leaves.",
        hint="Free some space, or give write permission to the folder, then run again.",
    )


def _no_link(path: Path) -> None:
    if path.is_symlink():
        raise PubflowError(
            f"{path} is a link to another place.",
            why="What pubflow writes must stay in this folder; the link may have come with somebody"
            " else's files.",
            hint=f"Remove it, then run again:\n\n    rm {shlex.quote(str(path))}",
        )


def private_folder(folder: Path) -> Path:
    """Make `folder` (for this user alone, ignored by git) and return it.

    Raises PubflowError when the disk does not take it, or when it is or holds a link.
    """
    _no_link(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in folder.iterdir():
            _no_link(path)
        with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("x") as ignore:
            ignore.write("*\n")
    except OSError as broken:
        raise unwritable(folder, broken) from None
    return folder


def writable(folder: Path) -> bool:
    """Whether `folder` can be written, or made if it is not there."""
    return os.access(folder if folder.exists() else folder.parent, os.W_OK | os.X_OK)


@contextlib.contextmanager
def borrowed(folder: Path) -> Iterator[Path]:
    """A copy of what `folder` remembers, gone afterwards: for looking where it cannot be written.

    What cannot be read is not remembered. Raises PubflowError when it is or holds a link.
    """
    _no_link(folder)
    with tempfile.TemporaryDirectory(prefix="pubflow-") as copy:
        for name in ("journal.db", "journal.db-wal", "hashes.db"):
            with contextlib.suppress(OSError):
                _no_link(folder / name)
                shutil.copyfile(folder / name, Path(copy, name))
        yield Path(copy)
