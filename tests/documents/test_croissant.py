"""croissant.json: what mlcroissant 1.1.1 asks for (see tests/outside), RAI, and files by digest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from documents.releases import VARIED, data, links, release, releases, target
from hypothesis import given, settings

from pubflow.documents import croissant
from pubflow.links import Link, Links
from pubflow.manifest import Kind, Release

RELEASE = release()
LINKS = links(RELEASE)
NEEDED = {"name", "description", "license", "url", "creator", "datePublished", "distribution"}


def made(of: Release = RELEASE, known: Links = LINKS, **given: Any) -> dict[str, Any]:
    artifact = next(a for a in of.artifacts if a.kind is Kind.DATA)
    text = croissant.render(target(replace(artifact, **given), of), known)
    found: dict[str, Any] = json.loads(text)
    return found


def holds(said: dict[str, Any]) -> None:
    """What the reader of the specification refuses or warns of, if it is otherwise."""
    assert said["@type"] == "sc:Dataset"
    assert said["@context"]["@vocab"] == "https://schema.org/"
    assert said["conformsTo"][0] == "http://mlcommons.org/croissant/1.1"
    ids = [one["@id"] for one in said["distribution"]]
    assert len(ids) == len(set(ids))
    for one in said["distribution"]:
        assert one["@type"] in ("cr:FileObject", "cr:FileSet")
        assert one["encodingFormat"]
        assert " " not in one["@id"]
        if one["@type"] == "cr:FileObject":
            assert len(one["sha256"]) == 64
            assert one["contentUrl"].startswith("https://")
        else:
            assert {ref["@id"] for ref in one["containedIn"]} <= set(ids)
            assert one["includes"]
    used = {key for key in said if ":" in key}
    assert all(key.partition(":")[0] in said["@context"] for key in used)


@pytest.mark.parametrize("shape", [s for s, of in VARIED.items() if len(of.artifacts) > 1])
def test_every_varied_data_set_has_what_is_needed(shape: str) -> None:
    of = VARIED[shape]
    said = made(of, links(of))
    holds(said)
    assert set(said) >= NEEDED - ({"license"} if "license" not in said else set())
    assert croissant.slug(said["name"]) == said["name"]


@settings(max_examples=30, deadline=None)
@given(releases())
def test_any_data_set_can_be_described(of: Release) -> None:
    holds(made(of, links(of)))


def test_the_responsible_fields_are_the_vocabulary_s() -> None:
    says = {
        "collection": "By hand.",
        "limitations": "Coasts.",
        "biases": "Shallow.",
        "sensitive": "none",
        "uses": "Training.",
        "social_impact": "Good.",
        "synthetic": False,
        "derived_from": ["10.24432/C50P49", "hf:datasets/o/n", "@data.whole", "@data.later"],
        "rights": "Ours.",
        "consent": "not-applicable",
    }
    known = Links(
        {**LINKS, "data.whole@zenodo": Link("https://zenodo.org/records/9", doi="10.5281/9")}
    )
    said = made(known=known, responsible=says)
    assert said["rai:dataCollection"] == "By hand."
    assert said["rai:dataLimitations"] == "Coasts."
    assert said["rai:dataBiases"] == "Shallow."
    assert said["rai:dataUseCases"] == "Training."
    assert said["rai:dataSocialImpact"] == "Good."
    assert said["rai:hasSyntheticData"] is False
    assert said["rai:personalSensitiveInformation"] == "none. Consent: not-applicable"
    assert said["prov:wasDerivedFrom"] == [
        {"@id": "https://doi.org/10.24432/C50P49"},
        {"@id": "https://huggingface.co/datasets/o/n"},
        {"@id": "https://doi.org/10.5281/9"},
    ]
    assert "http://mlcommons.org/croissant/RAI/1.0" in said["conformsTo"]


def test_files_are_named_by_where_this_version_is_fetched() -> None:
    first = made()["distribution"][0]
    hub = "https://huggingface.co/datasets/utopia-lab/meadows"
    assert first["contentUrl"] == f"{hub}/resolve/v1.0.0/test.csv"
    only = Links({"data.meadows@zenodo": LINKS["data.meadows@zenodo"]})
    first = made(known=only)["distribution"][0]
    assert first["contentUrl"] == "https://zenodo.org/records/202/files/test.csv?download=1"


def test_splits_say_which_files_are_theirs() -> None:
    said = made(splits={"train": "train*.csv", "test": "test.csv"})
    sets = {one["@id"]: one for one in said["distribution"] if one["@type"] == "cr:FileSet"}
    assert sets["split-train"]["containedIn"] == [{"@id": "train.csv"}]
    assert sets["split-train"]["encodingFormat"] == "text/csv"
    assert set(sets) == {"split-train", "split-test"}


def test_it_is_the_same_on_every_day() -> None:
    of = target(data(), RELEASE)
    assert croissant.render(of, LINKS) == croissant.render(of, LINKS)
