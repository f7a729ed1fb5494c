"""Carrying out one action on an instance. Each is small enough to be asked for again after a look.

The order within an action is such that a cut at any point leaves something that a look recognises:
the marker travels with the request that makes a draft, and the claim decides which draft counts.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from pubflow.actions import Receipt
from pubflow.claim import Claim
from pubflow.errors import PubflowError, Refused, Transient
from pubflow.links import Links
from pubflow.manifest import File, Target
from pubflow.packing import write
from pubflow.platforms.zenodo.api import Api
from pubflow.platforms.zenodo.diff import wanted_body
from pubflow.platforms.zenodo.instance import is_loopback, packed, room_of
from pubflow.platforms.zenodo.likeness import any_marked, merged, pristine
from pubflow.platforms.zenodo.looking import TIDY, by_marker, is_ours, strays_of
from pubflow.platforms.zenodo.refusals import refuse_metadata
from pubflow.platforms.zenodo.state import Json, Record, ZenodoState
from pubflow.platforms.zenodo.waiting import LOCAL_LAG, POLLS, Time, lag

DATE = "metadata.publication_date"
FILES = "files.enabled"
"""Complained of while a draft of a next version has no files yet; publishing would tell."""
BETWEEN_PUBLISHES = 60.0
"""A publish that timed out may still be at work; it is not asked for again within a minute."""


class Doer:
    """Changes one instance. Safe to use from one thread per target."""

    def __init__(self, api: Api, base: str, claim: Claim, time: Time) -> None:
        self._api = api
        self._base = base
        self._claim = claim
        self._time = time
        self._begun = time.now()
        self._lock = threading.Lock()
        self._unclear: dict[str, float] = {}
        self._announced: set[tuple[str, str]] = set()
        self._asked: dict[str, float] = {}

    # RESERVE

    def draft(self, target: Target, state: ZenodoState, links: Links) -> Receipt:
        """Make or take up the draft of this version, mark it as ours, and claim it."""
        self._claim.begin()  # Fixes the release date, and tells a later run that one began.
        wanted = wanted_body(target, state, links)
        # Left out, so that a draft is never taken for one that was described already.
        wanted["metadata"].pop("publication_date", None)
        record, made, ours = state.record, False, True
        if record is None and state.previous is not None:
            record = self._next_version(target, state.previous)
            made = pristine(record, state.previous)
        elif record is None:
            record = self._missed(target, state)
        if record is None:
            record, said = self._create(target, wanted)
            made = True
        elif not (ours := state.marker in record.identifiers):
            said = self._api.put(record.id, merged(record, wanted))
        else:
            said = []
        said = [complaint for complaint in said if complaint[0] not in (DATE, FILES)]
        if said:
            if made:
                self._api.discard(record.id)
            refuse_metadata(_host(self._base), target.name, said)
        holds = self._settle(target, state, record.id)
        if holds != record.id and ours and record.index == 1:
            self._api.discard(record.id)  # Another run was first; this one is nobody's.
        with self._lock:
            self._unclear.pop(target.name, None)
        tidy = {TIDY: "look"} if state.unsure or state.strays else {}
        return Receipt({"record": holds, **tidy})

    def _create(self, target: Target, wanted: Json) -> tuple[Record, list[tuple[str, str]]]:
        try:
            return self._api.create(wanted)
        except Transient:
            with self._lock:
                self._unclear[target.name] = self._time.now()
            raise

    def _missed(self, target: Target, state: ZenodoState) -> Record | None:
        """A record of ours that the last search did not show yet, if there is one.

        Waits until a search would show what an unclear create, ours or an earlier run's, has made.
        """
        with self._lock:
            asked = self._unclear.get(target.name)
        first = not self._claim.shared and not state.unsure and asked is None
        if asked is None and not state.unsure and not first:
            return None  # The register says that no run ever began.
        # An earlier run ended before this one began.
        until = (self._begun if asked is None else asked) + lag(self._base, known=first)
        for pause in POLLS:
            left = until - self._time.now()
            if left > 0:
                self._time.sleep(min(left, pause))
            for found in any_marked(self._api.search(by_marker(state.marker)), state.marker):
                seen = self._api.draft(found.id)
                if not isinstance(seen, Record):
                    seen = self._api.record(found.id)  # It was published, too.
                if isinstance(seen, Record) and is_ours(target, seen):
                    return seen
            if left <= 0:
                break
        return None

    def _next_version(self, target: Target, previous: Record) -> Record:
        draft = self._api.next_version(previous.id)
        if not is_ours(target, draft) and not pristine(draft, previous):
            raise Refused(
                f"The next version of record {previous.id} has a draft already, {draft.id},"
                " which is not pubflow's.",
                why="What somebody else wrote there would be overwritten.",
                hint=f"Publish or discard it at {self._base}/uploads/{draft.id}, then run again:"
                "\n\n    pubflow release",
            )
        return draft

    def _settle(self, target: Target, state: ZenodoState, number: str) -> str:
        if state.gone and self._claim.get(target.name, "record") == state.gone:
            self._claim.move(target.name, "record", number)
            self._claim.refresh()
        return self._claim.settle(target.name, "record", number)

    def reserve(self, target: Target, state: ZenodoState) -> Receipt:
        if state.record is None:
            raise _nothing(target)
        if not state.record.doi:
            self._api.reserve(state.record.id)
        return Receipt()

    # UPLOAD

    def enlarge(self, target: Target, state: ZenodoState) -> Receipt:
        """Ask for more room. What was asked is remembered, as it cannot be looked at."""
        room = room_of(target, self._base)
        self._api.enlarge(_draft_of(state).id, room)
        return Receipt({"room": str(room)})

    def upload(
        self, target: Target, state: ZenodoState, file: File, told: Callable[[int], None]
    ) -> Receipt:
        """Send one file and compare what arrived. A stale entry of that name goes first."""
        record = _draft_of(state)
        entry = record.entry(file.name)
        if entry is not None and entry.holds(file):
            return Receipt()
        packing = packed(target)
        pack = packing.pack(file.name) if packing else None
        if pack is not None and not file.source.is_file():
            write(pack, file.source, file)
        _as_hashed(file)
        with self._lock:
            announced = (record.id, file.name) in self._announced
        if not announced and entry is not None:
            # Content after a commit deletes the file with a 200, and content that broke off counts
            # twice: so the entry is made anew.
            self._api.remove(record.id, file.name)
            self._api.init(record.id, [file.name])
        elif not announced:
            self._announce(target, record)
        with self._lock:
            self._announced.discard((record.id, file.name))
        self._api.send(record.id, file.name, file.source, file.size, told)
        got = self._api.commit(record.id, file.name)
        if got.size != file.size or (got.md5 and got.md5 != file.md5):
            self._api.remove(record.id, file.name)
            _as_hashed(file, deeply=True)
            raise Transient(
                f"{file.name} arrived damaged at {_host(self._base)} and was deleted there.",
                why="Its size or MD5 was not that of the file here.",
            )
        if pack is not None:
            file.source.unlink(missing_ok=True)  # It can be made again from its files.
        return Receipt()

    def _announce(self, target: Target, record: Record) -> None:
        """Announce all files that are still to come, in one request."""
        there = {(record.id, entry.key) for entry in record.files}
        with self._lock:
            there |= self._announced
        names = [file.name for file in target.files if (record.id, file.name) not in there]
        self._api.init(record.id, names)
        with self._lock:
            self._announced |= {(record.id, name) for name in names}

    def describe(self, target: Target, state: ZenodoState, links: Links) -> Receipt:
        """Write the whole description; of a published record, into an edit."""
        record = state.record
        if record is None:
            raise _nothing(target)
        wanted = wanted_body(target, state, links)
        if record.published:
            self._api.edit(record.id)
        said = self._api.put(record.id, merged(state.edit or record, wanted))
        if said := [complaint for complaint in said if complaint[0] != FILES]:
            if record.published and state.edit is None:
                self._api.discard(record.id)
            refuse_metadata(_host(self._base), target.name, said)
        return Receipt()

    def take_over(self, state: ZenodoState) -> Receipt:
        """Take over the previous version's files. A name is remembered, so that a look follows."""
        self._api.import_files(_draft_of(state).id)
        return Receipt({"imported": state.previous.id if state.previous else ""})

    def remove(self, state: ZenodoState, name: str) -> Receipt:
        self._api.remove(_draft_of(state).id, name)
        return Receipt()

    # PUBLISH

    def publish(self, target: Target, state: ZenodoState) -> Receipt:
        """Publish, once; after an unclear answer it is looked for, and time is given."""
        record = state.record
        if record is None:
            raise _nothing(target)
        if not record.published and self._settle(target, state, record.id) != record.id:
            raise Refused(
                f"Draft {record.id} is not the one that was claimed for this release.",
                why="Two published drafts would be two DOIs for one version.",
                hint="Run again, and the claimed one is used:\n\n    pubflow release",
            )
        if not record.published and self._came_true(record.id):
            return Receipt()
        doubt = not record.published and (state.unsure or bool(state.strays))
        if doubt:
            self._only_one(state, record)
        with self._lock:
            self._asked[record.id] = self._time.now()
        self._api.publish(record.id)
        return Receipt({TIDY: ""} if doubt else {})

    def _only_one(self, state: ZenodoState, record: Record) -> None:
        """Delete what an interrupted run left: first drafts with our marker besides the claimed."""
        found = any_marked(self._api.search(by_marker(state.marker)), state.marker)
        for stray in strays_of(found, record):
            self.discard(state, stray.id)

    def _came_true(self, number: str) -> bool:
        """After a publish without an answer: wait for it to end. Whether it did what was asked."""
        with self._lock:
            asked = self._asked.get(number)
        if asked is None:
            return False
        patience = LOCAL_LAG if is_loopback(self._base) else BETWEEN_PUBLISHES
        while (left := asked + patience - self._time.now()) > 0:
            self._time.sleep(min(left, 10.0))
            seen = self._api.record(number)
            if isinstance(seen, Record) and seen.published:
                return True
        return False

    def join(self, state: ZenodoState, slug: str, target: Target) -> Receipt:
        if state.record is None:
            raise _nothing(target)
        self._api.join(state.record.id, slug)
        return Receipt({f"community.{slug}": "asked"})

    def discard(self, state: ZenodoState, number: str) -> Receipt:
        """Delete an unpublished draft of ours; anything else is left as it is."""
        seen = self._api.draft(number)
        if isinstance(seen, Record) and not seen.published and state.marker in seen.identifiers:
            self._api.discard(number)
        return Receipt()


def _draft_of(state: ZenodoState) -> Record:
    if state.record is None or state.record.published:
        raise PubflowError(
            "The draft is not there any more.",
            why="It was deleted or published by somebody else meanwhile.",
            hint="See how things stand:\n\n    pubflow plan",
        )
    return state.record


def _nothing(target: Target) -> PubflowError:
    return PubflowError(
        f"There is no record of {target.name}.",
        why="Its draft was deleted meanwhile.",
        hint="Run again, and a new one is made:\n\n    pubflow release",
    )


def _as_hashed(file: File, *, deeply: bool = False) -> None:
    """Raise unless the file here is still what was hashed; `deeply` reads all of it."""
    try:
        same = file.source.stat().st_size == file.size
        if same and deeply:
            digest = hashlib.md5(usedforsecurity=False)
            for block in _blocks(file.source):
                digest.update(block)
            same = digest.hexdigest() == file.md5
    except OSError:
        same = False
    if not same:
        raise PubflowError(
            f"{file.name} changed while the release was running.",
            why="What is published must be what was planned.",
            hint="Leave the files alone, then run again:\n\n    pubflow release",
        )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            yield block


def _host(base: str) -> str:
    return base.partition("://")[2]
