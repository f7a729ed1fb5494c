"""One request on its way: who asks, for what, and in which form the answer goes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pubflow.rehearsal.wire import Request, Response
from pubflow.rehearsal.zenodo import answers, search
from pubflow.rehearsal.zenodo.answers import JSON, NATIVE, Refusal
from pubflow.rehearsal.zenodo.instance import Instance
from pubflow.rehearsal.zenodo.legacy import legacy
from pubflow.rehearsal.zenodo.shapes import View
from pubflow.rehearsal.zenodo.state import Document, Json, Record


@dataclass
class Call:
    """One request on its way through a route; made and used under the stand-in's lock."""

    request: Request
    instance: Instance
    data: bytes
    owner: bool
    names: dict[str, str]

    @property
    def id(self) -> str:
        return self.names["id"]

    @property
    def key(self) -> str:
        return self.names["key"]

    @property
    def view(self) -> View:
        instance = self.instance
        now = instance.clock()
        return View(instance.state, self.request.base, instance.zenodo, self.owner, now)

    def allow(self) -> None:
        """Only the owner goes on, and only with a token that may.

        Zenodo's code names the scopes and does not ask for them (observed 2026-11-20); whether
        zenodo.org does is not known.
        """
        method = self.request.method
        scope = "deposit:actions" if "/actions/publish" in self.request.path else "deposit:write"
        reads = method in ("GET", "HEAD")
        if not self.owner or not (reads or scope in self.instance.scopes):
            raise Refusal(403, answers.DENIED)

    def draft(self, message: str = answers.NOT_FOUND) -> tuple[Record, Document]:
        record, document = self.instance.draft(self.id, message)
        self.allow()
        return record, document

    def body(self) -> Any:
        return answers.parsed(self.request, self.data)

    def answer(self, body: Json, status: int = 200, **headers: str) -> Response:
        """A record, draft or list of such in the form asked for, else refused with 406."""
        types: tuple[str, ...] = answers.RECORD_TYPES
        if self.instance.zenodo:
            types += answers.ZENODO_TYPES
        kind = answers.accepted(self.request, types)
        if kind not in (JSON, NATIVE):
            raise Refusal(406, f"The rehearsal does not serve {kind}.")
        if kind == JSON and self.instance.zenodo:
            base = self.request.base
            if "hits" in body:
                hits = [legacy(hit, base) for hit in body["hits"]["hits"]]
                body = body | {"hits": body["hits"] | {"hits": hits}}
            else:
                body = legacy(body, base)
        return Response.of(body, status, content_type=kind, **headers)

    def one(self, record: Record, document: Document, status: int = 200, **how: Any) -> Response:
        """One record or draft, with its ETag."""
        errors = how.pop("errors", None)
        body = self.view.record(record, document, **how)
        if errors:
            body["errors"] = errors
        headers = {"etag": f'"{document.revision}"'}
        if self.request.method in ("GET", "HEAD") and document is record.published:
            address = f"{self.request.base}/api/records/{record.id}"
            headers["link"] = f'<{address}> ; rel="linkset" ; type="application/linkset+json"'
        return self.answer(body, status, **headers)

    def page(self, default: str) -> search.Page:
        return search.page(self.request, self.instance.zenodo, default, known=self.owner)

    def listed(self, found: list[Json], address: str, default: str, **more: str) -> Response:
        asked = self.page(default)
        match = search.matcher(asked.query)
        hits = search.ordered([hit for hit in found if match(hit)], asked.sort)
        body = search.listing(hits, asked, self.request.base + address, more)
        if not self.instance.zenodo:
            body["page"] = asked.number
        if default == "version":
            del body["aggregations"]
        return self.answer(body)
