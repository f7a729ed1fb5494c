"""Answers that are JSON and not InvenioRDM's: read as they should be, or told, never a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from platforms.zenodo.scene import Scene
from platforms.zenodo.test_client import answering
from spoilt import spoilt

from pubflow.actions import Stage
from pubflow.errors import Transient
from pubflow.http.shape import ODD, fitting
from pubflow.platforms.zenodo.client import Client
from pubflow.platforms.zenodo.diff import diff
from pubflow.platforms.zenodo.state import Record

ENTRY = {"key": "a.csv", "size": 1, "checksum": "md5:ab", "status": "completed", "links": {}}
PART = {"parts": [{"part": 1, "url": "https://store.example.org/1"}]}
RECORD = {
    "id": "12",
    "parent": {"id": "11", "pids": {"doi": {"identifier": "10.5072/11"}}},
    "is_published": False,
    "pids": {"doi": {"identifier": "10.5072/12", "provider": "datacite"}},
    "metadata": {
        "title": "Digits",
        "resource_type": {"id": "dataset"},
        "identifiers": [{"identifier": "urn:uuid:1"}],
        "related_identifiers": [{"identifier": "10.1000/1"}],
    },
    "access": {"files": "public"},
    "custom_fields": {},
    "files": {"entries": {"a.csv": ENTRY}, "default_preview": "a.csv"},
    "versions": {"index": 1, "is_latest": True},
    "status": "draft",
    "created": "2026-11-20",
}
FILES = {"entries": [ENTRY | {"links": PART}]}


def hits(*found: Any) -> dict[str, Any]:
    return {"hits": {"hits": list(found), "total": len(found)}}


Call = Callable[[Client, Path], object]
CALLS: dict[str, tuple[Call, Any]] = {
    "record": (lambda c, f: c.record("12"), RECORD),
    "latest": (lambda c, f: c.latest("11"), RECORD),
    "search": (lambda c, f: c.search("q"), hits(RECORD)),
    "public": (lambda c, f: c.public("q"), hits(RECORD)),
    "entry": (lambda c, f: c.entry("12", "a.csv"), ENTRY),
    "communities": (
        lambda c, f: c.communities("12"),
        hits({"id": "x", "slug": "y", "receiver": {"community": "z"}}),
    ),
    "community": (lambda c, f: c.community(uuid4().hex), {"id": "x"}),  # Each is asked for once.
    "knows": (lambda c, f: c.knows("vocabularies/licenses/mit"), {"id": "mit"}),
    "create": (lambda c, f: c.create({}), RECORD | {"errors": [{"field": "x", "messages": ["y"]}]}),
    "put": (lambda c, f: c.put("12", {}), RECORD | {"errors": [{"field": "x", "messages": ["y"]}]}),
    "parts": (lambda c, f: c.init_parts("12", "a.csv", 1, 1, 1), FILES),
    "send": (lambda c, f: c.send("12", "a.csv", f, 1, lambda size: None), {"key": "a.csv"}),
    "commit": (lambda c, f: c.commit("12", "a.csv"), ENTRY),
}


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_of_another_shape_is_read_whole_or_told(call: str, tmp_path: Path) -> None:
    """No KeyError, no TypeError, and no value of another kind that would cause them later."""
    (tmp_path / "file").write_bytes(b"x")
    do, whole = CALLS[call]
    said: list[Any] = [whole]
    told: list[Transient] = []

    with answering(lambda method, path: (200, {}, json.dumps(said[0]).encode())) as (client, _):
        do(client, tmp_path / "file")

        for _, said[0] in spoilt(whole):
            try:
                fitting(do(client, tmp_path / "file"))
            except Transient as odd:
                told.append(odd)

    assert len(told) >= 7
    assert all("127.0.0.1:" in odd.what for odd in told)
    assert any("answered /api/" in odd.what and "ZENODO_URL" in odd.hint for odd in told)


@pytest.mark.parametrize("body", [{}, {"hits": {}}, {"hits": {"hits": None}}, {"message": "ok"}])
def test_a_search_without_a_list_does_not_say_that_nothing_is_there(body: Any) -> None:
    """Taken for nothing, a second draft would be made."""
    with answering(lambda method, path: (200, {}, json.dumps(body).encode())) as (client, _):
        for search in (client.search, client.public):
            with pytest.raises(Transient, match="with JSON that its API does not have there"):
                search("q")


def test_what_was_read_is_compared_without_stumbling(scene: Scene) -> None:
    """A value of another shape deep inside is told where the answer enters, or does no harm."""
    seen = scene.release(scene.manifest(scene.data()), Stage.UPLOAD)
    [(name, state)] = seen.states.items()
    target, record = seen.manifest.target(name), state.record
    described = ("metadata", "access", "custom_fields")
    whole = {field: dict(getattr(record, field)) for field in described} | {"id": record.id}
    refused = 0

    for _, body in spoilt(whole):
        try:
            read = fitting(Record.read(body, record.files))
        except ODD:
            refused += 1
            continue
        now = replace(state, record=read)
        list(diff(target, now, seen.plan.links))
        assert now.facts is not None

    assert refused > 100
