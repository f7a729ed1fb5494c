"""The release commit is the same everywhere, and nothing of the author's is touched."""

from __future__ import annotations

import datetime
import hashlib
import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from pubflow.commit import (
    annotated_tag,
    archive,
    build_commit,
    existing_commit,
    existing_files,
)
from pubflow.commit.contents import folder_files
from pubflow.errors import PubflowError
from pubflow.manifest import Artifact, Kind

DAY = datetime.date(2026, 11, 20)
MADE = {"CITATION.cff": b"cff-version: 1.2.0\n", "docs/made.txt": b"made\n"}
CLEAN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}


def git(folder: Path, *args: str, **env: str) -> str:
    done = subprocess.run(
        ["git", *args], cwd=folder, env={**CLEAN, **env}, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "paper"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    git(folder, "config", "user.name", "Ada Lovelace")
    git(folder, "config", "user.email", "ada@example.org")
    (folder / "code").mkdir()
    (folder / "code" / "run.sh").write_text("echo\n")
    (folder / "code" / "run.sh").chmod(0o755)
    (folder / "code" / "notes").mkdir()
    (folder / "code" / "notes" / "draft.md").write_text("draft\n")
    (folder / "README.md").write_text("# Paper\n")
    git(folder, "add", ".")
    when = "2026-03-04T05:06:07+0200"
    git(folder, "commit", "-qm", "start", GIT_AUTHOR_DATE=when, GIT_COMMITTER_DATE=when)
    return folder


def code(path: Path, **given: object) -> Artifact:
    return Artifact("code", Kind.CODE, path, **given)  # type: ignore[arg-type]


def made(
    checkout: Path, into: Path, artifact: Artifact | None = None, **given: object
) -> tuple[str, str]:
    commit = build_commit(
        root=checkout,
        artifact=artifact or code(checkout),
        made=MADE,
        message="Release 1.0.0",
        date=DAY,
        into=into,
        **{"parent": None, **given},  # type: ignore[arg-type]
    )
    return commit.sha, commit.tree


def fingerprint(folder: Path) -> dict[str, tuple[int, int, str]]:
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }


def test_the_release_commit_is_heads_tree_with_our_files_over_it(
    checkout: Path, tmp_path: Path
) -> None:
    sha, tree = made(checkout, tmp_path / "bare")

    assert git(tmp_path / "bare", "ls-tree", "-r", "--name-only", tree).split() == [
        "CITATION.cff",
        "README.md",
        "code/notes/draft.md",
        "code/run.sh",
        "docs/made.txt",
    ]
    assert git(tmp_path / "bare", "rev-parse", f"{sha}^") == git(checkout, "rev-parse", "HEAD")
    assert git(tmp_path / "bare", "show", "-s", "--format=%cn %ce %cI %s", sha) == (
        "Ada Lovelace ada@example.org 2026-03-04T05:06:07+02:00 Release 1.0.0"
    )
    assert git(tmp_path / "bare", "rev-parse", "refs/heads/trunk") == sha


def test_the_authors_repository_stays_byte_for_byte_as_it_was(
    checkout: Path, tmp_path: Path
) -> None:
    (checkout / "README.md").write_text("# Paper, being edited\n")
    before = fingerprint(checkout)

    sha, _ = made(checkout, tmp_path / "bare")
    annotated_tag(tmp_path / "bare", commit=sha, tag="v1", message="v1")
    archive(tmp_path / "bare", sha, "paper-1", tmp_path / "out.tar")
    existing_files(code(checkout), ["README.md"])

    assert fingerprint(checkout) == before


def test_the_same_input_gives_the_same_commit_tag_and_archive_from_another_clone(
    checkout: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(checkout), str(clone))
    git(clone, "config", "user.name", "Ada Lovelace")
    git(clone, "config", "user.email", "ada@example.org")
    seen = []
    for source, into in ((checkout, tmp_path / "a"), (clone, tmp_path / "b")):
        sha, _ = made(source, into)
        tag = annotated_tag(into, commit=sha, tag="v1.0.0", message="Version 1.0.0")
        archive(into, sha, "paper-1.0.0", tmp_path / f"{into.name}.tar")
        seen.append((sha, tag, (tmp_path / f"{into.name}.tar").read_bytes()))

    assert seen[0] == seen[1]


def test_the_archive_holds_the_commits_files_below_one_folder(
    checkout: Path, tmp_path: Path
) -> None:
    sha, _ = made(checkout, tmp_path / "bare")

    archive(tmp_path / "bare", sha, "paper-1.0.0", tmp_path / "out.tar")

    with tarfile.open(fileobj=io.BytesIO((tmp_path / "out.tar").read_bytes())) as tar:
        files = {m.name: oct(m.mode) for m in tar.getmembers() if m.isfile()}
    assert files["paper-1.0.0/code/run.sh"] == "0o755"
    assert files["paper-1.0.0/CITATION.cff"] == "0o644"
    assert [p.name for p in tmp_path.glob("*.partial")] == []


def test_a_snapshot_holds_only_the_committed_subfolder_without_the_past(
    checkout: Path, tmp_path: Path
) -> None:
    (checkout / "code" / "secret.txt").write_text("not committed\n")
    artifact = code(checkout / "code", history="snapshot", exclude=("notes/",))

    sha, tree = made(checkout, tmp_path / "bare", artifact)

    names = git(tmp_path / "bare", "ls-tree", "-r", "--name-only", tree).split()
    assert names == ["CITATION.cff", "docs/made.txt", "run.sh"]
    assert git(tmp_path / "bare", "show", "-s", "--format=%P|%cn|%cI", sha) == (
        "|pubflow|2026-11-20T00:00:00+00:00"
    )


def test_the_next_snapshot_has_the_previous_release_as_parent(
    checkout: Path, tmp_path: Path
) -> None:
    artifact = code(checkout / "code", history="snapshot")
    first, _ = made(checkout, tmp_path / "public", artifact)
    (checkout / "code" / "more.py").write_text("1\n")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "more")

    second, _ = made(
        checkout, tmp_path / "bare", artifact, parent=first, lend=[tmp_path / "public"]
    )

    assert git(tmp_path / "bare", "rev-parse", f"{second}^") == first


def test_a_plain_folder_is_released_without_junk(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "__pycache__" / "a.pyc").write_bytes(b"x")
    (folder / "a.py").write_text("1\n")
    (folder / "link.py").symlink_to("a.py")

    _, tree = made(folder, tmp_path / "bare", code(folder))
    again = made(folder, tmp_path / "bare", code(folder))

    listing = git(tmp_path / "bare", "ls-tree", "-r", tree)
    assert [(line.split()[0], line.split("\t")[1]) for line in listing.splitlines()] == [
        ("100644", "CITATION.cff"),
        ("100644", "a.py"),
        ("100644", "docs/made.txt"),
        ("120000", "link.py"),
    ]
    assert again[1] == tree


@pytest.mark.parametrize("name", ["a/.GIT/config", "git~1", ".git. /x", "line\nbreak"])
def test_a_name_that_git_would_leave_out_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("1\n")

    with pytest.raises(PubflowError, match="cannot be released") as refused:
        list(folder_files(tmp_path, (), tmp_path))
    assert "exclude" in refused.value.hint
    assert not list(folder_files(tmp_path, (name,), tmp_path))


def test_what_is_no_file_or_leads_nowhere_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")

    with pytest.raises(PubflowError, match="'circle' cannot") as refused:
        list(folder_files(tmp_path, ("pipe",), tmp_path))
    assert "in a circle" in refused.value.why
    with pytest.raises(PubflowError, match="'pipe' cannot"):
        list(folder_files(tmp_path, ("circle",), tmp_path))


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (tmp_path / "outside").write_text("private\n")
    (folder / "link").symlink_to("../outside")

    with pytest.raises(PubflowError, match="link"):
        made(folder, tmp_path / "bare", code(folder))


def test_a_settled_commit_is_kept_when_the_author_pulled_it(checkout: Path, tmp_path: Path) -> None:
    first, _ = made(checkout, tmp_path / "bare")
    git(checkout, "pull", "-q", str(tmp_path / "bare"), "trunk")
    assert git(checkout, "rev-parse", "HEAD") == first

    assert made(checkout, tmp_path / "again", settled=[first])[0] == first
    assert made(checkout, tmp_path / "again")[0] == first  # Its tree needs nothing more.


def test_a_settled_commit_is_left_when_the_files_changed(checkout: Path, tmp_path: Path) -> None:
    first, _ = made(checkout, tmp_path / "bare")
    (checkout / "README.md").write_text("# Other\n")
    git(checkout, "commit", "-qam", "other")

    assert made(checkout, tmp_path / "again", settled=[first], lend=[tmp_path / "bare"])[0] != first


def test_git_without_an_identity_still_commits(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(checkout, "config", "--unset", "user.name")
    monkeypatch.setenv("HOME", str(tmp_path))

    sha, _ = made(checkout, tmp_path / "bare")

    assert git(tmp_path / "bare", "show", "-s", "--format=%cn <%ce>", sha) == (
        "pubflow <noreply@pubflow.invalid>"
    )


def test_an_existing_commit_is_archived_as_it_is(checkout: Path, tmp_path: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")

    commit = existing_commit(artifact=code(checkout), sha=head, into=tmp_path / "bare")

    assert (commit.sha, commit.branch) == (head, "trunk")
    assert commit.tree == git(checkout, "rev-parse", "HEAD^{tree}")
    with pytest.raises(PubflowError, match="not in this checkout"):
        existing_commit(artifact=code(checkout), sha="1" * 40, into=tmp_path / "bare")


def test_a_shallow_checkout_can_be_released(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{checkout}", str(tmp_path / "shallow"))

    sha, _ = made(tmp_path / "shallow", tmp_path / "bare")

    git(checkout, "config", "receive.denyCurrentBranch", "ignore")
    git(tmp_path / "bare", "push", "-q", str(checkout), f"{sha}:refs/heads/released")
    assert git(checkout, "rev-parse", "released") == sha


def test_existing_files_are_those_of_the_released_tree(checkout: Path) -> None:
    (checkout / "README.md").write_text("not committed\n")

    assert existing_files(code(checkout), ["README.md", "CITATION.cff"]) == {
        "README.md": b"# Paper\n"
    }
    below = code(checkout / "code", history="snapshot")
    assert existing_files(below, ["run.sh"]) == {"run.sh": b"echo\n"}
