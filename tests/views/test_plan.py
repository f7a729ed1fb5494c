"""The plan, read at a glance."""

from __future__ import annotations

from dataclasses import replace

import pytest
from views.scene import CODE, PLANNED, RECORD, WEIGHTS, Pipe, canary, in_order, seen, text

from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.links import Links
from pubflow.platform import Problem
from pubflow.views import plan as view
from pubflow.views.text import say


def test_the_plan_is_told_in_the_order_in_which_it_happens() -> None:
    told = text(view.human(seen()))

    assert in_order(
        told,
        "Leaves of grass 1.2.0",
        "tag v1.2.0, dated 2026-11-20",
        "Reserve and upload: nothing of it is public",
        "create the private repository",
        "reserve a DOI",
        "Open: public",
        "make it public",
        view.NO_RETURN,
        "Seal:",
        "push the tag",
        "publish for good",
        "Follow",
        "list it in the collection",
        "Links",
        "9 changes, 19.6 kB to send. The plan changed nothing.",
        "    pubflow release --until reserve",
        "    pubflow release",
    )


def test_nothing_that_cannot_be_undone_stands_above_the_line() -> None:
    above, below = text(view.human(seen())).split(view.NO_RETURN)

    for action in PLANNED:
        assert (action.says in below) == (action.wave in (Wave.SEAL, Wave.FOLLOW))
        assert (action.says in above) == (action.wave not in (Wave.SEAL, Wave.FOLLOW))


def test_without_anything_to_seal_there_is_no_line() -> None:
    harmless = [a for a in PLANNED if a.wave is not Wave.SEAL]

    assert view.NO_RETURN not in text(view.human(seen(harmless)))


def test_marks_say_what_is_new_changed_gone_and_kept() -> None:
    told = text(view.human(seen()))

    assert "    + upload leaves.bin (19.6 kB)" in told
    assert "    ~ set its topics" in told
    assert "    - take old.bin away" in told
    assert "    = config.json is there (583 B)" in told


def test_a_file_that_is_there_already_is_named_once() -> None:
    kept = [Kept(WEIGHTS, "config.json is unchanged", "config.json", 583)]

    told = text(view.human(seen(kept=kept)))

    assert "    = config.json is unchanged (583 B)" in told
    assert "config.json config.json" not in told


def test_each_target_is_named_once_in_each_part() -> None:
    private = text(view.human(seen())).split("Open: public")[0].splitlines()

    assert [line.strip() for line in private if line.startswith("  ") and line[2] != " "] == [
        CODE,
        RECORD,
        WEIGHTS,
    ]


def uploads(number: int, stage: Stage = Stage.UPLOAD) -> list[Action]:
    return [
        Action(RECORD, stage, "upload", f"{n}.bin", says=f"upload {n}.bin", size=1000 * n)
        for n in range(1, number + 1)
    ]


def test_up_to_eight_files_are_told_one_by_one() -> None:
    told = text(view.human(seen(uploads(8))))

    assert all(f"+ upload {n}.bin ({n}.0 kB)" in told for n in range(1, 9))


def test_more_than_eight_files_are_told_as_one_with_their_sum() -> None:
    others = [Action(RECORD, Stage.UPLOAD, "describe", says="describe the record")]
    told = text(view.human(seen(uploads(9) + others)))

    assert "    + upload 9 files, the largest 9.bin (45.0 kB)" in told
    assert "upload 1.bin" not in told
    assert "    + describe the record" in told


def test_files_of_two_stages_are_never_told_as_one() -> None:
    told = text(view.human(seen(uploads(9, Stage.RESERVE) + uploads(10))))

    assert "upload 9 files" in told
    assert "upload 10 files" in told


def test_new_and_vanished_files_are_never_told_as_one() -> None:
    gone = [replace(a, verb="drop", mark="-", size=None) for a in uploads(9)]

    told = text(view.human(seen(uploads(9) + gone)))

    assert "    + upload 9 files, the largest 9.bin (45.0 kB)" in told
    assert "    - drop 9 files" in told


def test_many_kept_files_are_told_as_one_but_not_what_is_no_file() -> None:
    kept = [Kept(RECORD, "is there", f"{n}.bin", 1000) for n in range(9)]

    told = text(view.human(seen(kept=[*kept, Kept(RECORD, "a draft is there")])))

    assert "    = 9 files there already (9.0 kB)" in told
    assert "    = a draft is there" in told


def test_ten_thousand_files_are_told_at_once() -> None:
    told = text(view.human(seen(uploads(10_000))))

    assert "upload 10,000 files" in told
    assert len(told.splitlines()) < 40


def test_an_empty_plan_says_that_everything_is_released() -> None:
    told = text(view.human(seen(())))

    assert told.endswith("No changes. Everything is released.")
    assert "pubflow release" not in told
    assert "nothing of it is public" not in told
    assert in_order(told, "There already", WEIGHTS, "= config.json", "Links")


def test_errors_come_first_and_warnings_last() -> None:
    error = Problem("publish.toml:7", "the tag is elsewhere", "moving it breaks links", "Raise it.")
    warning = Problem(RECORD, "no ROR id", severity="warning")
    note = Problem("publish.toml", "licence inherited", severity="note")

    told = text(view.human(seen(problems=(note, warning, error))))

    assert in_order(
        told,
        "publish.toml:7: the tag is elsewhere, moving it breaks links",
        "    Raise it.",
        "Reserve and upload",
        "Links",
        f"{RECORD}: warning: no ROR id",
        "publish.toml: note: licence inherited",
        "1 problem to mend first. Nothing can be released yet.",
    )
    assert "pubflow release" not in told


def test_the_links_that_will_exist_are_listed() -> None:
    told = text(view.human(seen()))
    links = told.partition("\nLinks\n")[2]

    assert f"{CODE}            https://forge.example/lab/leaves/v1.2.0" in links
    assert f"{RECORD}  https://doi.org/10.5555/8" in links


def test_a_link_nobody_can_know_yet_is_promised() -> None:
    told = text(view.human(seen(unknown=[RECORD])))

    assert f"{RECORD}  an address, known once it is reserved" in told


@pytest.mark.parametrize(
    ("actions", "advice"),
    [
        (PLANNED, ["release --until reserve", "release"]),
        ([a for a in PLANNED if a.stage > Stage.RESERVE], ["release --until upload", "release"]),
        ([a for a in PLANNED if a.stage > Stage.UPLOAD], ["release"]),
        ([a for a in PLANNED if a.wave is Wave.FOLLOW], ["release"]),
    ],
)
def test_the_last_lines_say_what_to_run_next(actions: list[Action], advice: list[str]) -> None:
    told = text(view.human(seen(actions)))

    assert [line for line in told.splitlines() if line.startswith("    pubflow")] == [
        f"    pubflow {words}" for words in advice
    ]


def test_a_paper_under_review_is_told_to_stay_private() -> None:
    told = text(view.human(seen(status="under-review")))

    assert "stops before anything is public" in told


def test_every_line_fits_into_eighty_columns() -> None:
    long = "a sentence that goes on and on, as sentences of platforms do at times, " * 3
    actions = [*PLANNED, Action(WEIGHTS, Stage.UPLOAD, "say", says=long, size=123_400)]

    told = text(view.human(seen(actions, title="On the " + "very " * 30 + "long title")))

    assert max(map(len, told.splitlines())) <= 80
    assert "(123.4 kB)" in told, "an amount stays on one line with its unit"


def test_a_title_cannot_drive_the_terminal() -> None:
    out = Pipe()
    hostile = Action(CODE, Stage.UPLOAD, "x", says="upload \x1b]0;owned\x07.bin")

    say(view.human(seen([hostile], title="Leaves\x1b[2J\nof grass")), out)

    assert "\x1b" not in out.getvalue()
    assert "Leaves\\x1b[2J\\nof grass 1.2.0" in out.getvalue()
    assert "upload \\x1b]0;owned\\x07.bin" in out.getvalue()


def test_a_plan_shows_no_secret_wherever_it_hides() -> None:
    secret = canary()
    out = Pipe()
    told = seen(
        [Action(CODE, Stage.UPLOAD, secret, secret, says=f"upload {secret}")],
        title=f"On {secret}",
        problems=[Problem(secret, secret, secret, secret)],
        kept=[Kept(CODE, secret, secret)],
    )

    say([*view.human(told), *view.gate(told.plan)], out)

    assert "***" in out.getvalue()
    assert secret not in out.getvalue()


def test_the_gate_shows_all_that_becomes_public_and_nothing_else() -> None:
    told = text(view.gate(seen().plan))

    assert in_order(
        told,
        "Becomes public now, and could be closed again",
        "make it public",
        "Cannot be undone",
        "push the tag",
        "publish for good",
        "Afterwards",
        "list it",
    )
    assert "upload" not in told


def test_a_run_says_beforehand_how_much_it_will_do() -> None:
    plan = seen().plan

    assert text(view.ahead(plan, Stage.PUBLISH)) == "9 changes, 19.6 kB to send."
    assert text(view.ahead(plan, Stage.RESERVE)) == "2 changes. Nothing of it becomes public."
    later = replace(plan, actions=PLANNED[-3:])
    assert text(view.ahead(later, Stage.UPLOAD)) == "Nothing is left to upload."
    done = replace(plan, actions=(), links=Links({}))
    assert text(view.ahead(done, Stage.PUBLISH)) == "No changes. Everything is released."
