"""The stand-in behind a real socket, with a real client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from rehearsal.zenodo.client import NATIVE, TOKEN
from rehearsal.zenodo.conftest import body

from pubflow.rehearsal.desk import Answer
from pubflow.rehearsal.server import Server
from pubflow.rehearsal.zenodo import Zenodo


@pytest.fixture
def address(zenodo: Zenodo) -> Iterator[str]:
    server = Server(lambda request, target: Answer(zenodo.handle(request)))
    yield server.url
    server.close()


def test_a_release_over_http(address: str, zenodo: Zenodo):
    client = requests.Session()
    client.headers["Authorization"] = f"Bearer {TOKEN}"
    client.headers["Accept"] = f"{NATIVE}, application/json;q=0.5"
    draft = client.post(f"{address}/api/records", json=body()).json()
    key = "dir/ü 1%.csv"
    files = draft["links"]["files"]
    entry = client.post(files, json=[{"key": key}]).json()["entries"][0]
    chunks = client.put(
        entry["links"]["content"],
        data=iter([b"a,b\n", b"1,2\n"]),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert chunks.status_code == 200
    assert client.post(entry["links"]["commit"]).json()["size"] == 8
    assert client.post(draft["links"]["publish"]).status_code == 202

    shown = requests.get(f"{address}/doi/10.5072/zenodo.{draft['id']}", timeout=10)
    assert shown.url == f"{address}/records/{draft['id']}"
    content = requests.get(
        f"{address}/api/records/{draft['id']}/files/dir/ü 1%25.csv/content", timeout=10
    )
    assert content.content == b"a,b\n1,2\n"
    concept = requests.get(
        f"{address}/api/records/{draft['parent']['id']}", headers={"Accept": NATIVE}, timeout=10
    )
    assert concept.json()["id"] == draft["id"]
    assert [record["published"] for record in zenodo.world()["records"]] == [True]


def test_a_head_has_the_headers_of_a_get_and_no_body(address: str):
    got = requests.get(f"{address}/api/records", timeout=10)
    head = requests.head(f"{address}/api/records", timeout=10)

    assert head.status_code == 200
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.content == b""


def test_a_session_with_cookies_and_a_wrong_token_is_taken_for_a_forgery(address: str):
    client = requests.Session()
    client.get(f"{address}/api/records", timeout=10)

    answer = client.post(
        f"{address}/api/records",
        json={},
        headers={"Authorization": "Bearer wrong"},
        timeout=10,
    )

    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "CSRF token missing or incorrect.",
    )
