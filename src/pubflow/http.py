"""One requests session per platform: who we are, how long we wait, and what an error means.

Nothing here is ever sent twice: repeating is the engine's decision, after a look. Redirects are not
followed, cookies not kept, `.netrc` not read; proxies and CA bundles only as the person's
environment says (`HTTPS_PROXY`, `REQUESTS_CA_BUNDLE`).
"""

from __future__ import annotations

import email.utils
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from pubflow import __version__
from pubflow.errors import PubflowError, Transient
from pubflow.tokens import Secret, redact

BLOCK = 1 << 20
"""Bytes sent at once. 1 MiB blocks are as fast as curl; requests' own 16 KiB cost a third more."""

USER_AGENT = f"pubflow/{__version__} (+https://github.com/pubflow/pubflow)"

Timeout = tuple[float, float]
"""Seconds to connect, and seconds of silence."""

PATIENT: Timeout = (30.0, 120.0)
SENDING: Timeout = (30.0, 1800.0)
"""A server hashes a large body before it answers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that arrived whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; raises Transient for anything else, as proxies answer HTML."""
        try:
            return json.loads(self.content)
        except ValueError:
            raise Transient(
                f"{host_of(self.url)} answered {self.status} with something that is not JSON.",
                why="A proxy or an overloaded server answers so.",
            ) from None

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


class _Sending:
    """A file as a request body: its length is known, and it is read in large blocks."""

    def __init__(self, file: BinaryIO, size: int, told: Callable[[int], None] | None) -> None:
        self._file = file
        self._left = size
        self._told = told
        self.len = size

    def read(self, amount: int = -1) -> bytes:
        block = self._file.read(min(self._left, BLOCK if amount < 0 else max(amount, BLOCK)))
        self._left -= len(block)
        if self._told is not None and block:
            self._told(len(block))
        return block


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, blocksize=BLOCK, **kwargs)


class _Bearer(requests.auth.AuthBase):
    """Puts the token into the header of a request to its own host, and of no other."""

    def __init__(self, token: Secret, host: str) -> None:
        self._token = token
        self._host = host

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if urlsplit(request.url or "").netloc == self._host:
            request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class Session:
    """HTTP with one host. `base` has no slash at its end; a token goes there and nowhere else."""

    def __init__(
        self, base: str, token: Secret | None = None, *, env: Mapping[str, str] = os.environ
    ) -> None:
        self.base = base
        self.host = host_of(base)
        parts = urlsplit(base)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise PubflowError(
                f"{base} is not https.",
                why="A token sent there could be read on the way.",
                hint="Use an https address; plain http is for this computer alone.",
            )
        self._auth = _Bearer(token, self.host) if token else None
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["User-Agent"] = USER_AGENT
        if not is_loopback(parts.hostname or ""):
            self._session.proxies = {
                "https": env.get("HTTPS_PROXY") or env.get("https_proxy") or "",
            }
            self._session.verify = env.get("REQUESTS_CA_BUNDLE") or True
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter(max_retries=0))

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
        timeout: Timeout | None = None,
    ) -> Answer:
        """Send once and read the whole answer. `url` is an address on our host, or a path.

        `body` is sent as JSON; `file` is a path and its size, streamed in constant memory. Raises
        Transient when no whole answer came: a change may or may not have happened.
        """
        address = url if "://" in url else self.base + url
        if host_of(address) != self.host:
            raise PubflowError(
                f"{self.host} pointed to {host_of(address)}, which is another host.",
                why="A token belongs to one host, so the address was not followed.",
            )
        sent = dict(headers or {})
        if body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            if file is not None and file[1] > 0:
                path, size = file
                with path.open("rb", buffering=0) as handle:
                    return self._send(
                        method,
                        address,
                        _Sending(handle, size, told),
                        sent,
                        params,
                        timeout or SENDING,
                    )
            return self._send(method, address, data, sent, params, timeout or PATIENT)
        except requests.Timeout:
            raise Transient(f"{self.host} did not answer in time.") from None
        except requests.exceptions.SSLError as wrong:
            raise PubflowError(
                f"The certificate of {self.host} could not be trusted: {redact(str(wrong))[:200]}",
                hint="Check the clock and REQUESTS_CA_BUNDLE.",
            ) from None
        except requests.RequestException as broken:
            raise Transient(
                f"The connection to {self.host} broke ({type(broken).__name__})."
            ) from None

    def _send(
        self,
        method: str,
        address: str,
        data: Any,
        headers: dict[str, str],
        params: Mapping[str, str] | None,
        timeout: Timeout,
    ) -> Answer:
        if data is None and method in {"POST", "PUT", "PATCH"}:
            headers.setdefault("Content-Length", "0")
        got = self._session.request(
            method,
            address,
            data=data,
            headers=headers,
            params=params,
            timeout=timeout,
            auth=self._auth,
            allow_redirects=False,
        )
        return Answer(got.status_code, dict(got.headers), got.content, address)


def host_of(url: str) -> str:
    """`host` or `host:port`, as written."""
    return urlsplit(url).netloc


def is_loopback(hostname: str) -> bool:
    return hostname in {"localhost", "::1"} or hostname.startswith("127.")


def wait_of(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """Seconds that `Retry-After` asks for (a number or a date), if it does."""
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), "")
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now())
    except ValueError:
        return None
