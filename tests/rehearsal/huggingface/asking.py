"""Asking a Hub without a socket, and the requests that tests often need."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from pubflow.rehearsal.huggingface import Hub
from pubflow.rehearsal.wire import Request, Response

TOKEN = "hf" + "_rehearsal"
READ_TOKEN = "hf" + "_reader"
BASE = "http://127.0.0.1:1"
CARD = b"---\nlicense: mit\n---\n# A model\n"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def text(self) -> str:
        return self.data.decode()


def drain(response: Response) -> Reply:
    body = response.body
    data = body if isinstance(body, bytes) else b"".join(body)
    return Reply(response.status, {k.lower(): v for k, v in response.headers.items()}, data)


class Asker:
    """Sends requests to a Hub and reads the whole answer."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def __call__(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        token: str | None = TOKEN,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Reply:
        path, _, query = target.removeprefix(BASE).partition("?")
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is None:
            data = b""
        sent = {"content-length": str(len(data)), **(headers or {})}
        if body is not None:
            sent["content-type"] = kind
        if token:
            sent["authorization"] = f"Bearer {token}"
        request = Request(
            method, path, parse_qs(query, keep_blank_values=True), sent, io.BytesIO(data), BASE
        )
        return drain(self.hub.handle(request))

    def create(self, name: str = "lab/m", kind: str = "model", private: bool = False) -> Reply:
        owner, _, short = name.partition("/")
        body = {
            "name": short,
            "organization": owner,
            "type": kind,
            "visibility": "private" if private else "public",
        }
        return self("POST", "/api/repos/create", body)

    def commit(
        self, lines: list[tuple[str, dict[str, Any]]], place: str = "models/lab/m", **header: str
    ) -> Reply:
        rev = header.pop("rev", "main")
        values = [("header", {"summary": "a commit", **header}), *lines]
        body = b"\n".join(
            json.dumps({"key": key, "value": value}).encode() for key, value in values
        )
        return self("POST", f"/api/{place}/commit/{rev}", body, kind="application/x-ndjson")

    def upload(self, content: bytes, place: str = "lab/m") -> str:
        """Send an LFS object; its oid."""
        oid = hashlib.sha256(content).hexdigest()
        batch = self(
            "POST",
            f"/{place}.git/info/lfs/objects/batch",
            {
                "operation": "upload",
                "transfers": ["basic"],
                "objects": [{"oid": oid, "size": len(content)}],
                "hash_algo": "sha256",
            },
            kind="application/vnd.git-lfs+json",
        )
        for item in batch.json["objects"]:
            if "actions" in item:
                href = item["actions"]["upload"]["href"]
                assert self("PUT", href, content, token=None).status == 200
        return oid


def regular(path: str, content: bytes) -> tuple[str, dict[str, Any]]:
    text = base64.b64encode(content).decode()
    return "file", {"path": path, "content": text, "encoding": "base64"}


def lfs(path: str, oid: str, size: int) -> tuple[str, dict[str, Any]]:
    return "lfsFile", {"path": path, "algo": "sha256", "oid": oid, "size": size}
