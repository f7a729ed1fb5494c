"""A file that is no longer what was hashed when its turn comes: nothing becomes public."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from release import truth
from release.conftest import Stage
from release.sweep import RELEASE, Zygote

DIARY = b"Dear diary, "


def linked(path: Path, diary: Path) -> None:
    path.unlink()
    path.symlink_to(diary)


def rewritten(path: Path, diary: Path) -> None:
    path.write_bytes(diary.read_bytes())


def shortened(path: Path, diary: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def folder_linked(path: Path, diary: Path) -> None:
    """Not the file, but the folder above it."""
    there = diary.parent / "elsewhere"
    path.parent.rename(there)
    path.parent.symlink_to(there)
    (there / path.name).write_bytes(diary.read_bytes())


@pytest.mark.parametrize(
    ("how", "artifact"),
    [
        (linked, "weights/optical-digits-mlp"),
        (linked, "data/optical-digits"),
        (rewritten, "data/optical-digits"),
        (shortened, "weights/optical-digits-mlp"),
        (folder_linked, "data/optical-digits"),
    ],
)
def test_a_file_that_is_swapped_after_it_was_hashed_is_not_published(
    stage: Stage,
    zygote: Zygote,
    tmp_path: Path,
    how: Callable[[Path, Path], None],
    artifact: str,
) -> None:
    """The first change takes so long that the swap comes before any file is sent."""
    name = "config.json" if artifact.startswith("weights") else "test.csv"
    path = stage.folder / "docs/example" / artifact / name
    size = path.stat().st_size
    diary = tmp_path / "diary"
    diary.write_bytes((DIARY * size)[:size])

    stage.fault("zenodo", 1, "delay", seconds=1, only="changes")
    pid = zygote.start(stage, *RELEASE)
    while stage.post("/faults", []) and Path(f"/proc/{pid}").exists():
        time.sleep(0.02)
    how(path, diary)
    code, said = zygote.ended(stage, pid)

    assert code == 1, said
    assert "changed" in said
    assert "Traceback" not in said
    truth.nothing_public(stage.world)
    if how in (linked, shortened):
        stage.rehearsal.keep(tmp_path / "worlds")
        held = [found for found in (tmp_path / "worlds").rglob("*") if found.is_file()]
        assert not [found for found in held if DIARY * 2 in found.read_bytes()]
