"""RO-Crate 1.2 of the whole release: a detached crate, all of whose parts are on the web. Pure.

w3id.org/ro/crate/1.2 (2025-06). Its file is called `<slug>-ro-crate-metadata.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pubflow.documents import licenses
from pubflow.documents.facts import authors, cite, doi_url, kebab, one_line, page, prose, title
from pubflow.links import Links, relations
from pubflow.manifest import Affiliation, Artifact, Kind, Person, Release, Target

VERSION = "https://w3id.org/ro/crate/1.2"
METADATA = "ro-crate-metadata.json"

TYPES: dict[Kind, list[str]] = {
    Kind.CODE: ["Dataset", "SoftwareSourceCode"],
    Kind.WEIGHTS: ["Dataset"],
    Kind.DATA: ["Dataset"],
}

Node = dict[str, Any]


def file_name(release: Release) -> str:
    stem = kebab(release.identity.rstrip("/").rsplit("/", 1)[-1]) or "release"
    return f"{stem}-{METADATA}"


def render(release: Release, links: Links) -> str:
    return json.dumps(document(release, links), indent=2, ensure_ascii=False) + "\n"


def document(release: Release, links: Links) -> Node:
    """The crate as plain data: the graph is flat, each node once, in order of first mention."""
    nodes: dict[str, Node] = {}
    paper = release.paper
    parts = [artifact for artifact in release.artifacts if cite(links, artifact.key)]
    code = next((a for a in parts if a.kind is Kind.CODE), parts[0] if parts else None)
    root = "./" if code is None else f"{cite(links, code.key)}#release-{release.version}"
    article = _paper(release, nodes)
    main = _licence(code, nodes) if code else None
    nodes[root] = _filled(
        {
            "@id": root,
            "@type": "Dataset",
            "name": one_line(paper.title),
            "description": prose(paper.abstract) or one_line(paper.title),
            "datePublished": release.date.isoformat() if release.date else "",
            "version": release.version,
            "license": main,
            "author": _people(paper.authors, nodes),
            "keywords": [one_line(word) for word in paper.keywords],
            "hasPart": [{"@id": cite(links, artifact.key)} for artifact in parts],
            "mentions": article,
            "funder": _funders(release, nodes),
        }
    )
    for artifact in parts:
        nodes[cite(links, artifact.key)] = _part(release, links, artifact, nodes)
    head: Node = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": VERSION},
        "about": {"@id": root},
    }
    return {"@context": f"{VERSION}/context", "@graph": [head, *nodes.values()]}


def _part(release: Release, links: Links, artifact: Artifact, nodes: dict[str, Node]) -> Node:
    pages = [link.version_url or link.url for link in links.of(artifact.key).values()]
    dois = dict.fromkeys(filter(None, (links.doi(artifact.key), links.concept_doi(artifact.key))))
    target = Target(artifact, "", release)
    sources = [
        doi_url(one.identifier) if one.scheme == "doi" else one.identifier
        for one in relations(target, links)
        if one.relation == "isderivedfrom"
    ]
    made: Node = {
        "@id": cite(links, artifact.key),
        "@type": TYPES[artifact.kind],
        "name": title(release, artifact),
        "description": prose(artifact.description) or _noun(artifact),
        "version": release.version,
        "datePublished": release.date.isoformat() if release.date else "",
        "license": _licence(artifact, nodes),
        "author": _people(authors(release, artifact), nodes),
        "identifier": [doi_url(doi) for doi in dois],
        "url": page(links, artifact.key),
        "sameAs": [one for one in dict.fromkeys(pages) if one != page(links, artifact.key)],
        "isBasedOn": [{"@id": one} for one in dict.fromkeys(sources)],
        "codeRepository": page(links, artifact.key) if artifact.kind is Kind.CODE else "",
    }
    for one in sources:
        if one not in {cite(links, a.key) for a in release.artifacts}:
            nodes.setdefault(one, {"@id": one, "@type": "CreativeWork", "name": one})
    return _filled(made)


def _noun(artifact: Artifact) -> str:
    return {Kind.CODE: "Source code", Kind.WEIGHTS: "Model weights", Kind.DATA: "Data set"}[
        artifact.kind
    ]


def _paper(release: Release, nodes: dict[str, Node]) -> Node | None:
    paper = release.paper
    if not paper.address:
        return None
    found = {
        "@id": paper.address,
        "@type": "ScholarlyArticle",
        "name": one_line(paper.title),
        "identifier": doi_url(paper.identifier) if paper.identifier else "",
        "author": _people(paper.authors, nodes),
    }
    nodes[paper.address] = _filled(found)
    return {"@id": paper.address}


def _licence(artifact: Artifact, nodes: dict[str, Node]) -> Node | None:
    licence = artifact.license
    if not licence.display:
        return None
    address = licenses.spdx_url(licence) or f"#licence-{kebab(licence.display)}"
    node = {"@id": address, "@type": "CreativeWork", "name": licenses.name(licence)}
    nodes.setdefault(address, node)
    return {"@id": address}


def _people(people: tuple[Person, ...], nodes: dict[str, Node]) -> list[Node]:
    found = []
    for person in people:
        name = person.orcid or kebab(person.display) or "anonymous"
        id_ = f"https://orcid.org/{name}" if person.orcid else f"#{name}"
        nodes.setdefault(
            id_,
            _filled(
                {
                    "@id": id_,
                    "@type": "Organization" if person.is_organization else "Person",
                    "name": one_line(person.display),
                    "givenName": one_line(person.given),
                    "familyName": one_line(person.family),
                    "affiliation": list(_places(person.affiliations, nodes)),
                }
            ),
        )
        found.append({"@id": id_})
    return found


def _places(places: tuple[Affiliation, ...], nodes: dict[str, Node]) -> Iterator[Node]:
    for place in places:
        id_ = place.ror or f"#{kebab(place.name)}"
        node = {"@id": id_, "@type": "Organization", "name": one_line(place.name)}
        nodes.setdefault(id_, node)
        yield {"@id": id_}


def _funders(release: Release, nodes: dict[str, Node]) -> list[Node]:
    found: list[Node] = []
    for grant in release.paper.grants:
        address = grant.funder if grant.funder.startswith("https://") else ""
        id_ = address or f"#{kebab(grant.funder)}"
        node = {"@id": id_, "@type": "Organization", "name": one_line(grant.funder)}
        nodes.setdefault(id_, node)
        if {"@id": id_} not in found:
            found.append({"@id": id_})
    return found


def _filled(made: Node) -> Node:
    return {key: value for key, value in made.items() if value not in (None, "", [], {})}
