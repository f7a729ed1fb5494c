"""What was seen on the instance, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date as Date
from typing import Any, Literal

from pubflow.links import NOWHERE, Link
from pubflow.manifest import File

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a draft or a record."""

    key: str
    size: int = 0
    md5: str = ""
    """Hex; empty while no content has been committed."""
    status: str = "completed"
    parts: tuple[str, ...] = ()
    """Where its parts are sent to, in order, while it is announced as coming in parts."""

    def holds(self, file: File) -> bool:
        """Whether it is exactly that file, received whole."""
        return self.status == "completed" and (self.md5, self.size) == (file.md5, file.size)


@dataclass(frozen=True, slots=True)
class Record:
    """A draft or a published record."""

    id: str
    concept: str = ""
    """The parent's id, shared by all versions."""
    published: bool = False
    doi: str = ""
    concept_doi: str = ""
    """The DOI of all versions; known once a first version was published."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    access: Mapping[str, Any] = field(default_factory=dict)
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Entry, ...] = ()
    index: int = 1
    """Which version it is among its siblings, from 1."""
    newest: bool = True
    """Whether it is the newest published version."""
    created: str = ""
    preview: str = ""
    """The file that its page shows first, where somebody chose one."""
    external: bool = False
    """Whether its DOI was registered elsewhere, and only named here."""
    reviewed: bool = False
    """Whether a community has the draft for review, without which it is not published."""

    @classmethod
    def read(cls, body: Mapping[str, Any], files: tuple[Entry, ...] | None = None) -> Record:
        """From InvenioRDM's own JSON (`application/vnd.inveniordm.v1+json`).

        `files` are those of a draft, which the body does not list while they are pending.
        """
        parent, versions = body.get("parent") or {}, body.get("versions") or {}
        if files is None:
            files = listed(body.get("files") or {})
        _shaped(body.get("metadata") or {}, body.get("access") or {})
        return cls(
            id=identified(body),
            concept=str(parent.get("id") or ""),
            published=bool(body.get("is_published")),
            doi=_doi(body),
            concept_doi=_doi(parent),
            metadata=body.get("metadata") or {},
            access=body.get("access") or {},
            custom_fields=body.get("custom_fields") or {},
            files=files,
            index=int(versions.get("index") or 1),
            newest=bool(versions.get("is_latest", True)),
            created=str(body.get("created") or ""),
            external=_provider(body) == "external",
            reviewed=str(body.get("status") or "").endswith("_review"),
            preview=str((body.get("files") or {}).get("default_preview") or ""),
        )

    @property
    def version(self) -> str:
        return str(self.metadata.get("version") or "")

    @property
    def kind(self) -> str:
        """`software`, `dataset`, `model` and so on."""
        return str((self.metadata.get("resource_type") or {}).get("id") or "")

    @property
    def identifiers(self) -> frozenset[str]:
        """Its alternate identifiers, among which is the marker of one of ours."""
        found = self.metadata.get("identifiers") or ()
        return frozenset(str(item.get("identifier", "")) for item in found)

    @property
    def related(self) -> frozenset[str]:
        found = self.metadata.get("related_identifiers") or ()
        return frozenset(str(item.get("identifier", "")) for item in found)

    def entry(self, key: str) -> Entry | None:
        return next((entry for entry in self.files if entry.key == key), None)

    def link(self, base: str) -> Link | None:
        """Its address, once it has a DOI."""
        if not self.doi:
            return None
        page = f"{base}/records/{self.id}"
        return Link(page, page, self.doi, self.concept_doi or self._predicted())

    def _predicted(self) -> str:
        """The concept DOI where DOIs end with the record's id, as Zenodo's and the default do.

        A later version without one is of an instance that gives none.
        """
        if self.concept and self.index == 1 and self.doi.endswith(self.id):
            return self.doi.removesuffix(self.id) + self.concept
        return ""


_LISTS = (
    "creators",
    "contributors",
    "rights",
    "subjects",
    "languages",
    "identifiers",
    "related_identifiers",
    "funding",
    "references",
    "additional_descriptions",
)
"""Of the metadata that is looked into, what are lists of objects."""


def _shaped(metadata: Mapping[str, Any], access: Mapping[str, Any]) -> None:
    """Raises TypeError or AttributeError for another shape than is looked into later."""
    for name in _LISTS:
        _objects(metadata, name)
    for person in (*_objects(metadata, "creators"), *_objects(metadata, "contributors")):
        _objects(person, "affiliations")
        _objects(_object(person, "person_or_org"), "identifiers")
    for grant in _objects(metadata, "funding"):
        _object(grant, "funder")
        _object(grant, "award")
    _object(metadata, "resource_type")
    _object(access, "embargo")


def _objects(holder: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    found = tuple(holder.get(name) or ())
    if not all(isinstance(item, Mapping) for item in found):
        raise TypeError(f"{name} holds no objects")
    return found


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = holder.get(name)
    if found is not None and not isinstance(found, Mapping):
        raise TypeError(f"{name} is no object")
    return found or {}


def identified(body: Mapping[str, Any]) -> str:
    """The id, which every answer about one thing has."""
    value = body["id"]
    if not value or not isinstance(value, str | int):
        raise TypeError("no id")
    return str(value)


def listed(body: Mapping[str, Any]) -> tuple[Entry, ...]:
    """The files that an answer about files, or a record's `files`, holds."""
    found = body.get("entries") or ()
    return entries(found.values() if isinstance(found, Mapping) else found)


def entries(listed: Any) -> tuple[Entry, ...]:
    """The `entries` of a files answer, in name order. Only an md5 counts as a checksum."""
    found = []
    for item in listed:
        checksum = str(item.get("checksum") or "")
        md5 = checksum.removeprefix("md5:") if checksum.startswith("md5:") else ""
        status = str(item.get("status") or "completed")
        links = (item.get("links") or {}).get("parts") or ()
        parts = tuple(str(link["url"]) for link in sorted(links, key=lambda link: link["part"]))
        found.append(Entry(str(item["key"]), int(item.get("size") or 0), md5, status, parts))
    return tuple(sorted(found, key=lambda entry: entry.key))


def _provider(body: Mapping[str, Any]) -> str:
    found = (body.get("pids") or {}).get("doi") or {}
    return str(found.get("provider") or "")


def _doi(body: Mapping[str, Any]) -> str:
    found = (body.get("pids") or {}).get("doi") or {}
    return str(found.get("identifier") or "")


Trouble = Literal["foreign", "hidden", "deleted", "twice", "unknown", "integrated", "elsewhere"]
"""What stands in the way: a next version's draft that is not ours; a claimed draft that our token
cannot see; a record that was deleted; two published records of one version; a record named in
publish.toml that is not there; a record of this tag that Zenodo's GitHub integration made; another
record of this version, published though the claimed draft was deleted."""


@dataclass(frozen=True, slots=True)
class ZenodoState:
    """What was seen for one target."""

    base: str = ""
    marker: str = ""
    """`urn:uuid:...`, by which the draft of this artifact and version is known again."""
    publisher: str = ""
    known: frozenset[str] = frozenset()
    """Those of `record.questions` that the instance answered with yes."""
    lacking: frozenset[str] = frozenset()
    """Those that it answered with no."""
    record: Record | None = None
    """This version's draft or published record."""
    claimed: bool = False
    """Whether the claim or the receipt names that record as ours."""
    edit: Record | None = None
    """An open edit of the published record, not public."""
    previous: Record | None = None
    """The published record of the version before, from which the next version is made."""
    unchanged: bool = False
    """Whether this version has nothing new: the previous record is the one to cite."""
    gone: str = ""
    """A draft that is claimed and no longer exists."""
    strays: tuple[str, ...] = ()
    """Other drafts with our marker, left by runs that were interrupted."""
    unsure: bool = False
    """Whether an earlier run may have left a draft that a search did not show yet."""
    room: int = 0
    """GB that were asked for; no instance tells what it gave."""
    asked: frozenset[str] | None = None
    """Custom fields that the record was asked to hold; None where nobody remembers."""
    integrated: tuple[str, ...] = ()
    """Records of other tags of the code's repository that were not made by pubflow."""
    joined: frozenset[str] = frozenset()
    """Communities that the record is in, or that were asked."""
    nowhere: tuple[str, ...] = ()
    """Communities that the record shall be in, and that the instance does not have."""
    late: bool = False
    """Whether Zenodo's GitHub integration makes the record, so that nobody knows its DOI before."""
    today: Date | None = None
    """The day on which we look."""
    trouble: Trouble | None = None
    about: str = field(default="", compare=False)
    """The id that the trouble is about."""

    @property
    def link(self) -> Link | None:
        if self.late:
            found = self.record.link(self.base) if self.record is not None else None
            return replace(found, late=True) if found else NOWHERE
        if self.record is None and self.unchanged and self.previous is not None:
            return self.previous.link(self.base)
        return self.record.link(self.base) if self.record is not None else None

    @property
    def facts(self) -> Mapping[str, str]:
        date = self.record.metadata.get("publication_date") if self.record is not None else ""
        return {"date": str(date or "")}

    @property
    def marked(self) -> bool:
        return self.record is not None and self.marker in self.record.identifiers
