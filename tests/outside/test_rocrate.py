"""ro-crate-metadata.json is read by `rocrate`, and nothing in it is lost."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from documents.releases import VARIED, links, releases
from hypothesis import given, settings
from rocrate.rocrate import ROCrate

from pubflow.documents import rocrate
from pubflow.manifest import Release


def kept(of: Release) -> None:
    """The library's crate has every node of ours, with every key."""
    text = rocrate.render(of, links(of))
    with TemporaryDirectory() as folder:
        Path(folder, rocrate.METADATA).write_text(text, "utf-8")
        crate = ROCrate(folder)
    # The library ends the id of every data set with a slash.
    held = {entity.id.rstrip("/"): entity.properties() for entity in crate.get_entities()}
    for node in json.loads(text)["@graph"]:
        assert set(node) <= set(held[node["@id"].rstrip("/")]), node


@pytest.mark.parametrize("shape", VARIED)
def test_the_library_reads_every_node(shape: str) -> None:
    kept(VARIED[shape])


@settings(max_examples=25, deadline=None)
@given(of=releases())
def test_the_library_reads_every_node_of_any_release(of: Release) -> None:
    kept(of)
