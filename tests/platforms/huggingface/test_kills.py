"""A release to the Hub alone, killed with SIGKILL at its requests; its claim is kept there too."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from release.conftest import Stage, example
from release.test_kills import Zygote

from pubflow.rehearsal import Rehearsal

MANIFEST = """schema = 1

[paper]
title = "Honest Splits for Small Handwritten Digits"
[[paper.authors]]
given = "Josiah"
family = "Carberry"

[defaults]
version = "1.0.0"

[targets.huggingface]
owner = "lab"

[weights.mlp]
path = "docs/example/weights/optical-digits-mlp"
license = "Apache-2.0"
trained_on = ["@data.digits"]
targets = ["huggingface"]

[data.digits]
path = "docs/example/data/optical-digits"
license = "CC-BY-4.0"
targets = ["huggingface"]
"""
REPOSITORIES = ["dataset/lab/digits", "model/lab/mlp"]


def prepared(folder: Path) -> Path:
    example(folder)
    (folder / "publish.toml").write_text(MANIFEST, "utf-8")
    return folder


@pytest.fixture(scope="module")
def alone() -> Iterator[Rehearsal]:
    with Rehearsal.start() as rehearsal:
        yield rehearsal


@pytest.fixture
def stage(alone: Rehearsal, zygote: Zygote, tmp_path: Path) -> Stage:
    made = Stage(alone, prepared(tmp_path / "project"), zygote=zygote)
    made.post("/reset", {})
    return made


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


def released(world: dict[str, Any], *, older: int = 0) -> None:
    """Both are out once: one commit, one tag, one collection, nothing left over."""
    found = {f"{r['type']}/{r['id']}": r for r in world["huggingface"]["repositories"]}
    assert sorted(found) == REPOSITORIES
    for repository in found.values():
        assert not repository["private"]
        titles = [commit["title"] for commit in repository["commits"]]
        assert titles.count("Release v1.0.0") == 1
        assert len(titles) == 2 + older
        assert [tag["name"] for tag in repository["tags"]] == ["v1.0.0"]
        assert not repository["pull_requests"]
    [collection] = world["huggingface"]["collections"]
    assert len(collection["items"]) == 2


def public(stage: Stage) -> None:
    """Both repositories were there before, public, with a file of somebody's."""
    from huggingface_hub import HfApi, constants

    constants.HF_HUB_DISABLE_XET = True
    env = stage.rehearsal.env
    api = HfApi(endpoint=env["HF_ENDPOINT"], token=env["HF_TOKEN"])
    for place in REPOSITORIES:
        kind, _, name = place.partition("/")
        api.create_repo(name, repo_type=kind, private=False)
        api.upload_file(
            path_or_fileobj=b"mine\n", path_in_repo="NOTES.md", repo_id=name, repo_type=kind
        )


def test_a_release_to_the_hub_alone_needs_nothing_else(stage: Stage) -> None:
    plan = stage.pubflow("plan", "--json").json
    first = [action["id"] for action in plan["actions"]]
    assert "data.digits@huggingface/claim" in first
    done = stage.pubflow("release", "--yes", "--json")
    assert sorted(done.finished()) == sorted(first)
    released(stage.world)
    before = stage.changes
    stage.pubflow("release", "--yes")
    stage.forget()
    stage.pubflow("plan", "--detailed-exitcode")
    assert stage.changes == before


def test_a_runner_of_ci_finds_its_claim_there(stage: Stage) -> None:
    """Every job is a new computer; nothing but the claim remembers the date."""
    stage.extra["CI"] = "true"
    stage.pubflow("release", "--yes", "--until", "upload")
    stage.forget()
    stage.pubflow("release", "--yes")
    released(stage.world)


def sweep(stage: Stage, zygote: Zygote, *, lose: bool, there: bool) -> None:
    """Every changing request once, applied and then killed, from a world made anew. To be killed
    before the next request is sent is the same world."""
    for at in range(1, 60):
        stage.post("/reset", {})
        shutil.rmtree(stage.folder)
        prepared(stage.folder)
        if there:
            public(stage)
        fault = {"platform": "huggingface", "only": "changes", "at": at, "when": "after"}
        code, said = zygote.run(stage, "release", "--yes", "--jobs", "1", kill=fault)
        if code == 0:
            assert at > 10
            return
        assert code == -9, said
        if lose:
            stage.forget()
        code, said = zygote.run(stage, "release", "--yes")
        assert code == 0, f"{fault}: the second run exited {code}\n{said}"
        released(stage.world, older=int(there))
    pytest.fail("a release never ends")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lose", "there"),
    [(False, False), (True, False), (False, True), (True, True)],
    ids=["new", "new, journal lost", "public before", "public before, journal lost"],
)
def test_killed_at_every_changing_request_it_finishes_and_nothing_exists_twice(
    stage: Stage, zygote: Zygote, lose: bool, there: bool
) -> None:
    sweep(stage, zygote, lose=lose, there=there)
