"""The files of a draft: announced, sent, committed, deleted, taken over from the last version.

Statuses and messages recorded 2026-11-20; what a docstring calls a guess was not.
"""

from __future__ import annotations

import copy
from typing import Any

from pubflow.rehearsal.wire import Blob
from pubflow.rehearsal.zenodo.answers import INTERNAL, LOCKED, Refusal, fault, invalid
from pubflow.rehearsal.zenodo.instance import MOST_FILES, Instance
from pubflow.rehearsal.zenodo.reader import MISSING, NO_STRING
from pubflow.rehearsal.zenodo.state import Document, Entry, Record

FAILED = "File upload transfer failed."
OCTETS = "application/octet-stream"


def announce(instance: Instance, record: Record, document: Document, body: Any) -> None:
    """All of the list or nothing of it. An open edit takes new names, but never their bytes.

    The message on too many files is a guess.
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
        raise Refusal(400, f"A record can have at most {MOST_FILES} files.")
    kinds = [_transfer(item) for item in listed]
    if set(kinds) & {"F", "R"}:
        raise Refusal(400, "Domain not allowed")
    for key, kind in zip(keys, kinds, strict=True):
        now = instance.now()
        document.files[key] = Entry(key, created=now, updated=now, transfer=kind)
    instance.touch(record, document)


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
    del document.files[key]
    document.order = [name for name in document.order if name != key]
    if document.default_preview == key:
        document.default_preview = None
    instance.touch(record, document)


def store(instance: Instance, record: Record, document: Document, entry: Entry, blob: Blob) -> None:
    entry.sha256, entry.md5, entry.size = blob.sha256, blob.md5, blob.size
    instance.touch(record, document)


def commit(instance: Instance, record: Record, document: Document, entry: Entry) -> None:
    """Again is fine; without content it is an internal error; Zenodo takes no empty file."""
    if not entry.sha256:
        raise Refusal(500, INTERNAL)
    if entry.size == 0 and instance.zenodo:
        raise Refusal(400, "Empty files are not accepted.")
    if not entry.completed:
        entry.completed = True
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
