"""What went wrong, in three parts."""

from __future__ import annotations

from views.scene import Pipe, canary, text

from pubflow.errors import Blocked, Refused, Transient
from pubflow.platform import Problem
from pubflow.views import problems
from pubflow.views.text import say

MISTAKE = Problem(
    "publish.toml:12", 'unknown key "titel"', "it would be ignored", 'Did you mean "title"?'
)


def test_a_problem_is_one_line_that_editors_can_jump_to_and_its_remedy() -> None:
    assert text(problems.told([MISTAKE])).splitlines() == [
        'publish.toml:12: unknown key "titel", it would be ignored',
        '    Did you mean "title"?',
    ]


def test_an_unclear_answer_without_a_remedy_of_its_own_says_to_run_again() -> None:
    told = text(problems.failure(Transient("The connection broke."))).splitlines()

    assert told[0] == "The connection broke."
    assert "run the same command again" in told[-1]
    assert text(problems.failure(Transient("Busy.", hint="Wait."))).splitlines() == [
        "Busy.",
        "Wait.",
    ]


def test_the_same_problem_in_several_places_has_its_remedy_once() -> None:
    bare = [
        Problem(where, "no description", "only the title is seen", "Write one.", "warning")
        for where in ("code@shelf", "data.a@shelf")
    ]

    assert text(problems.told([MISTAKE, *bare])).splitlines() == [
        'publish.toml:12: unknown key "titel", it would be ignored',
        '    Did you mean "title"?',
        "code@shelf: warning: no description, only the title is seen",
        "data.a@shelf: warning: no description, only the title is seen",
        "    Write one.",
    ]


def test_a_whole_sentence_is_followed_by_its_reason_without_a_second_mark() -> None:
    said = Problem("data@hub", "The viewer knows no such format.", "Nobody can look into it.")

    assert text(problems.told([said])).splitlines() == [
        "data@hub: The viewer knows no such format. Nobody can look into it."
    ]


def test_a_long_problem_stays_on_its_line() -> None:
    long = Problem("publish.toml:3", "word " * 60 + "end")

    assert len(text(problems.told([long])).splitlines()) == 1


def test_a_problem_without_a_place_has_no_empty_place() -> None:
    assert text(problems.told([Problem("", "no network")])) == "no network"


def test_errors_are_told_before_warnings_and_notes() -> None:
    mixed = [
        Problem("a", "noted", severity="note"),
        Problem("b", "warned", severity="warning"),
        Problem("c", "wrong"),
    ]

    assert text(problems.told(mixed)).splitlines() == [
        "c: wrong",
        "b: warning: warned",
        "a: note: noted",
    ]


def test_many_mistakes_are_told_at_once_and_counted() -> None:
    warning = Problem("x", "odd", severity="warning")

    told = text(problems.failure(Blocked([MISTAKE, MISTAKE, warning])))

    assert told.endswith("\n\n2 problems to mend first.")
    assert told.count("publish.toml:12:") == 2


def test_an_error_is_what_why_and_a_command_on_a_line_of_its_own() -> None:
    error = Refused("Not published.", why="Nothing changed.", hint="Later:\n\n    pubflow release")

    assert text(problems.failure(error)).splitlines() == [
        "Not published.",
        "Nothing changed.",
        "Later:",
        "",
        "    pubflow release",
    ]


def test_errors_of_other_lanes_are_told_too() -> None:
    error = Transient("The forge was busy.")
    error.add_note("The shelf was busy.\nand more")

    assert text(problems.failure(error)).splitlines()[:2] == [
        "The forge was busy.",
        "also: The shelf was busy.",
    ]


def test_no_error_shows_a_secret() -> None:
    secret = canary()
    out = Pipe()
    error = Refused(f"{secret}", why=f"for {secret}", hint=f"see\n\n    {secret}")
    error.add_note(secret)

    say(problems.failure(error), out)
    say(problems.failure(Blocked([Problem(secret, secret, secret, secret)])), out)

    assert secret not in out.getvalue()
    assert out.getvalue().count("***") == 8


def test_an_answer_of_a_server_cannot_drive_the_terminal() -> None:
    out = Pipe()
    say(problems.failure(Refused("said \x1b[31mno\x9b")), out)

    assert out.getvalue() == "said \\x1b[31mno\\x9b\n"
