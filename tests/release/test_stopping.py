"""Ctrl-C while pubflow waits for a busy platform: it ends with 130, and nothing more is sent."""

from __future__ import annotations

import time

import pytest
from release.conftest import Done, Stage

LONG = 400
"""Seconds that a platform asks for: within the budget, and longer than a test may take."""


def stopped(stage: Stage, *args: str) -> Done:
    """Ctrl-C as soon as the fault was met."""
    process = stage.start(*args)
    while stage.post("/faults", []) and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.5)
    return stage.interrupted(process)


@pytest.mark.parametrize("platform", ["github", "huggingface", "zenodo"])
def test_a_release_that_waits_before_a_change_is_stopped(stage: Stage, platform: str) -> None:
    stage.fault(platform, 1, "429", retry_after=LONG, only="changes")

    done = stopped(stage, "release", "--yes", "--jobs", "1")

    assert done.code == 130
    assert "    pubflow release" in done.err
    changes = stage.changes
    stage.pubflow("release", "--yes", "--until", "reserve")
    assert stage.changes > changes


def test_who_was_to_stop_early_is_told_to_go_on_as_far(stage: Stage) -> None:
    stage.fault("zenodo", 1, "429", retry_after=LONG, only="changes")

    done = stopped(stage, "release", "--until", "upload")

    assert done.code == 130
    assert done.err.endswith("\n\n    pubflow release --until upload\n")


@pytest.mark.parametrize("command", ["plan", "release --yes", "verify"])
def test_one_that_only_looks_is_stopped(stage: Stage, command: str) -> None:
    if command == "verify":
        stage.pubflow("release", "--yes")
    stage.fault("zenodo", 2, "429", retry_after=LONG if command != "verify" else 60)
    changes = stage.changes

    done = stopped(stage, *command.split())

    assert done.code == 130
    assert "Stopped" in done.err
    assert stage.changes == changes
