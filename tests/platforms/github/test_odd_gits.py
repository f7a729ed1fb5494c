"""Gits and checkouts that are not as usual: old ones, strict ones, foreign ones, other formats."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from platforms.github.scene import Scene, git

from pubflow.actions import Stage
from pubflow.errors import PubflowError
from pubflow.platform import Problem
from pubflow.platforms.github.push import Remote, Update


def wrapped(tools: Path, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    """A git that does `first` in a shell before it is the installed one."""
    tools.mkdir()
    real = next(p for p in os.environ["PATH"].split(":") if (Path(p) / "git").exists())
    (tools / "git").write_text(f'#!/bin/sh\n{first}\nexec "{real}/git" "$@"\n')
    (tools / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")


def home(folder: Path, monkeypatch: pytest.MonkeyPatch, config: str) -> None:
    folder.mkdir()
    (folder / ".gitconfig").write_text(config)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.mark.parametrize("history", ["full", "snapshot"])
def test_a_git_that_trusts_no_bare_repository_releases_two_versions(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, history: str
) -> None:
    home(scene.root / "home", monkeypatch, "[safe]\n\tbareRepository = explicit\n")
    scene.history = history

    scene.run().release()
    if history == "full":
        git(scene.checkout, "pull", "-q", scene.remote(), "main")
    scene.write("more.py", "1\n")
    scene.version = "1.1.0"
    scene.run().release()

    assert sorted(r["tag"] for r in scene.truth()["releases"] if not r["draft"]) == [
        "v1.0.0",
        "v1.1.0",
    ]


def test_a_checkout_of_another_user_is_read_by_gits_that_ask_the_person_s_own_configuration(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git 2.35.2 to 2.37 hear of safe.directory from configuration files alone."""
    home(scene.root / "home", monkeypatch, "[safe]\n\tdirectory = *\n")
    foreign = "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1; unset GIT_CONFIG_COUNT"
    here = f'case "$PWD/" in "{scene.checkout}"/*) {foreign} ;; esac'
    wrapped(scene.root / "tools", monkeypatch, here)

    scene.run().release()

    assert [r["draft"] for r in scene.truth()["releases"]] == [False]


def test_nobody_s_configuration_takes_part_in_a_push_of_an_old_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git before 2.32 does not know GIT_CONFIG_GLOBAL."""
    for name in ("source", "there.git", "elsewhere.git"):
        (tmp_path / name).mkdir()
        git(tmp_path / name, "init", "-q", *(["--bare"] if name.endswith(".git") else []))
    git(tmp_path / "source", "commit", "-q", "--allow-empty", "-m", "one")
    head = git(tmp_path / "source", "rev-parse", "HEAD")
    (tmp_path / "config" / "git").mkdir(parents=True)
    (tmp_path / "config" / "git" / "config").write_text(
        f'[url "{tmp_path}/elsewhere.git"]\n\tinsteadOf = {tmp_path}/there.git\n'
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    wrapped(tmp_path / "tools", monkeypatch, "unset GIT_CONFIG_GLOBAL")

    update = Update("refs/heads/main", head)
    Remote(lambda: f"{tmp_path}/there.git", None).push(tmp_path / "source", [update])

    assert git(tmp_path / "there.git", "rev-parse", "refs/heads/main") == head
    assert git(tmp_path / "elsewhere.git", "for-each-ref") == ""


def test_what_a_git_of_2019_began_it_finishes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git 2.24 knows none of these variables, nor `fetch --no-write-fetch-head` of 2.29."""
    newer = "unset GIT_CONFIG_COUNT GIT_CONFIG_GLOBAL GIT_NO_LAZY_FETCH"
    refused = 'case "$*" in *--no-write-fetch-head*|*--refetch*) exit 129 ;; esac'
    wrapped(scene.root / "tools", monkeypatch, f"{newer}\n{refused}")
    scene.existing(private=False)
    first = scene.run()
    first.apply(look := first.look(), look.actions[0])

    scene.run().release()  # It reads the claim first.

    assert [r["draft"] for r in scene.truth()["releases"]] == [False]


@pytest.mark.parametrize("history", ["full", "snapshot"])
def test_a_checkout_of_the_sha256_format_is_refused_before_anything_is_made(
    scene: Scene, history: str
) -> None:
    (scene.checkout / ".git").rename(scene.root / "sha1")
    git(scene.checkout, "init", "-q", "-b", "main", "--object-format=sha256")
    scene.write("more.py", "1\n")
    scene.history = history

    with pytest.raises(PubflowError, match="sha256 format") as refused:
        scene.run().look()

    assert "git archive HEAD" in refused.value.hint
    assert scene.changes == 0


def test_a_file_name_that_is_no_utf_8_is_released_as_it_is(scene: Scene) -> None:
    (scene.checkout / ".git").rename(scene.root / "elsewhere")
    name = os.fsdecode(b"caf\xe9.py")
    (scene.checkout / name).write_text("1\n")

    scene.run().release()

    copy = scene.root / "copy.git"
    git(scene.root, "clone", "-q", "--bare", scene.remote(), str(copy))
    assert "caf\\351.py" in git(copy, "ls-tree", "-r", "--name-only", "main")


def test_a_partial_clone_of_what_github_has_is_released_and_fetches_nothing(scene: Scene) -> None:
    scene.write("train.py", "1\n" * 100)
    scene.write("train.py", "2\n" * 100)
    scene.existing(private=False)
    whole = scene.checkout.rename(scene.root / "whole")
    git(whole, "config", "uploadpack.allowFilter", "true")
    git(scene.root, "clone", "-q", "--filter=blob:none", f"file://{whole}", str(scene.checkout))
    whole.rename(scene.root / "nowhere")
    scene.write("train.py", "2\n" * 99)

    scene.run().release()

    assert [r["draft"] for r in scene.truth()["releases"]] == [False]
    missing = git(scene.checkout, "rev-list", "--objects", "--missing=print", "HEAD")
    assert "\n?" in missing


def behind(scene: Scene) -> None:
    """Somebody pushed a commit on top of what lies here."""
    scene.existing(private=False)
    scene.write("code/other.py", "1\n")
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:refs/heads/main")
    git(scene.checkout, "reset", "-q", "--hard", "HEAD~1")


@pytest.mark.parametrize("how", [("-b", "paper"), ("--detach",)])
def test_who_is_not_on_the_default_branch_is_told_which_one_to_take_over(
    scene: Scene, how: tuple[str, ...]
) -> None:
    behind(scene)
    git(scene.checkout, "checkout", "-q", *how)

    [error] = [p for p in scene.run().look().problems if p.severity == "error"]

    assert error.hint.endswith("git pull origin main")


def test_who_is_in_a_shallow_clone_is_told_to_get_the_history(scene: Scene) -> None:
    scene.existing(private=False)
    scene.write("code/more.py", "1\n")
    whole = scene.checkout.rename(scene.root / "whole")
    git(scene.root, "clone", "-q", "--depth=1", f"file://{whole}", str(scene.checkout))

    [error] = [p for p in scene.run().look().problems if p.severity == "error"]
    assert error.hint.endswith("git fetch --unshallow")

    git(scene.checkout, "fetch", "-q", "--unshallow")
    assert scene.run().look().errors == []


@pytest.mark.parametrize("how", [(), ("-a", "-m", "mine")])
@pytest.mark.parametrize("there", [True, False])
def test_a_tag_that_never_left_the_checkout_is_told(
    scene: Scene, how: tuple[str, ...], there: bool
) -> None:
    if there:
        scene.existing(private=False)
    git(scene.checkout, "tag", *how, "v1.0.0")

    [warning] = [p for p in scene.run().look().problems if p.severity == "warning"]
    assert "not on GitHub" in warning.what
    assert "git push origin v1.0.0" in warning.hint

    git(scene.checkout, "tag", "-d", "v1.0.0")
    assert scene.run().look().problems == []


def test_a_shallow_clone_is_not_released_where_its_past_is_unknown(scene: Scene) -> None:
    scene.write("code/more.py", "1\n")
    whole = scene.checkout.rename(scene.root / "whole")
    git(scene.root, "clone", "-q", "--depth=1", f"file://{whole}", str(scene.checkout))

    def errors() -> list[Problem]:
        return [p for p in scene.run().look().problems if p.severity == "error"]

    [new] = errors()
    scene.existing(private=True, pushed=False)
    [empty] = errors()
    assert new.hint.endswith("git fetch --unshallow")
    assert empty == new

    # What lies below the last commits that are here may be there.
    git(whole, "push", "-q", scene.remote(), "HEAD~1:refs/heads/main")
    git(scene.checkout, "fetch", "-q", "--depth=2")
    scene.write("code/most.py", "1\n")
    assert errors() == []
    git(scene.checkout, "fetch", "-q", "--unshallow")
    scene.run().release()


@pytest.mark.parametrize(("depth", "wrong"), [(1, 1), (2, 0)])
def test_a_shallow_clone_whose_commit_takes_the_place_of_ours_holds_what_ours_stands_on(
    scene: Scene, depth: int, wrong: int
) -> None:
    first = scene.run()
    while (action := first.look().actions[0]).stage < Stage.PUBLISH:
        first.remembered |= first.apply(first.look(), action).remember
    scene.write("code/more.py", "1\n")
    whole = scene.checkout.rename(scene.root / "whole")
    git(scene.root, "clone", "-q", f"--depth={depth}", f"file://{whole}", str(scene.checkout))

    run = scene.run()
    run.remembered = first.remembered

    assert len(run.look().errors) == wrong
    if not wrong:
        run.release()


def test_a_tag_of_the_working_repository_is_no_matter_of_a_snapshot(scene: Scene) -> None:
    scene.history = "snapshot"
    git(scene.checkout, "tag", "v1.0.0")

    assert scene.run().look().problems == []


@pytest.mark.parametrize("theirs", ["v1.0.0/notes", "v1.0.0/a/b"])
def test_a_tag_beside_which_ours_cannot_be_stops_the_plan(scene: Scene, theirs: str) -> None:
    scene.existing(private=False)
    git(scene.checkout, "push", "-q", scene.remote(), f"HEAD:refs/tags/{theirs}")

    [error] = scene.run().look().errors

    assert f"has a tag {theirs}" in error
    git(scene.checkout, "push", "-q", scene.remote(), f":refs/tags/{theirs}")
    assert scene.run().look().problems == []


def test_a_branch_of_the_tag_s_name_is_told_as_links_would_show_it(scene: Scene) -> None:
    scene.existing(private=False)
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:refs/heads/v1.0.0")
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:refs/heads/v1.0.0-fix")

    [warning] = scene.run().look().problems

    assert warning.severity == "warning"
    assert "has a branch v1.0.0 too" in warning.what


def test_a_checkout_on_a_branch_of_the_tag_s_name_is_told_before_that_is_pushed(
    scene: Scene,
) -> None:
    git(scene.checkout, "checkout", "-qb", "v1.0.0")

    [warning] = [p for p in scene.run().look().problems if "branch" in p.what]

    assert warning.hint.endswith("git branch -m main")
    scene.existing(private=False)  # With a branch of its own, which ours goes to.
    assert [p for p in scene.run().look().problems if "branch v1" in p.what] == []


def test_a_person_s_signing_hooks_rewriting_and_headers_take_no_part(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks, ran = scene.root / "hooks", scene.root / "ran"
    hooks.mkdir()
    for name in ("pre-push", "pre-commit", "post-commit", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{ran}'\nexit 1\n")
        (hooks / name).chmod(0o755)
    config = f"""
[commit]
    gpgSign = true
[tag]
    gpgSign = true
    forceSignAnnotated = true
[push]
    gpgSign = true
    followTags = true
[gpg]
    program = false
[core]
    hooksPath = {hooks}
    autocrlf = true
[http]
    extraHeader = "Authorization: Basic bm9ib2R5"
[url "https://elsewhere.invalid/"]
    insteadOf = http://127
    pushInsteadOf = http://127
"""
    home(scene.root / "home", monkeypatch, config)

    scene.run().release()

    assert [r["draft"] for r in scene.truth()["releases"]] == [False]
    assert not ran.exists()
