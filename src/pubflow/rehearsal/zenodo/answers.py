"""How InvenioRDM says no, and which form of a resource a request asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pubflow.rehearsal.wire import Request, Response

JSON = "application/json"
NATIVE = "application/vnd.inveniordm.v1+json"

RECORD_TYPES = (
    JSON,
    "application/ld+json",
    "application/vnd.inveniordm.v1.full+csv",
    "application/vnd.inveniordm.v1.simple+csv",
    "application/marcxml+xml",
    NATIVE,
    "application/vnd.citationstyles.csl+json",
    "application/vnd.datacite.datacite+json",
    "application/vnd.geo+json",
    "application/vnd.datacite.datacite+xml",
    'application/ld+json;profile="https://datapackage.org/profiles/2.0/datapackage.json"',
    "application/x-dc+xml",
    "text/x-bibliography",
    "application/x-bibtex",
    "application/dcat+xml",
    "application/linkset+json",
)
"""What a record can be asked for, in the order in which the refusal names it; recorded
2026-11-20."""

ZENODO_TYPES = ("application/vnd.zenodo.v1+json", "application/x-datacite+xml")

BODY_TYPES = (JSON, 'application/ld+json;profile="https://w3id.org/ro/crate/1.1"')

INTERNAL = (
    "The server encountered an internal error and was unable to complete your request. "
    "Either the server is overloaded or there is an error in the application."
)
UNKNOWN_URL = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)
NO_SUCH_PID = "The persistent identifier does not exist."
NOT_REGISTERED = "The persistent identifier is not registered."
NOT_FOUND = "Not found."
LOCKED = "Bucket is locked for modifications."
DENIED = "Permission denied."
GONE = "Record deleted"
"""With the tombstone beside it (invenio-rdm-records, resources/config.py, 2026-08)."""
REVIEWED = (
    "You cannot publish a draft with an open review request. Please cancel the review request "
    "first."
)
REVIEWED_KEPT = "You cannot delete a draft with an open review. Please cancel the review first."
"""Both with 400 (invenio-rdm-records, services/components/review.py, 2026-08)."""
BLOCKED = (
    "Your account has been blocked - the record you tried to publish has been classified as spam "
    "by our automated spam protection system. Your account has therefore been blocked and the "
    "record has not been published. If you believe this is a mistake, please contact us on our "
    "support line."
)
"""`records_block_message` of zenodo-rdm's invenio.cfg, 2026-08."""
INVALID = "A validation error occurred."


@dataclass
class Refusal(Exception):
    """An answer that is no: raised anywhere, sent by `Zenodo.handle`."""

    status: int
    message: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    """What else the body says."""

    def response(self) -> Response:
        body: dict[str, Any] = {"status": self.status, "message": self.message, **self.more}
        if self.errors:
            body["errors"] = self.errors
        return Response.of(body, self.status)


def fault(name: str, *messages: str) -> dict[str, Any]:
    """One entry of an `errors` list."""
    return {"field": name, "messages": list(messages)}


def invalid(*errors: dict[str, Any]) -> Refusal:
    return Refusal(400, INVALID, list(errors))


def accepted(request: Request, served: Sequence[str]) -> str:
    """The first type the client names that is served; what comes first is served for `*/*`.

    Parameters such as `q` do not reorder (flask-resources, 2026-08).
    """
    header = request.headers.get("accept", "")
    if not header.strip():
        return served[0]
    for part in header.split(","):
        name = part.strip()
        if name in served:
            return name
        name = name.split(";")[0].strip()
        if name in ("*/*", "application/*"):
            return served[0]
        if name in served:
            return name
    listed = ", ".join(served)
    raise Refusal(406, f"Invalid 'Accept' header. Expected one of: {listed}")


def parsed(request: Request, data: bytes) -> Any:
    """The JSON body of a request; None if there is none."""
    kind = request.headers.get("content-type", "")
    if kind and kind.split(";")[0].strip() != JSON and kind not in BODY_TYPES:
        listed = ", ".join(BODY_TYPES)
        raise Refusal(415, f"Invalid 'Content-Type' header. Expected one of: {listed}")
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        raise Refusal(400, "Unable to decode JSON data in request body.") from None
