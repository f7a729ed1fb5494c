"""The workflows that `pubflow ci` writes into a repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from release.conftest import git
from ruamel.yaml import YAML

from pubflow.ci import workflows
from pubflow.errors import PubflowError, Refused

ACTION = "lab/pubflow@" + "0123456789" * 4


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "paper"
    root.mkdir()
    git(root, "init", "-q")
    (root / "publish.toml").write_text("schema = 1\n", "utf-8")
    return root


def test_they_are_written_once_and_then_left_alone(checkout: Path) -> None:
    first = workflows.write(checkout / "publish.toml", ACTION, force=False)
    second = workflows.write(checkout / "publish.toml", ACTION, force=False)

    assert [path.name for path in first.new] == [
        "pubflow-release.yml",
        "pubflow-plan.yml",
        "pubflow-comment.yml",
        "pubflow-verify.yml",
    ]
    assert second.new == ()
    assert second.kept == first.new
    assert "pubflow-publish" in "\n".join(workflows.told(first))


def test_a_file_of_the_author_s_is_never_written_over_unasked(checkout: Path) -> None:
    workflows.write(checkout / "publish.toml", ACTION, force=False)
    mine = checkout / ".github/workflows/pubflow-plan.yml"
    mine.write_text("mine\n", "utf-8")
    gone = checkout / ".github/workflows/pubflow-release.yml"
    gone.unlink()

    with pytest.raises(Refused, match=r"pubflow-plan\.yml"):
        workflows.write(checkout / "publish.toml", ACTION, force=False)

    assert mine.read_text("utf-8") == "mine\n"
    assert not gone.exists()
    workflows.write(checkout / "publish.toml", ACTION, force=True)
    assert mine.read_text("utf-8") != "mine\n"


def test_a_link_is_not_written_through(checkout: Path, tmp_path: Path) -> None:
    place = checkout / ".github/workflows"
    place.mkdir(parents=True)
    (tmp_path / "elsewhere.yml").write_text("theirs\n", "utf-8")
    (place / "pubflow-plan.yml").symlink_to(tmp_path / "elsewhere.yml")

    workflows.write(checkout / "publish.toml", ACTION, force=True)

    assert (tmp_path / "elsewhere.yml").read_text("utf-8") == "theirs\n"


@pytest.mark.parametrize(
    "action", ["lab/pubflow@v1", "lab/pubflow", "pubflow", "a/b@" + "g" * 40, "a/b@" + "0" * 39]
)
def test_only_a_commit_pins_the_action(checkout: Path, action: str) -> None:
    with pytest.raises(PubflowError) as wrong:
        workflows.write(checkout / "publish.toml", action, force=False)

    assert "pubflow ci --action OWNER/pubflow@COMMIT" in wrong.value.hint


def test_outside_of_a_checkout_and_without_a_manifest_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(PubflowError, match="no git checkout"):
        workflows.write(tmp_path / "publish.toml", ACTION, force=False)
    git(tmp_path, "init", "-q")
    with pytest.raises(PubflowError, match=r"no publish\.toml"):
        workflows.write(tmp_path / "publish.toml", ACTION, force=False)


@pytest.mark.parametrize(
    ("pattern", "filter_"),
    [
        ("v{version}", "v*"),
        ("paper-{version}", "paper-*"),
        ("{version}", "*"),
        ("a+{version}", "a\\+*"),
    ],
)
def test_the_release_s_tags_start_it(checkout: Path, pattern: str, filter_: str) -> None:
    toml = checkout / "publish.toml"
    toml.write_text(f'schema = 1\n[release]\ntag = "{pattern}"\n', "utf-8")

    workflows.write(toml, ACTION, force=False)

    read = YAML(typ="safe").load(checkout / ".github/workflows/pubflow-release.yml")
    assert read["on"]["push"]["tags"] == [filter_]


@pytest.mark.parametrize(
    "name", ["a'b\"c", "a\nb: c", "$(touch x)`touch x`", "a # b", "<<action>>"]
)
def test_a_hostile_folder_is_only_a_value(checkout: Path, name: str) -> None:
    folder = checkout / name
    folder.mkdir()
    (folder / "publish.toml").write_text("schema = 1\n", "utf-8")

    workflows.write(folder / "publish.toml", ACTION, force=False)

    read = YAML(typ="safe").load(checkout / ".github/workflows/pubflow-plan.yml")
    [step] = [s for s in read["jobs"]["plan"]["steps"] if s["name"] == "Plan"]
    assert step["with"] == {"command": "plan", "manifest": f"{name}/publish.toml"}


def test_a_name_that_github_would_compute_is_refused(checkout: Path) -> None:
    folder = checkout / "${{ github.token }}"
    folder.mkdir()
    (folder / "publish.toml").write_text("schema = 1\n", "utf-8")

    with pytest.raises(Refused, match="GitHub would compute"):
        workflows.write(folder / "publish.toml", ACTION, force=False)


def test_the_command_line_writes_them(checkout: Path) -> None:
    words = [sys.executable, "-m", "pubflow", "ci", "--action", ACTION]

    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True, timeout=60)
    (checkout / ".github/workflows/pubflow-plan.yml").write_text("mine\n", "utf-8")
    again = subprocess.run(words, cwd=checkout, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert "+ .github/workflows/pubflow-release.yml" in done.stdout
    assert again.returncode == 3
    assert "pubflow ci --force" in again.stderr


def test_every_action_is_pinned_and_every_job_says_what_it_may() -> None:
    for text in workflows.render(ACTION, "publish.toml", "v*").values():
        read = YAML(typ="safe").load(text)
        assert read["permissions"] == {}
        for job in read["jobs"].values():
            assert job["permissions"]
            for step in job["steps"]:
                name, _, commit = step.get("uses", "a@" + "0" * 40).partition("@")
                assert len(commit) == 40, name
                assert "${{" not in step.get("run", "")


def test_only_the_approved_job_may_publish() -> None:
    read = YAML(typ="safe").load(workflows.render(ACTION, "publish.toml", "v*")["release.yml"])
    jobs = read["jobs"]

    approving = [
        (name, step)
        for name, job in jobs.items()
        for step in job["steps"]
        if step.get("with", {}).get("approve")
    ]

    assert [name for name, _ in approving] == ["publish"]
    assert approving[0][1]["with"]["plan"]
    assert jobs["publish"]["environment"] == "pubflow-publish"
    assert not read["concurrency"]["cancel-in-progress"]
