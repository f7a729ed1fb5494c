"""`--commit`: the released commit becomes the author's newest one, and nothing else is touched."""

from __future__ import annotations

import datetime
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from test_commit import checkout, code, git

from pubflow.actions import Action, Kept
from pubflow.commit import build_commit
from pubflow.errors import Refused
from pubflow.links import Links
from pubflow.manifest import Paper, Release, Revision, Target
from pubflow.platforms.worktree import NOTE, Worktree

USED = (checkout,)
DAY = datetime.date(2026, 11, 20)
MADE = {
    "CITATION.cff": b"cff-version: 1.2.0\n",
    "README.md": b"# Paper\n\nCite it.\n",
    "codemeta.json": b"{}\n",
}


def wanted(checkout: Path, home: Path) -> Target:
    """The code, with its release commit made as the build makes it."""
    artifact = code(checkout)
    home.mkdir(exist_ok=True)
    made = build_commit(
        root=checkout,
        artifact=artifact,
        made=MADE,
        message="Release v1.0.0: Paper",
        date=DAY,
        parent=None,
        into=home / "code.git",
    )
    revision = Revision(
        made.sha, made.tree, "", made.branch, home / "code.git", parents=made.parents
    )
    release = Release("paper", "1.0.0", "v1.0.0", Paper("Paper", ()), (artifact,), DAY)
    return Target(artifact, "worktree", release, revision=revision)


def found(target: Target, home: Path) -> list[object]:
    platform = Worktree(home)
    state = platform.observe(target, {})
    return [*platform.check(target), *platform.diff(target, state, Links({}))]


def commit(target: Target, home: Path) -> None:
    """What a run of its own does: look, and carry out what is left."""
    platform = Worktree(home)
    state = platform.observe(target, {})
    items = list(platform.diff(target, state, Links({})))
    assert not [item for item in items if getattr(item, "severity", "") == "error"], items
    for item in items:
        if isinstance(item, Action):
            platform.apply(item, target, state, Links({}), lambda action, size: None)


def errors(target: Target, home: Path) -> list[str]:
    return [i.what for i in found(target, home) if getattr(i, "severity", "") == "error"]  # type: ignore[attr-defined]


def test_the_branch_moves_forward_to_the_very_commit_that_is_released(
    checkout: Path, tmp_path: Path
) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    target = wanted(checkout, tmp_path / "home")
    assert target.revision

    commit(target, tmp_path / "home")

    assert git(checkout, "rev-parse", "HEAD", "HEAD~1").split() == [target.revision.commit, head]
    assert git(checkout, "symbolic-ref", "HEAD") == "refs/heads/trunk"
    assert git(checkout, "status", "--short") == ""
    assert git(checkout, "log", "-1", "--format=%an <%ae>") == "Ada Lovelace <ada@example.org>"
    for name, content in MADE.items():
        assert (checkout / name).read_bytes() == content
    assert not (tmp_path / "home" / NOTE).exists()


def test_a_second_time_there_is_nothing_to_do(checkout: Path, tmp_path: Path) -> None:
    commit(wanted(checkout, tmp_path / "home"), tmp_path / "home")
    before = git(checkout, "reflog")
    again = wanted(checkout, tmp_path / "again")

    [kept] = found(again, tmp_path / "again")

    assert isinstance(kept, Kept)
    commit(again, tmp_path / "again")
    assert git(checkout, "reflog") == before


def test_an_author_who_worked_on_afterwards_is_left_alone(checkout: Path, tmp_path: Path) -> None:
    target = wanted(checkout, tmp_path / "home")
    commit(target, tmp_path / "home")
    git(checkout, "commit", "-q", "--allow-empty", "-m", "on")

    [kept] = found(target, tmp_path / "home")

    assert isinstance(kept, Kept)


def test_no_hook_of_the_author_runs(checkout: Path, tmp_path: Path) -> None:
    hooks = checkout / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in (
        "pre-commit",
        "commit-msg",
        "post-commit",
        "post-checkout",
        "post-merge",
        "post-index-change",
        "reference-transaction",
    ):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)

    commit(wanted(checkout, tmp_path / "home"), tmp_path / "home")

    assert not (tmp_path / "ran").exists()
    assert git(checkout, "-c", "core.hooksPath=/dev/null", "status", "--short") == ""


def test_stash_config_and_what_is_unknown_to_git_stay(checkout: Path, tmp_path: Path) -> None:
    (checkout / "README.md").write_text("# Other\n")
    git(checkout, "stash", "-q")
    (checkout / "notes.txt").write_text("mine\n")
    (checkout / "publish.toml").write_text("schema = 1\n")
    git(checkout, "add", "publish.toml")
    config = (checkout / ".git" / "config").read_bytes()

    commit(wanted(checkout, tmp_path / "home"), tmp_path / "home")

    assert git(checkout, "stash", "list").count("\n") == 0
    assert "Other" in git(checkout, "stash", "show", "-p")
    assert (checkout / ".git" / "config").read_bytes() == config
    assert git(checkout, "status", "--short").splitlines() == ["A  publish.toml", "?? notes.txt"]


def test_files_come_with_the_line_ends_that_the_author_asked_for(
    checkout: Path, tmp_path: Path
) -> None:
    (checkout / ".gitattributes").write_text("* text eol=crlf\n")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "line ends")

    commit(wanted(checkout, tmp_path / "home"), tmp_path / "home")

    assert (checkout / "CITATION.cff").read_bytes() == b"cff-version: 1.2.0\r\n"
    assert git(checkout, "status", "--short") == ""


def dirty(folder: Path) -> None:
    (folder / "README.md").write_text("# Changed\n")


def staged(folder: Path) -> None:
    dirty(folder)
    git(folder, "add", "README.md")


def detached(folder: Path) -> None:
    git(folder, "checkout", "-q", "--detach")


def merging(folder: Path) -> None:
    (folder / ".git" / "MERGE_HEAD").write_text(git(folder, "rev-parse", "HEAD") + "\n")


def rebasing(folder: Path) -> None:
    (folder / ".git" / "rebase-merge").mkdir()


def locked(folder: Path) -> None:
    (folder / ".git" / "index.lock").touch()


def in_the_way(folder: Path) -> None:
    (folder / "CITATION.cff").write_text("mine\n")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (dirty, "README.md: changed here and not committed."),
        (staged, "README.md: changed here and not committed."),
        (detached, "HEAD of this checkout is detached."),
        (merging, "This checkout is in the middle of a merge."),
        (rebasing, "This checkout is in the middle of a rebase."),
        (locked, "Another git is at work in this checkout, or one was killed."),
        (in_the_way, "CITATION.cff: here, and not known to git."),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_what_stands_in_the_way_is_told_in_the_plan_and_nothing_is_done(
    checkout: Path, tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    target = wanted(checkout, tmp_path / "home")
    early = Worktree(tmp_path / "home").observe(target, {})
    [action] = [i for i in found(target, tmp_path / "home") if isinstance(i, Action)]
    spoil(checkout)
    head = git(checkout, "rev-parse", "HEAD")
    status = git(checkout, "status", "--short")

    assert errors(target, tmp_path / "home") == [says]
    assert errors(replace(target, revision=None), tmp_path / "home") == [says]
    if spoil in (dirty, staged, detached, in_the_way):
        with pytest.raises(Refused, match="changed meanwhile"):
            Worktree(tmp_path / "home").apply(
                action, target, early, Links({}), lambda action, size: None
            )
    assert git(checkout, "rev-parse", "HEAD") == head
    assert git(checkout, "status", "--short") == status


def test_code_outside_of_git_and_snapshots_have_nothing_to_commit_to(
    checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    plain = replace(wanted(checkout, tmp_path / "home"), artifact=code(tmp_path / "plain"))
    snapshot = replace(
        wanted(checkout, tmp_path / "home"), artifact=code(checkout, history="snapshot")
    )

    assert errors(plain, tmp_path / "home") == ["The code does not lie in a git checkout."]
    assert "a snapshot does not belong into this checkout" in errors(snapshot, tmp_path / "home")[0]


def test_a_tag_from_before_means_that_nothing_is_committed(checkout: Path, tmp_path: Path) -> None:
    target = wanted(checkout, tmp_path / "home")
    assert target.revision
    target = replace(target, revision=replace(target.revision, ours=False))

    [note] = found(target, tmp_path / "home")

    assert note.severity == "note"  # type: ignore[attr-defined]


def test_a_release_commit_that_is_out_and_does_not_follow_is_pulled_by_hand(
    checkout: Path, tmp_path: Path
) -> None:
    target = wanted(checkout, tmp_path / "home")
    git(checkout, "commit", "-q", "--allow-empty", "-m", "on")

    [error] = errors(target, tmp_path / "home")

    assert "does not follow on the commit that is checked out" in error


SHIM = """#!/bin/sh
n=$(cat {count}); n=$((n + 1)); echo $n > {count}
[ $n/before = {die} ] && kill -9 $PPID && exit 1
{git} "$@"; code=$?
[ $n/after = {die} ] && kill -9 $PPID
exit $code
"""


def killed(target: Target, home: Path, die: str) -> bool:
    """Whether a process that commits died at that call of git, such as `3/after`."""
    shim = home / "shim"
    shim.mkdir(exist_ok=True)
    (shim / "count").write_text("0")
    git = shutil.which("git")
    (shim / "git").write_text(SHIM.format(count=shim / "count", die=die, git=git))
    (shim / "git").chmod(0o755)
    child = os.fork()
    if not child:
        os.environ["PATH"] = f"{shim}:{os.environ['PATH']}"
        try:
            commit(target, home)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_of_git_the_next_run_completes_it(
    checkout: Path, tmp_path: Path, when: str
) -> None:
    home, start = tmp_path / "home", git(checkout, "rev-parse", "HEAD")
    target = wanted(checkout, home)
    assert target.revision
    at = 1
    while killed(target, home, f"{at}/{when}"):
        commit(target, home)
        assert git(checkout, "rev-parse", "HEAD") == target.revision.commit, at
        assert git(checkout, "status", "--short") == "", at
        git(checkout, "reset", "-q", "--hard", start)
        at += 1

    assert at > 12
