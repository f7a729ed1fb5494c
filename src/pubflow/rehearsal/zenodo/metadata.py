"""Metadata as InvenioRDM loads it: what is kept, what is dropped, and what it complains of.

A draft is saved whatever is wrong: a value that is no value of its field is dropped, a value that
breaks a rule across fields stays; both are told in `errors`. Only ids that no vocabulary knows
refuse the save, by their value and without a field name (recorded 2026-11-20). Rules not recorded:
invenio-rdm-records 36.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pubflow.rehearsal.zenodo import identifiers, vocabularies
from pubflow.rehearsal.zenodo.answers import Refusal
from pubflow.rehearsal.zenodo.markup import cleaned
from pubflow.rehearsal.zenodo.people import creator
from pubflow.rehearsal.zenodo.reader import (
    BAD_DATE,
    MISSING,
    NO_STRING,
    UNKNOWN,
    Read,
    Reader,
    plain,
)
from pubflow.rehearsal.zenodo.state import Json


def _edtf(reader: Reader, value: Any, path: str) -> str | None:
    if not isinstance(value, str):
        reader.complain(path, NO_STRING)
        return None
    if not identifiers.edtf(value):
        reader.complain(path, BAD_DATE)
        return None
    return value


def _word(vocabulary: str) -> Read:
    return lambda reader, value, path: reader.word(value, path, vocabulary)


def _list(read: Read) -> Read:
    return lambda reader, value, path: reader.many(
        value, path, lambda item, at: read(reader, item, at)
    )


def _text(least: int = 0, most: int = 0) -> Read:
    return lambda reader, value, path: reader.text(value, path, least, most)


def _html(reader: Reader, value: Any, path: str) -> str | None:
    text = reader.text(value, path, 3)
    return None if text is None else cleaned(text)


def _identifier(reader: Reader, value: Any, path: str) -> Json | None:
    found = reader.keys(value, path, {"identifier", "scheme"})
    return None if found is None else reader.identifier(found, path, identifiers.SCHEMES)


def _related(reader: Reader, value: Any, path: str) -> Json | None:
    known = {"identifier", "scheme", "relation_type", "resource_type"}
    found = reader.keys(value, path, known)
    if found is None:
        return None
    item = reader.identifier(found, path, identifiers.SCHEMES)
    if "relation_type" not in found:
        reader.complain(f"{path}.relation_type", MISSING)
    for key, vocabulary in (("relation_type", "relationtypes"), ("resource_type", "resourcetypes")):
        if key in found and (word := reader.word(found[key], f"{path}.{key}", vocabulary)):
            item[key] = word
    return item


def _right(reader: Reader, value: Any, path: str) -> Json | None:
    before = len(reader.errors)
    found = reader.keys(value, path, {"id", "title", "description", "link", "props"})
    if found is None:
        return None
    if "id" in found:
        if {"title", "description", "link"} & set(found) and len(reader.errors) == before:
            message = (
                "Only an existing id or free text title/description/link is accepted, but not both "
                "cases at the same time"
            )
            reader.complain(f"{path}.rights", message)
        reader.words.append(("licenses", found["id"]))
        return {"id": found["id"]}
    if not isinstance(found.get("title"), dict) or not found["title"]:
        message = "An existing id or a free text title must be present"
        reader.complain(f"{path}.rights", message)
    if "link" in found and not identifiers.url(str(found["link"])):
        reader.complain(f"{path}.link", "Not a valid URL.")
        del found["link"]
    found.pop("props", None)
    return found


def _subject(reader: Reader, value: Any, path: str) -> Json | None:
    found = reader.keys(value, path, {"id", "subject"})
    if found is None:
        return None
    if "id" in found:
        reader.words.append(("subjects", found["id"]))
        return {"id": found["id"]}
    if not found.get("subject"):
        message = "An existing id or a free text subject must be present."
        reader.complain(f"{path}.subjects", message)
    return {"subject": found["subject"]} if "subject" in found else {}


def _typed(field: str, read: Read, vocabulary: str, *more: str) -> Read:
    """An object with one value and a required `type`: dates, titles, descriptions."""

    def inner(reader: Reader, value: Any, path: str) -> Json | None:
        found = reader.keys(value, path, {field, "type", *more})
        if found is None:
            return None
        kept: Json = {}
        for key, one in ((field, read), ("type", _word(vocabulary))):
            if key not in found:
                reader.complain(f"{path}.{key}", MISSING)
            elif (item := one(reader, found[key], f"{path}.{key}")) is not None:
                kept[key] = item
        return kept | {key: found[key] for key in more if key in found}

    return inner


def _fund(reader: Reader, value: Any, path: str) -> Json | None:
    found = reader.keys(value, path, {"funder", "award"})
    if found is None:
        return None
    kept: Json = {}
    funder = reader.keys(found.get("funder", {}), f"{path}.funder", {"id", "name"}) or {}
    if "id" in funder:
        reader.words.append(("funders", funder["id"]))
        kept["funder"] = {"id": funder["id"]}
    elif funder.get("name"):
        kept["funder"] = {"name": funder["name"]}
    if "award" in found:
        known = {"id", "number", "title", "identifiers"}
        award = reader.keys(found["award"], f"{path}.award", known) or {}
        if "id" in award:
            reader.words.append(("awards", award["id"]))
            award = {"id": award["id"]}
        elif not (award.get("number") or award.get("title")):
            at = f"{path}.award"
            reader.complain(at, "An existing id or number and title must be present.")
        if award:
            kept["award"] = award
    if "funder" not in found:
        reader.complain(f"{path}.funder", MISSING)
    return kept or None


def _reference(reader: Reader, value: Any, path: str) -> Json | None:
    found = reader.keys(value, path, {"reference", "identifier", "scheme"})
    if found is None:
        return None
    if "reference" not in found:
        reader.complain(f"{path}.reference", MISSING)
    if "identifier" in found:
        found |= reader.identifier(found, path, identifiers.SCHEMES)
    return found


FIELDS: dict[str, Read] = {
    "resource_type": _word("resourcetypes"),
    "creators": _list(creator("creatorsroles", required=False)),
    "title": _text(3),
    "additional_titles": _list(_typed("title", _text(3), "titletypes", "lang")),
    "publisher": _text(),
    "publication_date": _edtf,
    "subjects": _list(_subject),
    "contributors": _list(creator("contributorsroles", required=True)),
    "dates": _list(_typed("date", _edtf, "datetypes", "description")),
    "languages": _list(_word("languages")),
    "identifiers": _list(_identifier),
    "related_identifiers": _list(_related),
    "sizes": _list(_text(1)),
    "formats": _list(_text(1)),
    "version": _text(0, 191),
    "rights": _list(_right),
    "copyright": _html,
    "description": _html,
    "additional_descriptions": _list(_typed("description", _html, "descriptiontypes", "lang")),
    "locations": lambda reader, value, path: reader.keys(value, path, {"features"}),
    "funding": _list(_fund),
    "references": _list(_reference),
}
REQUIRED = ("resource_type", "creators", "title", "publication_date")


def load(metadata: Any) -> tuple[Json, list[Json]]:
    """What is kept of a record's metadata, and all complaints. Unknown words raise Refusal."""
    reader = Reader()
    given = plain(metadata) if isinstance(metadata, dict) else {}
    if given.get("rights"):
        given["rights"] = metadata["rights"]  # The title of a licence is kept as it is.
    kept: Json = {}
    for name, read in FIELDS.items():
        value = given.get(name)
        if value is None or value in ("", []):
            if name in REQUIRED:
                reader.complain(f"metadata.{name}", MISSING)
            continue
        if (item := read(reader, value, f"metadata.{name}")) not in (None, [], ""):
            kept[name] = item
    listed = [tuple(item.values()) for item in kept.get("identifiers", [])]
    if len(set(listed)) < len(listed):
        reader.complain("metadata.identifiers", "Duplicated identifier entry is not allowed.")
        del kept["identifiers"]
    for name in given:
        if name not in FIELDS:
            reader.complain(f"metadata.{name}", UNKNOWN)
    for unknown in _unknown(reader.words):
        raise Refusal(400, f"Invalid value {unknown}.")
    return kept, reader.errors


def _unknown(words: list[tuple[str, str]]) -> Iterator[str]:
    for vocabulary, identifier in words:
        if vocabulary in ("affiliations", "funders", "awards"):
            if vocabularies.named(vocabulary, str(identifier)) is None:
                yield identifier
        elif vocabularies.title(vocabulary, identifier) is None:
            yield identifier
