"""Records, drafts and files as InvenioRDM's own JSON shows them.

Shapes recorded 2026-11-20 from InvenioRDM 14.0.5 and Zenodo's code base. Left out: `ui` (texts for
the web pages) and titles in other languages than English.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from pubflow.rehearsal.zenodo import vocabularies
from pubflow.rehearsal.zenodo.files import part_links
from pubflow.rehearsal.zenodo.state import Document, Entry, Json, Parent, Record, State

RESOLVER = "https://handle.test.datacite.org"
"""Where a test instance's DOIs resolve."""

NO_VIEWS = {
    "views": 0,
    "unique_views": 0,
    "downloads": 0,
    "unique_downloads": 0,
    "data_volume": 0.0,
}

_WORDS = {
    "resource_type": "resourcetypes",
    "relation_type": "relationtypes",
    "role": "contributorsroles",
}
_TYPE_OF = {
    "dates": "datetypes",
    "additional_descriptions": "descriptiontypes",
    "additional_titles": "titletypes",
}


def path_of(key: str) -> str:
    """A file key as it stands in addresses."""
    return quote(key, safe="/()!$&'*+,;=:@~")


def shown(metadata: Json, zenodo: bool) -> Json:
    """Metadata with the titles of its vocabulary words, as answers show it."""
    return {name: _shown(value, name, zenodo) for name, value in metadata.items()}


def _shown(value: Any, name: str, zenodo: bool) -> Any:
    if isinstance(value, list):
        return [_shown(item, name, zenodo) for item in value]
    if not isinstance(value, dict):
        return value
    if name == "rights" and "id" in value:
        return vocabularies.licence(value["id"], zenodo)
    if name == "affiliations" and "id" in value:
        return vocabularies.named("affiliations", value["id"]) or value
    if name == "funder" and "id" in value:
        return {"id": value["id"], "name": vocabularies.organisation(value["id"])}
    if name == "award" and "id" in value:
        return vocabularies.named("awards", value["id"]) or value
    if name == "languages" or name in _WORDS:
        return _titled(value, _WORDS.get(name, "languages"))
    return {
        key: _titled(item, _TYPE_OF[name])
        if key == "type" and name in _TYPE_OF
        else _shown(item, key, zenodo)
        for key, item in value.items()
    }


def _titled(value: Json, vocabulary: str) -> Json:
    return value | {"title": {"en": vocabularies.title(vocabulary, value.get("id"))}}


def custom(fields: Json) -> Json:
    """Custom fields with the titles of their words."""
    words = {
        "code:programmingLanguage": "code:programmingLanguages",
        "code:developmentStatus": "code:developmentStatus",
    }
    out: Json = {}
    for name, value in fields.items():
        if name in words and isinstance(value, list):
            out[name] = [_titled(item, words[name]) for item in value]
        elif name in words:
            out[name] = _titled(value, words[name])
        else:
            out[name] = value
    return out


def access_status(document: Document) -> str:
    access = document.access
    if access["embargo"]["active"]:
        return "embargoed"
    if "restricted" in (access["record"], access["files"]):
        return "restricted"
    return "open" if document.files_enabled else "metadata-only"


@dataclass(frozen=True, slots=True)
class View:
    """How one client sees one record."""

    state: State
    base: str
    zenodo: bool
    owner: bool
    """Whether the client is the owner of the record."""
    now: float

    def record(
        self,
        record: Record,
        document: Document,
        *,
        new: bool = False,
        bare: bool = False,
        read: bool = False,
        hit: bool = False,
    ) -> Json:
        """A record or draft.

        `new`: in answer to its creation. `bare`: without titles of words, as when POST hands out a
        draft a second time. `read`: in answer to GET by id, where a published record's files have
        links. `hit`: in a list.
        """
        draft = document is record.draft
        parent = self.state.parents[record.parent]
        published = record.published is not None
        metadata = document.metadata if bare else shown(document.metadata, self.zenodo)
        body: Json = {
            "id": record.id,
            "created": document.created,
            "updated": document.updated,
            "links": self._links(record, document, parent),
            "revision_id": document.revision,
            "parent": self._parent(parent),
            "versions": self._versions(record, parent),
            "is_published": published,
            "is_draft": draft,
        }
        if draft:
            body["expires_at"] = document.created.replace("T", " ")
        access = dict(document.access)
        access["status"] = access_status(document)
        if new and not access["embargo"]["active"]:
            access["status"] = "metadata-only"
        body |= {
            "pids": document.pids,
            "metadata": metadata,
            "custom_fields": document.custom_fields if bare else custom(document.custom_fields),
            "access": access,
            "files": self._files(record, document, links=read and not draft),
            "media_files": {"enabled": False},
            "status": "published" if published else _draft_status(record),
        }
        if self._sees_files(document):
            body["media_files"] |= {"order": [], "count": 0, "total_bytes": 0, "entries": {}}
        if not draft:
            body["deletion_status"] = {"is_deleted": False, "status": "P"}
            body["stats"] = {"this_version": NO_VIEWS, "all_versions": NO_VIEWS}
            if self.zenodo:
                body["swh"] = None if hit else {}
        return body

    def _sees_files(self, document: Document) -> bool:
        return self.owner or document.access["files"] == "public"

    def _files(self, record: Record, document: Document, links: bool) -> Json:
        body: Json = {"enabled": document.files_enabled}
        if not self._sees_files(document):
            return body
        whole = [entry for entry in document.files.values() if entry.completed]
        body |= {
            "order": document.order,
            "count": len(whole),
            "total_bytes": sum(entry.size for entry in whole),
            "entries": {entry.key: self._brief(record, entry, links) for entry in whole},
        }
        if document.default_preview:
            body["default_preview"] = document.default_preview
        return body

    def _brief(self, record: Record, entry: Entry, links: bool) -> Json:
        """A file as it stands in a record's `files.entries`."""
        body: Json = {
            "id": entry.file_id,
            "checksum": f"md5:{entry.md5}",
            "ext": PurePosixPath(entry.key).suffix.lstrip("."),
            "size": entry.size,
            "mimetype": mimetype(entry.key),
            "storage_class": "L",
            "key": entry.key,
            "metadata": {},
            "access": {"hidden": False},
        }
        if links:
            here = f"{self.base}/api/records/{record.id}/files/{path_of(entry.key)}"
            body["links"] = {"self": here, "content": f"{here}/content"}
        return body

    def _parent(self, parent: Parent) -> Json:
        access: Json = {
            "owned_by": {"user": "1"},
            "settings": {
                "allow_user_requests": False,
                "allow_guest_requests": False,
                "accept_conditions_text": None,
                "secret_link_expiration": 0,
            },
        }
        if self.owner:
            access |= {"grants": [], "links": []}
        communities: Json = {}
        if parent.communities:
            entries = [vocabularies.community(slug) for slug in parent.communities]
            communities = {
                "ids": [entry["id"] for entry in entries],
                "default": entries[0]["id"],
                "entries": entries,
            }
        pids = {"doi": _managed(parent.doi)} if parent.doi else {}
        return {"id": parent.id, "access": access, "communities": communities, "pids": pids}

    def _versions(self, record: Record, parent: Parent) -> Json:
        others = [self.state.records[name] for name in parent.records]
        latest = max((r.index for r in others if r.published), default=0)
        body: Json = {"is_latest": record.published is not None and record.index == latest}
        if self.owner:
            body["is_latest_draft"] = record.index == max(r.index for r in others)
        return body | {"index": record.index}

    def _links(self, record: Record, document: Document, parent: Parent) -> Json:
        api = f"{self.base}/api/records/{record.id}"
        draft = document is record.draft
        here = f"{api}/draft" if draft else api
        page = f"{self.base}/records/{record.id}"
        kind = "draft" if draft else "record"
        image = f"{self.base}/api/iiif/{kind}:{record.id}"
        links = {
            "self": here,
            "self_html": f"{self.base}/uploads/{record.id}" if draft else page,
            "preview_html": f"{page}?preview=1",
        }
        doi = document.pids.get("doi", {}).get("identifier")
        if doi:
            links |= {"doi": f"{RESOLVER}/{doi}", "self_doi": f"{RESOLVER}/{doi}"}
            if not draft:
                links["self_doi_html"] = f"{self.base}/doi/{doi}"
        links["reserve_doi"] = f"{api}/draft/pids/doi"
        if not draft:
            links["parent"] = f"{self.base}/api/records/{parent.id}"
            links["parent_html"] = f"{self.base}/records/{parent.id}"
        if parent.doi:
            links["parent_doi"] = f"{RESOLVER}/{parent.doi}"
            links["parent_doi_html"] = f"{self.base}/doi/{parent.doi}"
        links |= {
            "self_iiif_manifest": f"{image}/manifest",
            "self_iiif_sequence": f"{image}/sequence/default",
            "files": f"{here}/files",
            "media_files": f"{here}/media-files",
            "archive": f"{here}/files-archive",
            "archive_media": f"{here}/media-files-archive",
        }
        if draft:
            links |= {
                "versions": f"{api}/versions",
                "record": api,
                "record_html": page,
                "publish": f"{here}/actions/publish",
                "review": f"{here}/review",
            }
        else:
            links |= {
                "latest": f"{api}/versions/latest",
                "latest_html": f"{page}/latest",
                "versions": f"{api}/versions",
                "draft": f"{api}/draft",
            }
        for name in ("links", "grants", "users", "request"):
            links[f"access_{name}"] = f"{api}/access/{name}"
        links["access"] = f"{api}/access"
        links["communities"] = f"{api}/communities"
        links["communities-suggestions"] = f"{api}/communities-suggestions"
        if record.published:
            links["request_deletion"] = f"{api}/request-deletion"
            links["file_modification"] = f"{api}/file-modification"
        return links | {"quota_increase": f"{api}/quota-increase", "requests": f"{api}/requests"}

    def files(self, record: Record, document: Document) -> Json:
        """The answer of `.../files`."""
        here = self._files_address(record, document)
        return {
            "enabled": document.files_enabled,
            "links": {"self": here, "archive": f"{here}-archive"},
            "entries": [self.file(record, document, e) for e in document.files.values()],
            "default_preview": document.default_preview,
            "order": document.order,
        }

    def file(self, record: Record, document: Document, entry: Entry) -> Json:
        """One entry of `.../files`."""
        here = f"{self._files_address(record, document)}/{path_of(entry.key)}"
        links: Json = {"self": here, "content": f"{here}/content"}
        if document is record.draft:
            links["commit"] = f"{here}/commit"
        if entry.parts:
            links |= {"content": None, "parts": part_links(here, entry)}
        body: Json = {"created": entry.created, "updated": entry.updated}
        if entry.completed:
            body |= {
                "mimetype": mimetype(entry.key),
                "version_id": entry.version_id,
                "file_id": entry.file_id,
                "bucket_id": document.bucket,
            }
        body |= {
            "metadata": {} if entry.scanned else None,
            "access": {"hidden": False},
            "links": links,
            "key": entry.key,
            "transfer": {"type": entry.transfer},
            "status": "completed" if entry.completed else "pending",
        }
        if entry.completed:
            checksum = f"md5:{entry.md5}" if self.now >= entry.digest_at else None
            body |= {"checksum": checksum, "size": entry.size, "storage_class": "L"}
        return body

    def _files_address(self, record: Record, document: Document) -> str:
        middle = "/draft" if document is record.draft else ""
        return f"{self.base}/api/records/{record.id}{middle}/files"


def mimetype(key: str) -> str:
    return mimetypes.guess_type(key)[0] or "application/octet-stream"


def _managed(doi: str) -> Json:
    return {"identifier": doi, "provider": "datacite", "client": "datacite"}


def _draft_status(record: Record) -> str:
    status = "new_version_draft" if record.index > 1 else "draft"
    return f"{status}_with_review" if record.review else status
