from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
from shelf import ShelfRegister, World

from pubflow.claim import Claim, LocalRegister, Moved, marker
from pubflow.errors import Refused
from pubflow.journal import Journal

TODAY = date(2026, 11, 20)


def claim(world: World, identity: str = "lab/digits", version: str = "1.0.0") -> Claim:
    made = Claim(identity, version, TODAY)
    made.attach(ShelfRegister(world))
    return made


def test_what_was_settled_first_holds_for_everybody() -> None:
    world = World()
    one, two = claim(world), claim(world)
    assert one.date is None
    assert not two.begun

    assert one.settle("data.d@shelf", "record", "7") == "7"
    assert two.settle("data.d@shelf", "record", "8") == "7"
    assert claim(world).ids("data.d@shelf") == {"record": "7"}


def test_many_at_once_agree_on_one_value() -> None:
    world = World()
    held: list[str] = []

    def run(n: int) -> None:
        held.append(claim(world).settle("data.d@shelf", "record", str(n)))

    runs = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()

    assert len(set(held)) == 1


def test_the_release_date_is_that_of_the_first_run() -> None:
    world = World()
    claim(world).begin()
    later = Claim("lab/digits", "1.0.0", date(2027, 1, 1))
    later.attach(ShelfRegister(world))
    later.begin()

    assert later.date == TODAY


def test_of_two_runs_that_begin_at_once_one_knows_that_it_was_the_first() -> None:
    world = World()
    one, two = claim(world), claim(world)
    assert not one.begun
    assert not two.begun

    assert one.begin()
    assert not two.begin()
    assert one.begin()
    one.settle("data.d@shelf", "record", "7")
    assert one.begin()


def test_a_claim_of_another_release_is_refused() -> None:
    world = World()
    claim(world).begin()

    with pytest.raises(Refused, match="another release"):
        claim(world, "lab/letters").begin()


def test_a_claim_that_cannot_be_read_is_refused() -> None:
    world = World()
    world.register.append("<html>")

    with pytest.raises(Refused, match="cannot be read"):
        claim(world).ids("data.d@shelf")


def test_a_claim_does_not_tell_what_is_coming() -> None:
    world = World()
    claim(world, "lab/secret-idea").settle("weights.secret-model@shelf", "record", "7")

    assert "secret" not in world.register[-1]


def test_what_is_not_sealed_yet_may_move() -> None:
    world = World()
    claim(world).move("code@shelf", "commit", "aa")
    claim(world).move("code@shelf", "commit", "bb")

    assert claim(world).get("code@shelf", "commit") == "bb"


def test_a_marker_is_the_same_on_every_computer_and_differs_by_version() -> None:
    assert marker("lab/digits", "data.d", "1.0.0") == marker("lab/digits", "data.d", "1.0.0")
    assert marker("lab/digits", "data.d", "1.0.0") != marker("lab/digits", "data.d", "1.0.1")


def test_without_a_platform_that_keeps_it_the_claim_lies_in_the_journal(tmp_path: Path) -> None:
    def open_it() -> Claim:
        made = Claim("lab/digits", "1.0.0", TODAY)
        made.attach(LocalRegister(Journal(tmp_path / "journal.db", "digits")))
        return made

    assert open_it().settle("data.d@shelf", "record", "7") == "7"
    assert open_it().settle("data.d@shelf", "record", "8") == "7"
    with pytest.raises(Moved):
        LocalRegister(Journal(tmp_path / "journal.db", "digits")).write("late", None)
