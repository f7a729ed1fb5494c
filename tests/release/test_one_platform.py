"""Releases to one platform alone: the claim then lies in the journal, or on that platform."""

from __future__ import annotations

import pytest
from release import truth
from release.conftest import Stage

ZENODO = """\
schema = 1

[paper]
title = "Digits alone"
authors = ["Ada Lovelace"]

[data.digits]
path = "docs/example/data/optical-digits"
license = "CC-BY-4.0"
targets = ["zenodo"]

[defaults]
version = "1.0.0"
"""

HUB = ZENODO.replace('["zenodo"]', '["huggingface"]') + '\n[targets.huggingface]\nowner = "lab"\n'

GITHUB = """\
schema = 1

[paper]
title = "Digits, the code"
authors = ["Ada Lovelace"]

[code]
path = "docs/example/code"
history = "snapshot"
targets = ["github"]

[targets.github]
owner = "lab"
repo = "digits"

[defaults]
version = "1.0.0"
"""

ALONE = {"zenodo": ZENODO, "huggingface": HUB, "github": GITHUB}


@pytest.mark.parametrize("platform", sorted(ALONE))
def test_one_platform_is_enough_and_leaves_an_empty_plan(stage: Stage, platform: str) -> None:
    (stage.folder / "publish.toml").write_text(ALONE[platform], "utf-8")
    planned = [action["id"] for action in stage.pubflow("plan", "--json").json["actions"]]

    done = stage.pubflow("release", "--yes", "--json")

    assert sorted(done.finished()) == sorted(planned)
    assert stage.pubflow("plan", "--detailed-exitcode").code == 0
    for name, count in stage.rehearsal.counters().items():
        assert bool(count["changes"]) == (name == platform)


@pytest.mark.parametrize("platform", sorted(ALONE))
def test_one_platform_is_found_again_without_journal_and_receipt(
    stage: Stage, platform: str
) -> None:
    (stage.folder / "publish.toml").write_text(ALONE[platform], "utf-8")
    stage.pubflow("release", "--until", "reserve")
    stage.forget()
    stage.pubflow("release", "--until", "upload")
    stage.forget()
    stage.pubflow("release", "--yes")
    stage.forget()

    changes = stage.changes
    assert stage.pubflow("plan", "--detailed-exitcode").code == 0
    stage.pubflow("release", "--yes")
    assert stage.changes == changes
    truth.nothing_twice(stage.world)
    world = stage.world
    assert len(world["zenodo"]["records"]) == (platform == "zenodo")
    assert len(world["huggingface"]["repositories"]) == (platform == "huggingface")
    assert len(world["github"]["repositories"]) == (platform == "github")


def test_a_librarys_own_warnings_do_not_reach_the_terminal(stage: Stage) -> None:
    """In an interpreter of its own: `PYTHONWARNINGS` is read when it starts."""
    stage.zygote, stage.extra = None, {"PYTHONWARNINGS": "default"}
    (stage.folder / "large").mkdir()
    (stage.folder / "large" / "train.parquet").write_bytes(b"PAR1\0")
    said = HUB.replace("docs/example/data/optical-digits", "large")
    (stage.folder / "publish.toml").write_text(said, "utf-8")
    done = stage.pubflow("release", "--yes")
    assert "by LFS" in done.err
    assert "Warning" not in done.err
