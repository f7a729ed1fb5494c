"""Whole releases to the stand-in, over real sockets and real `git push`."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from platforms.github.scene import Run, Scene, git

from pubflow.actions import Stage
from pubflow.platform import Problem
from pubflow.platforms.github import texts

NEW = [
    "create",
    "claim",
    "commit",
    "draft",
    "upload/SHA256SUMS",
    "upload/optical-digits-1.0.0.tar",
    "describe",
    "open",
    "push",
    "publish",
]


def fingerprint(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_new_repository_is_released_and_then_nothing_is_left(scene: Scene) -> None:
    run = scene.run()
    assert run.look().ids == NEW

    assert run.release() == NEW

    truth = scene.truth()
    assert truth["private"] is False
    assert [tag["name"] for tag in truth["tags"]] == ["v1.0.0"]
    assert truth["branches"]["main"] == truth["tags"][0]["commit"]
    [release] = truth["releases"]
    assert (release["tag"], release["draft"]) == ("v1.0.0", False)
    assert {asset["name"] for asset in release["assets"]} == {
        "SHA256SUMS",
        "optical-digits-1.0.0.tar",
    }
    before = scene.rehearsal.counters()["github"]["changes"]
    again = scene.run()
    assert again.release() == []
    assert scene.rehearsal.counters()["github"]["changes"] == before
    assert list(again.platform.verify(run.look().target, run.look().links)) == []


def test_each_action_takes_itself_and_nothing_else_out_of_the_plan(scene: Scene) -> None:
    left = scene.run().look().ids
    while left:
        look = scene.run().look()
        look.run.apply(look, look.passable()[0])
        now = scene.run().look().ids
        assert now == left[1:]
        left = now


@pytest.mark.parametrize("kind", ["cut-before", "cut-after", "503-applied", "odd-applied"])
@pytest.mark.parametrize("public", [False, True], ids=["new", "public"])
def test_an_answer_lost_at_any_change_leaves_one_of_each(
    scene: Scene, kind: str, public: bool
) -> None:
    """Every third changing request fails, then it goes on, in a new process each time."""
    if public:
        scene.existing(private=False)
    faults = [
        {"platform": "github", "at": at, "kind": kind, "only": "changes"} for at in range(1, 40, 2)
    ]
    scene.fail(faults)

    scene.run().release()

    scene.fail([])
    truth = scene.truth()
    [release] = truth["releases"]
    assert release["draft"] is False
    assert sorted(asset["state"] for asset in release["assets"]) == ["uploaded"] * 2
    assert [tag["name"] for tag in truth["tags"]] == ["v1.0.0"]
    fresh = scene.run().look()
    assert fresh.ids == []
    assert list(fresh.run.platform.verify(fresh.target, fresh.links)) == []


def test_an_existing_private_repository_keeps_its_own_words(scene: Scene) -> None:
    scene.existing(private=True)
    scene.hand("PATCH", f"/repos/{scene.repo}", {"description": "Mine", "homepage": ""})
    scene.hand("PUT", f"/repos/{scene.repo}/topics", {"names": ["mine"]})

    assert scene.run().release() == NEW[1:]

    truth = scene.truth()
    assert truth["description"] == "Mine"
    assert truth["homepage"] == "https://arxiv.org/abs/2605.01234"
    assert truth["topics"] == ["mine", "self-supervised-learning", "digits"]


def test_a_public_repository_shows_nothing_before_publish(scene: Scene) -> None:
    scene.existing(private=False)
    run = scene.run()
    before = scene.truth()
    look = run.look()
    assert look.ids == ["claim", *NEW[3:6], "describe", "push", "publish"]

    for action in look.actions:
        if action.stage is Stage.PUBLISH:
            break
        run.apply(run.look(), action)

    now = scene.truth()
    for key in ("branches", "tags", "description", "topics", "homepage"):
        assert now[key] == before[key]
    assert all(release["draft"] for release in now["releases"])
    assert "optical" not in run.claim._place.read().text  # type: ignore[union-attr]
    run.release()
    assert scene.truth()["tags"][0]["commit"] == scene.truth()["branches"]["main"]


def test_the_next_version_goes_on_top_of_the_first(scene: Scene) -> None:
    scene.run().release()
    scene.version = "1.1.0"
    [error] = scene.run().look().errors
    assert "has commits that this checkout does not have" in error
    git(scene.checkout, "pull", "-q", scene.remote(), "main")
    scene.write("code/train.py", "print(2)\n")

    done = scene.run().release()

    assert done[0] == "claim"
    assert "push" in done
    truth = scene.truth()
    assert [tag["name"] for tag in truth["tags"]] == ["v1.0.0", "v1.1.0"]
    assert sorted(release["tag"] for release in truth["releases"]) == ["v1.0.0", "v1.1.0"]
    assert scene.run().look().ids == []


def test_a_tag_from_before_is_released_as_it_is(scene: Scene) -> None:
    scene.existing(private=False)
    git(scene.checkout, "tag", "v1.0.0")
    git(scene.checkout, "push", "-q", scene.remote(), "v1.0.0")
    before = scene.truth()

    done = scene.run().release()

    assert "push" not in done
    assert "commit" not in done
    truth = scene.truth()
    assert (truth["tags"], truth["branches"]) == (before["tags"], before["branches"])
    assert scene.run().look().ids == []


def test_a_tag_elsewhere_stops_the_plan(scene: Scene) -> None:
    scene.existing(private=False)
    git(scene.checkout, "tag", "v1.0.0")
    git(scene.checkout, "push", "-q", scene.remote(), "v1.0.0")
    scene.write("code/train.py", "print(2)\n")

    [error] = scene.run().look().errors

    assert "v1.0.0" in error


def test_a_tag_set_by_somebody_after_our_claim_is_never_moved(scene: Scene) -> None:
    scene.existing(private=True)
    run = scene.run()
    for action in run.look().actions[:2]:
        run.apply(run.look(), action)
    assert run.claim.get("code@github", "commit")
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD~1:refs/tags/v1.0.0")

    [error] = scene.run().look().errors

    assert "where this release did not put it" in error


def test_commits_of_others_stop_the_plan(scene: Scene) -> None:
    scene.existing(private=True)
    scene.write("code/other.py", "1\n")
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:refs/heads/main")
    git(scene.checkout, "reset", "-q", "--hard", "HEAD~1")

    look = scene.run().look()

    [problem] = [p for p in look.problems if p.severity == "error"]
    assert "git pull" in problem.hint


def test_a_history_with_another_beginning_is_told_from_one_that_is_ahead(scene: Scene) -> None:
    other = scene.checkout.rename(scene.root / "mine")
    scene.checkout.mkdir()
    git(scene.checkout, "init", "-q", "-b", "main")
    scene.write("other.py", "1\n")
    scene.existing(private=False)
    scene.checkout.rename(scene.root / "theirs")
    other.rename(scene.checkout)

    [error] = [p for p in scene.run().look().problems if p.severity == "error"]
    told = error.hint.split()

    assert error.what == f"main of {scene.repo} has no commit in common with this checkout."
    git(scene.checkout, "remote", "add", "origin", scene.remote())
    git(scene.checkout, *told[told.index("pull") :])
    assert scene.run().look().errors == []


def test_a_tag_in_a_repository_without_a_branch_stops_the_plan(scene: Scene) -> None:
    scene.existing(private=False, pushed=False)
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:refs/tags/v1.0.0")

    look = scene.run().look()
    [error] = [p for p in look.problems if p.severity == "error"]

    assert error.what == f"{scene.repo} has the tag v1.0.0, and no branch."
    assert error.hint.endswith("git push origin HEAD:main")
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:main")
    scene.run().release()
    assert scene.run().look().ids == []


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_another_repository_that_took_the_name_gets_nothing_of_the_release(
    scene: Scene, version: str
) -> None:
    first = scene.run()
    while actions := first.look().passable():
        first.remembered |= first.apply(first.look(), actions[0]).remember
    kept = first.remembered
    scene.hand("PATCH", f"/repos/{scene.repo}", {"name": "renamed"})
    scene.existing(private=True, pushed=False)
    scene.version = version
    before = "" if version == "1.0.0" else "previous."

    def known(repo: str = scene.repo) -> Run:
        scene.repo = repo
        run = scene.run()
        run.remembered = {before + key: value for key, value in kept.items()}
        return run

    [error] = known().look().errors
    assert error == f"{scene.repo} is not the repository that pubflow released into by this name."
    git(scene.checkout, "pull", "-q", scene.remote("utopia-lab/renamed"), "main")
    assert known("utopia-lab/renamed").look().errors == []


def test_a_draft_of_somebody_else_is_left_alone(scene: Scene) -> None:
    scene.existing(private=False)
    theirs = scene.hand(
        "POST",
        f"/repos/{scene.repo}/releases",
        {"tag_name": "v1.0.0", "draft": True, "body": "by hand"},
    )

    scene.run().release()

    releases = {release["id"]: release for release in scene.truth()["releases"]}
    assert releases.pop(theirs["id"])["draft"] is True
    assert [release["draft"] for release in releases.values()] == [False]


def test_a_release_that_is_out_by_another_hand_stops_the_plan(scene: Scene) -> None:
    scene.existing(private=False)
    scene.hand("POST", f"/repos/{scene.repo}/releases", {"tag_name": "v1.0.0", "body": "by hand"})

    assert any("not made by pubflow" in error for error in scene.run().look().errors)


def test_an_unclaimed_draft_of_ours_is_adopted(scene: Scene) -> None:
    scene.existing(private=False)
    run = scene.run()
    run.apply(run.look(), run.look().actions[0])
    look = run.look()
    body = texts.body(look.target, look.links)
    for _ in range(2):
        scene.hand(
            "POST",
            f"/repos/{scene.repo}/releases",
            {"tag_name": "v1.0.0", "draft": True, "body": body},
        )

    scene.run().release()

    assert [release["draft"] for release in scene.truth()["releases"]] == [False]


def test_a_claimed_draft_deleted_by_hand_is_made_again(scene: Scene) -> None:
    run = scene.run()
    for action in run.look().actions[:4]:
        run.apply(run.look(), action)
    [draft] = scene.truth()["releases"]
    scene.hand("DELETE", f"/repos/{scene.repo}/releases/{draft['id']}")

    scene.run().release()

    assert [release["draft"] for release in scene.truth()["releases"]] == [False]
    assert scene.run().look().ids == []


def test_a_wrong_asset_in_our_draft_is_replaced(scene: Scene) -> None:
    run = scene.run()
    for action in run.look().actions[:6]:
        run.apply(run.look(), action)
    look = run.look()
    sums = look.state.release and look.state.release.asset("SHA256SUMS")
    assert sums
    scene.hand("DELETE", f"/repos/{scene.repo}/releases/assets/{sums.id}")
    assert look.state.release
    run.platform._api.upload(
        look.state.release, "SHA256SUMS", scene.checkout / "README.md", 17, lambda size: None
    )
    assert "upload/SHA256SUMS" in scene.run().look().ids

    scene.run().release()

    done = scene.run()
    assert list(done.platform.verify(done.look().target, done.look().links)) == []


def test_a_person_s_own_repository_gets_the_authors_branch(scene: Scene) -> None:
    scene.repo = f"{scene.hand('GET', '/user')['login']}/digits"
    git(scene.checkout, "branch", "-m", "trunk")

    scene.run().release()

    truth = scene.truth()
    assert truth["default_branch"] == "trunk"
    assert scene.run().look().ids == []


def test_a_repository_made_by_another_run_in_between_is_used(scene: Scene) -> None:
    run = scene.run()
    look = run.look()
    scene.existing(private=True, pushed=False)

    run.apply(look, look.actions[0])

    assert run.look().ids == NEW[1:]


def test_a_prerelease_is_marked_as_one(scene: Scene) -> None:
    scene.version = "1.0.0-rc.1"

    scene.run().release()

    [release] = scene.truth()["releases"]
    assert (release["tag"], release["prerelease"]) == ("v1.0.0-rc.1", True)


def test_what_is_not_as_it_should_be_is_found_by_a_stranger(scene: Scene) -> None:
    scene.run().release()
    look = scene.run().look()
    tar = next(file for file in look.target.files if file.name.endswith(".tar"))
    wrong = replace(tar, sha256="0" * 64)
    missing = replace(tar, name="missing.tar")
    target = replace(look.target, files=(wrong, missing))

    found = [problem.what for problem in look.run.platform.verify(target, look.links)]

    assert len(found) == 2
    scene.hand("PATCH", f"/repos/{scene.repo}", {"private": True})
    found = [problem.what for problem in look.run.platform.verify(look.target, look.links)]
    assert sum("answers 404 to a stranger" in what for what in found) == 3


def test_looking_changes_nothing(scene: Scene) -> None:
    scene.existing(private=True)
    before = scene.rehearsal.counters()["github"]["changes"]

    look = scene.run().look()
    list(look.run.platform.verify(look.target, look.links))

    assert scene.rehearsal.counters()["github"]["changes"] == before


def test_an_empty_public_repository_gets_its_draft_after_the_push(scene: Scene) -> None:
    scene.existing(private=False, pushed=False)

    done = scene.run().release()

    assert done.index("push") < done.index("draft") < done.index("publish")
    assert scene.run().look().ids == []


def test_two_runs_at_once_end_with_one_release(scene: Scene) -> None:
    scene.existing(private=False)
    one, two = scene.run(), scene.run()
    for run in (one, two):
        run.look()
    first, second = one.look(), two.look()
    for look in (first, second):
        look.run.apply(look, look.actions[0])
    first, second = one.look(), two.look()
    assert first.actions[0].verb == second.actions[0].verb == "draft"
    for look in (first, second):
        look.run.claim.refresh()
        look.run.apply(look, look.actions[0])

    assert len(scene.truth()["releases"]) == 1
    two.release()
    assert one.release() == []


def test_what_another_run_pushes_while_we_look_is_not_a_strangers(scene: Scene) -> None:
    """Its commit is in the claim, but not in the claim as it was read a moment before."""
    scene.history, scene.below = "snapshot", "code"
    one, two = scene.run(), scene.run()
    for _ in range(2):
        look = one.look()
        one.apply(look, look.actions[0])
    look = one.look()
    assert look.actions[0].verb == "commit"
    theirs = two.look()
    two.apply(theirs, theirs.actions[0])

    state = one.platform.observe(look.target, one.memory(look.target))

    found = list(one.platform.diff(look.target, state, look.links))
    assert not [item for item in found if isinstance(item, Problem) and item.severity == "error"]
    assert state.repository is not None
    assert state.repository.head in state.commits


def test_a_snapshot_is_released_without_the_past_and_followed_by_the_next(scene: Scene) -> None:
    scene.history, scene.below = "snapshot", "code"
    scene.run().release()
    first = scene.truth()["branches"]["main"]
    scene.write("code/train.py", "print(2)\n")
    scene.version = "2.0.0"

    scene.run().release()

    truth = scene.truth()
    tags = {tag["name"]: tag["commit"] for tag in truth["tags"]}
    assert tags["v1.0.0"] == first
    git(scene.root, "clone", "-q", scene.remote(), "clone")
    assert git(scene.root / "clone", "log", "--format=%H").split() == [tags["v2.0.0"], first]
    assert scene.run().look().ids == []


def test_a_snapshot_never_replaces_what_others_pushed(scene: Scene) -> None:
    scene.existing(private=True)
    scene.history, scene.below = "snapshot", "code"

    assert any("pubflow did not make" in error for error in scene.run().look().errors)


def test_the_checkout_is_left_as_it_was(scene: Scene) -> None:
    before = fingerprint(scene.checkout)

    scene.run().release()

    assert fingerprint(scene.checkout) == before


def test_discard_deletes_our_draft_and_nothing_else(scene: Scene) -> None:
    scene.existing(private=False)
    theirs = scene.hand(
        "POST", f"/repos/{scene.repo}/releases", {"tag_name": "v1.0.0", "draft": True}
    )
    run = scene.run()
    for action in run.look().actions[:2]:
        run.apply(run.look(), action)
    look = run.look()

    for action in run.platform.undo(look.target, look.state):
        run.apply(look, action)

    assert [release["id"] for release in scene.truth()["releases"]] == [theirs["id"]]


def test_after_the_release_the_author_may_work_on(scene: Scene) -> None:
    scene.run().release()
    scene.write("code/train.py", "print(3)\n")

    look = scene.run().look()

    assert (look.ids, look.errors) == ([], [])


def test_an_older_line_does_not_become_the_latest(scene: Scene) -> None:
    scene.version = "2.0.0"
    scene.run().release()
    git(scene.checkout, "pull", "-q", scene.remote(), "main")
    scene.version = "1.9.9"
    scene.run().release()

    latest = scene.hand("GET", f"/repos/{scene.repo}/releases/latest")

    assert latest["tag_name"] == "v2.0.0"


def test_a_renamed_repository_is_found_under_its_new_name(scene: Scene) -> None:
    scene.existing(private=True)
    scene.hand("PATCH", f"/repos/{scene.repo}", {"name": "renamed"})

    look = scene.run().look()
    [warning] = [p for p in look.problems if p.severity == "warning"]
    scene.run().release()

    assert warning.what.endswith("was renamed to utopia-lab/renamed.")
    assert warning.hint.endswith('id = "optical-digits"')  # Else all would be another release's.
    assert [r["draft"] for r in scene.truth("utopia-lab/renamed")["releases"]] == [False]
    assert scene.truth() == {}


def test_the_token_is_in_no_file_and_no_log_line(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    scene.run().release()

    assert scene.token not in caplog.text
    for file in scene.root.rglob("*"):
        if file.is_file():
            assert scene.token.encode() not in file.read_bytes()


def test_a_checkout_without_history_is_released_where_the_past_is_known(scene: Scene) -> None:
    scene.existing(private=False)
    whole = scene.checkout.rename(scene.root / "whole")
    git(scene.root, "clone", "-q", "--depth=1", f"file://{whole}", str(scene.checkout))

    scene.run().release()

    assert [tag["name"] for tag in scene.truth()["tags"]] == ["v1.0.0"]
    assert scene.run().look().ids == []


def test_a_plain_folder_is_released_as_one_commit(scene: Scene) -> None:
    folder = scene.root / "plain"
    folder.mkdir()
    (folder / "train.py").write_text("print(1)\n")
    scene.checkout.rename(scene.root / "elsewhere")
    folder.rename(scene.checkout)

    scene.run().release()

    assert scene.run().look().ids == []
    git(scene.root, "clone", "-q", scene.remote(), "clone")
    assert git(scene.root / "clone", "rev-list", "--count", "HEAD") == "1"
