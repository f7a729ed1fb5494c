"""What must be true of the stand-ins' worlds: read from their ground truth, not from pubflow."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

REPOSITORY = "pubflow-example/optical-digits"
MODEL = "pubflow-example/optical-digits-mlp"


def released(world: dict[str, Any], folder: Path, tag: str = "v1.0.0", versions: int = 1) -> None:
    """Everything is out, once, whole, and linked; nothing is left over."""
    nothing_twice(world)
    records = world["zenodo"]["records"]
    assert len(records) == 3 * versions
    assert all(record["published"] and record["doi"] for record in records)
    [repository] = world["github"]["repositories"]
    assert repository["full_name"] == REPOSITORY
    assert not repository["private"]
    assert [r["tag"] for r in repository["releases"] if not r["draft"]].count(tag) == 1
    assert not [r for r in repository["releases"] if r["draft"]]
    assert tag in [t["name"] for t in repository["tags"]]
    hub = {
        entry["id"] + "/" + entry["type"]: entry for entry in world["huggingface"]["repositories"]
    }
    assert set(hub) == {f"{MODEL}/model", f"{REPOSITORY}/dataset"}
    for entry in hub.values():
        assert not entry["private"]
        assert tag in [t["name"] for t in entry["tags"]]
        assert not entry["pull_requests"]
    if versions == 1:
        whole(world, folder)
    linked(world)


def nothing_twice(world: dict[str, Any]) -> None:
    """One record for each artifact and version, one release for each tag; no two drafts."""
    seen = [(r["title"], r["version"]) for r in world["zenodo"]["records"]]
    assert len(seen) == len(set(seen)), f"a record twice: {seen}"
    for repository in world["github"]["repositories"]:
        tags = [release["tag"] for release in repository["releases"]]
        assert len(tags) == len(set(tags)), f"a release twice: {tags}"
        names = [a["name"] for r in repository["releases"] for a in r["assets"]]
        assert len(repository["releases"]) > 1 or len(names) == len(set(names))
    for entry in world["huggingface"]["repositories"]:
        titles = [commit["title"] for commit in entry["commits"]]
        assert len(titles) == len(set(titles)), f"a commit twice: {titles}"


def nothing_public(world: dict[str, Any]) -> None:
    assert not any(record["published"] for record in world["zenodo"]["records"])
    for repository in world["github"]["repositories"]:
        assert repository["private"]
        assert not repository["tags"]
        assert all(release["draft"] for release in repository["releases"])
    assert all(entry["private"] for entry in world["huggingface"]["repositories"])


def whole(world: dict[str, Any], folder: Path) -> None:
    """Every remote digest is that of the local file."""
    places = {
        "weights": folder / "docs/example/weights/optical-digits-mlp",
        "data": folder / "docs/example/data/optical-digits",
    }
    for record in world["zenodo"]["records"]:
        kind = {"model": "weights", "dataset": "data"}.get(record["resource_type"])
        if kind:
            local = {
                p.name: hashlib.md5(p.read_bytes()).hexdigest() for p in places[kind].iterdir()
            }
            assert {f["key"]: f["md5"].removeprefix("md5:") for f in record["files"]} == local
    for entry in world["huggingface"]["repositories"]:
        place = places["weights" if entry["type"] == "model" else "data"]
        remote = {f["path"]: f["sha256"] for f in entry["files"]}
        for path in place.iterdir():
            assert remote[path.name] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert "README.md" in remote


def linked(world: dict[str, Any]) -> None:
    """Every record names the code's tag, the Hub's pages and the other records."""
    records = world["zenodo"]["records"]
    for record in records:
        related = json.dumps(record["related"])
        assert f"{REPOSITORY}/tree/v" in related
        assert MODEL in related
        assert f"datasets/{REPOSITORY}" in related
        same = [r for r in records if r["version"] == record["version"] and r is not record]
        for other in same:
            assert other["doi"] in related


def dois(world: dict[str, Any]) -> dict[str, str]:
    return {r["resource_type"]: r["doi"] for r in world["zenodo"]["records"]}
