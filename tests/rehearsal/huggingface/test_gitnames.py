"""The names of commits are those that git would give."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pubflow.rehearsal.huggingface import gitnames
from pubflow.rehearsal.huggingface.ignore import ignored
from pubflow.rehearsal.huggingface.state import USER, Commit, Entry

FILES = {"a.txt": b"a\n", "a/b/c.txt": b"c", "a/z": b"", "a-b": b"-", "Ünïcode/ä.md": b"u"}


def git(folder: Path, *args: str, stdin: bytes = b"") -> str:
    who = f"{USER}@users.noreply.huggingface.co"
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": USER,
        "GIT_AUTHOR_EMAIL": who,
        "GIT_COMMITTER_NAME": USER,
        "GIT_COMMITTER_EMAIL": who,
        "GIT_AUTHOR_DATE": "1795000000 +0000",
        "GIT_COMMITTER_DATE": "1795000000 +0000",
    }
    done = subprocess.run(
        ["git", *args], cwd=folder, env=env, input=stdin, capture_output=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.decode().strip()


def test_a_commit_has_the_name_that_git_gives_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for path, content in FILES.items():
        if path == "a.txt":
            continue
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    git(tmp_path, "add", "-A")
    tree = git(tmp_path, "write-tree")
    oid = git(tmp_path, "commit-tree", tree, "-F", "-", stdin=b"title\n\nbody")
    child = git(tmp_path, "commit-tree", tree, "-p", oid, "-F", "-", stdin=b"next")
    entries = {
        path: Entry(len(content), "", gitnames.blob(content), lfs=False)
        for path, content in FILES.items()
        if path != "a.txt"
    }

    made = Commit.make(entries, "title", "body", (), 1_795_000_000.7)

    assert made.oid == oid
    assert Commit.make(entries, "next", "", (oid,), 1_795_000_000).oid == child


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ("*.log", "x/y.log"),
        ("*.log\n!keep.log", "keep.log"),
        ("/only", "deep/only"),
        ("/only", "only/inside"),
        ("cache/", "cache"),
        ("cache/", "a/cache/b"),
        ("a/**/z", "a/z"),
        ("a/**/z", "a/b/c/z"),
        ("# no\n\n", "no"),
        ("doc/*.txt", "doc/a/b.txt"),
        ("?.md", "x/a.md"),
    ],
)
def test_what_a_gitignore_leaves_out_is_what_git_leaves_out(
    rules: str, path: str, tmp_path: Path
) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text(rules)

    assert ignored(path, rules) == bool(git(tmp_path, "check-ignore", "--no-index", path))
