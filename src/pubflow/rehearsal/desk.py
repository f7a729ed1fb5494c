"""Between the sockets and one stand-in: the log, the faults, the counters.

One request goes in this order: a line in the log, the faults that it meets, the stand-in's answer,
the count as a read or a change; then the server sends the answer.
"""

from __future__ import annotations

import re
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pubflow.rehearsal.body import BadBody, BodyLost
from pubflow.rehearsal.faults import Cut, Faults, apply
from pubflow.rehearsal.wire import Request, Response, Standin

_SECRET_NAMES = re.compile(
    r"(?i)([?&](?:[\w.-]*(?:token|secret|password|signature|credential)[\w.-]*|sig|api_key|code)=)"
    r"[^&]*"
)
_SECRET_VALUES = re.compile(r"(?:gh[a-z]_|github_pat_|hf_)\w{16,}")


@dataclass(slots=True)
class Entry:
    """One line of the log."""

    n: int
    platform: str
    method: str
    path: str
    status: int | None = None
    change: bool = False
    run: int = 0

    def shown(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "platform": self.platform,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "change": self.change,
        }


class Log:
    """Every well-formed request to a stand-in, numbered from 1 over all platforms, and counted.

    Each request counts once: as a change when its kind changes the world and the stand-in took it
    (status under 400), else as a read. So a refused change is a read, and so is one cut before it
    was applied: the world did not change. Lines carry no secret: neither one of `secrets`, nor
    what looks like one.
    """

    def __init__(self, platforms: Iterable[str], secrets: Iterable[str] = ()) -> None:
        self._platforms = tuple(platforms)
        self._secrets = tuple(secrets)
        self._lock = threading.Lock()
        self._run = 0
        self._entries: list[Entry] = []
        self._counts: dict[str, dict[str, int]] = {}
        self.reset()

    def note(self, platform: str, method: str, path: str) -> Entry:
        """A new line, its request not yet answered."""
        path = self._masked(path)
        with self._lock:
            entry = Entry(len(self._entries) + 1, platform, method, path, run=self._run)
            self._entries.append(entry)
        return entry

    def count(self, entry: Entry, *, change: bool) -> None:
        with self._lock:
            entry.change = change
            if entry.run == self._run:
                self._counts[entry.platform]["changes" if change else "reads"] += 1

    def counters(self) -> dict[str, dict[str, int]]:
        with self._lock:
            return {platform: dict(counts) for platform, counts in self._counts.items()}

    def shown(self) -> list[dict[str, Any]]:
        with self._lock:
            return [entry.shown() for entry in self._entries]

    def reset(self) -> None:
        """Empty. A request still being answered is then in neither log nor counters."""
        with self._lock:
            self._run += 1
            self._entries = []
            self._counts = {name: {"reads": 0, "changes": 0} for name in self._platforms}

    def _masked(self, path: str) -> str:
        for secret in self._secrets:
            path = path.replace(secret, "***")
        return _SECRET_VALUES.sub("***", _SECRET_NAMES.sub(r"\1***", path))


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send, and whom to tell when it could not be sent."""

    response: Response
    lost: Callable[[], None] = lambda: None


def safely(handle: Callable[[Request], Response], request: Request) -> Response:
    """The answer of `handle`, fit to be sent; its failure becomes a 500."""
    try:
        response = handle(request)
        for name, value in response.headers.items():
            f"{name}: {value}".encode("latin-1")
            if re.search(r"[\r\n\0]", name + value):
                raise ValueError(f"the header {name} has a line break in it")
        return response
    except BadBody as error:
        return Response.of({"message": f"Bad request: {error}.", "status": 400}, 400)
    except (Cut, BodyLost):
        raise
    except Exception as error:
        return failure(error)


def failure(error: Exception) -> Response:
    """The 500 for a bug of ours; the traceback goes to stderr."""
    traceback.print_exception(error)
    message = f"The stand-in failed: {type(error).__name__}: {error}"
    return Response.of({"message": message, "status": 500}, 500)


class Desk:
    """Everything that happens to one stand-in's requests besides the answer itself.

    `on_change(platform)` is called after each request that may have changed the world.
    """

    def __init__(
        self,
        standin: Standin,
        log: Log,
        faults: Faults,
        on_change: Callable[[str], None] = lambda platform: None,
    ) -> None:
        self._standin = standin
        self._log = log
        self._faults = faults
        self._on_change = on_change
        self._order = threading.Lock()

    def answer(self, request: Request, target: str) -> Answer:
        """Answer one request. Raises Cut or BodyLost when no answer is to be sent."""
        name = self._standin.name
        changing = self._standin.changes(request)
        with self._order:
            # One lock for both, so that the log's order is the order in which faults count.
            entry = self._log.note(name, request.method, target)
            faults = self._faults.take(name, changing)
        applied = False

        def handle(request: Request) -> Response:
            nonlocal applied
            response = safely(self._standin.handle, request)
            applied = changing and response.status < 400
            return response

        try:
            response = apply(faults, request, handle)
            entry.status = response.status
        finally:
            self._log.count(entry, change=applied)
            if changing:
                self._on_change(name)
        return Answer(response, lambda: _unanswered(entry))


def _unanswered(entry: Entry) -> None:
    entry.status = None
