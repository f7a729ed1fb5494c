"""Every "no" of the Hub: a status, a sentence, and the headers that its clients read.

huggingface_hub 2.4 tells errors apart by `X-Error-Code` (RepoNotFound, RevisionNotFound,
EntryNotFound, GatedRepo) and prints `X-Error-Message`; on plain http it looks at nothing else
(measured 2026-11). The sentence for a stale parent is the Hub's own (dataset-viewer issue 2159),
as is the one for a pointer without bytes (huggingface_hub issue 3829); the other sentences are
ours, for the Hub's are not known.
"""

from __future__ import annotations

import re
from typing import Any

from pubflow.rehearsal.wire import Response

STALE_PARENT = "A commit has happened since. Please refresh and try again."
POINTER_WITHOUT_BYTES = "LFS pointer pointed to a file that does not exist"
BAD_TOKEN = "Invalid credentials in Authorization header"


class Refusal(Exception):
    """Raised while a request is answered; becomes the answer."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str = "",
        *,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.extra = extra or {}
        self.headers = headers or {}

    def response(self) -> Response:
        answer = Response.of({"error": self.message, **self.extra}, self.status)
        # A header is one line of ASCII; the message may quote what the client sent.
        line = self.message.encode("ascii", "replace").decode()
        answer.headers["x-error-message"] = re.sub(r"[\x00-\x1f\x7f]+", " ", line)
        if self.code:
            answer.headers["x-error-code"] = self.code
        answer.headers.update(self.headers)
        return answer


def no_repository() -> Refusal:
    """Also for a private repository that the caller may not see: it must look the same."""
    return Refusal(404, "Repository not found", "RepoNotFound")


def no_revision(rev: str) -> Refusal:
    return Refusal(404, f"Invalid rev id: {rev}", "RevisionNotFound")


def no_entry(path: str) -> Refusal:
    return Refusal(404, f"{path} does not exist at this revision", "EntryNotFound")


def gated(repository: str) -> Refusal:
    return Refusal(
        401,
        f"Access to {repository} is restricted. You must have access to it and be authenticated.",
        "GatedRepo",
    )
