"""Reading back what the documents say: the way round of rendering them, for comparing. Pure.

Values come back in plain words, whatever form a format gives them: names as `Ada Lovelace`, ORCIDs
and DOIs bare, licences as the format spells them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pubflow.documents import bibtex, yamltext
from pubflow.documents.bibtex import escape
from pubflow.manifest import Person

DOI = re.compile(r"(?i)^(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\S+)$")


@dataclass(frozen=True, slots=True)
class Said:
    """What one document says of one artifact; empty where it does not say."""

    title: str = ""
    authors: tuple[str, ...] = ()
    orcids: tuple[str, ...] = ()
    affiliations: tuple[str, ...] = ()
    """Of all authors, each once, in order."""
    license: str = ""
    version: str = ""
    date: str = ""
    dois: tuple[str, ...] = ()
    """Of this version first, bare."""
    links: tuple[str, ...] = ()


def citation(text: str) -> Said:
    """From CITATION.cff. Raises PubflowError where it is not YAML."""
    found = yamltext.plain(yamltext.parse(text.replace("\r\n", "\n"), what="CITATION.cff"))
    people = [one for one in _list(found.get("authors")) if isinstance(one, Mapping)]
    dois = [str(found.get("doi") or "")]
    links = [str(found.get("repository-code") or ""), str(found.get("url") or "")]
    for one in _list(found.get("identifiers")):
        if isinstance(one, Mapping):
            kept = {"doi": dois, "url": links}.get(str(one.get("type")))
            if kept is not None:
                kept.append(str(one.get("value") or ""))
    for one in _list(found.get("references")):
        if isinstance(one, Mapping):
            links += [str(one.get("doi") or ""), str(one.get("url") or "")]
    licence = found.get("license") or found.get("license-url") or ""
    return Said(
        title=str(found.get("title") or ""),
        authors=tuple(cff_name(one) for one in people),
        orcids=_bare(one.get("orcid") for one in people),
        affiliations=_once(
            part for one in people for part in str(one.get("affiliation") or "").split("; ")
        ),
        license=" OR ".join(map(str, licence)) if isinstance(licence, list) else str(licence),
        version=str(found.get("version") or ""),
        date=str(found.get("date-released") or ""),
        dois=_once(map(doi_of, dois)),
        links=_once(links),
    )


def cff_name(one: Mapping[str, Any]) -> str:
    """`Ada Lovelace`, or an organisation's name."""
    if one.get("name"):
        return str(one["name"])
    parts = ("given-names", "name-particle", "family-names", "name-suffix")
    return " ".join(str(one[part]) for part in parts if one.get(part))


def codemeta(text: str) -> Said:
    """From codemeta.json. Raises ValueError where it is not JSON."""
    return _schema_org(json.loads(text))


def croissant(text: str) -> Said:
    """From croissant.json. Raises ValueError where it is not JSON."""
    return _schema_org(json.loads(text))


def _schema_org(found: Mapping[str, Any]) -> Said:
    people = [
        one
        for one in _list(found.get("author") or found.get("creator"))
        if isinstance(one, Mapping)
    ]
    identifiers = [str(one) for one in _list(found.get("identifier"))]
    links = [found.get("url"), found.get("codeRepository"), *_list(found.get("sameAs"))]
    for key in ("isSourceCodeOf", "supportingData", "referencePublication"):
        for one in _list(found.get(key)):
            if isinstance(one, Mapping):
                links += [one.get("identifier"), one.get("url")]
    return Said(
        title=str(found.get("alternateName") or found.get("name") or ""),
        authors=tuple(
            str(one.get("name") or "")
            or " ".join(str(one[key]) for key in ("givenName", "familyName") if one.get(key))
            for one in people
        ),
        orcids=_bare(one.get("@id") for one in people),
        affiliations=_once(
            str(place.get("name") or "")
            for one in people
            for place in _list(one.get("affiliation"))
            if isinstance(place, Mapping)
        ),
        license=str(found.get("license") or ""),
        version=str(found.get("version") or ""),
        date=str(found.get("datePublished") or ""),
        dois=_once(map(doi_of, identifiers)),
        links=_once(str(link) for link in links if link),
    )


def entry(text: str, key: str) -> dict[str, str]:
    """The fields of the BibTeX entry of that key as they are written; empty if there is none.

    Reads what `bibtex` writes, wherever it stands in the text: a field on a line, in braces.
    """
    found = re.search(
        rf"^@\w+\{{{re.escape(key)},\n(.*?)^\}}",
        text.replace("\r\n", "\n"),
        re.MULTILINE | re.DOTALL,
    )
    if not found:
        return {}
    return dict(re.findall(r"^ *(\w+) *= \{(.*)\},?$", found[1], re.MULTILINE))


def bibtex_authors(people: Iterable[Person]) -> str:
    return bibtex.names(people)


def bibtex_title(title: str) -> str:
    return f"{{{escape(title)}}}"


def head(text: str) -> dict[str, Any]:
    """The YAML head of a card as plain data; empty where there is none that can be read."""
    from pubflow.documents.card import split
    from pubflow.errors import PubflowError

    theirs, _ = split(text)
    if theirs is None:
        return {}
    try:
        found = yamltext.plain(yamltext.parse(theirs.replace("\r\n", "\n"), what="The head"))
    except PubflowError:
        return {}
    return found if isinstance(found, dict) else {}


def licence_of(head: Mapping[str, Any]) -> str:
    """What a card's head says of the licence: the id, or the name behind `other`."""
    licence = head.get("license") or ""
    if isinstance(licence, list):
        licence = licence[0] if licence else ""
    return str(head.get("license_name") or licence) if licence == "other" else str(licence)


def doi_of(text: str) -> str:
    """The bare DOI in an identifier; empty if it is none."""
    found = DOI.match(text.strip())
    return found[1] if found else ""


def _bare(ids: Iterable[Any]) -> tuple[str, ...]:
    found = (re.search(r"orcid\.org/([\dX-]{19})", str(one or "")) for one in ids)
    return tuple(one[1] for one in found if one)


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _list(value: Any) -> list[Any]:
    if value in (None, ""):
        return []
    return value if isinstance(value, list) else [value]
