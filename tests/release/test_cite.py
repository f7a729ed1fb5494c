"""`pubflow cite`, from reserved DOIs already; and a hole in the links stops before the public."""

from __future__ import annotations

import json
import re

import pytest
from release import truth
from release.conftest import Stage
from verify.test_paper import pdf


def test_the_camera_ready_gets_its_macros_from_reserved_dois(stage: Stage) -> None:
    stage.pubflow("release", "--until", "reserve")
    dois = truth.dois(stage.world)
    before = stage.requests

    latex = stage.pubflow("cite", "--latex").out

    assert stage.requests == before
    assert f"\\renewcommand{{\\codedoi}}{{\\href{{https://doi.org/{dois['software']}}}" in latex
    assert f"doi:{dois['model']}" in latex
    assert "\\renewcommand{\\availability}" in latex
    truth.nothing_public(stage.world)
    stage.pubflow("release", "--yes")
    assert stage.pubflow("cite", "--latex").out == latex


def test_every_form_names_every_doi(stage: Stage) -> None:
    stage.pubflow("release", "--until", "reserve")
    for form in ("--bibtex", "--latex", "--text", "--ro-crate"):
        out = stage.pubflow("cite", form).out
        assert all(doi in out for doi in truth.dois(stage.world).values()), form
    croissant = json.loads(stage.pubflow("cite", "--croissant", "optical-digits").out)
    assert truth.dois(stage.world)["dataset"] in croissant["identifier"][0]
    assert croissant["rai:dataLimitations"]
    local = {path.name for path in (stage.folder / "docs/example/data/optical-digits").iterdir()}
    objects = [one for one in croissant["distribution"] if one["@type"] == "cr:FileObject"]
    assert {one["name"] for one in objects} == local
    legacy = json.loads(stage.pubflow("cite", "--zenodo-json").out)
    assert legacy["creators"][0]["name"] == "Carberry, Josiah"


def test_before_anything_is_reserved_it_says_what_is_missing(stage: Stage) -> None:
    done = stage.pubflow("cite")

    assert "@software{" in done.out
    assert "doi " not in done.out
    assert "pubflow release --until reserve" in done.err
    assert stage.pubflow("cite", "--bibtex", "--latex", expect=64).out == ""
    assert "no data set" in stage.pubflow("cite", "--croissant", "nothing", expect=1).err


def test_the_compiled_paper_is_checked(stage: Stage) -> None:
    stage.pubflow("release", "--until", "reserve")
    latex = stage.pubflow("cite", "--latex").out
    addresses = tuple(re.findall(r"\\url\{(https?://doi[^}]*)\}", latex))
    right = pdf(stage.folder / "right.pdf", ["A paper."], addresses)
    wrong = pdf(stage.folder / "wrong.pdf", ["A paper."], (*addresses[:2], addresses[2] + "0"))

    assert "leads to all" in stage.pubflow("cite", "--check", str(right)).out
    done = stage.pubflow("cite", "--check", str(wrong), expect=1)

    assert "nothing in it leads to data.optical-digits" in done.out
    assert "which is not of this release" in done.out


@pytest.mark.parametrize("hole", [True, False])
def test_a_hole_in_the_links_stops_before_anything_is_public(stage: Stage, hole: bool) -> None:
    card = stage.folder / "docs/example/cards/model.md"
    card.write_text(card.read_text("utf-8") + "\n```\nnever closed\n" * hole, "utf-8")
    before = stage.pubflow("plan").out

    done = stage.pubflow("release", "--yes", expect=1 if hole else 0)

    assert "Who links to whom" in before
    assert not re.search(r"  NO\b", before)
    if hole:
        assert "would not link to code@github" in done.err
        truth.nothing_public(stage.world)
        plan = stage.pubflow("plan", expect=1)
        assert re.search(r"optical-digits-mlp@huggingface +\. +NO", plan.out)
    else:
        truth.released(stage.world, stage.folder)
