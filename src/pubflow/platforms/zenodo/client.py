"""The calls of `api.py` over HTTP, as InvenioRDM 14 and Zenodo's own code answer them.

Zenodo serves its old JSON where only `application/json` is asked for on record routes, and nothing
but that on file routes (406 else); both recorded on 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pubflow.clock import Time
from pubflow.errors import PubflowError, Transient
from pubflow.http import Answer, Session, origin_of
from pubflow.platforms.zenodo import asking
from pubflow.platforms.zenodo.api import Missing
from pubflow.platforms.zenodo.asking import FILES, Asker, last_part, own_part, read
from pubflow.platforms.zenodo.instance import TOKEN_PAGE
from pubflow.platforms.zenodo.refusals import complaints, kept_out, no_doi, no_list, refuse
from pubflow.platforms.zenodo.state import Entry, Record, identified, listed

CONTENT = {**FILES, "Content-Type": "application/octet-stream"}
PUBLISHING = (30.0, 300.0)
PAGE = 100
"""Zenodo refuses larger pages with 400."""
PAGES = 100
"""A search shows no more than 10,000 records in all."""

LISTING = "list your records"

_MISSING = {403: Missing.HIDDEN, 404: Missing.ABSENT, 410: Missing.DELETED}


class Client:
    """One instance, with one token or none."""

    def __init__(self, session: Session, clock: Time | None = None) -> None:
        self._session = session
        self._page = session.base + TOKEN_PAGE
        self._ask = Asker(session, self._page, clock or Time()).ask
        self._communities: dict[str, str] = {}

    # Looking

    def draft(self, record: str) -> Record | Missing:
        path = f"/api/records/{record}/draft"
        answer = self._ask("GET", path, f"show draft {record}", allow=(403, 404, 410))
        if not answer.ok:
            return _MISSING[answer.status]
        files = self._ask("GET", f"{path}/files", f"list the files of {record}", allow=(404,))
        if not files.ok:
            return Missing.ABSENT  # Published or discarded in between.
        own = read(files, listed)
        return read(answer, lambda body: Record.read(body, own))

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
            newest = last_part(answer)
            return self.record(newest) if newest not in ("", record) else Missing.ABSENT
        found = read(answer, Record.read)
        return found if found.files else replace(found, files=self._published_files(record))

    def _published_files(self, record: str) -> tuple[Entry, ...]:
        """Files that the record's own body does not list: older instances, restricted files."""
        answer = self._ask(
            "GET", f"/api/records/{record}/files", f"list the files of {record}", allow=(403, 404)
        )
        return read(answer, listed) if answer.ok else ()

    def latest(self, concept: str) -> str:
        answer = self._ask(
            "GET",
            f"/api/records/{concept}/versions/latest",
            f"show the newest version of {concept}",
            allow=(301, 302, 307, 308, 403, 404, 410),
        )
        if answer.ok:
            return read(answer, identified)
        return "" if answer.status in _MISSING else last_part(answer)

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
            answer = self._mine(params, allow=(400, 404, 405))
            if answer.status == 400:
                # Zenodo gives strangers smaller pages, and a wrong token is a stranger's (2026-12).
                self._mine({**params, "size": "1"})
                refuse(answer, LISTING, page=self._page)
            if not answer.ok:
                raise no_list(self._session.host, answer.status)
            more = read(answer, asking.records)
            total = read(answer, lambda body: body["hits"].get("total"))
            found += more
            # Some instances give less than was asked for.
            if not more or (len(found) >= total if isinstance(total, int) else len(more) < PAGE):
                break
        return tuple(found)

    def _mine(self, params: Mapping[str, str], allow: Sequence[int] = ()) -> Answer:
        return self._ask("GET", "/api/user/records", LISTING, params=params, allow=allow)

    def public(self, query: str) -> tuple[Record, ...]:
        params = {"q": query, "allversions": "true", "size": "25", "sort": "newest"}
        answer = self._ask("GET", "/api/records", "search its records", params=params)
        return tuple(read(answer, asking.records))

    def knows(self, address: str) -> bool:
        path = "/api/" + quote(address, safe="/:")
        # A 403 says nothing of what is there; taken for a no, the next run would edit the record.
        answer = self._ask("GET", path, f"look up {address}", allow=(400, 404))
        return answer.ok and bool(read(answer, identified))

    def entry(self, record: str, key: str) -> Entry | Missing:
        answer = self._ask("GET", _file(record, key), f"show {key}", allow=(403, 404))
        return read(answer, asking.entry) if answer.ok else _MISSING[answer.status]

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
            found |= read(joined, asking.communities)
        asked = self._ask(
            "GET",
            f"/api/records/{record}/requests",
            "list the record's requests",
            headers=FILES,
            params={"is_open": "true"},
            allow=(400, 403, 404, 405),
        )
        if asked.ok:
            found |= read(asked, asking.receivers)
        return frozenset(found - {""})

    def community(self, slug: str) -> str:
        """The id of a community; empty if there is none of that name. Asked once."""
        if slug not in self._communities:
            path, doing = f"/api/communities/{quote(slug, safe='')}", f"find community {slug}"
            answer = self._ask("GET", path, doing, headers=FILES, allow=(403, 404))
            self._communities[slug] = read(answer, identified) if answer.ok else ""
        return self._communities[slug]

    # Changing

    def create(self, body: Mapping[str, Any]) -> tuple[Record, list[tuple[str, str]]]:
        answer = self._ask("POST", "/api/records", "make a draft", body=body)
        return read(answer, asking.new), read(answer, complaints)

    def next_version(self, record: str) -> Record:
        path = f"/api/records/{record}/versions"
        made = read(self._ask("POST", path, f"make a new version of {record}"), asking.new)
        seen = self.draft(made.id)  # Only now its files are known, and who else was here.
        return seen if isinstance(seen, Record) else made

    def edit(self, record: str) -> None:
        self._ask("POST", f"/api/records/{record}/draft", f"open record {record} for an edit")

    def put(self, record: str, body: Mapping[str, Any]) -> tuple[Record, list[tuple[str, str]]]:
        path = f"/api/records/{record}/draft"
        answer = self._ask("PUT", path, f"describe record {record}", body=body)
        return read(answer, Record.read), read(answer, complaints)

    def reserve(self, record: str) -> None:
        path = f"/api/records/{record}/draft/pids/doi"
        answer = self._ask("POST", path, f"reserve a DOI for record {record}", allow=(400, 500))
        if not answer.ok and not self._has_doi(record):
            if answer.status == 500:
                raise no_doi(self._session.host)
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

    def init_parts(
        self, record: str, key: str, size: int, part_size: int, parts: int
    ) -> tuple[str, ...] | None:
        transfer = {"type": "M", "parts": parts, "part_size": part_size}
        answer = self._ask(
            "POST",
            f"/api/records/{record}/draft/files",
            f"accept {key}",
            headers=FILES,
            body=[{"key": key, "size": size, "transfer": transfer}],
            allow=(400, 403, 500),  # 500: a store that cannot, and nobody made provision for it.
        )
        if not answer.ok:
            return None
        told = read(answer, listed)
        return next((entry.parts for entry in told if entry.key == key), ())

    def send_part(
        self,
        address: str,
        key: str,
        source: Path,
        start: int,
        size: int,
        told: Callable[[int], None],
    ) -> bool:
        more: dict[str, Any] = {
            "headers": CONTENT,
            "file": (source, size),
            "start": start,
            "told": told,
        }
        own = own_part(address)
        if own or origin_of(address) == origin_of(self._session.base):
            answer = self._ask("PUT", own or address, f"receive {key}", allow=(400, 403), **more)
            if answer.ok and read(answer, complaints):
                raise Transient(f"{self._session.host} lost a part of {key} while receiving it.")
            return answer.ok
        # A store of the instance's own, by an address that is a permission in itself.
        store = self._session.elsewhere(address)
        answer = store.request("PUT", address, **more)
        if not answer.ok:
            raise Transient(
                f"{store.host} would not receive a part of {key}: it answered {answer.status}.",
                why="Addresses of parts are good for some time only; new ones are asked for.",
            )
        return True

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
        if read(answer, complaints):
            # A 200 whose `errors` say that nothing was kept; the entry is gone from the draft.
            raise Transient(
                f"{self._session.host} lost {key} while receiving it.",
                why="It answered 200, and said inside that the transfer had failed.",
            )

    def commit(self, record: str, key: str) -> Entry:
        path = _file(record, key) + "/commit"
        answer = self._ask("POST", path, f"keep {key}", headers=FILES, allow=(404,))
        if answer.status == 404:
            # After a 200 to the content; zenodo-rdm#1413, open in 2026-07.
            raise Transient(
                f"{self._session.host} lost {key} after receiving it.",
                why="It took the content, and has no such file when asked to keep it.",
            )
        return read(answer, asking.entry)

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
            raise kept_out(answer, record, slug)


def _file(record: str, key: str) -> str:
    return f"/api/records/{record}/draft/files/{quote(key, safe='/')}"
