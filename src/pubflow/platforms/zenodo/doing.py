"""Carrying out one action on an instance. Each is small enough to be asked for again after a look.

The order within an action is such that a cut at any point leaves something that a look recognises:
the marker travels with the request that makes a draft, and the claim decides which draft counts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from pubflow.actions import Receipt
from pubflow.claim import Claim
from pubflow.clock import Time
from pubflow.errors import PubflowError, Refused, Transient
from pubflow.http import host_of
from pubflow.links import Links
from pubflow.manifest import File, Kind, Target
from pubflow.platforms.zenodo.api import Api, Missing
from pubflow.platforms.zenodo.blockers import SWITCH
from pubflow.platforms.zenodo.diff import differing, wanted_body
from pubflow.platforms.zenodo.instance import is_stand_in, room_of
from pubflow.platforms.zenodo.likeness import any_marked, differences, kept, merged, same
from pubflow.platforms.zenodo.looking import ASKED, by_marker, strays_of
from pubflow.platforms.zenodo.refusals import in_words, refuse_metadata, serious
from pubflow.platforms.zenodo.reserving import FILES, Reserver, taken_back
from pubflow.platforms.zenodo.sending import Sender, joining
from pubflow.platforms.zenodo.state import Json, Record, ZenodoState
from pubflow.platforms.zenodo.waiting import LOCAL_LAG, POLLS, lag

BETWEEN_LOOKS = 20.0
"""Seconds between two looks for a record that Zenodo's GitHub integration is making."""
BETWEEN_LOOKS_HERE = 0.5
BETWEEN_PUBLISHES = 60.0
"""A publish that timed out may still be at work; it is not asked for again within a minute."""


class Doer:
    """Changes one instance. Safe to use from one thread per target."""

    def __init__(self, api: Api, base: str, claim: Claim, time: Time) -> None:
        self._api = api
        self._base = base
        self._time = time
        self._lock = threading.Lock()
        self._reserver = Reserver(api, base, claim, time)
        self._sender = Sender(api, base, time)
        self._unclear: dict[str, float] = {}
        """Record -> when its publishing ended without a clear answer."""

    # RESERVE

    def draft(self, target: Target, state: ZenodoState, links: Links) -> Receipt:
        return self._reserver.draft(target, state, links)

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
        """Send one file and compare what arrived."""
        self._sender.upload(target, _draft_of(state), file, told)
        return Receipt()

    def describe(self, target: Target, state: ZenodoState, links: Links) -> Receipt:
        """Write the whole description; of a published record, into an edit."""
        record = state.record
        if record is None:
            raise _nothing(target)
        return self._describe(target, state, record, wanted_body(target, state, links))

    def _describe(
        self, target: Target, state: ZenodoState, record: Record, wanted: Json
    ) -> Receipt:
        """What was asked is remembered: an instance drops custom fields that it has not."""
        if record.published:
            self._api.edit(record.id)
        opened = record.published and state.edit is None
        with taken_back(self._api, record.id if opened else ""):
            now, said = self._api.put(record.id, merged(state.edit or record, wanted))
            if said := serious(said, passing=(FILES,)):
                refuse_metadata(host_of(self._base), target.name, said)
            if changed := differences(now, kept(now, wanted, None)):
                raise _reworded(host_of(self._base), target, now, changed)
        code = target.artifact.kind is Kind.CODE
        return Receipt({ASKED: " ".join(sorted(wanted["custom_fields"]))} if code else {})

    def take_over(self, state: ZenodoState) -> Receipt:
        """Take over the previous version's files. A name is remembered, so that a look follows."""
        draft = _draft_of(state)
        with joining(self._api, draft.id):
            self._api.import_files(draft.id)
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
        if not record.published and self._reserver.settle(target, state, record.id) != record.id:
            raise Refused(
                f"Draft {record.id} is not the one that was claimed for this release.",
                why="Two published drafts would be two DOIs for one version.",
                hint="Run again, and the claimed one is used:\n\n    pubflow release",
            )
        if self._came_true(record):
            return Receipt()
        if not record.published and (state.unsure or state.strays):
            self._only_one(state, record)
        if not record.published:
            self._still_whole(target, record)
        self._publish(record)
        return Receipt()

    def _publish(self, record: Record) -> None:
        try:
            self._api.publish(record.id)
        except Transient:
            with self._lock:
                self._unclear[record.id] = self._time.now()
            raise
        with self._lock:
            self._unclear.pop(record.id, None)

    def _still_whole(self, target: Target, record: Record) -> None:
        """Look at the files once more: nothing keeps another run from sending one anew after they
        were compared, and a late upload deletes what is there. A published record stays as it is.
        """
        now = self._api.draft(record.id)
        if isinstance(now, Record) and (other := differing(target, now)):
            raise Refused(
                f"Draft {record.id} has not the files that were compared: {', '.join(other[:5])}.",
                why="A DOI is for ever, and another run may be at work on the draft.",
                hint="Let that run finish, then go on:\n\n    pubflow release",
            )

    def _only_one(self, state: ZenodoState, record: Record) -> None:
        """Delete what an interrupted run left: first drafts with our marker besides the claimed.

        A search that does not show the claimed one yet may hide an older one, too: it is asked
        again, for as long as one is known to be late.
        """
        until = self._time.now() + lag(self._base, known=False)
        for pause in POLLS:
            found = any_marked(self._api.search(by_marker(state.marker)), state.marker)
            left = until - self._time.now()
            if left <= 0 or any(one.id == record.id for one in found):
                break
            self._time.sleep(min(left, pause))
        for stray in strays_of(found, record):
            self.discard(state, stray.id)

    def _came_true(self, record: Record) -> bool:
        """After a publish without an answer: wait for it to end. Whether it did what was asked.

        An edit of a record that is out already did so when it is open no more.
        """
        with self._lock:
            since = self._unclear.get(record.id)
        if since is None:
            return False
        patience = LOCAL_LAG if is_stand_in(self._base) else BETWEEN_PUBLISHES
        while (left := since + patience - self._time.now()) > 0:
            self._time.sleep(min(left, 10.0))
            if record.published and self._api.draft(record.id) is Missing.ABSENT:
                return True
            seen = None if record.published else self._api.record(record.id)
            if isinstance(seen, Record) and seen.published:
                return True
        return False

    def complete(self, target: Target, state: ZenodoState, links: Links) -> Receipt:
        """Add links and metadata to the record that Zenodo's GitHub integration made.

        An edit: neither files nor a DOI. While it has not made one, that is no clear answer yet.
        """
        record = state.record
        if record is None:
            raise Transient(
                f"Zenodo has not made its record of {target.release.tag} yet.",
                why=f"Its GitHub integration takes minutes; whether it failed is shown at {SWITCH}",
                hint="Run again in a while:\n\n    pubflow release",
                wait=BETWEEN_LOOKS_HERE if is_stand_in(self._base) else BETWEEN_LOOKS,
            )
        if self._came_true(record):
            return Receipt({"record": record.id})
        wanted = wanted_body(target, state, links)
        names = {"record": record.id}
        if state.edit is None or not same(state.edit, wanted):
            names |= self._describe(target, state, record, wanted).remember
        self._publish(record)
        return Receipt(names)

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

    def overtaken(self, state: ZenodoState) -> bool:
        """Whether the draft that was seen is none any more: it was published, or deleted."""
        seen = state.record
        if seen is None and state.previous is not None:
            last = self._api.record(state.previous.id)
            return isinstance(last, Record) and not last.newest
        if seen is None or seen.published:
            return False
        return self._api.draft(seen.id) is Missing.ABSENT


def _draft_of(state: ZenodoState) -> Record:
    if state.record is None:
        raise PubflowError(
            "The draft is not there any more.",
            why="It was deleted by somebody else meanwhile.",
            hint="See how things stand:\n\n    pubflow plan",
        )
    if state.record.published:
        raise Transient(f"Another run published draft {state.record.id} meanwhile.", wait=0)
    return state.record


def _reworded(host: str, target: Target, now: Record, fields: Sequence[str]) -> PubflowError:
    """A server cleans texts; what it makes of one it would make of it every time."""
    lines = []
    for field in fields:
        text = now.metadata.get(field)
        words = in_words(field if field == "access" else f"metadata.{field}")
        lines.append(f"{words}: it says {text!r}" if isinstance(text, str) else words)
    return PubflowError(
        f"{host} does not keep what {target.name} says as it was sent.",
        why="It changed " + "\n".join(lines) + ".",
        hint="Often a text was read in the wrong encoding once. Correct it in publish.toml, then"
        " run again:\n\n    pubflow release",
    )


def _nothing(target: Target) -> PubflowError:
    return PubflowError(
        f"There is no record of {target.name}.",
        why="Its draft was deleted meanwhile.",
        hint="Run again, and a new one is made:\n\n    pubflow release",
    )
