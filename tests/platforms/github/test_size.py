"""Much code and large assets: memory stays as it is, and the archive is the same anywhere."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from platforms.github.scene import Scene, git

from pubflow import commit
from pubflow.manifest import Artifact, Kind

MOST = 150 * 1024**2
GIB = 1024**3


def history(folder: Path, files: int, commits: int, bulk: int = 0) -> None:
    """A checkout with that many files, made over that many commits, and `bulk` bytes of zeros."""
    stream = io.BytesIO()
    each = files // commits
    for number in range(commits):
        stream.write(b"commit refs/heads/main\n")
        stream.write(b"committer Ada <a@example.org> %d +0000\n" % (1_700_000_000 + number))
        stream.write(b"data 1\nx\n")
        for one in range(each):
            text = b"value = %d\n" % (number * each + one)
            stream.write(b"M 100644 inline src/part%d/file%d.py\n" % (number, one))
            stream.write(b"data %d\n%s" % (len(text), text))
    git(folder, "init", "-q", "-b", "main")
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=folder, input=stream.getvalue(), check=True
    )
    git(folder, "reset", "-q", "--hard", "main")
    for number in range(-(-bulk // 95_000_000)):
        with (folder / f"zeros{number}.bin").open("wb") as file:
            file.truncate(95_000_000)
    (folder / "LICENSE").write_text("Apache License\nVersion 2.0\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "bulk")


def released(scene: Scene, checkout: Path, name: str) -> dict[str, float]:
    """In a process of its own."""
    env = {**scene.rehearsal.env, "PATH": os.environ["PATH"], "REPO": f"utopia-lab/{name}"}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("one_release.py")), checkout, "released"],
        cwd=checkout.parent,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    scene.repo = f"utopia-lab/{name}"
    told: dict[str, float] = json.loads(done.stdout)
    return told


@pytest.mark.slow
def test_twenty_thousand_files_and_a_gibibyte_take_little_memory(
    scene: Scene, tmp_path: Path
) -> None:
    checkout = tmp_path / "large" / "checkout"
    checkout.mkdir(parents=True)
    history(checkout, 20_000, 200, bulk=GIB)

    told = released(scene, checkout, "large")

    assert told["peak"] < MOST
    [release] = scene.truth()["releases"]
    sizes = {asset["name"]: asset["size"] for asset in release["assets"]}
    assert sizes["optical-digits-1.0.0.tar"] > GIB
    assert release["draft"] is False


def archived(checkout: Path, into: Path, date: datetime.date) -> tuple[str, str]:
    """Commit and digest of the archive, as the build makes them."""
    code = Artifact("code", Kind.CODE, checkout)
    made = commit.build_commit(
        root=checkout,
        artifact=code,
        made={"CITATION.cff": b"cff-version: 1.2.0\n"},
        message="Release v1.0.0",
        date=date,
        parent=None,
        into=into,
    )
    out = into / "code.tar"
    commit.archive(into, made.sha, "code", out)
    return made.sha, hashlib.sha256(out.read_bytes()).hexdigest()


def test_the_archive_is_the_same_from_any_clone_on_any_day(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    history(first, 40, 4)
    attributes = "*.py text eol=crlf ident export-subst\nsrc/part1/** export-ignore\n"
    (first / ".gitattributes").write_text(attributes)
    (first / "about.py").write_text("$Format:%d %h$ $Id$\n")
    git(first, "add", ".")
    git(first, "commit", "-qm", "attributes")
    git(tmp_path, "clone", "-q", str(first), str(second))
    git(second, "config", "core.autocrlf", "true")
    git(second, "tag", "another")

    one = archived(first, tmp_path / "one.git", datetime.date(2026, 11, 20))
    two = archived(second, tmp_path / "two.git", datetime.date(2027, 1, 1))

    assert one == two


def test_the_archive_holds_the_very_tree_that_is_cited(tmp_path: Path) -> None:
    """Whatever attributes say of exporting: a SWHID names the whole tree."""
    checkout, back = tmp_path / "checkout", tmp_path / "back"
    checkout.mkdir()
    back.mkdir()
    history(checkout, 8, 2)
    attributes = "*.py text eol=crlf export-subst\nsrc/part1/** export-ignore\n"
    (checkout / ".gitattributes").write_text(attributes)
    (checkout / "about.py").write_text("$Format:%d$\n")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "attributes")
    bare = tmp_path / "bare.git"
    sha, _ = archived(checkout, bare, datetime.date(2026, 11, 20))

    subprocess.run(["tar", "-xf", bare / "code.tar", "-C", back], check=True)
    git(back / "code", "init", "-q")
    (back / "code" / ".git" / "info").mkdir(exist_ok=True)
    (back / "code" / ".git" / "info" / "attributes").write_text("* -text -ident -filter\n")
    git(back / "code", "add", "-f", ".")

    assert git(back / "code", "write-tree") == git(bare, "rev-parse", f"{sha}^{{tree}}")
