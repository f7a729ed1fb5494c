"""`release --commit`: the author's branch, the remote one and the tag end at the same commit."""

from __future__ import annotations

import re

import pytest
import requests
from release import truth
from release.conftest import Stage, git


@pytest.fixture
def checkout(stage: Stage) -> Stage:
    """The example as a checkout whose history goes along."""
    manifest = stage.folder / "publish.toml"
    text = re.sub(r'history *= *"snapshot"', 'history = "full"', manifest.read_text("utf-8"))
    manifest.write_text(text.replace('path    = "docs/example/code"', 'path = "."'), "utf-8")
    git(stage.folder, "init", "-q", "-b", "main")
    git(stage.folder, "config", "user.name", "Ada")
    git(stage.folder, "config", "user.email", "ada@example.org")
    git(stage.folder, "add", ".")
    git(stage.folder, "commit", "-qm", "start")
    return stage


def remote(stage: Stage) -> str:
    server = stage.env["GITHUB_SERVER_URL"].replace("://", f"://x:{stage.env['GITHUB_TOKEN']}@")
    return f"{server}/{truth.REPOSITORY}.git"


def heads(stage: Stage) -> tuple[str, str, str]:
    """HEAD here, the remote branch, and the commit that the remote tag leads to."""
    [repository] = stage.world["github"]["repositories"]
    git(stage.folder, "fetch", "-q", remote(stage), "refs/tags/v1.0.0:refs/seen/tag")
    tag = git(stage.folder, "rev-parse", "refs/seen/tag^{commit}")
    return git(stage.folder, "rev-parse", "HEAD"), repository["branches"]["main"], tag


def test_one_commit_here_there_and_in_the_tag(checkout: Stage) -> None:
    start = git(checkout.folder, "rev-parse", "HEAD")
    planned = [one["id"] for one in checkout.pubflow("plan", "--commit", "--json").json["actions"]]

    done = checkout.pubflow("release", "--yes", "--commit", "--json")

    assert "code@worktree/commit" in planned
    assert sorted(done.finished()) == sorted(planned)
    assert len(set(heads(checkout))) == 1
    assert git(checkout.folder, "rev-parse", "HEAD~1") == start
    assert git(checkout.folder, "status", "--short") == "?? publish.lock"
    cff = (checkout.folder / "CITATION.cff").read_text("utf-8")
    assert truth.dois(checkout.world)["software"] in cff
    truth.released(checkout.world, checkout.folder)
    assert checkout.pubflow("plan", "--commit", "--detailed-exitcode").code == 0
    checkout.pubflow("verify")


def test_without_it_the_checkout_is_not_written_to(checkout: Stage) -> None:
    before = git(checkout.folder, "rev-parse", "HEAD")

    checkout.pubflow("release", "--yes")

    assert git(checkout.folder, "rev-parse", "HEAD") == before
    assert git(checkout.folder, "status", "--short") == "?? publish.lock"


def test_a_tag_set_after_it_carries_the_doi(checkout: Stage) -> None:
    """In a repository that is public already, where pubflow pushes nothing before the day."""
    owner, _, name = truth.REPOSITORY.partition("/")
    answer = requests.post(
        f"{checkout.env['GITHUB_API_URL']}/orgs/{owner}/repos",
        json={"name": name, "private": False},
        headers={
            "Authorization": f"Bearer {checkout.env['GITHUB_TOKEN']}",
            "User-Agent": "by-hand",
        },
        timeout=10,
    )
    assert answer.ok, answer.text
    git(checkout.folder, "push", "-q", remote(checkout), "main")
    checkout.pubflow("release", "--until", "upload", "--commit")
    git(checkout.folder, "tag", "-a", "-m", "the paper's", "v1.0.0")
    git(checkout.folder, "push", "-q", remote(checkout), "main", "v1.0.0")
    tag = git(checkout.folder, "rev-parse", "v1.0.0")

    told = checkout.pubflow("plan", "--commit")
    checkout.pubflow("release", "--yes", "--commit")

    assert "The tag v1.0.0 was there before, so nothing is pushed." in told.out
    assert len(set(heads(checkout))) == 1
    assert git(checkout.folder, "rev-parse", "refs/seen/tag") == tag
    cff = git(checkout.folder, "show", "refs/seen/tag:CITATION.cff")
    assert truth.dois(checkout.world)["software"] in cff
    truth.released(checkout.world, checkout.folder)


def test_what_is_not_committed_stops_it_with_and_without(checkout: Stage) -> None:
    (checkout.folder / "publish.example.toml").write_text("mine\n", "utf-8")
    code = checkout.folder / "docs/example/code/digits/model.py"
    code.write_text(code.read_text("utf-8") + "\n", "utf-8")

    for more in ([], ["--commit"]):
        done = checkout.pubflow("release", "--yes", *more, expect=1)
        assert "docs/example/code/digits/model.py: changed here and not committed." in done.err
    told = checkout.pubflow("plan", expect=1)
    assert "warning: publish.example.toml: not known to git, so not released." in told.out
    assert checkout.changes == 0


def test_it_comes_after_the_reserving(checkout: Stage) -> None:
    done = checkout.pubflow("release", "--until", "reserve", "--commit", expect=64)

    assert "pubflow release --until upload --commit" in done.err
    assert checkout.requests == 0
