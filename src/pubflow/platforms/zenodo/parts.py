"""Sending a large file in parts, where an instance takes them: what breaks off costs one part.

InvenioRDM takes parts since version 13 (transfer type "M"; invenio-records-resources, transfer/
providers/multipart.py, 2026-08). No instance says so beforehand: Zenodo announces such a file with
201 and refuses its parts with 403 (zenodo-rdm#1443, open in 2026-09), others refuse to announce it
or take it for a plain one. So it is tried once in a run, and an entry that cannot be filled is
deleted, as it would keep the record from being published.

Which parts are there no server tells. Sending a part again writes the same bytes to the same place,
so within a run only those without a clear answer are sent again, and a new run sends all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from pubflow.errors import Transient
from pubflow.manifest import File
from pubflow.platforms.zenodo.api import Api
from pubflow.platforms.zenodo.instance import is_zenodo
from pubflow.platforms.zenodo.state import Entry

FROM = 256 << 20
"""Bytes. Smaller files are sent whole: to send them again costs less than asking for parts."""
PART = 64 << 20
TRIES = 3
"""How often a first part may be lost before the file is sent whole."""
MOST = 1000
"""Parts of one file; S3 itself takes 10,000 of at least 5 MiB (docs.aws.amazon.com, 2026-11)."""


def part_size(size: int) -> int:
    """Bytes of each part but the last: whole MiB, so that no file has more than MOST parts."""
    least = -(-size // MOST)
    return max(PART, -(-least >> 20) << 20) if least > PART else PART


def spans(size: int, part: int) -> Iterator[tuple[int, int]]:
    """Start and length of each part."""
    for start in range(0, size, part):
        yield start, min(part, size - start)


class Parts:
    """What is known of one instance, and of the files that are on their way to it."""

    def __init__(self, api: Api, base: str) -> None:
        self._api = api
        self._taken = not is_zenodo(base)
        self._lock = threading.Lock()
        self._lost = 0
        """How often a part got no clear answer while none had arrived at all."""
        self._arrived: dict[tuple[str, str], set[int]] = {}

    def fits(self, file: File) -> bool:
        """Whether the file is to be sent in parts, as far as is known."""
        return self._taken and file.size >= FROM

    def send(
        self, record: str, entry: Entry | None, file: File, told: Callable[[int], None]
    ) -> bool:
        """Send the file in parts. False: the instance takes none, and has no entry of it now.

        `entry` is what is there of it already.
        """
        size = part_size(file.size)
        wanted = list(spans(file.size, size))
        key = (record, file.name)
        addresses: tuple[str, ...] | None = None
        if entry is not None:
            seen = self._api.entry(record, file.name)
            parts = seen.parts if isinstance(seen, Entry) and seen.status == "pending" else ()
            if len(parts) == len(wanted):
                addresses = parts
            else:
                self._api.remove(record, file.name)
        if addresses is None:
            self._arrived.pop(key, None)
            addresses = self._api.init_parts(record, file.name, file.size, size, len(wanted))
        if addresses is None:
            self._taken = False
            return False
        with self._lock:
            arrived = self._arrived.setdefault(key, set())
        for number, ((start, length), address) in enumerate(zip(wanted, addresses, strict=False)):
            if number in arrived:
                told(length)
            elif self._part(address, file, start, length, told):
                arrived.add(number)
            else:
                addresses = ()
                break
        if len(addresses) == len(wanted):
            return True
        self._taken = False
        self._api.remove(record, file.name)
        return False

    def _part(
        self, address: str, file: File, start: int, length: int, told: Callable[[int], None]
    ) -> bool:
        """Send one part. False: parts are refused, or cut off as often as if they were.

        A server that refuses does so before it has read the part, and its no may be lost with the
        connection that it closes.
        """
        try:
            taken = self._api.send_part(address, file.name, file.source, start, length, told)
        except Transient:
            with self._lock:
                self._lost += not any(self._arrived.values())
                lost = self._lost
            if lost < TRIES:
                raise
            return False
        return taken
