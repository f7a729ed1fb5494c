"""Taking back over a shelf in memory: order, a second look, and what must not be deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Open, release
from shelf import Crash, Notes, World

from pubflow import engine, lockfile
from pubflow.actions import Stage
from pubflow.assemble import LOCK, Opened
from pubflow.discard import Discarded, Found, discard, look
from pubflow.errors import Blocked, Interrupted, Refused, Transient
from pubflow.platform import Problem


@pytest.fixture
def taken_back(tmp_path: Path) -> Any:
    """`discard` of a release in `tmp_path`, where nobody objects."""

    def run(world: engine.World, approve: Any = lambda found: None) -> Discarded:
        loaded: Any = None
        cache: Any = None
        return discard(Opened(world, loaded, tmp_path, offline=False, cache=cache), approve)

    return run


def test_looking_changes_nothing_and_names_every_draft(opened: Open, shelf_world: World) -> None:
    release(opened(), Stage.RESERVE)

    found = look(opened())

    assert [action.id for action in found.actions] == [
        "weights.w@shelf/discard/2",
        "data.d@shelf/discard/1",
    ]
    assert shelf_world.changes == 2


@pytest.mark.parametrize("lose", [False, True])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [2, 3])
def test_a_crash_anywhere_costs_nothing_but_a_second_run(
    opened: Open, shelf_world: World, taken_back: Any, when: str, nth: int, lose: bool
) -> None:
    release(opened(), Stage.RESERVE)
    shelf_world.fuse = (when, nth)
    with pytest.raises(Crash):
        taken_back(opened())

    taken_back(opened("another.db" if lose else "journal.db"))

    assert shelf_world.records == {}
    assert shelf_world.log[2:] == ["discard 2", "discard 1"]
    release(opened())
    assert [record.public for record in shelf_world.records.values()] == [True, True]


def test_a_lost_answer_is_looked_up_not_repeated(
    opened: Open, shelf_world: World, taken_back: Any
) -> None:
    release(opened(), Stage.RESERVE)
    shelf_world.fuse, shelf_world.accident = ("after", 2), Transient("no answer", wait=0)
    watch = Notes()

    taken_back(opened(watch=watch))

    assert shelf_world.log[2:] == ["discard 2", "discard 1"]
    assert [event for event, _ in watch.told] == [
        "started",
        "waiting",
        "finished",
        "started",
        "finished",
    ]


def test_who_says_no_keeps_everything(opened: Open, shelf_world: World, taken_back: Any) -> None:
    release(opened(), Stage.RESERVE)

    def no(found: Found) -> None:
        raise Refused("no")

    with pytest.raises(Refused, match="no"):
        taken_back(opened(), no)

    assert shelf_world.changes == 2
    assert opened().journal.done()


def test_where_there_is_nothing_nobody_is_asked(opened: Open, taken_back: Any) -> None:
    def asked(found: Found) -> None:
        raise AssertionError("asked")

    assert taken_back(opened(), asked).actions == ()


def test_one_public_record_keeps_all_the_others(
    opened: Open, shelf_world: World, taken_back: Any
) -> None:
    shelf_world.fuse = ("before", 8)  # Between the two publications.
    with pytest.raises(Crash):
        release(opened())

    with pytest.raises(Refused, match="is not all private") as refused:
        taken_back(opened())

    assert "record 2 is public" in refused.value.why or "record 1 is public" in refused.value.why
    assert len(shelf_world.records) == 2


def test_what_turns_up_meanwhile_is_told_and_not_deleted(
    opened: Open, shelf_world: World, taken_back: Any
) -> None:
    release(opened(), Stage.RESERVE)
    key = shelf_world.records["2"].key

    with pytest.raises(Refused, match="shelf/discard/3"):
        taken_back(opened(), lambda found: shelf_world.create(key))

    assert list(shelf_world.records) == ["3"]
    taken_back(opened())
    assert shelf_world.records == {}


def test_ctrl_c_ends_it_between_two_drafts(
    opened: Open, shelf_world: World, taken_back: Any
) -> None:
    release(opened(), Stage.RESERVE)
    world = opened()
    world.watch = type("Impatient", (Notes,), {"finished": lambda self, action: world.stop.set()})()

    with pytest.raises(Interrupted, match="Stopped"):
        taken_back(world)

    assert list(shelf_world.records) == ["1"]


def test_nobody_is_asked_to_delete_after_ctrl_c(
    opened: Open, shelf_world: World, taken_back: Any
) -> None:
    release(opened(), Stage.RESERVE)
    world = opened()
    world.stop.set()

    with pytest.raises(Interrupted):
        taken_back(world, lambda found: pytest.fail("a person was asked"))


def test_a_release_of_another_name_is_not_taken_back_under_this_one(
    opened: Open, shelf_world: World, taken_back: Any
) -> None:
    release(opened(), Stage.RESERVE)

    with pytest.raises(Blocked):
        taken_back(opened(found=(Problem(LOCK, "this release was reserved as 'x'"),)))

    assert len(shelf_world.records) == 2


def test_the_journal_and_the_receipt_forget_this_version_and_no_other(
    opened: Open, tmp_path: Path, taken_back: Any
) -> None:
    release(opened(registers=False), Stage.RESERVE)
    for version in ("1.1.0", "1.2.0"):
        lockfile.write(tmp_path / LOCK, "lab/bacteria", version, {"tag": f"v{version}"})

    assert taken_back(opened(registers=False)).unlocked

    journal = opened(registers=False).journal
    assert (journal.done(), journal.unfinished(), journal.claim()) == ([], [], None)
    assert list(lockfile.read(tmp_path / LOCK).releases) == ["1.1.0"]
    assert not taken_back(opened(registers=False)).unlocked
