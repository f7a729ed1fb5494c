"""What the stand-in for Zenodo remembers: parents, records, drafts and files, as plain data.

A *parent* stands for all versions of one work (Zenodo says concept); a *record* is one version. A
record holds up to two documents: what is published, and a draft (of the first publication or of an
edit).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Entry:
    """One file of a document; `sha256` is empty until its bytes have come."""

    key: str
    created: str
    updated: str
    file_id: str = ""
    version_id: str = ""
    sha256: str = ""
    md5: str = ""
    size: int = -1
    transfer: str = "L"
    size_said: int = 0
    """Of a file that comes in parts: what was announced."""
    part_size: int = 0
    parts: dict[str, str] = field(default_factory=dict)
    """Number -> sha256 of the parts that came."""
    digest_at: float = 0.0
    """When a task will have computed the checksum of a file that came in parts."""
    completed: bool = False
    committed_at: float = 0.0
    """Until shortly after, a task reads it."""
    scanned: bool = False
    """Whether the task that fills `metadata` after a commit has run."""


@dataclass(slots=True)
class Document:
    """A draft, or what is published."""

    created: str
    updated: str
    revision: int
    bucket: str
    metadata: Json = field(default_factory=dict)
    custom_fields: Json = field(default_factory=dict)
    access: Json = field(default_factory=dict)
    pids: Json = field(default_factory=dict)
    files_enabled: bool = True
    default_preview: str | None = None
    order: list[str] = field(default_factory=list)
    files: dict[str, Entry] = field(default_factory=dict)


@dataclass(slots=True)
class Record:
    """One version of a work."""

    id: str
    parent: str
    index: int
    draft: Document | None = None
    published: Document | None = None
    draft_created: str = ""
    draft_revision: int = 0
    """The revision of a draft goes on counting through later edits."""
    removed: str = ""
    """Why it was deleted after it was published; then only its tombstone is left."""
    review: bool = False
    """Whether a community's review of the draft is open."""
    extra: int = 0
    """Bytes that its owner gave it of what his account may have besides."""


@dataclass(slots=True)
class Parent:
    """All versions of one work."""

    id: str
    doi: str = ""
    """Empty until the first version is published."""
    records: list[str] = field(default_factory=list)
    communities: list[str] = field(default_factory=list)
    """Slugs, in the order of acceptance."""
    requests: list[Json] = field(default_factory=list)
    """Inclusion requests that wait for a curator."""


@dataclass(slots=True)
class Indexed:
    """What search shall answer about one record from a moment on."""

    tick: int
    at: float
    draft: Document | None
    published: Document | None


@dataclass(slots=True)
class State:
    """Everything but the bytes."""

    number: int = 0
    """The last number given to a parent or a record."""
    tick: int = 0
    """Requests answered so far."""
    records: dict[str, Record] = field(default_factory=dict)
    parents: dict[str, Parent] = field(default_factory=dict)
    index: dict[str, list[Indexed]] = field(default_factory=dict)
    hooked: dict[str, str] = field(default_factory=dict)
    """`owner/repo tag` -> the record that the GitHub integration made of it; empty until then."""
    events: list[tuple[float, str, Json]] = field(default_factory=list)
    """Calls of webhooks that are being worked on: when each will be done, its name, and it."""
    communities: dict[str, str] = field(default_factory=dict)
    """Id -> slug of each community that was looked up."""
    late: list[tuple[float, str]] = field(default_factory=list)
    """Publishes still at work: when each will be done, and of which record."""

    def dump(self) -> Json:
        return asdict(self)

    @classmethod
    def load(cls, data: Json) -> State:
        return cls(
            number=data["number"],
            tick=data["tick"],
            hooked=dict(data.get("hooked", {})),
            communities=dict(data.get("communities", {})),
            events=[(at, key, event) for at, key, event in data.get("events", ())],
            late=[(at, name) for at, name in data.get("late", ())],
            records={
                key: Record(
                    **{
                        **value,
                        "draft": _document(value["draft"]),
                        "published": _document(value["published"]),
                    }
                )
                for key, value in data["records"].items()
            },
            parents={key: Parent(**value) for key, value in data["parents"].items()},
            index={
                key: [
                    Indexed(
                        moment["tick"],
                        moment["at"],
                        _document(moment["draft"]),
                        _document(moment["published"]),
                    )
                    for moment in moments
                ]
                for key, moments in data["index"].items()
            },
        )


def _document(data: Json | None) -> Document | None:
    if data is None:
        return None
    files = {key: Entry(**entry) for key, entry in data["files"].items()}
    return Document(**{**data, "files": files})
