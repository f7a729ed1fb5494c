"""What GitHub's answers mean, and that nothing is ever sent twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from platforms.github.listener import Listener, listening
from platforms.github.scene import Scene

from pubflow.errors import PubflowError, Transient
from pubflow.platforms.github.client import SLOWEST, Client
from pubflow.platforms.github.texts import latest_word
from pubflow.tokens import Secret


@pytest.fixture
def client(scene: Scene) -> Client:
    return Client(scene.rehearsal.env["GITHUB_API_URL"], scene.server, Secret(scene.token))


def changes(scene: Scene) -> int:
    return sum(
        entry["method"] == "POST" and "/releases" in entry["path"]
        for entry in scene.rehearsal.world()["log"]
    )


@pytest.mark.parametrize(
    "kind", ["500", "429", "cut-before", "cut-after", "503-applied", "odd-applied"]
)
def test_a_change_is_sent_once_whatever_comes_back(scene: Scene, client: Client, kind: str) -> None:
    scene.existing(private=True)
    fault: dict[str, Any] = {"platform": "github", "at": 1, "kind": kind}
    scene.fail([fault | ({"retry_after": 7} if kind == "429" else {})])

    with pytest.raises(Transient) as unclear:
        client.create_draft(scene.repo, tag="v1", title="v1", body="", prerelease=False)

    assert changes(scene) == 1
    assert unclear.value.wait == (7 if kind == "429" else None)


def test_a_wrong_token_is_refused_without_being_shown(scene: Scene) -> None:
    wrong = "gh" + "p_" + "w" * 36
    client = Client(scene.rehearsal.env["GITHUB_API_URL"], scene.server, Secret(wrong))

    with pytest.raises(PubflowError, match="does not accept the token") as refused:
        client.login()

    assert wrong not in repr(refused.value.__dict__)
    assert refused.value.__cause__ is None


def test_editing_the_notes_of_a_draft_does_not_publish_it(scene: Scene, client: Client) -> None:
    scene.existing(private=True)
    draft = client.create_draft(scene.repo, tag="v1", title="v1", body="a", prerelease=True)

    client.edit_body(scene.repo, draft.id, "b")

    now = client.release(scene.repo, draft.id)
    assert now is not None
    assert (now.draft, now.prerelease, now.body) == (True, True, "b")


def test_an_asset_of_a_taken_name_is_told_apart_from_a_failure(
    scene: Scene, client: Client, tmp_path: Path
) -> None:
    scene.existing(private=True)
    draft = client.create_draft(scene.repo, tag="v1", title="v1", body="", prerelease=False)
    (tmp_path / "a.tar").write_bytes(b"x" * 3_000_000)
    told: list[int] = []

    first = client.upload(draft, "a.tar", tmp_path / "a.tar", 3_000_000, told.append)

    assert first is not None
    assert (first.size, first.state, sum(told)) == (3_000_000, "uploaded", 3_000_000)
    assert first.digest.startswith("sha256:")
    assert client.upload(draft, "a.tar", tmp_path / "a.tar", 3_000_000, told.append) is None


def test_the_token_goes_to_no_other_host(client: Client, tmp_path: Path) -> None:
    from pubflow.platforms.github.state import Release

    (tmp_path / "a").write_bytes(b"x")
    elsewhere = Release(1, "v1", upload_url="https://uploads.example.org/x{?name,label}")

    with pytest.raises(PubflowError, match="wants uploads to go to"):
        client.upload(elsewhere, "a", tmp_path / "a", 1, lambda size: None)


def test_every_page_of_releases_is_read(scene: Scene, client: Client) -> None:
    scene.existing(private=True)
    for number in range(101):
        client.create_draft(
            scene.repo, tag=f"v{number}", title="x", body=str(number), prerelease=False
        )

    assert {int(release.body) for release in client.releases(scene.repo)} == set(range(101))


def test_a_short_page_is_not_the_last_one_where_github_says_so() -> None:
    """What a token may not see is left out of a page."""

    def pages(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        [number] = map(int, parse_qs(urlsplit(path).query)["page"])
        release = {"id": number, "tag_name": "v1", "draft": True, "prerelease": False}
        following = f'<{there.url}?page={number + 1}>; rel="next", <{there.url}>; rel="last"'
        return 200, {"Link": following} if number < 3 else {}, json.dumps([release]).encode()

    with listening(pages) as there:
        client = Client(there.url, there.url, Secret("gh" + "p_" + "p" * 36))

        assert [release.id for release in client.releases("o/r")] == [1, 2, 3]


def test_every_page_of_rules_rulesets_and_webhooks_is_read() -> None:
    def pages(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        asked = parse_qs(urlsplit(path).query)
        if "page" not in asked:
            return 404, {}, b'{"message": "Not Found"}'  # One ruleset, which it does not show.
        [number] = map(int, asked["page"])
        assert asked["per_page"] == ["100"]
        one = {
            "type": f"rule-{number}",
            "id": number,
            "ruleset_id": number,
            "name": f"ruleset {number}",
            "target": "tag",
            "enforcement": "active",
            "config": {"url": f"https://example.org/{number}"},
            "active": True,
        }
        following = f'<{there.url}?page={number + 1}>; rel="next"'
        return 200, {"Link": following} if number < 2 else {}, json.dumps([one]).encode()

    with listening(pages) as there:
        client = Client(there.url, there.url, Secret("gh" + "p_" + "p" * 36))

        assert client.rules("o/r", "main") == ("rule-1", "rule-2")
        assert client.tag_rules("o/r") == ("ruleset 1", "ruleset 2")
        assert client.hooks("o/r") == ("https://example.org/1", "https://example.org/2")
        assert sum("targets=tag" in line for line in there.asked) == 2


@pytest.mark.parametrize(
    ("headers", "words"),
    [({"Retry-After": "7"}, ""), ({}, "You have exceeded a secondary rate limit.")],
)
def test_git_s_door_that_asks_to_wait_is_not_taken_for_a_refusal(
    headers: Mapping[str, str], words: str
) -> None:
    def busy(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        return 403, headers, words.encode()

    with listening(busy) as there:
        client = Client(there.url, there.url, Secret("gh" + "p_" + "p" * 36))

        for question in (client.may_push, client.refs):
            with pytest.raises(Transient) as asked:
                question("o/r")
            assert asked.value.wait == (7.0 if headers else 60.0)


def test_an_empty_repository_has_neither_branch_nor_tag(scene: Scene, client: Client) -> None:
    scene.existing(private=True, pushed=False)

    assert client.refs(scene.repo) == {}
    assert client.refs("nobody/nothing") is None
    assert client.repository("nobody/nothing") is None


@pytest.mark.parametrize(
    ("tag", "others", "prerelease", "word"),
    [
        ("v1.0.0", [], False, "true"),
        ("v1.10.0", ["v1.9.0"], False, "true"),
        ("v1.9.1", ["v1.10.0", "v1.9.0"], False, "false"),
        ("v2.0.0-rc.1", [], True, "false"),
        ("camera-ready", ["v1.0.0"], False, "legacy"),
        ("2026-12-01", ["2026-11-20"], False, "true"),
        ("2026-11-20", ["2026-12-01"], False, "false"),
        ("v1.0", ["v1.0.0", "v0.9"], False, "true"),
        ("v1.2.0", ["data-v7", "v1.2.0+cu118", "v1.1.0.post9"], False, "true"),
        ("data-v6", ["data-v7", "v9.0"], False, "false"),
        ("V2.0.0", ["1.9.9"], False, "true"),
        ("v1.0.0-2-g12", ["v1.0.0"], False, "legacy"),
    ],
)
def test_only_the_highest_version_becomes_the_latest(
    tag: str, others: list[str], prerelease: bool, word: str
) -> None:
    assert latest_word(tag, others, prerelease=prerelease) == word


def test_an_upload_that_takes_too_long_is_given_up_and_made_whole_by_the_next_run(
    scene: Scene, tmp_path: Path
) -> None:
    """Over a real socket; the time it may take is over before the first block is out."""
    (scene.checkout / "big.bin").write_bytes(b"x" * 3_000_000)
    scene.write("more.py", "1\n")
    run = scene.run()
    while (look := run.look()).actions[0].id.rpartition(".")[2] != "tar":
        run.apply(look, look.actions[0])
    action = look.actions[0]
    file = look.target.file(action.subject)
    assert look.state.release
    env = scene.rehearsal.env
    hasty = Client(
        env["GITHUB_API_URL"], scene.server, Secret(scene.token), grace=-file.size / SLOWEST
    )

    with pytest.raises(Transient, match="took too long"):
        hasty.upload(look.state.release, file.name, file.source, file.size, lambda sent: None)

    [release] = scene.truth()["releases"]
    assert "uploaded" not in [a["state"] for a in release["assets"] if a["name"] == file.name]
    scene.run().release()
    [release] = scene.truth()["releases"]
    assert {asset["state"] for asset in release["assets"]} == {"uploaded"}
