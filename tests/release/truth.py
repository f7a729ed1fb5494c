"""What must be true of the stand-ins' worlds: read from their ground truth, not from pubflow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

REPOSITORY = "pubflow-example/optical-digits"
MODEL = "pubflow-example/optical-digits-mlp"


KINDS = {"model": "weights", "dataset": "data"}
"""Of records, with the folders of the example that their files lie in."""


def released(world: dict[str, Any], folder: Path, tag: str = "v1.0.0", records: int = 3) -> None:
    """Everything is out, once, whole, and linked; nothing is left over."""
    nothing_twice(world)
    seen = world["zenodo"]["records"]
    assert len(seen) == records
    assert all(record["published"] and record["doi"] for record in seen)
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
        assert records > 3 or tag in [t["name"] for t in entry["tags"]]
        assert not entry["pull_requests"]
    assert tag in [t["name"] for entry in hub.values() for t in entry["tags"]]
    whole(world, folder)
    linked(world)


def nothing_twice(world: dict[str, Any], *, drafts: bool = True) -> None:
    """One record for each artifact and version, one release for each tag; no two drafts.

    Without `drafts` only what is out counts: two runs at once may have made one each, and the next
    run takes away the one that does not count.
    """
    seen = [
        (r["title"], r["version"]) for r in world["zenodo"]["records"] if drafts or r["published"]
    ]
    assert len(seen) == len(set(seen)), f"a record twice: {seen}"
    for repository in world["github"]["repositories"]:
        tags = [r["tag"] for r in repository["releases"] if drafts or not r["draft"]]
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


def nothing_early(world: dict[str, Any], folder: Path, version: str) -> None:
    """Of this version, nothing is public but with all of it uploaded; and the DOIs come last."""
    [*repositories] = world["github"]["repositories"]
    hub = world["huggingface"]["repositories"]
    records = [r for r in world["zenodo"]["records"] if r["version"] == version]
    releases = [r for g in repositories for r in g["releases"] if r["tag"] == f"v{version}"]
    # Of two drafts that two runs have made, the one that is ahead.
    records.sort(key=lambda r: (r["published"], bool(r["doi"]), len(r["files"])))
    records = list({record["resource_type"]: record for record in records}.values())
    releases = sorted(releases, key=lambda r: (not r["draft"], len(r["assets"])))[-1:]
    tagged = [f"v{version}" in [t["name"] for t in place["tags"]] for place in repositories + hub]
    out = [not r["draft"] for r in releases]
    minted = [record["published"] for record in records]
    first = not any(r["published"] for r in world["zenodo"]["records"] if r not in records)
    opened = [not place["private"] for place in repositories + hub] if first else []
    if not any((*tagged, *out, *minted, *opened)):
        return
    # What the version has: the example's weights do not change, so only the first one has them.
    kinds = {"software", "dataset", *(["model"] if first else [])}
    assert {record["resource_type"] for record in records} == kinds, "public before its siblings"
    assert all(record["doi"] and record["files"] and record["related"] for record in records)
    [release] = releases
    assert [a["state"] for a in release["assets"]] == ["uploaded"] * 2, "public before its assets"
    if first:
        assert len(hub) == 2
        whole(world, folder)
    else:
        of_records(records, folder)
    if any(minted):
        assert all((*out, *opened)), "a DOI before what it cites"
        assert tagged.count(True) == (3 if first else 2), "a DOI before a tag"


def local(folder: Path, kind: str, digest: str) -> dict[str, str]:
    """The files of the example's weights or data, with their digests."""
    name = {"weights": "optical-digits-mlp", "data": "optical-digits"}[kind]
    files = (folder / "docs/example" / kind / name).iterdir()
    return {path.name: hashlib.new(digest, path.read_bytes()).hexdigest() for path in files}


def of_records(records: Iterable[dict[str, Any]], folder: Path) -> None:
    for record in records:
        if kind := KINDS.get(record["resource_type"]):
            remote = {f["key"]: (f["md5"] or "").removeprefix("md5:") for f in record["files"]}
            assert remote == local(folder, kind, "md5"), "not the local bytes"


def whole(world: dict[str, Any], folder: Path) -> None:
    """Every remote digest is that of the local file; of records, in the newest version."""
    of_records({r["resource_type"]: r for r in world["zenodo"]["records"]}.values(), folder)
    for entry in world["huggingface"]["repositories"]:
        remote = {f["path"]: f["sha256"] for f in entry["files"]}
        kind = KINDS[entry["type"]]
        assert remote.items() >= local(folder, kind, "sha256").items(), "not the local bytes"
        assert "README.md" in remote


def linked(world: dict[str, Any]) -> None:
    """Every record names the code's tag, the Hub's pages and the other records."""
    records = world["zenodo"]["records"]
    for record in records:
        related = json.dumps(record["related"])
        pages = [one["identifier"].partition("/tree/v")[0] for one in record["related"]]
        code = [page for page in pages if page.endswith(f"/{REPOSITORY}")]
        assert any("/datasets/" not in page for page in code), "no link to the code"
        assert MODEL in related
        assert f"datasets/{REPOSITORY}" in related
        same = [r for r in records if r["version"] == record["version"] and r is not record]
        for other in same:
            assert other["doi"] in related


def dois(world: dict[str, Any]) -> dict[str, str]:
    return {r["resource_type"]: r["doi"] for r in world["zenodo"]["records"]}
