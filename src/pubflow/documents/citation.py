"""CITATION.cff 1.2.0 for the code: https://citation-file-format.github.io, schema of 2021-08."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Any

from pubflow.documents import citation_merge, licenses, yamltext
from pubflow.documents.facts import (
    authors,
    doi_url,
    one_line,
    page,
    paper_year,
    prose,
    title,
)
from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, Paper, Person, Release

MESSAGE = "If you use this software, please cite the paper and the software, as given here."
ALL_VERSIONS = "All versions"
PAPER_TYPES = {
    "conference-paper": "conference-paper",
    "journal-article": "article",
    "preprint": "generic",
    "thesis": "thesis",
    "report": "report",
    "other": "generic",
}
_DOI = re.compile(r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-.()\[\]\\]+")
"""The schema's own pattern; some old DOIs, with `<` say, are outside of it."""


def render(
    release: Release, links: Links, existing: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """(the file, sentences for the plan): conflicts with the author's file, and what is lost.

    With `existing`, its bytes stay but for our facts: version, date, DOI, identifiers, and what
    it does not say. Raises PubflowError when `existing` cannot be read or there is no code.
    """
    ours, lossy = document(release, links)
    if existing is None or not existing.strip():
        return yamltext.emit(ours), lossy
    text, conflicts = citation_merge.merge(ours, existing)
    return text, (*conflicts, *lossy)


def document(release: Release, links: Links) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the file says, as plain data, and a sentence for each licence that it cannot say."""
    code = next((a for a in release.artifacts if a.kind is Kind.CODE), None)
    lossy: list[str] = []
    made: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": MESSAGE,
        "type": "software",
        "title": title(release, code) if code else one_line(release.paper.title),
        "authors": people(authors(release, code) if code else release.paper.authors),
        "version": release.version,
        "date-released": release.date.isoformat() if release.date else None,
        "abstract": prose((code.description if code else "") or release.paper.abstract),
        "keywords": _keywords((code.keywords if code else ()) or release.paper.keywords),
    }
    if code:
        made |= _license(code, lossy)
        made |= _addresses(release, links, code)
    others = (a for a in release.artifacts if a.kind is not Kind.CODE)
    made["references"] = list(filter(None, (_reference(release, links, a) for a in others)))
    made["preferred-citation"] = _paper(release)
    return _filled(made), tuple(lossy)


def people(persons: Iterable[Person]) -> list[dict[str, str]]:
    """Persons and entities as the schema has them; a person's affiliations are one string."""
    found: list[dict[str, str]] = []
    for person in persons:
        if person.is_organization:
            made = {"name": one_line(person.name)}
        else:
            made = {
                "family-names": one_line(person.family),
                "given-names": one_line(person.given),
                "affiliation": "; ".join(one_line(a.name) for a in person.affiliations),
            }
        if person.orcid:
            made["orcid"] = f"https://orcid.org/{person.orcid}"
        if person.corresponding and re.fullmatch(r"\S+@\S+\.\S{2,}", person.email):
            made["email"] = person.email
        made = {key: value for key, value in made.items() if value}
        if made and made not in found:
            found.append(made)
    return found


def problems(text: str) -> list[str]:
    """What the official schema finds in the text, each with its place; empty when it is valid."""
    import jsonschema

    from pubflow.errors import PubflowError

    try:
        data = yamltext.plain(yamltext.parse(text, what="CITATION.cff"))
    except PubflowError as error:
        return [error.what]
    check = jsonschema.Draft7Validator(_schema(), format_checker=jsonschema.FormatChecker())
    found = sorted(check.iter_errors(data), key=lambda error: [str(p) for p in error.path])
    return [_finding(error) for error in found]


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("data/cff-1.2.0.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _finding(error: Any) -> str:
    place = ".".join(str(part) for part in error.path) or "the file"
    message = error.message if len(error.message) < 200 else error.message[:200] + "..."
    return f"{place}: {message}"


def _addresses(release: Release, links: Links, code: Artifact) -> dict[str, Any]:
    found = links.of(code.key)
    identifiers = []
    doi, concept = links.doi(code.key), links.concept_doi(code.key)
    if concept and concept != doi:
        identifiers.append({"type": "doi", "value": concept, "description": ALL_VERSIONS})
    repository = found.get("github")
    if repository and repository.version_url:
        identifiers.append(
            {
                "type": "url",
                "value": repository.version_url,
                "description": f"The code of version {release.version}",
            }
        )
    return {
        "doi": doi,
        "identifiers": identifiers,
        "repository-code": repository.url if repository else "",
        "url": release.paper.url or release.paper.address or page(links, code.key),
    }


def _reference(release: Release, links: Links, artifact: Artifact) -> dict[str, Any]:
    """The schema knows no models, so weights are `generic`; empty while nobody can find it."""
    if not links.of(artifact.key):
        return {}
    made = {
        "type": "data" if artifact.kind is Kind.DATA else "generic",
        "title": title(release, artifact),
        "authors": people(authors(release, artifact)),
        "version": release.version,
        "date-released": release.date.isoformat() if release.date else None,
        "doi": links.doi(artifact.key),
        "url": page(links, artifact.key),
        **licenses.cff(artifact.license).fields,
    }
    if artifact.kind is Kind.WEIGHTS:
        made["notes"] = "Model weights"
    return _filled(made)


def _paper(release: Release) -> dict[str, Any]:
    paper = release.paper
    made: dict[str, Any] = {
        "type": PAPER_TYPES.get(paper.type, "generic"),
        "title": one_line(paper.title),
        "authors": people(paper.authors),
        "year": paper_year(release),
        **_venue(paper),
        "url": paper.url or ("" if _DOI.fullmatch(paper.identifier) else paper.address),
    }
    if _DOI.fullmatch(paper.identifier):
        made["doi"] = paper.identifier
    elif paper.identifier:
        made["url"] = doi_url(paper.identifier)
    if paper.arxiv:
        made["identifiers"] = [{"type": "other", "value": f"arXiv:{paper.arxiv}"}]
    return _filled(made)


def _venue(paper: Paper) -> dict[str, Any]:
    name = one_line(paper.venue)
    status = {"under-review": "submitted"}.get(paper.status, "")
    if paper.type == "preprint" and not status:
        status = "preprint"
    made: dict[str, Any] = {"status": status}
    if name and paper.type == "conference-paper":
        made |= {"collection-title": name, "conference": {"name": name}}
    elif name and paper.type in ("thesis", "report"):
        made["institution"] = {"name": name}
    elif name:
        made["journal"] = name
    return made


def _license(code: Artifact, lossy: list[str]) -> dict[str, Any]:
    found = licenses.cff(code.license)
    if found.lossy:
        lossy.append(found.lossy)
    return dict(found.fields)


def _keywords(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, (one_line(word) for word in words))))


def _filled(made: dict[str, Any]) -> dict[str, Any]:
    """Without empty values, which the schema refuses."""
    return {key: value for key, value in made.items() if value not in (None, "", [], {})}
