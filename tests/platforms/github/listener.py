"""A server on a real socket that answers as it is told and counts connections."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Listener:
    url: str = ""
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    """Every request, as `GET /user`."""


Reply = Callable[[Listener, str], tuple[int, Mapping[str, str], bytes]]


@contextlib.contextmanager
def listening(reply: Reply) -> Iterator[Listener]:
    """`reply` makes status, headers and body out of the path that was asked for."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            listener.connections += 1
            super().setup()

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            listener.asked.append(f"{self.command} {self.path}")
            status, headers, body = reply(listener, self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    listener.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
