"""One request to an instance at a time, at the pace that it allows; refusals translated."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pubflow.clock import Time
from pubflow.errors import Transient
from pubflow.http import Answer, Session
from pubflow.platforms.zenodo.refusals import refuse
from pubflow.platforms.zenodo.state import Json

RECORDS = {"Accept": "application/vnd.inveniordm.v1+json, application/json;q=0.5"}
FILES = {"Accept": "application/json"}
SPARE = 2
"""With fewer requests left in the rate limit's window than this, its end is awaited."""
LONGEST_PAUSE = 65.0


class Asker:
    """Asks one host. `page` is where a new token is made."""

    def __init__(self, session: Session, page: str, clock: Time) -> None:
        self._session = session
        self._page = page
        self._clock = clock
        self._lock = threading.Lock()
        self._not_before = 0.0

    def ask(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        headers: Mapping[str, str] | None = None,
        allow: Sequence[int] = (),
        body: Any = None,
        **more: Any,
    ) -> Answer:
        """Send once; an answer of 2xx or in `allow`, or the refusal's meaning raised."""
        self._pause()
        answer = self._session.request(
            method, path, headers=headers or accept(path), body=body, **more
        )
        self._pace(answer)
        if not answer.ok and answer.status not in allow:
            refuse(answer, doing, page=self._page)
        return answer

    def _pause(self) -> None:
        with self._lock:
            wait = self._not_before - self._clock.now()
        if wait > 0:
            self._clock.sleep(min(wait, LONGEST_PAUSE))

    def _pace(self, answer: Answer) -> None:
        """Heed the rate headers, which are on every answer: without spare requests, wait."""
        headers = {key.lower(): value for key, value in answer.headers.items()}
        left, reset = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-reset", "")
        if left.isdigit() and reset.isdigit() and int(left) < SPARE:
            wait = max(0.0, int(reset) - time.time()) + 0.1
            with self._lock:
                self._not_before = max(self._not_before, self._clock.now() + wait)


def accept(path: str) -> Mapping[str, str]:
    return FILES if "/files" in path else RECORDS


def object_of(answer: Answer) -> Json:
    """The body as a JSON object; Transient for anything else, as a proxy may have answered."""
    body = answer.json()
    if not isinstance(body, dict):
        raise Transient(
            f"{urlsplit(answer.url).netloc} answered with no JSON object.",
            why="A proxy or an overloaded server answers so, or it is no InvenioRDM.",
            hint="Check the address in [targets.zenodo], then run again:\n\n    pubflow release",
        )
    return body


def own_part(address: str) -> str:
    """The path at which the instance itself takes a part, else empty; a store has other paths.

    Its host is left out: an instance may know itself by another name than the one we ask.
    """
    found = re.search(r"/api/records/[^/]+/draft/files/.+/content/\d+$", urlsplit(address).path)
    return found[0] if found else ""


def last_part(answer: Answer) -> str:
    """`/api/records/385` of a Location, which may be relative -> `385`."""
    headers = {key.lower(): value for key, value in answer.headers.items()}
    return urlsplit(headers.get("location", "")).path.rstrip("/").rsplit("/", 1)[-1]
