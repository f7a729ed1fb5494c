"""One request to an instance at a time, at the pace that it allows; refusals translated."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pubflow.clock import Time
from pubflow.http import Answer, Session
from pubflow.http.shape import understood
from pubflow.platforms.zenodo.refusals import refuse
from pubflow.platforms.zenodo.state import Entry, Json, Record, entries

RECORDS = {"Accept": "application/vnd.inveniordm.v1+json, application/json;q=0.5"}
FILES = {"Accept": "application/json"}
SPARE = 2
"""With fewer requests left in the rate limit's window than this, its end is awaited."""
LONGEST_PAUSE = 65.0
CHECK = "Check the address in [targets.zenodo], and ZENODO_URL."

T = TypeVar("T")


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


def read(answer: Answer, make: Callable[[Json], T]) -> T:
    """What `make` makes of the body, which is an object. Raises Transient for another shape."""

    def made(body: Any) -> T:
        if not isinstance(body, dict):
            raise TypeError("no object")
        return make(body)

    parts = urlsplit(answer.url)
    return understood(parts.netloc, parts.path, made, answer.json(), hint=CHECK)


def hits(body: Json) -> list[Json]:
    """What a search found. No list of it is no answer: nothing found would mean to make it anew."""
    found = body["hits"]["hits"]
    if not isinstance(found, list):
        raise TypeError("no hits")
    return found


def new(body: Json) -> Record:
    return Record.read(body, ())


def records(body: Json) -> list[Record]:
    return [Record.read(hit) for hit in hits(body)]


def entry(body: Json) -> Entry:
    return entries([body])[0]


def communities(body: Json) -> set[str]:
    return {str(hit.get(name) or "") for hit in hits(body) for name in ("id", "slug")}


def receivers(body: Json) -> set[str]:
    """The communities that open requests are for."""
    waiting = [hit for hit in hits(body) if hit.get("is_open", True)]
    return {str((hit.get("receiver") or {}).get("community") or "") for hit in waiting}


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
