"""HTTP on real sockets: framing, keep-alive, streaming, and what happens to what is not HTTP."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import random
import socket
import statistics
import struct
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from rehearsal.keyvalue import TOKEN, KeyValue

from pubflow.rehearsal.desk import Desk, Log
from pubflow.rehearsal.faults import Faults
from pubflow.rehearsal.server import Server


class Place:
    def __init__(self, folder: Path) -> None:
        self.log = Log(["zenodo"], [TOKEN])
        self.standin = KeyValue(folder)
        self.server = Server(Desk(self.standin, self.log, Faults(["zenodo"])).answer)

    def line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)

    def raw(self, *parts: bytes) -> bytes:
        """Send bytes as they are, and read until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as line:
            for part in parts:
                line.sendall(part)
            line.shutdown(socket.SHUT_WR)
            answer = b""
            while block := line.recv(65536):
                answer += block
        return answer


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.server.close()


def get(line: http.client.HTTPConnection, path: str, method: str = "GET", **rest: object):
    line.request(method, path, **rest)  # type: ignore[arg-type]
    answer = line.getresponse()
    return answer, answer.read()


def test_many_requests_share_one_connection(place: Place) -> None:
    line = place.line()
    line.connect()
    first = line.sock.getsockname()
    for n in range(5):
        answer, _ = get(line, f"/kv/{n}", "PUT", body=b"x" * n)
        assert answer.status == 201
    assert line.sock.getsockname() == first


def test_a_body_nobody_read_does_not_spoil_the_next_request(place: Place) -> None:
    line = place.line()
    line.connect()
    first = line.sock.getsockname()
    answer, _ = get(line, "/refuse", "POST", body=b"GET / HTTP/1.1\r\n\r\n" * 50_000)
    assert answer.status == 403
    answer, _ = get(line, "/echo")
    assert answer.status == 200
    assert line.sock.getsockname() == first


def test_a_refused_upload_too_large_to_drain_still_gets_its_answer(place: Place) -> None:
    line = place.line()
    answer, body = get(line, "/refuse", "POST", body=bytes(40 << 20))
    assert answer.status == 403
    assert json.loads(body) == {"message": "no"}
    assert answer.headers["connection"] == "close"


def test_a_chunked_body_arrives_whole(place: Place) -> None:
    line = place.line()
    blocks = [b"a" * 10, b"b" * 100_000, b"c"]
    answer, body = get(line, "/kv/a", "PUT", body=iter(blocks), encode_chunked=True)
    assert answer.status == 201
    assert json.loads(body)["sha256"] == hashlib.sha256(b"".join(blocks)).hexdigest()
    _, value = get(line, "/kv/a")
    assert value == b"".join(blocks)


def test_chunk_extensions_and_trailers_are_read_past(place: Place) -> None:
    answer = place.raw(
        b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;name=value\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n"
        b"GET /kv/a HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    assert answer.count(b"HTTP/1.1 ") == 2
    assert answer.endswith(b"\r\n\r\nabc")


def test_the_hundred_comes_before_the_body_is_sent(place: Place) -> None:
    with socket.create_connection(("127.0.0.1", place.server.port), timeout=10) as line:
        line.sendall(
            b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"abc")
        assert line.recv(100).startswith(b"HTTP/1.1 201 ")


def test_a_refused_upload_is_never_asked_for(place: Place) -> None:
    with socket.create_connection(("127.0.0.1", place.server.port), timeout=10) as line:
        line.sendall(
            b"POST /refuse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        assert line.recv(100).startswith(b"HTTP/1.1 403 ")


def test_head_has_the_length_and_no_body(place: Place) -> None:
    line = place.line()
    get(line, "/kv/a", "PUT", body=b"12345")
    answer, body = get(line, "/kv/a", "HEAD")
    assert (answer.headers["content-length"], body) == ("5", b"")
    answer, _ = get(line, "/echo", "HEAD")
    assert int(answer.headers["content-length"]) > 0
    answer, body = get(line, "/kv/a")
    assert body == b"12345"


def test_no_content_has_no_length(place: Place) -> None:
    line = place.line()
    answer, _ = get(line, "/nothing")
    assert answer.status == 204
    assert "content-length" not in answer.headers
    assert get(line, "/echo")[0].status == 200


def test_large_bodies_pass_in_constant_memory(place: Place) -> None:
    size = 96 << 20
    line = place.line()
    tracemalloc.start()
    try:
        line.putrequest("PUT", "/sizes")
        line.putheader("Content-Length", str(size))
        line.endheaders()
        block = bytes(1 << 20)
        for _ in range(size >> 20):
            line.send(block)
        body = json.loads(line.getresponse().read())
        line.request("GET", f"/zeros?n={size}")
        answer = line.getresponse()
        got = 0
        while part := answer.read(1 << 20):
            got += len(part)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (body["total"], got) == (size, size)
    assert body["largest"] <= 1 << 20
    assert peak < 16 << 20


def test_an_answer_without_a_length_goes_out_in_chunks(place: Place) -> None:
    answer, body = get(place.line(), "/zeros?n=3000000&chunked=1")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert len(body) == 3_000_000


def test_an_answer_shorter_than_it_says_breaks_the_line(place: Place, capfd) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        get(place.line(), "/short")
    assert "10 bytes were named, 3 came" in capfd.readouterr().err
    assert place.log.shown()[0]["status"] is None


def test_an_http_1_0_client_is_answered_and_hung_up_on(place: Place) -> None:
    answer = place.raw(b"GET /zeros?n=5&chunked=1 HTTP/1.0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n" + bytes(5))
    assert b"transfer-encoding" not in answer


def test_a_failure_of_the_stand_in_is_a_500_and_on_stderr(place: Place, capfd) -> None:
    line = place.line()
    answer, body = get(line, "/crash")
    assert answer.status == 500
    assert "the bug in the stand-in" in json.loads(body)["message"]
    assert "Traceback" in capfd.readouterr().err
    assert get(line, "/echo")[0].status == 200


def test_a_header_with_a_line_break_never_leaves(place: Place, capfd) -> None:
    answer, _ = get(place.line(), "/split")
    assert answer.status == 500
    assert "set-cookie" not in answer.headers
    assert "line break" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/banana\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"G{}T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon here\r\n\r\n", 400),
        (b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1_0\r\n\r\n", 400),
        (
            b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
            b"Content-Length: 2\r\n\r\nab",
            400,
        ),
        (
            b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_not_http_is_refused_and_in_no_log(place: Place, sent: bytes, status: int) -> None:
    answer = place.raw(sent)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == status
    assert place.log.shown() == []
    assert get(place.line(), "/echo")[0].status == 200


@pytest.mark.parametrize("chunks", [b"zz\r\nabc\r\n", b"2\r\nabc\r\n0\r\n\r\n"])
def test_broken_chunks_are_a_bad_request_and_change_nothing(place: Place, chunks: bytes) -> None:
    answer = place.raw(
        b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert place.standin.world() == {"values": []}
    assert place.log.counters() == {"zenodo": {"reads": 1, "changes": 0}}


@pytest.mark.parametrize(
    "head", [b"Content-Length: 10\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\nA\r\nabc"]
)
def test_half_an_upload_is_no_upload(place: Place, head: bytes) -> None:
    answer = place.raw(b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\n" + head)
    assert answer == b""
    assert place.standin.world() == {"values": []}
    assert [(line["status"], line["change"]) for line in place.log.shown()] == [(None, False)]


def test_a_client_that_dies_while_sending_is_no_failure_of_the_stand_in(
    place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", place.server.port), timeout=10) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.sendall(b"PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nabc")
        while not place.log.shown():
            time.sleep(0.005)
    place.server.close()
    assert place.log.shown()[0]["status"] is None
    assert place.log.counters() == {"zenodo": {"reads": 1, "changes": 0}}
    assert capfd.readouterr().err == ""


def test_no_bytes_bring_the_server_down(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(1)
    good = (
        b"PUT /kv/a?x=%41 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\n\r\nGET /kv/a HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    for _ in range(200):
        sent = bytearray(good)
        for _ in range(chance.randrange(1, 5)):
            sent[chance.randrange(len(sent))] = chance.randrange(256)
        with contextlib.suppress(ConnectionError):
            assert place.raw(bytes(sent[: chance.randrange(1, len(sent))]))[:5] in (b"", b"HTTP/")
    assert get(place.line(), "/echo")[0].status == 200
    assert capfd.readouterr().err == ""


def test_a_request_tells_how_the_client_reached_us(place: Place) -> None:
    line = place.line()
    _, body = get(line, "/echo/a%20b?x=1&x=2&y=")
    told = json.loads(body)
    assert told["base"] == f"http://127.0.0.1:{place.server.port}"
    assert told["path"] == "/echo/a%20b"
    assert told["query"] == {"x": ["1", "2"], "y": [""]}
    host = f"localhost:{place.server.port}"
    assert json.loads(get(line, "/echo", headers={"Host": host})[1])["base"] == f"http://{host}"
    foreign = {"Host": "evil.example"}
    assert json.loads(get(line, "/echo", headers=foreign)[1])["base"] == place.server.url


def test_a_target_with_its_host_is_a_path_too(place: Place) -> None:
    answer = place.raw(b"GET http://127.0.0.1/echo?a=b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["path"] == "/echo"


def test_no_answer_waits_for_nagle(place: Place) -> None:
    line = place.line()
    times = []
    for n in range(200):
        start = time.perf_counter()
        get(line, f"/kv/{n % 7}", "PUT", body=b"some bytes")
        times.append(time.perf_counter() - start)
    # Nagle's wait is 40 ms, and the system leaves it out of a connection's first answers only. Of
    # a busy machine's other waits a quarter of the requests is free.
    assert statistics.quantiles(times, n=4)[0] < 0.02


def test_a_slow_request_holds_up_nobody_else(place: Place) -> None:
    slow = threading.Thread(target=lambda: get(place.line(), "/gate"))
    slow.start()
    while not place.log.shown():
        time.sleep(0.005)
    assert get(place.line(), "/echo")[0].status == 200
    assert slow.is_alive()
    place.standin.gate.set()
    slow.join()


def test_a_closed_server_frees_its_port_and_ends_its_connections(place: Place) -> None:
    line = place.line()
    assert get(line, "/echo")[0].status == 200
    start = time.perf_counter()
    place.server.close()
    assert time.perf_counter() - start < 8  # Nobody asked, so there is nothing to wait for.
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        get(line, "/echo")
    desk = Desk(place.standin, place.log, Faults(["zenodo"]))
    place.server = Server(desk.answer, place.server.port)
    assert get(place.line(), "/echo")[0].status == 200


def test_a_request_under_way_is_finished_before_the_server_ends(place: Place) -> None:
    seen = []
    slow = threading.Thread(target=lambda: seen.append(get(place.line(), "/pause?s=0.3")[0].status))
    slow.start()
    while not place.log.shown():
        time.sleep(0.005)
    place.server.close()
    slow.join()
    assert seen == [200]
