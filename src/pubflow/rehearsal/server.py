"""Loopback HTTP/1.1 for the stand-ins: one server per stand-in, on real sockets.

The server knows HTTP and nothing of the platforms. A request that is not well-formed is answered
400 (414, 431, 501, 505) before anyone else sees it, and is in no log.

No answer waits for Nagle's algorithm: TCP_NODELAY is on, and a small answer is one send.
Framing follows RFC 9112 (sections 6 and 7), `Expect` RFC 9110 (section 10.1.1).
"""

from __future__ import annotations

import io
import re
import socket
import socketserver
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

from pubflow.rehearsal.body import BLOCK, LONGEST_LINE, Body, BodyLost
from pubflow.rehearsal.desk import Answer, failure
from pubflow.rehearsal.faults import Cut
from pubflow.rehearsal.wire import Request, Response

LINGER = 10.0
"""How long, in seconds, a client may go on sending after an answer that closes the line."""

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LENGTH = re.compile(r"[0-9]{1,18}")
_LOOPBACK_HOST = re.compile(r"(?i)(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?")


def loopback_host(host: str) -> bool:
    """Whether a Host header names this computer."""
    return _LOOPBACK_HOST.fullmatch(host) is not None


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    request_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = BLOCK
    server: _Listener
    command: str = ""
    _asked_to_continue = False

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the log is at the control address."""

    def handle_expect_100(self) -> bool:
        # Said when the body is first read, so that a refused upload is never sent.
        self._asked_to_continue = True
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not HTTP, and hang up."""
        words = message or HTTPStatus(code).phrase
        self.close_connection = True
        self._send(Response.of({"message": words, "status": int(code)}, int(code)))
        self._linger(1.0)

    def handle_one_request(self) -> None:
        self._asked_to_continue = False
        self.command, self.request_version = "", "HTTP/1.1"
        try:
            self.raw_requestline = self.rfile.readline(LONGEST_LINE + 1)
            if not self.raw_requestline:
                self.close_connection = True
            elif len(self.raw_requestline) > LONGEST_LINE:
                self.requestline = ""
                self.send_error(414)
            elif self.parse_request():
                self._exchange()
            self.close_connection = self.close_connection or self.server.closing
        except Cut:
            self._reset()
        except OSError:
            self.close_connection = True

    def _exchange(self) -> None:
        wrong, length = self._framing()
        target = self.requestline.split()[1]
        if target.startswith("http://"):
            parts = urlsplit(target)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not target.startswith("/"):
            wrong = wrong or (400, "The request's target is not a path.")
        if wrong:
            self.send_error(*wrong)
            return
        ask = self._say_continue if self._asked_to_continue else None
        body = Body(cast(BinaryIO, self.rfile), length, ask)
        path, _, query = target.partition("?")
        host = self.headers.get("host", "")
        request = Request(
            method=self.command,
            path=path,
            query=parse_qs(query, keep_blank_values=True),
            headers={
                name.lower(): ", ".join(self.headers.get_all(name, [])) for name in self.headers
            },
            body=cast(BinaryIO, io.BufferedReader(body, BLOCK)),
            base=f"http://{host}" if loopback_host(host) else self.server.url,
        )
        try:
            answer = self.server.answer(request, target)
        except (Cut, BodyLost):
            raise
        except Exception as error:
            answer = Answer(failure(error))
        try:
            reusable = body.drain()
            if not reusable:
                self.close_connection = True
            self._send(answer.response)
        except (Cut, OSError):
            answer.lost()
            raise
        if not reusable:
            self._linger(1.0 if body.broken else LINGER)

    def _framing(self) -> tuple[tuple[int, str] | None, int | None]:
        """What is wrong with the request's head, and how long its body is (None: chunked)."""
        lengths = set(self.headers.get_all("content-length", []))
        coding = ", ".join(self.headers.get_all("transfer-encoding", [])).lower()
        if self.request_version < "HTTP/1.0":
            return (400, "The request names no version of HTTP."), 0
        if not _METHOD.fullmatch(self.command):
            return (400, "The method is not a word."), 0
        if self.headers.defects or self.headers.get_payload():
            return (400, "A header line is not a header."), 0
        if len(self.headers.get_all("host", [])) != 1 and self.request_version >= "HTTP/1.1":
            return (400, "There must be one Host header."), 0
        if coding and (lengths or self.request_version < "HTTP/1.1"):
            return (400, "Transfer-Encoding does not go with Content-Length or HTTP/1.0."), 0
        if coding:
            return (None, None) if coding == "chunked" else ((501, "Only chunked is known."), 0)
        if len(lengths) > 1 or not all(_LENGTH.fullmatch(length) for length in lengths):
            return (400, "Content-Length is not a length."), 0
        return None, int(lengths.pop()) if lengths else 0

    def _say_continue(self) -> None:
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send(self, response: Response) -> None:
        status, body = response.status, response.body
        headers = {name.lower(): value for name, value in response.headers.items()}
        bare = status < 200 or status in (204, 304)
        silent = bare or self.command == "HEAD"
        if isinstance(body, bytes) and not bare:
            # To HEAD a stand-in may name the length of bytes that it did not fetch.
            named = headers.get("content-length") if silent else None
            headers["content-length"] = named or str(len(body))
        chunked = not silent and "content-length" not in headers
        if chunked and self.request_version < "HTTP/1.1":
            chunked, self.close_connection = False, True
        elif chunked:
            headers["transfer-encoding"] = "chunked"
        headers.setdefault("date", self.date_time_string())
        headers.setdefault("server", "pubflow-rehearsal")
        if self.close_connection:
            headers["connection"] = "close"
        elif self.request_version < "HTTP/1.1":
            headers["connection"] = "keep-alive"
        phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
        lines = [f"HTTP/1.1 {status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if isinstance(body, bytes):
            self._write(head, b"" if silent else body)
            return
        try:
            if silent:
                self._write(head, b"")
            else:
                self._stream(head, body, headers.get("content-length"), chunked)
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _stream(
        self, head: bytes, body: Iterator[bytes], length: str | None, chunked: bool
    ) -> None:
        """Send blocks as they come; the head goes with the first."""
        sent = 0
        while True:
            try:
                block = next(body, None)
                sent += len(block or b"")
                named = sent if length is None else int(length)
                if sent > named or (block is None and sent < named):
                    raise ValueError(f"{named} bytes were named, {sent} came")
            except Exception:
                # Too late for a 500: a broken line is the only honest answer.
                traceback.print_exc()
                raise Cut from None
            if block is None:
                break
            if block and chunked:
                self._write(head + b"%x\r\n" % len(block), block, b"\r\n")
            elif block:
                self._write(head, block)
            head = b"" if block else head
        if head or chunked:
            self._write(head, b"0\r\n\r\n" if chunked else b"")

    def _write(self, *parts: bytes) -> None:
        if sum(map(len, parts)) <= BLOCK:
            self.wfile.write(b"".join(parts))
        else:
            for part in parts:
                self.wfile.write(part)

    def _linger(self, seconds: float) -> None:
        """Let the client read the answer before the line goes.

        To close on bytes that nobody read resets the connection, and the reset overtakes the
        answer (RFC 9112, section 9.6).
        """
        self.connection.shutdown(socket.SHUT_WR)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.connection.settimeout(left)
            if not self.connection.recv(BLOCK):
                return

    def _reset(self) -> None:
        """Drop the line with a reset and no word of goodbye."""
        self.close_connection = True
        form = "hh" if sys.platform == "win32" else "ii"
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(form, 1, 0))
        self.rfile.close()
        self.connection.close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    # Elsewhere this option lets a second process take the port while the first one holds it.
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, answer: Callable[[Request, str], Answer], port: int) -> None:
        self.answer = answer
        self.closing = False
        self._live: dict[Any, threading.Thread] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def server_bind(self) -> None:
        """Bind without asking any name server what we are called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._live[request] = threading.current_thread()
        try:
            super().finish_request(request, client_address)
        finally:
            with self._lock:
                del self._live[request]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()

    def hang_up(self, patience: float) -> None:
        """End every connection; requests being answered get `patience` seconds to finish."""
        self.closing = True
        end = time.monotonic() + patience
        with self._lock:
            live = dict(self._live)
        for how in (socket.SHUT_RD, socket.SHUT_RDWR):
            for line in live:
                try:
                    line.shutdown(how)
                except OSError:
                    continue  # Closed already.
            for thread in live.values():
                thread.join(max(0.0, end - time.monotonic()))


class Server:
    """One address that answers HTTP until it is closed. Port 0 takes any free one.

    Raises OSError if the port is taken.
    """

    def __init__(self, answer: Callable[[Request, str], Answer], port: int = 0) -> None:
        self._listener = _Listener(answer, port)
        self.url = self._listener.url
        self.port = self._listener.server_port
        self._thread = threading.Thread(target=self._listener.serve_forever, daemon=True)
        self._thread.start()

    def close(self, patience: float = 2.0) -> None:
        self._listener.closing = True
        stopping = threading.Thread(target=self._listener.shutdown, daemon=True)
        stopping.start()
        while stopping.is_alive():
            # A connection wakes the accepting thread, which would else look up twice a second.
            with socket.socket() as knock:
                knock.connect_ex(("127.0.0.1", self.port))
            stopping.join(0.02)
        self._listener.server_close()
        self._listener.hang_up(patience)
