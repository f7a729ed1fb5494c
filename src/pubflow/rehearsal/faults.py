"""Faults, armed through the control address and met by the n-th request to a platform.

Every kind is one entry of `KINDS`: what a fault of that kind must say, what it does before the
stand-in sees the request, and what it does with the stand-in's answer. Faults count requests from
the moment they are armed; several that meet the same request all act, in the order of arming.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pubflow.rehearsal.wire import Request, Response


class Cut(Exception):
    """The connection is to be reset: whatever was done, no answer goes out."""


class BadFaults(ValueError):
    """Faults that were not armed, with every mistake that they hold."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as it was asked for. `details` holds what only its kind knows."""

    platform: str
    at: int
    kind: str
    only: str = ""
    count: int = 1
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a fault: what it may be, in words and as a test."""

    says: str
    fits: Callable[[Any], bool]
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of fault needs and does.

    `before` runs before the stand-in: None lets the request through, a Response is sent in place
    of the stand-in's (nothing was applied), Cut resets the connection. `after` gets the
    stand-in's answer and returns the one to send, or raises Cut.
    """

    fields: Mapping[str, Field] = field(default_factory=dict)
    before: Callable[[Fault, Request], Response | None] = lambda fault, request: None
    after: Callable[[Fault, Request, Response], Response] = lambda fault, request, answer: answer


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 3600


def run_out(answer: Response) -> None:
    """Read an answer to its end and drop it: a stand-in that streams has then done all of it."""
    if not isinstance(answer.body, bytes):
        for _ in answer.body:
            pass


def _cut_before(fault: Fault, request: Request) -> Response | None:
    raise Cut


def _cut_after(fault: Fault, request: Request, answer: Response) -> Response:
    run_out(answer)
    raise Cut


def _kill(pid: int) -> None:
    """SIGKILL, and wait until the process is gone: it must not live to see the reset."""
    try:
        watch = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
        try:
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            if watch >= 0:
                select.select([watch], [], [], 5)
        finally:
            if watch >= 0:
                os.close(watch)
    except OSError as error:
        print(f"The fault could not kill process {pid}: {error}.", file=sys.stderr)


def _kill_before(fault: Fault, request: Request) -> Response | None:
    if fault.details["when"] == "before":
        _kill(fault.details["pid"])
        raise Cut
    return None


def _kill_after(fault: Fault, request: Request, answer: Response) -> Response:
    run_out(answer)
    _kill(fault.details["pid"])
    raise Cut


def _pause(fault: Fault, request: Request) -> Response | None:
    """Stop the process where it is, and let it go on after some seconds; the request goes on."""
    pid = fault.details["pid"]
    if hasattr(signal, "SIGSTOP") and _signalled(pid, signal.SIGSTOP):
        timer = threading.Timer(fault.details["seconds"], lambda: _signalled(pid, signal.SIGCONT))
        timer.daemon = True
        timer.start()
    return None


def _signalled(pid: int, number: int) -> bool:
    """Whether the process was there to be told."""
    try:
        os.kill(pid, number)
    except OSError:
        return False
    return True


def _refuse(fault: Fault, request: Request) -> Response | None:
    """A refusal in no platform's own words: clients must go by the status."""
    status = int(fault.kind)
    words = _WORDS[status]
    answer = Response.of({"message": words, "status": status}, status)
    if "retry_after" in fault.details:
        answer.headers["retry-after"] = str(fault.details["retry_after"])
    return answer


def _delay(fault: Fault, request: Request) -> Response | None:
    time.sleep(fault.details["seconds"])
    return None


def _applied_503(fault: Fault, request: Request, answer: Response) -> Response:
    run_out(answer)
    page = b"<html><head><title>503</title></head><body>Service unavailable</body></html>"
    return Response(503, page, {"content-type": "text/html"})


def _applied_odd(fault: Fault, request: Request, answer: Response) -> Response:
    """JSON of another shape, as from a server of another kind; what was asked for is done."""
    run_out(answer)
    return Response.of([None])


_WORDS = {
    401: "Bad credentials.",
    403: "Forbidden.",
    429: "Too many requests.",
    500: "Internal server error.",
}
_RETRY_AFTER = {
    "retry_after": Field("a whole number of seconds", lambda value: _whole(value, 0), needed=False)
}

_PID = Field(
    "the number of a process that is not the stand-ins' own",
    lambda value: _whole(value, 2) and value != os.getpid(),
)
_SECONDS = Field("seconds from 0 to 3600", _seconds)

KINDS: Mapping[str, Kind] = {
    "cut-before": Kind(before=_cut_before),
    "cut-after": Kind(after=_cut_after),
    "kill": Kind(
        {
            "pid": _PID,
            "when": Field('"before" or "after"', lambda value: value in ("before", "after")),
        },
        before=_kill_before,
        after=_kill_after,
    ),
    "pause": Kind({"pid": _PID, "seconds": _SECONDS}, before=_pause),
    "401": Kind(before=_refuse),
    "403": Kind(before=_refuse),
    "429": Kind(_RETRY_AFTER, before=_refuse),
    "500": Kind(_RETRY_AFTER, before=_refuse),
    "503-applied": Kind(after=_applied_503),
    "odd-applied": Kind(after=_applied_odd),
    "delay": Kind({"seconds": _SECONDS}, before=_delay),
}

_WHERE: Mapping[str, Field] = {
    "at": Field("a whole number from 1 on", lambda value: _whole(value, 1)),
    "only": Field('"changes"', lambda value: value == "changes", needed=False),
    "count": Field("a whole number from 1 on", lambda value: _whole(value, 1), needed=False),
}


def read(value: Any, platforms: Collection[str]) -> tuple[Fault, ...]:
    """The faults that `value` (parsed JSON) asks for. Raises BadFaults with all its mistakes."""
    if not isinstance(value, list):
        raise BadFaults(["the body must be a list of faults"])
    mistakes: list[str] = []
    faults = [_read_one(n, item, platforms, mistakes) for n, item in enumerate(value, start=1)]
    if mistakes:
        raise BadFaults(mistakes)
    return tuple(fault for fault in faults if fault is not None)


def _read_one(
    number: int, item: Any, platforms: Collection[str], mistakes: list[str]
) -> Fault | None:
    found: list[str] = []
    if not isinstance(item, dict):
        mistakes.append(f"fault {number}: must be an object")
        return None
    kind = item.get("kind")
    known = KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        found.append(f"kind must be one of {', '.join(KINDS)}")
    platform = item.get("platform")
    if not isinstance(platform, str) or platform not in platforms:
        found.append(f"platform must be one of {', '.join(platforms)}")
    fields = {**_WHERE, **(known.fields if known else {})}
    for name, rule in fields.items():
        if name in item and not rule.fits(item[name]):
            found.append(f"{name} must be {rule.says}")
        elif name not in item and rule.needed:
            found.append(f"{name} is missing: {rule.says}")
    if known is not None:
        # Without a kind nobody can tell which keys belong.
        unknown = [name for name in item if name not in {"platform", "kind", *fields}]
        found += [f"unknown key {name}" for name in unknown]
    if found:
        mistakes += [f"fault {number}: {mistake}" for mistake in found]
        return None
    own = {name: item[name] for name in (known.fields if known else {}) if name in item}
    return Fault(
        str(platform), item["at"], str(kind), item.get("only", ""), item.get("count", 1), own
    )


class _Armed:
    """A fault and how many of its requests have been."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen = 0

    @property
    def spent(self) -> bool:
        return self.seen >= self.fault.at + self.fault.count - 1

    def shown(self) -> dict[str, Any]:
        """The fault as one would have to arm it now for the same effect."""
        fault = self.fault
        past = max(0, self.seen - fault.at + 1)
        shown: dict[str, Any] = {
            "platform": fault.platform,
            "at": max(1, fault.at - self.seen),
            "kind": fault.kind,
            **fault.details,
        }
        if fault.only:
            shown["only"] = fault.only
        if fault.count > 1:
            shown["count"] = fault.count - past
        return shown


class Faults:
    """The faults still armed, for all platforms. Safe from many threads."""

    def __init__(self, platforms: Collection[str]) -> None:
        self._platforms = tuple(platforms)
        self._armed: list[_Armed] = []
        self._lock = threading.Lock()

    def add(self, value: Any) -> None:
        """Arm all that `value` asks for, or nothing: raises BadFaults."""
        faults = read(value, self._platforms)
        with self._lock:
            self._armed += [_Armed(fault) for fault in faults]

    def take(self, platform: str, changing: bool) -> tuple[Fault, ...]:
        """Count one request to `platform`, and return the faults that it meets."""
        met = []
        with self._lock:
            for armed in self._armed:
                fault = armed.fault
                if fault.platform == platform and (changing or not fault.only):
                    armed.seen += 1
                    if armed.seen >= fault.at:
                        met.append(fault)
            self._armed = [armed for armed in self._armed if not armed.spent]
        return tuple(met)

    def armed(self) -> list[dict[str, Any]]:
        """What has yet to happen, counted from now; it could be posted again as it is."""
        with self._lock:
            return [armed.shown() for armed in self._armed]

    def clear(self) -> None:
        with self._lock:
            self._armed = []


def apply(
    faults: Iterable[Fault], request: Request, handle: Callable[[Request], Response]
) -> Response:
    """One request through `handle`, with `faults` before and after it. Raises Cut.

    The first refusal or cut ends it: the other faults of this request then do nothing.
    """
    met = tuple(faults)
    for fault in met:
        refusal = KINDS[fault.kind].before(fault, request)
        if refusal is not None:
            return refusal
    answer = handle(request)
    for fault in met:
        answer = KINDS[fault.kind].after(fault, request, answer)
    return answer
