"""The Action's own steps, under bash, in an environment as the runner makes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from action import log
from action.conftest import PAPER, Lab
from action.runner import Ran
from release import truth


def _no_secret(lab: Lab, *ran: Ran) -> None:
    tokens = list(lab.tokens.values())
    for one in ran:
        for token in tokens:
            assert token not in one.log
            assert token not in one.summary
            assert token not in json.dumps(one.outputs)
    for path in lab.paper.parent.rglob("*"):
        if path.is_file():
            found = path.read_bytes()
            assert not [token for token in tokens if token.encode() in found], path


def test_a_pushed_tag_is_planned_and_released_with_outputs_and_summary(lab: Lab) -> None:
    lab.publish_repository()
    job = lab.checked_out()
    changes = lab.stage.changes

    planned = job.act(lab.tokens, command="plan")

    assert planned.code == 0, planned.log
    assert lab.stage.changes == changes
    assert planned.outputs["changed"] == "true"
    kept = json.loads(Path(planned.outputs["plan"]).read_text("utf-8"))
    assert kept["approved"]
    assert "| | Reserve | Upload | Publish |" in planned.summary
    assert not [c for c in planned.commands if c.name not in ("notice", "warning")]

    refused = lab.checked_out().act(lab.tokens, command="release")
    assert refused.code == 3
    assert lab.stage.changes == changes
    assert [c.name for c in refused.commands] == ["error"]
    assert "Nothing was changed" in refused.summary.replace("&#45;", "-")

    released = lab.checked_out().act(lab.tokens, command="release", approve="true")

    assert released.code == 0, released.log
    dois = truth.dois(lab.stage.world)
    assert len(dois) == 3
    assert released.outputs["doi"] == dois["software"]
    assert released.outputs["concept-doi"] not in ("", released.outputs["doi"])
    assert PAPER in released.outputs["release-url"]
    assert truth.MODEL in released.outputs["model-url"]
    assert f"datasets/{truth.REPOSITORY}" in released.outputs["data-url"]
    assert json.loads(released.outputs["links"])["data.optical-digits@zenodo"]["doi"]
    assert released.outputs["changed"] == "true"
    assert "released" in released.summary
    assert all(doi in released.summary for doi in dois.values())
    assert "sent, " in released.summary
    truth.nothing_twice(lab.stage.world)

    again = lab.checked_out().act(lab.tokens, command="release", approve="true")
    assert again.code == 0, again.log
    assert again.outputs["changed"] == "false"
    assert again.outputs["doi"] == dois["software"]
    assert truth.dois(lab.stage.world) == dois
    _no_secret(lab, planned, refused, released, again)


def test_a_pull_request_from_a_fork_has_no_secrets_asks_nobody_and_releases_nothing(
    lab: Lab,
) -> None:
    fork = {"pull_request": {"head": {"repo": {"fork": True}}}}
    job = lab.checked_out(event="pull_request", ref="refs/pull/7/merge", payload=fork)
    before = lab.stage.requests

    planned = job.act({}, command="plan")
    refused = job.act(lab.tokens, command="release", approve="true")

    assert planned.code == 0, planned.log
    assert planned.outputs["changed"] == "true"
    assert refused.code == 3
    assert "A pull request releases nothing" in refused.log
    assert lab.stage.requests == before


def test_problems_are_shown_at_their_lines(lab: Lab) -> None:
    toml = lab.paper / "publish.toml"
    text = toml.read_text("utf-8")
    toml.write_text(text.replace('license  = "CC-BY-4.0"', 'licence  = "CC-BY-4.0"'), "utf-8")
    line = text[: text.index('license  = "CC-BY-4.0"')].count("\n") + 1
    job = lab.checked_out()
    (job.workspace / "publish.toml").write_bytes(toml.read_bytes())

    done = job.act(lab.tokens, command="plan")

    assert done.code == 1
    errors = [c for c in done.commands if c.name == "error"]
    assert {"publish.toml"} == {c.properties["file"] for c in errors}
    assert str(line) in {c.properties.get("line") for c in errors}
    assert "licence" in done.summary


def test_without_the_action_a_workflow_gets_the_same_and_stdout_stays_json(lab: Lab) -> None:
    job = lab.checked_out()
    files = {name: str(job.folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}

    done = subprocess.run(
        [sys.executable, "-m", "pubflow", "plan", "--json"],
        cwd=job.workspace,
        env={**job.env(), **lab.tokens, **files},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["actions"]
    assert log.outputs(Path(files["GITHUB_OUTPUT"]).read_text("utf-8"))["changed"] == "true"
    assert "| | Reserve |" in Path(files["GITHUB_STEP_SUMMARY"]).read_text("utf-8")


def test_another_tag_than_the_manifest_s_releases_nothing(lab: Lab) -> None:
    done = lab.checked_out(ref="refs/tags/v1.0.1").act(
        lab.tokens, command="release", approve="true"
    )

    assert done.code == 1
    assert lab.stage.changes == 0
    assert "it runs for the tag v1.0.1, and this release is v1.0.0" in done.log


def test_an_input_that_means_nothing_is_a_usage_error(lab: Lab) -> None:
    done = lab.checked_out().act(lab.tokens, command="release", until="publish")

    assert done.code == 64
    assert [c.name for c in done.commands] == ["error"]
    assert lab.stage.requests == 0
