"""The token is a canary: it is looked for in everything that a release leaves or shows."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from platforms.github.scene import Scene, git

from pubflow.errors import PubflowError
from pubflow.platforms.github.client import Client
from pubflow.platforms.github.push import Remote, Update
from pubflow.platforms.github.state import Release
from pubflow.tokens import Secret

CHILD = Path(__file__).with_name("one_release.py")
GIT = ("git", "sh", "askpass")
"""Programs that may hold it in their environment: git, its helpers, and the one that it asks."""


def processes() -> Iterator[tuple[int, str, bytes, bytes]]:
    """Number, name, arguments and environment of every process that can be read (Linux).

    A process that became another program between the readings is left to the next round: its
    name would be of the one and its environment of the other.
    """
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name.isdigit():
            try:
                argv = (folder / "cmdline").read_bytes()
                environ = (folder / "environ").read_bytes()
                name = (folder / "comm").read_text().strip()
                if (folder / "cmdline").read_bytes() == argv:
                    yield int(folder.name), name, argv, environ
            except OSError:
                continue


def forms(token: str) -> list[bytes]:
    pair = base64.b64encode(f"x-access-token:{token}".encode())
    return [token.encode(), pair, base64.b64encode(token.encode())]


def started(scene: Scene, tmp_path: Path, token: str, **more: str) -> subprocess.Popen[bytes]:
    for name in ("tmp", "home"):
        (tmp_path / name).mkdir(exist_ok=True)
    env = {
        **scene.rehearsal.env,
        "GITHUB_TOKEN": token,
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "LOG": "1",
        **more,
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


def test_a_git_that_was_told_to_trace_everything_tells_nothing_of_ours(
    scene: Scene, tmp_path: Path
) -> None:
    """With these git would write what it sends, headers unredacted, to a file or to stderr."""
    asked = ("GIT_TRACE", "GIT_TRACE_CURL", "GIT_TRACE_PACKET", "GIT_TRACE_SETUP", "GIT_TRACE2")
    more = {name: str(tmp_path / "trace") for name in asked}
    more |= {"GIT_CURL_VERBOSE": "1", "GIT_TRACE_REDACT": "0", "GIT_TRACE_CURL_NO_DATA": "0"}
    child = started(scene, tmp_path, scene.token, **more)

    assert child.wait() == 0, (tmp_path / "err").read_text()

    assert not (tmp_path / "trace").exists()
    assert b"http.c:" not in (tmp_path / "err").read_bytes()
    for path in everything_left(tmp_path):
        for canary in forms(scene.token):
            assert canary not in path.read_bytes(), path


def told(error: BaseException) -> str:
    """All that an error and those behind it say: words, arguments, notes, causes and traces."""
    seen: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is not None and one not in seen:
            seen.append(one)
            left += [one.__cause__, one.__context__]
    said = [
        "\n".join([str(e), repr(e), repr(e.args), repr(vars(e)), *getattr(e, "__notes__", ())])
        for e in seen
    ]
    return "\n".join([*said, *traceback.format_exception(error)])


FAULTS = [
    {"kind": "500"},
    {"kind": "429"},
    {"kind": "cut-before"},
    {"kind": "cut-after"},
    {"kind": "503-applied"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault["kind"]))
def test_no_error_of_any_request_of_a_release_says_the_token(
    scene: Scene, fault: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    run, errors = scene.run(), []
    for _ in range(60):
        scene.fail([{"platform": "github", "at": 2, **fault}])
        try:
            look = run.look()
            if not look.actions:
                break
            run.apply(look, look.actions[0])
        except PubflowError as error:
            errors.append(told(error))
        scene.disarm()

    assert len(errors) > 5
    for canary in forms(scene.token):
        assert canary.decode() not in "\n".join(errors)
        assert canary.decode() not in caplog.text


def test_no_refusal_says_the_token_whatever_is_refused(scene: Scene) -> None:
    wrong = "gh" + "p_" + "w" * 36
    scene.existing(private=True, pushed=False)
    url = f"{scene.server}/{scene.repo}.git"
    head = git(scene.checkout, "rev-parse", "HEAD")
    remote = Remote(lambda: url, Secret(wrong))
    client = Client(scene.rehearsal.env["GITHUB_API_URL"], scene.server, Secret(wrong))
    file = scene.checkout / "README.md"
    there = f"{scene.rehearsal.env['GITHUB_API_URL']}/uploads/repos/{scene.repo}/releases/1/assets"
    draft = Release(1, "v1", upload_url=there)
    asked: list[Callable[[], object]] = [
        client.login,
        lambda: client.refs(scene.repo),
        lambda: client.upload(draft, "a", file, file.stat().st_size, lambda sent: None),
        remote.listing.now,
        lambda: remote.fetch(scene.checkout, ["refs/heads/main"]),
        lambda: remote.push(scene.checkout, [Update("refs/heads/main", head)]),
    ]
    for ask in asked:
        with pytest.raises(PubflowError) as refused:
            ask()
        for canary in forms(wrong):
            assert canary.decode() not in told(refused.value)
