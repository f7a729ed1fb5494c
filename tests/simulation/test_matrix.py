"""The matrix: what goes wrong, when, in what company. Behind `slow`, a fifth of a whole run.

Every failure names its case; it is played again, with its history, by

    python tests/simulation --replay 'NAME'
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulation import Case, judge
from simulation.cases import KINDS, TWO_RUNS, Kind, cases

FIFTH = 20_000
PARTS = 4
FEW = 25
NAMES = [kind.name for kind in KINDS]


def violated(found: Iterator[Case]) -> list[str]:
    """The names of the cases in which something is not as promised, and what."""
    said = ((case, judge.judged(case)) for case in found)
    return [f"{case}: {lines[0]}" for case, lines in said if lines]


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_whatever_happens_there_is_one_release_whole_and_linked(kind: Kind) -> None:
    assert not violated(cases(kind, 0, FEW))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_in_thousands_of_cases_there_is_one_release_whole_and_linked(kind: Kind, part: int) -> None:
    assert not violated(cases(kind, 1, round(kind.share * FIFTH), part, PARTS))


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_a_case_that_is_played_from_its_start_is_judged_the_same(kind: Kind) -> None:
    for case in cases(kind, 3, 2):
        outcome, said = judge.whole(case)

        assert (said, judge.judged(case)) == ((), ()), case
        assert outcome.released or judge.beyond_us(case), case


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
def test_the_same_seed_gives_the_same_cases_and_a_name_gives_its_case(kind: Kind) -> None:
    some = list(cases(kind, 4, 5))

    assert list(cases(kind, 4, 5)) == some
    assert [Case.of(str(case)) for case in some] == some
    parts = [list(cases(kind, 4, 5, part, parts=3)) for part in range(3)]
    assert all(parts)
    assert [case for part in parts for case in part] == some


def test_two_runs_at_once_are_really_at_work_at_the_same_time() -> None:
    """Else nothing would be shown by their schedules."""
    for kind in TWO_RUNS:
        for case in cases(kind, 5, 2):
            outcome, _ = judge.whole(case)
            runs = [call.run for call in outcome.history if call.sitting == 0]

            assert runs != sorted(runs), case
