"""Sending the files of a draft, and comparing what arrived."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pubflow.clock import Time
from pubflow.errors import PubflowError, Transient
from pubflow.manifest import File, Target
from pubflow.packing import write
from pubflow.platforms.zenodo.api import Api
from pubflow.platforms.zenodo.instance import is_stand_in, packed
from pubflow.platforms.zenodo.parts import Parts
from pubflow.platforms.zenodo.state import Entry, Record

DIGESTING = 60.0
"""Seconds for which the MD5 of a file that came in parts is waited for at a time: a task of the
server's computes it after the commit."""
DIGESTING_HERE = 5.0
"""The same on this computer."""
FRESH = 5.0
"""Seconds for which nobody looks again whether another run has sent a file that was announced."""


class Sender:
    """Sends to one instance. Safe to use from one thread per target."""

    def __init__(self, api: Api, base: str, time: Time) -> None:
        self._api = api
        self._host = base.partition("://")[2]
        self._patience = DIGESTING_HERE if is_stand_in(base) else DIGESTING
        self._time = time
        self._parts = Parts(api, base)
        self._lock = threading.Lock()
        self._announced: dict[tuple[str, str], float] = {}
        """(draft, name) -> when it was announced here; its content has not been sent yet."""

    def upload(
        self, target: Target, record: Record, file: File, told: Callable[[int], None]
    ) -> None:
        """Send one file and compare what arrived. A stale entry of that name goes first.

        What was seen of it may be hours old, and another run may have sent it since: then both to
        take it away and to send content after its commit would delete it.
        """
        with self._lock:
            announced = self._announced.get((record.id, file.name))
        entry = record.entry(file.name)
        old = announced is not None and self._time.now() - announced > FRESH
        if old or (announced is None and entry is not None):
            seen = self._api.entry(record.id, file.name)
            entry = seen if isinstance(seen, Entry) else None
        if old and (entry is None or entry.status == "completed"):
            self._forget(record, file)
        if entry is not None and entry.holds(file):
            return
        if entry is not None and entry.status == "completed" and not entry.md5:
            self._compare(record, file, entry)
            return
        packing = packed(target)
        pack = packing.pack(file.name) if packing else None
        if pack is not None and not file.source.is_file():
            write(pack, file.source, file)
        _as_hashed(file)
        if not (self._parts.fits(file) and self._parts.send(record.id, entry, file, told)):
            self._whole(target, record, entry, file, told)
        with self._contested(record, file):
            got = self._api.commit(record.id, file.name)
        self._compare(record, file, got)
        if pack is not None:
            file.source.unlink(missing_ok=True)  # It can be made again from its files.

    def _whole(
        self,
        target: Target,
        record: Record,
        entry: Entry | None,
        file: File,
        told: Callable[[int], None],
    ) -> None:
        """Send a file in one piece. `entry` is what is there of it."""
        with self._lock:
            announced = (record.id, file.name) in self._announced
        if not announced and entry is not None:
            # Content after a commit deletes the file with a 200, and content that broke off counts
            # twice: so the entry is made anew.
            self._api.remove(record.id, file.name)
            with joining(self._api, record.id, file.name):
                self._api.init(record.id, [file.name])
        elif not announced:
            self._announce(target, record, file)
        self._forget(record, file)
        with self._contested(record, file):
            self._api.send(record.id, file.name, file.source, file.size, told)

    @contextmanager
    def _contested(self, record: Record, file: File) -> Iterator[None]:
        """A refusal of bytes, because another run took their entry away or completed it, is only
        unclear. What was announced here is not counted on any more."""
        try:
            yield
        except Transient:
            raise
        except PubflowError as no:
            now = self._api.draft(record.id)
            entry = now.entry(file.name) if isinstance(now, Record) else None
            if entry is not None and entry.status != "completed":
                raise
            with self._lock:
                self._announced = {k: at for k, at in self._announced.items() if k[0] != record.id}
            raise Transient(no.what, why=f"Another run is at work on it. {no.why}") from None

    def _announce(self, target: Target, record: Record, file: File) -> None:
        """Announce this file and all that are still to come, in one request."""
        there = {(record.id, entry.key) for entry in record.files if entry.key != file.name}
        with self._lock:
            there |= self._announced.keys()
        names = [
            other.name
            for other in target.files
            if (record.id, other.name) not in there
            and (other.name == file.name or not self._parts.fits(other))
        ]
        with joining(self._api, record.id, *names):
            self._api.init(record.id, names)
        with self._lock:
            self._announced |= {(record.id, name): self._time.now() for name in names}

    def _forget(self, record: Record, file: File) -> None:
        """Nothing is announced here any more: its content is sent now, or by another run."""
        with self._lock:
            self._announced.pop((record.id, file.name), None)

    def _compare(self, record: Record, file: File, got: Entry) -> None:
        """Raise unless what the server has is the file here; what is not is deleted there."""
        until = self._time.now() + self._patience
        while not got.md5 and got.size == file.size and (left := until - self._time.now()) > 0:
            self._time.sleep(min(left, 1.0))
            seen = self._api.entry(record.id, file.name)
            got = seen if isinstance(seen, Entry) else got
        if not got.md5 and got.size == file.size:
            raise Transient(
                f"{self._host} has not yet computed the MD5 of {file.name}.",
                why="Without it nobody knows whether all parts arrived as they were sent.",
            )
        if not got.holds(file):
            self._api.remove(record.id, file.name)
            _as_hashed(file, deeply=True)
            raise Transient(
                f"{file.name} arrived damaged at {self._host} and was deleted there.",
                why="Its size or MD5 was not that of the file here.",
            )


@contextmanager
def joining(api: Api, draft: str, *names: str) -> Iterator[None]:
    """A refusal, because another run put these files (any at all) there, is only unclear."""
    try:
        yield
    except Transient:
        raise
    except PubflowError as no:
        now = api.draft(draft)
        there = {entry.key for entry in now.files} if isinstance(now, Record) else set()
        if not (there & set(names) if names else there):
            raise
        raise Transient(no.what, why=f"Another run put it there meanwhile. {no.why}") from None


def _as_hashed(file: File, *, deeply: bool = False) -> None:
    """Raise unless the file here is still what was hashed; `deeply` reads all of it."""
    try:
        same = file.source.stat().st_size == file.size
        if same and deeply:
            digest = hashlib.md5(usedforsecurity=False)
            for block in _blocks(file.source):
                digest.update(block)
            same = digest.hexdigest() == file.md5
    except OSError:
        same = False
    if not same:
        raise PubflowError(
            f"{file.name} changed while the release was running.",
            why="What is published must be what was planned.",
            hint="Leave the files alone, then run again:\n\n    pubflow release",
        )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            yield block
