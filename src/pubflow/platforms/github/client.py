"""GitHub over PyGithub's requester: its session, headers and pacing, but our own judgement.

PyGithub 2.10 repeats a failed POST by itself, takes a 307 for success, publishes a draft when its
notes are edited, and sends uploads without a deadline (measured 2026-11). So its retries are off,
the status of every answer is looked at here, bodies hold only what is meant to change, and uploads
go through our own session.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import github
import requests

from pubflow.errors import PubflowError, Transient
from pubflow.http import USER_AGENT, Session, host_of, is_loopback, wait_of
from pubflow.platforms.github.state import Asset, Release, Repository, Tag
from pubflow.tokens import Secret, redact

API_VERSION = "2022-11-28"
"""GitHub's default until at least March 2028; changelog of 2026-03-12."""

PAGE = 100
SILENCE = 60
"""Seconds without a byte after which an answer is given up."""

Headers = Mapping[str, Any]


class Client:
    """The real `Api`. One per run; safe to use from many threads."""

    def __init__(self, api_url: str, token: Secret | None) -> None:
        self._base = api_url.rstrip("/")
        self._host = host_of(self._base)
        self._token = token
        self._lock = threading.Lock()
        near = is_loopback(urlsplit(self._base).hostname or "")
        pace: dict[str, Any] = (
            {"seconds_between_requests": None, "seconds_between_writes": None} if near else {}
        )
        self._github = github.Github(
            base_url=self._base,
            auth=github.Auth.Token(token.reveal()) if token else None,
            retry=None,
            timeout=SILENCE,
            per_page=PAGE,
            user_agent=USER_AGENT,
            api_version=API_VERSION,
            lazy=True,
            **pace,
        )

    def login(self) -> str:
        status, answer, _ = self._ask("GET", "/user", allowed=(403, 404))
        return str(answer["login"]) if status == 200 else ""

    def repository(self, name: str) -> Repository | None:
        status, answer, _ = self._ask("GET", f"/repos/{name}", allowed=(404,))
        if status == 404:
            return None
        rights = answer.get("permissions") or {}
        if not rights.get("pull"):
            # Tokens of apps, such as a workflow's own, are said to get all of them as false.
            rights = {}
        return Repository(
            id=answer["id"],
            name=answer["full_name"],
            private=answer["private"],
            branch=answer.get("default_branch") or "main",
            description=answer.get("description") or "",
            homepage=answer.get("homepage") or "",
            topics=tuple(answer.get("topics") or ()),
            archived=bool(answer.get("archived")),
            may_push=rights.get("push", True),
            may_administer=rights.get("admin", True),
        )

    def head(self, name: str, branch: str) -> str:
        found = self._ref(name, f"heads/{branch}")
        return str(found["sha"]) if found else ""

    def tag(self, name: str, tag: str) -> Tag | None:
        found = self._ref(name, f"tags/{tag}")
        if found is None or found["type"] != "tag":
            return Tag(found["sha"]) if found else None
        outer = inner = str(found["sha"])
        while found["type"] == "tag":
            _, answer, _ = self._ask("GET", f"/repos/{name}/git/tags/{inner}")
            found = answer["object"]
            inner = found["sha"]
        return Tag(inner, outer)

    def release(self, name: str, number: int) -> Release | None:
        status, answer, _ = self._ask("GET", f"/repos/{name}/releases/{number}", allowed=(404,))
        if status == 404:
            return None
        # The release's own list of assets has left out failed uploads; the listing has not.
        assets = self._pages(f"/repos/{name}/releases/{number}/assets")
        return _release(answer, tuple(_asset(asset) for asset in assets))

    def releases(self, name: str) -> list[Release]:
        return [_release(answer) for answer in self._pages(f"/repos/{name}/releases")]

    def create_repository(self, name: str, *, personal: bool) -> None:
        owner, _, short = name.partition("/")
        path = "/user/repos" if personal else f"/orgs/{owner}/repos"
        self._ask("POST", path, {"name": short, "private": True})

    def describe(self, name: str, *, description: str | None, homepage: str | None) -> None:
        given = {"description": description, "homepage": homepage}
        self._ask("PATCH", f"/repos/{name}", {k: v for k, v in given.items() if v is not None})

    def set_topics(self, name: str, topics: tuple[str, ...]) -> None:
        self._ask("PUT", f"/repos/{name}/topics", {"names": list(topics)})

    def open(self, name: str) -> None:
        self._ask("PATCH", f"/repos/{name}", {"private": False})

    def create_draft(
        self, name: str, *, tag: str, title: str, body: str, prerelease: bool
    ) -> Release:
        # No target_commitish: the tag is pushed before the release is published, and naming a
        # commit that touches workflows needs a permission that Actions' own token never has.
        given = {
            "tag_name": tag,
            "name": title,
            "body": body,
            "draft": True,
            "prerelease": prerelease,
        }
        _, answer, _ = self._ask("POST", f"/repos/{name}/releases", given)
        return _release(answer)

    def edit_body(self, name: str, number: int, body: str) -> None:
        self._ask("PATCH", f"/repos/{name}/releases/{number}", {"body": body})

    def publish(self, name: str, number: int, *, latest: str) -> Release:
        given = {"draft": False, "make_latest": latest}
        _, answer, _ = self._ask("PATCH", f"/repos/{name}/releases/{number}", given)
        return _release(answer)

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
        session = Session(f"{parts.scheme}://{host}", self._token)
        answer = session.request(
            "POST",
            url,
            file=(file, size),
            told=told,
            params={"name": name},
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Length": str(size),
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": API_VERSION,
            },
        )
        if answer.status == 422 and _codes(answer.json()) == {"already_exists"}:
            return None
        if answer.status == 404:
            # A draft just made is not known everywhere at once; others have met this.
            raise Transient(f"{host} does not know the draft release {release.id} yet.")
        if not answer.ok:
            content = answer.json() if answer.status < 500 else {}
            raise self._refusal("POST", parts.path, answer.status, answer.headers, content)
        return _asset(answer.json())

    def _ref(self, name: str, ref: str) -> dict[str, Any] | None:
        """409 is how an empty repository says that it has none."""
        path = f"/repos/{name}/git/ref/{quote(ref)}"
        status, answer, _ = self._ask("GET", path, allowed=(404, 409))
        return dict(answer["object"]) if status == 200 else None

    def _pages(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        number = 1
        while True:
            url = f"{path}?per_page={PAGE}&page={number}"
            _, page, _ = self._ask("GET", url)
            found += page
            if len(page) < PAGE:
                return found
            number += 1

    def _ask(
        self, verb: str, path: str, body: Any = None, *, allowed: tuple[int, ...] = ()
    ) -> tuple[int, Any, Headers]:
        """One request; the status is below 300 or one of `allowed`."""
        try:
            # PyGithub keeps the request that it is about on its one connection.
            with self._lock:
                answered = self._github.requester.requestJson(verb, path, input=body)
            status, headers, text = answered
        except requests.Timeout:
            raise Transient(f"{self._host} did not answer in time.") from None
        except requests.exceptions.SSLError as wrong:
            raise PubflowError(
                f"The certificate of {self._host} could not be trusted.",
                why=redact(str(wrong))[:200],
                hint="Check the clock and REQUESTS_CA_BUNDLE.",
            ) from None
        except requests.RequestException as broken:
            kind = type(broken).__name__
            raise Transient(f"The connection to {self._host} broke ({kind}).") from None
        try:
            answer = json.loads(text) if text else None
        except ValueError:
            if status < 500:
                raise Transient(
                    f"{self._host} answered {status} with something that is not JSON.",
                    why="A proxy or an overloaded server answers so.",
                ) from None
            answer = None
        if status == 403 and _wait(status, _low(headers), _said(answer)) is not None:
            raise self._refusal(verb, path, status, headers, answer)
        if status < 300 or status in allowed:
            return status, answer, headers
        raise self._refusal(verb, path, status, headers, answer)

    def _refusal(
        self, verb: str, path: str, status: int, headers: Headers, answer: Any
    ) -> PubflowError:
        """What an answer that is not a yes means: wait, or say why not."""
        said = _said(answer)
        what = f"{self._host} answered {status} to {verb} {path.partition('?')[0]}"
        low = _low(headers)
        if status in (403, 429) and (wait := _wait(status, low, said)) is not None:
            return Transient(f"{self._host} asks us to wait: {said}", wait=wait)
        if status >= 500:
            return Transient(f"{what}.", wait=wait_of(low))
        if 300 <= status < 400:
            return PubflowError(
                f"{what}, a redirect.",
                why="The repository was renamed or moved, and the change was not made.",
                hint="Write its new name into publish.toml.",
            )
        needed = low.get("x-accepted-github-permissions", "")
        if status == 401:
            return PubflowError(
                f"{self._host} does not accept the token.",
                why=said,
                hint="It may have expired. Make a new one and set GITHUB_TOKEN.",
            )
        return PubflowError(
            f"{what}: {said}",
            why=f"The token needs: {needed}" if needed and status in (403, 404) else "",
        )


def _low(headers: Headers) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _wait(status: int, headers: Mapping[str, str], said: str) -> float | None:
    """Seconds to wait for a rate limit, None where it is none.

    Order: Retry-After, then x-ratelimit-reset where nothing remains, else a minute; GitHub docs,
    "Rate limits for the REST API", 2026-11.
    """
    if (asked := wait_of(headers)) is not None:
        return asked
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset"):
        return max(1.0, float(headers["x-ratelimit-reset"]) - time.time())
    return 60.0 if status == 429 or "rate limit" in said.lower() else None


def _said(answer: Any) -> str:
    """GitHub's own words, with what its `errors` add, and no secret."""
    if not isinstance(answer, dict):
        return "no reason given"
    parts = [str(answer.get("message") or "no reason given")]
    for error in answer.get("errors") or ():
        if isinstance(error, dict):
            words = (error.get("field"), error.get("message") or error.get("code"))
            parts.append(" ".join(str(word) for word in words if word))
        else:
            parts.append(str(error))
    return redact("; ".join(parts))[:600]


def _codes(answer: Any) -> set[str]:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return {str(e.get("code")) for e in errors or () if isinstance(e, dict)}


def _asset(answer: Mapping[str, Any]) -> Asset:
    return Asset(
        id=answer["id"],
        name=answer["name"],
        size=answer.get("size") or 0,
        digest=answer.get("digest") or "",
        state=answer.get("state") or "",
    )


def _release(answer: Mapping[str, Any], assets: tuple[Asset, ...] = ()) -> Release:
    return Release(
        id=answer["id"],
        tag=answer["tag_name"],
        draft=answer["draft"],
        prerelease=answer["prerelease"],
        body=answer.get("body") or "",
        upload_url=answer.get("upload_url") or "",
        assets=assets,
    )
