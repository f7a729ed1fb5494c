"""The claim: a write-once note, kept where all runs see it, of which drafts are this release's.

Two things in a release cannot be asked for by name: a first draft, and a draft release. Whoever
makes one writes its number into the claim; the number that stands there first is the one that
counts, and no other is ever published. So two runs at once, a lost journal and lagging listings
all end with one of each.

A claim holds ids and digests only: in a public place it does not tell what is coming.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Date
from typing import Any, Protocol

from pubflow.errors import PubflowError, Refused
from pubflow.journal import Journal

SCHEMA = 1
SPACE = uuid.UUID("6b0d7f5c-94a3-5d0e-8c3d-3f0a4f6f1c2e")
"""The namespace of all markers; a marker is uuid5 of identity, artifact and version in it."""

Put = Callable[[dict[str, dict[str, str]]], bool]
"""Changes the ids in place; whether it did."""

TRIES = 20
"""How often a compare-and-swap is tried when others are writing too."""


def marker(identity: str, artifact: str, version: str) -> uuid.UUID:
    """The name by which a draft of ours is known again, the same on every computer."""
    return uuid.uuid5(SPACE, "\n".join((identity, artifact, version)))


@dataclass(frozen=True, slots=True)
class Entry:
    """What a register holds: its text, and the token that a compare-and-swap needs."""

    token: str
    text: str


class Moved(PubflowError):
    """Somebody else wrote to the register first. Read again."""


class Register(Protocol):
    """One small text that is created only if absent and replaced only by compare-and-swap."""

    where: str
    """For messages."""

    def read(self) -> Entry | None: ...

    def write(self, text: str, expected: str | None) -> str:
        """Write if the current token is `expected` (None: if there is nothing yet).

        Returns the new token. Raises Moved when it is not, Transient when the answer is unclear.
        """

    def history(self) -> Mapping[str, str]:
        """Version -> text of every claim kept in the same place."""


class LocalRegister:
    """The register of a release that no platform keeps one for: the journal on this computer."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.where = str(journal.path)

    def read(self) -> Entry | None:
        found = self._journal.claim()
        return Entry(str(found[0]), found[1]) if found else None

    def write(self, text: str, expected: str | None) -> str:
        token = self._journal.put_claim(text, int(expected) if expected else None)
        if token is None:
            raise Moved(f"{self.where} was written by another run.")
        return str(token)

    def history(self) -> Mapping[str, str]:
        return {}


class _Nothing:
    """A register that is empty and stays so."""

    where = "nowhere"

    def read(self) -> Entry | None:
        return None

    def write(self, text: str, expected: str | None) -> str:
        raise RuntimeError("a claim that is not read is not written either")

    def history(self) -> Mapping[str, str]:
        return {}


class Claim:
    """This release's claim, over any register. Safe to use from many threads."""

    def __init__(self, identity: str, version: str, proposed: Date, run: str = "") -> None:
        """`run` tells this run from all others; by chance where it is not given."""
        self._run = run or uuid.uuid4().hex
        self._identity = identity
        self._version = version
        self._proposed = proposed
        self._release = str(marker(identity, "", version))
        self._register: Register | None = None
        self._entry: Entry | None = None
        self._loaded = False
        self._lock = threading.RLock()

    def attach(self, register: Register) -> None:
        self._register = register
        self._loaded = False

    @contextlib.contextmanager
    def unread(self) -> Iterator[None]:
        """As if nothing stood in it and nothing could: where it cannot be read, and what else is
        wrong shall be seen.
        """
        kept = self._register
        self.attach(_Nothing())
        try:
            yield
        finally:
            self._register, self._loaded = kept, False

    @property
    def where(self) -> str:
        return self._place.where

    @property
    def begun(self) -> bool:
        return self._current() is not None

    @property
    def shared(self) -> bool:
        """Whether the register outlives this computer: then what it lacks never began."""
        return not isinstance(self._place, LocalRegister)

    @property
    def date(self) -> Date | None:
        """The release date, fixed when the claim was begun."""
        entry = self._current()
        return Date.fromisoformat(_read(entry.text)["date"]) if entry else None

    def refresh(self) -> None:
        """Read the register again at the next question."""
        with self._lock:
            self._loaded = False

    def begin(self) -> bool:
        """Write the first claim, with the release date; nothing if it stands there already.

        Whether this run wrote it: if not, another one is at work, or was. The text says so, as two
        runs that write the same bytes would both be told that they were the first.
        """
        self._change(lambda ids: False)
        entry = self._current()
        return entry is not None and _read(entry.text).get("run") == self._run

    def get(self, target: str, key: str) -> str:
        """The value that was settled, else empty."""
        return self.ids(target).get(key, "")

    def ids(self, target: str) -> dict[str, str]:
        """All that is settled for one target."""
        entry = self._current()
        if entry is None:
            return {}
        return dict(_read(entry.text)["ids"].get(self._hidden(target, self._version), {}))

    def settle(self, target: str, key: str, value: str, *, instead_of: str = "") -> str:
        """Write `value` if nobody did before. Returns the value that holds from now on.

        `instead_of` counts as nothing: a value whose draft is known to be deleted.
        """
        hidden = self._hidden(target, self._version)

        def put(ids: dict[str, dict[str, str]]) -> bool:
            if ids.get(hidden, {}).get(key) not in (None, instead_of or None):
                return False
            ids.setdefault(hidden, {})[key] = value
            return True

        return self._change(put)[hidden][key]

    def move(self, target: str, key: str, value: str) -> None:
        """Write `value` whatever stood there: for what may still change until it is sealed."""
        hidden = self._hidden(target, self._version)

        def put(ids: dict[str, dict[str, str]]) -> bool:
            if ids.get(hidden, {}).get(key) == value:
                return False
            ids.setdefault(hidden, {})[key] = value
            return True

        self._change(put)

    def earlier(self, target: str) -> dict[str, dict[str, str]]:
        """Version -> what other versions of this release settled for the target."""
        found = {}
        for version, text in self._place.history().items():
            if version == self._version:
                continue
            claim = _read(text)
            if claim["release"] == str(marker(self._identity, "", version)):
                found[version] = dict(claim["ids"].get(self._hidden(target, version), {}))
        return found

    @property
    def _place(self) -> Register:
        if self._register is None:
            raise RuntimeError("a claim without a register")
        return self._register

    def _hidden(self, target: str, version: str) -> str:
        text = "\n".join((self._identity, target, version))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def _current(self) -> Entry | None:
        with self._lock:
            if not self._loaded:
                self._entry = self._place.read()
                self._loaded = True
                if self._entry is not None:
                    self._ours(self._entry)
            return self._entry

    def _ours(self, entry: Entry) -> None:
        if _read(entry.text)["release"] != self._release:
            raise Refused(
                f"{self._place.where} belongs to another release.",
                why=f"Version {self._version} is claimed there under another identity, so going on"
                " could publish somebody else's drafts.",
                hint="Raise the version, or set [release] id to what it was when it was reserved.",
            )

    def _change(self, put: Put) -> dict[str, dict[str, str]]:
        """Compare-and-swap until it holds. Returns the ids that stand in the register."""
        with self._lock:
            for _ in range(TRIES):
                entry = self._current()
                claim = _read(entry.text) if entry else self._new()
                ids: dict[str, dict[str, str]] = claim["ids"]
                changed = put(ids)
                if not changed and entry is not None:
                    return ids
                text = json.dumps(claim, indent=1, sort_keys=True) + "\n"
                try:
                    token = self._place.write(text, entry.token if entry else None)
                except Moved:
                    self._loaded = False
                    continue
                except BaseException:
                    self._loaded = False
                    raise
                self._entry, self._loaded = Entry(token, text), True
                return ids
        raise Refused(
            f"{self._place.where} is being written by somebody else all the time.",
            hint="Wait until the other run has ended, then run again:\n\n    pubflow release",
        )

    def _new(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "release": self._release,
            "run": self._run,
            "date": self._proposed.isoformat(),
            "ids": {},
        }


def _read(text: str) -> dict[str, Any]:
    try:
        claim = json.loads(text)
    except ValueError:
        claim = None
    if not isinstance(claim, dict) or claim.get("schema") != SCHEMA:
        raise Refused(
            "The claim of this release cannot be read.",
            why="It was written by another version of pubflow, or by something else.",
            hint="Use the newest pubflow, then run again:\n\n    pubflow release",
        )
    return claim
