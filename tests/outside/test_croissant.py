"""croissant.json is read by `mlcroissant`, without an error."""

from __future__ import annotations

import json

import mlcroissant
import pytest
from documents.releases import VARIED, links, releases, target
from hypothesis import given, settings

from pubflow.documents import croissant
from pubflow.documents.facts import one_line
from pubflow.manifest import Kind, Release

WITH_DATA = [s for s, of in VARIED.items() if any(a.kind is Kind.DATA for a in of.artifacts)]


def read(of: Release) -> mlcroissant.Dataset:
    """The description of the release's data set, as the library understands it."""
    [artifact] = [a for a in of.artifacts if a.kind is Kind.DATA]
    text = croissant.render(target(artifact, of), links(of))
    found = mlcroissant.Dataset(jsonld=json.loads(text))
    assert not found.metadata.ctx.issues.errors
    return found


@pytest.mark.parametrize("shape", WITH_DATA)
def test_the_library_takes_it_and_understands_the_same(shape: str) -> None:
    of = VARIED[shape]
    said = read(of).metadata

    assert said.name == "meadows"
    assert said.version == of.version
    assert [file.sha256 for file in said.distribution if hasattr(file, "sha256")][:2] == [
        file.sha256 for file in of.artifact("data.meadows").files
    ]
    assert said.data_limitations in ("Coasts.", ["Coasts."])


@settings(max_examples=25, deadline=None)
@given(of=releases())
def test_the_library_takes_that_of_any_release(of: Release) -> None:
    assert one_line(read(of).metadata.version) == of.version
