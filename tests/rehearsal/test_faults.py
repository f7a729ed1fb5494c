"""Each kind of fault over real sockets, and what is refused as a fault."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rehearsal.keyvalue import KeyValue

from pubflow.rehearsal.desk import Desk, Log
from pubflow.rehearsal.faults import KINDS, BadFaults, Faults
from pubflow.rehearsal.server import Server


class Place:
    def __init__(self, folder: Path) -> None:
        self.log = Log(["zenodo"])
        self.faults = Faults(["zenodo"])
        self.standin = KeyValue(folder)
        self.server = Server(Desk(self.standin, self.log, self.faults).answer)

    def arm(self, kind: str, at: int = 1, **rest: Any) -> None:
        self.faults.add([{"platform": "zenodo", "at": at, "kind": kind, **rest}])

    def ask(self, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        line.request(method, path, body)
        return line.getresponse()

    def names(self) -> list[str]:
        return [value["name"] for value in self.standin.world()["values"]]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.server.close()


def test_cut_before_resets_the_line_and_changes_nothing(place: Place) -> None:
    place.arm("cut-before")
    with pytest.raises(ConnectionResetError):
        place.ask("PUT", "/kv/a", b"1")
    assert place.names() == []
    assert place.log.counters() == {"zenodo": {"reads": 1, "changes": 0}}
    assert place.ask("PUT", "/kv/a", b"1").status == 201


def test_cut_after_applies_and_loses_the_answer(place: Place) -> None:
    place.arm("cut-after")
    with pytest.raises(ConnectionResetError):
        place.ask("PUT", "/kv/a", b"1")
    assert place.names() == ["a"]
    line = place.log.shown()[0]
    assert (line["status"], line["change"]) == (None, True)
    assert place.log.counters() == {"zenodo": {"reads": 0, "changes": 1}}


def test_what_a_stand_in_does_while_it_streams_is_done_before_the_cut(place: Place) -> None:
    place.arm("cut-after")
    with pytest.raises(ConnectionResetError):
        place.ask("POST", "/late", b"")
    assert place.standin.done == ["late"]


def child(place: Place) -> subprocess.Popen[bytes]:
    code = f"""
    import socket
    line = socket.create_connection(("127.0.0.1", {place.server.port}), timeout=60)
    print("ready", flush=True)
    input()
    try:
        # As a whole: a process that stands still cannot send what is left of its request.
        line.sendall(b"PUT /kv/a HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 1\\r\\n\\r\\n1")
        line.recv(1000)
    finally:
        print("alive", flush=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize(("when", "names"), [("before", []), ("after", ["a"])])
def test_kill_ends_the_process_before_it_can_notice(
    place: Place, when: str, names: list[str]
) -> None:
    process = child(place)
    place.arm("kill", pid=process.pid, when=when)
    out, _ = process.communicate(b"\n", timeout=10)
    assert process.returncode == -9
    assert out == b""
    assert place.names() == names


def test_killing_a_process_that_is_gone_still_cuts(place: Place, capfd: Any) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    place.arm("kill", pid=process.pid, when="before")
    with pytest.raises(ConnectionResetError):
        place.ask("GET", "/echo")
    assert str(process.pid) in capfd.readouterr().err


def test_a_paused_process_stands_still_while_its_request_goes_on(place: Place) -> None:
    process = child(place)
    place.arm("pause", pid=process.pid, seconds=3600)
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()
    while place.names() != ["a"]:
        time.sleep(0.01)
    state = Path(f"/proc/{process.pid}/stat")
    while state.read_text().rpartition(")")[2].split()[0] != "T":
        assert process.poll() is None  # A process stops when it is next on a core.
        time.sleep(0.01)
    process.kill()
    assert process.communicate()[0] == b""


def test_a_paused_process_goes_on_after_its_time(place: Place) -> None:
    process = child(place)
    place.arm("pause", pid=process.pid, seconds=0.5)
    out, _ = process.communicate(b"\n", timeout=60)
    assert (out, process.returncode) == (b"alive\n", 0)


@pytest.mark.parametrize("status", [401, 403])
def test_a_final_refusal_applies_nothing(place: Place, status: int) -> None:
    place.arm(str(status))
    assert place.ask("PUT", "/kv/a", b"1").status == status
    assert place.names() == []


@pytest.mark.parametrize("status", [429, 500])
def test_a_refusal_applies_nothing_and_may_name_a_time(place: Place, status: int) -> None:
    place.arm(str(status), retry_after=7)
    place.arm(str(status), at=2)
    answer = place.ask("PUT", "/kv/a", b"1")
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")
    assert json.loads(answer.read())["status"] == status
    assert place.names() == []
    assert place.log.counters()["zenodo"]["changes"] == 0
    assert "retry-after" not in place.ask("PUT", "/kv/a", b"1").headers


def test_503_applied_is_applied_and_says_otherwise(place: Place) -> None:
    place.arm("503-applied")
    answer = place.ask("PUT", "/kv/a", b"1")
    assert answer.status == 503
    assert answer.headers["content-type"] == "text/html"
    assert place.names() == ["a"]
    line = place.log.shown()[0]
    assert (line["status"], line["change"]) == (503, True)


def test_odd_applied_is_applied_and_answers_json_of_no_platform(place: Place) -> None:
    place.arm("odd-applied")
    answer = place.ask("PUT", "/kv/a", b"1")
    assert (answer.status, json.loads(answer.read())) == (200, [None])
    assert place.names() == ["a"]


def test_delay_answers_late_but_as_always(place: Place) -> None:
    place.arm("delay", seconds=0.2)
    start = time.perf_counter()
    assert place.ask("PUT", "/kv/a", b"1").status == 201
    assert time.perf_counter() - start >= 0.2


def test_faults_count_from_when_they_were_armed(place: Place) -> None:
    place.ask("GET", "/echo")
    place.arm("500", at=3)
    assert [place.ask("GET", "/echo").status for _ in range(4)] == [200, 200, 500, 200]


def test_only_changes_are_counted_if_asked(place: Place) -> None:
    place.arm("500", at=2, only="changes")
    seen = [
        place.ask("PUT", "/kv/a", b"1").status,
        place.ask("GET", "/kv/a").status,
        place.ask("POST", "/search", b"{}").status,
        place.ask("DELETE", "/kv/a").status,
        place.ask("DELETE", "/kv/a").status,
    ]
    assert seen == [201, 200, 200, 500, 204]


def test_a_fault_can_last_for_several_requests(place: Place) -> None:
    place.arm("429", at=2, count=2)
    assert [place.ask("GET", "/echo").status for _ in range(4)] == [200, 429, 429, 200]


def test_what_is_armed_is_shown_as_from_now(place: Place) -> None:
    place.arm("429", at=2, count=3, retry_after=0)
    place.ask("GET", "/echo")
    place.ask("GET", "/echo")
    shown = place.faults.armed()
    assert shown == [
        {"platform": "zenodo", "at": 1, "kind": "429", "retry_after": 0, "count": 2},
    ]
    place.faults.clear()
    place.faults.add(shown)
    assert [place.ask("GET", "/echo").status for _ in range(3)] == [429, 429, 200]
    assert place.faults.armed() == []


def test_faults_of_one_request_add_up(place: Place) -> None:
    place.arm("delay", seconds=0.1)
    place.arm("cut-after")
    start = time.perf_counter()
    with pytest.raises(ConnectionResetError):
        place.ask("PUT", "/kv/a", b"1")
    assert time.perf_counter() - start >= 0.1
    assert place.names() == ["a"]


GOOD: dict[str, Any] = {"platform": "zenodo", "at": 1, "kind": "cut-before"}


@pytest.mark.parametrize(
    ("value", "mistakes"),
    [
        ({}, ["the body must be a list of faults"]),
        ([[]], ["fault 1: must be an object"]),
        ([GOOD, {**GOOD, "kind": "meteor"}], [f"fault 2: kind must be one of {', '.join(KINDS)}"]),
        ([{**GOOD, "platform": "kaggle"}], ["fault 1: platform must be one of zenodo"]),
        ([{**GOOD, "platform": []}], ["fault 1: platform must be one of zenodo"]),
        ([{**GOOD, "kind": {}}], [f"fault 1: kind must be one of {', '.join(KINDS)}"]),
        ([{**GOOD, "at": 0}], ["fault 1: at must be a whole number from 1 on"]),
        ([{**GOOD, "at": True}], ["fault 1: at must be a whole number from 1 on"]),
        ([{**GOOD, "when": "before"}], ["fault 1: unknown key when"]),
        ([{**GOOD, "only": "reads"}], ['fault 1: only must be "changes"']),
        ([{**GOOD, "count": "2"}], ["fault 1: count must be a whole number from 1 on"]),
        ([{**GOOD, "kind": "delay"}], ["fault 1: seconds is missing: seconds from 0 to 3600"]),
        (
            [{**GOOD, "kind": "delay", "seconds": -1}],
            ["fault 1: seconds must be seconds from 0 to 3600"],
        ),
        (
            [{**GOOD, "kind": "429", "retry_after": 0.5}],
            ["fault 1: retry_after must be a whole number of seconds"],
        ),
        (
            [{"kind": "kill", "pid": -1, "when": "now", "extra": 1}],
            [
                "fault 1: platform must be one of zenodo",
                "fault 1: at is missing: a whole number from 1 on",
                "fault 1: pid must be the number of a process that is not the stand-ins' own",
                'fault 1: when must be "before" or "after"',
                "fault 1: unknown key extra",
            ],
        ),
        (
            [{**GOOD, "kind": "kill", "pid": os.getpid(), "when": "before"}],
            ["fault 1: pid must be the number of a process that is not the stand-ins' own"],
        ),
    ],
)
def test_wrong_faults_are_refused_with_every_mistake(value: Any, mistakes: list[str]) -> None:
    faults = Faults(["zenodo"])
    with pytest.raises(BadFaults) as caught:
        faults.add(value)
    assert list(caught.value.mistakes) == mistakes
    assert faults.armed() == []
