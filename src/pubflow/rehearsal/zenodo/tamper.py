"""What can happen to a record behind its owner's back."""

from __future__ import annotations

from pubflow.rehearsal.tamper import BadTamper, Tamper, not_here, spoil
from pubflow.rehearsal.wire import Blobs
from pubflow.rehearsal.zenodo.state import Document, Entry, Record, State


def tamper(state: State, blobs: Blobs, order: Tamper) -> str:
    """Change a published record. Raises BadTamper."""
    record, document = _found(state, order)
    data = document.metadata
    match order.kind:
        case "byte-changed":
            entry = _file(document, order)
            spoil(blobs, entry.sha256)
            return f"a byte of {entry.key} in record {record.id} changed"
        case "file-removed":
            entry = _file(document, order)
            del document.files[entry.key]
            return f"{entry.key} is gone from record {record.id}"
        case "text-edited":
            data["description"] = order.value or "<p>Edited.</p>"
        case "licence-gone":
            data["rights"] = []
        case "link-removed":
            related = data.get("related_identifiers") or []
            data["related_identifiers"] = [
                item for item in related if order.value and order.value not in item["identifier"]
            ]
        case "link-dead":
            del state.records[record.id]
            state.parents[record.parent].records.remove(record.id)
        case "visibility-off":
            document.access["files"] = "restricted"
        case "doi-missing":
            document.pids["doi"] = {**document.pids["doi"], "identifier": ""}
        case "author-renamed":
            who = data["creators"][0]["person_or_org"]
            key = "family_name" if "family_name" in who else "name"
            who[key] = order.value or "Somebody"
            if key == "family_name":
                who["name"] = f"{who['family_name']}, {who.get('given_name', '')}".strip(", ")
        case "title-changed":
            data["title"] = order.value or "Another title"
        case "version-changed":
            data["version"] = order.value or "9.9.9"
        case "date-changed":
            data["publication_date"] = order.value or "1999-12-31"
        case _:
            raise not_here(order, "Zenodo")
    return f"{order.kind} in record {record.id}"


def _found(state: State, order: Tamper) -> tuple[Record, Document]:
    for record in state.records.values():
        if record.published is not None and order.name in ("", record.id):
            return record, record.published
    raise BadTamper(f"there is no published record {order.name}".rstrip())


def _file(document: Document, order: Tamper) -> Entry:
    for entry in document.files.values():
        if order.file in ("", entry.key):
            return entry
    raise BadTamper(f"there is no file {order.file}".rstrip())
