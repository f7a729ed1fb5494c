"""Drafts, publishing, and what cannot be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from rehearsal.github.place import OWNER, Place

REPO = f"/repos/{OWNER}/paper"
RELEASES = f"{REPO}/releases"


def publish(place: Place, release: dict[str, object], **more: object) -> Any:
    return place.call("PATCH", str(release["url"]), json={"draft": False, **more})


def test_one_tag_may_have_several_drafts(place: Place) -> None:
    place.pushed()

    assert place.draft()["id"] != place.draft()["id"]
    assert len(place.call("GET", RELEASES).json()) == 2


def test_a_draft_is_there_for_the_token_only_and_never_by_its_tag(place: Place) -> None:
    place.pushed()
    draft = place.draft()

    assert draft["html_url"].rpartition("/")[2].startswith("untagged-")
    assert place.call("GET", f"{RELEASES}/tags/v1").status_code == 404
    assert place.call("GET", draft["url"]).status_code == 200
    assert place.call("GET", draft["url"], token=None).status_code == 404
    assert place.call("GET", RELEASES, token=None).json() == []
    assert place.call("GET", f"/{OWNER}/paper/releases/tag/v1").status_code == 404
    assert place.call("GET", f"{REPO}/git/ref/tags/v1").status_code == 404


def test_publishing_makes_the_tag_where_the_target_is(place: Place) -> None:
    work = place.pushed()
    draft = place.draft(target_commitish=place.commit(work))

    told = publish(place, draft).json()

    assert told["html_url"] == f"{place.url}/{OWNER}/paper/releases/tag/v1"
    assert told["published_at"]
    ref = place.call("GET", f"{REPO}/git/ref/tags/v1").json()
    assert ref["object"] == {
        "sha": place.commit(work),
        "type": "commit",
        "url": f"{place.url}{REPO}/git/commits/{place.commit(work)}",
    }


def test_publishing_leaves_a_tag_that_is_there_as_it_is(place: Place) -> None:
    work = place.pushed()
    draft = place.draft()
    place.git("push", "-q", "origin", "v1", cwd=work)

    publish(place, draft)

    ref = place.call("GET", f"{REPO}/git/ref/tags/v1").json()
    assert ref["object"]["type"] == "tag"


def test_a_second_published_release_of_a_tag_is_refused(place: Place) -> None:
    place.pushed()
    first, second = place.draft(), place.draft()
    publish(place, first)

    answer = publish(place, second)

    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "resource": "Release",
        "field": "tag_name",
        "code": "already_exists",
    }
    assert place.call("GET", second["url"]).json()["draft"]


def test_an_empty_repository_takes_drafts_and_publishes_none(place: Place) -> None:
    place.make()
    draft = place.draft()

    answer = publish(place, draft)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "Repository is empty."


def test_a_draft_of_an_empty_repository_is_published_after_a_push(place: Place) -> None:
    made = place.make()
    draft = place.draft()
    work = place.checkout({"a.txt": "a"})
    place.git("push", "-q", made["clone_url"], "main:develop", cwd=work)

    # The draft was made for a branch that never came.
    assert publish(place, draft).status_code == 422
    assert publish(place, draft, target_commitish="develop").status_code == 200


@pytest.mark.parametrize("target", ["no-branch", "v1", "refs/heads/main", "0" * 40])
def test_a_target_is_a_branch_or_a_full_sha_that_is_there(place: Place, target: str) -> None:
    work = place.pushed()
    place.git("push", "-q", "origin", "v1", cwd=work)
    fields = {"tag_name": "v2", "draft": True, "target_commitish": target}

    answer = place.call("POST", RELEASES, json=fields)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "target_commitish"


def test_only_what_is_sent_changes(place: Place) -> None:
    place.pushed()
    draft = place.draft(title="One", body="Notes", prerelease=True)

    told = place.call("PATCH", draft["url"], json={"body": "Better notes"}).json()

    assert (told["name"], told["body"]) == ("One", "Better notes")
    assert told["draft"]
    assert told["prerelease"]


def test_notes_have_a_limit(place: Place) -> None:
    place.pushed()
    draft = place.draft(body="a" * 125_000)

    assert place.call("PATCH", draft["url"], json={"body": "a" * 125_001}).status_code == 422


@pytest.mark.parametrize("tag", ["a b", "a..b", "v1.lock", "/v1", "a~1", ""])
def test_a_tag_has_a_name_that_git_takes(place: Place, tag: str) -> None:
    place.pushed()

    answer = place.call("POST", RELEASES, json={"tag_name": tag, "draft": True})

    assert answer.status_code == 422


def test_the_latest_release_is_the_last_one_that_did_not_say_no(place: Place) -> None:
    place.pushed()
    publish(place, place.draft("v1"))
    publish(place, place.draft("v2"), make_latest="false")
    publish(place, place.draft("v3", prerelease=True))

    assert place.call("GET", f"{RELEASES}/latest").json()["tag_name"] == "v1"
    publish(place, place.draft("v4"))
    assert place.call("GET", f"{RELEASES}/latest").json()["tag_name"] == "v4"


def test_a_deleted_release_leaves_its_tag(place: Place) -> None:
    place.pushed()
    draft = place.draft()
    publish(place, draft)

    assert place.call("DELETE", draft["url"]).status_code == 204
    assert place.call("GET", f"{REPO}/git/ref/tags/v1").status_code == 200
    assert place.call("GET", f"{RELEASES}/latest").status_code == 404


def test_an_immutable_release_keeps_its_files_its_tag_and_its_name_for_ever(place: Place) -> None:
    work = place.pushed()
    place.call("PUT", f"{REPO}/immutable-releases")
    draft = place.draft()
    asset = place.upload(draft, "a.txt", b"abc").json()
    told = publish(place, draft).json()

    assert told["immutable"]
    late = place.upload(draft, "b.txt", b"abc")
    assert late.status_code == 422
    assert "immutable" in late.json()["message"]
    assert place.call("DELETE", asset["url"]).status_code == 422
    assert place.call("PATCH", draft["url"], json={"tag_name": "v2"}).status_code == 422
    assert place.call("PATCH", draft["url"], json={"body": "Links"}).status_code == 200
    push = place.git("push", "-f", "origin", "v1", cwd=work, ok=False)
    assert push.returncode != 0
    assert "immutable" in push.stderr
    assert place.call("DELETE", f"{REPO}/git/refs/tags/v1").status_code == 422
    place.call("DELETE", draft["url"])
    place.call("DELETE", f"{REPO}/immutable-releases")
    assert publish(place, place.draft()).status_code == 422


def test_generated_notes_are_kept_nowhere(place: Place) -> None:
    place.pushed()

    told = place.call("POST", f"{RELEASES}/generate-notes", json={"tag_name": "v1"}).json()

    assert f"/{OWNER}/paper/commits/v1" in told["body"]
    assert place.call("GET", RELEASES).json() == []
