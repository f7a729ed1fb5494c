"""The control address: what the stand-ins saw and hold, and the faults they are to meet.

`GET /counters`, `GET /world`, `GET /faults`, `POST /faults`, `POST /tamper`, `POST /reset`.
Requests to it are in no log and no counter. The log and the counters are of this run; only the
worlds outlive it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pubflow.rehearsal import tamper
from pubflow.rehearsal.desk import Log
from pubflow.rehearsal.faults import BadFaults, Faults
from pubflow.rehearsal.server import loopback_host
from pubflow.rehearsal.wire import Request, Response, Standin

LONGEST_BODY = 1 << 20


class Control:
    """Answers the control address for all stand-ins together."""

    def __init__(
        self,
        standins: Sequence[Standin],
        log: Log,
        faults: Faults,
        on_reset: Callable[[], None] = lambda: None,
    ) -> None:
        self._standins = tuple(standins)
        self._log = log
        self._faults = faults
        self._on_reset = on_reset
        self._routes: Mapping[str, Mapping[str, Callable[[Request], Response]]] = {
            "/counters": {"GET": lambda request: Response.of(self._log.counters())},
            "/world": {"GET": lambda request: Response.of(self.world())},
            "/faults": {
                "GET": lambda request: Response.of(self._faults.armed()),
                "POST": self._arm,
            },
            "/tamper": {"POST": self._tamper},
            "/reset": {"POST": self._reset},
        }

    def handle(self, request: Request) -> Response:
        headers = request.headers
        if "origin" in headers or not loopback_host(headers.get("host", "")):
            # A page in the user's browser can send here too, and `kill` would obey it.
            return _refusal(403, "The control address does not answer web pages.")
        route = self._routes.get(request.path)
        if route is None:
            known = ", ".join(self._routes)
            return _refusal(404, f"There is no {request.path} here, only {known}.")
        method = "GET" if request.method == "HEAD" else request.method
        if method not in route:
            allowed = ", ".join(route)
            answer = _refusal(405, f"{request.path} takes {allowed}, not {request.method}.")
            answer.headers["allow"] = allowed
            return answer
        return route[method](request)

    def world(self) -> dict[str, Any]:
        """The ground truth of every stand-in, and the log."""
        worlds: dict[str, Any] = {standin.name: standin.world() for standin in self._standins}
        return {**worlds, "log": self._log.shown()}

    def counters(self) -> dict[str, dict[str, int]]:
        return self._log.counters()

    def _arm(self, request: Request) -> Response:
        body = request.body.read(LONGEST_BODY + 1)
        if len(body) > LONGEST_BODY:
            return _refusal(413, f"Faults are at most {LONGEST_BODY} bytes.")
        try:
            self._faults.add(_json(body))
        except BadFaults as bad:
            return Response.of(
                {"message": "Nothing was armed.", "errors": list(bad.mistakes)}, status=400
            )
        return Response.of(self._faults.armed())

    def _tamper(self, request: Request) -> Response:
        body = request.body.read(LONGEST_BODY + 1)
        try:
            done = tamper.apply(json.loads(body[:LONGEST_BODY]), self._standins)
        except (ValueError, RecursionError) as bad:
            why = str(bad) if isinstance(bad, tamper.BadTamper) else "the body is not JSON"
            return Response.of({"message": "Nothing was changed.", "errors": [why]}, status=400)
        self._on_reset()  # The worlds on disk are kept in step.
        return Response.of({"done": done})

    def _reset(self, request: Request) -> Response:
        self._faults.clear()
        for standin in self._standins:
            standin.reset()
        self._log.reset()
        self._on_reset()
        return Response.of({})


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadFaults(["the body is not JSON"]) from None


def _refusal(status: int, message: str) -> Response:
    return Response.of({"message": message}, status)
