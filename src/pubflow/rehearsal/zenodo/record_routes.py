"""The routes of records, drafts, lists and vocabularies."""

from __future__ import annotations

import re

from pubflow.rehearsal.wire import Response
from pubflow.rehearsal.zenodo import answers, pages, records, vocabularies
from pubflow.rehearsal.zenodo.answers import JSON, NATIVE, NO_SUCH_PID, Refusal
from pubflow.rehearsal.zenodo.call import Call
from pubflow.rehearsal.zenodo.instance import ALLOWANCE
from pubflow.rehearsal.zenodo.state import Document, Json, Parent

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

EMPTY = {"content-type": "text/html; charset=utf-8"}
"""A 204 is labelled so (recorded)."""


def _revision(call: Call, document: Document) -> None:
    """`If-Match` takes the bare number; the ETag with its quotes is refused (recorded)."""
    wanted = call.request.headers.get("if-match")
    if wanted is None:
        return
    if not wanted.strip().lstrip("-").isdigit():
        raise answers.invalid(answers.fault("if_match", "Not a valid integer."))
    if int(wanted) != document.revision:
        message = (
            f"Revision id provided({wanted}) doesn't match with record's one({document.revision})"
        )
        raise Refusal(412, message)


def create(call: Call) -> Response:
    body = call.body()
    call.allow()
    record, document, errors = records.create(call.instance, body)
    return call.one(record, document, 201, new=True, errors=errors)


def read_draft(call: Call) -> Response:
    return call.one(*call.draft(NO_SUCH_PID))


def update(call: Call) -> Response:
    body = call.body()
    record, document = call.draft(NO_SUCH_PID)
    _revision(call, document)
    errors = records.update(call.instance, record, document, body)
    assert record.draft is not None
    return call.one(record, record.draft, errors=errors)


def discard(call: Call) -> Response:
    record, document = call.draft()
    _revision(call, document)
    records.discard(call.instance, record)
    return Response(204, b"", dict(EMPTY))


def reserve(call: Call) -> Response:
    record, document = call.draft()
    records.reserve(call.instance, record, document)
    return call.one(record, document, 201)


def unreserve(call: Call) -> Response:
    record, document = call.draft()
    records.unreserve(call.instance, record, document)
    return call.one(record, document)


def edit(call: Call) -> Response:
    record = call.instance.record(call.id)
    call.allow()
    document, again = records.edit(call.instance, record)
    return call.one(record, document, 201, bare=again)


def publish(call: Call) -> Response:
    record, document = call.draft()
    if call.instance.blocked:
        call.instance.shut()
        raise Refusal(400, answers.BLOCKED)
    instance = call.instance
    if record.id in (name for _, name in instance.state.late):
        raise Refusal(500, answers.INTERNAL)  # Two at once trip over each other.
    if instance.publishing:
        records.publishable(instance, record, document)
        instance.state.late.append((instance.clock() + instance.publishing, record.id))
        return pages.timed_out()
    return call.one(record, records.publish(instance, record, document), 202)


def review(call: Call) -> Response:
    """Hand the draft to a community's curators; what they do then is not played here."""
    body = call.body()
    record, _ = call.draft()
    if not isinstance(body, dict) or not (body.get("receiver") or {}).get("community"):
        raise answers.invalid(answers.fault("receiver", "Missing data for required field."))
    record.review = True
    return Response.of({"id": call.instance.token(), "type": "community-submission", **body})


def new_version(call: Call) -> Response:
    record, published = call.instance.published(call.id)
    call.allow()
    if call.instance.zenodo and published.pids["doi"]["provider"] == "external":
        raise Refusal(403, answers.DENIED)  # zenodo-rdm, permissions.py, 2026-08; not recorded.
    new, document, again = records.new_version(call.instance, record)
    return call.one(new, document, 201, bare=again)


def read(call: Call) -> Response:
    if call.id in call.instance.state.parents:
        latest = call.instance.latest(call.id)
        if latest is not None:
            return pages.moved(f"/api/records/{latest.id}")
        raise Refusal(404, NO_SUCH_PID)
    record, document = call.instance.published(call.id)
    if document.access["record"] != "public":
        call.allow()
    return call.one(record, document, read=True)


def delete(call: Call) -> Response:
    """Published records are not deleted here, whoever asks (recorded)."""
    call.instance.record(call.id)
    raise Refusal(403, answers.DENIED)


def take_back(call: Call) -> Response:
    """Its owner may delete a record in its first 30 days (help.zenodo.org; not recorded)."""
    body = call.body()
    record, _ = call.instance.published(call.id)
    call.allow()
    reason = body.get("reason") if isinstance(body, dict) else None
    if not isinstance(reason, str) or not call.instance.zenodo:
        raise Refusal(400, answers.INVALID)
    record.removed = reason
    call.instance.touch(record)
    return Response.of({"status": "accepted", "topic": {"record": record.id}})


def enlarge(call: Call) -> Response:
    """More room for one record, out of what the account has besides; Zenodo's own (2026-08-13).

    `quota_size` is the new whole in GB. Not recorded.
    """
    body = call.body()
    record = call.instance.record(call.id)
    call.allow()
    size = str(body.get("quota_size", "")) if isinstance(body, dict) else ""
    if not call.instance.zenodo:
        raise Refusal(404, answers.UNKNOWN_URL)
    if not size.isdigit():
        raise answers.invalid(answers.fault("quota_size", "Not a valid number."))
    extra = max(0, int(size) * 10**9 - call.instance.quota)
    others = sum(r.extra for r in call.instance.state.records.values() if r is not record)
    if others + extra > ALLOWANCE:
        raise Refusal(403, answers.DENIED)
    record.extra = extra
    return Response.of({"quota_size": call.instance.quota + extra})


def versions(call: Call) -> Response:
    record, _ = call.instance.published(call.id)
    found = [
        call.view.record(other, other.published, hit=True)
        for other in call.instance.searchable()
        if other.parent == record.parent and other.published
    ]
    return call.listed(found, f"/api/records/{call.id}/versions", "version")


def latest(call: Call) -> Response:
    state = call.instance.state
    parent = call.id if call.id in state.parents else call.instance.record(call.id).parent
    newest = call.instance.latest(parent)
    if newest is None:
        raise Refusal(404, answers.NOT_REGISTERED)
    address = f"{call.request.base}/api/records/{newest.id}"
    body = {"status": 301, "message": "Redirecting...", "location": address}
    return Response.of(body, 301, location=address)


def public(call: Call) -> Response:
    """Every published record, of each work the latest unless `allversions`."""
    every = call.request.arg("allversions").lower() == "true"
    found = [
        call.view.record(record, record.published, hit=True)
        for record in call.instance.searchable()
        if record.published and record.published.access["record"] == "public"
    ]
    found = [hit for hit in found if every or hit["versions"]["is_latest"]]
    more = {"allversions": "True"} if every else {}
    return call.listed(found, "/api/records", "newest", **more)


def own(call: Call) -> Response:
    """Drafts and published records of the token's owner; an edit shows as its draft."""
    call.page("newest" if call.instance.zenodo else "updated-desc")  # Judged before who asks.
    call.allow()
    every = call.request.arg("allversions").lower() == "true"
    shared = call.request.arg("shared_with_me").lower() == "true"
    found = []
    for record in () if shared else call.instance.searchable():
        document = record.draft or record.published
        if document is not None:
            found.append(call.view.record(record, document, hit=True))
    found = [hit for hit in found if every or hit["versions"]["is_latest_draft"]]
    more = {"allversions": "True"} if every else {}
    default = "newest" if call.instance.zenodo else "updated-desc"
    return call.listed(found, "/api/user/records", default, **more)


def word(call: Call) -> Response:
    found = vocabularies.look_up(call.names["kind"], call.id, call.instance.zenodo)
    return _found(call, found)


def named(call: Call) -> Response:
    return _found(call, vocabularies.named(call.names["kind"], call.id))


def _found(call: Call, found: Json | None) -> Response:
    kind = answers.accepted(call.request, (JSON, NATIVE))
    if found is None:
        raise Refusal(404, NO_SUCH_PID)
    return Response.of(found, content_type=kind, etag='"1"')


def community(call: Call) -> Response:
    """By its slug or its id, as where a record is to join one."""
    if call.id.startswith("unknown-"):
        raise Refusal(404, NO_SUCH_PID)
    known = call.instance.state.communities
    found = vocabularies.community(known.get(call.id, call.id))
    known[found["id"]] = found["slug"]
    return _found(call, found)


def join(call: Call) -> Response:
    """Ask to be included: at once where the community lets its members do so and no review is
    asked for, else a request stays open (invenio-rdm-records, services/communities and
    community_inclusion, 2026-08; not recorded).
    """
    body = call.body()
    record, _ = call.instance.published(call.id)
    call.allow()
    parent = call.instance.state.parents[record.parent]
    listed = body.get("communities", []) if isinstance(body, dict) else []
    processed, errors = [], []
    for item in listed:
        given = str(item.get("id", ""))
        slug = call.instance.state.communities.get(given, given)
        known = vocabularies.community(slug)
        if no := _kept_out(given, known, parent):
            errors.append({"community_id": given, "message": no})
            continue
        review = bool(item.get("require_review")) or known["access"]["review_policy"] == "closed"
        request = {
            "id": call.instance.token(),
            "type": "community-inclusion",
            "status": "submitted" if review else "accepted",
            "is_open": review,
            "receiver": {"community": known["id"]},
            "topic": {"record": record.id},
        }
        if review:
            parent.requests.append(request)
        else:
            parent.communities.append(slug)
        processed.append({"community_id": given, "request_id": request["id"], "request": request})
    call.instance.touch(record)
    answer = {"processed": processed, "errors": errors}
    body = {key: found for key, found in answer.items() if found}
    return Response.of(body, 200 if processed else 400)


def _kept_out(given: str, known: Json, parent: Parent) -> str:
    """Why a record cannot ask to be included; empty where it can."""
    if UUID.fullmatch(given) and known["id"] != given:
        return "Community not found."  # Nobody looked that id up, so it is nobody's.
    if known["access"]["record_submission_policy"] == "closed":
        return "Submission to this community is only allowed to community members."
    if known["slug"] in parent.communities:
        return "The record is already included in this community."
    if known["id"] in [request["receiver"]["community"] for request in parent.requests]:
        return "There is already an open inclusion request for this community."
    return ""


def memberships(call: Call) -> Response:
    record, _ = call.instance.published(call.id)
    slugs = call.instance.state.parents[record.parent].communities
    return _plain_list(call, [vocabularies.community(slug) for slug in slugs])


def requests(call: Call) -> Response:
    record, _ = call.instance.published(call.id)
    call.allow()
    return _plain_list(call, call.instance.state.parents[record.parent].requests)


def _plain_list(call: Call, found: list[Json]) -> Response:
    kind = answers.accepted(call.request, (JSON, NATIVE))
    body = {"hits": {"hits": found, "total": len(found)}, "sortBy": "newest"}
    return Response.of(body, content_type=kind)
