"""GitHub Enterprise Server: one host for all of it, the API below `/api/v3`, uploads below
`/api/uploads` (docs.github.com, "Getting started with the REST API" of the server, 2026-11)."""

from __future__ import annotations

from dataclasses import replace

from ..wire import Request, Response
from .replies import not_found
from .standin import API, GitHub

_REST, _UPLOADS = "/api/v3", "/api/uploads"
_BYTES = ("/storage/", "/avatars/")
"""What pages lead to, and no part of the API."""


class Enterprise(GitHub):
    """The same GitHub, whose API is nowhere but below `/api`."""

    def handle(self, request: Request) -> Response:
        if request.path == _REST or request.path.startswith(f"{_REST}/"):
            return super().handle(replace(request, path=request.path.removeprefix(_REST) or "/"))
        if request.path.startswith(f"{_UPLOADS}/"):
            return super().handle(replace(request, path=request.path.removeprefix("/api")))
        if API.fullmatch(request.path) and not request.path.startswith(_BYTES):
            return not_found().response
        return super().handle(request)

    def address(self, path: str) -> str:
        if not API.fullmatch(path.partition("?")[0]) or path.startswith(_BYTES):
            return path
        return f"/api{path}" if path.startswith("/uploads/") else f"{_REST}{path}"
