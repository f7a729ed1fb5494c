"""The workflows that `pubflow ci` writes, run job by job, each on a machine without a memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from action import log
from action.conftest import Lab
from action.runner import Ran, Runner, load
from release import truth
from release.conftest import git

from pubflow.ci import workflows

ACTION = "lab/pubflow@" + "0123456789" * 4


@pytest.fixture
def written(lab: Lab) -> Path:
    """The paper's repository with the workflows in it, pushed and tagged."""
    workflows.write(lab.paper / "publish.toml", ACTION, force=False)
    git(lab.paper, "add", "-A")
    git(lab.paper, "commit", "-q", "-m", "workflows")
    lab.publish_repository()
    return lab.paper / ".github/workflows"


class Run:
    """One run of the release workflow: jobs share what they kept, and nothing else."""

    def __init__(self, lab: Lab, written: Path, **machine: Any) -> None:
        self.lab = lab
        self.workflow = written / "pubflow-release.yml"
        self.machine = machine
        self.kept = lab.paper.parent / f"kept-{lab.runs}"
        self.needs: dict[str, Any] = {}

    def job(self, name: str, kill: dict[str, Any] | None = None) -> list[Ran]:
        made = self.lab.runner(kept=self.kept, needs=self.needs, **self.machine)
        if kill is not None:
            made.watch = _Killing(self.lab, kill)
        done = made.job(self.workflow, name)
        self.lab.stage.post("/faults", [])
        self.needs = made.needs
        return done


class _Killing:
    """Kills the first process of pubflow at one of its requests."""

    def __init__(self, lab: Lab, kill: dict[str, Any]) -> None:
        self.lab = lab
        self.kill: dict[str, Any] | None = kill

    def __call__(self, process: subprocess.Popen[str]) -> None:
        if self.kill is not None:
            self.lab.stage.post("/faults", [{**self.kill, "kind": "kill", "pid": process.pid}])
            self.kill = None


def _fine(done: list[Ran]) -> list[Ran]:
    assert done
    for ran in done:
        assert ran.code == 0, ran.log
    return done


def _private(world: dict[str, Any]) -> None:
    """Nothing that a stranger could see, but for the repository that was public before."""
    assert not any(record["published"] for record in world["zenodo"]["records"])
    assert all(entry["private"] for entry in world["huggingface"]["repositories"])
    [repository] = world["github"]["repositories"]
    assert all(release["draft"] for release in repository["releases"])


def test_what_was_approved_is_published_and_nothing_before(lab: Lab, written: Path) -> None:
    run = Run(lab, written)
    _fine(run.job("prepare"))
    _private(lab.stage.world)
    assert run.needs["prepare"] == {"outputs": {"changed": "true"}, "result": "success"}
    dois = truth.dois(lab.stage.world)
    approved = json.loads((run.kept / "pubflow-plan/plan.json").read_text("utf-8"))["approved"]

    done = _fine(run.job("publish"))

    truth.released(lab.stage.world, lab.paper)
    assert truth.dois(lab.stage.world) == dois
    assert approved
    assert (run.kept / "publish.lock" / "publish.lock").exists()
    [release] = [ran for ran in done if ran.outputs.get("doi")]
    assert release.outputs["doi"] == dois["software"]
    [repository] = lab.stage.world["github"]["repositories"]
    [tag] = repository["tags"]
    assert tag["commit"] == git(lab.paper, "rev-parse", "v1.0.0")

    again = Run(
        lab, written, event="workflow_dispatch", ref="refs/heads/main", inputs={"tag": "v1.0.0"}
    )
    _fine(again.job("prepare"))
    assert again.needs["prepare"]["outputs"] == {"changed": "false"}
    assert again.job("publish") == []


KILLS = [
    ("prepare", {"platform": "zenodo", "at": 9, "when": "after"}),
    ("prepare", {"platform": "github", "at": 12, "when": "after"}),
    ("prepare", {"platform": "huggingface", "at": 14, "when": "before"}),
    ("publish", {"platform": "github", "at": 12, "when": "after"}),
    ("publish", {"platform": "huggingface", "at": 10, "when": "after"}),
    ("publish", {"platform": "zenodo", "at": 16, "when": "after"}),
]


@pytest.mark.parametrize(("job", "kill"), KILLS)
def test_killed_within_a_job_the_run_again_converges(
    lab: Lab, written: Path, job: str, kill: dict[str, Any]
) -> None:
    run = Run(lab, written)
    for name in ("prepare", "publish"):
        if name == job:
            done = run.job(name, kill)
            assert done[-1].code == -9, done[-1].log
            truth.nothing_twice(lab.stage.world)
            if name == "prepare":
                _private(lab.stage.world)
        _fine(run.job(name))

    truth.released(lab.stage.world, lab.paper)


def test_what_changed_after_the_approval_is_not_published(lab: Lab, written: Path) -> None:
    run = Run(lab, written)
    _fine(run.job("prepare"))
    card = lab.paper / "docs/example/cards/model.md"
    card.write_text(card.read_text("utf-8") + "\nSomething else.\n", "utf-8")
    git(lab.paper, "add", "-A")
    git(lab.paper, "commit", "-q", "-m", "other words")
    git(lab.paper, "tag", "-f", "v1.0.0")

    done = run.job("publish")

    assert done[-1].code == 3
    assert "The approved plan is stale" in done[-1].log
    assert "What is said of weights.optical-digits-mlp is different" in done[-1].log
    _private(lab.stage.world)


def test_a_pull_request_s_plan_becomes_a_comment_that_cannot_leave_its_block(
    lab: Lab, written: Path
) -> None:
    kept = lab.paper.parent / "kept-pull"
    machine = lab.runner(event="pull_request", ref="main", kept=kept)
    machine.secrets = {}
    before = lab.stage.requests
    _fine(machine.job(written / "pubflow-plan.yml", "plan"))
    assert lab.stage.requests == before
    plan = kept / "pubflow-plan/plan.json"
    said = json.loads(plan.read_text("utf-8"))
    said["shown"][:0] = ["```", "::error::forged", "@everyone ![a](https://evil.example)", 3, None]
    said["shown"] += ["x" * 200_000]
    plan.write_text(json.dumps(said), "utf-8")

    first = _comment(lab, written, kept, existing="")
    second = _comment(lab, written, kept, existing="77")

    assert "POST repos/pubflow-example/optical-digits/issues/7/comments" in first[0]
    assert "PATCH repos/pubflow-example/optical-digits/issues/comments/77" in second[0]
    body = first[1]
    assert body.startswith("<!-- pubflow plan -->\n")
    assert body.count("```") == 2
    assert body.rstrip().endswith("```")
    assert len(body) < 65_536
    assert "create the private" in body or "create a draft" in body


def _comment(lab: Lab, written: Path, kept: Path, existing: str) -> tuple[str, str]:
    """Run the commenting job with a program in gh's place; its calls, and the comment."""
    payload = {
        "workflow_run": {
            "id": 5,
            "event": "pull_request",
            "conclusion": "success",
            "head_sha": "c" * 40,
            "head_branch": "x;touch forged;`touch forged`$(touch forged)",
            "head_repository": {"owner": {"login": "stranger"}},
        }
    }
    made: Runner = lab.runner(
        event="workflow_run", ref="refs/heads/main", kept=kept, payload=payload
    )
    _gh(made, f"echo '{existing}'")
    done = _fine(made.job(written / "pubflow-comment.yml", "comment"))
    assert not list(made.folder.rglob("forged"))
    assert not log.commands("".join(ran.log for ran in done))
    calls = (made.folder / "calls").read_text("utf-8")
    assert "head=stranger:x;touch forged;" in calls
    return calls, (made.temp / "comment.md").read_text("utf-8")


def test_what_is_out_is_verified_every_week_and_an_issue_says_what_is_wrong(
    lab: Lab, written: Path
) -> None:
    run = Run(lab, written)
    _fine(run.job("prepare"))
    _fine(run.job("publish"))
    kept = run.kept / "publish.lock" / "publish.lock"
    (lab.paper / "publish.lock").write_bytes(kept.read_bytes())
    git(lab.paper, "add", "-A")
    git(lab.paper, "commit", "-q", "-m", "receipt")
    machine = lab.runner(event="schedule", ref="refs/heads/main")
    machine.secrets = {}
    changes = lab.stage.changes

    _fine(machine.job(written / "pubflow-verify.yml", "verify"))

    assert machine.job(written / "pubflow-verify.yml", "tell") == []
    assert lab.stage.changes == changes
    lab.stage.post("/reset", {})
    [*_, looked] = machine.job(written / "pubflow-verify.yml", "verify")
    assert looked.code == 1
    assert "::error" in looked.log
    assert "optical" in looked.summary
    _gh(machine, "echo 9")
    _fine(machine.job(written / "pubflow-verify.yml", "tell"))
    said = (machine.temp / "issue.md").read_text("utf-8")
    assert said.startswith("<!-- pubflow verify -->\n")
    assert "/pubflow-example/optical-digits/actions/runs/5" in said
    calls = (machine.folder / "calls").read_text("utf-8")
    assert "POST repos/pubflow-example/optical-digits/issues/9/comments" in calls


def _gh(machine: Runner, answers: str) -> None:
    """A program in gh's place: it writes down its words, and answers what is only looked at."""
    program = machine.folder / "bin" / "gh"
    program.write_text(
        f"""#!/bin/sh
printf '%s ' "$@" >> '{machine.folder}/calls'
case "$*" in
  *"/pulls "*) echo 7 ;;
  *"--method GET"*) {answers} ;;
esac
""",
        "utf-8",
    )
    program.chmod(0o755)
    filtering = program.with_name("jq")
    own = Path(__file__).with_name("filtered.py")
    filtering.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{own}' \"$@\"\n", "utf-8")
    filtering.chmod(0o755)


def test_the_comment_s_job_checks_out_nothing_and_has_no_secret(written: Path) -> None:
    said = load(written / "pubflow-comment.yml")

    text = (written / "pubflow-comment.yml").read_text("utf-8")

    assert "secrets." not in text
    assert "actions/checkout" not in text
    assert ACTION not in text
    assert said["jobs"]["comment"]["permissions"] == {
        "actions": "read",
        "pull-requests": "write",
    }
