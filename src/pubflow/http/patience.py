"""An end to answers that never end: requests' timeout counts from each byte that arrives.

A server that sends a byte a minute, by malice or by a broken proxy, would hold us for ever. Here
the head of an answer must come as a whole within the time given, and its body at a decent speed.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from pubflow.errors import Transient

SLOWEST = 1024
"""Bytes a second. An answer that comes slower than this is taken for none."""
LARGEST_ANSWER = 64 << 20
"""Bytes. The largest answer of any platform is a listing of some MiB; all of it is in memory."""


class Patience:
    """Closes a connection on which less than `SLOWEST` arrives for `seconds`, while it is held."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._socket = sock
        self._seconds = seconds
        self._over = threading.Event()
        self.arrived = 0
        self.ended = False
        """Whether it was closed; then what was read so far is not the whole."""

    def __enter__(self) -> Patience:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()

    def _watch(self) -> None:
        before = 0
        while not self._over.wait(self._seconds):
            now = self.arrived
            if now - before < self._seconds * SLOWEST:
                self.ended = True
                with contextlib.suppress(OSError):
                    # Not SSLSocket's own shutdown, which would pull the rug from under the reader.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
                return
            before = now


class _Patient(HTTPConnection):
    """Waits for the head of an answer as a whole, not for each of its bytes."""

    def getresponse(self) -> Any:
        if not isinstance(self.timeout, int | float) or self.sock is None:
            return super().getresponse()
        sock = self.sock
        with Patience(sock, self.timeout) as patience:
            try:
                got = super().getresponse()
            except Exception:
                if patience.ended:
                    raise TimeoutError from None
                raise
        if patience.ended:  # A head that was cut off reads like one that is whole.
            raise TimeoutError
        got.pubflow_socket = sock  # type: ignore[attr-defined]
        return got


class _PatientTLS(_Patient, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Patient


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _PatientTLS


POOLS = {"http": _Pool, "https": _PoolTLS}
"""For a pool manager's `pool_classes_by_scheme`."""


def arriving(
    got: requests.Response,
    silence: float,
    *,
    block: int = 1 << 14,
    limited: bool = True,
) -> Iterator[bytes]:
    """The pieces of an answer. Raises requests' errors, and Transient for one without an end.

    `silence` is in seconds; only one that is `limited` must stay below `LARGEST_ANSWER`.
    """
    raw: Any = got.raw
    with Patience(raw.pubflow_socket, silence) as patience:
        try:
            for piece in got.iter_content(block):
                patience.arrived += len(piece)
                yield piece
                if limited and patience.arrived > LARGEST_ANSWER:
                    raise Transient(
                        f"{urlsplit(got.url).netloc} sent more than {LARGEST_ANSWER >> 20} MiB.",
                        why="No answer that is meant for us is as long.",
                    )
        except requests.RequestException:
            if patience.ended:
                raise requests.Timeout from None
            raise
    if patience.ended:
        raise requests.Timeout
