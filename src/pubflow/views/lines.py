"""Plans and progress as JSON, for programs. `schema` rises when a shape changes.

Plain ASCII, other letters as escapes: every stream can carry it, and a line is a line to everybody.
What is not known is null.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Iterable
from typing import Any, TextIO

from pubflow.actions import Action
from pubflow.engine import Seen
from pubflow.errors import PubflowError
from pubflow.known import Status
from pubflow.links import Links
from pubflow.manifest import Release
from pubflow.platform import Problem
from pubflow.tokens import redact

SCHEMA = 1


def plan(seen: Seen) -> dict[str, Any]:
    """The plan as `plan --json` prints it."""
    return {
        "schema": SCHEMA,
        "release": release(seen.manifest.release),
        "actions": [action(item) for item in seen.plan],
        "links": links(seen.plan.links),
        "problems": [problem(item) for item in seen.plan.problems],
    }


def failed(error: PubflowError, where: str) -> dict[str, Any]:
    """The same shape, where there is no plan because of this error."""
    found: Iterable[Problem] = getattr(
        error, "problems", (Problem(where, error.what, why=error.why, hint=error.hint),)
    )
    return {
        "schema": SCHEMA,
        "release": None,
        "actions": [],
        "links": {},
        "problems": [problem(item) for item in found],
    }


def status(seen: Status) -> dict[str, Any]:
    """What `status --json` prints; `releases` are those of publish.lock."""
    return {
        "schema": SCHEMA,
        "identity": seen.identity,
        "version": seen.version,
        "releases": _plain(seen.locked.releases),
        "unfinished": list(seen.unfinished),
        "problems": [],
    }


def unknown(error: PubflowError, where: str) -> dict[str, Any]:
    """The same shape as `status`, where nothing is known because of this error."""
    return {
        "schema": SCHEMA,
        "identity": None,
        "version": None,
        "releases": {},
        "unfinished": [],
        "problems": failed(error, where)["problems"],
    }


def _plain(value: Any) -> Any:
    """TOML values as JSON: dates become text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def release(one: Release) -> dict[str, Any]:
    return {
        "identity": one.identity,
        "title": one.paper.title,
        "version": one.version,
        "tag": one.tag,
        "date": one.date.isoformat() if one.date else None,
    }


def action(one: Action) -> dict[str, Any]:
    return {
        "id": one.id,
        "target": one.target,
        "stage": one.stage.name.lower(),
        "wave": one.wave.name.lower() if one.wave else None,
        "verb": one.verb,
        "subject": one.subject,
        "says": one.says,
        "size": one.size,
    }


def links(known: Links) -> dict[str, Any]:
    return {
        name: {
            "url": link.url,
            "version_url": link.version_url or None,
            "doi": link.doi or None,
            "concept_doi": link.concept_doi or None,
        }
        for name, link in sorted(known.items())
    }


def problem(one: Problem) -> dict[str, Any]:
    return {
        "where": one.where,
        "what": one.what,
        "why": one.why,
        "hint": one.hint,
        "severity": one.severity,
    }


def text(value: Any, *, indent: int | None = 2) -> str:
    """The value as JSON, without secrets."""
    return redact(json.dumps(value, indent=indent))


def say(value: Any, stream: TextIO | None = None) -> None:
    """Print the value, at once."""
    print(text(value), file=stream or sys.stdout, flush=True)


class JsonLines:
    """A watch that prints one JSON object a line.

    Events: started, waiting, finished, failed; and last either done or error. A reader who goes
    away does not stop a release.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def _write(self, event: str, **more: Any) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(text({"event": event, **more}, indent=None) + "\n")
            self._stream.flush()

    def looking(self, at: str, size: int) -> None:
        """Nothing happens while it only looks."""

    def started(self, action: Action) -> None:
        self._write("started", action=action.id, says=action.says, size=action.size)

    def sent(self, action: str, size: int) -> None:
        """Bytes are not told: a line for every block would drown the rest."""

    def waiting(self, action: Action, seconds: float, why: str) -> None:
        self._write("waiting", action=action.id, seconds=round(seconds, 1), why=why)

    def finished(self, action: Action) -> None:
        self._write("finished", action=action.id)

    def failed(self, action: Action, error: PubflowError) -> None:
        self._write("failed", action=action.id, what=error.what, why=error.why, hint=error.hint)

    def done(self, seen: Seen, until: str) -> None:
        self._write(
            "done",
            until=until,
            release=release(seen.manifest.release),
            links=links(seen.plan.links),
            left=[item.id for item in seen.plan],
        )

    def error(self, error: PubflowError) -> None:
        more = [problem(item) for item in getattr(error, "problems", ())]
        self._write(
            "error",
            what=error.what,
            why=error.why,
            hint=error.hint,
            exit_code=error.exit_code,
            problems=more,
        )
