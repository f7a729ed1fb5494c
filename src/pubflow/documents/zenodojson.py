""".zenodo.json, only when asked: for people who keep Zenodo's own link to GitHub. Pure.

Zenodo's legacy schema, read by its GitHub integration in place of CITATION.cff (zenodo-rdm,
2026-08): a name needs exactly one comma, an unknown licence id makes the whole release fail, and a
bare grant number is taken for one of FP7.
"""

from __future__ import annotations

import json
from typing import Any

from pubflow.documents import licenses
from pubflow.documents.facts import authors, one_line, prose, title
from pubflow.documents.markdown import to_html
from pubflow.links import Links, relations
from pubflow.manifest import Kind, Person, Release, Target

ROR = "https://ror.org/"


def render(release: Release, links: Links) -> str:
    """The file for the code of the release."""
    return json.dumps(document(release, links), indent=2, ensure_ascii=False) + "\n"


def document(release: Release, links: Links) -> dict[str, Any]:
    """What the file says, as plain data. Empty where there is no code."""
    code = next((a for a in release.artifacts if a.kind is Kind.CODE), None)
    if code is None:
        return {}
    rights = licenses.zenodo(code.license).rights
    known = [right["id"] for right in rights if "id" in right]
    target = Target(code, "zenodo", release)
    made: dict[str, Any] = {
        "title": title(release, code),
        "upload_type": "software",
        "description": to_html(prose(code.description or release.paper.abstract)).strip()
        or title(release, code),
        "creators": [_creator(person) for person in authors(release, code)],
        # One id only; without it Zenodo would take its default, so none is better than a wrong one.
        "license": known[0] if len(known) == len(rights) == 1 else "",
        "version": release.version,
        "publication_date": release.date.isoformat() if release.date else "",
        "keywords": list(dict.fromkeys(map(one_line, (*code.keywords, *release.paper.keywords)))),
        "related_identifiers": [
            {"identifier": one.identifier, "relation": _relation(one.relation)}
            for one in relations(target, links)
        ],
        "grants": [
            {"id": f"{grant.funder.removeprefix(ROR)}::{grant.number}"}
            for grant in release.paper.grants
            if grant.funder.startswith(ROR) and grant.number
        ],
    }
    return {key: value for key, value in made.items() if value not in (None, "", [], {})}


def _creator(person: Person) -> dict[str, str]:
    if person.is_organization or not (person.family and person.given):
        name = one_line(person.display)
    else:
        family, given = (one_line(part).replace(",", " ") for part in (person.family, person.given))
        name = f"{family}, {given}"
    made = {
        "name": name,
        "affiliation": "; ".join(one_line(place.name) for place in person.affiliations),
        "orcid": "" if person.is_organization else person.orcid,
    }
    return {key: value for key, value in made.items() if value}


_CAMEL = {
    "issupplementto": "isSupplementTo",
    "isidenticalto": "isIdenticalTo",
    "iscompiledby": "isCompiledBy",
    "compiles": "compiles",
    "isrequiredby": "isRequiredBy",
    "requires": "requires",
    "isderivedfrom": "isDerivedFrom",
    "issourceof": "isSourceOf",
    "references": "references",
}


def _relation(word: str) -> str:
    return _CAMEL.get(word, word)
