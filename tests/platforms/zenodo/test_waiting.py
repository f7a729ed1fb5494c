from __future__ import annotations

import pytest

from pubflow.platforms.zenodo.waiting import KNOWN_LAG, LOCAL_LAG, UNSURE_LAG, lag


@pytest.mark.parametrize("base", ["https://zenodo.org", "https://127.0.0.1:5000"])
def test_a_search_that_may_hide_what_an_interrupted_run_made_is_waited_for_long(base: str) -> None:
    """Also where a real InvenioRDM runs on this computer, which speaks https."""
    assert (lag(base, known=False), lag(base, known=True)) == (UNSURE_LAG, KNOWN_LAG)


def test_a_stand_in_is_waited_for_as_long_as_it_is_late() -> None:
    assert lag("http://127.0.0.1:8080", known=False) == LOCAL_LAG
