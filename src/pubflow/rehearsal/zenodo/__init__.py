"""The stand-in for Zenodo, and for InvenioRDM elsewhere: its records API on loopback.

Held to recorded conversations with Zenodo's own code base (August 2026) and InvenioRDM 14.0.5;
`tests/rehearsal/zenodo` replays them. It refuses what the real ones refuse, with their words.

Tokens come in the `Authorization` header only. The real servers take `?access_token=` too, but
addresses end up in logs, so that nothing of ours may rely on it.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

from pubflow.rehearsal.tamper import Tamper
from pubflow.rehearsal.wire import Blobs, Request, Response
from pubflow.rehearsal.zenodo import (
    answers,
    file_routes,
    integration,
    record_routes,
    records,
)
from pubflow.rehearsal.zenodo.answers import Refusal
from pubflow.rehearsal.zenodo.call import Call
from pubflow.rehearsal.zenodo.instance import PREFIX, QUOTA, Flavour, Instance
from pubflow.rehearsal.zenodo.state import Document, Record, State

__all__ = ["PREFIX", "Zenodo"]

RATE = 1_000_000
"""Requests a minute that the headers promise. Zenodo's own figure is 133 (seen 2026-11-20); a
rehearsal should not be slowed down by it."""

LARGEST_JSON = 16 << 20
"""Bytes of a body that is no file; more is not read. The real limit is the web server's."""

Route = Callable[[Call], Response]

_RECORD = r"/api/records/(?P<id>[^/]+)"
_DRAFT = _RECORD + "/draft"
_FILE = _DRAFT + "/files/(?P<key>.+?)"

ROUTES: list[tuple[str, dict[str, Route]]] = [
    ("/api/records", {"GET": record_routes.public, "POST": record_routes.create}),
    ("/api/user/records", {"GET": record_routes.own}),
    (_RECORD, {"GET": record_routes.read, "DELETE": record_routes.delete}),
    (
        _DRAFT,
        {
            "GET": record_routes.read_draft,
            "PUT": record_routes.update,
            "DELETE": record_routes.discard,
            "POST": record_routes.edit,
        },
    ),
    (_DRAFT + "/pids/doi", {"POST": record_routes.reserve, "DELETE": record_routes.unreserve}),
    (_DRAFT + "/review", {"PUT": record_routes.review}),
    (_DRAFT + "/actions/publish", {"POST": record_routes.publish}),
    (_DRAFT + "/actions/files-import", {"POST": file_routes.take_over}),
    (
        _DRAFT + "/files",
        {
            "GET": file_routes.listed,
            "POST": file_routes.announce,
            "DELETE": file_routes.empty,
        },
    ),
    (
        _FILE,
        {
            "GET": file_routes.one,
            "PUT": file_routes.describe,
            "DELETE": file_routes.remove,
        },
    ),
    (_RECORD + "/versions", {"GET": record_routes.versions, "POST": record_routes.new_version}),
    (_RECORD + "/versions/latest", {"GET": record_routes.latest}),
    (_RECORD + "/files", {"GET": file_routes.published_list}),
    (_RECORD + "/files/(?P<key>.+?)", {"GET": file_routes.published_one}),
    (_RECORD + "/communities", {"GET": record_routes.memberships, "POST": record_routes.join}),
    (_RECORD + "/request-deletion", {"POST": record_routes.take_back}),
    (_RECORD + "/quota-increase", {"POST": record_routes.enlarge}),
    (_RECORD + "/requests", {"GET": record_routes.requests}),
    ("/api/vocabularies/(?P<kind>[^/]+)/(?P<id>[^/]+)", {"GET": record_routes.word}),
    ("/api/(?P<kind>affiliations|funders|awards)/(?P<id>[^/]+)", {"GET": record_routes.named}),
    ("/api/communities/(?P<id>[^/]+)", {"GET": record_routes.community}),
    ("/records/(?P<id>[^/]+)", {"GET": file_routes.page}),
    ("/records/(?P<id>[^/]+)/latest", {"GET": file_routes.newest}),
    ("/uploads/(?P<id>[^/]+)", {"GET": file_routes.page}),
    ("/doi/(?P<key>.+)", {"GET": file_routes.resolve}),
    ("/badge/DOI/(?P<key>.+)", {"GET": file_routes.badge}),
]
_COMPILED = [(re.compile(pattern), methods) for pattern, methods in ROUTES]

_CONTENT = re.compile(_FILE + "/content")
_PART = re.compile(_FILE + r"/content/(?P<part>\d+)")
_COMMIT = re.compile(_FILE + "/commit")
_DOWNLOADS = [
    (re.compile(_FILE + "/content"), file_routes.draft_bytes),
    (re.compile(_RECORD + "/files/(?P<key>.+?)/content"), file_routes.published_bytes),
    (re.compile("/records/(?P<id>[^/]+)/files/(?P<key>.+)"), file_routes.page_bytes),
]


class Zenodo:
    """One instance. `lag`: how long search hides a change, an int in requests, a float in seconds.

    `token` is the one that may do everything; all drafts and records are its owner's.
    """

    name = "zenodo"

    def __init__(
        self,
        folder: Path,
        *,
        token: str,
        clock: Callable[[], float] = time.time,
        lag: float = 0,
        flavour: Flavour = "zenodo",
        quota: int = QUOTA,
    ) -> None:
        self._instance = Instance(flavour, clock, lag, quota)
        self._blobs = Blobs(folder / "files")
        self._token = token
        self._lock = threading.Lock()

    @property
    def lag(self) -> float:
        return self._instance.lag

    @lag.setter
    def lag(self, lag: float) -> None:
        """From now on; what was there before is found at once."""
        with self._lock:
            self._instance.lag = lag
            self._instance.state.index.clear()
            self._instance.settle()

    def set(
        self,
        *,
        quota: int | None = None,
        blocked: bool | None = None,
        scopes: frozenset[str] | None = None,
        racy: bool | None = None,
        drops_broken: bool | None = None,
        publishing: float | None = None,
        hook_takes: float | None = None,
        dois: Literal["required", "optional", "none"] | None = None,
        fields: frozenset[str] | None = None,
    ) -> None:
        """Change what the account may do, and how the server behaves, from now on."""
        with self._lock:
            if racy is not None:
                self._instance.racy = racy
            if drops_broken is not None:
                self._instance.drops_broken = drops_broken
            if publishing is not None:
                self._instance.publishing = publishing
            if hook_takes is not None:
                self._instance.hook_takes = hook_takes
            if dois is not None:
                self._instance.dois = dois
            if fields is not None:
                self._instance.fields = fields
            if quota is not None:
                self._instance.quota = quota
            if blocked is not None:
                self._instance.blocked = blocked
                if not blocked:
                    self._instance.pardon()
            if scopes is not None:
                self._instance.scopes = scopes

    def number_next(self, number: str) -> None:
        """The next record gets this number, if none has it: as one that was made elsewhere."""
        with self._lock:
            if number not in self._instance.state.records:
                self._instance.upcoming = number

    def receive(self, address: str, event: dict[str, Any]) -> None:
        """What GitHub sends to the webhook at `address`; only Zenodo's own is listened to."""
        with self._lock:
            integration.receive(self._instance, address, event)

    def handle(self, request: Request) -> Response:
        # A body is read before the lock is taken; those of files are read in `_receive`, without.
        sent = _CONTENT.fullmatch(request.path) or _PART.fullmatch(request.path)
        content = request.method == "PUT" and sent is not None
        data = b"" if content else _read(request)
        owner = self._owns(request)
        with self._lock:
            self._instance.state.tick += 1
            records.lift(self._instance)
            records.finish(self._instance)
            integration.work(self._instance, self._blobs)
            try:
                if len(data) > LARGEST_JSON:
                    raise Refusal(413, "Request entity too large.")
                self._forgery(request, owner)
                response = self._route(request, data, owner)
            except Refusal as refusal:
                response = refusal.response()
        if request.method == "HEAD" and isinstance(response.body, bytes):
            response.headers.setdefault("content-length", str(len(response.body)))
            response.body = b""
        self._label(response, owner)
        return response

    def _owns(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return given == f"Bearer {self._token}" and not self._instance.closed

    def _forgery(self, request: Request, owner: bool) -> None:
        """A change with our own cookie and a token that is none is taken for a forgery (recorded).

        That is why a client should keep no cookies.
        """
        wrong = "authorization" in request.headers and not owner
        cookie = "csrftoken=" in request.headers.get("cookie", "")
        if wrong and cookie and self.changes(request):
            raise Refusal(400, "CSRF token missing or incorrect.")

    def _route(self, request: Request, data: bytes, owner: bool) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method == "PUT" and (found := _CONTENT.fullmatch(request.path)):
            call = self._call(request, data, owner, found)
            return file_routes.receive(call, self._blobs, self._unlocked())
        if method == "PUT" and (found := _PART.fullmatch(request.path)):
            call = self._call(request, data, owner, found)
            return file_routes.part(call, self._blobs, self._unlocked())
        if method == "POST" and (found := _COMMIT.fullmatch(request.path)):
            return file_routes.commit(self._call(request, data, owner, found), self._blobs)
        for download, route in _DOWNLOADS:
            if method == "GET" and (found := download.fullmatch(request.path)):
                return route(self._call(request, data, owner, found), self._blobs)
        for pattern, methods in _COMPILED:
            if found := pattern.fullmatch(request.path.rstrip("/") or "/"):
                if method not in methods:
                    message = "The method is not allowed for the requested URL."
                    raise Refusal(405, message)
                return methods[method](self._call(request, data, owner, found))
        raise Refusal(404, answers.UNKNOWN_URL)

    def _call(self, request: Request, data: bytes, owner: bool, found: re.Match[str]) -> Call:
        names = {key: unquote(value) for key, value in found.groupdict().items()}
        return Call(request, self._instance, data, owner, names)

    @contextmanager
    def _unlocked(self) -> Iterator[None]:
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()

    def _label(self, response: Response, owner: bool) -> None:
        """What stands on every answer, also where nothing was limited (seen 2026-11-20)."""
        reset = int(self._instance.clock()) + 60
        response.headers |= {
            "x-ratelimit-limit": str(RATE),
            "x-ratelimit-remaining": str(RATE - 1),
            "x-ratelimit-reset": str(reset),
            "retry-after": "60",
        }
        if not owner:
            response.headers["set-cookie"] = "csrftoken=stand-in; Path=/; SameSite=Lax"

    def changes(self, request: Request) -> bool:
        """Every POST of this API changes something; none only reads."""
        return request.method not in ("GET", "HEAD", "OPTIONS")

    def world(self) -> dict[str, Any]:
        with self._lock:
            integration.work(self._instance, self._blobs)
            records = self._instance.state.records.values()
            return {"records": [_truth(record) for record in records if not record.removed]}

    def tamper(self, order: Tamper) -> str:
        from pubflow.rehearsal.zenodo.tamper import tamper

        with self._lock:
            return tamper(self._instance.state, self._blobs, order)

    def dump(self) -> dict[str, Any]:
        with self._lock:
            return self._instance.state.dump()

    def load(self, state: dict[str, Any]) -> None:
        with self._lock:
            self._instance.state = State.load(state)
            self._instance.settle()

    def reset(self) -> None:
        with self._lock:
            self._instance.state = State()
            self._blobs.clear()


def _truth(record: Record) -> dict[str, Any]:
    """One record as `GET /world` shows it; an open edit does not show."""
    document = record.published or record.draft
    assert isinstance(document, Document)
    metadata = document.metadata
    return {
        "id": record.id,
        "concept": record.parent,
        "published": record.published is not None,
        "doi": document.pids.get("doi", {}).get("identifier"),
        "version": metadata.get("version"),
        "resource_type": metadata.get("resource_type", {}).get("id"),
        "title": metadata.get("title"),
        "files": [
            {"key": entry.key, "size": entry.size, "md5": entry.md5}
            for entry in document.files.values()
            if entry.completed
        ],
        "related": metadata.get("related_identifiers", []),
    }


def _read(request: Request) -> bytes:
    """The body, or so much of it that it is known to be too large."""
    parts: list[bytes] = []
    while sum(map(len, parts)) <= LARGEST_JSON and (part := request.body.read(1 << 16)):
        parts.append(part)
    return b"".join(parts)
