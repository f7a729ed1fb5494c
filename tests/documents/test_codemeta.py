"""codemeta.json: terms of its context only, and the author's file stays the author's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from documents.releases import VARIED, links, release, releases, with_code
from hypothesis import given, settings

from pubflow.documents import codemeta
from pubflow.errors import PubflowError
from pubflow.links import Links
from pubflow.manifest import License

TERMS = set(
    json.loads((Path(__file__).parents[1] / "contracts/codemeta-3.0.jsonld").read_text("utf-8"))[
        "@context"
    ]
)


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            if key == "@type":
                yield item
            yield from keys(item)
    if isinstance(value, list):
        for item in value:
            yield from keys(item)


@pytest.mark.parametrize("shape", VARIED)
def test_every_term_is_in_the_context(shape: str) -> None:
    of = VARIED[shape]
    said = json.loads(codemeta.render(of, links(of)))
    assert said.pop("@context") == "https://w3id.org/codemeta/3.0"
    assert {key for key in keys(said) if key[0] != "@" and not key.startswith("schema:")} <= TERMS


@settings(max_examples=25, deadline=None)
@given(of=releases())
def test_what_is_read_back_is_what_was_put_in(of: Any) -> None:
    text = codemeta.render(of, links(of))
    said = json.loads(text)
    assert said["version"] == of.version
    assert len(said["author"]) == len(of.artifacts[0].authors)
    assert text.endswith("}\n")
    assert codemeta.merge(of, links(of), text) == (text, ())


def test_the_file_says_who_what_where_and_with_what() -> None:
    said = json.loads(codemeta.render(release(), links()))
    assert said["codeRepository"] == "https://github.com/utopia-lab/seagrass"
    assert said["license"] == "https://spdx.org/licenses/Apache-2.0"
    assert said["identifier"] == [
        "https://doi.org/10.5281/zenodo.200",
        "https://doi.org/10.5281/zenodo.100",
    ]
    assert said["author"][0]["@id"] == "https://orcid.org/0000-0002-1825-0097"
    assert said["author"][1]["affiliation"][1]["@id"] == "https://ror.org/01ggx4157"
    assert said["referencePublication"]["@id"] == "https://doi.org/10.48550/arXiv.2605.01234"
    assert said["isSourceCodeOf"][0]["identifier"] == "https://doi.org/10.5281/zenodo.201"
    assert said["supportingData"][0]["license"] == "https://spdx.org/licenses/CC-BY-4.0"
    assert said["funder"] == [{"@type": "Organization", "@id": "https://ror.org/00k4n6c32"}]
    assert "101093374" in said["funding"]


def test_unknown_places_are_left_out() -> None:
    said = json.loads(codemeta.render(release(), Links({})))
    assert not {"codeRepository", "identifier", "isSourceCodeOf", "supportingData"} & set(said)


def test_an_authors_file_keeps_order_values_and_indent() -> None:
    theirs = (
        '{\n    "name": "Own name",\n    "developmentStatus": "active",\n    "version": "0.1"\n}'
    )
    text, conflicts = codemeta.merge(release(), links(), theirs)
    lines = text.splitlines()
    assert lines[:4] == [
        "{",
        '    "name": "Own name",',
        '    "developmentStatus": "active",',
        '    "version": "1.0.0",',
    ]
    assert [c for c in conflicts if "“Own name”" in c and "SeaGrassNet" in c]


def test_other_authors_are_a_conflict_with_both_named() -> None:
    theirs = '{"author": {"@type": "Person", "givenName": "George", "familyName": "Byron"}}'
    text, (conflict,) = codemeta.merge(release(), links(), theirs)
    assert "George Byron" in conflict
    assert "Ada Lovelace, Chen Wei" in conflict
    assert json.loads(text)["author"]["familyName"] == "Byron"


@pytest.mark.parametrize("broken", ["{", "[]", "[" * 100_000])
def test_a_file_that_cannot_be_read_is_refused_with_advice(broken: str) -> None:
    with pytest.raises(PubflowError) as caught:
        codemeta.render(release(), links(), broken)
    assert caught.value.hint


def test_a_licence_of_ones_own_is_its_address() -> None:
    of = with_code(license=License(name="Own", url="https://u.example/l"))
    assert json.loads(codemeta.render(of, links()))["license"] == "https://u.example/l"


def test_programming_languages_and_where_the_project_stands_are_said() -> None:
    of = release()
    code = replace(of.artifacts[0], language=("Python", "C++"), development="active")
    of = replace(of, artifacts=(code, *of.artifacts[1:]))

    said = json.loads(codemeta.render(of, links(of)))

    assert said["programmingLanguage"] == ["Python", "C++"]
    assert said["developmentStatus"] == "https://www.repostatus.org/#active"
    assert set(said) - {"@context", "@type"} <= TERMS
