"""The library's HTTP client, with an end to every wait.

huggingface_hub 2.4 passes `timeout=None` with whatever it lists in pages (files, commits,
collections, pull requests) and with repo_info, which overrides a client's own timeout. httpx2's
counts from each byte, so that a server which sends one a second holds us for ever. And where the
library repeats after a timeout it does so five times. Here a wait ends once, as Transient, which
the library lets pass: whether to ask again is the engine's decision.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

from pubflow.errors import Transient
from pubflow.http.patience import SLOWEST

CONNECT = 30.0


class Patient(httpx2.Client):
    """Waits for `silence` seconds: for an answer, and for each `SLOWEST` bytes a second of it."""

    def __init__(self, silence: float, **settings: Any) -> None:
        super().__init__(timeout=httpx2.Timeout(silence, connect=min(CONNECT, silence)), **settings)
        for transport in (self._transport, *self._mounts.values()):
            # httpx2 lets nobody name the backend of its own transports.
            pool = getattr(transport, "_pool", None)
            if pool is not None:
                pool._network_backend = _Backend(pool._network_backend, silence)

    def build_request(self, *args: Any, **named: Any) -> httpx2.Request:
        if named.get("timeout", ...) is None:
            del named["timeout"]
        return super().build_request(*args, **named)


def _late() -> Transient:
    return Transient("The Hub did not answer in time.")


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, inner: httpcore2.NetworkBackend, silence: float) -> None:
        self._inner = inner
        self._silence = silence

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            made = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        except httpcore2.ConnectTimeout:
            raise Transient(f"{host} could not be reached in time.") from None
        return _Stream(made, self._silence)


class _Stream(httpcore2.NetworkStream):
    """A connection on which what is asked for arrives at a decent speed, or not at all."""

    def __init__(self, inner: httpcore2.NetworkStream, silence: float) -> None:
        self._inner = inner
        self._silence = silence
        self._waited = 0.0
        self._arrived = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            began = time.monotonic()
            try:
                data = self._inner.read(max_bytes, max(self._silence - self._waited, 0.001))
            except httpcore2.ReadTimeout:
                if self._is_slow():
                    raise _late() from None
                self._waited, self._arrived = 0.0, 0
                continue
            # Only what is waited for here counts, not what the reader does in between.
            self._waited += time.monotonic() - began
            self._arrived += len(data)
            if data and self._waited >= self._silence:
                if self._is_slow():
                    raise _late()
                self._waited, self._arrived = 0.0, 0
            return data

    def _is_slow(self) -> bool:
        return self._arrived < self._silence * SLOWEST

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._waited, self._arrived = 0.0, 0
        try:
            self._inner.write(buffer, timeout)
        except httpcore2.WriteTimeout:
            raise _late() from None

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            made = self._inner.start_tls(ssl_context, server_hostname, timeout)
        except (httpcore2.ConnectTimeout, httpcore2.ReadTimeout):
            raise _late() from None
        return _Stream(made, self._silence)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
