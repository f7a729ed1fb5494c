"""The Action's inputs become words of a command line, and only words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pubflow.ci.step import arguments
from pubflow.errors import PubflowError, Refused


def test_a_plan_is_kept_where_the_runner_keeps_what_is_temporary() -> None:
    env = {"PUBFLOW_COMMAND": "plan", "RUNNER_TEMP": "/t"}

    assert arguments(env) == ["plan", f"--out={Path('/t/pubflow/plan.json')}", "--", "publish.toml"]


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_a_pull_request_is_planned_without_asking_anybody_and_never_released(event: str) -> None:
    env = {"GITHUB_EVENT_NAME": event, "RUNNER_TEMP": "/t"}

    assert "--offline" in arguments({**env, "PUBFLOW_COMMAND": "plan"})
    with pytest.raises(Refused, match="A pull request releases nothing"):
        arguments({**env, "PUBFLOW_COMMAND": "release", "PUBFLOW_APPROVE": "true"})


def test_only_true_approves() -> None:
    env = {"PUBFLOW_COMMAND": "release"}

    assert "--yes" in arguments({**env, "PUBFLOW_APPROVE": "true"})
    assert "--yes" not in arguments({**env, "PUBFLOW_APPROVE": "false"})
    assert "--yes" not in arguments(env)
    for other in ("True", "yes", "1", "true\n", "--yes"):
        with pytest.raises(PubflowError, match="approve") as wrong:
            arguments({**env, "PUBFLOW_APPROVE": other})
        assert wrong.value.exit_code == 64


@pytest.mark.parametrize(
    ("name", "value"),
    [("COMMAND", "rehearse"), ("COMMAND", ""), ("COMMAND", "--help"), ("UNTIL", "publish")],
)
def test_an_input_that_means_nothing_is_said(name: str, value: str) -> None:
    with pytest.raises(PubflowError, match="means nothing"):
        arguments({"PUBFLOW_COMMAND": "release", f"PUBFLOW_{name}": value})


def test_no_value_is_read_as_an_option() -> None:
    words = arguments(
        {
            "PUBFLOW_COMMAND": "release",
            "PUBFLOW_MANIFEST": "--yes",
            "PUBFLOW_PLAN": "--yes",
            "PUBFLOW_HOSTS": "a.example:8443, --yes",
            "PUBFLOW_UNTIL": "upload",
        }
    )

    assert words == [
        "release",
        "--until=upload",
        "--plan=--yes",
        "--allow-host=a.example:8443",
        "--allow-host=--yes",
        "--",
        "--yes",
    ]
