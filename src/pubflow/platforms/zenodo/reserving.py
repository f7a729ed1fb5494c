"""Making or taking up the one draft of a version, and claiming it.

A first draft cannot be asked for by name, so whoever may not be alone says so in the claim before
one is made, and whoever is not first in the claim takes its own back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from pubflow.actions import Receipt
from pubflow.claim import Claim
from pubflow.clock import Time
from pubflow.errors import PubflowError, Refused, Transient
from pubflow.http import host_of
from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.platforms.zenodo.api import Api
from pubflow.platforms.zenodo.blockers import external
from pubflow.platforms.zenodo.diff import wanted_body
from pubflow.platforms.zenodo.likeness import any_marked, merged, pristine
from pubflow.platforms.zenodo.looking import TIDY, by_marker, is_ours
from pubflow.platforms.zenodo.refusals import refuse_metadata, serious
from pubflow.platforms.zenodo.state import Json, Record, ZenodoState
from pubflow.platforms.zenodo.waiting import POLLS, lag

DATE = "metadata.publication_date"
FILES = "files.enabled"
"""Complained of while a draft of a next version has no files yet; publishing would tell."""
DOI = "pids.doi"
"""Complained of in a next version until its DOI is reserved, where DOIs are optional (invenio-rdm-
records, components/pids.py, 2026-08); describing the draft afterwards tells the rest."""


class Reserver:
    """Makes drafts on one instance. Safe to use from one thread per target."""

    def __init__(self, api: Api, base: str, claim: Claim, time: Time) -> None:
        self._api = api
        self._base = base
        self._claim = claim
        self._time = time
        self._begun = time.now()
        self._lock = threading.Lock()
        self._unclear: dict[str, float] = {}
        """Target -> when a draft was asked for without an answer."""
        self._made: dict[str, str] = {}
        """Target -> the draft that was made for it and may not be in the claim yet."""

    def draft(self, target: Target, state: ZenodoState, links: Links) -> Receipt:
        """Make or take up the draft of this version, mark it as ours, and claim it."""
        first = self._claim.begin()  # Fixes the date, and tells a later run that one began.
        wanted = wanted_body(target, state, links)
        # Left out, so that a draft is never taken for one that was described already.
        wanted["metadata"].pop("publication_date", None)
        record, made, ours = state.record, False, True
        if record is None:
            # The draft of a next version can be asked for by name: nobody loses sight of it.
            alone = state.previous is not None or (first and not state.unsure)
            if holds := self._claimed(target, state, alone=alone):
                return Receipt({"record": holds})
        if record is None and state.previous is not None:
            record = self._next_version(target, state.previous)
            made = pristine(record, state.previous)
        elif record is None:
            state = replace(state, unsure=not alone)
            record = self._missed(target, state)
        said: list[tuple[str, str]] = []
        if record is None:
            record, said = self._create(target, wanted)
            made = True
        else:
            ours = state.marker in record.identifiers
        with taken_back(self._api, record.id if made else ""):
            if not ours:
                _, said = self._api.put(record.id, merged(record, wanted))
            if said := serious(said, passing=(DATE, FILES, DOI)):
                refuse_metadata(host_of(self._base), target.name, said)
        with self._lock:
            unclear = target.name in self._unclear
        tidy = {TIDY: "look"} if unclear or state.unsure or state.strays else {}
        if tidy:  # In the claim: whoever goes on from here has to know, with a journal or without.
            self._claim.settle(target.name, TIDY, "look")
        holds = self.settle(target, state, record.id)
        if holds != record.id and (made or (ours and record.index == 1)):
            self._api.discard(record.id)  # Another run was first; this one is nobody's.
        with self._lock:
            self._unclear.pop(target.name, None)
        return Receipt({"record": holds, **tidy})

    def _claimed(self, target: Target, state: ZenodoState, *, alone: bool) -> str:
        """The draft that is claimed by now; before, say there that one more may come to be.

        Said before it is made: whoever claims another one afterwards has read it, and so has every
        later run, even if this one dies before it learns the number of its own. The run that began
        the claim need not say it, as whoever comes later knows that it began.
        """
        self._claim.refresh()
        if not alone:
            self._claim.settle(target.name, TIDY, "look")
        holds = self._claim.get(target.name, "record")
        return "" if holds == state.gone else holds

    def _create(self, target: Target, wanted: Json) -> tuple[Record, list[tuple[str, str]]]:
        try:
            record, said = self._api.create(wanted)
        except Transient:
            with self._lock:
                self._unclear[target.name] = self._time.now()
            raise
        with self._lock:
            self._made[target.name] = record.id
        return record, said

    def _missed(self, target: Target, state: ZenodoState) -> Record | None:
        """A record of ours that the last search did not show yet, if there is one.

        Waits until a search would show what an unclear create, ours or an earlier run's, has made.
        """
        with self._lock:
            asked, made = self._unclear.get(target.name), self._made.get(target.name, "")
        own = self._api.draft(made) if made else None
        if isinstance(own, Record):
            return own  # The claim could not be written then; no search need show it yet.
        first = not self._claim.shared and not state.unsure and asked is None
        if asked is None and not state.unsure and not first:
            return None  # The register says that no run ever began.
        # An earlier run ended before this one began; one at work now reads what was announced.
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
        try:
            draft = self._api.next_version(previous.id)
        except Transient:
            raise
        except PubflowError as no:
            # Elsewhere than at Zenodo nobody knows before whether it is allowed.
            for problem in external(target, previous):
                raise PubflowError(
                    no.what,
                    why=f"Its DOI {previous.doi} was registered elsewhere, and {problem.why}.",
                    hint=problem.hint,
                ) from None
            raise
        if not is_ours(target, draft) and not pristine(draft, previous):
            raise Refused(
                f"The next version of record {previous.id} has a draft already, {draft.id},"
                " which is not pubflow's.",
                why="What somebody else wrote there would be overwritten.",
                hint=f"Publish or discard it at {self._base}/uploads/{draft.id}, then run again:"
                "\n\n    pubflow release",
            )
        return draft

    def settle(self, target: Target, state: ZenodoState, number: str) -> str:
        """Claim a draft, in the place of one that was deleted if that is still what is claimed."""
        holds = self._claim.settle(target.name, "record", number, instead_of=state.gone)
        if state.gone:
            self._claim.refresh()
        return holds


@contextmanager
def taken_back(api: Api, draft: str) -> Iterator[None]:
    """Delete the draft, or the edit, that was made for what is then refused; empty for none."""
    try:
        yield
    except Transient:
        raise
    except PubflowError:
        if draft:
            with suppress(PubflowError):  # The first refusal tells more.
                api.discard(draft)
        raise
