"""What git is asked, and that asking changes nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pubflow.errors import PubflowError
from pubflow.git import Checkout, environment, repository_of, run


def git(folder: Path, *args: str) -> str:
    env = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.example")
    done = subprocess.run(
        ["git", *identity, *args], cwd=folder, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.txt").write_text("a")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


@pytest.fixture
def checkout(folder: Path) -> Checkout:
    found = Checkout.around(folder)
    assert found
    return found


def test_a_checkout_is_found_from_below_and_from_a_file(folder):
    (folder / "b" / "c").mkdir(parents=True)

    assert Checkout.around(folder / "b" / "c") == Checkout.around(folder / "a.txt")
    assert Checkout.around(folder).root == folder.resolve()


@pytest.mark.parametrize("separate", [False, True])
def test_a_line_break_in_a_folder_s_name_is_part_of_the_name(tmp_path, separate):
    folder = tmp_path / "two\nlines" / "code"
    folder.mkdir(parents=True)
    elsewhere = tmp_path / "git\ndir"
    git(folder, "init", "-q", *(["--separate-git-dir", str(elsewhere)] if separate else []))

    found = Checkout.around(folder)

    assert found == Checkout(folder, elsewhere if separate else folder / ".git")


def test_outside_of_git_there_is_no_checkout_and_git_is_not_needed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")

    assert Checkout.around(tmp_path) is None


def test_a_folder_that_only_looks_like_git_is_no_checkout(tmp_path):
    (tmp_path / ".git").mkdir()

    assert Checkout.around(tmp_path) is None


def test_a_repository_that_git_cannot_read_is_not_taken_for_a_plain_folder(folder):
    git(folder, "config", "core.repositoryformatversion", "99")

    with pytest.raises(PubflowError, match="does not read the repository") as caught:
        Checkout.around(folder)
    assert "99" in caught.value.why
    assert str(folder / ".git") in caught.value.hint


def test_a_worktree_without_its_repository_is_not_taken_for_a_plain_folder(tmp_path):
    (tmp_path / ".git").write_text("gitdir: /nowhere/.git/worktrees/paper\n")

    with pytest.raises(PubflowError, match="does not read the repository"):
        Checkout.around(tmp_path)


def test_head_branch_and_tags(folder, checkout):
    git(folder, "tag", "v1.9.0")
    git(folder, "tag", "-a", "v1.10.0", "-m", "x")

    assert checkout.head() == git(folder, "rev-parse", "HEAD")
    assert checkout.branch() == "main"
    assert checkout.tags_at_head() == ("v1.10.0", "v1.9.0")
    assert checkout.tag_at_head() == "v1.10.0"


def test_before_the_first_commit_and_detached(folder, checkout, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    git(empty, "init", "-q")
    git(folder, "checkout", "-q", "--detach")

    unborn = Checkout.around(empty)
    assert (unborn.head(), unborn.tag_at_head()) == ("", "")
    assert checkout.branch() == ""


def test_changes_are_told_and_our_own_files_are_not(folder, checkout):
    for name in ("publish.toml", "publish.lock", "ä b.txt"):
        (folder / name).write_text("1")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "second")
    for name in ("publish.toml", "publish.lock", "ä b.txt", "new\n.txt"):
        (folder / name).write_text("2")
    (folder / ".pubflow").mkdir()
    (folder / ".pubflow" / "journal.db").write_text("")
    (folder / "a.txt").unlink()

    assert checkout.dirty() == ("a.txt", "ä b.txt")
    assert checkout.untracked() == ("new\n.txt",)


def test_asking_changes_nothing(folder, checkout):
    (folder / "a.txt").write_text("other")
    os.utime(folder / "a.txt", (1, 1))

    def state() -> dict[str, tuple[int, bytes]]:
        files = (path for path in (folder / ".git").rglob("*") if path.is_file())
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = state()
    checkout.dirty(), checkout.untracked(), checkout.remote(), checkout.head()

    assert state() == before


def test_a_program_named_in_the_checkout_is_not_run(folder, checkout):
    mark = folder / "ran"
    git(folder, "config", "core.fsmonitor", f"touch '{mark}'")

    checkout.dirty()

    assert not mark.exists()


def test_the_branch_s_own_remote_comes_first(folder, checkout):
    for name in ("origin", "lab", "elsewhere"):
        git(folder, "remote", "add", name, f"git@github.com:{name}/r.git")
    assert checkout.remote() == "origin/r"
    git(folder, "config", "branch.main.remote", "lab")
    assert checkout.remote() == "lab/r"


def test_an_address_that_git_is_told_to_rewrite_is_read_as_git_reads_it(folder, checkout):
    git(folder, "remote", "add", "origin", "gh:o/r")
    assert checkout.remote() == ""

    git(folder, "config", "url.https://github.com/.insteadOf", "gh:")

    assert checkout.remote() == "o/r"


def test_a_mirror_that_git_is_told_to_read_from_changes_no_name(folder, checkout):
    git(folder, "remote", "add", "origin", "https://github.com/o/r")
    git(folder, "config", "url.https://mirror.example.org/.insteadOf", "https://github.com/")

    assert checkout.remote() == "o/r"


def test_a_remote_on_another_server_is_none(folder, checkout, monkeypatch):
    git(folder, "remote", "add", "origin", "http://127.0.0.1:81/o/r.git")
    assert checkout.remote() == ""
    monkeypatch.setenv("GITHUB_SERVER_URL", "http://127.0.0.1:81")
    assert checkout.remote() == "o/r"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://github.com/o/r.git", "o/r"),
        ("https://github.com/o/r", "o/r"),
        ("https://user:secret@GitHub.com/o/r/", "o/r"),
        ("git@github.com:o/r.git", "o/r"),
        ("ssh://git@github.com/o/r", "o/r"),
        ("ssh://git@ssh.github.com:443/o/r.git", "o/r"),
        ("https://github.com/o/r.js", "o/r.js"),
        ("https://github.com.evil.example/o/r", ""),
        ("https://gitlab.com/o/r", ""),
        ("https://github.com/o", ""),
        ("https://github.com/o/r/tree", ""),
        ("https://github.com:8443/o/r", ""),
        ("https://github.com:x/o/r", ""),
        ("/home/a/r.git", ""),
        ("C:\\r", ""),
        ("", ""),
    ],
)
def test_owner_and_name_are_read_from_every_form(url, wanted):
    assert repository_of(url) == wanted


def test_git_sees_no_token_and_no_foreign_git_dir(monkeypatch):
    secret = "gh" + "p_" + "x" * 36
    for name in ("GITHUB_TOKEN", "HF_TOKEN", "GIT_DIR", "GIT_ASKPASS"):
        monkeypatch.setenv(name, secret)

    assert secret not in environment().values()
    assert environment({"GIT_INDEX_FILE": "i"})["GIT_INDEX_FILE"] == "i"


def test_an_error_is_git_s_own_words_without_credentials(tmp_path):
    git(tmp_path, "init", "-q")
    url = "https://user:" + "secret" + "@127.0.0.1:1/o/r"

    with pytest.raises(PubflowError) as caught:
        run(["ls-remote", url], cwd=tmp_path)

    assert "git ls-remote failed" in caught.value.what
    assert caught.value.why
    assert "secret" not in str(caught.value.why)


def test_without_git_the_message_says_what_to_install(folder, monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(PubflowError, match="git command was not found") as caught:
        run(["status"], cwd=folder)
    assert "git-scm.com" in caught.value.hint


def test_input_and_bytes_pass_unchanged(folder):
    made = run(["hash-object", "--stdin"], cwd=folder, input=b"a\0\xff")

    assert len(made.strip()) == 40
