"""A stranger's eyes: no token, redirects followed, patience with what is busy, files hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pubflow.errors import Transient
from pubflow.rehearsal.desk import Answer
from pubflow.rehearsal.server import Server
from pubflow.rehearsal.wire import Request, Response
from pubflow.verify.eyes import PIECE, Eyes, ends_of

DATA = bytes(range(256)) * 20_000


class Site:
    """A small server that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.busy = 0
        self.parts = True

    def answer(self, request: Request, target: str) -> Answer:
        self.asked.append(request)
        return Answer(self._page(request))

    def _page(self, request: Request) -> Response:
        if self.busy:
            self.busy -= 1
            return Response(503, b"", {"retry-after": "0"})
        match request.path:
            case "/there":
                return Response(200, "Grüße".encode(), {"content-type": "text/plain"})
            case "/moved":
                headers = {"location": "/there", "set-cookie": "who=me"}
                return Response(301, b"", headers)
            case "/loop":
                return Response(302, b"", {"location": "/loop"})
            case "/out":
                return Response(302, b"", {"location": "http://example.org/"})
            case "/data":
                wanted = request.headers.get("range", "")
                if not wanted or not self.parts:
                    return Response(200, DATA)
                start, _, end = wanted.removeprefix("bytes=").partition("-")
                return Response(206, DATA[int(start) : int(end) + 1])
        return Response(404, b"nothing")


@contextmanager
def served() -> Iterator[tuple[Site, str]]:
    site = Site()
    server = Server(site.answer)
    try:
        yield site, server.url
    finally:
        server.close()


def eyes(sample: int | None = None) -> Eyes:
    return Eyes(env={}, sample=sample, sleep=lambda seconds: None)


def test_a_page_is_read_once_and_a_redirect_followed() -> None:
    with served() as (site, url):
        look = eyes()
        assert look.read(f"{url}/there").text == "Grüße"
        assert look.read(f"{url}/there").ok
        moved = look.read(f"{url}/moved")
        assert (moved.status, moved.moved, moved.url) == (200, True, f"{url}/there")
        assert len(site.asked) == 3
        for request in site.asked:
            assert "authorization" not in request.headers
            assert "cookie" not in request.headers


def test_what_is_not_there_is_no_error() -> None:
    with served() as (_, url):
        assert eyes().read(f"{url}/nowhere").status == 404
        assert not eyes().digest(f"{url}/nowhere").ok


def test_a_busy_server_is_asked_again_and_not_for_ever() -> None:
    with served() as (site, url):
        site.busy = 2
        assert eyes().read(f"{url}/there").ok
        site.busy = 100
        with pytest.raises(Transient):
            eyes().read(f"{url}/there")


@pytest.mark.parametrize("path", ["/loop", "/out"])
def test_a_redirect_that_leads_round_or_off_https_is_not_followed(path: str) -> None:
    with served() as (_, url), pytest.raises(Transient):
        eyes().read(url + path)


def test_every_byte_of_a_file_is_hashed() -> None:
    with served() as (_, url):
        found = eyes().digest(f"{url}/data", len(DATA))
    assert (found.size, found.whole) == (len(DATA), True)
    assert found.sha256 == hashlib.sha256(DATA).hexdigest()
    assert found.md5 == hashlib.md5(DATA).hexdigest()


@pytest.mark.parametrize("parts", [True, False])
def test_a_sample_reads_the_ends_that_the_server_gives(tmp_path: Path, parts: bool) -> None:
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with served() as (site, url):
        site.parts = parts
        found = eyes(sample=1000).digest(f"{url}/data", len(DATA))
    assert (found.whole, found.tail) == (False, parts)
    assert found.sha256 == ends_of(path, len(DATA), tail=parts)
    assert len(DATA) > 2 * PIECE
