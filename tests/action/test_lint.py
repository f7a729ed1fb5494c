"""The Action and the workflows that pubflow writes, as strict programs of others see them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from action.runner import ROOT, load

from pubflow.ci import workflows

ACTION = "lab/pubflow@" + "0123456789" * 4


@pytest.fixture
def written(tmp_path: Path) -> list[str]:
    texts = workflows.render(ACTION, 'paper\'s "folder"/publish.toml', "v*")
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    return [str(tmp_path / name) for name in texts]


def _run(*args: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name(args[0])), *args[1:]],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_even_where_it_is_pedantic(written: list[str]) -> None:
    _run("zizmor", "--offline", "--pedantic", "--no-progress", str(ROOT / "action.yml"), *written)


def test_the_action_and_the_workflows_follow_their_schemas(written: list[str]) -> None:
    _run("check-jsonschema", "--builtin-schema", "vendor.github-actions", str(ROOT / "action.yml"))
    _run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *written)


def test_the_action_s_scripts_hold_no_expression_and_its_actions_are_pinned() -> None:
    said = load(ROOT / "action.yml")

    assert said["runs"]["using"] == "composite"
    for step in said["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])
    names = " ".join(said["inputs"]).lower()
    assert "token" not in names
    assert "secret" not in names


def test_the_installed_versions_are_those_that_pubflow_asks_for() -> None:
    import tomllib

    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    text = (ROOT / "src/pubflow/ci/requirements.txt").read_text("utf-8")
    pinned = dict(re.findall(r"^([a-z0-9.-]+)==([^ ;]+)", text, re.M))

    for one in map(Requirement, wanted):
        name = re.sub(r"[._]+", "-", one.name.lower())
        assert name in pinned, f"{name} is not in requirements.txt: make it again"
        assert one.specifier.contains(pinned[name], prereleases=True), one
    for entry in re.split(r"\n(?=[a-z0-9])", text.partition("\n#\n")[2])[1:]:
        assert "--hash=sha256:" in entry
