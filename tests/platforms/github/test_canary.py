"""The token is a canary: it is looked for in everything that a release leaves or shows."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from platforms.github.scene import Scene

CHILD = Path(__file__).with_name("one_release.py")
GIT = ("git", "sh", "askpass")
"""Programs that may hold it in their environment: git, its helpers, and the one that it asks."""


def processes() -> Iterator[tuple[int, str, bytes, bytes]]:
    """Number, name, arguments and environment of every process that can be read (Linux)."""
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name.isdigit():
            try:
                name = (folder / "comm").read_text().strip()
                argv = (folder / "cmdline").read_bytes()
                yield int(folder.name), name, argv, (folder / "environ").read_bytes()
            except OSError:
                continue


def forms(token: str) -> list[bytes]:
    pair = base64.b64encode(f"x-access-token:{token}".encode())
    return [token.encode(), pair, base64.b64encode(token.encode())]


def started(scene: Scene, tmp_path: Path, token: str) -> subprocess.Popen[bytes]:
    for name in ("tmp", "home"):
        (tmp_path / name).mkdir(exist_ok=True)
    env = {
        **scene.rehearsal.env,
        "GITHUB_TOKEN": token,
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "LOG": "1",
    }
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(scene.checkout), str(tmp_path / "released")],
        env=env,
        stdout=(tmp_path / "out").open("wb"),
        stderr=(tmp_path / "err").open("wb"),
    )


def everything_left(tmp_path: Path) -> Iterator[Path]:
    return (path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink())


def test_the_token_shows_nowhere_during_a_whole_release(scene: Scene, tmp_path: Path) -> None:
    canaries = forms(scene.token)
    child = started(scene, tmp_path, scene.token)
    bad: set[str] = set()
    holders: set[str] = set()
    while child.poll() is None:
        for number, name, argv, environ in processes():
            if any(canary in argv for canary in canaries):
                bad.add(f"arguments of {name}")
            if number == os.getpid() or str(CHILD).encode() in argv:
                continue  # The test, the release itself, and a fork of it that is not yet git.
            if any(canary in environ for canary in canaries):
                holders.add(name)

    assert child.returncode == 0, (tmp_path / "err").read_text()
    assert bad == set()
    assert {name for name in holders if not name.startswith(GIT)} == set()
    logs = (tmp_path / "err").read_bytes()
    assert b"DEBUG" in logs
    for path in everything_left(tmp_path):
        for canary in canaries:
            assert canary not in path.read_bytes(), path


def test_a_refused_token_shows_in_no_exception_and_no_log(scene: Scene, tmp_path: Path) -> None:
    wrong = "gh" + "p_" + "w" * 36
    child = started(scene, tmp_path, wrong)

    assert child.wait() != 0

    assert b"does not accept the token" in (tmp_path / "err").read_bytes()
    for path in everything_left(tmp_path):
        for canary in forms(wrong):
            assert canary not in path.read_bytes(), path
