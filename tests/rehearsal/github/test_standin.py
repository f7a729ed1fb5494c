"""Who may see what, what counts as a change, and what survives a restart."""

from __future__ import annotations

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rehearsal.github.place import OWNER, TOKEN, Place

from pubflow.rehearsal.github import GitHub
from pubflow.rehearsal.github.standin import ROUTES
from pubflow.rehearsal.wire import Request

REPO = f"/repos/{OWNER}/paper"


def request(method: str, path: str, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, path, {}, named, io.BytesIO(), "http://127.0.0.1:1")


def test_a_private_repository_is_not_there_without_the_token(place: Place) -> None:
    place.pushed(private=True)

    assert place.call("GET", REPO, token=None).status_code == 404
    assert place.call("GET", f"{REPO}/releases", token=None).status_code == 404
    assert place.call("GET", f"/{OWNER}/paper").status_code == 404
    assert place.call("GET", REPO).status_code == 200


def test_a_public_repository_is_read_without_a_token_and_not_written(place: Place) -> None:
    place.pushed()

    assert place.call("GET", REPO, token=None).status_code == 200
    answer = place.call("PATCH", REPO, token=None, json={"description": "x"})
    assert answer.status_code == 401
    assert answer.json()["message"] == "Requires authentication"


def test_a_wrong_token_is_refused_even_for_public_things(place: Place) -> None:
    place.make()

    answer = place.call("GET", REPO, token="wrong")

    assert answer.status_code == 401
    assert answer.json()["message"] == "Bad credentials"


def test_a_request_without_a_user_agent_is_refused(tmp_path: Path) -> None:
    github = GitHub(tmp_path, token=TOKEN)

    assert github.handle(request("GET", "/meta")).status == 403
    assert github.handle(request("GET", "/meta", user_agent="x")).status == 200


def test_what_is_not_described_is_not_there(place: Place) -> None:
    place.make()

    assert place.call("GET", f"{REPO}/secrets").status_code == 404
    assert place.call("POST", "/graphql", json={}).status_code == 404


@pytest.mark.parametrize(
    "odd", ["..", "%2e%2e%2f%2e%2e%2fHEAD", "%00", "a%20b", "%C3%A9", "0" * 40, "-x", "1" * 30]
)
def test_no_odd_address_makes_it_stumble(place: Place, odd: str) -> None:
    place.pushed()
    place.draft()
    github, agent = place.github, {"user_agent": "x", "authorization": f"Bearer {TOKEN}"}
    for template, route in ROUTES:
        inside = route.template.replace("{owner}", OWNER).replace("{repo}", "paper")
        for path in {route.template, inside}:
            address = re.sub(r"\{\w+\+?\}", odd, path)
            if "{" in path and template.fullmatch(address):
                asked = request(route.method, address, **agent)
                assert github.handle(asked).status < 500, (route.method, address)
    for page in ("tree/", "blob/main/", "raw/", "commit/", "compare/v1...", "archive/", "commits/"):
        address = f"/{OWNER}/paper/{page}{odd}"
        assert github.handle(request("GET", address)).status == 404, address


def test_an_owner_has_a_name_like_githubs(place: Place) -> None:
    for owner in ("%2e%2e", "a%2Fb", "-a", "a" * 40, "a.b"):
        answer = place.call("POST", f"/orgs/{owner}/repos", json={"name": "x"})
        assert answer.status_code == 404
    assert sorted(p.name for p in (place.folder / "world").iterdir()) == ["assets", "git"]


def test_an_unknown_version_of_the_api_is_refused(place: Place) -> None:
    headers = {"x-github-api-version": "2019-01-01"}

    assert place.call("GET", "/meta", headers=headers).status_code == 400


def test_a_body_that_is_not_json_is_refused(place: Place) -> None:
    assert place.call("POST", "/user/repos", data=b"{").status_code == 400
    assert place.call("POST", "/user/repos", data=b"[]").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "length", "change"),
    [
        ("GET", "/repos/o/r", "0", False),
        ("HEAD", "/o/r", "0", False),
        ("POST", "/user/repos", "10", True),
        ("PATCH", "/repos/o/r", "10", True),
        ("DELETE", "/repos/o/r", "0", True),
        ("POST", "/repos/o/r/releases", "10", True),
        ("POST", "/repos/o/r/releases/generate-notes", "10", False),
        ("POST", "/o/r.git/git-upload-pack", "10", False),
        ("POST", "/o/r.git/git-receive-pack", "4", False),
        ("POST", "/o/r.git/git-receive-pack", "500", True),
    ],
)
def test_reading_posts_are_no_changes(
    tmp_path: Path, method: str, path: str, length: str, change: bool
) -> None:
    github = GitHub(tmp_path, token=TOKEN)

    assert github.changes(request(method, path, content_length=length)) is change


def test_a_chunked_push_is_a_change(tmp_path: Path) -> None:
    push = request("POST", "/o/r.git/git-receive-pack", transfer_encoding="chunked")

    assert GitHub(tmp_path, token=TOKEN).changes(push)


def test_the_world_tells_everything_that_is_there(place: Place) -> None:
    work = place.pushed(private=True)
    commit = place.commit(work)
    place.git("push", "-q", "origin", "v1", "HEAD:refs/pubflow/1.0", cwd=work)
    place.call("PATCH", REPO, json={"description": "Digits", "homepage": "https://example.org"})
    place.call("PUT", f"{REPO}/topics", json={"names": ["digits"]})
    release = place.draft(body="Notes")
    place.upload(release, "a.txt", b"abc")

    digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert place.github.world() == {
        "repositories": [
            {
                "full_name": f"{OWNER}/paper",
                "private": True,
                "default_branch": "main",
                "description": "Digits",
                "homepage": "https://example.org",
                "topics": ["digits"],
                "branches": {"main": commit},
                "refs": {"refs/pubflow/1.0": commit},
                "tags": [{"name": "v1", "commit": commit}],
                "releases": [
                    {
                        "id": release["id"],
                        "tag": "v1",
                        "draft": True,
                        "prerelease": False,
                        "body": "Notes",
                        "assets": [
                            {"name": "a.txt", "size": 3, "digest": digest, "state": "uploaded"}
                        ],
                    }
                ],
            }
        ]
    }


def test_a_dumped_world_goes_on_in_another_process(place: Place) -> None:
    place.pushed()
    place.upload(place.draft(), "a.txt", b"abc")
    place.call("PATCH", REPO, json={"name": "renamed"})

    other = GitHub(place.folder / "world", token=TOKEN)
    other.load(json.loads(json.dumps(place.github.dump())))

    assert other.world() == place.github.world()
    assert other.dump() == place.github.dump()


def test_what_an_ended_process_left_on_disk_is_no_obstacle(place: Place) -> None:
    place.pushed()

    other = GitHub(place.folder / "world", token=TOKEN)

    body = io.BytesIO(b'{"name": "paper"}')
    headers = {"user-agent": "x", "authorization": f"token {TOKEN}"}
    made = other.handle(Request("POST", "/user/repos", {}, headers, body, "http://127.0.0.1:1"))
    assert made.status == 201
    assert other.world()["repositories"][0]["branches"] == {}


def test_reset_leaves_nothing_but_the_token(place: Place) -> None:
    place.pushed()
    place.upload(place.draft(), "a.txt", b"abc")

    place.github.reset()

    assert place.github.world() == {"repositories": []}
    place.pushed("second")
    place.make()
    assert place.call("GET", f"{REPO}/branches").json() == []


def test_many_threads_make_one_repository_once(place: Place) -> None:
    def make(_: int) -> int:
        return int(place.call("POST", "/user/repos", json={"name": "paper"}).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(make, range(16)))

    assert statuses == [201] + [422] * 15


def test_lists_come_in_pages(place: Place) -> None:
    place.pushed()
    for number in range(5):
        place.draft(f"v{number}")

    first = place.call("GET", f"{REPO}/releases?per_page=2")
    assert len(first.json()) == 2
    assert set(first.links) == {"next", "last"}
    last = place.call("GET", first.links["last"]["url"])
    assert len(last.json()) == 1
    assert set(last.links) == {"first", "prev"}
