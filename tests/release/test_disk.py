"""A disk that is full: told, nothing lost, and the next run finishes."""

from __future__ import annotations

import pytest
from release import truth
from release.conftest import Stage
from release.sweep import RELEASE, Zygote

ROOMS = [9_000, 38_000, 100_000, 300_000, 600_000]
"""Bytes to which a file may grow: from the first page of a memory on to most of the journal."""


@pytest.mark.parametrize("room", ROOMS)
def test_a_full_disk_stops_the_run_with_advice_and_the_next_one_finishes(
    stage: Stage, zygote: Zygote, room: int
) -> None:
    code, said = zygote.run(stage, *RELEASE, room=room)

    assert code == 1, said
    assert "also:" not in said, "the same trouble of several lanes is told once"
    assert "Traceback" not in said
    assert "made a mistake" not in said
    truth.nothing_twice(stage.world)
    truth.nothing_early(stage.world, stage.folder, "1.0.0")
    code, said = zygote.run(stage, *RELEASE)
    assert code == 0, said
    truth.released(stage.world, stage.folder)
