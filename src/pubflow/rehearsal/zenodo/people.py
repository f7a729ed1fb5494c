"""Creators and contributors as InvenioRDM reads them.

A person with a complaint stays as sent, but for its composed `name` (recorded 2026-11-20).
"""

from __future__ import annotations

from typing import Any

from pubflow.rehearsal.zenodo import identifiers
from pubflow.rehearsal.zenodo.reader import MISSING, Read, Reader
from pubflow.rehearsal.zenodo.state import Json


def _person(reader: Reader, value: Any, path: str) -> Json | None:
    known = {"type", "name", "given_name", "family_name", "identifiers"}
    found = reader.keys(value, path, known)
    if found is None:
        return None
    before = len(reader.errors)
    kind = found.get("type")
    if kind not in ("personal", "organizational"):
        reader.complain(
            f"{path}.type", "Invalid value. Choose one of ['organizational', 'personal']."
        )
        return None
    kept: Json = {"type": kind, "name": ""}
    for key in ("given_name", "family_name") if kind == "personal" else ():
        if found.get(key):
            kept[key] = found[key]
    listed = reader.many(
        found.get("identifiers", []), f"{path}.identifiers", lambda item, at: _own(reader, item, at)
    )
    schemes = [item.get("scheme") for item in listed or []]
    if len(set(schemes)) < len(schemes):
        reader.complain(f"{path}.identifiers", "Only one identifier per scheme is allowed.")
    if listed:
        kept["identifiers"] = listed
    if kind == "personal":
        if not kept.get("family_name"):
            reader.complain(f"{path}.family_name", "Family name cannot be blank.")
        kept["name"] = ", ".join(filter(None, (kept.get("family_name"), kept.get("given_name"))))
    else:
        kept["name"] = found.get("name", "")
        if not kept["name"]:
            reader.complain(f"{path}.name", "Name cannot be blank.")
    if kind == "personal" and len(reader.errors) > before:
        del kept["name"]
    return kept


def _own(reader: Reader, value: Any, path: str) -> Json | None:
    found = reader.keys(value, path, {"identifier", "scheme"})
    if found is None:
        return None
    return reader.identifier(found, path, identifiers.PERSON_SCHEMES)


def _affiliation(reader: Reader, value: Any, path: str) -> Json | None:
    found = reader.keys(value, path, {"id", "name"})
    if found is None:
        return None
    if "id" in found:
        reader.words.append(("affiliations", found["id"]))
        return {"id": found["id"]}
    if not found.get("name"):
        at = f"{path}.affiliations"
        reader.complain(at, "An existing id or a free text name must be present.")
    return {"name": found.get("name", "")}


def creator(roles: str, required: bool) -> Read:
    def read(reader: Reader, value: Any, path: str) -> Json | None:
        found = reader.keys(value, path, {"person_or_org", "role", "affiliations"})
        if found is None:
            return None
        kept: Json = {}
        if "person_or_org" not in found:
            reader.complain(f"{path}.person_or_org", MISSING)
        elif person := _person(reader, found["person_or_org"], f"{path}.person_or_org"):
            kept["person_or_org"] = person
        if "role" in found:
            if role := reader.word(found["role"], f"{path}.role", roles):
                kept["role"] = role
        elif required:
            reader.complain(f"{path}.role", MISSING)
        if found.get("affiliations"):
            at = f"{path}.affiliations"
            listed = reader.many(
                found["affiliations"], at, lambda item, at: _affiliation(reader, item, at)
            )
            names = [tuple(item.values()) for item in listed or []]
            if len(set(names)) < len(names):
                twice = sorted({name for (name,) in names if names.count((name,)) > 1})
                reader.complain(at, f"Duplicated affiliations: {', '.join(map(str, twice))}")
            if listed:
                kept["affiliations"] = listed
        return kept

    return read
