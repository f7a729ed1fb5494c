from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import date

import pytest
import shelf
from conftest import Open, release
from shelf import Crash, Notes, ShelfState, World

from pubflow import engine
from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.errors import Blocked, Interrupted, PlanGrew, PubflowError, Refused, Transient
from pubflow.links import Links
from pubflow.manifest import Target, version_order
from pubflow.plan import Plan
from pubflow.platform import Problem

CHANGES = 9  # Two drafts, three files, two descriptions, two publications...
CHANGES += 2  # ...and two listings.


def test_a_release_links_every_record_to_the_others(opened: Open, shelf_world: World) -> None:
    release(opened())

    assert {r.related for r in shelf_world.records.values()} == {("10.5555/2",), ("10.5555/1",)}
    assert all(r.public and r.listed for r in shelf_world.records.values())


def test_a_published_release_has_an_empty_plan(opened: Open) -> None:
    release(opened())

    assert not engine.look(opened()).plan


def test_the_first_plan_says_all_that_is_then_done(opened: Open, shelf_world: World) -> None:
    plan = engine.look(opened()).plan
    watch = Notes()

    release(opened(watch=watch))

    done = [action for event, action in watch.told if event == "finished"]
    assert sorted(done) == sorted(action.id for action in plan)
    assert shelf_world.changes == CHANGES == len(plan.actions)


@pytest.mark.parametrize("lose_journal", [False, True])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", range(CHANGES))
def test_a_crash_anywhere_costs_nothing_but_a_second_run(
    opened: Open, shelf_world: World, when: str, nth: int, lose_journal: bool
) -> None:
    shelf_world.fuse = (when, nth)
    with pytest.raises(Crash):
        release(opened())

    release(opened("another.db" if lose_journal else "journal.db"))

    assert len(shelf_world.records) == 2
    assert all(r.public and r.listed for r in shelf_world.records.values())
    assert shelf_world.changes == CHANGES


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", range(CHANGES))
def test_a_lost_answer_is_looked_up_not_repeated(
    opened: Open, shelf_world: World, when: str, nth: int
) -> None:
    shelf_world.fuse = (when, nth)
    shelf_world.accident = Transient("503 from the shelf", wait=0)

    release(opened())

    assert len(shelf_world.records) == 2
    assert shelf_world.changes == CHANGES


def test_a_draft_that_nobody_finds_is_never_published(opened: Open, shelf_world: World) -> None:
    """The answer to the create is lost, and the search does not show the draft either."""
    shelf_world.fuse = ("after", 0)
    with pytest.raises(Crash):
        release(opened())
    shelf_world.hidden_from_search = 1
    release(opened("lost.db"))
    shelf_world.hidden_from_search = 0

    public = [r for r in shelf_world.records.values() if r.public]
    assert len(public) == 2
    assert len({r.key for r in public}) == 2


def test_nothing_is_public_until_everything_is_uploaded(opened: Open, shelf_world: World) -> None:
    shelf_world.fuse = ("before", 7)  # The last change before the first `publish`.
    with pytest.raises(Crash):
        release(opened())

    assert not any(r.public for r in shelf_world.records.values())


@pytest.mark.parametrize("jobs", [1, 4])
def test_until_reserve_makes_addresses_and_nothing_else(
    opened: Open, shelf_world: World, jobs: int
) -> None:
    seen = release(opened(jobs=jobs), Stage.RESERVE)

    assert shelf_world.changes == 2
    assert seen.plan.links.settled
    assert not any(r.files or r.public for r in shelf_world.records.values())


def test_until_upload_leaves_only_the_publishing_to_do(opened: Open, shelf_world: World) -> None:
    seen = release(opened(), Stage.UPLOAD)

    assert {action.stage for action in seen.plan} == {Stage.PUBLISH}
    assert not any(r.public for r in shelf_world.records.values())


def test_nothing_is_published_when_the_person_says_no(opened: Open, shelf_world: World) -> None:
    def no(plan: Plan) -> None:
        raise Refused("not approved")

    with pytest.raises(Refused):
        release(opened(), approve=no)

    assert not any(r.public for r in shelf_world.records.values())


@pytest.mark.parametrize("thought", [0.0, 600.0])
def test_what_changed_while_the_person_thought_it_over_is_seen(
    opened: Open, shelf_world: World, thought: float
) -> None:
    clock = [0.0]

    def yes(plan: Plan) -> None:
        clock[0] += thought
        for number, record in shelf_world.records.items():
            shelf_world.records[number] = replace(record, related=("by hand",))

    with pytest.raises((PlanGrew, Refused)) if thought else nullcontext():
        release(opened(now=lambda: clock[0]), approve=yes)

    assert any(r.public for r in shelf_world.records.values()) == (not thought)


def test_a_plan_with_an_error_changes_nothing(opened: Open, shelf_world: World) -> None:
    with pytest.raises(Blocked, match="1 problem"):
        release(opened(found=(Problem("publish.toml:3", "no"),)))

    assert shelf_world.changes == 0


def test_a_warning_does_not_stop_a_release(opened: Open, shelf_world: World) -> None:
    release(opened(found=(Problem("publish.toml:3", "hm", severity="warning"),)))

    assert shelf_world.changes == CHANGES


def test_the_plan_may_not_grow_after_approval(opened: Open) -> None:
    plan = engine.look(opened()).plan

    with pytest.raises(PlanGrew, match=r"data\.d@shelf/publish") as told:
        plan.within(plan.ids - {"data.d@shelf/publish"})

    assert "Another run of it may be at work." in told.value.why


def test_what_nobody_was_shown_is_left_to_the_next_run_if_it_only_follows(
    opened: Open, shelf_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something to tidy up is seen when all is out: the release ends well, and a plan shows it."""
    plain = shelf.diff

    def seeing_more(target: Target, state: ShelfState, links: Links) -> Iterator[object]:
        yield from plain(target, state, links)
        if state.record is not None and state.record.public:
            yield Action(target.name, Stage.PUBLISH, "tidy", wave=Wave.FOLLOW)

    monkeypatch.setattr(shelf, "diff", seeing_more)

    seen = release(opened())

    assert shelf_world.changes == CHANGES
    assert [action.verb for action in seen.plan] == ["tidy", "tidy"]


def test_only_one_target_is_not_sealed_while_its_sibling_is_private(
    opened: Open, shelf_world: World
) -> None:
    release(opened(), Stage.UPLOAD)

    with pytest.raises(Refused, match=r"data\.d@shelf would still be private"):
        release(opened(), only=frozenset({"weights.w@shelf"}))

    assert not any(r.public for r in shelf_world.records.values())


def test_only_limits_what_is_uploaded(opened: Open, shelf_world: World) -> None:
    release(opened(), Stage.UPLOAD, frozenset({"weights.w@shelf"}))

    assert {name for r in shelf_world.records.values() for name, _ in r.files} == {"a", "b"}


def test_a_remote_that_stays_busy_ends_the_run_with_a_second_try_possible(
    opened: Open, shelf_world: World
) -> None:
    shelf_world.fuse = ("before", 3)
    shelf_world.accident = Transient("busy", wait=100)

    with pytest.raises(Transient) as busy:
        release(opened(budget=0.2))
    assert busy.value.exit_code == 75

    release(opened())
    assert shelf_world.changes == CHANGES


def test_a_failure_that_is_final_lets_the_other_lanes_finish(
    opened: Open, shelf_world: World
) -> None:
    shelf_world.fuse = ("before", 2)  # The first file of data.d, the first lane by name.
    shelf_world.accident = PubflowError("no space")

    with pytest.raises(PubflowError, match="no space"):
        release(opened())

    assert {name for r in shelf_world.records.values() for name, _ in r.files} == {"a", "b"}
    assert not any(r.public for r in shelf_world.records.values())


def test_what_follows_publishing_is_never_fatal(opened: Open, shelf_world: World) -> None:
    shelf_world.fuse = ("before", CHANGES - 1)
    shelf_world.accident = PubflowError("no such community")
    watch = Notes()

    seen = release(opened(watch=watch))

    assert [action.wave for action in seen.plan] == [Wave.FOLLOW]
    assert ("failed", "weights.w@shelf/list") in watch.told


class TwoLists(shelf.Shelf):
    """A shelf with a second list to stand in."""

    def diff(
        self, target: Target, state: ShelfState, links: Links
    ) -> Iterator[Action | Kept | Problem]:
        for item in super().diff(target, state, links):
            yield item
            if isinstance(item, Action) and item.verb == "list":
                yield replace(item, subject="another")


@pytest.mark.parametrize(
    ("accident", "tried"), [(PubflowError("no such community"), True), (Transient("gone"), False)]
)
def test_a_refusal_afterwards_keeps_nothing_else_from_being_tried_and_silence_does(
    opened: Open, shelf_world: World, accident: PubflowError, tried: bool
) -> None:
    shelf_world.fuse = ("before", CHANGES - 2)  # The first list of data.d, the first lane by name.
    shelf_world.accident = accident
    watch = Notes()
    world = opened(watch=watch, budget=0.0)

    release(replace(world, platforms={"shelf": TwoLists(shelf_world, world.claim)}))

    assert ("failed", "data.d@shelf/list") in watch.told
    assert (("started", "data.d@shelf/list/another") in watch.told) is tried
    assert ("finished", "weights.w@shelf/list/another") in watch.told


def test_ctrl_c_finishes_what_is_in_flight_and_a_second_run_goes_on(
    opened: Open, shelf_world: World
) -> None:
    stop = threading.Event()

    class Stopper(Notes):
        def started(self, action: engine.Action) -> None:
            super().started(action)
            if action.id == "data.d@shelf/upload/c":
                stop.set()

    with pytest.raises(Interrupted) as interrupted:
        release(opened(watch=Stopper(), stop=stop))
    assert interrupted.value.exit_code == 130
    assert shelf_world.log[-1] == "data.d@shelf/upload/c"

    release(opened())
    assert shelf_world.changes == CHANGES


def test_nobody_is_asked_to_publish_after_ctrl_c(opened: Open) -> None:
    release(opened(), Stage.UPLOAD)
    world = opened()

    with pytest.raises(Interrupted):
        engine.release(
            world,
            baseline=lambda plan: world.stop.set(),
            approve=lambda plan: pytest.fail("a person was asked"),
            settled=lambda seen: None,
            unchanged=lambda manifest: None,
        )


def test_every_change_has_an_intent_on_the_disk_before_it_leaves(
    opened: Open, shelf_world: World
) -> None:
    shelf_world.fuse = ("before", 4)
    with pytest.raises(Crash):
        release(opened())

    assert opened().journal.unfinished() == ["weights.w@shelf/upload/a"]


def test_two_releases_at_once_end_with_one_record_each(opened: Open, shelf_world: World) -> None:
    errors: list[BaseException] = []

    def run(journal: str) -> None:
        try:
            release(opened(journal, jobs=2))
        except (PubflowError, AssertionError) as error:
            errors.append(error)

    runs = [threading.Thread(target=run, args=(f"{n}.db",)) for n in range(3)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()

    public = [r.key for r in shelf_world.records.values() if r.public]
    assert len(public) == len(set(public)) == 2


@pytest.mark.parametrize(
    ("older", "newer"),
    [("1.9.0", "1.10.0"), ("1.0.0-rc.1", "1.0.0"), ("1.0.0-rc.2", "1.0.0-rc.10"), ("1.0", "2.0")],
)
def test_versions_are_ordered_as_people_mean_them(older: str, newer: str) -> None:
    assert version_order(older) < version_order(newer)


def test_a_release_date_is_fixed_at_the_first_run(opened: Open) -> None:
    undated = shelf.a_manifest()
    undated = replace(undated, release=replace(undated.release, date=None))
    world = opened(manifest=undated)
    assert engine.dated(world, {}).release.date is None
    seen = release(world, Stage.RESERVE)

    assert seen.manifest.release.date == date(2026, 11, 20)
    assert engine.dated(opened(manifest=undated), {}).release.date == date(2026, 11, 20)
