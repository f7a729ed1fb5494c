"""The end of a run, and what is known without asking anybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from views.scene import CODE, PLANNED, RECORD, WEIGHTS, Pipe, canary, in_order, seen, text

from pubflow.actions import Stage
from pubflow.known import Status
from pubflow.lockfile import Locked
from pubflow.manifest import Revision
from pubflow.views import done
from pubflow.views.text import columns, say

PRIVATE = [a for a in PLANNED if a.stage > Stage.UPLOAD]


def test_the_end_is_a_box_of_links_and_dois_and_a_bibtex_entry() -> None:
    told = text(done.human(seen(()), Stage.PUBLISH))

    assert in_order(
        told,
        "Leaves of grass 1.2.0: released",
        CODE,
        "https://forge.example/lab/leaves/v1.2.0",
        RECORD,
        "https://shelf.example/8",
        "doi:10.5555/8",
        "doi:10.5555/7 (all versions)",
        "+---",
        "@",
        "10.5555/8",
        "    git add publish.lock",
    )


def test_the_box_is_straight_whatever_letters_it_holds() -> None:
    for title in ("Leaves", "図書館の葉" * 12, "very " * 40):
        told = text(done.human(seen((), title=title), Stage.PUBLISH)).splitlines()
        box = told[: told[1:].index(told[0]) + 2]

        assert {columns(line) for line in box} == {columns(box[0])}
        assert all(line[0] == line[-1] and line[0] in "+|" for line in box)


def test_reserved_dois_may_be_printed_and_nothing_is_public() -> None:
    later = [a for a in PLANNED if a.stage > Stage.RESERVE]

    told = text(done.human(seen(later), Stage.RESERVE))

    assert in_order(told, "reserved; nothing is public", "doi:10.5555/8", "may be printed now")
    assert told.endswith("\n\n    pubflow cite --latex\n    pubflow release --until upload")


@pytest.mark.parametrize(
    ("history", "ours", "pulls"),
    [("full", True, True), ("full", False, False), ("snapshot", True, False)],
)
def test_a_release_commit_on_top_of_the_authors_own_is_taken_over(
    history: str, ours: bool, pulls: bool
) -> None:
    out = seen(())
    code = out.manifest.targets[0]
    revision = Revision("c" * 40, "d" * 40, "e" * 40, "main", Path("code.git"), ours=ours)
    code = replace(code, artifact=replace(code.artifact, history=history), revision=revision)
    manifest = replace(out.manifest, targets=(code, *out.manifest.targets[1:]))

    told = text(done.human(replace(out, manifest=manifest), Stage.PUBLISH))

    assert ("\n    git pull\n    git add publish.lock" in told) is pulls
    assert told.endswith("    git add publish.lock")


def test_after_the_upload_only_the_opening_is_left() -> None:
    told = text(done.human(seen(PRIVATE), Stage.UPLOAD))

    assert "uploaded and compared; nothing is public" in told
    assert told.endswith("    pubflow release")


def test_what_was_left_out_is_not_called_done() -> None:
    told = text(done.human(seen(PLANNED[2:]), Stage.UPLOAD))

    assert "not finished yet" in told
    assert f"3 changes left for {CODE}, {WEIGHTS}, {RECORD}. Go on with:" in told


def test_stopping_early_at_a_finished_release_does_not_call_it_private() -> None:
    told = text(done.human(seen(()), Stage.RESERVE))

    assert "released" in told
    assert "nothing is public" not in told


def test_no_entry_is_printed_while_an_address_is_unknown() -> None:
    told = text(done.human(seen(PRIVATE, unknown=[RECORD]), Stage.UPLOAD))

    assert "@" not in told.replace(CODE, "").replace(WEIGHTS, "")


def test_the_end_shows_no_secret() -> None:
    secret = canary()
    out = Pipe()

    say(done.human(seen((), title=f"On {secret}"), Stage.PUBLISH), out)

    assert secret not in out.getvalue()


def known(state: str = "published", unfinished: tuple[str, ...] = (), **more: Any) -> Status:
    target = {"state": state, "url": "https://shelf.example/7", "doi": "10.5555/8"}
    releases = {"1.2.0": {"tag": "v1.2.0", "targets": {RECORD: target}}}
    return Status(
        "lab/leaves", "1.2.0", Locked("lab/leaves", releases), unfinished, more.get("done", ())
    )


def test_a_status_without_anything_says_how_to_begin() -> None:
    told = text(done.status(Status("lab/leaves", "1.2.0", Locked(), (), ())))

    assert told.startswith("lab/leaves 1.2.0\nNothing was released or reserved")
    assert told.endswith("    pubflow plan")


def test_a_status_tells_what_is_out_and_how_the_next_version_is_made() -> None:
    told = text(done.status(known()))

    assert in_order(told, "1.2.0, tag v1.2.0", RECORD, "published", "doi:10.5555/8")
    assert "raise the version in publish.toml" in told
    assert "Go on with" not in told


def test_a_status_tells_what_was_begun_and_how_to_go_on() -> None:
    told = text(done.status(known("reserved", (f"{RECORD}/upload/leaves.bin",))))

    assert in_order(told, "reserved", "Begun and not finished", f"{RECORD}/upload/leaves.bin")
    assert told.endswith("    pubflow release")


def test_a_status_of_what_is_only_reserved_offers_to_upload_before_anything_is_public() -> None:
    told = text(done.status(known("reserved")))

    assert told.endswith("\n\n    pubflow release --until upload\n    pubflow release")


def test_a_status_of_what_is_uploaded_offers_only_to_make_it_public() -> None:
    told = text(done.status(known("uploaded")))

    assert in_order(told, "uploaded", "doi:10.5555/8", "Everything is in place")
    assert told.endswith("\n\n    pubflow release")
    assert "--until" not in told


def test_a_status_of_a_raised_version_says_that_nothing_of_it_is_begun() -> None:
    told = text(done.status(replace(known(), version="1.3.0")))

    assert "Nothing of 1.3.0 was released or reserved from here yet." in told
    assert told.endswith("    pubflow plan")


def test_a_first_change_that_never_got_an_answer_is_told_too() -> None:
    told = text(done.status(Status("lab/leaves", "1.2.0", Locked(), ("a/b",), ())))

    assert "a/b" in told
    assert told.endswith("    pubflow release")
