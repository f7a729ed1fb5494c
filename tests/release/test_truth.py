"""The judge of the sweeps sees what it is there to see: one that cannot fail proves nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from release import truth
from release.conftest import Stage

World = dict[str, Any]


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    """Filled when first asked for: what a release leaves, and what it has before the gate."""
    return {}


@pytest.fixture
def after(stage: Stage, worlds: dict[str, World]) -> tuple[World, World, Stage]:
    if not worlds:
        stage.pubflow("release", "--yes", "--until", "upload")
        worlds["uploaded"] = stage.world
        stage.pubflow("release", "--yes")
        worlds["released"] = stage.world
    return copy.deepcopy(worlds["uploaded"]), copy.deepcopy(worlds["released"]), stage


def record_twice(world: World) -> None:
    world["zenodo"]["records"].append(dict(world["zenodo"]["records"][0], id="9"))


def release_twice(world: World) -> None:
    releases = world["github"]["repositories"][0]["releases"]
    releases.append(dict(releases[0], id=9))


def commit_twice(world: World) -> None:
    commits = world["huggingface"]["repositories"][0]["commits"]
    commits.append(commits[0])


def file_lost(world: World) -> None:
    [record] = [r for r in world["zenodo"]["records"] if r["resource_type"] == "dataset"]
    record["files"].pop()


def byte_changed(world: World) -> None:
    world["huggingface"]["repositories"][0]["files"][-1]["sha256"] = "0" * 64


def link_lost(world: World) -> None:
    world["zenodo"]["records"][0]["related"].pop(0)


def tag_lost(world: World) -> None:
    world["github"]["repositories"][0]["tags"].clear()


def draft_left(world: World) -> None:
    releases = world["github"]["repositories"][0]["releases"]
    releases.append(dict(releases[0], id=9, tag="v0", draft=True))


@pytest.mark.parametrize(
    "harm",
    [
        record_twice,
        release_twice,
        commit_twice,
        file_lost,
        byte_changed,
        link_lost,
        tag_lost,
        draft_left,
    ],
)
def test_a_release_that_is_not_whole_or_twice_is_seen(
    after: tuple[World, World, Stage], harm: Callable[[World], None]
) -> None:
    _, released, stage = after
    truth.released(released, stage.folder)

    harm(released)

    with pytest.raises((AssertionError, ValueError)):
        truth.released(released, stage.folder)


def published(world: World) -> None:
    world["zenodo"]["records"][0]["published"] = True


def opened(world: World) -> None:
    world["huggingface"]["repositories"][0]["private"] = False
    file_lost(world)


def undrafted(world: World) -> None:
    world["github"]["repositories"][0]["releases"][0]["draft"] = False
    world["github"]["repositories"][0]["releases"][0]["assets"].pop()


def tagged(world: World) -> None:
    world["github"]["repositories"][0]["tags"] = [{"name": "v1.0.0"}]
    world["zenodo"]["records"].pop()


@pytest.mark.parametrize("harm", [published, opened, undrafted, tagged])
def test_what_is_public_too_early_is_seen(
    after: tuple[World, World, Stage], harm: Callable[[World], None]
) -> None:
    uploaded, released, stage = after
    truth.nothing_early(uploaded, stage.folder, "1.0.0")
    truth.nothing_early(released, stage.folder, "1.0.0")

    harm(uploaded)

    with pytest.raises((AssertionError, ValueError)):
        truth.nothing_early(uploaded, stage.folder, "1.0.0")
