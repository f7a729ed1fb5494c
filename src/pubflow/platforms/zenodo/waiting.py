"""How long a search may hide what is there."""

from __future__ import annotations

import itertools

from pubflow.platforms.zenodo.instance import is_stand_in

KNOWN_LAG = 2.0
"""Seconds. A search shows a draft after about one (recorded 2026-11-20)."""
UNSURE_LAG = 30.0
"""Where an earlier run began and was interrupted: a server under load shows it later."""
LOCAL_LAG = 2.0
"""Of a stand-in."""
POLLS = tuple(itertools.chain((0.25,) * 8, (1.0, 2.0), itertools.repeat(4.0, 12)))
"""Pauses between searches; longer than any lag in all."""


def lag(base: str, *, known: bool) -> float:
    """Seconds after which a search shows a change. `known`: nothing says that there was one."""
    return LOCAL_LAG if is_stand_in(base) else KNOWN_LAG if known else UNSURE_LAG
