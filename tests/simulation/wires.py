"""GitHub's and Zenodo's own clients over the seam: they word requests and judge answers as ever.

Only what sends is another: no socket, no library. What a lost answer means is what
`pubflow.http.Session` and GitHub's client say of a time-out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from pubflow.errors import Transient
from pubflow.http import BLOCK, _Sending, host_of
from pubflow.platforms.github.client import Client as GitHubClient
from pubflow.tokens import Secret
from simulation.places import BASES, TOKENS, Asked, Told, encoded
from simulation.run import NoAnswer, Run

API_HEADERS = (("accept", "application/vnd.github+json"),)


class Wire:
    """`pubflow.http.Session`, as far as the clients use it."""

    def __init__(self, run: Run, platform: str, base: str, *, known: bool = True) -> None:
        self._run = run
        self._platform = platform
        self._known = known
        self.base = base
        self.host = host_of(base)

    def request(
        self,
        method: str,
        url: str,
        *,
        body: Any = None,
        data: bytes | None = None,
        file: tuple[Path, int] | None = None,
        told: Callable[[int], None] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        timeout: tuple[float, float] | None = None,
    ) -> Told:
        path = urlsplit(url).path if "://" in url else url
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        content, sends = data or b"", 0
        if body is not None:
            content = encoded(body)
            sent.setdefault("content-type", "application/json")
        if file is not None:
            content = whole(*file, told)
            sends = len(content)
        query = tuple((params or {}).items())
        asked = Asked(method, path, query, tuple(sent.items()), content, self._known)
        try:
            return self._run.ask(self._platform, asked, method != "GET", sends)
        except NoAnswer:
            raise Transient(f"{self.host} did not answer in time.") from None


def whole(source: Path, size: int, told: Callable[[int], None] | None) -> bytes:
    """A file's bytes, read and counted as they are while they are sent."""
    with source.open("rb", buffering=0) as handle:
        sending = _Sending(handle, size, told)
        return b"".join(iter(lambda: sending.read(BLOCK), b""))


@lru_cache(maxsize=20_000)
def parsed(text: str) -> Any:
    return json.loads(text)


class GitHubWire(GitHubClient):
    """GitHub's client: all of it but the library that sends."""

    _read = staticmethod(parsed)

    def __init__(self, run: Run, *, known: bool = True) -> None:
        token = Secret(TOKENS["github"]) if known else None
        super().__init__(BASES["github"], BASES["git"], token)
        self._run = run
        self._known = known

    def _session(self, origin: str, token: Secret | None) -> Wire:  # type: ignore[override]
        return Wire(self._run, "github", origin, known=self._known)

    def _exchange(self, verb: str, path: str, body: Any) -> tuple[int, Mapping[str, Any], str]:
        plain, _, rest = path.partition("?")
        content = b"" if body is None else encoded(body)
        asked = Asked(
            verb, quote(plain, "/%+"), tuple(parse_qsl(rest)), API_HEADERS, content, self._known
        )
        try:
            told = self._run.ask("github", asked, verb != "GET")
        except NoAnswer:
            raise Transient(f"{self._host} did not answer in time.") from None
        return told.status, told.headers, told.text
