"""The control address over real sockets, with three stand-ins behind it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from rehearsal.keyvalue import MAKERS

from pubflow.rehearsal import Rehearsal


@pytest.fixture
def rehearsal() -> Iterator[Rehearsal]:
    with Rehearsal.start(makers=MAKERS) as rehearsal:
        yield rehearsal


def ask(
    url: str, method: str, path: str, body: Any = None, **headers: str
) -> tuple[http.client.HTTPResponse, Any]:
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    line.request(method, path, data, headers)
    answer = line.getresponse()
    text = answer.read()
    return answer, json.loads(text) if text else None


def test_counters_tell_reads_from_changes_for_each_platform(rehearsal: Rehearsal) -> None:
    github, zenodo = rehearsal.env["GITHUB_API_URL"], rehearsal.env["ZENODO_URL"]
    ask(github, "PUT", "/kv/a", b"1")
    ask(github, "GET", "/kv/a")
    ask(zenodo, "POST", "/search", {})
    ask(zenodo, "POST", "/refuse", {})
    answer, counters = ask(rehearsal.control, "GET", "/counters")
    assert answer.headers["content-type"] == "application/json"
    assert counters == {
        "github": {"reads": 1, "changes": 1},
        "huggingface": {"reads": 0, "changes": 0},
        "zenodo": {"reads": 2, "changes": 0},
    }
    assert counters == rehearsal.counters()


def test_the_world_is_the_stand_ins_own_and_the_log_is_in_order(rehearsal: Rehearsal) -> None:
    ask(rehearsal.env["ZENODO_URL"], "PUT", "/kv/a", b"1")
    ask(rehearsal.env["HF_ENDPOINT"], "GET", "/kv/b?x=1&y")
    _, world = ask(rehearsal.control, "GET", "/world")
    assert world == {
        "github": {"values": []},
        "huggingface": {"values": []},
        "zenodo": {"values": [{"name": "a", "size": 1}]},
        "log": [
            {
                "n": 1,
                "platform": "zenodo",
                "method": "PUT",
                "path": "/kv/a",
                "status": 201,
                "change": True,
            },
            {
                "n": 2,
                "platform": "huggingface",
                "method": "GET",
                "path": "/kv/b?x=1&y",
                "status": 404,
                "change": False,
            },
        ],
    }
    assert world == rehearsal.world()


@pytest.mark.parametrize(
    "query", ["token={}", "access_token={}", "X-Amz-Signature={}", "a=1&api_key={}&b=2", "q={}"]
)
def test_no_token_stays_in_the_log(rehearsal: Rehearsal, query: str) -> None:
    token = rehearsal.env["ZENODO_TOKEN"]
    ask(rehearsal.env["ZENODO_URL"], "GET", "/echo?" + query.format(token))
    path = rehearsal.world()["log"][0]["path"]
    assert path == "/echo?" + query.format("***")


def test_what_looks_like_a_real_token_is_masked_too(rehearsal: Rehearsal) -> None:
    strange = "gh" + "p_" + "a1" * 18
    ask(rehearsal.env["GITHUB_API_URL"], "GET", f"/{strange}/x?sig=abc&q={strange}")
    assert rehearsal.world()["log"][0]["path"] == "/***/x?sig=***&q=***"


def test_faults_are_armed_shown_and_met(rehearsal: Rehearsal) -> None:
    fault = {"platform": "github", "at": 2, "kind": "500"}
    assert ask(rehearsal.control, "POST", "/faults", [fault])[1] == [fault]
    assert ask(rehearsal.control, "GET", "/faults")[1] == [fault]
    github = rehearsal.env["GITHUB_API_URL"]
    ask(rehearsal.env["ZENODO_URL"], "GET", "/echo")
    assert ask(github, "GET", "/echo")[0].status == 200
    assert ask(github, "GET", "/echo")[0].status == 500
    assert ask(rehearsal.control, "GET", "/faults")[1] == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "the body is not JSON"),
        (b"", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        ([{"platform": "github", "at": 1, "kind": "x"}], "fault 1: kind must be one of"),
    ],
)
def test_wrong_faults_are_a_bad_request(rehearsal: Rehearsal, body: Any, error: str) -> None:
    answer, told = ask(rehearsal.control, "POST", "/faults", body)
    assert answer.status == 400
    assert [line.startswith(error) for line in told["errors"]] == [True]
    assert ask(rehearsal.control, "GET", "/faults")[1] == []


def test_reset_empties_world_log_counters_and_faults(rehearsal: Rehearsal) -> None:
    before = dict(rehearsal.env)
    ask(rehearsal.env["ZENODO_URL"], "PUT", "/kv/a", b"1")
    ask(rehearsal.control, "POST", "/faults", [{"platform": "zenodo", "at": 9, "kind": "429"}])
    assert ask(rehearsal.control, "POST", "/reset")[0].status == 200
    world = rehearsal.world()
    assert world["zenodo"] == {"values": []}
    assert world["log"] == []
    assert set(map(str, rehearsal.counters().values())) == {"{'reads': 0, 'changes': 0}"}
    assert ask(rehearsal.control, "GET", "/faults")[1] == []
    assert rehearsal.env == before
    ask(rehearsal.env["ZENODO_URL"], "GET", "/echo")
    assert rehearsal.world()["log"][0]["n"] == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/counters/", 404),
        ("DELETE", "/faults", 405),
        ("POST", "/counters", 405),
        ("GET", "/reset", 405),
        ("HEAD", "/world", 200),
    ],
)
def test_other_paths_and_methods_are_refused(
    rehearsal: Rehearsal, method: str, path: str, status: int
) -> None:
    answer, _ = ask(rehearsal.control, method, path)
    assert answer.status == status
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_a_web_page_cannot_reach_the_control_address(
    rehearsal: Rehearsal, header: dict[str, str]
) -> None:
    fault = {"platform": "github", "at": 1, "kind": "kill", "pid": 2, "when": "before"}
    assert ask(rehearsal.control, "POST", "/faults", [fault], **header)[0].status == 403
    assert ask(rehearsal.control, "GET", "/faults")[1] == []


def test_control_requests_are_in_no_log(rehearsal: Rehearsal) -> None:
    for path in ("/counters", "/world", "/faults", "/nowhere"):
        ask(rehearsal.control, "GET", path)
    assert rehearsal.world()["log"] == []
    assert all(count == {"reads": 0, "changes": 0} for count in rehearsal.counters().values())
