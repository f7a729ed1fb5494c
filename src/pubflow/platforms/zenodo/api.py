"""The calls we make of the records API, and nothing more of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from pubflow.platforms.zenodo.state import Entry, Record


class Missing(Enum):
    """Why something that was asked for by its id is not to be had."""

    ABSENT = "absent"
    DELETED = "deleted"
    """It was there, and only its tombstone is left."""
    HIDDEN = "hidden"
    """It may be there, but not for our token."""


class Api(Protocol):
    """Calls by id are answered from the database; `search` may lag about a second behind.

    Every call raises Transient where there was no clear answer and PubflowError where there was a
    refusal; nothing is sent twice.
    """

    def draft(self, record: str) -> Record | Missing:
        """An unpublished draft, or the open edit of a published record, with its files."""

    def record(self, record: str) -> Record | Missing:
        """A published record, with its files where we may see them."""

    def latest(self, concept: str) -> str:
        """The id of the newest published version; empty if there is none."""

    def search(self, query: str) -> tuple[Record, ...]:
        """Our own records and drafts, all versions, that match; without the files of drafts."""

    def public(self, query: str) -> tuple[Record, ...]:
        """Anybody's published records that match, newest first: one page of all versions."""

    def knows(self, address: str) -> bool:
        """Whether `/api/<address>` exists, for instance `vocabularies/resourcetypes/model`."""

    def entry(self, record: str, key: str) -> Entry | Missing:
        """One file of a draft."""

    def create(self, body: Mapping[str, Any]) -> tuple[Record, list[tuple[str, str]]]:
        """A new draft, and what the server complained of: (field, message)."""

    def next_version(self, record: str) -> Record:
        """The draft of the next version; the same one each time until that is published."""

    def edit(self, record: str) -> None:
        """Open an edit of a published record; the same one each time."""

    def put(self, record: str, body: Mapping[str, Any]) -> tuple[Record, list[tuple[str, str]]]:
        """Replace the draft's metadata. The draft as it is now, and what the server complained of:
        (field, message)."""

    def reserve(self, record: str) -> None:
        """Reserve the draft's DOI; nothing if it has one."""

    def enlarge(self, record: str, size: int) -> None:
        """Ask for a quota of `size` GB in all; the same each time."""

    def import_files(self, record: str) -> None:
        """Take over the files of the previous version into an empty draft, without sending them."""

    def init(self, record: str, keys: Sequence[str]) -> None:
        """Announce files of a draft."""

    def init_parts(
        self, record: str, key: str, size: int, part_size: int, parts: int
    ) -> tuple[str, ...] | None:
        """Announce a file that comes in parts: their addresses in order.

        None: it was refused. Empty: it was announced, and as one that comes whole.
        """

    def send_part(
        self,
        address: str,
        key: str,
        source: Path,
        start: int,
        size: int,
        told: Callable[[int], None],
    ) -> bool:
        """Send one part, streamed. False: the instance takes no parts."""

    def send(
        self, record: str, key: str, source: Path, size: int, told: Callable[[int], None]
    ) -> None:
        """Send the content of an announced file, streamed."""

    def commit(self, record: str, key: str) -> Entry:
        """Finish a file; its size and md5 as the server received it."""

    def remove(self, record: str, key: str) -> None:
        """Delete a file of a draft; nothing if it is not there."""

    def publish(self, record: str) -> None:
        """Publish a draft, for ever. Nothing is done about an unclear answer here."""

    def discard(self, record: str) -> None:
        """Delete a draft and its reserved DOI; nothing if it is not there."""

    def communities(self, record: str) -> frozenset[str]:
        """Ids and slugs of the communities that the record is in, or that were asked."""

    def community(self, slug: str) -> str:
        """The id of a community; empty if there is none of that name."""

    def join(self, record: str, slug: str) -> None:
        """Put a published record into a community, or ask its curators to."""
