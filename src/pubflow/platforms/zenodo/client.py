"""The calls of `api.py` over HTTP, as InvenioRDM 14 and Zenodo's own code answer them.

Zenodo serves its old JSON where only `application/json` is asked for on record routes, and nothing
but that on file routes (406 else); both recorded on 2026-11-20.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pubflow.errors import PubflowError, Transient
from pubflow.http import Answer, Session
from pubflow.platforms.zenodo.api import Missing
from pubflow.platforms.zenodo.instance import TOKEN_PAGE
from pubflow.platforms.zenodo.refusals import complaints, refuse
from pubflow.platforms.zenodo.state import Entry, Json, Record, entries

RECORDS = {"Accept": "application/vnd.inveniordm.v1+json, application/json;q=0.5"}
FILES = {"Accept": "application/json"}
CONTENT = {**FILES, "Content-Type": "application/octet-stream"}
PUBLISHING = (30.0, 300.0)
PAGE = 100
"""Zenodo refuses larger pages with 400."""
PAGES = 20
SPARE = 2
"""With fewer requests left in the rate limit's window than this, its end is awaited."""
LONGEST_PAUSE = 65.0

_MISSING = {403: Missing.HIDDEN, 404: Missing.ABSENT, 410: Missing.DELETED}


class Client:
    """One instance, with one token or none."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._page = session.base + TOKEN_PAGE
        self._lock = threading.Lock()
        self._not_before = 0.0

    # Looking

    def draft(self, record: str) -> Record | Missing:
        path = f"/api/records/{record}/draft"
        answer = self._ask("GET", path, f"show draft {record}", allow=(403, 404, 410))
        if not answer.ok:
            return _MISSING[answer.status]
        files = self._ask("GET", f"{path}/files", f"list the files of {record}")
        return Record.read(_object(answer), entries(_object(files).get("entries") or ()))

    def record(self, record: str) -> Record | Missing:
        answer = self._ask(
            "GET",
            f"/api/records/{record}",
            f"show record {record}",
            allow=(301, 302, 307, 308, 403, 404, 410),
        )
        if answer.status in _MISSING:
            return _MISSING[answer.status]
        if not answer.ok:  # The id of all versions leads to the newest one.
            newest = _last_part(answer)
            return self.record(newest) if newest not in ("", record) else Missing.ABSENT
        body = _object(answer)
        listed = (body.get("files") or {}).get("entries")
        return Record.read(body, None if listed else self._published_files(record))

    def _published_files(self, record: str) -> tuple[Entry, ...]:
        """Files that the record's own body does not list: older instances, restricted files."""
        answer = self._ask(
            "GET", f"/api/records/{record}/files", f"list the files of {record}", allow=(403, 404)
        )
        return entries(_object(answer).get("entries") or ()) if answer.ok else ()

    def latest(self, concept: str) -> str:
        answer = self._ask(
            "GET",
            f"/api/records/{concept}/versions/latest",
            f"show the newest version of {concept}",
            allow=(301, 302, 307, 308, 403, 404, 410),
        )
        if answer.ok:
            return str(_object(answer).get("id") or "")
        return "" if answer.status in _MISSING else _last_part(answer)

    def search(self, query: str) -> tuple[Record, ...]:
        found: list[Record] = []
        for page in range(1, PAGES + 1):
            params = {
                "allversions": "true",
                "shared_with_me": "false",
                "size": str(PAGE),
                "page": str(page),
            }
            if query:
                params["q"] = query
            answer = self._ask(
                "GET", "/api/user/records", "list your records", params=params, allow=(404, 405)
            )
            if not answer.ok:
                raise PubflowError(
                    f"{self._session.host} has no records of yours to list ({answer.status}).",
                    why="Every InvenioRDM has, so this is another kind of server or address.",
                    hint="Check `url` in [targets.zenodo] or ZENODO_URL.",
                )
            hits = (_object(answer).get("hits") or {}).get("hits") or []
            found += [Record.read(hit) for hit in hits]
            if len(hits) < PAGE:
                break
        return tuple(found)

    def public(self, query: str) -> tuple[Record, ...]:
        params = {"q": query, "allversions": "true", "size": "25", "sort": "newest"}
        answer = self._ask("GET", "/api/records", "search its records", params=params)
        return tuple(
            Record.read(hit) for hit in (_object(answer).get("hits") or {}).get("hits") or []
        )

    def knows(self, address: str) -> bool:
        path = "/api/" + quote(address, safe="/:")
        return self._ask("GET", path, f"look up {address}", allow=(400, 403, 404)).ok

    def entry(self, record: str, key: str) -> Entry | Missing:
        answer = self._ask("GET", _file(record, key), f"show {key}", allow=(403, 404))
        return entries([_object(answer)])[0] if answer.ok else _MISSING[answer.status]

    def communities(self, record: str) -> frozenset[str]:
        found: set[str] = set()
        joined = self._ask(
            "GET",
            f"/api/records/{record}/communities",
            "list the record's communities",
            headers=FILES,
            allow=(403, 404, 405),
        )
        if joined.ok:
            for hit in (_object(joined).get("hits") or {}).get("hits") or []:
                found |= {str(hit.get("id") or ""), str(hit.get("slug") or "")}
        asked = self._ask(
            "GET",
            f"/api/records/{record}/requests",
            "list the record's requests",
            headers=FILES,
            params={"is_open": "true"},
            allow=(400, 403, 404, 405),
        )
        if asked.ok:
            for hit in (_object(asked).get("hits") or {}).get("hits") or []:
                if hit.get("is_open", True):
                    found.add(str((hit.get("receiver") or {}).get("community") or ""))
        return frozenset(found - {""})

    def community(self, slug: str) -> str:
        """The id of a community; empty if there is none of that name."""
        path = f"/api/communities/{quote(slug, safe='')}"
        answer = self._ask("GET", path, f"find community {slug}", headers=FILES, allow=(403, 404))
        return str(_object(answer).get("id") or "") if answer.ok else ""

    # Changing

    def create(self, body: Mapping[str, Any]) -> tuple[Record, list[tuple[str, str]]]:
        answer = self._ask("POST", "/api/records", "make a draft", body=body)
        got = _object(answer)
        return Record.read(got, ()), complaints(got)

    def next_version(self, record: str) -> Record:
        path = f"/api/records/{record}/versions"
        made = Record.read(_object(self._ask("POST", path, f"make a new version of {record}")), ())
        seen = self.draft(made.id)  # Only now its files are known, and who else was here.
        return seen if isinstance(seen, Record) else made

    def edit(self, record: str) -> None:
        self._ask("POST", f"/api/records/{record}/draft", f"open record {record} for an edit")

    def put(self, record: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
        path = f"/api/records/{record}/draft"
        answer = self._ask("PUT", path, f"describe record {record}", body=body)
        return complaints(_object(answer))

    def reserve(self, record: str) -> None:
        path = f"/api/records/{record}/draft/pids/doi"
        answer = self._ask("POST", path, f"reserve a DOI for record {record}", allow=(400,))
        if not answer.ok and not self._has_doi(record):
            refuse(answer, f"reserve a DOI for record {record}", page=self._page)

    def _has_doi(self, record: str) -> bool:
        """Reserving twice is a 400, whose words we need not read: the draft tells."""
        seen = self.draft(record)
        return isinstance(seen, Record) and bool(seen.doi)

    def enlarge(self, record: str, size: int) -> None:
        doing = f"make room for {size} GB in record {record}"
        answer = self._ask(
            "POST",
            f"/api/records/{record}/quota-increase",
            doing,
            body={"quota_size": str(size)},
            allow=(400, 403, 404, 405),
        )
        if not answer.ok:
            raise PubflowError(
                f"{self._session.host} would not {doing} ({answer.status}).",
                why="A record holds 50 GB; an account may add 150 GB to its records in all, and"
                " that may be used up.",
                hint="Split the artifact, or ask the instance's support for room, then run again:"
                "\n\n    pubflow release",
            )

    def import_files(self, record: str) -> None:
        path = f"/api/records/{record}/draft/actions/files-import"
        self._ask("POST", path, "take over the previous version's files", headers=FILES)

    def init(self, record: str, keys: Sequence[str]) -> None:
        # Only `key`: older instances refuse entries with unknown fields.
        self._ask(
            "POST",
            f"/api/records/{record}/draft/files",
            f"accept {', '.join(keys[:3])}{' and others' if len(keys) > 3 else ''}",
            headers=FILES,
            body=[{"key": key} for key in keys],
        )

    def send(
        self, record: str, key: str, source: Path, size: int, told: Callable[[int], None]
    ) -> None:
        answer = self._ask(
            "PUT",
            _file(record, key) + "/content",
            f"receive {key}",
            headers=CONTENT,
            file=(source, size),
            told=told,
        )
        if complaints(_object(answer)):
            # A 200 whose `errors` say that nothing was kept; the entry is gone from the draft.
            raise Transient(
                f"{self._session.host} lost {key} while receiving it.",
                why="It answered 200, and said inside that the transfer had failed.",
            )

    def commit(self, record: str, key: str) -> Entry:
        answer = self._ask("POST", _file(record, key) + "/commit", f"keep {key}", headers=FILES)
        return entries([_object(answer)])[0]

    def remove(self, record: str, key: str) -> None:
        path = _file(record, key)
        self._ask("DELETE", path, f"delete {key}", headers=FILES, allow=(404,))

    def publish(self, record: str) -> None:
        path = f"/api/records/{record}/draft/actions/publish"
        answer = self._ask(
            "POST", path, f"publish record {record}", timeout=PUBLISHING, allow=(404,)
        )
        if answer.status == 404 and not isinstance(self.record(record), Record):
            refuse(answer, f"publish record {record}", page=self._page)

    def discard(self, record: str) -> None:
        path = f"/api/records/{record}/draft"
        self._ask("DELETE", path, f"delete draft {record}", allow=(404, 410))

    def join(self, record: str, slug: str) -> None:
        identifier = self.community(slug)
        if not identifier:
            raise PubflowError(
                f"There is no community {slug} at {self._session.host}.",
                why="The record is published and is not in it.",
                hint="Correct `communities` in publish.toml, then run again:\n\n"
                "    pubflow release",
            )
        answer = self._ask(
            "POST",
            f"/api/records/{record}/communities",
            f"put record {record} into {slug}",
            body={"communities": [{"id": identifier, "require_review": False}]},
            headers=FILES,
            allow=(400,),
        )
        # Already in, or already asked, is an error there and as good as done.
        if not answer.ok and identifier not in self.communities(record):
            refuse(answer, f"put record {record} into {slug}", page=self._page)

    def _ask(
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
            method, path, headers=headers or _accept(path), body=body, **more
        )
        self._pace(answer)
        if not answer.ok and answer.status not in allow:
            refuse(answer, doing, page=self._page)
        return answer

    def _pause(self) -> None:
        with self._lock:
            wait = self._not_before - time.monotonic()
        if wait > 0:
            time.sleep(min(wait, LONGEST_PAUSE))

    def _pace(self, answer: Answer) -> None:
        """Heed the rate headers, which are on every answer: without spare requests, wait."""
        headers = {key.lower(): value for key, value in answer.headers.items()}
        left, reset = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-reset", "")
        if left.isdigit() and reset.isdigit() and int(left) < SPARE:
            wait = max(0.0, int(reset) - time.time()) + 0.1
            with self._lock:
                self._not_before = max(self._not_before, time.monotonic() + wait)


def _accept(path: str) -> Mapping[str, str]:
    return FILES if "/files" in path else RECORDS


def _file(record: str, key: str) -> str:
    return f"/api/records/{record}/draft/files/{quote(key, safe='/')}"


def _object(answer: Answer) -> Json:
    """The body as a JSON object; Transient for anything else, as a proxy may have answered."""
    body = answer.json()
    if not isinstance(body, dict):
        raise Transient(
            f"{urlsplit(answer.url).netloc} answered with no JSON object.",
            why="A proxy or an overloaded server answers so, or it is no InvenioRDM.",
            hint="Check the address in [targets.zenodo], then run again:\n\n    pubflow release",
        )
    return body


def _last_part(answer: Answer) -> str:
    """`/api/records/385` of a Location, which may be relative -> `385`."""
    headers = {key.lower(): value for key, value in answer.headers.items()}
    return urlsplit(headers.get("location", "")).path.rstrip("/").rsplit("/", 1)[-1]
