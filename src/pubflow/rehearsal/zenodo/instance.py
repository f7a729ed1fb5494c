"""One instance: its state, its clock, and how it numbers and names things."""

from __future__ import annotations

import copy
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from pubflow.rehearsal.zenodo.answers import GONE, NO_SUCH_PID, NOT_FOUND, NOT_REGISTERED, Refusal
from pubflow.rehearsal.zenodo.state import Document, Indexed, Json, Record, State

Flavour = Literal["zenodo", "invenio"]

PREFIX = "10.5072"
"""DataCite's test prefix, as on Zenodo's sandbox and in the recordings."""

QUOTA = 50_000_000_000
"""Bytes per record and per file on Zenodo (invenio.cfg, 2026-08-20)."""

ALLOWANCE = 150_000_000_000
"""Bytes that an account may add to its records in all (invenio.cfg, 2026-08-13)."""

SPAM = "spam"
"""Why the records of a blocked account are gone; they come back when the block is lifted."""

DIGESTING = 1.0
"""Seconds after which the checksum of a file that came in parts is there; a task computes it."""

FIRST_NUMBER = 400_000
"""Record numbers start above it, so that none looks like a small count."""

MOST_FILES = 100
"""Files per record on Zenodo and InvenioRDM (RDM_RECORDS_MAX_FILES_COUNT, 2026-08)."""

_FIELD_NAMES = (
    "code:codeRepository code:programmingLanguage code:developmentStatus journal:journal "
    "meeting:meeting imprint:imprint thesis:thesis thesis:university"
)
FIELDS = frozenset(_FIELD_NAMES.split())
"""Zenodo's custom fields that concern a release."""


@dataclass
class Instance:
    flavour: Flavour
    clock: Callable[[], float]
    lag: float
    """An int counts requests, a float seconds, until search shows a change."""
    quota: int = QUOTA
    blocked: bool = False
    """Whether the next record to be published is taken for a spammer's."""
    closed: bool = False
    """Whether one was: then the account's token is nobody's (seen 2026-12-01)."""
    scopes: frozenset[str] = frozenset({"deposit:write", "deposit:actions"})
    """What the token may do."""
    racy: bool = False
    """Whether deleting a file within 20 ms of its commit fails once with 500: a task is reading it
    then (observed 2026-11-20, 3 of 25 and 7 of 25)."""
    drops_broken: bool = False
    """Whether an entry goes whose bytes broke off, or stays pending; users saw both."""
    publishing: float = 0.0
    """Seconds that a publish takes longer than the proxy waits, which answers 504 at once."""
    state: State = field(default_factory=State)
    dois: Literal["required", "optional", "none"] = "required"
    """Whether a record may do without, or has to: no DOIs is how InvenioRDM comes."""
    fields: frozenset[str] = field(init=False)
    """The custom fields that it has: elsewhere than on Zenodo none but by configuration."""
    upcoming: str = ""
    """The number of the next record, where it is not simply the next one."""
    hook_takes: float = 0.0
    """Seconds from a webhook's call to the record that the GitHub integration makes of it."""

    def __post_init__(self) -> None:
        self.fields = FIELDS if self.zenodo else frozenset()

    @property
    def zenodo(self) -> bool:
        return self.flavour == "zenodo"

    @property
    def title(self) -> str:
        return "Zenodo" if self.zenodo else "InvenioRDM"

    def now(self) -> str:
        return datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="microseconds")

    def today(self) -> str:
        return self.now()[:10]

    def number(self) -> str:
        """The next id of a parent or record: a number at Zenodo, ten letters elsewhere."""
        self.state.number += 1
        if self.zenodo:
            return str(FIRST_NUMBER + self.state.number)
        digest = hashlib.sha256(f"record {self.state.number}".encode()).digest()
        letters = "0123456789abcdefghjkmnpqrstvwxyz"
        name = "".join(letters[byte % 32] for byte in digest[:10])
        return f"{name[:5]}-{name[5:]}"

    def doi(self, identifier: str) -> str:
        """What a record, or a parent, is or will be called."""
        return f"{PREFIX}/zenodo.{identifier}" if self.zenodo else f"{PREFIX}/{identifier}"

    def oai(self, identifier: str) -> str:
        return f"oai:{'zenodo.org' if self.zenodo else 'local.test'}:{identifier}"

    def token(self) -> str:
        """A fresh name for a file, a version of it or a bucket."""
        return str(uuid.uuid4())

    def record(self, identifier: str) -> Record:
        found = self.state.records.get(identifier)
        if found is None:
            raise Refusal(404, NO_SUCH_PID)
        if found.removed:
            raise Refusal(410, GONE, more={"tombstone": self._tombstone(found)})
        return found

    def _tombstone(self, record: Record) -> Json:
        """What stays of a deleted record; the citation's form is the instance's own."""
        assert record.published is not None
        return {
            "removal_reason": {"id": record.removed},
            "note": "",
            "removed_by": {"user": "1"},
            "removal_date": self.now(),
            "citation_text": str(record.published.metadata.get("title")),
            "is_visible": True,
        }

    def published(self, identifier: str) -> tuple[Record, Document]:
        record = self.record(identifier)
        if record.published is None:
            raise Refusal(404, NOT_REGISTERED)
        return record, record.published

    def draft(self, identifier: str, message: str = NOT_FOUND) -> tuple[Record, Document]:
        """`message`: reading says that the identifier does not exist, acting says not found."""
        record = self.record(identifier)
        if record.draft is None:
            raise Refusal(404, message)
        return record, record.draft

    def latest(self, parent: str) -> Record | None:
        """The newest published version."""
        records = (self.state.records[name] for name in self.state.parents[parent].records)
        return max(
            (r for r in records if r.published and not r.removed),
            key=lambda r: r.index,
            default=None,
        )

    def touch(self, record: Record, document: Document | None = None) -> None:
        """Note a change: the revision counts up by two, as each save and its follow-up do."""
        if document is not None:
            document.revision += 2
            document.updated = self.now()
        if self.lag:
            moments = self.state.index.setdefault(record.id, [])
            moments.append(
                Indexed(
                    self.state.tick,
                    self.clock(),
                    copy.deepcopy(record.draft),
                    copy.deepcopy(record.published),
                )
            )

    def shut(self) -> None:
        """Block the account and take down all that it published, as a task does at once there."""
        self.closed = True
        for record in self.state.records.values():
            if record.published and not record.removed:
                record.removed = SPAM

    def pardon(self) -> None:
        self.closed = False
        for record in self.state.records.values():
            if record.removed == SPAM:
                record.removed = ""

    def settle(self) -> None:
        """Search knows all that it has not been told of yet: for when a lag begins."""
        for record in self.state.records.values():
            if self.lag and not self.state.index.get(record.id):
                self.touch(record)
                self.state.index[record.id][-1].tick -= int(self.lag) + 1
                self.state.index[record.id][-1].at -= self.lag

    def forget(self, record: Record) -> None:
        """A deleted draft leaves search at once (invenio-rdm-records refreshes there)."""
        self.state.index.pop(record.id, None)

    def searchable(self) -> list[Record]:
        """Every record as search sees it, which may be as it was a while ago."""
        there = [record for record in self.state.records.values() if not record.removed]
        if not self.lag:
            return there
        seen = []
        for record in there:
            moments = self.state.index.get(record.id, [])
            ripe = [number for number, moment in enumerate(moments) if self._ripe(moment)]
            if ripe:
                del moments[: ripe[-1]]
                seen.append(replace(record, draft=moments[0].draft, published=moments[0].published))
        return seen

    def _ripe(self, moment: Indexed) -> bool:
        if isinstance(self.lag, int):
            return self.state.tick - moment.tick > self.lag
        return self.clock() - moment.at >= self.lag

    def managed(self, doi: str) -> Json:
        return {"identifier": doi, "provider": "datacite", "client": "datacite"}
