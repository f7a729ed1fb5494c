"""The files of a draft: announced, sent, committed, deleted, taken over from the last version.

Statuses and messages recorded 2026-11-20; what a docstring calls a guess was not.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

from pubflow.rehearsal.wire import BLOCK, Blob, Blobs
from pubflow.rehearsal.zenodo.answers import INTERNAL, LOCKED, Refusal, fault, invalid
from pubflow.rehearsal.zenodo.instance import DIGESTING, MOST_FILES, Instance
from pubflow.rehearsal.zenodo.reader import MISSING, NO_STRING
from pubflow.rehearsal.zenodo.state import Document, Entry, Json, Record

FAILED = "File upload transfer failed."
OCTETS = "application/octet-stream"
TOO_MANY = "Uploading selected files will result in exceeding the max amount per record."
RACE = 0.02
"""Seconds after a commit in which a deletion may fail."""


def announce(instance: Instance, record: Record, document: Document, body: Any) -> None:
    """All of the list or nothing of it. An open edit takes new names, but never their bytes.

    The message on too many files is invenio-records-resources' (resources/errors.py, 2026-08).
    """
    listed = body if isinstance(body, list) else [None]
    keys: list[str] = []
    faults = []
    for number, item in enumerate(listed):
        if not isinstance(item, dict):
            faults.append(fault(f"{number}._schema", "Invalid input type."))
        elif "key" not in item:
            faults.append(fault(f"{number}.key", MISSING))
        elif not isinstance(item["key"], str):
            faults.append(fault(f"{number}.key", NO_STRING))
        else:
            keys.append(item["key"])
    if faults:
        raise invalid(*faults)
    for number, key in enumerate(keys):
        if key in document.files or key in keys[:number]:
            raise Refusal(400, f"File with key {key} already exists.")
    if len(document.files) + len(keys) > MOST_FILES:
        raise Refusal(400, TOO_MANY)
    kinds = [_transfer(item) for item in listed]
    if set(kinds) & {"F", "R"}:
        raise Refusal(400, "Domain not allowed")
    made = [_announced(instance, item, key) for item, key in zip(listed, keys, strict=True)]
    document.files |= {entry.key: entry for entry in made}
    instance.touch(record, document)


def _announced(instance: Instance, item: Any, key: str) -> Entry:
    """A file that comes in parts says how many, of what size, and its own (multipart.py of
    invenio-records-resources, 2026-08, with a local store). Statuses of its refusals are guesses.
    """
    now, kind = instance.now(), _transfer(item)
    entry = Entry(key, created=now, updated=now, transfer=kind)
    if kind == "M":
        count, each = item["transfer"].get("parts"), item["transfer"].get("part_size")
        if not count:
            raise Refusal(400, "Multipart file transfer requires parts.")
        if not item.get("size"):
            raise Refusal(400, "Multipart file transfer requires file size.")
        if not each:
            raise Refusal(400, "Multipart file transfer to local storage requires part_size.")
        entry.size_said, entry.part_size = int(item["size"]), int(each)
        entry.parts = {str(number): "" for number in range(1, int(count) + 1)}
    return entry


def span(entry: Entry, number: int) -> int:
    """How many bytes a part must have. Raises what the server says to another length."""
    if str(number) not in entry.parts:
        message = "Part number is higher than total parts sent in multipart initialization."
        raise Refusal(400, message)
    last = number == len(entry.parts)
    return entry.size_said - (number - 1) * entry.part_size if last else entry.part_size


def part_links(here: str, entry: Entry) -> list[Json]:
    """Where parts are sent: all of them, whether they came or not (2026-08)."""
    until = "2999-01-01T00:00:00+00:00"
    return [
        {"part": int(number), "url": f"{here}/content/{number}", "expiration": until}
        for number in entry.parts
    ]


def joined(instance: Instance, record: Record, entry: Entry, blobs: Blobs) -> None:
    """All parts as one file. One that never came is zeros, as the file was laid out whole."""
    body = Joined(
        blobs.stream(sha256) if sha256 else zeros(span(entry, int(number)))
        for number, sha256 in entry.parts.items()
    )
    blob = blobs.put(body, entry.size_said)  # type: ignore[arg-type]
    entry.sha256, entry.md5, entry.size = blob.sha256, blob.md5, blob.size
    entry.transfer, entry.parts = "L", {}
    entry.digest_at = instance.clock() + DIGESTING


def zeros(count: int) -> Iterator[bytes]:
    while count > 0:
        yield bytes(min(count, BLOCK))
        count -= BLOCK


class Joined:
    """Blocks of bytes from several places, read as one file."""

    def __init__(self, places: Iterator[Iterator[bytes]]) -> None:
        self._blocks = itertools.chain.from_iterable(places)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            block = next(self._blocks, b"")
            if not block:
                break
            self._rest += block
        size = len(self._rest) if size < 0 else size
        out, self._rest = self._rest[:size], self._rest[size:]
        return out


def _transfer(item: Any) -> str:
    kind = item.get("transfer") if isinstance(item, dict) else None
    return str(kind.get("type", "L")) if isinstance(kind, dict) else "L"


def find(record: Record, document: Document, key: str) -> Entry:
    entry = document.files.get(key)
    if entry is None:
        raise Refusal(404, f"Record '{record.id}' has no file '{key}'.")
    return entry


def writable(record: Record, document: Document, key: str) -> Entry:
    """The entry, unless the files are those of a published record."""
    entry = find(record, document, key)
    if record.published is not None:
        raise Refusal(403, LOCKED)
    return entry


def room(instance: Instance, record: Record, document: Document, key: str, size: int) -> None:
    """Refuse what is over the limit: 413, recorded; its messages are invenio-files-rest's."""
    quota = instance.quota + record.extra
    others = sum(entry.size for entry in document.files.values() if entry.key != key)
    if size > quota:
        raise Refusal(413, "Maximum file size exceeded.")
    if others + size > quota:
        raise Refusal(413, "Bucket quota exceeded.")


def remove(instance: Instance, record: Record, document: Document, key: str) -> None:
    entry = document.files[key]
    if instance.racy and instance.clock() - entry.committed_at < RACE:
        entry.committed_at = 0.0
        raise Refusal(500, INTERNAL)
    del document.files[key]
    document.order = [name for name in document.order if name != key]
    if document.default_preview == key:
        document.default_preview = None
    instance.touch(record, document)


def store(instance: Instance, record: Record, document: Document, entry: Entry, blob: Blob) -> None:
    entry.sha256, entry.md5, entry.size = blob.sha256, blob.md5, blob.size
    instance.touch(record, document)


def commit(
    instance: Instance, record: Record, document: Document, entry: Entry, blobs: Blobs
) -> None:
    """Again is fine; without content it is an internal error; Zenodo takes no empty file."""
    if entry.transfer == "M":
        joined(instance, record, entry, blobs)
    if not entry.sha256:
        raise Refusal(500, INTERNAL)
    if entry.size == 0 and instance.zenodo:
        raise Refusal(400, "Empty files are not accepted.")
    if not entry.completed:
        entry.completed = True
        entry.committed_at = instance.clock()
        entry.file_id, entry.version_id = instance.token(), instance.token()
    entry.updated = instance.now()
    instance.touch(record, document)


def take_over(instance: Instance, record: Record, document: Document) -> None:
    """Link the files of the version before; only into an empty draft."""
    if document.files:
        raise invalid(fault("files.enabled", "Please remove all files first."))
    versions = instance.state.parents[record.parent].records
    others = [instance.state.records[name] for name in versions]
    before = [other for other in others if other.published and other.index < record.index]
    source = max(before, key=lambda other: other.index).published if before else None
    for key, entry in source.files.items() if source else ():
        taken = copy.deepcopy(entry)
        taken.created = taken.updated = instance.now()
        taken.version_id = instance.token()
        document.files[key] = taken
    instance.touch(record, document)
