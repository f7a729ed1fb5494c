"""What a person and a program see of what is taken back."""

from __future__ import annotations

import json
from typing import Any

from views.scene import CODE, RECORD, WEIGHTS, Pipe, canary, in_order, manifest, text

from pubflow.actions import Action, Stage
from pubflow.discard import Discarded, Found
from pubflow.errors import Refused
from pubflow.platform import Problem
from pubflow.views import discard as view
from pubflow.views import lines
from pubflow.views.text import columns, say

DRAFT = Action(RECORD, Stage.RESERVE, "discard", "8", says="delete draft 8", mark="-")
CLAIM = Action(CODE, Stage.RESERVE, "discard", "claim", says="delete the claim", last=True)
PAGE = "https://hub.example/lab/leaves/settings"
STAYS = Problem(WEIGHTS, "The repository stays.", "It is full.", f"Go to: {PAGE}", severity="note")


def found(**more: Any) -> Found:
    given = {"actions": (DRAFT, CLAIM), "stays": (STAYS,), "public": ()}
    return Found(manifest(), {}, **{**given, **more})


def test_what_goes_comes_first_and_what_stays_has_its_page() -> None:
    told = text(view.ahead(found()))

    assert in_order(
        told,
        "Leaves of grass 1.2.0: take it back",
        "Is deleted",
        RECORD,
        "- delete draft 8",
        CODE,
        "- delete the claim",
        "Stays",
        WEIGHTS,
        "= The repository stays. It is full.",
        f"      Go to: {PAGE}",
    )


def test_long_words_are_folded_and_addresses_are_left_whole() -> None:
    long = Problem(WEIGHTS, "It stays, " * 20, "so it is", PAGE + "x" * 90, severity="note")

    told = text(view.ahead(found(stays=(long,)))).splitlines()

    assert [line for line in told if columns(line) > 80] == [f"      {PAGE}{'x' * 90}"]


def test_at_the_end_only_what_was_not_told_yet_is_told() -> None:
    new = Problem(CODE, "The repository stays too.", severity="note")
    same = Discarded(manifest(), (DRAFT, CLAIM), (STAYS,), (STAYS,), True)
    other = Discarded(manifest(), (DRAFT, CLAIM), (STAYS,), (STAYS, new), False)

    assert "Stays" not in text(view.done(same))
    assert "2 things deleted. 1.2.0 can be released from the beginning." in text(view.done(same))
    assert "publish.lock" in text(view.done(same))
    assert in_order(text(view.done(other)), "Stays", CODE, "stays too", "2 things deleted")
    assert PAGE not in text(view.done(other))
    assert "publish.lock" not in text(view.done(other))


def test_nothing_to_delete_is_said_with_all_that_stays() -> None:
    told = text(view.done(Discarded(manifest(), (), (STAYS,), (STAYS,), False)))

    assert in_order(told, "There is nothing of 1.2.0 that pubflow would delete.", PAGE)


def test_programs_get_the_same_keys_however_it_ends() -> None:
    done = view.as_json(Discarded(manifest(), (DRAFT,), (STAYS,), (STAYS,), True))
    refused = view.failed(Refused("no"), "publish.toml", found())
    early = view.failed(Refused("no"), "publish.toml", None)

    assert done.keys() == refused.keys() == early.keys()
    assert [one["id"] for one in done["deleted"]] == [DRAFT.id]
    assert [one["id"] for one in refused["left"]] == [DRAFT.id, CLAIM.id]
    assert [one["what"] for one in early["problems"]] == ["no"]
    assert json.loads(lines.text(done)) == done


def test_foreign_words_neither_leak_nor_drive_the_terminal() -> None:
    secret = canary()
    foul = Problem(WEIGHTS, f"\x1b[2J{secret}", f"https://x/{secret}\n\x07", severity="note")
    pipe = Pipe()

    say(view.ahead(found(stays=(foul,))), pipe)

    assert secret not in pipe.getvalue()
    assert "\x1b" not in pipe.getvalue()
    assert "\x07" not in pipe.getvalue()
