"""The stand-in itself: who is asking, which route answers, and the world as others see it."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pubflow.rehearsal.huggingface import collections, routes
from pubflow.rehearsal.huggingface.bodies import read_json
from pubflow.rehearsal.huggingface.call import Call, Stores, Who
from pubflow.rehearsal.huggingface.refusals import BAD_TOKEN, Refusal
from pubflow.rehearsal.huggingface.state import State, public_view
from pubflow.rehearsal.huggingface.xet import Xet
from pubflow.rehearsal.tamper import Tamper
from pubflow.rehearsal.wire import KEEP_BYTES, Blobs, Request, Response

SINGLE_PUT_LIMIT = 5_000_000_000
"""S3's limit for one PUT (docs.aws.amazon.com, 2026); the Hub's own threshold is not known."""

PART_SIZE = 64 * 2**20


class Hub:
    """A stand-in for the Hugging Face Hub over `folder`. `token` may write to every owner's
    repositories, `read_token`, if given, may only read; anything else that says Bearer is refused
    with 401. Of LFS objects beyond `keep` bytes in all, only digests are kept."""

    name = "huggingface"

    def __init__(
        self,
        folder: Path,
        *,
        token: str,
        clock: Callable[[], float] = time.time,
        read_token: str = "",
        multipart_above: int = SINGLE_PUT_LIMIT,
        part_size: int = PART_SIZE,
        keep: int = KEEP_BYTES,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._tokens = {token: Who.WRITER}
        if read_token:
            self._tokens[read_token] = Who.READER
        self._parts = folder / "parts"
        self._stores = Stores(
            state=State(),
            objects=Blobs(folder / "objects", keep),
            regular=Blobs(folder / "regular", 10**15),
            parts=self._parts,
            xet=Xet(folder / "xet"),
            clock=clock,
            secret=hashlib.sha256(b"lfs" + token.encode()).digest(),
            multipart_above=multipart_above,
            part_size=part_size,
        )

    def handle(self, request: Request) -> Response:
        try:
            answer = self._answer(request)
        except Refusal as refusal:
            answer = refusal.response()
        if request.method == "HEAD" and isinstance(answer.body, bytes):
            answer.headers.setdefault("content-length", str(len(answer.body)))
            answer.body = b""
        return answer

    def _answer(self, request: Request) -> Response:
        who, only = self._who(request)
        route, args, others = routes.find(request.method, request.path)
        if route is None and others:
            allow = ", ".join(sorted(others))
            raise Refusal(405, f"{request.method} is not possible here", headers={"allow": allow})
        if route is None:
            raise Refusal(404, "Not found")
        if route.writes and who is Who.STRANGER:
            raise Refusal(401, "Invalid username or password.")
        if route.writes and who is Who.READER:
            raise Refusal(403, "Your token may read but not write")
        account = "name" not in args and request.path.startswith("/api/")
        if route.writes and who is Who.PUBLISHER and account:
            raise Refusal(401, "A trusted publisher's token reaches one repository, no account")
        call = Call(self._stores, request, args, who, only=only)
        if route.accepts:
            call.body = read_json(request, *route.accepts)
        if route.streams:
            return route.answer(call)
        with self._stores.lock:
            return route.answer(call)

    def _who(self, request: Request) -> tuple[Who, str]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return Who.STRANGER, ""
        for known, who in self._tokens.items():
            if secrets.compare_digest(known.encode(), token.strip().encode()):
                return who, ""
        only, ends = self._stores.publishers.get(token.strip(), ("", 0.0))
        if self._stores.clock() < ends:
            return Who.PUBLISHER, only
        raise Refusal(401, BAD_TOKEN)

    def changes(self, request: Request) -> bool:
        """Whether the request changes something if it is accepted; `routes` says what only reads.
        A PUT of LFS bytes counts, although no one sees them before the commit."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return False
        route, _, _ = routes.find(request.method, request.path)
        return route is None or route.changes

    def world(self) -> dict[str, Any]:
        """Per repository what is at main, with main's history newest first."""
        with self._stores.lock:
            state = self._stores.state
            return {
                "repositories": [
                    public_view(repository) for _, repository in sorted(state.repositories.items())
                ],
                "collections": [
                    {
                        "slug": collections.slug(collection),
                        "private": collection["private"],
                        "items": [
                            {"type": item["type"], "id": item["id"]} for item in collection["items"]
                        ],
                    }
                    for collection in state.collections.values()
                ],
            }

    def tamper(self, order: Tamper) -> str:
        from pubflow.rehearsal.huggingface.tamper import tamper

        with self._stores.lock:
            return tamper(self._stores, order)

    def dump(self) -> dict[str, Any]:
        with self._stores.lock:
            return self._stores.state.to_json()

    def load(self, state: dict[str, Any]) -> None:
        with self._stores.lock:
            self._stores.state = State.of_json(state)

    def reset(self) -> None:
        with self._stores.lock:
            self._stores.state = State()
            self._stores.objects.clear()
            self._stores.regular.clear()
            self._stores.xet.clear()
            shutil.rmtree(self._parts, ignore_errors=True)
