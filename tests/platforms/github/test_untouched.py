"""The author's checkout is byte for byte as it was, after a release and after a kill anywhere."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from platforms.github.scene import Scene, git
from platforms.github.test_boundaries import SCENES

CHILD = Path(__file__).with_name("one_release.py")
Print = dict[str, tuple[int, int, str]]


def fingerprint(folder: Path) -> Print:
    """Time, mode and digest of every file and folder, `.git` and all."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            path.lstat().st_mode,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }


def lived_in(checkout: Path) -> None:
    """A stash, a staged file, an untracked one, and configuration that would lead git astray."""
    (checkout / "README.md").write_text("# Changed\n")
    git(checkout, "stash", "-q")
    (checkout / "notes.txt").write_text("mine\n")
    hooks = checkout / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-push", "reference-transaction", "post-index-change"):
        (hooks / name).write_text("#!/bin/sh\ntouch touched\nexit 1\n")
        (hooks / name).chmod(0o755)
    for key, value in {
        "credential.helper": "!touch asked; false",
        "url.https://elsewhere.invalid/.insteadOf": "http://127.0.0.1",
        "http.proxy": "http://127.0.0.1:9",
        "user.name": "Ada",
        "user.email": "a@example.org",
        "gc.auto": "1",
    }.items():
        git(checkout, "config", key, value)


def start(scene: Scene) -> subprocess.Popen[bytes]:
    env = {**scene.rehearsal.env, "PATH": os.environ["PATH"], "HOME": str(scene.root)}
    scene.runs += 1
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(scene.checkout), str(scene.root / f"out-{scene.runs}")],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("situation", SCENES)
def test_a_release_leaves_the_checkout_as_it_was(scene: Scene, situation: str) -> None:
    SCENES[situation](scene)
    lived_in(scene.checkout)
    before = fingerprint(scene.checkout)

    scene.run().release()

    assert fingerprint(scene.checkout) == before
    assert [r["tag"] for r in scene.truth()["releases"] if not r["draft"]] == ["v1.0.0"]


def killed(scene: Scene, at: int, when: str) -> bool:
    """Kill a release at a changing request, then finish it. Whether the request came."""
    before = fingerprint(scene.checkout)
    child = start(scene)
    fault = {"platform": "github", "at": at, "kind": "kill", "pid": child.pid, "when": when}
    scene.fail([fault | {"only": "changes"}])
    _, said = child.communicate(timeout=60)
    assert fingerprint(scene.checkout) == before
    if child.returncode == 0:
        return False
    assert child.returncode == -9, said.decode()
    again = start(scene)
    _, said = again.communicate(timeout=60)
    assert again.returncode == 0, said.decode()
    assert fingerprint(scene.checkout) == before
    truth = scene.truth()
    assert [release["draft"] for release in truth["releases"]] == [False]
    assert [tag["name"] for tag in truth["tags"]] == ["v1.0.0"]
    return True


def test_a_kill_during_a_push_leaves_the_checkout_as_it_was(scene: Scene) -> None:
    lived_in(scene.checkout)

    assert killed(scene, at=4, when="after")


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_change_leaves_the_checkout_as_it_was(scene: Scene, when: str) -> None:
    lived_in(scene.checkout)
    at = 1
    while killed(scene, at, when):
        scene.hand("DELETE", f"/repos/{scene.repo}")
        at += 1

    assert at > 10
