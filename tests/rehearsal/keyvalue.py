"""A small real stand-in to test the server with: values under keys, bytes on disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pubflow.rehearsal.wire import Blobs, Request, Response

TOKEN = "key" + "value" * 4


class KeyValue:
    """PUT, GET, HEAD, DELETE on /kv/NAME; some other paths answer in ways worth testing."""

    def __init__(self, folder: Path, token: str = TOKEN, name: str = "zenodo") -> None:
        self.name = name
        self.token = token
        self._blobs = Blobs(folder / "blobs")
        self._values: dict[str, tuple[str, int]] = {}
        self._lock = threading.Lock()
        self.done: list[str] = []
        self.gate = threading.Event()
        """What `/gate` waits for."""

    def changes(self, request: Request) -> bool:
        return request.method in {"PUT", "DELETE", "POST"} and request.path != "/search"

    def handle(self, request: Request) -> Response:
        head, _, name = request.path[1:].partition("/")
        if head == "kv":
            return self._value(request, name)
        if head == "refuse":
            return Response.of({"message": "no"}, 403)
        if head == "echo":
            facts = {"base": request.base, "query": dict(request.query), "path": request.path}
            return Response.of({**facts, "headers": dict(request.headers)})
        if head == "sizes":
            sizes = []
            while block := request.body.read(1 << 20):
                sizes.append(len(block))
            return Response.of({"total": sum(sizes), "largest": max(sizes, default=0)})
        if head == "zeros":
            length = int(request.arg("n"))
            headers = {} if "chunked" in request.query else {"content-length": str(length)}
            return Response(200, self._zeros(length), headers)
        if head == "short":
            return Response(200, iter([b"abc"]), {"content-length": "10"})
        if head == "late":
            return Response(200, self._late(), {})
        if head == "crash":
            raise RuntimeError("the bug in the stand-in")
        if head == "split":
            return Response(200, b"", {"x-forged": "a\r\nset-cookie: b"})
        if head == "nothing":
            return Response(204)
        if head == "search":
            return Response.of(request.json())
        if head == "pause":
            time.sleep(float(request.arg("s")))
            return Response.of({})
        if head == "gate":
            self.gate.wait()
            return Response.of({})
        return Response.of({"message": "not found"}, 404)

    def _value(self, request: Request, name: str) -> Response:
        if request.method == "PUT":
            blob = self._blobs.put(request.body)
            with self._lock:
                self._values[name] = (blob.sha256, blob.size)
            return Response.of({"sha256": blob.sha256, "size": blob.size}, 201)
        with self._lock:
            known = self._values.get(name)
            if known is None:
                return Response.of({"message": "not found"}, 404)
            if request.method == "DELETE":
                del self._values[name]
                return Response(204)
        headers = {"content-length": str(known[1])}
        if request.method == "HEAD":
            return Response(200, b"", headers)
        return Response(200, self._blobs.stream(known[0]), headers)

    def _zeros(self, length: int) -> Iterator[bytes]:
        while length > 0:
            yield bytes(min(length, 1 << 20))
            length -= 1 << 20

    def _late(self) -> Iterator[bytes]:
        """A change that happens only while its answer is being read."""
        yield b"one"
        self.done.append("late")
        yield b"two"

    def world(self) -> dict[str, Any]:
        with self._lock:
            return {"values": [{"name": n, "size": v[1]} for n, v in sorted(self._values.items())]}

    def dump(self) -> dict[str, Any]:
        with self._lock:
            return {"values": {name: list(value) for name, value in self._values.items()}}

    def load(self, state: dict[str, Any]) -> None:
        self._values = {name: (value[0], value[1]) for name, value in state["values"].items()}

    def reset(self) -> None:
        with self._lock:
            self._values = {}
            self._blobs.clear()


MAKERS = {
    name: (lambda folder, token, name=name: KeyValue(folder, token, name))
    for name in ("github", "huggingface", "zenodo")
}
