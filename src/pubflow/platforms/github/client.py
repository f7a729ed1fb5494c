"""GitHub over PyGithub's requester: its session, headers and pacing, but our own judgement.

PyGithub 2.10 repeats a failed POST by itself, takes a 307 for success, publishes a draft when its
notes are edited, and sends uploads without a deadline (measured 2026-11). So its retries are off,
the status of every answer is looked at here, bodies hold only what is meant to change, and uploads
go through our own session.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import github.Requester
import requests

from pubflow.errors import PubflowError, Strange, Transient
from pubflow.http import USER_AGENT, Answer, Session, host_of, is_loopback, lost
from pubflow.http.shape import understood
from pubflow.platforms.github import answers as read
from pubflow.platforms.github import lines
from pubflow.platforms.github.state import Asset, Release, Repository, Ruleset, Token
from pubflow.tokens import Secret, redact

API_VERSION = "2022-11-28"
"""GitHub's default until at least March 2028; changelog of 2026-03-12."""

PAGE = 100
SILENCE = 60
"""Seconds without a byte after which an answer is given up."""

GRACE, SLOWEST = 600, 32 * 1024
"""An upload may take so many seconds, and one more for every so many bytes; then it is stuck."""

CHECK = "Check GITHUB_API_URL and GITHUB_SERVER_URL, or url in [targets.github]."

Headers = Mapping[str, Any]
T = TypeVar("T")


class Client:
    """The real `Api`. One per run; safe to use from many threads."""

    _session = Session
    _read = staticmethod(json.loads)

    def __init__(
        self, api_url: str, server: str, token: Secret | None, *, grace: float = GRACE
    ) -> None:
        self._grace = grace  # Seconds that an upload may take, however small the file.
        self._base = api_url.rstrip("/")
        self._server = server
        self._kind = read.kind_of(token.reveal()) if token else ""
        self._scopes: frozenset[str] | None = None
        self._door: Session | None = None
        self._host = host_of(self._base)
        self._token = token
        self._lock = threading.Lock()
        self._requester: github.Requester.Requester | None = None

    def login(self) -> str:
        return self._ask("GET", "/user", read.login, allowed=(403, 404))[1] or ""

    def repository(self, name: str) -> Repository | None:
        path = f"/repos/{name}"
        status, found, headers = self._ask("GET", path, read.repository, allowed=(301, 404))
        if status == 301:
            path = read.moved(self._base, headers)
            found = self._ask("GET", path, read.repository, allowed=(404,))[1]
            if found is None:
                raise read.hidden(name)
        return found

    def token(self) -> Token:
        return Token(self._kind, self._scopes)

    def refs(self, name: str) -> Mapping[str, str] | None:
        answer = self._git(name, "git-upload-pack")
        if answer.status == 404:
            return None
        if not answer.ok:
            raise self._refused(name, answer)
        return read.advertised(answer.content)

    def parents(self, name: str, commit: str) -> tuple[str, ...] | None:
        path = f"/repos/{name}/git/commits/{commit}"
        return self._ask("GET", path, read.parents, allowed=(404,))[1]

    def may_push(self, name: str) -> bool:
        answer = self._git(name, "git-receive-pack")
        if answer.ok or answer.status in (401, 404):
            return answer.ok
        refused = self._refused(name, answer)
        if answer.status == 403 and not isinstance(refused, Transient):
            return False
        raise refused

    def _refused(self, name: str, answer: Answer) -> PubflowError:
        said = {"message": answer.text.strip() or "no reason given"}
        return self._refusal("GET", f"/{name}.git", answer.status, answer.headers, said)

    def _git(self, name: str, service: str) -> Answer:
        """The list of refs that git's own protocol begins with; gitprotocol-http(5)."""
        if self._door is None:
            self._door = self._session(self._server, None)
        pair = f"x-access-token:{self._token.reveal()}" if self._token else ""
        basic = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        return self._door.request(
            "GET",
            f"/{quote(name)}.git/info/refs",
            params={"service": service},
            headers=basic if pair else {},
        )

    def may_administer(self, name: str) -> bool:
        path = f"/repos/{name}/actions/permissions"
        status, _, _ = self._ask("GET", path, read.enabled, allowed=(401, 403, 404))
        return status == 200

    def may_create(self) -> bool:
        # Of the questions that take the permission administration, the only one that is about no
        # repository; docs.github.com, "Permissions required for fine-grained personal access
        # tokens", 2026-11.
        path = "/user/repository_invitations"
        status, _, headers = self._ask("GET", path, allowed=(403, 404))
        return status != 403 or "administration" not in read.needed(headers)

    def immutable(self, name: str) -> bool:
        path = f"/repos/{name}/immutable-releases"
        _, found, _ = self._ask("GET", path, read.enabled, allowed=(401, 403, 404))
        return bool(found)

    def rules(self, name: str, branch: str) -> tuple[str, ...]:
        path = f"/repos/{name}/rules/branches/{quote(branch)}"
        found = self._pages(path, read.rule, allowed=(403, 404)) or ()
        passed = {n for n in {n for _, n in found} if n and self._ruleset(name, n).passed}
        return tuple(dict.fromkeys(kind for kind, number in found if number not in passed))

    def _ruleset(self, name: str, number: int) -> Ruleset:
        path = f"/repos/{name}/rulesets/{number}"
        _, found, _ = self._ask("GET", path, read.ruleset, allowed=(403, 404))
        return found or Ruleset()

    def protected(self, name: str, branch: str) -> bool:
        path = f"/repos/{name}/branches/{quote(branch)}"
        _, found, _ = self._ask("GET", path, read.protection, allowed=(403, 404))
        return bool(found)

    def tag_rules(self, name: str) -> tuple[str, ...]:
        path = f"/repos/{name}/rulesets?targets=tag"
        found = filter(None, self._pages(path, read.tag_ruleset, allowed=(403, 404)) or ())
        return tuple(called for number, called in found if self._ruleset(name, number).refuses)

    def hooks(self, name: str) -> tuple[str, ...] | None:
        found = self._pages(f"/repos/{name}/hooks", read.hook, allowed=(401, 403, 404))
        return None if found is None else tuple(filter(None, found))

    def release(self, name: str, number: int) -> Release | None:
        path = f"/repos/{name}/releases/{number}"
        _, found, _ = self._ask("GET", path, read.release, allowed=(404,))
        if found is None:
            return None
        # The release's own list of assets has left out failed uploads; the listing has not.
        assets = self._pages(f"{path}/assets", read.asset) or ()
        return replace(found, assets=tuple(assets))

    def releases(self, name: str) -> list[Release]:
        return self._pages(f"/repos/{name}/releases", read.release) or []

    def create_repository(self, name: str, *, personal: bool) -> None:
        owner, _, short = name.partition("/")
        path = "/user/repos" if personal else f"/orgs/{owner}/repos"
        self._ask("POST", path, read.repository, body={"name": short, "private": True})

    def delete_repository(self, name: str) -> None:
        self._ask("DELETE", f"/repos/{name}", allowed=(404,))

    def describe(self, name: str, *, description: str | None, homepage: str | None) -> None:
        given = {"description": description, "homepage": homepage}
        changed = {k: v for k, v in given.items() if v is not None}
        self._ask("PATCH", f"/repos/{name}", read.repository, body=changed)

    def set_topics(self, name: str, topics: tuple[str, ...]) -> None:
        self._ask("PUT", f"/repos/{name}/topics", read.topics, body={"names": list(topics)})

    def open(self, name: str) -> None:
        self._ask("PATCH", f"/repos/{name}", read.repository, body={"private": False})

    def create_draft(
        self, name: str, *, tag: str, title: str, body: str, prerelease: bool
    ) -> Release:
        # No target_commitish: the tag is pushed before the release is published, and naming a
        # commit that touches workflows needs a permission that Actions' own token never has.
        given = {"tag_name": tag, "name": title, "body": body, "prerelease": prerelease}
        _, made, _ = self._ask(
            "POST", f"/repos/{name}/releases", read.release, body=given | {"draft": True}
        )
        return cast(Release, made)

    def edit_body(self, name: str, number: int, body: str) -> None:
        path = f"/repos/{name}/releases/{number}"
        self._ask("PATCH", path, read.release, body={"body": body})

    def publish(self, name: str, number: int, *, tag: str, prerelease: bool, latest: str) -> None:
        given = {"tag_name": tag, "prerelease": prerelease, "draft": False, "make_latest": latest}
        self._ask("PATCH", f"/repos/{name}/releases/{number}", read.release, body=given)

    def delete_release(self, name: str, number: int) -> None:
        self._ask("DELETE", f"/repos/{name}/releases/{number}", allowed=(404,))

    def delete_asset(self, name: str, number: int) -> None:
        self._ask("DELETE", f"/repos/{name}/releases/assets/{number}", allowed=(404,))

    def upload(
        self, release: Release, name: str, file: Path, size: int, told: Callable[[int], None]
    ) -> Asset | None:
        url = release.upload_url.partition("{")[0]
        host = host_of(url)
        if host not in (self._host, f"uploads.{self._host.removeprefix('api.')}"):
            raise PubflowError(
                f"{self._host} wants uploads to go to {host}.",
                why="That is not GitHub's upload host, and the token would be sent along.",
            )
        parts = urlsplit(url)
        deadline = time.monotonic() + self._grace + size / SLOWEST

        def going(sent: int) -> None:
            if time.monotonic() > deadline:
                raise Transient(f"{name} took too long to send to {host}.")
            told(sent)

        answer = self._session(f"{parts.scheme}://{host}", self._token).request(
            "POST",
            url,
            file=(file, size),
            told=going,
            params={"name": name},
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Length": str(size),
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": API_VERSION,
            },
        )
        if answer.status == 422 and read.codes(answer.json()) == {"already_exists"}:
            return None
        if answer.status == 404:
            # A draft just made is not known everywhere at once; others have met this.
            raise Transient(f"{host} does not know the draft release {release.id} yet.")
        path = urlsplit(url).path
        if not answer.ok:
            content = answer.json() if answer.status < 500 else {}
            raise self._refusal("POST", path, answer.status, answer.headers, content)
        return understood(host, f"POST {path}", read.asset, answer.json(), hint=CHECK)

    def _pages(
        self, path: str, make: Callable[[Any], T], *, allowed: tuple[int, ...] = ()
    ) -> list[T] | None:
        """All pages of a list; None where the answer is one of `allowed`."""
        found: list[T] = []
        number = 1
        while True:
            url = f"{path}{'&' if '?' in path else '?'}per_page={PAGE}&page={number}"
            _, page, headers = self._ask("GET", url, read.each(make), allowed=allowed)
            if page is None:
                return None
            found += page
            # A page may be short although more come: what a token may not see is left out of it.
            if len(page) < PAGE and 'rel="next"' not in read.lowered(headers).get("link", ""):
                return found
            number += 1

    def _ask(
        self,
        verb: str,
        path: str,
        make: Callable[[Any], T] = read.whatever,
        *,
        body: Any = None,
        allowed: tuple[int, ...] = (),
    ) -> tuple[int, T | None, Headers]:
        """One request; the status is below 300, with what `make` reads, or one of `allowed`."""
        status, headers, text = self._exchange(verb, path, body)
        try:
            answer = self._read(text) if text or status in (200, 201) else None
        except ValueError:
            if status < 500:
                raise Strange(
                    f"{self._host} answered {status} with something that is not JSON.",
                    why="A proxy or an overloaded server answers so.",
                ) from None
            answer = None
        low = read.lowered(headers)
        if (scopes := read.scopes(self._kind, low)) is not None:
            self._scopes = scopes
        if status == 403 and read.wait_asked(status, low, read.said(answer)) is not None:
            raise self._refusal(verb, path, status, headers, answer)
        if status < 300:
            asked = f"{verb} {path.partition('?')[0]}"
            return status, understood(self._host, asked, make, answer, hint=CHECK), headers
        if status in allowed:
            return status, None, headers
        raise self._refusal(verb, path, status, headers, answer)

    def _exchange(self, verb: str, path: str, body: Any) -> tuple[int, Headers, str]:
        """Status, headers and text of the answer to one request, sent once."""
        try:
            # PyGithub keeps the request that it is about on its one connection.
            with self._lock:
                self._requester = self._requester or self._library()
                return self._requester.requestJson(verb, path, input=body)
        except requests.Timeout:
            raise Transient(f"{self._host} did not answer in time.") from None
        except requests.exceptions.SSLError as wrong:
            raise PubflowError(
                f"The certificate of {self._host} could not be trusted.",
                why=redact(str(wrong))[:200],
                hint="Check the clock and REQUESTS_CA_BUNDLE.",
            ) from None
        except requests.RequestException as broken:
            raise lost(self._host, broken) from None

    def _library(self) -> github.Requester.Requester:
        near = is_loopback(urlsplit(self._base).hostname or "")
        pauses = ("seconds_between_requests", "seconds_between_writes")
        pace: dict[str, Any] = dict.fromkeys(pauses) if near else {}
        return lines.requester(
            base_url=self._base,
            auth=github.Auth.Token(self._token.reveal()) if self._token else None,
            retry=None,
            timeout=SILENCE,
            per_page=PAGE,
            user_agent=USER_AGENT,
            api_version=API_VERSION,
            lazy=True,
            **pace,
        )

    def _refusal(
        self, verb: str, path: str, status: int, headers: Headers, answer: Any
    ) -> PubflowError:
        what = f"{self._host} answered {status} to {verb} {path.partition('?')[0]}"
        return read.refusal(self._host, what, status, read.lowered(headers), answer)
