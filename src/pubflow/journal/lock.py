"""The lock against a second run on this computer: comfort, not safety; safety is the claim."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pubflow.errors import Refused
from pubflow.journal.disk import private_folder, unwritable


@contextlib.contextmanager
def only_run(folder: Path, *, now: Callable[[], float] = time.time) -> Iterator[None]:
    """Hold the lock against a second run on this computer. Raises Refused if there is one.

    A lock of a process that died is free, whatever is written in it: the system drops it. The lock
    is comfort, not safety; safety is the claim.
    """
    try:
        handle = os.open(private_folder(folder) / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as broken:
        raise unwritable(folder / "lock", broken) from None
    try:
        if not _take(handle):
            who = os.read(handle, 200).decode("utf-8", "replace").strip()
            raise Refused(
                "Another run of pubflow is at work here" + (f" ({who})." if who else "."),
                why="Two at once would send everything twice.",
                hint="Wait until it has ended.",
            )
        os.ftruncate(handle, 0)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now()))
        # On a disk that computers share, a process has to be looked for on its own.
        who = f"process {os.getpid()} on {socket.gethostname()}, since {since}\n"
        os.write(handle, who.encode("utf-8", "replace"))
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # A file system without locks: then only the claim keeps two runs apart.
        return True
