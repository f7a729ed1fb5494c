"""What goes over the wire, and what is made of answers that no stand-in gives."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from platforms.zenodo.scene import TOKEN, Scene

from pubflow.actions import Stage
from pubflow.errors import PubflowError, Transient
from pubflow.http import Session
from pubflow.platforms.zenodo.api import Missing
from pubflow.platforms.zenodo.client import Client
from pubflow.platforms.zenodo.state import Record
from pubflow.tokens import Secret

Script = Callable[[str, str], tuple[int, dict[str, str], bytes]]
"""Method and path -> status, headers, body."""


@contextmanager
def answering(script: Script) -> Iterator[tuple[Client, list[tuple[str, str, dict[str, str]]]]]:
    """A server that answers as told, and what it was asked."""
    asked: list[tuple[str, str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            asked.append((self.command, self.path, dict(self.headers)))
            status, headers, body = script(self.command, self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        session = Session(f"http://127.0.0.1:{server.server_port}", Secret(TOKEN))
        yield Client(session), asked
    finally:
        server.shutdown()
        server.server_close()


def saying(status: int, body: object = None, **headers: str) -> Script:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda method, path: (status, named, content)


def test_a_full_rate_window_is_waited_out_before_the_next_request() -> None:
    reset = int(time.time()) + 1
    script = saying(200, {"id": "eng"}, X_RateLimit_Remaining="1", X_RateLimit_Reset=str(reset))
    with answering(script) as (client, asked):
        client.knows("vocabularies/languages/eng")
        client.knows("vocabularies/languages/deu")

    assert len(asked) == 2
    assert time.time() >= reset


def test_a_question_that_was_refused_is_no_answer() -> None:
    """Taken for a no, a record would go out with other words than the next run wants."""
    refusing = saying(403, {"message": "Forbidden"})
    with answering(refusing) as (client, _), pytest.raises(PubflowError):
        client.knows("vocabularies/licenses/mit")
    with answering(saying(404, {"message": "Not found"})) as (client, _):
        assert not client.knows("vocabularies/licenses/mit")


def test_retry_after_on_a_good_answer_is_no_wait() -> None:
    """Zenodo puts it on every answer."""
    started = time.monotonic()
    with answering(saying(200, {"id": "eng"}, Retry_After="60")) as (client, _):
        client.knows("vocabularies/languages/eng")
        client.knows("vocabularies/languages/deu")

    assert time.monotonic() - started < 30


def test_records_are_asked_for_in_invenios_own_form_and_files_in_plain_json(
    tmp_path: Path,
) -> None:
    record = {"id": "8", "entries": [], "key": "a b/ü.txt"}
    path = tmp_path / "a"
    path.write_text("x")
    with answering(saying(200, record)) as (client, asked):
        client.draft("8")
        client.init("8", ["a"])
        client.send("8", "a b/ü.txt", path, 1, lambda size: None)
        client.commit("8", "a")
        client.publish("8")

    forms = [(method, address, headers["Accept"]) for method, address, headers in asked]
    native = "application/vnd.inveniordm.v1+json, application/json;q=0.5"
    content = "/api/records/8/draft/files/a%20b/%C3%BC.txt/content"
    assert forms == [
        ("GET", "/api/records/8/draft", native),
        ("GET", "/api/records/8/draft/files", "application/json"),
        ("POST", "/api/records/8/draft/files", "application/json"),
        ("PUT", content, "application/json"),
        ("POST", "/api/records/8/draft/files/a/commit", "application/json"),
        ("POST", "/api/records/8/draft/actions/publish", native),
    ]
    sent = asked[3][2]
    assert (sent["Content-Type"], sent["Content-Length"]) == ("application/octet-stream", "1")
    assert {headers["User-Agent"].partition("/")[0] for _, _, headers in asked} == {"pubflow"}
    assert all("Content-Length" in headers for m, _, headers in asked if m != "GET")
    assert not any("Cookie" in headers for _, _, headers in asked)


def test_content_that_was_lost_inside_a_200_is_sent_again_later(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    lost = {"key": "a", "status": "completed", "errors": "File upload transfer failed."}
    with answering(saying(200, lost)) as (client, _), pytest.raises(Transient, match="lost a"):
        client.send("8", "a", path, 1, lambda size: None)


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"[]", b"null"])
def test_an_answer_that_is_no_json_object_is_unclear(body: bytes) -> None:
    with answering(saying(200, body)) as (client, _), pytest.raises(Transient):
        client.record("8")


@pytest.mark.parametrize(
    ("status", "missing"), [(403, Missing.HIDDEN), (404, Missing.ABSENT), (410, Missing.DELETED)]
)
def test_what_is_not_to_be_had_says_why(status: int, missing: Missing) -> None:
    with answering(saying(status, b"<html>")) as (client, _):
        assert client.record("8") is missing
        assert client.draft("8") is missing


def test_the_newest_version_is_where_the_redirect_leads(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data()))
    scene.release(scene.manifest(scene.data({"x": "y"}), version="2.0"))
    old, new = scene.records()
    client = Client(Session(scene.url, Secret(TOKEN)))

    assert client.latest(old["concept"]) == new["id"]
    newest = client.record(old["concept"])
    assert isinstance(newest, Record)
    assert newest.id == new["id"]
    assert client.latest("999999") == ""


def test_a_redirect_to_another_host_is_not_followed() -> None:
    script = saying(302, b"", Location="https://elsewhere.example/api/records")
    with answering(script) as (client, asked), pytest.raises(PubflowError, match="redirect"):
        client.search("")

    assert len(asked) == 1


def test_all_pages_of_a_listing_are_read() -> None:
    def script(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        count = 100 if "page=1&" in path + "&" else 3
        hits = [{"id": str(n)} for n in range(count)]
        return 200, {}, json.dumps({"hits": {"hits": hits}}).encode()

    with answering(script) as (client, asked):
        assert len(client.search("x")) == 103

    assert len(asked) == 2
    assert "allversions=true" in asked[0][1]


def test_an_instance_that_gives_smaller_pages_is_read_to_the_end() -> None:
    def script(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        number = int(path.partition("&page=")[2].partition("&")[0])
        hits = [{"id": str(n)} for n in range(60)][25 * (number - 1) :][:25]
        return 200, {}, json.dumps({"hits": {"hits": hits, "total": 60}}).encode()

    with answering(script) as (client, asked):
        assert [record.id for record in client.search("")] == [str(n) for n in range(60)]

    assert len(asked) == 3


def test_a_doi_that_was_reserved_already_is_no_error(scene: Scene) -> None:
    client = Client(Session(scene.url, Secret(TOKEN)))
    draft, _ = client.create({"metadata": {"title": "Meadows"}})
    client.reserve(draft.id)
    seen = client.draft(draft.id)

    client.reserve(draft.id)

    again = client.draft(draft.id)
    assert isinstance(seen, Record)
    assert isinstance(again, Record)
    assert seen.doi == again.doi != ""


def test_content_that_is_sent_after_a_commit_is_lost_and_noticed(scene: Scene) -> None:
    """The server answers 200, and says inside that nothing was kept."""
    client = Client(Session(scene.url, Secret(TOKEN)))
    draft, _ = client.create({"metadata": {"title": "Meadows"}})
    file = scene.file("a.csv", "1,2\n")
    client.init(draft.id, ["a.csv"])
    client.send(draft.id, "a.csv", file.source, file.size, lambda size: None)
    client.commit(draft.id, "a.csv")

    with pytest.raises(Transient, match=r"lost a\.csv while receiving it"):
        client.send(draft.id, "a.csv", file.source, file.size, lambda size: None)

    seen = client.draft(draft.id)
    assert isinstance(seen, Record)
    assert seen.files == ()


@pytest.mark.parametrize("broken", ["announced", "half", "other", "whole"])
def test_a_transfer_that_broke_off_is_begun_anew(scene: Scene, broken: str) -> None:
    """Whatever was left of it: nothing, half of it, other bytes, or all of it without a commit."""
    manifest = scene.manifest(scene.data({"a.csv": "1,2\n" * 100}))
    scene.release(manifest, until=Stage.RESERVE)
    [draft] = scene.records()
    client = Client(Session(scene.url, Secret(TOKEN)))
    file = manifest.targets[0].files[0]
    client.init(draft["id"], ["a.csv"])
    if broken == "half":
        with pytest.raises((Transient, PubflowError)):
            client.send(draft["id"], "a.csv", file.source, file.size + 5, lambda size: None)
    if broken in ("other", "whole"):
        sent = scene.file("a.csv", "other") if broken == "other" else file
        client.send(draft["id"], "a.csv", sent.source, sent.size, lambda size: None)

    seen = scene.release(manifest)

    [record] = scene.records()
    assert seen.plan.actions == ()
    assert [(f["size"], f["md5"].removeprefix("md5:")) for f in record["files"]] == [
        (file.size, file.md5)
    ]
