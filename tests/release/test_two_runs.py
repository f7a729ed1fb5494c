"""Two runs of one release at once, on two computers: one of everything, and nobody is left alone.

`python tests/release/pairs.py --seeds 1000` plays more of them, and one again by its seed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from release.pairs import Pair, pairing
from release.sweep import VERSIONS

SEEDS = 4
SHARES = 3


@pytest.fixture(scope="module", params=VERSIONS)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    with pairing(tmp_path_factory.mktemp("pair") / "own", request.param) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_two_runs_at_once_end_with_one_of_everything(pair: Pair, share: int) -> None:
    for seed in range(share * SEEDS, (share + 1) * SEEDS):
        assert not pair.play(seed).failure
