"""Killed with SIGKILL at a request or a write; run again, it finishes.

The stand-in kills the process itself, at the exact request; `python tests/release/sweep.py` plays
every place there is, and plays one again by its name.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from release import truth
from release.conftest import Stage
from release.sweep import DISK, PLATFORMS, VERSIONS, Sweep, Told, Zygote, sweeping

SHARES = 6
"""Parts of a sweep, so that several processes can have one each."""


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    with sweeping(tmp_path_factory.mktemp("sweep") / "own") as made:
        yield made


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


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("version", VERSIONS)
def test_killed_after_every_change_it_finishes_and_nothing_is_early_or_twice(
    sweep: Sweep, version: str, share: int
) -> None:
    """With the journal, and as on a new computer.

    Each changing request once it was applied, and every third write. The command dies before each
    of them too, at every write, and at each request that only reads.
    """
    places = [
        place
        for place in sweep.places(version, changes_only=True)
        if place.when == "after" and (place.where != DISK or place.at % 3 == 0)
    ]
    own = places[share::SHARES]
    told = sum((sweep.play(place) for place in own), start=Told())

    assert told.failures == []
    assert told.kills == len(own) > 4
