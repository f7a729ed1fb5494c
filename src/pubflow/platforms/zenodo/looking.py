"""Looking for a target's record: by id where one is known, else by our marker. Changes nothing.

A draft that a run left behind is found by the marker in its identifiers, compared exactly here: the
search treats it as words. Reads by id are certain; a search shows a change about a second later
(2026-11-20), so it can prove presence and never absence.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pubflow.manifest import File, Kind, Target
from pubflow.platforms.zenodo.api import Api, Missing
from pubflow.platforms.zenodo.instance import (
    communities_of,
    integrates,
    is_zenodo,
    packed,
    publisher_of,
    record_id,
)
from pubflow.platforms.zenodo.likeness import MARKED, any_marked, pristine
from pubflow.platforms.zenodo.record import marker_of, questions, relation_questions
from pubflow.platforms.zenodo.state import Record, Trouble, ZenodoState

TIDY = "tidy"
"""The remembered name that says: an interrupted run may have left a draft; look for it."""

ASKED = "asked"
"""The remembered name of the custom fields that the record was asked to hold."""

RELATED = ("metadata.related_identifiers.identifier", "related.identifier")
"""The field of links to other places; the short name is Zenodo's own."""

_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")


def by_marker(marker: str) -> str:
    return f'metadata.identifiers.identifier:"{marker}"'


class Looker:
    """Looks at one instance, and remembers of it what does not change during a run."""

    def __init__(self, api: Api, base: str) -> None:
        self._api = api
        self._base = base
        self._lock = threading.Lock()
        self._known: dict[str, bool] = {}
        self._mine: tuple[Record, ...] | None = None
        self._foreign: tuple[Record, ...] | None = None

    def look(self, target: Target, memory: Mapping[str, str], *, begun: bool) -> ZenodoState:
        """The state of `target`. `begun`: an earlier run began to reserve this very release."""
        known, lacking = self._offered(target)
        state = ZenodoState(
            base=self._base,
            marker=marker_of(target),
            publisher=publisher_of(target, self._base),
            known=known,
            lacking=lacking,
            unsure=memory.get(TIDY) == "look",
            room=int(memory.get("room") or 0),
            asked=frozenset(memory[ASKED].split()) if ASKED in memory else None,
            late=integrates(target),
        )
        if state.late:
            state = self._made_elsewhere(target, state, memory.get("record", ""))
            return self._with_communities(target, state, memory)
        state = self._known_record(state, memory.get("record", ""))
        if state.record is None and state.trouble is None:
            state = self._searched(target, state)
        if state.record is None and state.trouble is None:
            state = self._by_hand(target, state)
        if state.trouble is None and (state.record is None or not state.record.published):
            state = self._with_previous(target, state, memory)
        if state.record is None and state.trouble is None and not state.unchanged:
            state = replace(self._other_draft(target, state), unsure=state.unsure or begun)
        if state.record is not None and state.unsure and state.trouble is None:
            state = self._with_strays(state, state.record)
        if state.trouble is None and (state.record is None or not state.record.published):
            state = self._integration(target, state)
        return self._with_communities(target, state, memory)

    def _made_elsewhere(self, target: Target, state: ZenodoState, number: str) -> ZenodoState:
        """The record that Zenodo's GitHub integration made of the tag, if it has by now."""
        state = self._known_record(state, number)
        if state.record is not None or state.trouble is not None:
            return state
        tree = f"https://github.com/{target.settings['github']}/tree/{target.release.tag}"
        named = (*(f'{field}:"{tree}"' for field in RELATED), by_marker(state.marker))
        found = [
            record
            for record in self._api.public(" OR ".join(named))
            if record.kind == "software"
            and (_names(record, tree) or state.marker in record.identifiers)
        ]
        if len(found) > 1:
            return replace(state, trouble="twice", about=", ".join(r.id for r in found))
        for one in found:
            record, edit = self._at(one.id)
            if isinstance(record, Record):
                return replace(state, record=record, edit=edit)
        return state

    def _integration(self, target: Target, state: ZenodoState) -> ZenodoState:
        """Look for records that Zenodo's GitHub integration made of the code's repository.

        Whether its webhook is on, only GitHub can tell, and not to every token; what it has made
        tells too (relation and field as zenodo-rdm writes them, github/release.py, 2026-08).
        """
        release = target.release
        repository = str(target.settings.get("github") or release.identity)
        if target.artifact.kind is not Kind.CODE or not _REPOSITORY.fullmatch(repository):
            return state
        page = f"https://github.com/{repository}"
        tree = f"{page}/tree/{release.tag}"
        with self._lock:
            if self._foreign is None:
                # One question: an instance answers 30 searches of all records a minute.
                asked = " OR ".join(
                    [
                        *(f'{field}:"{tree}"' for field in RELATED),
                        f'custom_fields.code\\:codeRepository:"{page}"',
                    ]
                )
                self._foreign = _not_ours(self._api.public(asked))
            found = self._foreign
        chosen = record_id(str(target.settings.get("record") or ""))
        # A paper, or data made by hand, may cite the tag and is no software.
        others = [r for r in found if r.kind == "software" and chosen not in (r.id, r.concept)]
        if made := [r for r in others if _names(r, tree)]:
            return replace(state, trouble="integrated", about=made[0].id)
        of_it = [r for r in others if r.custom_fields.get("code:codeRepository") == page]
        return replace(state, integrated=tuple(r.id for r in of_it))

    def _offered(self, target: Target) -> tuple[frozenset[str], frozenset[str]]:
        """Which of the ids that the body would name the instance knows, and not; asked once."""
        asked = questions(target)
        asked += () if is_zenodo(self._base) else relation_questions(target)
        with self._lock:
            for address in asked:
                if address not in self._known:
                    self._known[address] = self._api.knows(address)
            known = frozenset(address for address in asked if self._known[address])
        return known, frozenset(asked) - known

    def _known_record(self, state: ZenodoState, number: str) -> ZenodoState:
        """Look at the record whose id is remembered."""
        if not number:
            return state
        found, edit = self._at(number)
        match found:
            case Record():
                return replace(state, record=found, edit=edit, claimed=True)
            case Missing.HIDDEN:
                self._api.search(by_marker(state.marker))  # Refused where the token is to blame.
                return replace(state, trouble="hidden", about=number)
            case Missing.DELETED:
                return replace(state, trouble="deleted", about=number)
            case _:
                return replace(state, gone=number)

    def _at(self, number: str) -> tuple[Record | Missing, Record | None]:
        """The draft or the published record of that id, and an open edit of the latter."""
        draft = self._api.draft(number)
        if isinstance(draft, Record) and not draft.published:
            return draft, None
        record = self._api.record(number)
        if isinstance(record, Record):
            return record, draft if isinstance(draft, Record) else None
        hidden = Missing.HIDDEN in (draft, record)
        deleted = record is Missing.DELETED
        return (Missing.DELETED if deleted else Missing.HIDDEN if hidden else record), None

    def _searched(self, target: Target, state: ZenodoState) -> ZenodoState:
        """Look for records that carry our marker."""
        found = any_marked(self._api.search(by_marker(state.marker)), state.marker)
        version = target.release.version
        out = [r for r in found if r.published and r.version in ("", version)]
        if len(out) > 1:
            return replace(state, trouble="twice", about=", ".join(r.id for r in out))
        for candidate in found:
            # A draft of a later version carries a copy of ours until somebody changes it.
            if not candidate.published and candidate.version not in ("", version):
                continue
            record, edit = self._at(candidate.id)
            if isinstance(record, Record) and state.marker in record.identifiers:
                if record.published and state.gone:
                    return replace(state, trouble="elsewhere", about=record.id)
                strays = tuple(r.id for r in strays_of(found, record))
                return replace(state, record=record, edit=edit, strays=strays)
        return state

    def _with_strays(self, state: ZenodoState, record: Record) -> ZenodoState:
        """Look for what a run that ended early may have made besides `record`."""
        if record.index > 1 or state.strays:
            return state  # Of a next version there is one draft at most.
        found = any_marked(self._api.search(by_marker(state.marker)), state.marker)
        return replace(state, strays=tuple(one.id for one in strays_of(found, record)))

    def _by_hand(self, target: Target, state: ZenodoState) -> ZenodoState:
        """The record that publish.toml names: a draft to take up, or a version before this one."""
        given = str(target.settings.get("record") or "")
        if not given:
            return state
        number = record_id(given)
        found, edit = self._at(number)
        if isinstance(found, Missing):
            trouble: Trouble = "deleted" if found is Missing.DELETED else "unknown"
            return replace(state, trouble=trouble, about=number)
        if not found.published:
            return replace(state, record=found)
        if found.version == target.release.version:
            return replace(state, record=found, edit=edit)
        return replace(state, previous=self._newest(found))

    def _with_previous(
        self, target: Target, state: ZenodoState, memory: Mapping[str, str]
    ) -> ZenodoState:
        """Find the published version that this one follows, if there is one."""
        previous = state.previous
        record = state.record
        if record is not None:
            if previous is None and record.index > 1:
                previous = self._published(self._api.latest(record.concept))
            return replace(state, previous=previous)
        if previous is None and (number := memory.get("previous.record", "")):
            previous = self._published(number)
        if previous is None:
            previous = self._earlier(target)
        if previous is not None:
            previous = self._newest(previous)
            if previous.version == target.release.version and is_ours(target, previous):
                # This version is out already, and the search does not show it yet.
                found, edit = self._at(previous.id)
                if isinstance(found, Record):
                    return replace(state, record=found, edit=edit)
        unchanged = previous is not None and is_unchanged(target, previous)
        return replace(state, previous=previous, unchanged=unchanged)

    def _published(self, number: str) -> Record | None:
        found = self._api.record(number) if number else None
        return found if isinstance(found, Record) and found.published else None

    def _newest(self, record: Record) -> Record:
        if record.newest:
            return record
        return self._published(self._api.latest(record.concept)) or record

    def _earlier(self, target: Target) -> Record | None:
        """The newest record of ours whose marker is that of its own version."""
        with self._lock:
            if self._mine is None:
                self._mine = tuple(r for r in self._api.search("") if r.published and r.version)
        ours = [
            record
            for record in self._mine
            if record.version != target.release.version and is_ours(target, record)
        ]
        if not ours:
            return None
        newest = max(ours, key=lambda record: (record.index, record.created))
        return self._published(newest.id)

    def _other_draft(self, target: Target, state: ZenodoState) -> ZenodoState:
        """Whether somebody else has a draft where ours of the next version would be.

        Our own of a version that was never published is taken up: there can be no second one.
        """
        previous = state.previous
        if previous is None:
            return state
        for hit in self._api.search(f'parent.id:"{previous.concept}"'):
            if hit.published or hit.concept != previous.concept:
                continue
            draft = self._api.draft(hit.id)
            if not isinstance(draft, Record) or draft.published:
                continue
            if is_ours(target, draft):
                return replace(state, record=draft)
            if not pristine(draft, previous):
                return replace(state, trouble="foreign", about=draft.id)
        return state

    def _with_communities(
        self, target: Target, state: ZenodoState, memory: Mapping[str, str]
    ) -> ZenodoState:
        wanted = communities_of(target)
        if state.record is None or not state.record.published:
            lacking = tuple(slug for slug in wanted if not self._api.community(slug))
            return replace(state, nowhere=lacking)
        joined = {slug for slug in wanted if memory.get(f"community.{slug}")}
        if joined != set(wanted):
            there = self._api.communities(state.record.id)
            joined |= {
                slug
                for slug in set(wanted) - joined
                if slug in there or (there and self._api.community(slug) in there)
            }
        return replace(state, joined=frozenset(joined))


def _names(record: Record, address: str) -> bool:
    """Whether it links there; GitHub's names are the same in capitals."""
    return address.lower() in {name.lower() for name in record.related}


def is_ours(target: Target, record: Record) -> bool:
    """Whether it carries the marker of this artifact in the version that it says it is."""
    return marker_of(target, record.version) in record.identifiers


def _not_ours(found: tuple[Record, ...]) -> tuple[Record, ...]:
    return tuple(r for r in found if not any(name.startswith(MARKED) for name in r.identifiers))


def makes_archive(target: Target) -> bool:
    """Code is released as the source archive of its commit, which is made anew for each version."""
    return target.artifact.kind is Kind.CODE


def is_unchanged(target: Target, previous: Record) -> bool:
    """Whether the previous version holds exactly the files of this one."""
    if makes_archive(target) or not target.artifact.files or not previous.doi:
        return False
    there = {entry.key: entry for entry in previous.files}
    files, names = target.artifact.files, {file.name for file in target.artifact.files}
    if packing := packed(target):
        # The list has the digest of every packed file, so it need not be packed to be compared.
        text = packing.text.encode("utf-8", "surrogateescape")
        md5 = hashlib.md5(text, usedforsecurity=False).hexdigest()
        files = (*packing.alone, File(packing.listing, len(text), "-", md5))
        names = {pack.name for pack in packing.packs} | {file.name for file in files}
    return set(there) == names and all(there[file.name].holds(file) for file in files)


def strays_of(found: tuple[Record, ...], record: Record) -> Iterator[Record]:
    """First drafts with our marker besides `record`.

    A draft of a later version is none, though it may carry a copy of the marker.
    """
    for other in found:
        first = other.index == 1 and other.concept != record.concept
        if first and not other.published and other.id != record.id:
            yield other
