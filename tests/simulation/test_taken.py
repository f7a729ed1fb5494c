"""A file that one run takes out of a draft while another has pages open: when that is accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from simulation import Call, Case, Fault, Sitting, World, boundaries, judge, play
from simulation.ending import Company
from simulation.places import Held
from simulation.removed import RULES, removed
from simulation.verdict import Told, company_of

TAKEN = Case.of(
    "register lag=8 | runs=3 turns=1:18,2:19,0:8,2:21,1:4,2:13,1:18,2:2,0:5,1:5,0:18,1:1,0:8,1:23,"
    "2:11,0:9,2:24,0:6,2:22,1:4,0:6,2:19,1:12,2:9,0:3,1:7,0:15,2:2,0:13,2:12,0:3,1:9 other=0"
)
"""Run 2 opens the pages; run 0, of the other manifest, takes a file away and sends it anew; run 2
tags; then run 1 publishes."""

LACKS = "weights.digits-mlp@zenodo lacks files"


@dataclass(frozen=True)
class Line:
    """A line of the history, and the platforms after it."""

    call: Call
    held: dict[str, Held]


@pytest.fixture(scope="module")
def story() -> list[Line]:
    held: dict[int, dict[str, Held]] = {}
    outcome = play(TAKEN, lambda call, world: held.update({call.n: dict(world.held)}), fresh=True)
    lines, last = [], held[min(held)]
    for call in outcome.history:
        last = held.get(call.n, last)
        lines.append(Line(call, last))
    return [line for line in lines if line.call.sitting == 0]


def told(story: Sequence[Line], company: Company | None = None) -> list[str]:
    """What the judge says of a story, as it goes on."""
    watch = Told(judge.judge(TAKEN.scenario), company or company_of(TAKEN), claimed=False)
    history: list[Call] = []
    for line in story:
        history.append(line.call)
        if line.call.applied:
            watch(line.call, World(line.held, history=history))
    return [said for said in watch.found if LACKS in said]


def at(story: Sequence[Line], method: str, end: str, run: int) -> int:
    """The first line of a call of that run."""
    for line in story:
        call = line.call
        if (call.method, call.run) == (method, run) and call.path.partition("?")[0].endswith(end):
            return call.n
    raise LookupError(end)


def taken_at(story: Sequence[Line]) -> int:
    return at(story, "DELETE", "/draft/files/vocabulary.txt", 0)


def tagged_at(story: Sequence[Line]) -> int:
    calls = (line.call for line in story)
    return next(c.n for c in calls if c.applied and "/tag/" in c.path and c.run == 2)


def changed(story: Sequence[Line], n: int, **more: object) -> list[Line]:
    return [
        replace(line, call=replace(line.call, **more)) if line.call.n == n else line
        for line in story
    ]


def test_what_another_run_takes_out_of_a_draft_when_pages_are_open_is_accepted(
    story: list[Line],
) -> None:
    opened = at(story, "PUT", "/settings", 2)

    assert opened < taken_at(story) < tagged_at(story)
    assert not told(story)


def test_it_ends_with_one_release_whole_and_linked() -> None:
    outcome, said = judge.whole(TAKEN)

    assert outcome.released
    assert (said, judge.judged(TAKEN)) == ((), ())


def by_the_opener(story: list[Line]) -> list[Line]:
    """The run that opened the pages took the file."""
    return changed(story, taken_at(story), run=2)


def by_the_same(story: list[Line]) -> list[Line]:
    """The run that took the file goes on to tag."""
    return changed(story, tagged_at(story), run=0)


def seen_by_the_opener(story: list[Line]) -> list[Line]:
    """The run that tags has looked, and knows that the file is gone."""
    taken = story[taken_at(story)].call
    folder = taken.path.rpartition("/")[0]
    read = next(c.n for c in (line.call for line in story[taken.n :]) if c.run == 2)
    return changed(story, read, platform="zenodo", method="GET", path=folder)


def not_deleted(story: list[Line]) -> list[Line]:
    """The file is gone by no such request."""
    return changed(story, taken_at(story), method="PUT")


def never_whole(story: list[Line]) -> list[Line]:
    """A file was still to come when the pages opened, and came right after."""
    before = story[at(story, "POST", "/vocabulary.txt/commit", 2) - 1].held["zenodo"]
    opened = at(story, "PUT", "/settings", 2)
    return [
        replace(line, held={**line.held, "zenodo": before}) if line.call.n <= opened else line
        for line in story
    ]


@pytest.mark.parametrize(
    "harm", [by_the_opener, by_the_same, seen_by_the_opener, not_deleted, never_whole]
)
def test_pages_that_are_opened_over_a_draft_that_lacks_a_file_are_not(
    story: list[Line], harm: Callable[[list[Line]], list[Line]]
) -> None:
    assert told(harm(story))


@pytest.mark.parametrize("company", [Company(two=True), Company()])
def test_it_is_accepted_of_several_runs_alone(story: list[Line], company: Company) -> None:
    assert told(story, company)


def test_a_record_that_is_published_without_a_file_is_never_accepted(story: list[Line]) -> None:
    taken = taken_at(story)
    world = World(dict(story[taken].held))
    world.hand("zenodo", "POST", "/api/records/400002/draft/actions/publish")
    [by_hand] = world.history
    published = Line(replace(by_hand, n=taken + 1, run=1, by="run"), world.held)

    said = told([*story[: taken + 1], published])

    assert any("is published, and" in line for line in said)


def test_a_run_that_opens_pages_over_a_damaged_file_is_caught_in_company_too() -> None:
    rule = next(rule for rule in RULES if rule.name == "digests decide")
    sent = next(b for b in boundaries("first") if b.path.endswith("/config.json/content"))
    sitting = Sitting((Fault(sent.index, "corrupted"),), 2, ((0, 10_000), (1, 10_000)), other=(1,))
    case = Case("first", (sitting,))

    with removed(rule):
        said = judge.judged(case)

    assert any(line.startswith("I6 ") and "lacks files" in line for line in said)
    assert not judge.judged(case)
