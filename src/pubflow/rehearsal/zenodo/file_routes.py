"""The routes of files, and of the pages for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import PurePosixPath

from pubflow.rehearsal.body import BodyLost
from pubflow.rehearsal.wire import Blobs, Response
from pubflow.rehearsal.zenodo import answers, files, pages
from pubflow.rehearsal.zenodo.answers import JSON, NATIVE, Refusal
from pubflow.rehearsal.zenodo.call import Call
from pubflow.rehearsal.zenodo.record_routes import EMPTY
from pubflow.rehearsal.zenodo.shapes import mimetype
from pubflow.rehearsal.zenodo.state import Document, Entry, Record

DRAFT_TYPES = (JSON, NATIVE)
RECORD_TYPES = (JSON,)
"""The files of a published record come in one form only: InvenioRDM's `Accept` gets 406."""


def listed(call: Call) -> Response:
    kind = answers.accepted(call.request, DRAFT_TYPES)
    record, document = call.draft()
    return Response.of(call.view.files(record, document), content_type=kind)


def announce(call: Call) -> Response:
    kind = answers.accepted(call.request, DRAFT_TYPES)
    body = call.body()
    record, document = call.draft()
    files.announce(call.instance, record, document, body)
    return Response.of(call.view.files(record, document), 201, content_type=kind)


def empty(call: Call) -> Response:
    record, document = call.draft()
    for key in list(document.files):
        files.writable(record, document, key)
        files.remove(call.instance, record, document, key)
    return Response(204, b"", dict(EMPTY))


def one(call: Call) -> Response:
    record, document = call.draft()
    return _entry(call, record, document, files.find(record, document, call.key))


def describe(call: Call) -> Response:
    """The metadata of a file is taken and not kept: nothing of a release is in it."""
    call.body()
    record, document = call.draft()
    return _entry(call, record, document, files.writable(record, document, call.key))


def _entry(
    call: Call, record: Record, document: Document, entry: Entry, status: int = 200
) -> Response:
    kind = answers.accepted(call.request, DRAFT_TYPES)
    return Response.of(call.view.file(record, document, entry), status, content_type=kind)


def commit(call: Call, blobs: Blobs) -> Response:
    record, document = call.draft()
    entry = files.writable(record, document, call.key)
    files.commit(call.instance, record, document, entry, blobs)
    response = _entry(call, record, document, entry)
    entry.scanned = True
    return response


def remove(call: Call) -> Response:
    record, document = call.draft()
    files.writable(record, document, call.key)
    files.remove(call.instance, record, document, call.key)
    return Response(204, b"", dict(EMPTY))


def take_over(call: Call) -> Response:
    kind = answers.accepted(call.request, DRAFT_TYPES)
    record, document = call.draft()
    files.take_over(call.instance, record, document)
    return Response.of(call.view.files(record, document), 201, content_type=kind)


def receive(call: Call, blobs: Blobs, unlocked: AbstractContextManager[None]) -> Response:
    """The bytes of one file, read without the lock.

    A file that was committed before is gone afterwards, and the answer is 200 with `errors`; one
    whose length is not as announced is gone too.
    """
    _octets(call)
    record, document = call.draft()
    entry = files.writable(record, document, call.key)
    announced = call.request.headers.get("content-length", "")
    if announced.isdigit():
        files.room(call.instance, record, document, call.key, int(announced))
    if entry.transfer != "L":
        raise Refusal(403, answers.DENIED)
    if entry.completed:
        response = Response.of(call.view.file(record, document, entry) | {"errors": files.FAILED})
        files.remove(call.instance, record, document, call.key)
        return response
    try:
        with unlocked:
            blob = blobs.put(call.request.body, int(announced) if announced.isdigit() else None)
    except BodyLost:
        if call.instance.drops_broken and document.files.get(call.key) is entry:
            files.remove(call.instance, record, document, call.key)
        raise
    record, document = call.draft()
    if files.find(record, document, call.key) is not entry:
        raise Refusal(404, answers.NOT_FOUND)
    if announced.isdigit() and int(announced) != blob.size:
        files.remove(call.instance, record, document, call.key)
        raise Refusal(400, "Content-Length does not match file size.")
    files.room(call.instance, record, document, call.key, blob.size)
    files.store(call.instance, record, document, entry, blob)
    return _entry(call, record, document, entry)


def part(call: Call, blobs: Blobs, unlocked: AbstractContextManager[None]) -> Response:
    """One part of a file, read without the lock; the same part again replaces it.

    Zenodo announces such files with 201 and refuses their parts (zenodo-rdm#1443).
    """
    record, document = call.draft()
    entry = files.writable(record, document, call.key)
    if call.instance.zenodo or entry.transfer != "M":
        raise Refusal(403, answers.DENIED)
    _octets(call)
    number = int(call.names["part"])
    wanted = files.span(entry, number)
    if call.request.headers.get("content-length") != str(wanted):
        message = "Size of this part must be equal to part_size sent in multipart initialization."
        raise Refusal(400, message)
    with unlocked:
        blob = blobs.put(call.request.body, wanted)
    entry.parts[str(number)] = blob.sha256
    return _entry(call, record, document, entry)


def _octets(call: Call) -> None:
    kind = call.request.headers.get("content-type", "")
    if kind.split(";")[0].strip() != files.OCTETS:
        message = f"Invalid 'Content-Type' header. Expected one of: {files.OCTETS}"
        raise Refusal(415, message)


def draft_bytes(call: Call, blobs: Blobs) -> Response:
    record, document = call.draft()
    return _bytes(call, blobs, record, document)


def published_list(call: Call) -> Response:
    answers.accepted(call.request, RECORD_TYPES)
    record, document = _readable(call)
    return Response.of(call.view.files(record, document))


def published_one(call: Call) -> Response:
    answers.accepted(call.request, RECORD_TYPES)
    record, document = _readable(call)
    return Response.of(call.view.file(record, document, files.find(record, document, call.key)))


def published_bytes(call: Call, blobs: Blobs) -> Response:
    answers.accepted(call.request, RECORD_TYPES)
    record, document = _readable(call)
    return _bytes(call, blobs, record, document)


def _readable(call: Call) -> tuple[Record, Document]:
    record, document = call.instance.published(call.id)
    if "restricted" in (document.access["record"], document.access["files"]):
        call.allow()
    return record, document


def _bytes(call: Call, blobs: Blobs, record: Record, document: Document) -> Response:
    entry = files.find(record, document, call.key)
    if not entry.sha256:
        raise Refusal(404, answers.NOT_FOUND)
    kind = mimetype(entry.key)
    headers = {
        "content-type": "text/plain; charset=utf-8" if kind.startswith("text/") else files.OCTETS,
        "content-length": str(entry.size),
    }
    if not call.instance.zenodo:
        headers["etag"] = f'"md5:{entry.md5}"'
    if "download" in call.request.query:
        name = PurePosixPath(entry.key).name.encode("ascii", "replace").decode().replace('"', "'")
        headers["content-disposition"] = f'attachment; filename="{name}"'
    if entry.size == 0:
        return Response(200, b"", headers)
    kept = blobs.open(entry.sha256)
    if kept is None:
        raise Refusal(503, "The rehearsal kept only the digest of this file, not its bytes.")
    kept.close()
    if call.request.method == "HEAD":
        return Response(200, b"", headers)
    stream: Iterator[bytes] = blobs.stream(entry.sha256)
    return Response(200, stream, headers)


def page(call: Call) -> Response:
    """The landing page: of a published record for all, of a draft for its owner."""
    instance = call.instance
    if call.id in instance.state.parents:
        newest = instance.latest(call.id)
        return pages.moved(f"/records/{newest.id}") if newest else pages.missing()
    record = instance.state.records.get(call.id)
    if record is None:
        return pages.missing()
    preview = record.published is None or call.request.arg("preview") == "1"
    document = record.draft if preview and call.owner and record.draft else record.published
    if document is None or (document.access["record"] != "public" and not call.owner):
        return pages.missing()
    return pages.landing(instance, record, document, call.request.base)


def newest(call: Call) -> Response:
    state = call.instance.state
    record = state.records.get(call.id)
    found = call.instance.latest(record.parent) if record else None
    return pages.moved(f"/records/{found.id}") if found else pages.missing()


def page_bytes(call: Call, blobs: Blobs) -> Response:
    """A download from the page: any `Accept` will do."""
    record, document = _readable(call)
    return _bytes(call, blobs, record, document)


def resolve(call: Call) -> Response:
    """What a resolver does with a registered DOI: lead to the record, or its newest version."""
    state = call.instance.state
    for parent in state.parents.values():
        if parent.doi == call.key and (found := call.instance.latest(parent.id)):
            return pages.moved(f"/records/{found.id}")
    for record in state.records.values():
        document = record.published
        if document and document.pids["doi"]["identifier"] == call.key:
            return pages.moved(f"/records/{record.id}")
    return pages.missing()


def badge(call: Call) -> Response:
    return pages.badge(call.key.removesuffix(".svg"))
