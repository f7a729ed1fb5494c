"""Each file in `cases/` is one situation: what is wanted, what was seen, what is left."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pubflow.actions import Action, Kept
from pubflow.links import Link, Links
from pubflow.manifest import Artifact, File, Kind, License, Paper, Person, Release, Target
from pubflow.platforms.zenodo.diff import diff, wanted_body
from pubflow.platforms.zenodo.record import marker_of
from pubflow.platforms.zenodo.state import Entry, Record, ZenodoState
from pubflow.platforms.zenodo.undoing import undo

CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))


def wanted(case: dict[str, Any]) -> Target:
    """`files` is name -> md5 (of 1 byte); an empty md5 is a file that is promised."""
    given = case["target"]
    files = tuple(
        File(name, 1, f"sha-{md5}", md5) if md5 else File(name)
        for name, md5 in given["files"].items()
    )
    kind = Kind(given.get("kind", "data"))
    own = () if kind is Kind.CODE else files
    artifact = Artifact(
        "code" if kind is Kind.CODE else f"{kind}.x",
        kind,
        Path("x"),
        title="Meadows",
        license=License("CC-BY-4.0"),
        files=own,
    )
    paper = Paper("A paper", (Person("Ada", "Lovelace"),), abstract=given.get("abstract", "Words."))
    day = date(2026, 11, 20) if given.get("dated", True) else None
    release = Release("us/x", given.get("version", "1.0.0"), "v1", paper, (artifact,), day)
    return Target(artifact, "zenodo", release, given.get("settings", {}), files)


def record(given: dict[str, Any], target: Target, state: ZenodoState, links: Links) -> Record:
    """`says`: `all` is described as wanted, `marker` is a fresh draft of ours, `old` is other
    words of ours, `theirs` is somebody else's."""
    body = wanted_body(target, state, links)
    metadata = dict(body["metadata"])
    match given.get("says", "all"):
        case "marker":
            metadata = {"identifiers": metadata["identifiers"]}
        case "old":
            metadata["title"] = "Old words"
        case "theirs":
            metadata = {"title": "Somebody else's", "version": "0.9"}
    metadata |= given.get("metadata", {})
    entries = tuple(
        Entry(key, 1, md5, "completed" if md5 else "pending")
        for key, md5 in sorted(given.get("files", {}).items())
    )
    return Record(
        id=given["id"],
        concept=given.get("concept", "7"),
        published=given.get("published", False),
        doi=given.get("doi", ""),
        metadata=metadata,
        access=body["access"],
        files=entries,
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_diff(path: Path) -> None:
    case = tomllib.loads(path.read_text("utf-8"))
    target = wanted(case)
    seen = case.get("state", {})
    links = Links(
        {name: Link(**link) if link else None for name, link in case.get("links", {}).items()}
    )
    plain = {k: v for k, v in seen.items() if k not in ("record", "edit", "previous")}
    plain |= {k: frozenset(v) for k, v in plain.items() if k == "joined"}
    plain |= {k: tuple(v) for k, v in plain.items() if k == "strays"}
    known = frozenset({"vocabularies/licenses/cc-by-4.0"})
    state = ZenodoState("https://rdm.example", marker_of(target), "Example", known, **plain)
    for name in ("record", "edit", "previous"):
        if name in seen:
            state = replace(state, **{name: record(seen[name], target, state, links)})

    items = list(diff(target, state, links))

    got: list[dict[str, Any]] = []
    for item in items:
        if isinstance(item, Action):
            stage = item.wave.name if item.wave else item.stage.name
            got.append({"do": item.id.partition("/")[2], "says": item.says, "at": stage.lower()})
        elif isinstance(item, Kept):
            got.append({"kept": item.says})
        else:
            got.append({"problem": item.what, "severity": item.severity})
    assert got == case.get("expect", [])
    assert [a.says for a in undo(target, state)] == case.get("undo", [])
