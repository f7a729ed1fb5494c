"""What a job's environment says, and what it cannot do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from views import scene

from pubflow.ci.runner import found, runner
from pubflow.manifest import Manifest
from pubflow.tokens import Secret

JOBS_OWN = "job" + "-token-" + "of-a-test"


def _env(tmp_path: Path, *, private: bool = False, **changes: str) -> dict[str, str]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"private": private}}), "utf-8")
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "lab/leaves",
        "GITHUB_REF_TYPE": "tag",
        "GITHUB_REF_NAME": "v1.2.0",
        "GITHUB_WORKSPACE": str(tmp_path),
        "PUBFLOW_JOB_TOKEN": JOBS_OWN,
        **changes,
    }


def _manifest(repo: str = "lab/leaves", **settings: str) -> Manifest:
    made = scene.manifest()
    code = replace(made.targets[0], platform="github", settings={"repo": repo, **settings})
    return replace(made, targets=(code, *made.targets[1:]))


def _errors(manifest: Manifest, env: dict[str, str], token: str = JOBS_OWN) -> list[str]:
    problems = found(manifest, env, {"github": Secret(token)})
    return [problem.what for problem in problems if problem.severity == "error"]


def test_outside_of_a_workflow_there_is_no_runner(tmp_path: Path) -> None:
    assert runner({}) is None
    assert found(_manifest(), {}, {}) == ()


def test_a_tag_that_is_this_release_in_its_own_repository_is_fine(tmp_path: Path) -> None:
    assert _errors(_manifest(), _env(tmp_path)) == []


def test_another_tag_than_the_release_s_stops_it(tmp_path: Path) -> None:
    [said] = _errors(_manifest(), _env(tmp_path, GITHUB_REF_NAME="v1.2.1"))

    assert said == "it runs for the tag v1.2.1, and this release is v1.2.0"


def test_a_branch_is_not_compared_with_the_tag(tmp_path: Path) -> None:
    env = _env(tmp_path, GITHUB_REF_TYPE="branch", GITHUB_REF_NAME="main")

    assert _errors(_manifest(), env) == []


def test_the_job_s_own_token_reaches_no_other_repository(tmp_path: Path) -> None:
    [said] = _errors(_manifest("lab/code"), _env(tmp_path))

    assert "reaches lab/leaves only, and the code goes to lab/code" in said
    assert _errors(_manifest("lab/code"), _env(tmp_path), "token-of-a-person") == []
    assert _errors(_manifest("Lab/Leaves"), _env(tmp_path)) == []


def test_the_job_s_own_token_makes_nothing_public(tmp_path: Path) -> None:
    env = _env(tmp_path, private=True)

    assert _errors(_manifest(), env) == ["the job's own token cannot make lab/leaves public"]
    assert _errors(_manifest(visibility="private"), env) == []
    assert _errors(_manifest(), env, "token-of-a-person") == []


def test_without_the_action_s_word_a_token_of_an_app_is_only_warned_of(tmp_path: Path) -> None:
    env = _env(tmp_path, private=True, PUBFLOW_JOB_TOKEN="")
    token = Secret("gh" + "s_" + "of-a-test")

    problems = found(_manifest(), env, {"github": token})

    assert [p.severity for p in problems] == ["warning", "note"]
    assert "cannot make lab/leaves public" in problems[0].what


@pytest.mark.parametrize("raw", ["", "[]", "{", '{"repository": 3}', "[" * 100_000])
def test_an_event_that_cannot_be_read_is_no_mistake(tmp_path: Path, raw: str) -> None:
    env = _env(tmp_path)
    (tmp_path / "event.json").write_text(raw, "utf-8")

    here = runner(env)

    assert here is not None
    assert here.private is None
