"""One request with all that is needed to answer it, and who is asking."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pubflow.rehearsal.huggingface.refusals import Refusal, gated, no_repository
from pubflow.rehearsal.huggingface.state import TYPES, Repository, State
from pubflow.rehearsal.huggingface.xet import Xet
from pubflow.rehearsal.wire import Blobs, Request, Response


class Who(Enum):
    STRANGER = "no token"
    READER = "a token that may read"
    WRITER = "a token that may write"
    PUBLISHER = "a token that may write to one repository"


@dataclass(slots=True)
class Stores:
    """What outlives a request. `lock` guards `state`; bytes are read and hashed without it."""

    state: State
    objects: Blobs
    """LFS objects; above a limit in all, their digests only."""
    regular: Blobs
    """Regular files, which are small, so that every card can always be read."""
    parts: Path
    """Where parts of large uploads wait to be put together."""
    xet: Xet
    clock: Callable[[], float]
    secret: bytes
    multipart_above: int
    part_size: int
    publishers: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Tokens of trusted publishers: the one repository each reaches, and when it ends."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def signature(self, *what: str) -> str:
        """For addresses that work without a token, as presigned ones do."""
        return hmac.new(self.secret, "\n".join(what).encode(), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class Call:
    stores: Stores
    request: Request
    args: dict[str, str]
    """Parts of the path, percent-decoded."""
    who: Who
    body: Any = None
    """The JSON body where the route has one."""
    only: str = ""
    """The repository that a trusted publisher's token reaches."""

    @property
    def state(self) -> State:
        return self.stores.state

    @property
    def now(self) -> float:
        return self.stores.clock()

    @property
    def kind(self) -> str:
        return TYPES.get(self.args.get("kind") or "models", "model")

    @property
    def repository_id(self) -> str:
        return f"{self.args['owner']}/{self.args['name']}"

    def sees(self, repository: Repository) -> bool:
        if self.who is Who.PUBLISHER and self._key(repository) == self.only:
            return True
        return not repository.private or self.who in (Who.WRITER, Who.READER)

    @staticmethod
    def _key(repository: Repository) -> str:
        return f"{repository.type}/{repository.id}"

    def find(self, kind: str, repository_id: str) -> Repository:
        """The repository if the caller may know of it. Raises Refusal, also to send a reader on
        to where a renamed one is now."""
        key = f"{kind}/{repository_id}"
        found = self.state.repositories.get(key)
        if found is not None and self.sees(found):
            return found
        moved = self.state.repositories.get(self.state.moved.get(key, ""))
        if found is None and moved is not None and self.sees(moved):
            place = self.request.path.replace(repository_id, moved.id, 1)
            if self.request.query:
                place += f"?{urlencode(self.request.query, doseq=True)}"
            raise Refusal(307, f"Moved to {moved.id}", headers={"location": place})
        raise no_repository()

    def repository(self) -> Repository:
        found = self.find(self.kind, self.repository_id)
        acts = self.request.method not in ("GET", "HEAD")
        if acts and self.who is Who.PUBLISHER and self._key(found) != self.only:
            raise Refusal(403, "This token reaches another repository")
        return found

    def readable(self) -> Repository:
        """The repository, if the caller may read its files too. A gated one lists them to all."""
        repository = self.repository()
        if repository.gated and self.who is Who.STRANGER:
            raise gated(repository.id)
        return repository


def done() -> Response:
    """The Hub's answer to a request whose result nobody reads."""
    return Response(200, b"OK", {"content-type": "text/plain; charset=utf-8"})
