"""`pubflow discard`: what is ours and not public goes, nothing else, and all can begin again."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from release import truth
from release.conftest import Stage
from release.sweep import PLATFORMS, Zygote
from test_cli import Person

from pubflow import lockfile


@pytest.fixture
def uploaded(played: Callable[..., Path], stage: Stage) -> Stage:
    stage.go_on(played("--until", "upload"))
    return stage


def hand(stage: Stage, verb: str, path: str, body: Any) -> None:
    """What the owner does on GitHub by hand."""
    answer = requests.request(
        verb,
        stage.env["GITHUB_API_URL"] + path,
        json=body,
        headers={"Authorization": f"Bearer {stage.env['GITHUB_TOKEN']}", "User-Agent": "by-hand"},
        timeout=10,
    )
    assert answer.ok, answer.text


def draft_by_hand(stage: Stage) -> str:
    answer = requests.post(
        stage.env["ZENODO_URL"] + "/api/records",
        json={"metadata": {"title": "Mine"}},
        headers={"Authorization": f"Bearer {stage.env['ZENODO_TOKEN']}", "User-Agent": "by-hand"},
        timeout=10,
    )
    assert answer.ok, answer.text
    return str(answer.json()["id"])


def with_one_commit(world: dict[str, Any]) -> dict[str, Any]:
    """The Hub's files stay, and after each discard the card is written again with new DOIs."""
    for entry in world["huggingface"]["repositories"]:
        ours = [commit for commit in entry["commits"] if commit["title"] == "Release v1.0.0"]
        entry["commits"] = [commit for commit in entry["commits"] if commit not in ours[1:]]
    return world


def begun_anew(stage: Stage) -> None:
    """No draft is left, nothing is public, and a release goes through as the first one."""
    world = stage.world
    truth.nothing_public(world)
    assert world["zenodo"]["records"] == []
    assert not any(repository["releases"] for repository in world["github"]["repositories"])
    assert not lockfile.read(stage.folder / "publish.lock").releases
    status = stage.pubflow("status", "--json").json
    assert (status["releases"], status["unfinished"]) == ({}, [])
    stage.pubflow("release", "--yes")
    truth.released(with_one_commit(stage.world), stage.folder)


@pytest.mark.parametrize("lose", [False, True], ids=["journal kept", "journal lost"])
@pytest.mark.parametrize("until", ["reserve", "upload"])
def test_drafts_and_dois_go_and_a_release_begins_anew(
    played: Callable[..., Path], stage: Stage, until: str, lose: bool
) -> None:
    stage.go_on(played("--until", until))
    if lose:
        stage.forget()

    done = stage.pubflow("discard", "--yes")

    assert stage.world["github"]["repositories"] == [] or until == "upload"
    assert "can be released from the beginning" in done.out
    begun_anew(stage)


def test_a_terminal_types_the_tag_and_anything_else_leaves_all(uploaded: Stage) -> None:
    before = uploaded.changes
    refused = Person(uploaded, "discard")
    refused.reads("Type the tag v1.0.0")
    refused.types("yes\n")
    assert refused.waits() == 3
    assert "Nothing was deleted." in refused.seen
    assert uploaded.changes == before

    agreed = Person(uploaded, "discard")
    agreed.reads("Type the tag v1.0.0")
    agreed.types("v1.0.0\n")
    assert agreed.waits() == 0, agreed.seen
    assert uploaded.world["zenodo"]["records"] == []


def test_nobody_to_ask_is_refused_after_all_was_shown(uploaded: Stage) -> None:
    before = uploaded.changes

    done = uploaded.pubflow("discard", expect=3)

    assert uploaded.changes == before
    for record in uploaded.world["zenodo"]["records"]:
        assert f"delete draft {record['id']} and give up its DOI {record['doi']}" in done.err
    assert "delete our draft of the release v1.0.0" in done.err
    assert f"{truth.MODEL}/settings" in done.err
    assert "    pubflow discard --yes" in done.err


def test_programs_get_what_was_deleted_what_is_left_and_what_stays(uploaded: Stage) -> None:
    refused = uploaded.pubflow("discard", "--json", expect=3).json
    done = uploaded.pubflow("discard", "--json", "--yes").json
    again = uploaded.pubflow("discard", "--json", "--yes").json

    assert [one["id"] for one in refused["left"]] == [one["id"] for one in done["deleted"]]
    assert len(done["deleted"]) == 4
    assert done["stays"] == refused["stays"]
    assert (refused["deleted"], done["left"]) == ([], [])
    assert refused["problems"][0]["severity"] == "error"
    assert done["problems"] == again["problems"] == again["deleted"] == []
    assert {one["where"].rpartition("@")[2] for one in again["stays"]} == {"github", "huggingface"}


def test_what_holds_the_claim_goes_last(stage: Stage) -> None:
    stage.pubflow("release", "--until", "reserve")
    seen = len(stage.world["log"])

    stage.pubflow("discard", "--yes")

    changes = [entry for entry in stage.world["log"][seen:] if entry["change"]]
    assert [entry["platform"] for entry in changes] == ["zenodo"] * 3 + ["github"]


def test_drafts_of_others_stay(uploaded: Stage) -> None:
    mine = draft_by_hand(uploaded)
    body = {"tag_name": "v1.0.0", "draft": True, "body": "by hand"}
    hand(uploaded, "POST", f"/repos/{truth.REPOSITORY}/releases", body)

    uploaded.pubflow("discard", "--yes")

    assert [record["id"] for record in uploaded.world["zenodo"]["records"]] == [mine]
    [repository] = uploaded.world["github"]["repositories"]
    assert [release["body"] for release in repository["releases"]] == ["by hand"]


def test_a_draft_that_publish_toml_names_was_made_by_hand_and_stays(stage: Stage) -> None:
    mine = draft_by_hand(stage)
    manifest = stage.folder / "publish.toml"
    text = manifest.read_text("utf-8")
    manifest.write_text(
        f'{text}\n[data.optical-digits.target.zenodo]\nrecord = "10.5072/zenodo.{mine}"\n', "utf-8"
    )
    stage.pubflow("release", "--until", "upload")

    done = stage.pubflow("discard", "--yes")

    assert f"Draft {mine} stays." in done.err
    assert [record["id"] for record in stage.world["zenodo"]["records"]] == [mine]


@pytest.mark.parametrize("platform", ["github", "huggingface"])
def test_once_a_page_of_it_is_open_nothing_is_deleted(uploaded: Stage, platform: str) -> None:
    if platform == "github":
        hand(uploaded, "PATCH", f"/repos/{truth.REPOSITORY}", {"private": False})
    else:
        answer = requests.put(
            uploaded.env["HF_ENDPOINT"] + f"/api/models/{truth.MODEL}/settings",
            json={"visibility": "public"},
            headers={"Authorization": f"Bearer {uploaded.env['HF_TOKEN']}"},
            timeout=10,
        )
        assert answer.ok, answer.text
    before = uploaded.changes

    done = uploaded.pubflow("discard", "--yes", expect=3)

    assert uploaded.changes == before
    assert "it is not all private" in done.err
    assert f"@{platform}: " in done.err


@pytest.mark.usefixtures("released")
def test_a_release_that_is_out_is_left_as_it_is(stage: Stage) -> None:
    before, receipt = stage.changes, (stage.folder / "publish.lock").read_bytes()

    done = stage.pubflow("discard", "--yes", "--json", expect=3)

    assert stage.changes == before
    assert (stage.folder / "publish.lock").read_bytes() == receipt
    [problem] = done.json["problems"]
    for doi in truth.dois(stage.world).values():
        assert doi in problem["why"]


@pytest.mark.usefixtures("released")
def test_only_the_version_of_publish_toml_is_taken_out_of_the_receipt(stage: Stage) -> None:
    manifest = stage.folder / "publish.toml"
    text = manifest.read_text("utf-8").replace('version = "1.0.0"', 'version = "1.1.0"')
    manifest.write_text(text, "utf-8")
    config = stage.folder / "docs/example/weights/optical-digits-mlp/config.json"
    config.write_text(config.read_text("utf-8") + "\n", "utf-8")
    before = lockfile.read(stage.folder / "publish.lock")
    stage.pubflow("release", "--until", "reserve")

    stage.pubflow("discard", "--yes")

    assert lockfile.read(stage.folder / "publish.lock") == before
    world = stage.world
    assert all(record["published"] for record in world["zenodo"]["records"])
    [repository] = world["github"]["repositories"]
    assert [release["tag"] for release in repository["releases"]] == ["v1.0.0"]


def test_files_that_are_not_here_any_more_are_not_needed(uploaded: Stage) -> None:
    (uploaded.folder / "docs/example/weights/optical-digits-mlp/model.safetensors").unlink()

    uploaded.pubflow("discard", "--yes")

    assert uploaded.world["zenodo"]["records"] == []


def test_a_lost_answer_is_looked_up_and_nothing_is_deleted_twice(uploaded: Stage) -> None:
    for platform in ("github", "zenodo"):
        uploaded.fault(platform, 1, "cut-after", only="changes")
    seen = len(uploaded.world["log"])

    uploaded.pubflow("discard", "--yes", "--jobs", "1")

    sent = [e["path"] for e in uploaded.world["log"][seen:] if e["change"]]
    assert len(sent) == len(set(sent)) == 4
    begun_anew(uploaded)


@pytest.mark.slow
@pytest.mark.parametrize("lose", [False, True], ids=["journal kept", "journal lost"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_change_a_second_run_finishes(
    uploaded: Stage, zygote: Zygote, when: str, lose: bool
) -> None:
    """Before the second of the changes that are left, after the first, until none is left."""
    kills = 0
    for platform in ("zenodo", "github"):
        for at in itertools.chain([1], itertools.repeat(2 if when == "before" else 1)):
            kill = {"platform": platform, "at": at, "when": when, "only": "changes"}
            if not killed(uploaded, zygote, kill, lose):
                break
            kills += 1
        zygote.run(uploaded, "release", "--until", "upload")

    assert kills == 4
    uploaded.pubflow("discard", "--yes")
    begun_anew(uploaded)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "lose"),
    [("before", False), ("after", True)],
    ids=["before, journal kept", "after, journal lost"],
)
def test_killed_at_every_request_a_second_run_finishes(
    uploaded: Stage, zygote: Zygote, when: str, lose: bool
) -> None:
    """One discard after the other, each killed one request later than the one before.

    A request that only reads leaves the world as it was, so no new release is needed in between.
    """
    kills = 0
    for platform in PLATFORMS:
        for at in itertools.count(1):
            kill = {"platform": platform, "at": at, "when": when}
            if not killed(uploaded, zygote, kill, lose):
                break
            kills += 1
        zygote.run(uploaded, "release", "--until", "upload")

    assert kills > 40
    uploaded.pubflow("discard", "--yes")
    begun_anew(uploaded)


def killed(stage: Stage, zygote: Zygote, kill: dict[str, Any], lose: bool) -> bool:
    """Whether a discard met that request, and died of it."""
    code, said = zygote.run(stage, "discard", "--yes", "--jobs", "1", kill=kill)
    assert code in (0, -9), said
    truth.nothing_twice(with_one_commit(stage.world))
    truth.nothing_public(stage.world)
    if lose:
        stage.forget()
    return code == -9


def test_a_claim_that_the_hub_keeps_does_not_mislead_the_next_release(stage: Stage) -> None:
    manifest = stage.folder / "publish.toml"
    text = manifest.read_text("utf-8")
    start, stop = text.index("[code]"), text.index("[weights.")
    manifest.write_text(text[:start] + text[stop:], "utf-8")
    stage.pubflow("release", "--until", "upload")

    done = stage.pubflow("discard", "--yes")

    assert "The claim stays, on the branch pubflow/1.0.0" in done.err
    assert stage.world["zenodo"]["records"] == []
    stage.pubflow("release", "--yes")
    records = stage.world["zenodo"]["records"]
    assert len(records) == 2
    assert all(record["published"] for record in records)
    assert json.loads(stage.pubflow("plan", "--json").out)["actions"] == []
