"""What has to fail: a matrix that cannot turn red proves nothing."""

from __future__ import annotations

import random

import pytest

from simulation import Case, judge, naive, removed
from simulation.removed import RULES, Rule

SOME = 900


@pytest.mark.parametrize("scenario", naive.SCENARIOS)
def test_the_ordinary_script_releases_everything_where_nothing_goes_wrong(scenario: str) -> None:
    outcome, said = judge.whole(Case(scenario), naive.script)

    assert outcome.released
    assert not said


@pytest.mark.slow
def test_the_ordinary_script_fails_in_over_half_of_the_single_faults() -> None:
    matrix = list(naive.matrix())
    random.Random(1).shuffle(matrix)

    failed = sum(bool(judge.whole(case, naive.script)[1]) for case in matrix[:SOME])

    assert failed > SOME / 2


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_without_this_rule_the_matrix_turns_red(rule: Rule) -> None:
    found = removed.caught(rule)

    assert found is not None, f"{rule.says}, and nobody notices"
    assert found.said.startswith("I"), found


@pytest.mark.parametrize("name", ["DOIs last", "digests decide", "half an upload goes"])
def test_a_rule_that_is_removed_is_missed_and_then_it_is_back(name: str) -> None:
    rule = next(rule for rule in RULES if rule.name == name)

    found = removed.caught(rule)

    assert found is not None
    assert not judge.judged(found.case)
