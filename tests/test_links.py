from __future__ import annotations

from pathlib import Path

import pytest

from pubflow.links import Link, Links, address_of, between, relations
from pubflow.manifest import Artifact, Kind, Paper, Person, Release, Target

CODE = Artifact("code", Kind.CODE, Path())
WEIGHTS = Artifact(
    "weights.w",
    Kind.WEIGHTS,
    Path(),
    base_model=("lab/base",),
    trained_on=("@data.d", "hf:datasets/lab/more"),
)
DATA = Artifact(
    "data.d", Kind.DATA, Path(), responsible={"derived_from": ["https://doi.org/10.24432/C50P49"]}
)
PAPER = Paper("Title", (Person(given="A", family="B"),), type="preprint", arxiv="2605.01234")
RELEASE = Release("lab/code", "1.0.0", "v1.0.0", PAPER, (CODE, WEIGHTS, DATA))
LINKS = Links(
    {
        "code@forge": Link(
            "https://forge.example/lab/code", "https://forge.example/lab/code/tree/v1"
        ),
        "code@archive": Link("https://archive.example/1", doi="10.5281/zenodo.1"),
        "weights.w@hub": Link("https://hub.example/lab/w", "https://hub.example/lab/w/tree/v1"),
        "weights.w@archive": Link("https://archive.example/2", doi="10.5281/zenodo.2"),
        "data.d@archive": Link("https://archive.example/3", doi="10.5281/zenodo.3"),
    }
)


def related(artifact: Artifact, platform: str) -> dict[str, str]:
    found = relations(Target(artifact, platform, RELEASE), LINKS)
    return {relation.identifier: relation.relation for relation in found}


def test_code_supplements_the_paper_and_its_tag_and_names_what_it_makes_and_needs() -> None:
    assert related(CODE, "archive") == {
        "10.48550/arXiv.2605.01234": "issupplementto",
        "https://forge.example/lab/code/tree/v1": "issupplementto",
        "https://hub.example/lab/w/tree/v1": "compiles",
        "10.5281/zenodo.2": "compiles",
        "10.5281/zenodo.3": "requires",
    }


def test_weights_come_from_code_data_and_base_model() -> None:
    assert related(WEIGHTS, "archive") == {
        "10.48550/arXiv.2605.01234": "issupplementto",
        "https://hub.example/lab/w/tree/v1": "isidenticalto",
        "https://forge.example/lab/code/tree/v1": "iscompiledby",
        "10.5281/zenodo.1": "iscompiledby",
        "10.5281/zenodo.3": "isderivedfrom",
        "https://huggingface.co/lab/base": "isderivedfrom",
        "https://huggingface.co/datasets/lab/more": "isderivedfrom",
    }


def test_data_is_the_source_of_the_weights_trained_on_it() -> None:
    found = related(DATA, "archive")

    assert found["10.5281/zenodo.2"] == "issourceof"
    assert found["10.24432/C50P49"] == "isderivedfrom"
    assert found["10.5281/zenodo.1"] == "isrequiredby"


def test_an_adapter_comes_from_its_base_and_a_selection_from_the_whole() -> None:
    adapter = Artifact("weights.a", Kind.WEIGHTS, Path(), base_model=("@weights.w",))
    part = Artifact("data.p", Kind.DATA, Path(), responsible={"derived_from": ["@data.d"]})
    assert between(adapter, WEIGHTS) == "isderivedfrom"
    assert between(WEIGHTS, adapter) == "issourceof"
    assert between(part, DATA) == "isderivedfrom"
    assert between(DATA, part) == "issourceof"
    assert between(part, adapter) == "references"


def test_every_pair_of_records_points_at_each_other() -> None:
    dois = {
        "code": "10.5281/zenodo.1",
        "weights.w": "10.5281/zenodo.2",
        "data.d": "10.5281/zenodo.3",
    }
    for artifact in RELEASE.artifacts:
        others = {doi for key, doi in dois.items() if key != artifact.key}
        assert others <= set(related(artifact, "archive"))


def test_links_are_settled_only_when_every_target_has_its_address() -> None:
    assert not Links({"a@x": Link("u"), "b@x": None}).settled
    assert Links({"a@x": Link("u")}).settled


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("lab/model", "https://huggingface.co/lab/model"),
        ("hf:datasets/lab/d", "https://huggingface.co/datasets/lab/d"),
        ("https://doi.org/10.1/x", "10.1/x"),
        ("doi:10.1/x", "10.1/x"),
        ("https://example.org/a", "https://example.org/a"),
        ("words", ""),
    ],
)
def test_a_reference_becomes_a_doi_or_an_address(reference: str, address: str) -> None:
    assert address_of(reference) == address
