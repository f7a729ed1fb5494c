"""HTTP over real sockets: a small server that answers as each test wants."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pubflow.errors import PubflowError, Transient
from pubflow.http import Session, wait_of
from pubflow.tokens import Secret

CANARY = "can" + "ary-" + "5d2e" * 6

Answering = Callable[[BaseHTTPRequestHandler], None]


class Server:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer: Answering = lambda handler: reply(handler, 200, b"{}")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.seen.append((self.command, self.path, dict(self.headers), body))
                outer.answer(self)

            do_GET = do_PUT = do_POST = do

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def test_every_request_says_who_we_are_and_carries_no_cookie(server: Server) -> None:
    server.answer = lambda h: reply(h, 200, b"{}", Set_Cookie="csrf=1; Path=/")
    session = Session(server.url, Secret(CANARY))

    session.request("GET", "/a")
    session.request("POST", "/b", body={"x": 1})
    session.request("POST", "/c")

    for _, _, headers, _ in server.seen:
        assert headers["User-Agent"].startswith("pubflow/")
        assert "Cookie" not in headers
        assert headers["Authorization"] == f"Bearer {CANARY}"
    assert server.seen[2][2]["Content-Length"] == "0"


def test_a_file_is_streamed_with_its_length(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(5_000_001))
    told: list[int] = []

    session = Session(server.url)
    session.request("PUT", "/f", file=(path, 5_000_001), told=told.append)

    _, _, headers, body = server.seen[0]
    assert headers["Content-Length"] == "5000001"
    assert "Transfer-Encoding" not in headers
    assert hashlib.sha256(body).digest() == hashlib.sha256(path.read_bytes()).digest()
    assert sum(told) == 5_000_001


def test_an_empty_file_is_sent_with_length_zero(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()

    Session(server.url).request("PUT", "/f", file=(path, 0))

    assert server.seen[0][2].get("Content-Length") == "0"


def test_a_redirect_is_not_followed_and_no_other_host_is_asked(server: Server) -> None:
    server.answer = lambda h: reply(h, 302, b"", Location="http://127.0.0.1:1/elsewhere")
    session = Session(server.url, Secret(CANARY))

    assert session.request("GET", "/a").status == 302
    with pytest.raises(PubflowError, match="another host"):
        session.request("GET", "http://127.0.0.2:1/links/from/an/answer")


def test_netrc_is_not_read(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    Session(server.url).request("GET", "/a")

    assert "Authorization" not in server.seen[0][2]


def test_a_lost_answer_is_sent_once_and_says_so_without_the_token(server: Server) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.close()
        handler.close_connection = True

    server.answer = cut

    with pytest.raises(Transient) as lost:
        Session(server.url, Secret(CANARY)).request("POST", f"/a?access_token={CANARY}")

    assert len(server.seen) == 1
    assert CANARY not in f"{lost.value!r} {lost.value} {lost.value.__cause__}"
    assert lost.value.__suppress_context__


def test_a_silent_server_ends_in_a_message(server: Server) -> None:
    done = threading.Event()
    server.answer = lambda h: (done.wait(5), None)[1]  # type: ignore[func-returns-value]

    with pytest.raises(Transient, match="did not answer in time"):
        Session(server.url).request("GET", "/a", timeout=(1.0, 0.1))
    done.set()


def test_html_where_json_was_expected_is_a_passing_trouble(server: Server) -> None:
    server.answer = lambda h: reply(h, 200, b"<html>busy</html>")

    with pytest.raises(Transient, match="not JSON"):
        Session(server.url).request("GET", "/a").json()


def test_plain_http_is_for_this_computer_alone() -> None:
    with pytest.raises(PubflowError, match="not https"):
        Session("http://zenodo.example", Secret(CANARY))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 0.0), (formatdate(1_000_030), 30.0), ("soon", None), ("", None)],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert wait_of({"retry-after": header}, lambda: 1_000_000.0) == seconds
