"""From a request to its answer: git, then the API, then the pages for people."""

from __future__ import annotations

import re
import secrets
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..tamper import Tamper
from ..wire import Blobs, Request, Response
from . import (
    accounts,
    assets,
    browse,
    gitdata,
    pages,
    releases,
    repositories,
    settings,
    transport,
)
from .call import Access, Call, Route, is_known, pattern
from .replies import DOCUMENTATION, Refusal, needs_token, not_found, problem
from .rights import ALL, Rights
from .store import Missing, Store, Stores
from .world import Asset, Release, Repository, World, moment

ROUTES = tuple(
    (pattern(route.template), route)
    for module in (accounts, assets, releases, gitdata, browse, settings, repositories)
    for route in module.ROUTES
)
API = re.compile(
    r"/(repos|user|users|orgs|rate_limit|meta|uploads|storage|avatars|licenses|graphql)(/.*)?"
)
"""Addresses of the API, which on GitHub has a host of its own; no owner can have these names."""
VERSIONS = ("2022-11-28", "2026-03-10")
"""The first one is what a request without the header gets (changelog, 2026-03-12)."""
_NO_AGENT = (
    b"Request forbidden by administrative rules. "
    b"Please make sure your request has a User-Agent header.\n"
)


class GitHub:
    """GitHub on one computer, for one token; obeys `rehearsal.wire.Standin`.

    `folder` holds git data and asset bytes; `clock` gives seconds since 1970.
    """

    name = "github"

    def __init__(
        self,
        folder: Path,
        *,
        token: str,
        clock: Callable[[], float] = time.time,
        rights: Rights = ALL,
        stores: Stores | None = None,
    ) -> None:
        self._token = token
        self.rights = rights
        self._clock = clock
        self._stores = stores or Stores(folder / "git")
        self._blobs = Blobs(folder / "assets")
        self._world = World()
        self._lock = threading.RLock()
        self._secret = secrets.token_bytes(16)
        self.deliver: Callable[[str, dict[str, Any]], None] = lambda address, event: None
        """Takes what is sent to a webhook. Nothing is sent anywhere, unless it is set."""

    def handle(self, request: Request) -> Response:
        with self._lock:
            self._world.tick += 1
        where = transport.address(request)
        if where is not None and not API.fullmatch(request.path):
            return self._git(request, where)
        if not _is_api(request):
            with self._lock:
                return pages.answer(request, self._world, self._stores, self._secret)
        try:
            response = self._api(request)
        except Refusal as refusal:
            response = refusal.response
        except Missing:
            response = not_found().response
        except subprocess.CalledProcessError:
            response = problem(422, "Git does not take this.").response
        response.headers |= _limits(self._clock())
        if "authorization" in request.headers:
            response.headers |= self.rights.headers
        return response

    def address(self, path: str) -> str:
        """Where a path of ours is found by clients."""
        return path

    def changes(self, request: Request) -> bool:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return False
        path = request.path
        if path.endswith(("/git-upload-pack", "/releases/generate-notes")):
            return False
        # Before a large push git asks with an empty one whether it may (remote-curl.c, probe).
        probe = path.endswith("/git-receive-pack") and request.headers.get("content-length") == "4"
        return not probe

    def world(self) -> dict[str, Any]:
        with self._lock:
            return {"repositories": [self._told(repository) for repository in self._world]}

    def tamper(self, order: Tamper) -> str:
        from .tamper import tamper

        with self._lock:
            return tamper(self._world, self._stores, self._blobs, order)

    def protect(self, name: str, branch: str) -> None:
        """Give a branch of `owner/name` classic protection, as its owner does on its page."""
        with self._lock:
            repository = self._world.get(*name.split("/"))
            assert repository is not None, name
            settings.protect(repository, self._stores.of(repository), branch)

    def dump(self) -> dict[str, Any]:
        with self._lock:
            return {"world": self._world.dump(), "secret": self._secret.hex()}

    def load(self, state: dict[str, Any]) -> None:
        with self._lock:
            self._world.load(state["world"])
            self._secret = bytes.fromhex(state["secret"])

    def reset(self) -> None:
        with self._lock:
            self._world.clear()
            self._stores.clear()
            self._blobs.clear()

    def _git(self, request: Request, where: transport.Address) -> Response:
        return transport.answer(
            request, where, self._token, self._world, self._stores, self._landed, self.rights
        )

    def _api(self, request: Request) -> Response:
        if not request.headers.get("user-agent"):
            return Response(403, _NO_AGENT, {"content-type": "text/html"})
        version = request.headers.get("x-github-api-version", VERSIONS[0])
        if version not in VERSIONS:
            raise problem(400, f"API version {version} is not supported.")
        known = is_known(request.headers, self._token)
        method = "GET" if request.method == "HEAD" else request.method
        path = request.path.rstrip("/") or "/"
        for address, route in ROUTES:
            if route.method == method and (match := address.fullmatch(path)):
                if route.access is Access.TOKEN and not known:
                    raise needs_token()
                args = {name: unquote(text) for name, text in match.groupdict().items()}
                if known:
                    self._allow(route, args)
                return self._answered(self._call(request, route, args, known))
        if path == "/":
            return _index(request.base)
        raise not_found()

    def _allow(self, route: Route, args: dict[str, str]) -> None:
        found = self._world.get(args.get("owner", ""), args.get("repo", ""))
        template = re.sub(r"\+\}", "}", route.template)
        private = found.private if found is not None else True
        self.rights.allow(route.method, template, private=private)

    def _answered(self, call: Call) -> Response:
        if not call.route.locked:
            return call.route.answer(call)
        with self._lock:
            response = call.route.answer(call)
            events, self._world.deliveries = self._world.deliveries, []
        for address, event in events:
            self.deliver(address, event)
        return response

    def _call(self, request: Request, route: Route, args: dict[str, str], known: bool) -> Call:
        return Call(
            request=request,
            route=route,
            args=args,
            known=known,
            world=self._world,
            stores=self._stores,
            blobs=self._blobs,
            lock=self._lock,
            secret=self._secret,
            now=moment(self._clock()),
            address=self.address,
        )

    def _landed(self, repository: Repository, store: Store) -> None:
        with self._lock:
            repository.pushed_at = moment(self._clock())
            branch = transport.default_branch(store, repository.default_branch)
            if branch != repository.default_branch:
                repository.default_branch = branch
                store.set_head(branch)

    def _told(self, repository: Repository) -> dict[str, Any]:
        store = self._stores.of(repository)
        refs = store.refs()
        return {
            "full_name": repository.full_name,
            "private": repository.private,
            "default_branch": repository.default_branch,
            "description": repository.description,
            "homepage": repository.homepage,
            "topics": repository.topics,
            "branches": store.branches(),
            "refs": {ref: sha for ref, sha in refs.items() if ref.startswith("refs/pubflow/")},
            "tags": [
                {"name": name, "commit": _commit(store, sha)} for name, sha in store.tags().items()
            ],
            "releases": [_release(release) for release in repository.releases],
        }


def _is_api(request: Request) -> bool:
    if request.path == "/":
        return "text/html" not in request.headers.get("accept", "")
    return bool(API.fullmatch(request.path))


def _index(base: str) -> Response:
    return Response.of(
        {
            "current_user_url": f"{base}/user",
            "repository_url": f"{base}/repos/{{owner}}/{{repo}}",
            "documentation_url": DOCUMENTATION,
        }
    )


def _limits(now: float) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(accounts.LIMIT),
        "x-ratelimit-remaining": str(accounts.REMAINING),
        "x-ratelimit-used": str(accounts.LIMIT - accounts.REMAINING),
        "x-ratelimit-reset": str(int(now) + 3600),
        "x-ratelimit-resource": "core",
        "x-github-request-id": secrets.token_hex(8),
    }


def _commit(store: Store, sha: str) -> str:
    """The commit that a tag leads to, through a tag object if there is one."""
    try:
        return store.commit(sha).sha
    except Missing:
        return sha


def _release(release: Release) -> dict[str, Any]:
    return {
        "id": release.id,
        "tag": release.tag,
        "draft": release.draft,
        "prerelease": release.prerelease,
        "body": release.body,
        "assets": [_asset(asset) for asset in release.assets],
    }


def _asset(asset: Asset) -> dict[str, Any]:
    return {
        "name": asset.name,
        "size": asset.size,
        "digest": asset.digest,
        "state": asset.state,
    }
