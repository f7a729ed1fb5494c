"""What programs read."""

from __future__ import annotations

import json
from datetime import date

import pytest
from views.scene import CODE, PLANNED, RECORD, Gone, Pipe, canary, seen

from pubflow.actions import Action, Stage, Wave
from pubflow.errors import Blocked, Refused
from pubflow.known import Status
from pubflow.lockfile import Locked
from pubflow.platform import Problem
from pubflow.views import lines


def test_a_plan_is_one_object_of_the_promised_shape() -> None:
    problem = Problem("publish.toml:3", "no ROR id", severity="warning")

    told = json.loads(lines.text(lines.plan(seen(problems=[problem]))))

    assert list(told) == ["schema", "release", "actions", "links", "problems"]
    assert told["schema"] == 1
    assert told["release"] == {
        "identity": "lab/leaves",
        "title": "Leaves of grass",
        "version": "1.2.0",
        "tag": "v1.2.0",
        "date": "2026-11-20",
    }
    assert told["problems"] == [
        {
            "where": "publish.toml:3",
            "what": "no ROR id",
            "why": "",
            "hint": "",
            "severity": "warning",
        }
    ]


def test_actions_are_told_with_the_words_of_stages_and_waves() -> None:
    told = json.loads(lines.text(lines.plan(seen())))["actions"]

    assert all(
        list(action) == ["id", "target", "stage", "wave", "verb", "subject", "says", "size"]
        for action in told
    )
    assert [(a["stage"], a["wave"]) for a in told] == [
        ("reserve", None),
        ("reserve", None),
        ("upload", None),
        ("upload", None),
        ("upload", None),
        ("publish", "open"),
        ("publish", "seal"),
        ("publish", "seal"),
        ("publish", "follow"),
    ]
    assert told[4] == {
        "id": f"{RECORD}/upload/leaves.bin",
        "target": RECORD,
        "stage": "upload",
        "wave": None,
        "verb": "upload",
        "subject": "leaves.bin",
        "says": "upload leaves.bin",
        "size": 19_600,
    }
    assert told[0]["subject"] == ""
    assert told[0]["size"] is None


def test_links_are_told_by_target_with_null_for_what_is_not_there() -> None:
    told = json.loads(lines.text(lines.plan(seen())))["links"]

    assert told[RECORD] == {
        "url": "https://shelf.example/7",
        "version_url": "https://shelf.example/8",
        "doi": "10.5555/8",
        "concept_doi": "10.5555/7",
    }
    assert told["weights.leaves@hub"] == {
        "url": "https://hub.example/lab/leaves",
        "version_url": None,
        "doi": None,
        "concept_doi": None,
    }
    assert RECORD not in lines.plan(seen(unknown=[RECORD]))["links"]


@pytest.mark.parametrize(
    ("error", "where"),
    [
        (Blocked([Problem("publish.toml:3", "wrong")]), "publish.toml:3"),
        (Refused("wrong"), "publish.toml"),
    ],
)
def test_without_a_plan_the_shape_is_the_same(error: Refused | Blocked, where: str) -> None:
    told = lines.failed(error, "publish.toml")

    assert list(told) == list(lines.plan(seen()))
    assert told["release"] is None
    assert told["actions"] == []
    assert told["links"] == {}
    assert [(p["where"], p["what"], p["severity"]) for p in told["problems"]] == [
        (where, "wrong", "error")
    ]


def test_json_is_plain_ascii_and_a_line_is_a_line_to_everybody() -> None:
    out = Pipe("ascii")
    watch = lines.JsonLines(out)

    watch.started(Action(CODE, Stage.UPLOAD, "upload", "é\u2028\udcff", says="Tomás"))

    [line] = out.getvalue().splitlines()
    assert line.isascii()
    assert json.loads(line)["says"] == "Tomás"
    assert json.loads(line)["action"].endswith("é\u2028\udcff")


def test_a_release_is_one_object_a_line_and_the_last_says_how_it_ended() -> None:
    out = Pipe()
    watch = lines.JsonLines(out)
    upload = PLANNED[4]

    watch.started(upload)
    watch.sent(upload.id, 100)
    watch.waiting(upload, 1.26, "busy")
    watch.finished(upload)
    watch.failed(PLANNED[0], Refused("no", why="because", hint="try"))
    watch.done(seen(PLANNED[-1:]), "publish")

    told = [json.loads(line) for line in out.getvalue().splitlines()]
    identity = f"{RECORD}/upload/leaves.bin"
    assert told[:4] == [
        {"event": "started", "action": identity, "says": "upload leaves.bin", "size": 19_600},
        {"event": "waiting", "action": identity, "seconds": 1.3, "why": "busy"},
        {"event": "finished", "action": identity},
        {
            "event": "failed",
            "action": f"{CODE}/create",
            "what": "no",
            "why": "because",
            "hint": "try",
        },
    ]
    assert told[4]["event"] == "done"
    assert told[4]["until"] == "publish"
    assert told[4]["links"][RECORD]["doi"] == "10.5555/8"
    assert told[4]["release"]["version"] == "1.2.0"
    assert told[4]["left"] == [f"{RECORD}/list"]


def test_a_release_that_fails_ends_with_the_error_and_its_exit_code() -> None:
    out = Pipe()
    lines.JsonLines(out).error(Blocked([Problem("publish.toml:1", "wrong")]))
    lines.JsonLines(out).error(Refused("no"))

    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["event"], first["exit_code"]) == ("error", 1)
    assert first["problems"][0]["where"] == "publish.toml:1"
    assert (second["exit_code"], second["problems"]) == (3, [])


def test_json_shows_no_secret() -> None:
    secret = canary()
    out = Pipe()
    watch = lines.JsonLines(out)
    action = Action(CODE, Stage.PUBLISH, secret, secret, says=secret, wave=Wave.OPEN)

    watch.started(action)
    watch.failed(action, Refused(secret, why=secret, hint=secret))
    watch.error(Blocked([Problem(secret, secret, secret, secret)]))
    lines.say(lines.plan(seen([action], title=secret)), out)
    lines.say(lines.failed(Refused(secret), secret), out)

    assert secret not in out.getvalue()
    assert "***" in out.getvalue()


def test_a_reader_who_goes_away_does_not_stop_a_release() -> None:
    lines.JsonLines(Gone()).finished(PLANNED[0])


def test_a_status_is_json_whatever_the_receipt_holds() -> None:
    kept = {"1.2.0": {"date": date(2026, 11, 20), "targets": {CODE: {"ids": ["a", 1, True]}}}}
    known = Status("lab/leaves", "1.2.0", Locked("lab/leaves", kept), ("x/y",), ())

    told = json.loads(lines.text(lines.status(known)))

    assert told == {
        "schema": 1,
        "identity": "lab/leaves",
        "version": "1.2.0",
        "releases": {"1.2.0": {"date": "2026-11-20", "targets": {CODE: {"ids": ["a", 1, True]}}}},
        "unfinished": ["x/y"],
        "problems": [],
    }
