"""Looking without an account: no token, no cookie, no `.netrc`, and no trace left.

A stranger follows redirects, as people's browsers do, but never off https (loopback aside). A busy
or broken answer is asked for again, as reading changes nothing.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from pubflow.errors import Transient
from pubflow.http import BLOCK, USER_AGENT, Lines, is_loopback, wait_of
from pubflow.http.patience import arriving

Seen = TypeVar("Seen")

HOPS = 10
"""Redirects that are followed; browsers stop at 20."""
ATTEMPTS = 4
LARGEST_PAGE = 8 << 20
"""Bytes of a page that are read; the rest is dropped."""
PATIENCE = (20.0, 60.0)
PIECE = 1 << 20
"""Bytes at the beginning and at the end of a file that a sample reads."""


@dataclass(frozen=True, slots=True)
class Read:
    """The end of a way through redirects. `status` is 0 where no answer came at all."""

    status: int
    url: str
    """Where the way ended."""
    text: str = ""
    moved: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Digest:
    """What arrived of a file."""

    status: int
    size: int = 0
    sha256: str = ""
    md5: str = ""
    whole: bool = True
    """False for a sample: the digests are then of its first and last piece together."""
    tail: bool = True
    """False for a sample from a server that sends no parts: then of the first piece alone."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Eyes:
    """Reads pages and files as a stranger. Safe to use from many threads.

    `sample` is the size in bytes above which only the ends of a file are read; None reads all.
    `told` hears of the bytes that arrived.
    """

    def __init__(
        self,
        *,
        env: Mapping[str, str] = os.environ,
        sample: int | None = None,
        told: Callable[[int], None] = lambda count: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sample = sample
        self._env = env
        self._told = told
        self._sleep = sleep
        self._local = threading.local()
        self._seen: dict[str, Read] = {}

    def read(self, url: str) -> Read:
        """The page at `url`, its text if it is text. The same page is fetched once."""
        if url not in self._seen:
            self._seen[url] = self._tried(url, lambda: self._page(url))
        return self._seen[url]

    def _page(self, url: str) -> Read:
        with self._open(url) as found:
            text = b""
            for block in _arriving(found, 1 << 16):
                text += block
                if len(text) > LARGEST_PAGE:
                    break
            shown = text.decode("utf-8", "replace")
            moved = found.url.rstrip("/") != url.rstrip("/")
            return Read(found.status_code, found.url, shown, moved)

    def json(self, url: str) -> tuple[int, Any]:
        """(status, value) of an API's answer; the value is None unless it is JSON."""
        found = self.read(url)
        try:
            import json

            return found.status, json.loads(found.text) if found.ok else None
        except ValueError:
            return found.status, None

    def alive(self, url: str) -> Read:
        """Whether something is at `url`; its content is not kept."""
        if url not in self._seen:
            with self._open(url) as found:
                moved = found.url.rstrip("/") != url.rstrip("/")
                self._seen[url] = Read(found.status_code, found.url, "", moved)
        return self._seen[url]

    def digest(self, url: str, size: int = 0) -> Digest:
        """All bytes at `url`; of a file larger than the sample size, only its two ends."""
        if self.sample is not None and size > max(self.sample, 2 * PIECE):
            return self._tried(url, lambda: self._ends(url, size))
        return self._tried(url, lambda: self._all(url))

    def _tried(self, url: str, read: Callable[[], Seen]) -> Seen:
        """What was read, on a second or third try if an answer broke off."""
        for attempt in range(ATTEMPTS):
            try:
                return read()
            except (requests.RequestException, OSError) as broken:
                self._pause(attempt, url, type(broken).__name__, None)
        raise AssertionError("unreachable")

    def _all(self, url: str) -> Digest:
        sha256, md5, total = hashlib.sha256(), hashlib.md5(), 0
        with self._open(url, {"Accept-Encoding": "identity"}) as found:
            for block in _arriving(found, BLOCK):
                sha256.update(block)
                md5.update(block)
                total += len(block)
                self._told(len(block))
            return Digest(found.status_code, total, sha256.hexdigest(), md5.hexdigest())

    def _ends(self, url: str, size: int) -> Digest:
        sha256, md5 = hashlib.sha256(), hashlib.md5()
        status = 0
        for start in (0, size - PIECE):
            asked = {"Range": f"bytes={start}-{start + PIECE - 1}", "Accept-Encoding": "identity"}
            with self._open(url, asked) as found:
                status = found.status_code
                if not 200 <= status < 300:
                    return Digest(status, whole=False)
                left = PIECE
                for block in _arriving(found, 1 << 16):
                    sha256.update(block[:left])
                    md5.update(block[:left])
                    self._told(len(block[:left]))
                    left -= len(block)
                    if left <= 0:
                        break
            if status != 206:
                break
        tail = status == 206
        return Digest(status, size, sha256.hexdigest(), md5.hexdigest(), whole=False, tail=tail)

    def _open(self, url: str, headers: Mapping[str, str] | None = None) -> requests.Response:
        """The answer at the end of all redirects, its body not yet read."""
        for attempt in range(ATTEMPTS):
            try:
                found = self._followed(url, headers or {})
            except requests.RequestException as broken:
                self._pause(attempt, url, type(broken).__name__, None)
                continue
            if found.status_code != 429 and found.status_code < 500:
                return found
            asked = wait_of(found.headers) if found.status_code in (429, 503) else None
            found.close()
            self._pause(attempt, url, str(found.status_code), asked)
        raise AssertionError("unreachable")

    def _followed(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        for _ in range(HOPS):
            found = self._session(url).get(
                url, headers=dict(headers), timeout=PATIENCE, stream=True, allow_redirects=False
            )
            if not found.is_redirect:
                return found
            there = urljoin(url, found.headers["location"])
            found.close()
            parts = urlsplit(there)
            if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
                raise requests.exceptions.InvalidSchema(there)
            if is_loopback(parts.hostname or "") and not is_loopback(urlsplit(url).hostname or ""):
                raise requests.exceptions.InvalidURL(there)  # The web may not look in here.
            url = there
        raise requests.TooManyRedirects(url)

    def _pause(self, attempt: int, url: str, why: str, asked: float | None) -> None:
        if attempt + 1 >= ATTEMPTS or (asked or 0) > 120:
            raise Transient(f"{url} could not be read ({why}).")
        self._sleep(asked if asked is not None else 0.5 * 2**attempt)

    def _session(self, url: str) -> requests.Session:
        """One for this computer and one for the web; proxies only as the environment says."""
        near = is_loopback(urlsplit(url).hostname or "")
        name = "near" if near else "far"
        session: requests.Session | None = getattr(self._local, name, None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers["User-Agent"] = USER_AGENT
            for scheme in ("https://", "http://"):
                session.mount(scheme, Lines(max_retries=0))
            if not near:
                proxy = self._env.get("HTTPS_PROXY") or self._env.get("https_proxy") or ""
                session.proxies = {"https": proxy}
                session.verify = self._env.get("REQUESTS_CA_BUNDLE") or True
            setattr(self._local, name, session)
        return session


def _arriving(found: requests.Response, block: int) -> Iterator[bytes]:
    """The pieces of a file of any size, as long as they come at a decent speed."""
    return arriving(found, PATIENCE[1], block=block, limited=False)


def ends_of(path: Path, size: int, *, tail: bool) -> str:
    """sha256 of the first piece of a file here and of its last, as a sample reads them."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for start in (0, size - PIECE) if tail else (0,):
            file.seek(start)
            digest.update(file.read(PIECE))
    return digest.hexdigest()
