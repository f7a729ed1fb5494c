"""What is known of a release on this computer, without asking anybody."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pubflow import lockfile
from pubflow.assemble import FOLDER, LOCK
from pubflow.claim import marker
from pubflow.journal import Journal, borrowed, writable
from pubflow.load import load
from pubflow.lockfile import Locked
from pubflow.tree import HashCache


@contextlib.contextmanager
def remembered(home: Path) -> Iterator[tuple[Path, HashCache | None]]:
    """The folder of earlier runs, and the digests that they took: bytes are not read again.

    None where there is no such folder. One that cannot be written is read all the same.
    """
    folder = home / FOLDER
    with contextlib.ExitStack() as stack:
        known = folder.is_dir()
        if known and not writable(folder):
            folder = stack.enter_context(borrowed(folder))
        cache = stack.enter_context(HashCache(folder / "hashes.db")) if known else None
        yield folder, cache


@dataclass(frozen=True, slots=True)
class Status:
    """What is known here without a network."""

    identity: str
    version: str
    locked: Locked
    unfinished: tuple[str, ...]
    done: tuple[str, ...]


def status(path: Path, *, env: Mapping[str, str]) -> Status:
    """What publish.lock and the journal beside `path` say. Looks at nothing else."""
    home = path.resolve().parent
    unfinished: list[str] = []
    done: list[str] = []
    with remembered(home) as (folder, cache), contextlib.ExitStack() as stack:
        release = load(path, env=env, hosts=frozenset({"*"}), hashes=cache).manifest.release
        if (folder / "journal.db").exists():
            journal = Journal(
                folder / "journal.db", str(marker(release.identity, "", release.version))
            )
            stack.callback(journal.close)
            unfinished, done = journal.unfinished(), journal.done()
    locked = lockfile.read(home / LOCK)
    return Status(release.identity, release.version, locked, tuple(unfinished), tuple(done))
