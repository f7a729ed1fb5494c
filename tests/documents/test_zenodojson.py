""".zenodo.json: what Zenodo's link to GitHub reads, without what makes it fail."""

from __future__ import annotations

import json

import pytest
from documents.releases import VARIED, links, release, with_code

from pubflow.documents import zenodojson
from pubflow.manifest import Kind, License, Person


@pytest.mark.parametrize("shape", [s for s in VARIED if VARIED[s].artifacts[0].kind is Kind.CODE])
def test_every_name_has_at_most_one_comma(shape: str) -> None:
    of = VARIED[shape]
    said = json.loads(zenodojson.render(of, links(of)))
    assert len(said["title"]) >= 3
    for creator, person in zip(
        said["creators"], of.artifact("code").authors or of.paper.authors, strict=True
    ):
        if not person.is_organization and person.family and person.given:
            assert creator["name"].count(",") == 1


def test_a_licence_that_zenodo_does_not_know_is_left_out() -> None:
    for licence in (License(name="Own"), License("MIT OR Apache-2.0"), License(hub="llama3.1")):
        of = with_code(license=licence)
        assert "license" not in zenodojson.document(of, links(of))
    assert zenodojson.document(release(), links())["license"] == "apache-2.0"


def test_grants_name_their_funder() -> None:
    said = zenodojson.document(release(), links())
    assert said["grants"] == [{"id": "00k4n6c32::101093374"}]
    relation = {one["identifier"]: one["relation"] for one in said["related_identifiers"]}
    assert relation["10.48550/arXiv.2605.01234"] == "isSupplementTo"
    assert relation["10.5281/zenodo.201"] == "compiles"


def test_without_code_there_is_nothing_to_say() -> None:
    of = VARIED["no code"]
    assert zenodojson.document(of, links(of)) == {}
    one = with_code(authors=(Person(name="A, B, and C"),))
    assert zenodojson.document(one, links(one))["creators"][0]["name"] == "A, B, and C"
