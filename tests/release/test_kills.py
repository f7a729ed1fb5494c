"""Killed with SIGKILL at a request, before or after it was applied; run again, it finishes.

The stand-in kills the process itself, at the exact request. With `--jobs 1` request n is the same
request every time, so the sweep meets every boundary there is.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from release import truth
from release.conftest import Stage, example

PLATFORMS = ("github", "huggingface", "zenodo")


class Zygote:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, stage: Stage, *args: str, kill: dict[str, Any] | None = None) -> tuple[int, str]:
        """Run pubflow; `kill` is a fault that lacks only the pid. Exit code and output."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        log = stage.folder.parent / "log"
        order = {"args": args, "cwd": str(stage.folder), "env": stage.env, "log": str(log)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        pid = json.loads(self._process.stdout.readline())["pid"]
        if kill is not None:
            stage.post("/faults", [{**kill, "kind": "kill", "pid": pid}])
        code = json.loads(self._process.stdout.readline())["code"]
        return code, log.read_text("utf-8", "replace")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


def killed_and_run_again(stage: Stage, zygote: Zygote, kill: dict[str, Any], *, lose: bool) -> None:
    code, said = zygote.run(stage, "release", "--yes", "--jobs", "1", kill=kill)
    if code == 0:
        return  # The run was over before the n-th request.
    assert code == -9, f"{kill}: exited {code}\n{said}"
    truth.nothing_twice(stage.world)
    if lose:
        stage.forget()
    code, said = zygote.run(stage, "release", "--yes")
    assert code == 0, f"{kill}: the second run exited {code}\n{said}"
    truth.released(stage.world, stage.folder)


def again(stage: Stage) -> None:
    stage.post("/reset", {})
    shutil.rmtree(stage.folder)
    example(stage.folder)


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_random_moments_it_finishes_and_nothing_exists_twice(
    stage: Stage, zygote: Zygote, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(3):
        kill = {
            "platform": chance.choice(PLATFORMS),
            "at": chance.randint(1, 12),
            "when": chance.choice(("before", "after")),
        }
        code, said = zygote.run(stage, "release", "--yes", kill=kill)
        assert code in (0, -9), f"{kill}: exited {code}\n{said}"
        stage.post("/faults", [])
        if chance.random() < 0.4:
            stage.forget(receipt=chance.random() < 0.5)
    while code != 0:
        code, said = zygote.run(stage, "release", "--yes")
        assert code in (0, -9), said

    truth.released(stage.world, stage.folder)


def _changing_requests(stage: Stage, zygote: Zygote) -> list[tuple[str, int]]:
    """Which requests of an undisturbed `--jobs 1` release change something, by platform."""
    code, said = zygote.run(stage, "release", "--yes", "--jobs", "1")
    assert code == 0, said
    seen = dict.fromkeys(PLATFORMS, 0)
    found = []
    for entry in stage.world["log"]:
        seen[entry["platform"]] += 1
        if entry["change"]:
            found.append((entry["platform"], seen[entry["platform"]]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("lose", [False, True], ids=["journal kept", "journal lost"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_killed_at_every_changing_request_it_finishes_and_nothing_exists_twice(
    stage: Stage, zygote: Zygote, platform: str, when: str, lose: bool
) -> None:
    points = [at for name, at in _changing_requests(stage, zygote) if name == platform]
    assert points
    for at in points:
        again(stage)
        kill = {"platform": platform, "at": at, "when": when}
        killed_and_run_again(stage, zygote, kill, lose=lose)
