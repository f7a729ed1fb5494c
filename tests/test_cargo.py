"""What must not be pushed is found in the tree and in every commit, before anything is sent."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pubflow.commit import Source
from pubflow.commit.cargo import LARGEST, Cargo, examine, objects
from pubflow.errors import PubflowError
from pubflow.git import environment
from pubflow.manifest import Artifact, Kind

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 123456789\n"


def git(folder: Path, *args: str, data: bytes = b"") -> str:
    env = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{
            f"GIT_{who}_{what}": "x"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    done = subprocess.run(["git", *args], cwd=folder, env=env, input=data, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    folder = tmp_path / "paper"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "train.py", "1\n")
    return folder


def commit(folder: Path, name: str, text: str) -> str:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", name)
    return git(folder, "rev-parse", "HEAD")


def seen(
    folder: Path, known: str = "", *, history: str = "full", exclude: tuple[str, ...] = ()
) -> Cargo:
    code = Artifact("code", Kind.CODE, folder, history=history)
    return examine(Source.of(code), exclude, folder, known)


def large(folder: Path, name: str) -> None:
    """Zeros: 100 MiB and one byte that git packs into some kilobytes."""
    with (folder / name).open("wb") as file:
        file.truncate(LARGEST + 1)


def test_an_ordinary_checkout_carries_nothing_that_is_refused(paper: Path) -> None:
    found = seen(paper)

    assert (found.submodules, found.pointers, found.large, found.workflows) == ((), (), (), False)
    assert not found.licensed
    assert 0 < found.size < 1000


def test_a_submodule_is_found(paper: Path) -> None:
    head = git(paper, "rev-parse", "HEAD")
    git(paper, "update-index", "--add", "--cacheinfo", f"160000,{head},vendor/lib")
    git(paper, "commit", "-qm", "submodule")

    assert seen(paper).submodules == ("vendor/lib",)
    assert seen(paper, history="snapshot", exclude=("vendor/",)).submodules == ()
    assert seen(paper, history="snapshot").submodules == ("vendor/lib",)


def test_a_pointer_of_lfs_is_found_in_the_tree_and_in_the_past(paper: Path) -> None:
    first = commit(paper, "weights.bin", POINTER)
    (paper / "weights.bin").unlink()
    second = commit(paper, "other.bin", "x" * 130)

    assert seen(paper).pointers == ("weights.bin",)
    assert seen(paper, first).pointers == ()
    commit(paper, "weights.bin", POINTER)
    assert seen(paper, second).pointers == ("weights.bin",)


def test_a_large_file_is_found_even_in_a_commit_that_removed_it_again(paper: Path) -> None:
    large(paper, "model.bin")
    first = commit(paper, "a.py", "1\n")
    (paper / "model.bin").unlink()
    commit(paper, "b.py", "1\n")

    assert seen(paper).large == (("model.bin", LARGEST + 1),)
    assert seen(paper, first).large == ()
    assert seen(paper, history="snapshot").large == ()


def test_workflow_files_count_only_where_they_are_pushed(paper: Path) -> None:
    first = commit(paper, ".github/workflows/ci.yml", "on: push\n")
    commit(paper, "LICENSE", "MIT\n")

    assert seen(paper).workflows
    assert not seen(paper, first).workflows
    assert seen(paper).licensed
    assert seen(paper, history="snapshot").workflows


def test_a_name_with_spaces_and_other_letters_is_told_as_it_is(paper: Path) -> None:
    commit(paper, "große gewichte.bin", POINTER)

    assert seen(paper).pointers == ("große gewichte.bin",)


def test_a_plain_folder_is_looked_through_too(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    (folder / "deep").mkdir(parents=True)
    large(folder, "model.bin")
    (folder / "deep" / "w.bin").write_text(POINTER)
    (folder / "LICENCE.md").write_text("MIT\n")

    found = seen(folder)

    assert found.large == (("model.bin", LARGEST + 1),)
    assert found.pointers == ("deep/w.bin",)
    assert found.licensed
    assert seen(folder, exclude=("deep/", "*.bin")).large == ()


def paths(folder: Path) -> set[str]:
    return {path for kind, *_, path in objects(folder, ["HEAD"]) if kind == "blob"}


def test_a_replaced_commit_hides_nothing_that_is_pushed(paper: Path) -> None:
    clean = git(paper, "rev-parse", "HEAD")
    bad = commit(paper, "secret.env", "x\n")
    git(paper, "rm", "-q", "secret.env")
    git(paper, "commit", "-qm", "remove it")
    git(paper, "replace", bad, clean)

    assert paths(paper) == {"secret.env", "train.py"}


def said_of_grafts(folder: Path) -> str:
    done = subprocess.run(
        ["git", "log", "-1"], cwd=folder, env=environment(), capture_output=True, check=True
    )
    return done.stderr.decode()


def test_a_graft_hides_nothing_that_is_pushed(paper: Path) -> None:
    commit(paper, "secret.env", "x\n")
    git(paper, "rm", "-q", "secret.env")
    git(paper, "commit", "-qm", "remove it")
    info = paper / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "grafts").write_text(git(paper, "rev-parse", "HEAD") + "\n")

    assert said_of_grafts(paper) == ""
    assert paths(paper) == {"secret.env", "train.py"}


def partial(whole: Path, *how: str) -> Path:
    git(whole, "config", "uploadpack.allowFilter", "true")
    folder = whole.parent / "partial"
    git(whole.parent, "clone", "-q", "--filter=blob:none", *how, f"file://{whole}", str(folder))
    return folder


def test_a_partial_clone_is_refused_where_what_is_pushed_is_not_all_here(paper: Path) -> None:
    known = commit(paper, "train.py", "2\n")
    head = commit(paper, "train.py", "3\n")
    clone = partial(paper)
    stored = sorted((clone / ".git" / "objects").rglob("*"))

    with pytest.raises(PubflowError, match="lacks 2 objects") as refused:
        seen(clone)

    assert sorted((clone / ".git" / "objects").rglob("*")) == stored
    assert seen(clone, known).size > 0
    assert seen(clone, history="snapshot") == seen(paper, history="snapshot")
    git(clone, *refused.value.hint.split("git ")[1].split())
    assert git(clone, "rev-parse", "HEAD") == head
    assert seen(clone).size > 0


def test_a_sparse_partial_clone_is_refused_where_the_tree_is_not_all_here(paper: Path) -> None:
    head = commit(paper, "far/away.py", "2\n")
    clone = partial(paper, "--sparse")

    for history in ("full", "snapshot"):
        with pytest.raises(PubflowError, match="lacks 1 objects"):
            seen(clone, head, history=history)


def test_a_checkout_without_a_commit_is_not_taken_for_a_plain_folder(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("secret.env\n")
    (tmp_path / "secret.env").write_text("x\n")

    with pytest.raises(PubflowError, match="has no commit yet") as refused:
        seen(tmp_path)
    assert "git commit" in refused.value.hint


def test_a_folder_of_which_nothing_is_committed_is_refused_in_words(paper: Path) -> None:
    (paper / "own").mkdir()
    (paper / "own" / "x.py").write_text("1\n")
    code = Artifact("code", Kind.CODE, paper / "own", history="snapshot")

    with pytest.raises(PubflowError, match=r"Nothing of .* is committed"):
        Source.of(code)
    commit(paper, "own/y.py", "2\n")
    assert Source.of(code).below == "HEAD:own"
