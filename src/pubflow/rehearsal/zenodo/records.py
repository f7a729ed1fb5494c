"""What can be done to records and drafts, and when it is refused.

Statuses and messages recorded 2026-11-20; what a docstring calls a guess was not.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from pubflow.rehearsal.zenodo import vocabularies
from pubflow.rehearsal.zenodo.answers import (
    INTERNAL,
    NOT_FOUND,
    REVIEWED,
    REVIEWED_KEPT,
    Refusal,
    fault,
    invalid,
)
from pubflow.rehearsal.zenodo.identifiers import doi as bare_doi
from pubflow.rehearsal.zenodo.identifiers import url as web_address
from pubflow.rehearsal.zenodo.instance import PREFIX, Instance
from pubflow.rehearsal.zenodo.metadata import load
from pubflow.rehearsal.zenodo.reader import UNKNOWN, plain
from pubflow.rehearsal.zenodo.state import Document, Json, Parent, Record

NO_FILES = "Missing uploaded files."
NO_FILES_LONG = (
    "Missing uploaded files. To disable files for this record please mark it as metadata-only."
)
PENDING = "One or more files have not completed their transfer, please wait."
NO_PUBLISHER = "Missing publisher field required for DOI registration."
TAKEN = "A PID already exists for type doi"
KEPT = "Cannot discard a reserved or registered persistent identifier."
PAST = "Embargo end date must be set to a future date."
NOT_YOURS = "You don't have permissions to manage record access."


def _object(body: Any) -> Json:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Refusal(500, INTERNAL)
    return body


def create(instance: Instance, body: Any) -> tuple[Record, Document, list[Json]]:
    """A new draft. Not idempotent: every call makes another."""
    given = _object(body)
    now = instance.now()
    document = Document(created=now, updated=now, revision=3, bucket=instance.token())
    document.access = _access(instance, {}, [])
    errors = _fill(instance, document, given)
    parent = Parent(instance.number())
    number, instance.upcoming = instance.upcoming or instance.number(), ""
    record = Record(number, parent.id, index=1, draft=document, draft_created=now)
    parent.records.append(record.id)
    instance.state.parents[parent.id] = parent
    instance.state.records[record.id] = record
    instance.touch(record, document)
    return record, document, errors


def update(instance: Instance, record: Record, document: Document, body: Any) -> list[Json]:
    """Replace a draft: what is not sent of metadata and custom fields is gone afterwards."""
    given = _object(body)
    # The files stay the very same: bytes may be coming in for one of them.
    changed = replace(document)
    errors = _fill(instance, changed, given)
    if instance.dois == "optional" and "doi" not in document.pids:
        errors += _unlike_before(instance, record)
    if changed.files_enabled and not changed.files:
        errors.append(fault("files.enabled", NO_FILES if instance.zenodo else NO_FILES_LONG))
    record.draft = changed
    instance.touch(record, changed)
    return errors


def _fill(instance: Instance, document: Document, given: Json) -> list[Json]:
    document.metadata, errors = load(given.get("metadata"))
    document.custom_fields = _custom(instance, given.get("custom_fields"), errors)
    if given.get("access") is not None:
        document.access = _access(instance, given["access"], errors)
    files = given.get("files")
    if isinstance(files, dict):
        document.files_enabled = files.get("enabled", True) is not False
        if not document.files_enabled and instance.zenodo:
            document.files_enabled = True
            errors.append(
                fault("files.enabled", "You don't have permissions to manage files options.")
            )
        preview = files.get("default_preview")
        document.default_preview = preview if preview in document.files else None
        if isinstance(files.get("order"), list):
            document.order = [key for key in files["order"] if key in document.files]
    if isinstance(given.get("pids"), dict):
        oai = {key: value for key, value in document.pids.items() if key == "oai"}
        document.pids = oai | {k: v for k, v in given["pids"].items() if k == "doi"}
    errors += _doi_faults(instance, document)
    return errors


def _custom(instance: Instance, given: Any, errors: list[Json]) -> Json:
    kept: Json = {}
    for name, value in (given if isinstance(given, dict) else {}).items():
        path = f"custom_fields.{name}"
        if name not in instance.fields:
            errors.append(fault(path, UNKNOWN))
        elif name == "code:codeRepository" and not web_address(str(value)):
            errors.append(fault(path, "Not a valid URL."))
        elif name in ("code:programmingLanguage", "code:developmentStatus"):
            plural = "code:programmingLanguages"
            table = plural if name == "code:programmingLanguage" else name
            words = value if isinstance(value, list) else [value]
            ids = [word.get("id") if isinstance(word, dict) else word for word in words]
            for identifier in ids:
                if vocabularies.title(table, identifier) is None:
                    raise Refusal(400, f"Invalid value {identifier}.")
            kept[name] = [{"id": i} for i in ids] if table == plural else {"id": ids[0]}
        else:
            kept[name] = value
    return kept


def _access(instance: Instance, given: Any, errors: list[Json]) -> Json:
    """Refuses the whole save when a value is none; an embargo that makes no sense is only told.

    As InvenioRDM 14.0.5 did, which also takes an embargo of what is open.
    """
    given = given if isinstance(given, dict) else {}
    record, files = given.get("record", "public"), given.get("files", "public")
    named = ("record", "files") if given else ()
    faults = [f"'{name}'" for name in named if given.get(name) not in _LEVELS]
    if faults:
        raise invalid(fault("access", *faults, *([NOT_YOURS] if instance.zenodo else [])))
    if record == "restricted" and instance.zenodo:
        raise invalid(fault("access", NOT_YOURS))
    embargo = given.get("embargo")
    embargo = embargo if isinstance(embargo, dict) else {}
    shown: Json = {"active": False, "reason": None}
    if embargo.get("active"):
        until = embargo.get("until")
        if not isinstance(until, str) or until <= instance.today():
            errors.append(fault("access.embargo.until", PAST))
        shown = {"active": True, "reason": plain(embargo.get("reason"))}
        shown |= {"until": until} if isinstance(until, str) else {}
    return {"record": record, "files": files, "embargo": shown}


_LEVELS = ("public", "restricted")


def _doi_faults(instance: Instance, document: Document) -> list[Json]:
    """The message on a wrong prefix of a managed DOI is from ropenscilabs/deposits#103."""
    doi = document.pids.get("doi", {})
    name = str(doi.get("identifier", ""))
    prefix = name.split("/")[0]
    if doi.get("provider") == "external":
        if prefix == PREFIX:
            message = (
                f"The prefix '{PREFIX}' is managed by {instance.title}. Please supply an external "
                "DOI or select 'No' to have a DOI generated for you."
            )
            return [fault("pids.doi", message)]
        return [] if bare_doi(name) else [fault("pids.doi", "Invalid DOI identifier.")]
    faults = []
    if not document.metadata.get("publisher"):
        faults.append(fault("metadata.publisher", NO_PUBLISHER))
    if doi and prefix != PREFIX:
        message = f"Wrong DOI {prefix} prefix provided, it should be {PREFIX}"
        faults.append(fault("pids.doi", message))
    return faults


def _unlike_before(instance: Instance, record: Record) -> list[Json]:
    """Complained of while a later version has no DOI (components/pids.py; not recorded)."""
    if instance.latest(record.parent) is None:
        return []
    message = (
        f"A previous version used a DOI registered from {instance.title}. This version must also "
        f"use a DOI from {instance.title}."
    )
    return [fault("pids.doi", message)]


def reserve(instance: Instance, record: Record, document: Document) -> None:
    if instance.dois == "none":
        raise Refusal(500, INTERNAL)  # Nobody made provision for the missing provider there.
    if "doi" in document.pids:
        raise invalid(fault("pids.doi", TAKEN))
    document.pids["doi"] = instance.managed(instance.doi(record.id))
    instance.touch(record, document)


def unreserve(instance: Instance, record: Record, document: Document) -> None:
    """Only before the first publication; reserving again gives the same DOI."""
    if record.published is not None:
        raise invalid(fault("pids.doi", KEPT))
    if "doi" not in document.pids:
        raise Refusal(404, NOT_FOUND)
    del document.pids["doi"]
    instance.touch(record, document)


def discard(instance: Instance, record: Record) -> None:
    """An unpublished record is gone for good, its DOI and number too; an edit is only undone."""
    if record.review:
        raise Refusal(400, REVIEWED_KEPT)
    if record.published is not None:
        assert record.draft is not None
        record.draft_revision = record.draft.revision
        record.draft = None
        instance.touch(record)
        return
    parent = instance.state.parents[record.parent]
    parent.records.remove(record.id)
    del instance.state.records[record.id]
    instance.forget(record)
    if not parent.records:
        del instance.state.parents[parent.id]


def edit(instance: Instance, record: Record) -> tuple[Document, bool]:
    """The draft of a published record, and whether it was open already."""
    if record.draft is not None:
        return record.draft, True
    assert record.published is not None
    draft = copy.deepcopy(record.published)
    draft.created = record.draft_created
    draft.revision = record.draft_revision + 1
    draft.bucket = instance.token()
    record.draft = draft
    instance.touch(record, draft)
    return draft, False


def new_version(instance: Instance, record: Record) -> tuple[Record, Document, bool]:
    """The draft of the next version, and whether it was open already.

    It drops `version`, the DOI and the files; the publication date is today's.
    """
    assert record.published is not None
    parent = instance.state.parents[record.parent]
    versions = [instance.state.records[name] for name in parent.records]
    for other in versions:
        if other.published is None and other.draft is not None:
            return other, other.draft, True
    now = instance.now()
    source = record.published
    document = Document(
        created=now,
        updated=now,
        revision=3,
        bucket=instance.token(),
        metadata=copy.deepcopy(source.metadata) | {"publication_date": instance.today()},
        custom_fields=copy.deepcopy(source.custom_fields),
        access=copy.deepcopy(source.access),
        files_enabled=source.files_enabled,
    )
    document.metadata.pop("version", None)
    index = max(other.index for other in versions) + 1
    new = Record(instance.number(), parent.id, index, draft=document, draft_created=now)
    parent.records.append(new.id)
    instance.state.records[new.id] = new
    instance.touch(new, document)
    return new, document, False


def publishable(instance: Instance, record: Record, draft: Document) -> None:
    """Refuse what cannot be published, in three stages, so that one refusal does not show all.

    Metadata first, then files, then the DOI. An embargo that ended meanwhile is found with the
    metadata: publishing loads the whole draft strictly (invenio-rdm-records 36.0.0, AccessSchema).
    """
    if record.review:
        raise Refusal(400, REVIEWED)
    if errors := load(draft.metadata)[1]:
        raise invalid(*errors)
    until = draft.access["embargo"].get("until") or ""
    if draft.access["embargo"]["active"] and until <= instance.today():
        raise invalid(fault("access.embargo.until", PAST))
    if any(not entry.completed for entry in draft.files.values()):
        raise invalid(fault("files", PENDING))
    if draft.files_enabled and not draft.files:
        raise invalid(fault("files.enabled", NO_FILES_LONG))
    if errors := _doi_faults(instance, draft):
        raise invalid(*errors)


def lift(instance: Instance) -> None:
    """End the embargoes of published records whose day has come, as a daily task does."""
    for record in instance.state.records.values():
        if record.published is None or not record.published.access["embargo"]["active"]:
            continue
        for document in filter(None, (record.published, record.draft)):
            embargo = document.access["embargo"]
            if embargo["active"] and embargo["until"] <= instance.today():
                document.access |= {"files": "public", "embargo": {**embargo, "active": False}}
                instance.touch(record, document)


def finish(instance: Instance) -> None:
    """Bring the publishes to their end whose time has come, though nobody waits for an answer."""
    due = [name for at, name in instance.state.late if at <= instance.clock()]
    instance.state.late = [(at, name) for at, name in instance.state.late if name not in due]
    for name in due:
        record = instance.state.records.get(name)
        if record is not None and record.draft is not None:
            publish(instance, record, record.draft)


def publish(instance: Instance, record: Record, draft: Document) -> Document:
    """Publish what is publishable, else refuse."""
    publishable(instance, record, draft)
    now = instance.now()
    before = record.published
    document = copy.deepcopy(draft)
    document.created = before.created if before else now
    document.updated = now
    document.revision = before.revision + 1 if before else 3
    document.bucket = before.bucket if before else draft.bucket
    document.pids.setdefault("doi", instance.managed(instance.doi(record.id)))
    document.pids["oai"] = {"identifier": instance.oai(record.id), "provider": "oai"}
    parent = instance.state.parents[record.parent]
    if document.pids["doi"]["provider"] == "datacite" and not parent.doi:
        parent.doi = instance.doi(parent.id)
    record.draft_revision = draft.revision
    record.published, record.draft = document, None
    instance.touch(record)
    return document
