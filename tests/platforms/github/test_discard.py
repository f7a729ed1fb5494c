"""`undo` takes back what is ours and not yet public, and nothing of anybody else's."""

from __future__ import annotations

import pytest
from platforms.github.scene import Run, Scene, git
from platforms.github.test_preflight import given, standin

from pubflow.actions import Action
from pubflow.errors import Refused
from pubflow.rehearsal.github import GitHub
from pubflow.rehearsal.github.rights import Rights

USED = (standin,)
"""The fixture with a stand-in whose rights a test may lessen."""


def discarded(run: Run) -> list[str]:
    """What `discard` does: uploads first, reservations last, each after a look."""
    done = []
    for _ in range(9):
        look = run.look()
        left = sorted(run.platform.undo(look.target, look.state), key=lambda a: (-a.stage, a.last))
        if not left:
            return done
        run.apply(look, left[0])
        done.append(left[0].id.partition("/")[2])
    raise AssertionError(f"never done: {done}")


def advance(run: Run, steps: int) -> list[Action]:
    """The first actions of a release, and what the journal would remember of them."""
    done = []
    for _ in range(steps):
        look = run.look()
        run.remembered |= run.apply(look, look.actions[0]).remember
        done.append(look.actions[0])
    return done


def test_a_repository_of_our_making_goes_while_it_is_empty(scene: Scene) -> None:
    run = scene.run()
    advance(run, 2)

    assert discarded(scene.run()) == ["discard/repository"]

    assert scene.truth() == {}
    scene.run().release()
    assert scene.run().look().ids == []


def test_a_repository_of_our_making_goes_without_the_claim_by_the_journal(scene: Scene) -> None:
    run = scene.run()
    advance(run, 1)

    assert discarded(run) == ["discard/repository"]
    assert scene.truth() == {}


def test_an_empty_repository_of_somebody_else_stays(scene: Scene) -> None:
    scene.existing(private=True, pushed=False)
    advance(scene.run(), 1)

    assert discarded(scene.run()) == ["discard/claim"]

    assert scene.truth()["refs"] == {}
    look = scene.run().look()
    [note] = look.run.platform.left(look.target, look.state)
    assert note.hint.endswith("/utopia-lab/optical-digits/settings")


def test_what_was_pushed_to_a_private_repository_stays_and_is_listed(scene: Scene) -> None:
    advance(scene.run(), 5)

    done = discarded(scene.run())

    assert len(done) == 1
    truth = scene.truth()
    assert (truth["releases"], truth["private"]) == ([], True)
    assert list(truth["refs"]) == ["refs/pubflow/1.0.0"]
    look = scene.run().look()
    pages = [note.hint.split()[-1] for note in look.run.platform.left(look.target, look.state)]
    assert [page.rpartition("digits")[2] for page in pages] == ["/commits/main", "/settings"]


def test_drafts_and_refs_of_others_stay(scene: Scene) -> None:
    scene.existing(private=False)
    body = {"tag_name": "v1.0.0", "draft": True, "body": "by hand"}
    theirs = scene.hand("POST", f"/repos/{scene.repo}/releases", body)
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:refs/theirs/pubflow")
    before = scene.truth()
    advance(scene.run(), 3)

    discarded(scene.run())

    now = scene.truth()
    assert now["branches"] == before["branches"]
    assert now["refs"] == before["refs"]
    assert [release["id"] for release in now["releases"]] == [theirs["id"]]


def test_a_release_that_is_out_is_not_touched(scene: Scene) -> None:
    scene.run().release()
    before = scene.truth()

    assert discarded(scene.run()) == []

    look = scene.run().look()
    [note] = look.run.platform.left(look.target, look.state)
    assert "is out and stays" in note.what
    assert scene.truth() == before


def test_a_repository_that_got_a_branch_in_between_is_not_deleted(scene: Scene) -> None:
    run = scene.run()
    advance(run, 2)
    look = scene.run().look()
    [action] = look.run.platform.undo(look.target, look.state)
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:refs/heads/main")

    with pytest.raises(Refused, match="is not deleted"):
        look.run.apply(look, action)

    assert scene.truth()["branches"]


def test_discard_in_the_middle_leaves_a_release_that_can_begin_again(scene: Scene) -> None:
    for steps in (3, 1, 2, 3):
        advance(scene.run(), steps)
        discarded(scene.run())
        assert scene.truth()["releases"] == []

    scene.run().release()

    assert [release["draft"] for release in scene.truth()["releases"]] == [False]
    assert scene.run().look().ids == []


def test_a_token_without_the_scope_for_it_leaves_the_repository_and_says_so(
    scene: Scene, standin: GitHub
) -> None:
    given(scene, standin, Rights("classic", scopes=("repo", "workflow")))
    run = scene.run()
    advance(run, 2)

    assert discarded(scene.run()) == ["discard/claim"]

    assert scene.truth()["refs"] == {}
    look = scene.run().look()
    [note] = look.run.platform.left(look.target, look.state)
    assert note.hint.endswith("/utopia-lab/optical-digits/settings")
    scene.run().release()


def test_a_repository_that_may_not_be_deleted_loses_its_claim_and_stays(
    scene: Scene, standin: GitHub
) -> None:
    run = scene.run()
    advance(run, 2)
    look = run.look()
    [action] = run.platform.undo(look.target, look.state)
    given(scene, standin, Rights("fine-grained", administration=False))
    later = scene.run()
    later.remembered = dict(run.remembered)

    later.remembered |= later.apply(later.look(), action).remember

    assert scene.truth()["refs"] == {}
    look = later.look()
    assert list(later.platform.undo(look.target, look.state)) == []
    assert [note.severity for note in later.platform.left(look.target, look.state)] == ["note"]


def test_what_is_public_of_this_version_forbids_it(scene: Scene) -> None:
    advance(scene.run(), 7)
    scene.hand("PATCH", f"/repos/{scene.repo}", {"private": False})

    look = scene.run().look()

    found = list(look.run.platform.left(look.target, look.state))
    assert [p.severity for p in found] == ["error", "note"]
    assert "release commit stays on main" in found[0].what
