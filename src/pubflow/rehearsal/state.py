"""Where the stand-ins' worlds live on disk: for one run, or from run to run."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pubflow.errors import PubflowError
from pubflow.rehearsal.wire import Standin

WRITE_EVERY = 0.2
"""Seconds for which changes are gathered before the world goes to disk."""
WORLD = "world.json"


@contextlib.contextmanager
def temporary() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pubflow-rehearsal-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def kept(state: Path) -> Iterator[Path]:
    """The state directory, made if absent, and ours alone for as long as this lasts."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (state / "lock").open("a+b")
    except OSError as error:
        raise PubflowError(
            f"The rehearsal's state directory {state} cannot be used: {error.strerror}.",
            why="The stand-ins keep their world there.",
            hint="Name another directory with --state.",
        ) from error
    with lock:
        if not _lock(lock):
            raise PubflowError(
                f"Another rehearsal is using {state}.",
                why="Two of them would overwrite each other's world.",
                hint="Stop the other one, or name another directory with --state.",
            )
        yield state


def _lock(file: IO[bytes]) -> bool:
    """Take the lock until the file is closed. Where there is no flock, trust the person."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Keeper:
    """Writes worlds to disk some time after they changed, and at the end."""

    def __init__(self, worlds: Mapping[str, tuple[Standin, Path]]) -> None:
        """`worlds`: by platform, the stand-in and the folder that its world is written to."""
        self._worlds = worlds
        self._changed: set[str] = set()
        self._some = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def mark(self, *platforms: str) -> None:
        self._changed.update(platforms)
        self._some.set()

    def close(self) -> None:
        """Write what is left. Nothing may be marked after it."""
        self._end.set()
        self._some.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.is_set():
            self._some.wait()
            self._end.wait(WRITE_EVERY)
            self._some.clear()
            self._flush()
        self._flush()

    def _flush(self) -> None:
        for platform, (standin, folder) in self._worlds.items():
            if platform in self._changed:
                # First forget, then write: a change in between is marked again.
                self._changed.discard(platform)
                self._write(standin, folder)

    def _write(self, standin: Standin, folder: Path) -> None:
        try:
            folder.mkdir(exist_ok=True)
            write(folder / WORLD, standin.dump())
        except Exception as error:
            # The rehearsal goes on in memory; the next change tries again.
            print(f"The world could not be written to {folder}: {error}", file=sys.stderr)


def write(path: Path, value: Any) -> None:
    """Whole or not at all, readable by its owner only."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote there; empty if nothing did. Raises PubflowError if it is damaged."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        value = error
    if not isinstance(value, dict):
        raise PubflowError(
            f"{path} cannot be read as what a rehearsal wrote.",
            why="The world of the last run starts from it.",
            hint="Remove the state directory, or name another with --state.",
        )
    return value
