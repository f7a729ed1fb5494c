"""Holds whatever reaches a stand-in for GitHub in this process to GitHub's own description.

Import `github_is_obeyed` into a conftest, and every test below it fails on an exchange that the
description does not allow. Exchanges of a shape that was seen before are not checked again: shapes
are keys and types, so a sweep over thousands of requests costs little.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from rehearsal.github.openapi import Contract, Mismatch

from pubflow.rehearsal.github import GitHub
from pubflow.rehearsal.wire import Request, Response

API = ("repos", "user", "users", "orgs", "rate_limit", "meta", "uploads")
GIT = ("/git-receive-pack", "/git-upload-pack", "/info/refs")


class Watch:
    """What was seen in this process, and what of it was wrong."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.held: set[str] = set()
        """Operations that were met."""
        self._contract = Contract()
        self._known: set[Any] = set()

    def handle(self, github: GitHub, request: Request) -> Response:
        if not _is_api(request):
            return ORIGINAL(github, request)
        body = b"" if request.path.startswith("/uploads/") else request.body.read()
        if body:
            request.body = io.BytesIO(body)
        response = ORIGINAL(github, request)
        if isinstance(response.body, bytes):
            self._hold(request, body, response)
        return response

    def _hold(self, request: Request, body: bytes, response: Response) -> None:
        template = self._contract.operation(
            request.method, request.path.removeprefix("/uploads").rstrip("/")
        )
        shape = (
            request.method,
            template or request.path,
            tuple(sorted(request.query)),
            response.status,
            _shape(body),
            _shape(response.body if isinstance(response.body, bytes) else b""),
        )
        if shape in self._known:
            return
        self._known.add(shape)
        query = "&".join(
            f"{name}={value}" for name in request.query for value in request.query[name]
        )
        try:
            self._contract.check(
                request.method,
                f"{request.base}{request.path}?{query}",
                request.headers,
                body,
                response.status,
                response.headers,
                response.body if isinstance(response.body, bytes) else b"",
            )
        except Mismatch as mismatch:
            self.wrong.append(str(mismatch))
        else:
            self.held.add(f"{request.method} {template}")


ORIGINAL = GitHub.handle


def _is_api(request: Request) -> bool:
    """Whether the description speaks of it; it cannot of paths that go up or have empty parts."""
    parts = unquote(request.path).rstrip("/").split("/")[1:]
    odd = {"", ".", ".."} & set(parts)
    return bool(parts) and parts[0] in API and not odd and not request.path.endswith(GIT)


def _shape(body: bytes) -> Any:
    """Keys and types of a JSON text; what is no JSON has the shape of its first bytes."""
    try:
        return _shape_of(json.loads(body)) if body else None
    except ValueError:
        return body[:16]


def _shape_of(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((name, _shape_of(inner)) for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return tuple(dict.fromkeys(_shape_of(inner) for inner in value))
    return type(value).__name__


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    made = Watch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GitHub, "handle", lambda github, request: made.handle(github, request))
        yield made


@pytest.fixture(autouse=True)
def github_is_obeyed(watch: Watch) -> Iterator[None]:
    yield
    wrong, watch.wrong = watch.wrong, []
    assert not wrong, "\n".join(wrong)
