"""A folder that cannot be written, as CI mounts one: looking goes on, and nothing is released."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from release.conftest import Done, Stage

MOUNTED = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec "$@"'
NAMESPACE = ["unshare", "--mount", "sh", "-c", MOUNTED]


def _works(folder: Path) -> bool:
    """Whether a test can take the right to write away from itself here."""
    if os.geteuid() != 0:
        return True
    try:
        done = subprocess.run([*NAMESPACE, str(folder), "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def read_only(stage: Stage, *args: str, expect: int = 0) -> Done:
    """What a pubflow says that cannot write into the project's folder."""
    if not _works(stage.folder):
        pytest.skip("root writes everywhere, and no file system can be mounted here")
    as_root = os.geteuid() == 0
    mounted = [*NAMESPACE, str(stage.folder)] if as_root else []
    before = {path: path.stat().st_mode for path in (stage.folder, stage.folder / ".pubflow")}
    if not as_root:
        for path, mode in before.items():
            path.chmod(mode & ~0o222)
    try:
        done = subprocess.run(
            [*mounted, sys.executable, "-m", "pubflow", *args],
            cwd=stage.folder,
            env=stage.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        for path, mode in before.items():
            path.chmod(mode)
    assert done.returncode == expect, done.stdout + done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def test_looking_goes_on_with_what_is_remembered_and_says_that_nothing_is_added(
    stage: Stage,
) -> None:
    stage.pubflow("release", "--until", "reserve")
    here = stage.pubflow("plan", "--json").json

    for command in ("plan", "check"):
        assert "what is seen now is not remembered" in read_only(stage, command).out
    assert read_only(stage, "status").out == stage.pubflow("status").out
    assert "Nothing of it is public yet" in read_only(stage, "verify").out
    plan = read_only(stage, "plan", "--json").json
    assert [a["id"] for a in plan["actions"]] == [a["id"] for a in here["actions"]]
    assert plan["links"] == here["links"]


def test_nothing_is_released_and_the_message_says_what_is_missing(stage: Stage) -> None:
    stage.pubflow("plan")
    before = stage.changes

    done = read_only(stage, "release", "--yes", expect=1)

    assert "cannot be written" in done.err
    assert "give write permission to the folder" in done.err
    assert stage.changes == before
