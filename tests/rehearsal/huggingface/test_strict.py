"""What the real Hub would refuse is refused here, and the right requests count as changes."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rehearsal.huggingface.asking import BASE, Asker

from pubflow.rehearsal.huggingface import Hub
from pubflow.rehearsal.wire import Request

API = "/api/models/lab/m"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/repos/create", {"name": "x", "organisation": "lab"}),
        ("POST", "/api/repos/create", {"organization": "lab"}),
        ("POST", "/api/repos/create", {"name": "x", "visibility": "secret"}),
        ("POST", "/api/repos/create", {"name": "x--y"}),
        ("POST", "/api/repos/create", {"name": "x", "type": "paper"}),
        ("POST", "/api/repos/create", {"name": "x", "type": "space"}),
        ("PUT", f"{API}/settings", {"visible": True}),
        ("PUT", f"{API}/settings", {"gated": True}),
        ("PUT", f"{API}/settings", {"gated": "always"}),
        ("POST", f"{API}/tag/main", {"tag": "v1", "sign": True}),
        ("POST", f"{API}/tag/main", {"tag": "a b"}),
        ("POST", f"{API}/branch/dev", {"from": "main"}),
        ("POST", f"{API}/preupload/main", {"files": [{"path": "a", "size": 1}]}),
        ("POST", f"{API}/preupload/main", {"files": [{"path": "a", "size": "1", "sample": ""}]}),
        ("POST", "/api/collections", {"title": "T", "namespace": "lab", "privat": True}),
        ("POST", f"{API}/super-squash/main", {"message": "x" * 501}),
        ("POST", "/api/validate-yaml", []),
    ],
)
def test_a_body_with_a_mistake_is_refused(ask: Asker, method: str, path: str, body: Any) -> None:
    ask.create()
    before = ask.hub.world()

    assert ask(method, path, body).status == 400
    assert ask.hub.world() == before


def test_a_wrong_media_type_is_refused(ask: Asker) -> None:
    ask.create()

    assert ask("POST", "/api/repos/create", b"{}", kind="text/plain").status == 415
    assert ask("POST", f"{API}/commit/main", {}, kind="application/json").status == 415
    assert ask("POST", "/lab/m.git/info/lfs/objects/batch", {}).status == 415
    assert ask("POST", "/api/repos/create", b"{no", kind="application/json").status == 400


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/api/repos/create", "POST"),
        ("POST", f"{API}/settings", "PUT"),
        ("POST", API, "GET, HEAD"),
        ("DELETE", f"{API}/tree/main", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_refused(ask: Asker, method: str, path: str, allow: str) -> None:
    ask.create()

    refused = ask(method, path)

    assert (refused.status, refused.headers["allow"]) == (405, allow)


def test_an_unknown_address_is_not_found(ask: Asker) -> None:
    assert ask("GET", "/api/agent-harnesses").status == 404
    assert ask("GET", "/api/models/lab/m/nonsense/x").status == 404


def test_a_commit_without_a_proper_header_is_refused(ask: Asker) -> None:
    ask.create()
    kind = "application/x-ndjson"

    for body in (
        b"",
        b'{"key":"deletedFile","value":{"path":"a"}}',
        b'{"key":"header","value":{"summary":""}}',
        b'{"key":"header","value":{"summary":"a","parent":"b"}}',
        b'{"key":"header","value":{"summary":"a"}}\n{"key":"renamed","value":{}}',
        b"nonsense",
    ):
        assert ask("POST", f"{API}/commit/main", body, kind=kind).status == 400


@pytest.mark.parametrize(
    ("method", "path", "changes"),
    [
        ("GET", API, False),
        ("HEAD", "/lab/m", False),
        ("POST", f"{API}/preupload/main", False),
        ("POST", f"{API}/paths-info/main", False),
        ("POST", "/api/validate-yaml", False),
        ("POST", "/lab/m.git/info/lfs/objects/batch", False),
        ("POST", "/datasets/lab/m.git/info/lfs/objects/batch", False),
        ("POST", f"/_lfs/verify/{'0' * 64}", False),
        ("GET", f"{API}/xet-write-token/main", False),
        ("PUT", f"/_lfs/put/{'0' * 64}", True),
        ("PUT", f"/_lfs/part/{'0' * 64}/1", True),
        ("POST", f"{API}/commit/main", True),
        ("POST", "/api/repos/create", True),
        ("DELETE", "/api/repos/delete", True),
        ("POST", "/api/something/new", True),
        ("PATCH", "/api/collections/lab/x-1", True),
    ],
)
def test_requests_that_change_something_are_told_from_those_that_look(
    hub: Hub, method: str, path: str, changes: bool
) -> None:
    assert hub.changes(Request(method, path, {}, {}, io.BytesIO(), BASE)) is changes
