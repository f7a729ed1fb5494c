"""The author's checkout is byte for byte as it was, after a release and after a kill anywhere."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from platforms.github.scene import Scene, git
from platforms.github.test_boundaries import SCENES
from platforms.github.test_preflight import ruleset

from pubflow.errors import PubflowError
from pubflow.platforms.github.push import Remote, Update

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


def snapshot(scene: Scene) -> None:
    scene.history = "snapshot"


def snapshot_of_a_folder(scene: Scene) -> None:
    scene.history, scene.below = "snapshot", "code"


def plain_folder(scene: Scene) -> None:
    (scene.checkout / ".git").rename(scene.root / "elsewhere")


def shallow_clone(scene: Scene) -> None:
    scene.existing(private=False)
    whole = scene.checkout.rename(scene.root / "whole")
    git(scene.root, "clone", "-q", "--depth=1", f"file://{whole}", str(scene.checkout))


def linked_worktree(scene: Scene) -> None:
    whole = scene.checkout.rename(scene.root / "whole")
    git(whole, "switch", "-q", "-c", "aside")
    git(whole, "worktree", "add", "-q", str(scene.checkout), "main")


def packed_with_a_graph(scene: Scene) -> None:
    git(scene.checkout, "gc", "-q")
    git(scene.checkout, "commit-graph", "write", "--reachable")


SOURCES = (
    snapshot,
    snapshot_of_a_folder,
    plain_folder,
    shallow_clone,
    linked_worktree,
    packed_with_a_graph,
)


def name_of(given: object) -> str:
    return getattr(given, "__name__", str(given)).replace("_", " ")


def prints(scene: Scene) -> dict[str, Print]:
    """Of the checkout, and of the repository that it is a linked worktree of."""
    folders = (scene.checkout, scene.root / "whole")
    return {str(folder): fingerprint(folder) for folder in folders if folder.exists()}


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_code_from_anywhere_is_left_as_it_was(
    scene: Scene, source: Callable[[Scene], None]
) -> None:
    source(scene)
    before = prints(scene)

    scene.run().release()

    assert prints(scene) == before
    assert [r["tag"] for r in scene.truth()["releases"] if not r["draft"]] == ["v1.0.0"]


def moved(scene: Scene) -> None:
    tree = git(scene.checkout, "rev-parse", "HEAD^{tree}")
    theirs = git(scene.checkout, "commit-tree", "-p", "HEAD", "-m", "theirs", tree)
    git(scene.checkout, "push", "-q", scene.remote(), f"{theirs}:refs/heads/main")


def protected(scene: Scene) -> None:
    ruleset(scene, "branch", "~DEFAULT_BRANCH", "required_signatures")


def tags_ruled(scene: Scene) -> None:
    ruleset(scene, "tag", "~ALL", "creation")


def tagged_by_somebody(scene: Scene) -> None:
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:refs/tags/v1.0.0")


def secrets_looked_for(scene: Scene) -> None:
    wanted = {"secret_scanning_push_protection": {"status": "enabled"}}
    scene.hand("PATCH", f"/repos/{scene.repo}", {"security_and_analysis": wanted})


def deleted(scene: Scene) -> None:
    scene.hand("DELETE", f"/repos/{scene.repo}")


REFUSALS = {
    moved: "git pull",
    protected: "GH013",
    tags_ruled: "GH013",
    tagged_by_somebody: "stale info",
    secrets_looked_for: "secrets",
    deleted: "no repository",
}


@pytest.mark.parametrize("meddle", REFUSALS, ids=name_of)
def test_a_push_that_is_refused_leaves_the_checkout_as_it_was(
    scene: Scene, meddle: Callable[[Scene], None]
) -> None:
    """What stands in its way came after the last look, so that it is really sent and refused."""
    scene.existing(private=False)
    scene.write("settings.py", "TOKEN = 'gh" + "p_" + "A1b2" * 9 + "'\n")
    run = scene.run()
    while (look := run.look()).actions[0].verb != "push":
        run.apply(look, look.actions[0])
    meddle(scene)
    before = fingerprint(scene.checkout)

    with pytest.raises(PubflowError) as refused:
        run.apply(look, look.actions[0])

    assert REFUSALS[meddle] in f"{refused.value} {refused.value.why} {refused.value.hint}"
    assert fingerprint(scene.checkout) == before
    assert not [r for r in scene.truth().get("releases", ()) if not r["draft"]]


@pytest.mark.slow
def test_a_file_that_is_too_large_is_seen_before_and_refused_when_sent(scene: Scene) -> None:
    with (scene.checkout / "big.bin").open("wb") as file:
        file.truncate(101 * 1024**2)
    git(scene.checkout, "add", ".")
    git(scene.checkout, "commit", "-qm", "big")
    scene.existing(private=True, pushed=False)
    before = fingerprint(scene.checkout)
    run = scene.run()
    look = run.look()

    [seen] = look.errors
    remote = Remote(lambda: scene.remote(), None)
    head = git(scene.checkout, "rev-parse", "HEAD")
    with pytest.raises(PubflowError) as refused:
        remote.push(scene.checkout, [Update("refs/heads/main", head)])

    assert "big.bin (101 MiB)" in seen
    assert "GH001" in refused.value.why
    assert fingerprint(scene.checkout) == before


def start(scene: Scene) -> subprocess.Popen[bytes]:
    env = {**scene.rehearsal.env, "PATH": os.environ["PATH"], "HOME": str(scene.root)}
    env |= {"HISTORY": scene.history, "BELOW": scene.below}
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
    before = prints(scene)
    child = start(scene)
    fault = {"platform": "github", "at": at, "kind": "kill", "pid": child.pid, "when": when}
    scene.fail([fault | {"only": "changes"}])
    _, said = child.communicate(timeout=60)
    assert prints(scene) == before
    if child.returncode == 0:
        return False
    assert child.returncode == -9, said.decode()
    again = start(scene)
    _, said = again.communicate(timeout=60)
    assert again.returncode == 0, said.decode()
    assert prints(scene) == before
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


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_kill_during_any_push_leaves_code_from_anywhere_as_it_was(
    scene: Scene, source: Callable[[Scene], None]
) -> None:
    """The claim in a public repository; in a new private one the release commit."""
    source(scene)
    public = bool(scene.truth())

    assert killed(scene, at=1 if public else 4, when="after")
