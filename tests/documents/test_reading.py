"""Round trip: what was rendered, read back, says the same; on every document, of every release."""

from __future__ import annotations

import pytest
from documents.releases import VARIED, links, release, releases, target
from hypothesis import given, settings

from pubflow.documents import bibtex, card, citation, codemeta, croissant, licenses, reading
from pubflow.documents.facts import authors, one_line, title
from pubflow.manifest import Artifact, Kind, Person, Release

WELL = [shape for shape in VARIED if shape not in ("nasty text", "same person twice")]


def names(people: tuple[Person, ...]) -> tuple[str, ...]:
    return tuple(one_line(person.display) for person in people)


def places(people: tuple[Person, ...]) -> tuple[str, ...]:
    found = (a.name for person in people if not person.is_organization for a in person.affiliations)
    return tuple(dict.fromkeys(found))


def orcids(people: tuple[Person, ...]) -> tuple[str, ...]:
    return tuple(person.orcid for person in people if person.orcid)


def same(said: reading.Said, of: Release, artifact: Artifact) -> None:
    people = authors(of, artifact)
    assert said.title == title(of, artifact)
    assert said.authors == names(people)
    assert said.orcids == orcids(people)
    assert said.affiliations == places(people)
    assert said.version == of.version
    assert said.date == (of.date.isoformat() if of.date else "")
    known = links(of)
    assert said.dois[0] == known.doi(artifact.key)
    assert known.concept_doi(artifact.key) in said.dois


@pytest.mark.parametrize("shape", [s for s in WELL if VARIED[s].artifacts[0].kind is Kind.CODE])
def test_citation_and_codemeta_say_the_same(shape: str) -> None:
    of = VARIED[shape]
    code = of.artifact("code")
    cff = reading.citation(citation.render(of, links(of))[0])
    meta = reading.codemeta(codemeta.render(of, links(of)))
    same(cff, of, code)
    same(meta, of, code)
    assert meta.license == licenses.spdx_url(code.license)
    for key in ("weights.seagrassnet", "data.meadows"):
        if any(artifact.key == key for artifact in of.artifacts):
            assert links(of).doi(key) in cff.links
            assert f"https://doi.org/{links(of).doi(key)}" in meta.links
    assert "https://github.com/utopia-lab/seagrass" in cff.links
    assert "https://github.com/utopia-lab/seagrass" in meta.links


@pytest.mark.parametrize("shape", [s for s in WELL if len(VARIED[s].artifacts) > 1])
def test_croissant_says_the_same(shape: str) -> None:
    of = VARIED[shape]
    data = of.artifact("data.meadows")
    said = reading.croissant(croissant.render(target(data, of), links(of)))
    same(said, of, data)
    assert said.license == licenses.spdx_url(data.license)


@pytest.mark.parametrize("shape", [s for s in VARIED if len(VARIED[s].artifacts) > 1])
@pytest.mark.parametrize("key", ["weights.seagrassnet", "data.meadows"])
def test_a_card_says_the_same(shape: str, key: str) -> None:
    of = VARIED[shape]
    artifact = of.artifact(key)
    text = card.render(target(artifact, of), links(of)).text
    entry = reading.entry(text, bibtex.keys(of)[key])
    assert entry["title"] == reading.bibtex_title(title(of, artifact))
    assert entry["author"] == reading.bibtex_authors(authors(of, artifact))
    assert entry["version"] == bibtex.escape(of.version)
    assert entry["doi"] == links(of).doi(key)
    licence = licenses.hub(artifact.license)
    wanted = licence.name if licence.id == "other" else licence.id
    assert reading.licence_of(reading.head(text)) == wanted


@settings(max_examples=40, deadline=None)
@given(releases())
def test_any_release_can_be_read_back(of: Release) -> None:
    code = of.artifact("code")
    said = reading.citation(citation.render(of, links(of))[0])
    people = {reading.cff_name(one) for one in citation.people(authors(of, code))}
    assert set(said.authors) == people
    assert said.version == of.version
    meta = reading.codemeta(codemeta.render(of, links(of)))
    assert meta.title == title(of, code)
    assert meta.version == of.version
    entry = reading.entry(bibtex.entries(of, links(of)), bibtex.keys(of)["code"])
    assert entry["version"] == bibtex.escape(of.version)


def test_text_that_is_no_card_says_nothing() -> None:
    assert reading.head("# Only words") == {}
    assert reading.entry("no entry", "x") == {}
    assert reading.licence_of(reading.head("---\nlicense: [mit]\n---\n")) == "mit"


def test_the_plain_release_is_read_whole() -> None:
    of = release()
    said = reading.citation(citation.render(of, links(of))[0])
    assert said.orcids == ("0000-0002-1825-0097",)
    assert said.license == "Apache-2.0"
