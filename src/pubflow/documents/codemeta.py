"""codemeta.json for the code, in the context of CodeMeta 3.0 (valid as 3.1, whose context is the
same; github.com/codemeta/codemeta, 2025-10).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from pubflow.documents import licenses
from pubflow.documents.facts import authors, doi_url, one_line, page, prose, title
from pubflow.errors import PubflowError
from pubflow.links import Links, address_of
from pubflow.manifest import Artifact, Grant, Kind, Person, Release

CONTEXT = "https://w3id.org/codemeta/3.0"
STATUS = "https://www.repostatus.org/"
OURS = ("version", "datePublished", "identifier", "isSourceCodeOf", "supportingData")
"""Facts of this release: set also in an author's own file."""


def render(release: Release, links: Links, existing: str | None = None) -> str:
    """The file; with `existing`, the author's keys, values and order stay but for OURS."""
    return merge(release, links, existing)[0]


def merge(
    release: Release, links: Links, existing: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """(the file, a sentence for each value of the author's that differs from publish.toml).

    Raises PubflowError when `existing` is not a JSON object.
    """
    made = document(release, links)
    if existing is None or not existing.strip():
        return _text(made, 2), ()
    theirs = _parsed(existing)
    conflicts = []
    for key, value in made.items():
        if key in OURS or key not in theirs:
            theirs[key] = value
        elif key in ("name", "license", "codeRepository") and theirs[key] != value:
            conflicts.append(
                f"codemeta.json and publish.toml differ in {key}: “{theirs[key]}” there, "
                f"“{value}” here. The file's stays; make the two equal."
            )
        elif key == "author" and _names(theirs[key]) != _names(value):
            conflicts.append(
                "codemeta.json and publish.toml differ in author: "
                f"“{', '.join(_names(theirs[key]))}” there, “{', '.join(_names(value))}” here. "
                "The file's stays; make the two equal."
            )
    return _text(theirs, _indent(existing)), tuple(conflicts)


def document(release: Release, links: Links) -> dict[str, Any]:
    """What the file says, as plain data."""
    code = next((a for a in release.artifacts if a.kind is Kind.CODE), None)
    paper = release.paper
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "SoftwareSourceCode",
        "name": title(release, code) if code else one_line(paper.title),
        "description": prose((code.description if code else "") or paper.abstract),
        "author": people(authors(release, code) if code else paper.authors),
        "version": release.version,
        "datePublished": release.date.isoformat() if release.date else "",
        "keywords": [one_line(k) for k in (code.keywords if code else ()) or paper.keywords],
        "referencePublication": _paper(release),
    }
    if code:
        made |= _code(links, code)
    for key, kind in (("isSourceCodeOf", Kind.WEIGHTS), ("supportingData", Kind.DATA)):
        found = (_sibling(release, links, a) for a in release.artifacts if a.kind is kind)
        made[key] = [one for one in found if one]
    made["funder"] = _funders(paper.grants)
    made["funding"] = "; ".join(_grant(grant) for grant in paper.grants)
    return _filled(made)


def people(persons: Iterable[Person]) -> list[dict[str, Any]]:
    """schema.org's Person and Organization, with ORCID and ROR as `@id`."""
    found = []
    for person in persons:
        made: dict[str, Any] = {
            "@type": "Organization" if person.is_organization else "Person",
            "@id": f"https://orcid.org/{person.orcid}" if person.orcid else "",
        }
        if person.is_organization:
            made["name"] = one_line(person.name)
        else:
            made["givenName"] = one_line(person.given)
            made["familyName"] = one_line(person.family)
            made["affiliation"] = [
                _filled({"@type": "Organization", "@id": a.ror, "name": one_line(a.name)})
                for a in person.affiliations
            ]
            if person.corresponding:
                made["email"] = one_line(person.email)
        found.append(_filled(made))
    return found


def _code(links: Links, code: Artifact) -> dict[str, Any]:
    found = links.of(code.key)
    dois = dict.fromkeys(filter(None, (links.doi(code.key), links.concept_doi(code.key))))
    repository = found["github"].url if "github" in found else ""
    return {
        "identifier": [doi_url(doi) for doi in dois],
        "codeRepository": repository,
        "issueTracker": f"{repository}/issues" if repository else "",
        "url": page(links, code.key),
        "license": licenses.spdx_url(code.license),
        "programmingLanguage": [one_line(name) for name in code.language],
        "developmentStatus": f"{STATUS}#{code.development}" if code.development else "",
        "embargoEndDate": code.embargo_until.isoformat() if code.embargo_until else "",
    }


def _paper(release: Release) -> dict[str, Any]:
    paper = release.paper
    address = paper.identifier and doi_url(paper.identifier)
    return _filled(
        {
            "@type": "schema:ScholarlyArticle",
            "@id": address or paper.url,
            "name": one_line(paper.title),
            "identifier": address,
            "url": paper.url or paper.address,
        }
    )


def _sibling(release: Release, links: Links, artifact: Artifact) -> dict[str, Any]:
    if not links.of(artifact.key):
        return {}
    doi, data = links.doi(artifact.key), artifact.kind is Kind.DATA
    return _filled(
        {
            # Types outside of the context need the prefix, or expansion loses them.
            "@type": "schema:Dataset" if data else "schema:CreativeWork",
            "@id": doi_url(doi) if doi else page(links, artifact.key),
            "name": title(release, artifact),
            "identifier": doi_url(doi) if doi else "",
            "url": page(links, artifact.key),
            "version": release.version,
            "license": licenses.spdx_url(artifact.license),
        }
    )


def _funders(grants: Iterable[Grant]) -> list[dict[str, Any]]:
    found = []
    for grant in grants:
        is_id = grant.funder.startswith("https://")
        key = "@id" if is_id else "name"
        made = {"@type": "Organization", key: one_line(grant.funder)}
        if made not in found:
            found.append(made)
    return found


def _grant(grant: Grant) -> str:
    name = f" ({one_line(grant.title)})" if grant.title else ""
    funder = address_of(grant.funder) or one_line(grant.funder)
    return f"{funder}: {one_line(grant.number)}{name}"


def _names(value: Any) -> list[str]:
    rows = value if isinstance(value, list) else [value]
    found = []
    for row in rows:
        if isinstance(row, dict):
            own = row.get("name") or f"{row.get('givenName', '')} {row.get('familyName', '')}"
            found.append(" ".join(str(own).split()))
    return found


def _parsed(existing: str) -> dict[str, Any]:
    try:
        found = json.loads(existing.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise PubflowError(
            f"codemeta.json{line} is not JSON.",
            why="pubflow adds to that file and keeps what stands in it.",
            hint="Mend the file, or remove it so that pubflow writes it anew.",
        ) from None
    if not isinstance(found, dict):
        raise PubflowError(
            "codemeta.json does not hold an object.",
            why="pubflow adds keys to it.",
            hint="Mend the file, or remove it so that pubflow writes it anew.",
        )
    return found


def _indent(existing: str) -> int | str:
    found = re.search(r'\{\r?\n([ \t]+)"', existing)
    return found[1] if found else 2


def _text(made: dict[str, Any], indent: int | str) -> str:
    return json.dumps(made, indent=indent, ensure_ascii=False) + "\n"


def _filled(made: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in made.items() if value not in (None, "", [], {})}
