"""Whether a record says what it should: bodies compared by what survives a server. Pure.

What is read back is not what was sent: ids bring titles and icons with them, names are composed,
HTML is cleaned, quotation marks are straightened, DOIs lose their resolver (recorded 2026-11-20;
invenio-rdm-records' SanitizedUnicode runs ftfy). Only what pubflow writes is compared.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from pubflow.platforms.zenodo.state import Json, Record

OURS = frozenset(
    (
        "identifiers",
        "resource_type",
        "title",
        "creators",
        "publisher",
        "version",
        "publication_date",
        "description",
        "rights",
        "subjects",
        "languages",
        "related_identifiers",
        "funding",
    )
)
"""Fields of the metadata that publish.toml decides alone. All others are the author's own."""

SOMETIMES = frozenset(("additional_descriptions", "contributors", "references"))
"""Ours where publish.toml says something for them, else the author's."""

MARKED = "urn:uuid:"
"""How our markers begin, of this version and of others."""

CODE = "code:"
"""How the names of the custom fields for software begin."""

_QUOTES = str.maketrans("ʼ‘’‚‛“”„‟", "'''''\"\"\"\"")

_WINDOWS = {n: bytes([n]).decode("cp1252", "ignore") or chr(n) for n in range(0x80, 0xA0)}
_BYTES = {chr(n): n for n in range(0x80, 0x100)} | {c: n for n, c in _WINDOWS.items()}
_MORE = "[" + re.escape("".join(c for c, n in _BYTES.items() if n < 0xC0)) + "]"
_MISREAD = re.compile(f"[Â-ß]{_MORE}|[à-ï]{_MORE}{{2}}|[ð-ô]{_MORE}{{3}}")
"""One character of UTF-8 that somebody read as if it were Windows-1252: `Ã©` for `é`."""


def same(record: Record, wanted: Mapping[str, Any]) -> bool:
    """Whether the record already says what `wanted`, a body of `record.body`, would make it say."""
    metadata = wanted["metadata"]
    fields = OURS | (SOMETIMES & set(metadata))
    return (
        all(_agree(f, record.metadata.get(f), metadata.get(f)) for f in fields)
        and _same_access(record, wanted["access"])
        and _same_custom(record, wanted["custom_fields"])
    )


def differences(record: Record, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the fields that differ, for messages."""
    metadata = wanted["metadata"]
    fields = OURS | (SOMETIMES & set(metadata))
    found = [f for f in sorted(fields) if not _agree(f, record.metadata.get(f), metadata.get(f))]
    if not _same_access(record, wanted["access"]):
        found.append("access")
    if not _same_custom(record, wanted["custom_fields"]):
        found.append("custom_fields")
    return tuple(found)


def merged(record: Record | None, wanted: Mapping[str, Any]) -> Json:
    """The body to send: ours, and what the author added by hand in fields that are not ours.

    A PUT replaces everything, so what is left out would be lost.
    """
    if record is None:
        return dict(wanted)
    kept = {key: slim(value) for key, value in record.metadata.items() if key not in OURS}
    fields = {key: slim(value) for key, value in record.custom_fields.items()}
    named = [
        slim(item)
        for item in record.metadata.get("identifiers") or ()
        if not str(item.get("identifier", "")).startswith(MARKED)
    ]
    ours = wanted["metadata"]
    access = wanted["access"]
    if _opened(record):
        # An embargo that is over refuses the whole save.
        access = {"record": access["record"], "files": "public"}
    files = wanted.get("files", {})
    if record.entry(record.preview):
        files = {**files, "default_preview": record.preview}
    return {
        **wanted,
        "access": access,
        "files": files,
        "metadata": kept | ours | {"identifiers": [*ours["identifiers"], *named]},
        "custom_fields": fields | wanted["custom_fields"],
    }


def same_words(seen: str, wanted: str) -> bool:
    """Whether two plain texts say the same, whatever cleaning made of their characters."""
    return _fold(seen) in (_fold(wanted), _fold(well_read(wanted)))


def same_prose(seen: Any, wanted: Any) -> bool:
    """Whether two texts in HTML say the same and lead to the same."""
    return _agree("description", seen, wanted)


def slim(value: Any) -> Any:
    """A value as read, without what a server added: an object with an id is only its id."""
    if isinstance(value, Mapping):
        if "id" in value:
            return {"id": value["id"]}
        return {key: slim(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [slim(item) for item in value]
    return value


def _same_custom(record: Record, wanted: Mapping[str, Any]) -> bool:
    return all(
        _fold(slim(record.custom_fields.get(key))) == _fold(slim(value))
        for key, value in wanted.items()
    )


def dropped(
    record: Record, wanted: Mapping[str, Any], asked: frozenset[str] | None
) -> tuple[str, ...]:
    """The fields for software that the record was `asked` to hold and does not show.

    An instance has their vocabularies by default, and of the fields only those that its
    configuration names; it drops the others. None: nobody remembers what was asked, so it was all.
    """
    return tuple(
        key
        for key in wanted["custom_fields"]
        if key.startswith(CODE)
        and key not in record.custom_fields
        and (asked is None or key in asked)
    )


def kept(record: Record, wanted: Json, asked: frozenset[str] | None) -> Json:
    """`wanted` as far as the instance can keep it, to compare the record with."""
    lost = dropped(record, wanted, asked)
    fields = {key: value for key, value in wanted["custom_fields"].items() if key not in lost}
    return {**wanted, "custom_fields": fields}


def _same_access(record: Record, wanted: Mapping[str, Any]) -> bool:
    return _opened(record) or bool(_access(record.access) == _access(wanted))


def _opened(record: Record) -> bool:
    """An embargo ends on the server by itself; it is never begun afterwards."""
    return record.published and record.access.get("files") == "public"


def _access(access: Mapping[str, Any]) -> Any:
    embargo = access.get("embargo") or {}
    active = bool(embargo.get("active"))
    return (
        access.get("files", "public"),
        (str(embargo.get("until") or ""), _fold(embargo.get("reason"))) if active else (),
    )


def _agree(field: str, seen: Any, wanted: Any) -> bool:
    """Whether a server that was sent `wanted` shows `seen`. It mends some of the misread text."""
    said = _said(field, seen)
    return bool(said == _said(field, wanted) or said == _said(field, well_read(wanted)))


def _said(field: str, value: Any) -> Any:
    match field:
        case "resource_type":
            return (value or {}).get("id", "")
        case "description":
            return _prose(value)
        case "additional_descriptions":
            return {(_prose(v.get("description")), _id(v.get("type"))) for v in value or ()}
        case "creators":
            return [_creator(creator) for creator in value or ()]
        case "contributors":
            return [(_creator(person), _id(person.get("role"))) for person in value or ()]
        case "references":
            return [_fold(item.get("reference")) for item in value or ()]
        case "rights":
            return [_right(right) for right in value or ()]
        case "subjects":
            return {_id(item) or _fold(item.get("subject")) for item in value or ()}
        case "languages":
            return {_id(item) for item in value or ()}
        case "identifiers":
            # Only markers are ours; other names of the record are the author's.
            named = {address(item.get("identifier")) for item in value or ()}
            return {name for name in named if name.startswith(MARKED)}
        case "related_identifiers":
            return {_relation(item) for item in value or ()}
        case "funding":
            return [_fund(item) for item in value or ()]
        case _:
            return _fold(value)


def _creator(creator: Mapping[str, Any]) -> Any:
    who = creator.get("person_or_org") or {}
    ids = [str(i.get("identifier", "")) for i in who.get("identifiers") or ()]
    name = (
        (_fold(who.get("family_name")), _fold(who.get("given_name")))
        if who.get("type") == "personal"
        else (_fold(who.get("name")),)
    )
    places = [_id(place) or _fold(place.get("name")) for place in creator.get("affiliations") or ()]
    return name, sorted(i.rsplit("/", 1)[-1].upper() for i in ids), places


def _right(right: Mapping[str, Any]) -> Any:
    if right.get("id"):
        return (right["id"],)
    return _fold(_english(right.get("title"))), address(right.get("link"))


def _relation(item: Mapping[str, Any]) -> Any:
    return (
        address(item.get("identifier")),
        _id(item.get("relation_type")),
        _id(item.get("resource_type")),
    )


def _fund(item: Mapping[str, Any]) -> Any:
    funder, award = item.get("funder") or {}, item.get("award") or {}
    return (
        funder.get("id") or _fold(funder.get("name")),
        award.get("id") or (_fold(award.get("number")), _fold(_english(award.get("title")))),
    )


def _id(value: Any) -> str:
    return str(value.get("id") or "") if isinstance(value, Mapping) else ""


def _english(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get("en") or next(iter(value.values()), "")
    return value


def address(value: Any) -> str:
    text = str(value or "").strip()
    text = re.sub(r"(?i)^(https?://(dx\.)?doi\.org/|doi:)(?=10\.)", "", text)
    return text.lower().rstrip("/")


def _prose(value: Any) -> tuple[str, tuple[str, ...]]:
    """The text of HTML, and where its links lead: tags are the server's to choose."""
    text = str(value or "")
    links = tuple(html.unescape(found) for found in re.findall(r'<a\b[^>]*?href="([^"]*)"', text))
    return _fold(html.unescape(re.sub(r"<[^>]*>", " ", text))).replace(" ", ""), links


def _fold(value: Any) -> str:
    """Text without what cleaning may change: composed form, straight quotes, single blanks, and
    characters in place of their names in HTML."""
    return "" if value is None else _folded(str(value))


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", html.unescape(text)).translate(_QUOTES)
    seen = (c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    return " ".join("".join(seen).replace("\N{OBJECT REPLACEMENT CHARACTER}", "").split())


def well_read(value: Any) -> Any:
    """A value with its texts as ftfy mends them: `CafÃ©` -> `Café`, also where it happened twice.

    Which texts it takes for misread only ftfy can say, so either form has to be taken.
    """
    if isinstance(value, Mapping):
        return {key: well_read(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [well_read(item) for item in value]
    if not isinstance(value, str):
        return value
    while (better := _MISREAD.sub(_character, value)) != value:
        value = better
    return value.translate(_WINDOWS)


def _character(misread: re.Match[str]) -> str:
    try:
        return bytes(_BYTES[c] for c in misread[0]).decode()
    except UnicodeDecodeError:
        return misread[0]


def any_marked(records: Iterable[Record], marker: str) -> tuple[Record, ...]:
    """Those that carry exactly this marker, published ones first, then the oldest."""
    found = [record for record in records if marker in record.identifiers]
    return tuple(sorted(found, key=lambda r: (not r.published, r.created, r.id)))


def pristine(draft: Record, previous: Record) -> bool:
    """Whether the draft of a next version is as the server made it, touched by nobody since.

    The server copies the metadata, drops `version`, dates it today, and gives no files and no DOI
    (recorded 2026-11-20).
    """
    if draft.files or draft.doi or draft.version or draft.published:
        return False
    changing = {"version", "publication_date"}
    fields = (set(draft.metadata) | set(previous.metadata)) - changing
    return all(
        slim(draft.metadata.get(field)) == slim(previous.metadata.get(field)) for field in fields
    )
