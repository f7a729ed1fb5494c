"""More files than a record takes, or empty ones: a few archives, announced, and nothing lost."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from platforms.zenodo.scene import Scene, ids, run

from pubflow import packing
from pubflow.build import Builder
from pubflow.http import Session

TILES = {
    f"tiles/{number // 50}/tile {number:03}.csv": f"{number},{number * number}\n" * (number % 7)
    for number in range(150)
}


def fetched(scene: Scene, record: dict[str, Any], key: str) -> bytes:
    """As a stranger does, without a token."""
    path = f"/api/records/{record['id']}/files/{key}/content"
    answer = Session(scene.url).request("GET", path)
    assert answer.ok
    return answer.content


def test_150_small_files_in_folders_come_back_byte_by_byte(instance: Scene, tmp_path: Path) -> None:
    manifest = instance.manifest(instance.data(TILES))
    seen = instance.plan(manifest)
    uploads = [action for action in seen.plan.actions if action.verb == "upload"]
    [note] = [problem for problem in seen.plan.problems if "put into" in problem.what]
    assert [a.subject for a in uploads] == ["meadows.sha256", "meadows.zip"]
    assert "with 150 files in it" in uploads[1].says
    assert (note.severity, note.what) == ("note", "all 150 files are put into meadows.zip")

    instance.release(manifest)

    [record] = instance.records()
    assert {file["key"]: file["size"] for file in record["files"]} == {
        action.subject: action.size for action in uploads
    }
    archive = zipfile.ZipFile(io.BytesIO(fetched(instance, record, "meadows.zip")))
    assert {name: archive.read(name).decode() for name in archive.namelist()} == TILES
    archive.extractall(tmp_path / "out")
    (tmp_path / "out/list").write_bytes(fetched(instance, record, "meadows.sha256"))
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "list"], cwd=tmp_path / "out", check=False
    )
    assert checked.returncode == 0
    assert instance.plan(manifest).plan.actions == ()


def test_the_builder_packs_and_a_stranger_finds_all_of_it(scene: Scene) -> None:
    manifest = scene.manifest(scene.data(TILES))
    world = scene.open(manifest)
    world.build = Builder(world.platforms, scene.folder / "work", scene.folder)

    seen = run(world)

    [target] = seen.manifest.targets
    assert [file.name for file in target.files] == ["meadows.sha256", "meadows.zip"]
    assert seen.plan.actions == ()
    assert list(world.platforms["zenodo"].verify(target, seen.plan.links)) == []
    assert (scene.folder / "packs.json").is_file()


def test_an_archive_is_deleted_here_once_it_is_there(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data(TILES)))

    assert list((scene.folder / "build").rglob("*.zip")) == []


def test_an_unchanged_set_of_many_files_is_kept_in_the_next_version(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data(TILES), scene.code()))
    scene.forget()

    seen = scene.release(scene.manifest(scene.data(TILES), scene.code(), version="2.0"))

    kinds = sorted(record["resource_type"] for record in scene.records())
    assert kinds == ["dataset", "software", "software"]
    assert seen.plan.actions == ()


def test_one_changed_file_of_many_sends_the_archive_again(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data(TILES)))
    changed = scene.data({**TILES, "tiles/0/tile 000.csv": "new\n"})

    scene.release(scene.manifest(changed, version="2.0"))

    old, new = scene.records()
    digests = [{f["key"]: f["md5"] for f in record["files"]} for record in (old, new)]
    assert digests[0].keys() == digests[1].keys()
    assert all(digests[0][key] != digests[1][key] for key in digests[0])


@pytest.mark.parametrize("elsewhere", [False, True])
def test_of_a_thousand_files_one_that_changed_sends_its_archive_and_the_list(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    """`elsewhere`: on a computer that has no digests of the archives yet."""
    monkeypatch.setattr(packing, "LEAST", 1 << 10)
    tiles = {f"tiles/{n:03}.csv": f"{n},{n * n}\n" * 20 for n in range(1000)}
    scene.release(scene.manifest(scene.data(tiles)))
    [old] = scene.records()
    second = scene.manifest(scene.data({**tiles, "tiles/500.csv": "new\n" * 20}), version="2.0")
    if elsewhere:
        (scene.folder / "packs.json").unlink()
    approved = scene.plan(second).plan.ids
    before = scene.requests()

    seen = scene.release(second)

    new = scene.records()[1]
    sent = [
        line["path"].partition("/files/")[2]
        for line in scene.log.shown()[before:]
        if line["method"] == "PUT" and line["path"].endswith("/content")
    ]
    digests = [{f["key"]: f["md5"] for f in record["files"]} for record in (old, new)]
    assert len(digests[0]) > 10
    assert digests[0].keys() == digests[1].keys()
    changed = [key for key in digests[0] if digests[0][key] != digests[1][key]]
    assert sorted(sent) == [f"{key}/content" for key in sorted(changed)]
    assert len(changed) == 2
    assert "meadows.sha256" in changed
    assert seen.plan.actions == ()
    assert "data.meadows@zenodo/import" in approved


def test_an_empty_file_is_packed_so_that_it_is_not_lost(scene: Scene) -> None:
    manifest = scene.manifest(scene.data({"a.csv": "1\n", "done": ""}))

    scene.release(manifest)

    [record] = scene.records()
    archive = zipfile.ZipFile(io.BytesIO(fetched(scene, record, "meadows.zip")))
    assert {i.filename: i.file_size for i in archive.infolist()} == {"a.csv": 2, "done": 0}


@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
def test_a_release_of_many_files_that_was_cut_is_finished(scene: Scene, kind: str) -> None:
    manifest = scene.manifest(scene.data(TILES))
    approved = ids(scene.plan(manifest).plan.actions)
    for at in (4, 9, 11):
        scene.faults.add([{"platform": "zenodo", "at": at, "only": "changes", "kind": kind}])

    seen = scene.release(manifest)

    [record] = scene.records()
    assert seen.plan.actions == ()
    assert record["published"]
    assert hashlib.md5(fetched(scene, record, "meadows.zip")).hexdigest() in {
        file["md5"].removeprefix("md5:") for file in record["files"]
    }
    assert len(approved) == len(set(approved))


def test_folders_alone_need_no_archive(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data({"train/a b.csv": "1\n", "test/ü.csv": "2\n"})))

    [record] = scene.records()
    assert {file["key"] for file in record["files"]} == {"train/a b.csv", "test/ü.csv"}
