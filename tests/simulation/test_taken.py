"""A file that one run takes out of a draft while another opens pages: when that is accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import pytest

from pubflow.platforms.zenodo import doing
from simulation import Call, Case, Fault, Sitting, World, boundaries, judge, play
from simulation.ending import Company
from simulation.places import Held
from simulation.removed import RULES, Rule, removed
from simulation.verdict import Told, charged, company_of

TAKEN = Case.of(
    "register | runs=2 turns=1:6,1:11,1:17,1:6,0:7,1:19,0:9,1:15,0:15,0:20,1:16,0:51,0:6,1:3,1:2,"
    "0:54,0:10,0:17,1:16,1:2,0:26,0:32,0:47"
)
OPENER, TAKER = 0, 1
"""One run looks for the last time; the other, which was paused, sends content after the commit, for
which the file goes; the first one opens the pages and tags; then the other goes on and publishes.
"""

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
    return [said for said in charged([*watch.found]) if LACKS in said]


def at(story: Sequence[Line], method: str, end: str, run: int) -> int:
    """The first line of a call of that run."""
    for line in story:
        call = line.call
        if (call.method, call.run) == (method, run) and call.path.partition("?")[0].endswith(end):
            return call.n
    raise LookupError(end)


def taken_at(story: Sequence[Line]) -> int:
    return at(story, "PUT", "/draft/files/model.safetensors/content", TAKER)


def tagged_at(story: Sequence[Line]) -> int:
    calls = (line.call for line in story)
    return next(c.n for c in calls if c.applied and "/tag/" in c.path and c.run == OPENER)


def changed(story: Sequence[Line], n: int, **more: object) -> list[Line]:
    return [
        replace(line, call=replace(line.call, **more)) if line.call.n == n else line
        for line in story
    ]


def test_what_another_run_takes_out_of_a_draft_after_the_last_look_is_accepted(
    story: list[Line],
) -> None:
    opened = at(story, "PUT", "/settings", OPENER)

    assert taken_at(story) < opened < tagged_at(story)
    assert not told(story)


def test_it_ends_with_one_release_whole_and_linked() -> None:
    outcome, said = judge.whole(TAKEN)

    assert outcome.released
    assert (said, judge.judged(TAKEN)) == ((), ())


def by_the_opener(story: list[Line]) -> list[Line]:
    """The run that opened the pages took the file."""
    return changed(story, taken_at(story), run=OPENER)


def by_the_same(story: list[Line]) -> list[Line]:
    """The run that took the file goes on to tag."""
    return changed(story, tagged_at(story), run=TAKER)


def folder_of(story: list[Line]) -> str:
    return story[taken_at(story)].call.path.partition("/model.safetensors")[0]


def seen_by_the_opener(story: list[Line]) -> list[Line]:
    """The run that tags has looked, and knows that the file is gone."""
    taken = taken_at(story)
    read = next(c.n for c in (line.call for line in story[taken + 1 :]) if c.run == OPENER)
    return changed(story, read, platform="zenodo", method="GET", path=folder_of(story), status=200)


def never_seen(story: list[Line]) -> list[Line]:
    """The run that tags has never looked whether it is there."""
    for line in story:
        if line.call.run == OPENER and line.call.path == folder_of(story):
            story = changed(story, line.call.n, path="/api/records")
    return story


def not_deleted(story: list[Line]) -> list[Line]:
    """The file is gone by no such request."""
    return changed(story, taken_at(story), method="POST")


def never_whole(story: list[Line]) -> list[Line]:
    """A file was still to come when the pages opened."""
    before = story[at(story, "POST", "/vocabulary.txt/commit", OPENER) - 1].held["zenodo"]
    opened = at(story, "PUT", "/settings", OPENER)
    return [
        replace(line, held={**line.held, "zenodo": before}) if line.call.n <= opened else line
        for line in story
    ]


@pytest.mark.parametrize(
    "harm",
    [by_the_opener, by_the_same, seen_by_the_opener, never_seen, not_deleted, never_whole],
)
def test_pages_that_are_opened_over_a_draft_that_lacks_a_file_are_not(
    story: list[Line], harm: Callable[[list[Line]], list[Line]]
) -> None:
    assert told(harm(story))


@pytest.mark.parametrize("company", [Company(two=True), Company()])
def test_it_is_accepted_of_several_runs_alone(story: list[Line], company: Company) -> None:
    assert told(story, company)


def test_a_record_that_is_published_by_whoever_took_its_file_is_not_accepted(
    story: list[Line],
) -> None:
    taken = taken_at(story)
    world = World(dict(story[taken].held))
    world.hand("zenodo", "POST", "/api/records/400002/draft/actions/publish")
    [by_hand] = world.history
    published = Line(replace(by_hand, n=taken + 1, run=TAKER, by="run"), world.held)

    said = told([*story[: taken + 1], published])

    assert any("is published, and" in line for line in said)


def between_look_and_doi(rule: Rule | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All that is said, and what is charged, of a run that sends late exactly between another run's
    last look and its publishing."""
    sent = next(b.index for b in boundaries("register") if b.path.endswith("/content"))
    with removed(rule) if rule else nullcontext():
        alone = play(Case("register", (Sitting(runs=2, turns=((0, sent), (1, 10_000))),)))
        calls = [c for c in alone.history if c.run == 1 and c.path.endswith("/publish")]
        turns = ((0, sent), (1, calls[0].index), (0, 1), (1, 10_000))
        heard = judge.heard(Case("register", (Sitting(runs=2, turns=turns),)))
    return heard, charged(heard)


def test_a_doi_without_a_file_that_was_taken_right_after_the_look_before_it_is_accepted() -> None:
    heard, counted = between_look_and_doi()

    assert any(LACKS in line and "is published" in line for line in heard)
    assert not counted


def test_it_is_not_accepted_of_a_run_that_does_not_look_before_it_publishes() -> None:
    blind = Rule(
        "still whole",
        "nobody looks at the files before a DOI",
        lambda: [(doing.Doer, "_still_whole", lambda self, target, record: None)],
    )

    _, counted = between_look_and_doi(blind)

    assert any(LACKS in line and "is published" in line for line in counted)


def test_a_run_that_opens_pages_over_a_damaged_file_is_caught_in_company_too() -> None:
    rule = next(rule for rule in RULES if rule.name == "digests decide")
    sent = next(b for b in boundaries("first") if b.path.endswith("/config.json/content"))
    sitting = Sitting((Fault(sent.index, "corrupted"),), 2, ((0, 10_000), (1, 10_000)), other=(1,))
    case = Case("first", (sitting,))

    with removed(rule):
        said = judge.judged(case)

    assert any(line.startswith("I6 ") and "lacks files" in line for line in said)
    assert not judge.judged(case)
