"""Every "no" of a server, met by the real client at every kind of call."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pubflow.errors import PubflowError, Transient
from pubflow.platforms.huggingface.api import Parcel
from pubflow.platforms.huggingface.client import Client
from pubflow.tokens import Secret
from pubflow.tree import files_below

CONTRACTS = Path(__file__).parents[2] / "contracts"
REPO = "lab/w"


class Refusing(ThreadingHTTPServer):
    """Answers everything alike."""

    daemon_threads = True
    status = 500
    words = ""
    whole = b""
    """In place of an error that says the words."""
    headers: dict[str, str]
    asked: int = 0
    heard: bytes = b""
    """The body of the last request."""


class Answer(BaseHTTPRequestHandler):
    server: Refusing

    def _refuse(self) -> None:
        self.server.heard = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked += 1
        body = self.server.whole or json.dumps({"error": self.server.words}).encode()
        self.send_response(self.server.status)
        for name, value in {**self.server.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = _refuse

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Refusing]:
    with Refusing(("127.0.0.1", 0), Answer) as made:
        made.headers = {}
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def client(server: Refusing) -> Client:
    token = Secret("h" + "f_" + "Zz9" * 12)
    return Client(f"http://127.0.0.1:{server.server_port}", token, env={}, xet=False, silence=5.0)


def commit(client: Client) -> None:
    client.commit(
        REPO, "model", parent="a" * 40, title="t", text="", parcel=Parcel(), deleted=["x"]
    )


CALLS: dict[str, Callable[[Client], object]] = {
    "create": lambda client: client.create(REPO, "model"),
    "commit": commit,
    "settings": lambda client: client.set(REPO, "model", public=True),
    "tag": lambda client: client.tag(REPO, "model", "v1", "a" * 40),
    "tree": lambda client: client.tree(REPO, "model", "main"),
    "collect": lambda client: client.collect("lab", "Paper"),
    "propose": lambda client: client.propose(REPO, "model", "title", ""),
    "examine": lambda client: client.examine("---\nlicense: mit\n---\n", "model"),
}
STORAGE = "Private repository storage limit reached, please upgrade your plan"
PATTERNS = "Your storage patterns tripped our internal systems"
LIMIT = "You have exceeded the rate limit for repository commits (128 per hour)."


def refused(call: str, client: Client) -> PubflowError:
    with pytest.raises(PubflowError) as caught:
        CALLS[call](client)
    error = caught.value
    assert error.__context__ is None
    assert error.__cause__ is None
    assert "Zz9" not in repr((error.what, error.why, error.hint, error.args))
    return error


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_final_no_is_said_at_once(
    server: Refusing, client: Client, call: str, status: int
) -> None:
    server.status, server.words = status, "Because we say so"
    error = refused(call, client)
    assert not isinstance(error, Transient)
    assert "Because we say so" in error.why


@pytest.mark.parametrize("call", ["create", "commit", "settings", "tag", "collect", "propose"])
@pytest.mark.parametrize("status", [409, 429, 500, 503, 504])
def test_a_change_is_sent_once_whatever_is_answered(
    server: Refusing, client: Client, call: str, status: int
) -> None:
    server.status = status
    assert isinstance(refused(call, client), Transient)
    looks = 1 if call == "create" and status in (409, 429) else 0
    assert server.asked <= 1 + looks


@pytest.mark.parametrize("words", [STORAGE, PATTERNS])
def test_storage_that_is_refused_is_final(server: Refusing, client: Client, words: str) -> None:
    server.status, server.words = 403, words
    error = refused("commit", client)
    assert error.what == "The Hub would not store it."
    assert words in error.why


def test_the_limit_of_commits_is_waited_out_as_its_words_say(
    server: Refusing, client: Client
) -> None:
    server.status, server.words = 429, LIMIT
    server.headers = {"RateLimit": '"api";r=949;t=271'}
    error = refused("commit", client)
    assert isinstance(error, Transient)
    assert error.wait == 3600


def test_a_stale_parent_leads_to_another_look(server: Refusing, client: Client) -> None:
    server.status = 412
    server.words = "A commit has happened since. Please refresh and try again."
    error = refused("commit", client)
    assert isinstance(error, Transient)
    assert error.what == "Somebody else committed there a moment ago."


def test_a_page_in_place_of_an_answer_is_no_answer(server: Refusing, client: Client) -> None:
    server.status = 200
    for call in ("create", "tree", "collect", "propose"):
        assert isinstance(refused(call, client), Transient)


def test_json_of_another_shape_is_no_answer(server: Refusing, client: Client) -> None:
    server.status, server.whole = 200, b"[1, 2]"
    for call in ("create", "tree", "collect", "propose", "examine"):
        assert isinstance(refused(call, client), Transient)


def test_a_card_that_is_refused_without_a_reason_is_refused(
    server: Refusing, client: Client
) -> None:
    server.status, server.words = 400, "Content is too long"
    error = refused("examine", client)
    assert not isinstance(error, Transient)
    assert "Content is too long" in error.why


def answered(*, ignored: bool) -> bytes:
    said = {"path": "a.bin", "uploadMode": "lfs", "shouldIgnore": ignored}
    return json.dumps({"files": [said], "commitOid": "a" * 40}).encode()


def test_the_dry_run_asks_as_the_real_client_does(
    server: Refusing, client: Client, tmp_path: Path
) -> None:
    recorded = json.loads((CONTRACTS / "huggingface-traffic.json").read_text("utf-8"))["exchanges"]
    asked = [e["body"] for e in recorded if "/preupload/" in e["request"]]
    server.status, server.whole = 200, answered(ignored=False)
    (tmp_path / "a.bin").write_bytes(bytes(range(256)) * 4)

    found = client.foresee(REPO, "model", files_below(tmp_path))

    assert (found.ahead, found.ignored, found.way) == ({"a.bin"}, (), "LFS")
    body = json.loads(server.heard)
    assert {tuple(sorted(body))} == {tuple(sorted(other)) for other in asked}
    [item] = body["files"]
    assert {tuple(sorted(item))} == {tuple(sorted(f)) for other in asked for f in other["files"]}
    assert item["size"] == 1024
    assert base64.b64decode(item["sample"]) == (bytes(range(256)) * 2)


def test_a_file_that_the_hub_would_leave_out_stops_before_a_byte_of_it_is_sent(
    server: Refusing, client: Client, tmp_path: Path
) -> None:
    server.status, server.whole = 200, answered(ignored=True)
    (tmp_path / "a.bin").write_bytes(b"1234")
    with pytest.raises(PubflowError, match=r"would leave a\.bin out of lab/w"):
        client.send(REPO, "model", files_below(tmp_path), lambda size: None)
    assert server.asked == 1


def test_while_the_hub_makes_another_repository_it_is_asked_once(
    server: Refusing, client: Client
) -> None:
    """The library alone would ask again without a pause, for ever."""
    server.status = 409
    server.words = "Cannot create repo: another conflicting operation is in progress"
    error = refused("create", client)
    assert isinstance(error, Transient)
    assert error.what == "The Hub is making another repository of this owner."
    assert server.asked == 1


def test_a_repository_is_made_as_the_real_client_makes_it(server: Refusing, client: Client) -> None:
    recorded = json.loads((CONTRACTS / "huggingface-traffic.json").read_text("utf-8"))["exchanges"]
    asked = [e["body"] for e in recorded if e["request"] == "POST /api/repos/create"]
    server.status, server.whole = 200, b'{"url": "https://hub.example/lab/w"}'
    client.create(REPO, "model")
    assert json.loads(server.heard).keys() == asked[0].keys()
    client.create(REPO, "dataset")
    assert json.loads(server.heard).keys() == asked[-1].keys()
    assert json.loads(server.heard)["visibility"] == "private"


def test_bytes_that_only_a_dead_repository_had_are_explained(
    server: Refusing, client: Client
) -> None:
    server.status, server.words = 400, "LFS pointer pointed to a file that does not exist"
    error = refused("commit", client)
    assert not isinstance(error, Transient)
    assert "xet = false" in error.hint


@pytest.mark.parametrize(
    ("token", "role", "may"),
    [
        ("read", "admin", False),
        ("write", "read", False),
        ("write", "no_access", False),
        ("write", "write", True),
        ("write", "contributor", True),
        ("fineGrained", "contributor", True),
        ("fineGrained", "read", False),
    ],
)
def test_whose_token_makes_no_repository_is_known(
    server: Refusing, client: Client, token: str, role: str, may: bool
) -> None:
    server.status, server.whole = 200, account(token, {"name": "Lab", "roleInOrg": role})
    assert client.may_create("lab") is may


@pytest.mark.parametrize(
    ("token", "may"), [("write", False), ("read", False), ("fineGrained", True), (None, True)]
)
def test_who_is_in_no_such_organisation_makes_nothing_there_if_that_is_certain(
    server: Refusing, client: Client, token: str | None, may: bool
) -> None:
    server.status, server.whole = 200, account(token, {"name": "lab", "roleInOrg": "admin"})
    assert client.may_create("elsewhere") is may


def scoped(name: str | None, *permissions: str) -> dict[str, Any]:
    return {"entity": {"type": "org", "name": name}, "permissions": list(permissions)}


@pytest.mark.parametrize(
    ("scopes", "may"),
    [
        ({"global": [], "scoped": [scoped("Lab", "repo.content.read", "repo.write")]}, True),
        ({"global": [], "scoped": [scoped("Lab", "repo.content.read")]}, False),
        ({"global": [], "scoped": [scoped("ada", "repo.write")]}, False),
        ({"global": ["discussion.write"], "scoped": []}, False),
        ({"global": ["repo.write"], "scoped": []}, True),
        ({"global": [], "scoped": [scoped(None, "repo.write")]}, True),
        ({"more": "than is known"}, True),
    ],
)
def test_a_fine_grained_token_makes_nothing_where_it_surely_may_not_write(
    server: Refusing, client: Client, scopes: dict[str, Any], may: bool
) -> None:
    token = {"role": "fineGrained", "fineGrained": scopes}
    orgs = [{"name": "Lab", "roleInOrg": "admin"}]
    said = {"name": "ada", "orgs": orgs, "auth": {"accessToken": token}}
    server.status, server.whole = 200, json.dumps(said).encode()
    assert client.may_create("lab") is may


def test_everybody_makes_repositories_of_their_own(server: Refusing, client: Client) -> None:
    server.status, server.whole = 200, account("write")
    assert client.may_create("ADA")


def test_who_may_only_read_may_still_write_in_a_resource_group(
    server: Refusing, client: Client
) -> None:
    groups = [{"id": "a" * 24, "name": "sea", "role": "write"}]
    org = {"name": "lab", "roleInOrg": "read", "resourceGroups": groups}
    server.status, server.whole = 200, account("write", org)
    assert client.may_create("lab")


def account(token: str | None, *orgs: dict[str, Any]) -> bytes:
    """What the Hub says of a token; None for one of OAuth, of which it tells no role."""
    auth = {"accessToken": {"role": token}} if token else {"type": "oauth"}
    return json.dumps({"name": "ada", "orgs": orgs, "auth": auth}).encode()


def test_nobody_is_asked_who_a_stranger_is(server: Refusing) -> None:
    stranger = Client(f"http://127.0.0.1:{server.server_port}", None, env={}, xet=False)
    with pytest.raises(PubflowError, match="No token says whose account"):
        stranger.user()
    assert server.asked == 0
