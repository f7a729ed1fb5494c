"""Zenodo's own older JSON of a record: what `Accept: application/json` gets there.

It has no `pids`, `parent`, `access` and no `errors`; shape recorded 2026-11-20.
"""

from __future__ import annotations

from typing import Any

from pubflow.rehearsal.zenodo.shapes import RESOLVER, path_of
from pubflow.rehearsal.zenodo.state import Json
from pubflow.rehearsal.zenodo.vocabularies import (
    DATACITE_RELATIONS,
    LANGUAGES_OF_CODE,
    RESOURCE_TYPES,
    ROLES,
)

_RIGHTS_WORD = {"open": "open", "embargoed": "embargoed", "restricted": "restricted"}


def legacy(body: Json, base: str) -> Json:
    """The older form of a record or draft given in InvenioRDM's form."""
    published, draft = body["is_published"], body["is_draft"]
    doi = body["pids"].get("doi", {}).get("identifier")
    concept_doi = body["parent"]["pids"].get("doi", {}).get("identifier")
    title = body["metadata"].get("title", "")
    out: Json = {
        "created": body["created"],
        "modified": body["updated"],
        "id": int(body["id"]),
        "conceptrecid": body["parent"]["id"],
    }
    if doi:
        out["doi"] = doi
    if concept_doi:
        out["conceptdoi"] = concept_doi
    if doi:
        out["doi_url"] = f"{RESOLVER}/{doi}"
    out |= {
        "metadata": _metadata(body, doi),
        "title": title,
        "links": body["links"],
        "updated": body["updated"],
        "recid": body["id"],
        "revision": body["revision_id"],
        "files": [_file(body["id"], entry, base) for entry in _entries(body)],
        "owners": [{"id": "1"}],
        "status": body["status"],
        "state": "unsubmitted" if not published else "inprogress" if draft else "done",
        "submitted": published,
    }
    if not draft:
        out["swh"] = {}
        plain = {"downloads": 0, "unique_downloads": 0, "views": 0, "unique_views": 0}
        out["stats"] = plain | {f"version_{name}": 0 for name in plain}
    return out


def _entries(body: Json) -> list[Json]:
    return list(body["files"].get("entries", {}).values())


def _file(record: str, entry: Json, base: str) -> Json:
    address = f"{base}/api/records/{record}/files/{path_of(entry['key'])}/content"
    return {
        "id": entry["id"],
        "key": entry["key"],
        "size": entry["size"],
        "checksum": entry["checksum"],
        "links": {"self": address},
    }


def _metadata(body: Json, doi: str | None) -> Json:
    given = body["metadata"]
    out: Json = {}
    for name in ("title", "publication_date", "description", "version"):
        if name in given:
            out[name] = given[name]
    if doi:
        out["doi"] = doi
    out["access_right"] = _RIGHTS_WORD.get(body["access"]["status"], "open")
    if "creators" in given:
        out["creators"] = [_person(item) for item in given["creators"]]
    if "contributors" in given:
        out["contributors"] = [
            _person(item) | {"type": ROLES[item["role"]["id"]].title().replace(" ", "")}
            for item in given["contributors"]
        ]
    if "subjects" in given:
        out["keywords"] = [item["subject"] for item in given["subjects"] if "subject" in item]
    if "related_identifiers" in given:
        out["related_identifiers"] = [_related(item) for item in given["related_identifiers"]]
    if "references" in given:
        out["references"] = [item["reference"] for item in given["references"]]
    if given.get("languages"):
        out["language"] = given["languages"][0]["id"]
    if "resource_type" in given:
        out["resource_type"] = _resource_type(given["resource_type"]["id"])
    if given.get("rights") and "id" in given["rights"][0]:
        out["license"] = {"id": given["rights"][0]["id"]}
    for item in given.get("additional_descriptions", ()):
        kind = item.get("type", {}).get("id")
        if kind in ("notes", "methods"):
            out["method" if kind == "methods" else kind] = item["description"]
    if body["custom_fields"]:
        out["custom"] = {
            name: [LANGUAGES_OF_CODE.get(word["id"]) for word in value]
            if name == "code:programmingLanguage"
            else value
            for name, value in body["custom_fields"].items()
        }
    versions = body["versions"]
    parent = {"pid_type": "recid", "pid_value": body["parent"]["id"]}
    place = {"index": versions["index"] - 1, "is_last": versions["is_latest"], "parent": parent}
    return out | {"relations": {"version": [place]}}


def _person(item: Json) -> Json:
    person = item.get("person_or_org", {})
    names = [entry.get("name") for entry in item.get("affiliations", ())]
    out: Json = {"name": person.get("name"), "affiliation": names[0] if names else None}
    for identifier in person.get("identifiers", ()):
        out[identifier["scheme"]] = identifier["identifier"]
    return out


def _related(item: Json) -> Json:
    out: Json = {"identifier": item["identifier"]}
    if "relation_type" in item:
        name = DATACITE_RELATIONS[item["relation_type"]["id"]]
        out["relation"] = name[0].lower() + name[1:]
    if "resource_type" in item:
        out["resource_type"] = item["resource_type"]["id"]
    return out | {"scheme": item.get("scheme")}


def _resource_type(identifier: str) -> dict[str, Any]:
    kind, _, subtype = identifier.partition("-")
    out = {"title": RESOURCE_TYPES[identifier], "type": kind}
    return out | {"subtype": subtype} if subtype else out
