"""RO-Crate 1.2: a flat graph in which every reference leads to a node (see tests/outside)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from documents.releases import VARIED, links, release, releases
from hypothesis import given, settings

from pubflow.documents import rocrate
from pubflow.manifest import Release


def references(node: dict[str, Any]) -> Iterator[str]:
    for key, value in node.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                assert set(one) == {"@id"}, f"{key} is nested"
                yield one["@id"]


def holds(of: Release) -> dict[str, dict[str, Any]]:
    said = rocrate.document(of, links(of))
    assert said["@context"] == "https://w3id.org/ro/crate/1.2/context"
    graph = said["@graph"]
    nodes = {node["@id"]: node for node in graph}
    assert len(nodes) == len(graph)
    assert all(node["@type"] for node in graph)
    head = nodes["ro-crate-metadata.json"]
    assert head["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    root = nodes[head["about"]["@id"]]
    assert root["name"]
    assert root["description"]
    for node in graph:
        for one in references(node):
            assert one in nodes or one == "https://w3id.org/ro/crate/1.2", one
    return nodes


@pytest.mark.parametrize("shape", VARIED)
def test_every_varied_release_is_a_crate(shape: str) -> None:
    holds(VARIED[shape])


@settings(max_examples=30, deadline=None)
@given(releases())
def test_any_release_is_a_crate(of: Release) -> None:
    holds(of)


def test_parts_are_the_artifacts_by_their_dois() -> None:
    of = release()
    nodes = holds(of)
    root = nodes[nodes["ro-crate-metadata.json"]["about"]["@id"]]
    parts = [one["@id"] for one in root["hasPart"]]
    assert parts == [f"https://doi.org/10.5281/zenodo.{n}" for n in (200, 201, 202)]
    assert "SoftwareSourceCode" in nodes[parts[0]]["@type"]
    assert nodes[parts[2]]["license"] == {"@id": "https://spdx.org/licenses/CC-BY-4.0"}
    assert {"@id": "https://huggingface.co/facebook/dinov2-large"} in nodes[parts[1]]["isBasedOn"]
    assert root["datePublished"] == "2026-11-20"
    assert rocrate.file_name(of) == "seagrass-ro-crate-metadata.json"
