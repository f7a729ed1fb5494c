"""codemeta.json is linked data: expanded with CodeMeta's own context, nothing in it is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from documents.releases import VARIED, links, releases
from hypothesis import given, settings
from pyld import jsonld

from pubflow.documents import codemeta
from pubflow.manifest import Release

CONTEXT = json.loads(
    (Path(__file__).parents[1] / "contracts/codemeta-3.0.jsonld").read_text("utf-8")
)


def loaded(url: str, options: Any) -> dict[str, Any]:
    """The kept context at its address; no other address is asked for."""
    assert url == codemeta.CONTEXT
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": CONTEXT,
    }


def expanded(said: dict[str, Any]) -> tuple[list[Any], list[str]]:
    """(the document without a context, the properties that were lost on the way)."""
    lost: list[str] = []
    found = jsonld.expand(said, {"documentLoader": loaded}, on_property_dropped=lost.append)
    return found, lost


def words(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == key:
                yield from item if isinstance(item, list) else [item]
            yield from words(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from words(item, key)


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "@context":
                yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield str(value).replace("schema:", "")


def whole(of: Release) -> None:
    said = json.loads(codemeta.render(of, links(of)))
    found, lost = expanded(said)
    assert lost == []
    assert len(found) == 1
    for word in (*words(found, "@type"), *words(found, "@id")):
        assert word.startswith(("http://", "https://")), word
    assert said["@type"] == "SoftwareSourceCode"
    # Back in its context it is what it was: no value fell out and none changed its meaning.
    back = jsonld.compact(found, said["@context"], {"documentLoader": loaded})
    assert sorted(leaves(back)) == sorted(leaves(said))
    assert set(back) - {"type"} == set(said) - {"@type"}


def test_what_the_context_does_not_know_is_seen_as_lost() -> None:
    said = {"@context": codemeta.CONTEXT, "@type": "Person", "name": "Ada", "surname": "Lovelace"}

    assert expanded(said)[1] == ["surname"]


@pytest.mark.parametrize("shape", VARIED)
def test_expansion_loses_nothing(shape: str) -> None:
    whole(VARIED[shape])


@settings(max_examples=60, deadline=None)
@given(of=releases())
def test_expansion_loses_nothing_of_any_release(of: Release) -> None:
    whole(of)
