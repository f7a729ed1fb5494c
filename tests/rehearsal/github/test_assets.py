"""Release assets: uploads that are complete, broken or refused, and the way back to the bytes."""

from __future__ import annotations

import hashlib
import io
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from rehearsal.github.place import OWNER, TOKEN, Place

from pubflow.rehearsal.github.assets import asset_name
from pubflow.rehearsal.wire import Request

REPO = f"/repos/{OWNER}/paper"


@pytest.fixture
def draft(place: Place) -> Any:
    place.pushed()
    return place.draft()


def names(place: Place, draft: Any) -> list[tuple[str, str]]:
    listed = place.call("GET", draft["assets_url"]).json()
    return [(asset["name"], asset["state"]) for asset in listed]


def test_an_upload_is_kept_with_its_digest(place: Place, draft: Any) -> None:
    data = b"weights" * 1000

    told = place.upload(draft, "weights.bin", data, params={"label": "The weights"})

    assert told.status_code == 201
    asset = told.json()
    assert asset["digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert (asset["size"], asset["label"], asset["state"]) == (len(data), "The weights", "uploaded")
    shown = place.call("GET", draft["url"]).json()
    assert [a["name"] for a in shown["assets"]] == ["weights.bin"]


def test_the_bytes_come_back_by_a_redirect(place: Place, draft: Any) -> None:
    asset = place.upload(draft, "a.txt", b"hello world").json()
    octets = {"accept": "application/octet-stream"}

    first = place.call("GET", asset["url"], headers=octets, allow_redirects=False)

    assert first.status_code == 302
    assert place.call("GET", asset["url"], headers=octets).content == b"hello world"
    part = place.call("GET", first.headers["location"], None, headers={"range": "bytes=6-"})
    assert (part.status_code, part.content) == (206, b"world")


def test_a_stranger_gets_files_of_published_releases_only(place: Place, draft: Any) -> None:
    place.upload(draft, "a.txt", b"hello")
    page = f"/{OWNER}/paper/releases/download/v1/a.txt"

    assert place.call("GET", page, token=None).status_code == 404
    place.call("PATCH", draft["url"], json={"draft": False})
    assert place.call("GET", page, token=None).content == b"hello"
    head = place.call("HEAD", page, token=None, allow_redirects=True)
    assert (head.status_code, head.headers["content-length"]) == (200, "5")
    place.call("PATCH", REPO, json={"private": True})
    assert place.call("GET", page).status_code == 404


def test_a_name_that_is_taken_is_refused_in_githubs_words(place: Place, draft: Any) -> None:
    place.upload(draft, "a.txt", b"one")

    answer = place.upload(draft, "a.txt", b"two")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}
    ]


def test_special_characters_become_dots(place: Place, draft: Any) -> None:
    assert place.upload(draft, "my file (1).txt", b"x").json()["name"] == "my.file.1.txt"
    assert asset_name("a_b-c+d.e") == "a_b-c+d.e"
    assert asset_name("größe.txt") == "gr.e.txt"
    assert asset_name("erick%%%%%!!!zhao.txt") == "erick.zhao.txt"
    assert asset_name("app-v1.3.0-(15-5)-x.apk") == "app-v1.3.0-.15-5.-x.apk"
    assert asset_name(".zenodo.json") == "default.zenodo.json"


def test_an_empty_file_is_refused(place: Place, draft: Any) -> None:
    headers = {"content-length": "0"}

    assert place.upload(draft, "a.txt", b"", headers=headers).status_code == 422
    assert names(place, draft) == []


def test_a_chunked_upload_is_refused(place: Place, draft: Any) -> None:
    address = draft["upload_url"].partition("{")[0] + "?name=a.txt"
    headers = {"content-type": "text/plain"}

    answer = place.call("POST", address, data=iter([b"abc"]), headers=headers)

    assert answer.status_code == 400
    assert names(place, draft) == []


def test_a_file_of_two_gibibytes_is_refused_before_it_is_sent(place: Place, draft: Any) -> None:
    address = draft["upload_url"].partition("{")[0].removeprefix(place.url)
    headers = {
        "user-agent": "test",
        "authorization": f"token {TOKEN}",
        "content-type": "text/plain",
        "content-length": str(2 * 1024**3),
    }
    body = io.BytesIO(b"unread")

    refused = place.github.handle(
        Request("POST", address, {"name": ["a.txt"]}, headers, body, place.url)
    )

    assert refused.status == 422
    assert body.tell() == 0
    assert names(place, draft) == []


def test_a_form_is_no_file(place: Place, draft: Any) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}

    assert place.upload(draft, "a.txt", b"abc", headers=headers).status_code == 400


def test_the_api_has_no_upload_address_of_its_own(place: Place, draft: Any) -> None:
    headers = {"content-type": "text/plain"}
    address = f"{draft['assets_url']}?name=a.txt"

    assert place.call("POST", address, data=b"abc", headers=headers).status_code == 404


def test_an_upload_needs_the_token(place: Place, draft: Any) -> None:
    address = draft["upload_url"].partition("{")[0] + "?name=a.txt"

    assert place.call("POST", address, None, data=b"abc").status_code in (401, 404)


def test_an_upload_that_breaks_off_leaves_a_starter_that_holds_the_name(
    place: Place, draft: Any
) -> None:
    address = urlsplit(draft["upload_url"].partition("{")[0])
    with socket.create_connection((address.hostname or "", address.port or 0)) as line:
        head = (
            f"POST {address.path}?name=a.txt HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"User-Agent: test\r\nAuthorization: Bearer {TOKEN}\r\n"
            "Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"
        )
        line.sendall(head.encode() + b"only a part")

    end = time.monotonic() + 60
    while names(place, draft) != [("a.txt", "starter")] and time.monotonic() < end:
        time.sleep(0.01)
    assert names(place, draft) == [("a.txt", "starter")]
    assert place.call("GET", draft["url"]).json()["assets"] == []
    assert place.upload(draft, "a.txt", b"abc").status_code == 422
    debris = place.call("GET", draft["assets_url"]).json()[0]
    assert place.call("DELETE", debris["url"]).status_code == 204
    assert place.upload(draft, "a.txt", b"abc").status_code == 201
