"""While the branch is private its release commit may still change; an author's own never does."""

from __future__ import annotations

from platforms.github.scene import Scene, git


def until_uploaded(scene: Scene) -> None:
    run = scene.run()
    while (look := run.look()).actions[0].stage < 3:
        run.apply(look, look.actions[0])


def branch(scene: Scene) -> str:
    return str(scene.truth()["branches"]["main"])


def test_code_that_changed_before_anything_was_public_takes_the_place_of_ours(scene: Scene) -> None:
    until_uploaded(scene)
    first = branch(scene)
    head = scene.write("code/train.py", "print(2)\n")

    assert scene.run().look().errors == []
    until_uploaded(scene)

    assert branch(scene) != first
    assert git(scene.checkout, "ls-remote", scene.remote(), "refs/heads/main").startswith(
        branch(scene)
    )
    scene.run().release()
    git(scene.checkout, "fetch", "-q", scene.remote(), "refs/tags/v1.0.0")
    assert git(scene.checkout, "rev-parse", "FETCH_HEAD^{commit}^") == head


def test_what_somebody_pushed_on_top_of_ours_is_not_lost(scene: Scene) -> None:
    until_uploaded(scene)
    git(scene.checkout, "fetch", "-q", scene.remote(), "main")
    theirs = git(
        scene.checkout, "commit-tree", "-p", "FETCH_HEAD", "-m", "theirs", "FETCH_HEAD^{tree}"
    )
    git(scene.checkout, "push", "-q", scene.remote(), f"{theirs}:refs/heads/main")
    scene.write("code/train.py", "print(2)\n")

    [error] = scene.run().look().errors

    assert "has commits that this checkout does not have" in error
    assert branch(scene) == theirs


def test_documents_that_the_author_committed_need_no_second_commit(scene: Scene) -> None:
    until_uploaded(scene)
    ours = branch(scene)
    git(scene.checkout, "pull", "-q", scene.remote(), "main")
    scene.hand("DELETE", f"/repos/{scene.repo}")

    scene.run().release()

    assert branch(scene) == ours == git(scene.checkout, "rev-parse", "HEAD")
    assert [tag["commit"] for tag in scene.truth()["tags"]] == [ours]


def test_a_release_commit_that_the_author_made_never_makes_way(scene: Scene) -> None:
    until_uploaded(scene)
    git(scene.checkout, "pull", "-q", scene.remote(), "main")
    scene.hand("DELETE", f"/repos/{scene.repo}")
    until_uploaded(scene)
    theirs = branch(scene)
    git(scene.checkout, "reset", "-q", "--hard", "HEAD~1")
    scene.write("code/train.py", "print(2)\n")

    [error] = scene.run().look().errors

    assert "has commits that this checkout does not have" in error
    assert branch(scene) == theirs
