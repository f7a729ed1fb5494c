"""A Hub that says nothing, or that sends a byte now and then, holds nobody."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from platforms.huggingface.scene import Scene

from pubflow.errors import PubflowError, Transient
from pubflow.manifest import File
from pubflow.platforms.huggingface.api import Parcel
from pubflow.platforms.huggingface.client import Client
from pubflow.tokens import Secret
from pubflow.tree import files_below

REPO = "lab/w"
SILENCE = 0.2


class Stalling(ThreadingHTTPServer):
    """Answers, but for the one path at which it stalls."""

    daemon_threads = True
    at = ""
    how = ""
    slow = 0.0
    """Seconds before the bytes of a block are read."""
    status = 0
    """What is answered in place of a token for bytes by xet."""
    over: threading.Event
    heard: list[str]
    busy = most = 0
    """Blocks of bytes under way now, and the most at once."""

    def stall(self, out: Any) -> None:
        """For as long as the other side bears it."""
        if self.how == "a head that drips":
            self._drip(out, b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 100_000)
        elif self.how == "a body that drips":
            out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            self._drip(out, b" " * 100_000)
        elif self.how == "silence in the body":
            out.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"name"')
        self.over.wait()

    def _drip(self, out: Any, content: bytes) -> None:
        for n in range(len(content)):
            if self.over.is_set():
                return
            out.write(content[n : n + 1])
            out.flush()
            time.sleep(0.02)


class Answer(BaseHTTPRequestHandler):
    server: Stalling
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        if self.server.slow and "/xorbs/" in self.path:
            self.server.busy += 1
            self.server.most = max(self.server.most, self.server.busy)
            self.server.over.wait(self.server.slow)
            self.server.busy -= 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.heard.append(f"{self.command} {self.path}")
        host = f"http://127.0.0.1:{self.server.server_port}"
        self.close_connection = True
        if self.server.how and self.server.at in self.path:
            self.server.stall(self.wfile)
        elif self.server.status and "/xet-write-token/" in self.path:
            self.send_error(self.server.status)
        elif "/preupload/" in self.path:
            paths = [item["path"] for item in json.loads(body)["files"]]
            large = {"uploadMode": "lfs", "shouldIgnore": False}
            self._say({"files": [{"path": path, **large} for path in paths]})
        elif "/objects/batch" in self.path:
            items = json.loads(body)["objects"]
            action = {"actions": {"upload": {"href": f"{host}/bytes", "header": {}}}}
            self._say({"transfer": "basic", "objects": [item | action for item in items]})
        elif "/xet-write-token/" in self.path:
            key = {"accessToken": "x", "exp": int(time.time()) + 3600, "casUrl": f"{host}/cas"}
            self._say(key)
        elif "/xorbs/" in self.path:
            self._say({"was_inserted": True})
        elif "/v1/shards" in self.path:
            self._say({"result": 1})
        elif self.path.startswith("/cas/"):
            self.send_error(404)
        else:
            self._say({})

    def _say(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def do_CONNECT(self) -> None:
        self.server.heard.append(f"CONNECT {self.path}")
        self.send_error(502)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = _answer

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Stalling]:
    with Stalling(("127.0.0.1", 0), Answer) as made:
        made.over, made.heard = threading.Event(), []
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.over.set()
        made.shutdown()


def client(server: Stalling, *, xet: bool = False, silence: float = SILENCE) -> Client:
    token = Secret("h" + "f_" + "Zz9" * 12)
    address = f"http://127.0.0.1:{server.server_port}"
    return Client(address, token, env={}, xet=xet, silence=silence)


def one_file(folder: Path) -> tuple[File, ...]:
    (folder / "w.safetensors").write_bytes(bytes(range(256)) * 4000)
    return files_below(folder)


READS: dict[str, Callable[[Client], object]] = {
    "user": lambda api: api.user(),
    "about": lambda api: api.about(REPO, "model"),
    "may_write": lambda api: api.may_write(REPO, "model"),
    "tags": lambda api: api.tags(REPO, "model"),
    "tree": lambda api: api.tree(REPO, "model", "main"),
    "history": lambda api: api.history(REPO, "model"),
    "branches": lambda api: api.branches(REPO, "model"),
    "text": lambda api: api.text(REPO, "model", "main", "README.md"),
    "examine": lambda api: api.examine("---\nlicense: mit\n---\n", "model"),
    "proposals": lambda api: api.proposals(REPO, "model", "title"),
    "proposal": lambda api: api.proposal(REPO, "model", 1),
    "collection": lambda api: api.collection("lab", "Paper"),
}
CHANGES: dict[str, Callable[[Client], object]] = {
    "create": lambda api: api.create(REPO, "model"),
    "set": lambda api: api.set(REPO, "model", public=True),
    "commit": lambda api: api.commit(
        REPO, "model", parent="a" * 40, title="t", text="", parcel=Parcel(), deleted=["x"]
    ),
    "write": lambda api: api.write(
        REPO, "model", revision="b", parent="a" * 40, path="c", text="t", title="claim"
    ),
    "tag": lambda api: api.tag(REPO, "model", "v1", "a" * 40),
    "branch": lambda api: api.branch(REPO, "model", "b"),
    "propose": lambda api: api.propose(REPO, "model", "title", ""),
    "decide": lambda api: api.decide(REPO, "model", 1, "merged"),
    "collect": lambda api: api.collect("lab", "Paper"),
    "add": lambda api: api.add("lab/paper-1", REPO, "model"),
}
STALLS = ["silence", "silence in the body", "a head that drips", "a body that drips"]


@pytest.mark.parametrize("how", STALLS)
@pytest.mark.parametrize("call", [*READS, *CHANGES])
def test_every_call_ends_in_a_message(server: Stalling, call: str, how: str) -> None:
    server.how = how
    with pytest.raises(Transient, match=r"^The Hub did not answer in time\.$"):
        (READS | CHANGES)[call](client(server))


@pytest.mark.parametrize("how", STALLS)
@pytest.mark.parametrize("at", ["/preupload/", "/objects/batch", "/bytes"])
def test_bytes_by_lfs_end_in_a_message(server: Stalling, tmp_path: Path, at: str, how: str) -> None:
    server.at, server.how = at, how
    with pytest.raises(Transient, match="did not answer in time"):
        client(server).send(REPO, "model", one_file(tmp_path), lambda size: None)


@pytest.mark.parametrize("how", ["silence", "a body that drips"])
@pytest.mark.parametrize("at", ["/preupload/", "/xet-write-token/", "/cas/"])
def test_bytes_by_xet_end_in_a_message(server: Stalling, tmp_path: Path, at: str, how: str) -> None:
    server.at, server.how = at, how
    with pytest.raises(Transient, match="did not answer in time"):
        client(server, xet=True).send(REPO, "model", one_file(tmp_path), lambda size: None)


def test_a_server_that_takes_no_bytes_ends_in_a_message(scene: Scene) -> None:
    """What is a change there is not sent a second time by the library itself either."""
    run = scene.run()
    run.apply(look := run.look(), look.actions[0])
    look = run.look()
    run.platform._silence = 0.3
    run.platform._made.clear()
    scene.arm("delay", seconds=2)
    with pytest.raises(Transient, match="did not answer in time"):
        run.apply(look, look.actions[0])
    run.platform._silence = 10.0
    run.platform._made.clear()
    assert run.release() == ["commit", "open", "tag"]


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (401, "The Hub does not let this token send bytes by xet (401)."),
        (403, "The Hub does not let this token send bytes by xet (403)."),
        (404, "This Hub takes no bytes by xet (404)."),
    ],
)
def test_a_hub_that_takes_no_bytes_by_xet_says_so(
    server: Stalling, tmp_path: Path, status: int, what: str
) -> None:
    server.status = status
    hub = client(server, xet=True, silence=30.0)
    with pytest.raises(PubflowError) as caught:
        hub.send(REPO, "model", one_file(tmp_path), lambda size: None)
    assert not isinstance(caught.value, Transient)
    assert caught.value.what == what
    assert ("xet = false" in caught.value.hint) is (status == 404)


def test_bytes_by_xet_are_told_while_they_go_and_nobody_else_hears_of_it(
    server: Stalling, tmp_path: Path
) -> None:
    told: list[int] = []
    files = one_file(tmp_path)
    server.how = ""
    [parcel] = client(server, xet=True, silence=10.0).send(REPO, "model", files, told.append)
    assert sum(told) == files[0].size
    assert len(parcel.content) == 1
    assert any(line.startswith("POST /cas/v1/xorbs/") for line in server.heard)
    assert not [line for line in server.heard if "telemetry" in line or "harness" in line]


def test_by_xet_a_slow_line_does_not_fill_the_memory(server: Stalling, tmp_path: Path) -> None:
    """Each block under way is 64 MiB of it; hf_xet alone has two here, and more with time."""
    server.slow = 1.0
    (tmp_path / "weights").mkdir()
    with (tmp_path / "weights/model.safetensors").open("wb") as file:
        for _ in range(3):
            file.write(os.urandom(64 * 2**20))
    files = files_below(tmp_path / "weights")
    client(server, xet=True, silence=30.0).send(REPO, "model", files, lambda size: None)
    assert server.most == 1


@pytest.mark.parametrize(
    ("spared", "asked", "said"),
    [("", True, "connection to the Hub broke"), ("hub.invalid", False, "could not be reached")],
)
def test_the_proxy_of_the_environment_is_asked_unless_it_is_told_not_to_be(
    server: Stalling, spared: str, asked: bool, said: str
) -> None:
    proxy = {"HTTPS_PROXY": f"http://127.0.0.1:{server.server_port}", "NO_PROXY": spared}
    stranger = Client("https://hub.invalid", None, env=proxy, xet=False, silence=5.0)
    with pytest.raises(Transient, match=said):
        stranger.about(REPO, "model")
    assert (server.heard == ["CONNECT hub.invalid:443"]) is asked
