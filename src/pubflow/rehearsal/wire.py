"""What a stand-in is: a function from request to response over a world kept as plain data.

The sockets, faults, counters and the log are the server's (`server.py`); a stand-in only knows how
its platform answers, so the same logic can be played without a socket. Stand-ins share no code
with the platform adapters: they are a second reading of the same facts.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

BLOCK = 1 << 20
KEEP_BYTES = 5_000_000_000
"""Above so many bytes in all, a stand-in keeps digests instead of bytes."""


@dataclass(slots=True)
class Request:
    """One HTTP request, its body not yet read."""

    method: str
    path: str
    """As sent: percent-encoded, without the query."""
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: BinaryIO
    """Reads to the end of this request's body and no further, chunked or not."""
    base: str
    """How the client reached us: `http://127.0.0.1:PORT`, no slash at the end."""

    def json(self) -> Any:
        """The body as JSON; None if empty. Raises ValueError if it is not JSON."""
        data = self.body.read()
        return json.loads(data) if data else None

    def arg(self, name: str, default: str = "") -> str:
        values = self.query.get(name)
        return values[-1] if values else default


@dataclass(slots=True)
class Response:
    status: int
    body: bytes | Iterator[bytes] = b""
    """Bytes are sent with their length; an iterator needs `content-length` in `headers`, or goes
    out chunked."""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, status: int = 200, **headers: str) -> Response:
        """JSON. Underscores in header names become dashes."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        named.setdefault("content-type", "application/json")
        return cls(status, json.dumps(value).encode(), named)


class Standin(Protocol):
    """One platform's stand-in."""

    name: str
    """`github`, `huggingface`, `zenodo`: as in the control address's answers."""

    def handle(self, request: Request) -> Response:
        """Answer one request. The server calls this from many threads; it locks for itself.

        An exception is the server's 500, and a bug.
        """

    def changes(self, request: Request) -> bool:
        """Whether a request of this kind changes the world when it is accepted (body not read)."""

    def world(self) -> dict[str, Any]:
        """The ground truth, in the form that `GET /world` promises."""

    def dump(self) -> dict[str, Any]:
        """Everything but the bytes, as JSON; `load` of it in a new process goes on from here."""

    def load(self, state: dict[str, Any]) -> None: ...

    def reset(self) -> None:
        """Empty the world; the token stays."""


@dataclass(frozen=True, slots=True)
class Blob:
    size: int
    sha256: str
    md5: str
    sha1: str
    git_sha1: str


class Blobs:
    """Bytes on disk under their sha256, up to a limit; above it, digests only."""

    def __init__(self, folder: Path, keep: int = KEEP_BYTES) -> None:
        self._folder = folder
        self._keep = keep
        folder.mkdir(parents=True, exist_ok=True)
        self._kept = sum(entry.stat().st_size for entry in os.scandir(folder))

    def put(self, body: BinaryIO, size: int | None = None) -> Blob:
        """Read `body` to its end in constant memory.

        `size` is needed for the git name of a blob before its bytes are read; without it the
        bytes are read into a file first.
        """
        handle, name = tempfile.mkstemp(dir=self._folder, prefix="in-")
        sha256, md5, sha1 = hashlib.sha256(), hashlib.md5(), hashlib.sha1()
        git = hashlib.sha1(b"blob %d\0" % size) if size is not None else None
        total = 0
        keep = True
        try:
            with os.fdopen(handle, "wb") as out:
                while block := body.read(BLOCK):
                    total += len(block)
                    for digest in (sha256, md5, sha1):
                        digest.update(block)
                    if git is not None:
                        git.update(block)
                    keep = keep and self._kept + total <= self._keep
                    if keep:
                        out.write(block)
        except BaseException:
            os.unlink(name)
            raise
        path = self._folder / sha256.hexdigest()
        if not keep or path.exists():
            os.unlink(name)
        else:
            os.replace(name, path)
            self._kept += total
        if git is None or total != size:
            git = hashlib.sha1(b"blob %d\0" % total)
            if path.exists():
                with path.open("rb") as file:
                    while block := file.read(BLOCK):
                        git.update(block)
        return Blob(total, sha256.hexdigest(), md5.hexdigest(), sha1.hexdigest(), git.hexdigest())

    def open(self, sha256: str) -> BinaryIO | None:
        """The bytes, or None when only the digest was kept."""
        path = self._folder / sha256
        return path.open("rb") if path.exists() else None

    def stream(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `end` (not included), in blocks."""
        file = self.open(sha256)
        if file is None:
            raise LookupError(f"the bytes of {sha256} were not kept")
        with file:
            file.seek(start)
            left = None if end is None else end - start
            while block := file.read(BLOCK if left is None else min(BLOCK, left)):
                yield block
                if left is not None:
                    left -= len(block)
                    if left <= 0:
                        return

    def clear(self) -> None:
        for entry in list(os.scandir(self._folder)):
            os.unlink(entry.path)
        self._kept = 0
