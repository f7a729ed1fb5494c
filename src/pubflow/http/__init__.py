"""One requests session per platform: who we are, how long we wait, and what an error means.

Nothing here is ever sent twice: repeating is the engine's decision, after a look. Redirects are not
followed, cookies not kept, `.netrc` not read; proxies and CA bundles only as the person's
environment says (`HTTPS_PROXY`, `NO_PROXY`, `REQUESTS_CA_BUNDLE`). An answer that drips in byte by
byte does not hold us: requests' own timeout counts from each byte, ours from the request.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import os
import ssl
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from pubflow import __version__
from pubflow.errors import PubflowError, Strange, Transient, Unreached
from pubflow.http.patience import POOLS, arriving
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
        """The body as JSON; raises Strange for anything else, as proxies answer HTML."""
        try:
            return json.loads(self.content)
        except ValueError:
            raise Strange(
                f"{host_of(self.url)} answered {self.status} with something that is not JSON.",
                why="A proxy or an overloaded server answers so.",
            ) from None

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


def _regular(path: Path) -> BinaryIO:
    """The file to be sent, which was no link and no pipe when it was looked at."""
    wrong = "it is no regular file any more"
    try:
        # Without O_NONBLOCK a named pipe in the file's place would hold us for ever.
        flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(path, os.O_RDONLY | flags)
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return open(handle, "rb", buffering=0)
        os.close(handle)
    except OSError as error:
        wrong = error.strerror or str(error)
    raise PubflowError(
        f"{path} cannot be sent: {wrong}.",
        why="It was read a moment ago, and something took its place or took it away.",
        hint="Put it back, then run again:\n\n    pubflow release",
    )


class _Sending:
    """A file as a request body: its length is known, and it is read in large blocks."""

    def __init__(self, file: BinaryIO, size: int, told: Callable[[int], None] | None) -> None:
        self._file = file
        self._left = size
        self._told = told
        self.len = size

    def read(self, amount: int = -1) -> bytes:
        block = self._file.read(min(self._left, BLOCK if amount < 0 else max(amount, BLOCK)))
        if not block and self._left:
            # Else the server would wait for the rest, and we for its answer.
            raise PubflowError(
                f"{self._file.name} became shorter while it was sent.",
                why="What is published must be what was looked at.",
                hint="Let the program that writes it finish, then run again.",
            )
        self._left -= len(block)
        if self._told is not None and block:
            self._told(len(block))
        return block


class Lines(HTTPAdapter):
    """Connections on which the head of an answer comes in time; its body see `arriving`."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, blocksize=BLOCK, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager


class Whole(Lines):
    """Gives a response only when all of it is here; `timeout` may be (to connect, of silence)."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        got = super().send(request, *args, **{**kwargs, "stream": True})
        timeout = kwargs["timeout"]
        with contextlib.closing(got):
            # requests itself would read it without an eye on the clock.
            silence = timeout[1] if isinstance(timeout, tuple) else timeout
            got._content = b"".join(arriving(got, silence))
        return got


class _Bearer(requests.auth.AuthBase):
    """Puts the token into the header of a request to its own origin, and to no other."""

    def __init__(self, token: Secret, origin: str) -> None:
        self._token = token
        self._origin = origin

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if origin_of(request.url or "") == self._origin:
            request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class Session:
    """HTTP with one host. `base` has no slash at its end; a token goes there and nowhere else."""

    def __init__(
        self, base: str, token: Secret | None = None, *, env: Mapping[str, str] = os.environ
    ) -> None:
        self.base = base
        self.host = host_of(base)
        self._env = env
        parts = urlsplit(base)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise PubflowError(
                f"{base} is not https.",
                why="A token sent there could be read on the way.",
                hint="Use an https address; plain http is for this computer alone.",
            )
        self._auth = _Bearer(token, origin_of(base)) if token else None
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["User-Agent"] = USER_AGENT
        self._proxy = proxy_of(parts.hostname or "", env)
        if self._proxy:
            self._session.proxies = {"https": self._proxy}
        self._session.verify = env.get("REQUESTS_CA_BUNDLE") or True
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, Whole(max_retries=0))

    def elsewhere(self, url: str) -> Session:
        """A session with the host of `url`, which gets no token."""
        return Session(origin_of(url), env=self._env)

    def request(
        self,
        method: str,
        url: str,
        *,
        body: Any = None,
        data: bytes | None = None,
        file: tuple[Path, int] | None = None,
        start: int = 0,
        told: Callable[[int], None] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        timeout: Timeout | None = None,
    ) -> Answer:
        """Send once and read the whole answer. `url` is an address on our host, or a path.

        `body` is sent as JSON; `file` is a path and how many of its bytes are sent, from `start`
        on, streamed in constant memory. Raises
        Transient when no whole answer came: a change may or may not have happened.
        """
        address = url if "://" in url else self.base + url
        if origin_of(address) != origin_of(self.base):
            other = "plain http" if host_of(address) == self.host else "another host"
            raise PubflowError(
                f"{self.host} pointed to {redact(origin_of(address))}, which is {other}.",
                why="A token belongs to one host, so the address was not followed.",
            )
        sent = dict(headers or {})
        if body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            if file is not None and file[1] > 0:
                path, size = file
                with _regular(path) as handle:
                    handle.seek(start)
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
                f"{self.host} did not prove who it is: {_distrust(wrong)}.",
                why="Somebody else could be answering in its place, so no token was sent.",
                hint="Check this computer's clock, and REQUESTS_CA_BUNDLE where a proxy or an"
                " institute has certificates of its own.",
            ) from None
        except requests.exceptions.ProxyError:
            raise Transient(
                f"The proxy {host_of(self._proxy).rpartition('@')[2]} did not lead to {self.host}.",
                why="HTTPS_PROXY in the environment says to go through it.",
                hint="Check it, or name the host in NO_PROXY.",
            ) from None
        except requests.RequestException as broken:
            raise lost(self.host, broken) from None

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


def lost(host: str, broken: requests.RequestException) -> Transient:
    """What to raise for a connection that was never made, or broke."""
    inner = getattr(broken.args[0] if broken.args else None, "reason", None)
    if isinstance(inner, NewConnectionError):
        return Unreached(f"{host} could not be reached from this computer.")
    return Transient(f"The connection to {host} broke ({type(broken).__name__}).")


def _distrust(wrong: BaseException) -> str:
    """Why a certificate was not trusted, in OpenSSL's words, out of the errors around it."""
    seen: list[BaseException] = [wrong]
    for error in seen:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message.rstrip(".")
        inner = (*error.args, error.__cause__, error.__context__, getattr(error, "reason", None))
        seen += [e for e in inner if isinstance(e, BaseException) and e not in seen]
    said = [e for e in seen if isinstance(e, ssl.SSLError) and e.reason]
    return str(said[0].reason).lower().replace("_", " ") if said else "the connection is not safe"


def host_of(url: str) -> str:
    """`host` or `host:port`, as written."""
    return urlsplit(url).netloc


def origin_of(url: str) -> str:
    """`https://host:port`, as written: where a token may go."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def proxy_of(hostname: str, env: Mapping[str, str]) -> str:
    """The proxy through which the environment says to reach a host; empty for none.

    `NO_PROXY` is a comma-separated list of host names, each with all hosts below it, or `*`.
    """
    spared = env.get("NO_PROXY") or env.get("no_proxy") or ""
    names = [name.strip().lstrip(".").lower() for name in spared.split(",") if name.strip()]
    host = hostname.lower()
    near = any(name == "*" or host == name or host.endswith(f".{name}") for name in names)
    if near or is_loopback(host):
        return ""
    return env.get("HTTPS_PROXY") or env.get("https_proxy") or ""


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
