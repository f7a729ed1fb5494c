"""A client without a socket: builds requests for a stand-in and reads its answers."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from pubflow.rehearsal.wire import Request, Response
from pubflow.rehearsal.zenodo import Zenodo

BASE = "http://127.0.0.1:8000"
TOKEN = "-".join(("stand", "in", "token"))
NATIVE = "application/vnd.inveniordm.v1+json"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def text(self) -> str:
        return self.data.decode()


def ask(
    zenodo: Zenodo,
    method: str,
    address: str,
    body: Any = None,
    *,
    token: str | None = TOKEN,
    **headers: str,
) -> Answer:
    """Send one request; `body` is bytes, or anything else as JSON. Underscores become dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    if body is not None:
        json_type = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        named.setdefault("content-type", json_type)
        named.setdefault("content-length", str(len(data)))
    if token is not None:
        named.setdefault("authorization", f"Bearer {token}")
    named.setdefault("accept", "application/json" if "/files" in address else NATIVE)
    return read(zenodo.handle(request(method, address, data, named)))


def request(
    method: str, address: str, data: bytes = b"", headers: dict[str, str] | None = None
) -> Request:
    parts = urlsplit(address)
    return Request(
        method,
        quote(parts.path, safe="/%"),
        parse_qs(parts.query, keep_blank_values=True),
        headers or {},
        io.BytesIO(data),
        BASE,
    )


def read(response: Response) -> Answer:
    data = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    return Answer(response.status, response.headers, data)
