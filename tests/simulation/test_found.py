"""What the simulation found in pubflow, each as the case that showed it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from pubflow.platforms.zenodo import reserving
from simulation import Case, Fault, Sitting, boundaries, judge, play
from simulation.cases import END, LAGS
from simulation.removed import Rule, removed


@pytest.mark.parametrize("scenario", ["next", "first"])
def test_a_run_that_wakes_up_after_another_has_released_leaves_no_draft(scenario: str) -> None:
    """It made the draft of a version after the one that was published meanwhile."""
    for pause in range(5, len(boundaries(scenario)), 17):
        case = Case(scenario, (Sitting(runs=2, turns=((0, pause), (1, 10_000))),))
        outcome = play(case)

        world = outcome.world.truth()
        drafts = [r["id"] for r in world["zenodo"]["records"] if not r["published"]]
        assert not drafts, f"{case}: {drafts} left"
        [repository] = world["github"]["repositories"]
        assert not [r for r in repository["releases"] if r["draft"]], str(case)


@pytest.mark.parametrize(("scenario", "begin"), [("next", 1), ("first", 0)])
def test_a_run_that_wakes_up_before_it_makes_a_draft_reads_first_what_is_claimed(
    scenario: str, begin: int
) -> None:
    """It might die before it could take its own back, which nobody else knows of.

    Not at the first draft of a next version: what was read of the claim less than two seconds
    before still counts there, and no clock moves here while a run sleeps.
    """
    told = (b for b in boundaries(scenario) if b.says.startswith("intent "))
    drafts = [b.index for b in told if b.says.endswith("/draft")]
    assert len(drafts) == 3
    for intent in drafts[begin:]:
        case = Case(scenario, (Sitting(runs=2, turns=((0, intent + 1), (1, END), (0, END))),))
        history = play(case).history
        woken = max(n for n, call in enumerate(history) if call.run == 1)
        posts = [c.path for c in history[woken:] if (c.run, c.method) == (0, "POST")]
        made = [path for path in posts if path.endswith(("/releases", "/versions", "/records"))]
        assert not made, f"{case}: {made}"


FOUND = (
    "first lag=40 | runs=2 turns=0:5,1:13,0:13,1:17,0:7,1:16,0:5,1:12,0:6,1:13,0:11,1:24,0:14,"
    "1:15,0:8,1:9,0:7 other=1 1.121!killed",
    "next | runs=2 turns=0:4,1:2,0:1,1:6,0:3,1:2,0:6,1:6,0:5,1:1,0:6,1:2,0:4,1:6,0:3,1:2,0:4,1:1,"
    "0:3,1:3,0:6,1:2,0:4,1:3,0:4,1:1,0:5,1:3,0:2,1:6,0:1,1:4 74!killed-applied",
)


@pytest.mark.parametrize("name", FOUND)
def test_a_draft_of_a_run_that_slept_and_died_does_not_stay(name: str) -> None:
    """Two in a hundred thousand cases, on 2026-12-01."""
    assert not judge.judged(Case.of(name))


def test_a_draft_whose_answer_was_lost_goes_even_if_searches_are_late_for_long() -> None:
    """It was looked for once, in a search that did not show the claimed draft either."""
    for lag in LAGS:
        for at in boundaries("register", lag):
            if (at.method, at.path) == ("POST", "/api/records"):
                case = Case("register", (Sitting((Fault(at.index, "error-applied"),)),), lag)
                assert not judge.judged(case), str(case)


def beside_another() -> Case:
    """Both have looked before there is a claim; one begins it, the other dies just after it made a
    draft; the first goes on. Where that is, is found by playing it."""
    claim = next(b.index for b in boundaries("first") if b.says == "outcome code@github/claim")
    met = ((1, claim - 2), (0, claim + 1), (1, END), (0, END))
    undying = play(Case("first", (Sitting(runs=2, turns=met),)))
    made = (c for c in undying.history if (c.run, c.method, c.path) == (1, "POST", "/api/records"))
    died = Fault(next(made).index, "killed-applied", 1)
    return Case("first", (Sitting((died,), 2, met),))


def test_a_draft_of_a_run_that_died_beside_another_does_not_stay() -> None:
    assert not judge.judged(beside_another())


def test_it_would_stay_if_nobody_said_beforehand_that_it_is_made() -> None:
    claimed = reserving.Reserver._claimed

    def silent(self: Any, target: Any, state: Any, alone: bool) -> str:
        return claimed(self, target, state, alone=True)

    rule = Rule("said before", "nobody is told", lambda: [(reserving.Reserver, "_claimed", silent)])

    with removed(rule):
        assert any("left over" in said for said in judge.judged(beside_another()))


SCHEDULES = (
    "first | runs=2 turns=0:146,1:17",
    "first | runs=2 turns=0:98,1:54,0:25,1:125",
    "first | runs=2 turns=0:41,1:107,0:145",
    "first | runs=2 turns=0:103,1:73,0:5",
    "first | runs=2 turns=0:81,1:26,0:54,1:82",
    "first | runs=2 turns=0:33,1:53,0:37",
    "first | runs=2 turns=0:79,1:51",
    "next | runs=2 turns=0:69,1:29",
    "next | runs=2 turns=0:94,1:146,0:142,1:52",
)


@pytest.mark.parametrize("name", SCHEDULES)
def test_of_two_runs_at_once_the_later_one_joins_or_is_refused(name: str) -> None:
    """What the other had done meanwhile was once told as an error of Zenodo's or the Hub's."""
    outcome = play(Case.of(name))

    assert {end.code for end in outcome.exits} <= {0, 3}, "\n".join(outcome.lines())
    assert outcome.released
    assert outcome.exits[-1].changes == 0


@pytest.mark.parametrize("scenario", ["first", "next", "register", "public"])
def test_of_two_runs_at_once_most_end_as_if_each_had_been_alone(scenario: str) -> None:
    chance = random.Random(scenario)
    codes = []
    for _ in range(12):
        turns = tuple((number % 2, chance.randint(1, 150)) for number in range(4))
        outcome = play(Case(scenario, (Sitting(runs=2, turns=turns),)))
        codes += [end.code for end in outcome.exits if end.sitting == 0]
        assert outcome.released

    assert set(codes) <= {0, 3}
    assert codes.count(0) > 4 * codes.count(3)
