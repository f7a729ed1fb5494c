"""Answers that are JSON and not GitHub's: read as they should be, or told, and never a mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from platforms.github.listener import Listener, listening
from spoilt import spoilt

from pubflow.errors import Transient
from pubflow.http.shape import fitting
from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, Paper, Target
from pubflow.manifest import Release as Version
from pubflow.platforms.github import stranger
from pubflow.platforms.github.client import Client
from pubflow.platforms.github.state import Release
from pubflow.tokens import Secret
from pubflow.verify.eyes import Eyes

TOKEN = "gh" + "p_" + "o" * 36
REPOSITORY = {
    "id": 7,
    "full_name": "o/r",
    "private": True,
    "default_branch": "main",
    "description": "Digits",
    "homepage": "https://example.org",
    "topics": ["digits"],
    "archived": False,
    "fork": False,
    "license": {"spdx_id": "MIT"},
    "permissions": {"pull": True, "push": True, "admin": True},
}
RELEASE = {
    "id": 9,
    "tag_name": "v1",
    "draft": True,
    "prerelease": False,
    "body": "notes",
    "upload_url": "https://uploads.example.org{?name}",
}
ASSET = {"id": 3, "name": "a.tar", "size": 1, "digest": "sha256:ab", "state": "uploaded"}
HOOK = {"config": {"url": "https://example.org/hook"}, "active": True}
RULESET = {"id": 5, "name": "Ours", "enforcement": "active", "target": "tag"}

Call = Callable[[Client, Release, Path], object]
MADE: dict[str, Any] = {"tag": "v1", "title": "v1", "body": "", "prerelease": False}

LOOKS: dict[str, tuple[Call, Any]] = {
    "login": (lambda c, r, f: c.login(), {"login": "ada"}),
    "repository": (lambda c, r, f: c.repository("o/r"), REPOSITORY),
    "parents": (lambda c, r, f: c.parents("o/r", "a" * 40), {"parents": [{"sha": "b" * 40}]}),
    "immutable": (lambda c, r, f: c.immutable("o/r"), {"enabled": True}),
    "administer": (lambda c, r, f: c.may_administer("o/r"), {"enabled": True}),
    "rules": (lambda c, r, f: c.rules("o/r", "main"), [{"type": "update", "ruleset_id": 5}]),
    "protected": (lambda c, r, f: c.protected("o/r", "main"), {"protection": {"enabled": True}}),
    "tag rules": (lambda c, r, f: c.tag_rules("o/r"), [RULESET]),
    "hooks": (lambda c, r, f: c.hooks("o/r"), [HOOK]),
    "releases": (lambda c, r, f: c.releases("o/r"), [RELEASE]),
}
CHANGES: dict[str, tuple[Call, Any]] = {
    "create": (lambda c, r, f: c.create_repository("o/r", personal=True), REPOSITORY),
    "describe": (lambda c, r, f: c.describe("o/r", description="d", homepage=None), REPOSITORY),
    "topics": (lambda c, r, f: c.set_topics("o/r", ("digits",)), {"names": ["digits"]}),
    "open": (lambda c, r, f: c.open("o/r"), REPOSITORY),
    "draft": (lambda c, r, f: c.create_draft("o/r", **MADE), RELEASE),
    "notes": (lambda c, r, f: c.edit_body("o/r", 9, "notes"), RELEASE),
    "publish": (
        lambda c, r, f: c.publish("o/r", 9, tag="v1", prerelease=False, latest="true"),
        RELEASE,
    ),
    "upload": (lambda c, r, f: c.upload(r, "a.tar", f, 1, lambda size: None), ASSET),
}


@pytest.mark.parametrize("call", [*LOOKS, *CHANGES])
def test_an_answer_of_another_shape_is_read_whole_or_told(call: str, tmp_path: Path) -> None:
    """No KeyError, no TypeError, and no value of another kind that would cause them later."""
    (tmp_path / "file").write_bytes(b"x")
    do, whole = {**LOOKS, **CHANGES}[call]
    said: list[Any] = [whole]

    def reply(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        if "/rulesets/" in path:
            return 404, {}, b'{"message": "Not Found"}'
        return 200, {}, json.dumps(said[0]).encode()

    with listening(reply) as there:
        client = Client(there.url, there.url, Secret(TOKEN))
        release = Release(9, "v1", upload_url=f"{there.url}/uploads/9")
        do(client, release, tmp_path / "file")

        told: list[Transient] = []
        for _, said[0] in spoilt(whole):
            try:
                fitting(do(client, release, tmp_path / "file"))
            except Transient as odd:
                told.append(odd)
    assert len(told) >= 8  # Whatever else: JSON that is no object of GitHub's at all.
    for odd in told:
        assert re.match(r"127\.0\.0\.1:\d+ answered (GET|POST|PATCH|PUT) /", odd.what)
        assert "GITHUB_API_URL" in odd.hint


@pytest.mark.parametrize("tag", ["", None])
def test_a_draft_of_somebody_else_that_has_no_tag_yet_is_no_odd_answer(tag: str | None) -> None:
    def reply(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {}, json.dumps([RELEASE | {"tag_name": tag}]).encode()

    with listening(reply) as there:
        [found] = Client(there.url, there.url, Secret(TOKEN)).releases("o/r")

    assert (found.id, found.tag) == (9, "")


@pytest.mark.parametrize("call", CHANGES)
@pytest.mark.parametrize("body", [[], None, {}])
def test_a_change_whose_answer_says_nothing_may_have_happened(
    call: str, body: Any, tmp_path: Path
) -> None:
    """So it is looked at, and neither taken for done nor for refused."""
    (tmp_path / "file").write_bytes(b"x")
    do, _ = CHANGES[call]

    def reply(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {}, json.dumps(body).encode()

    with listening(reply) as there:
        client = Client(there.url, there.url, Secret(TOKEN))
        release = Release(9, "v1", upload_url=f"{there.url}/uploads/9")

        with pytest.raises(Transient, match="with JSON that its API does not have there"):
            do(client, release, tmp_path / "file")

    assert len(there.asked) == 1


@pytest.mark.parametrize("errors", [7, "no", {"code": "custom"}, [None], [["x"]]])
def test_a_refusal_of_another_shape_is_still_a_refusal(errors: Any) -> None:
    def reply(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        return 422, {}, json.dumps({"message": "No.", "errors": errors}).encode()

    with listening(reply) as there:
        client = Client(there.url, there.url, Secret(TOKEN))

        with pytest.raises(Exception, match=r"answered 422 to PATCH /repos/o/r: No\.") as refused:
            client.open("o/r")

    assert not isinstance(refused.value, Transient)


def test_a_stranger_who_gets_an_answer_of_another_shape_says_that_nothing_is_known() -> None:
    code = Artifact("code", Kind.CODE, Path())
    version = Version("digits", "1.0.0", "v1.0.0", Paper("Reading digits", ()), (code,))
    target = Target(code, "github", version, {"repo": "o/r"})
    answers: dict[str, Any] = {
        "/api/repos/o/r": {"full_name": "o/r"},
        "/api/repos/o/r/git/ref/tags/v1.0.0": {"object": {"sha": "a" * 40}},
        "/api/repos/o/r/license": {"name": "LICENSE", "license": {"spdx_id": "MIT"}},
        "/api/repos/o/r/releases/tags/v1.0.0": {
            "body": "notes",
            "assets": [{"name": "a", "browser_download_url": "https://example.org/a"}],
        },
    }

    def reply(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        found = answers.get(path.partition("?")[0])
        return 200, {}, b"a page" if found is None else json.dumps(found).encode()

    def visit() -> list[Any]:
        eyes = Eyes(env={}, sleep=lambda seconds: None)
        api = f"{there.url}/api"
        return list(stranger.visit(target, Links({}), eyes, {}, api_url=api, server=there.url))

    with listening(reply) as there:
        for path, whole in dict(answers).items():
            told = 0
            for _, answers[path] in spoilt(whole):
                try:
                    visit()
                except Transient:
                    told += 1
            answers[path] = whole
            assert told >= 8
        visit()
