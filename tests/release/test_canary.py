"""No token in any byte of what a run says, leaves, passes on or sends (law 9)."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from release import canary
from release.conftest import Stage, git
from release.sweep import PLATFORMS, Zygote

FAULTS = ("cut-before", "cut-after", "401", "403", "429", "500", "503-applied")
LOUD = {"PUBFLOW_DEBUG": "1"}


@pytest.fixture
def quiet(stage: Stage, tmp_path: Path) -> Stage:
    """A stage whose runs leave everything that they leave below one folder."""
    (tmp_path / "tmp").mkdir()
    stage.extra["TMPDIR"] = str(tmp_path / "tmp")
    return stage


def left(stage: Stage, worlds: Path, *said: str) -> set[str]:
    return canary.left_by(stage, worlds, [text.encode() for text in said])


@pytest.mark.parametrize("how", [["--json"], LOUD], ids=["json", "debug"])
def test_a_whole_release_shows_its_tokens_nowhere(
    quiet: Stage, tmp_path_factory: pytest.TempPathFactory, how: list[str] | dict[str, str]
) -> None:
    quiet.extra |= how if isinstance(how, dict) else {}
    args = how if isinstance(how, list) else []
    with canary.Watching(canary.canaries(quiet.env)) as watching:
        done = quiet.pubflow("release", "--yes", *args)

    assert {"git", "git-remote-http"} <= watching.programs
    assert watching.found == set()
    assert left(quiet, tmp_path_factory.mktemp("kept") / "w", done.out, done.err) == set()


def test_nor_do_the_commands_that_only_look(
    quiet: Stage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    quiet.extra |= LOUD
    quiet.pubflow("release", "--yes", "--until", "upload")
    said = []
    with canary.Watching(canary.canaries(quiet.env)) as watching:
        for command in ("plan", "verify", "status", "cite"):
            done = quiet.pubflow(*command.split(), expect=None)
            said += [done.out, done.err]

    assert watching.found == set()
    assert left(quiet, tmp_path_factory.mktemp("kept") / "w", *said) == set()


@pytest.mark.parametrize("variable", canary.TOKENS)
def test_a_token_that_is_refused_shows_in_no_word_and_no_trace(
    quiet: Stage, tmp_path_factory: pytest.TempPathFactory, variable: str
) -> None:
    wrong = quiet.env[variable][:-6] + "Wr0ngX"
    quiet.rehearsal.env = {**(right := quiet.rehearsal.env), variable: wrong}
    quiet.extra |= LOUD
    try:
        with canary.Watching(canary.canaries(quiet.env)) as watching:
            done = quiet.pubflow("release", "--yes", expect=1)

        assert watching.found == set()
        assert left(quiet, tmp_path_factory.mktemp("kept") / "w", done.out, done.err) == set()
    finally:
        quiet.rehearsal.env = right


@pytest.mark.slow
@pytest.mark.parametrize("platform", PLATFORMS)
def test_nor_does_a_run_that_meets_a_fault(
    quiet: Stage, zygote: Zygote, tmp_path_factory: pytest.TempPathFactory, platform: str
) -> None:
    quiet.extra |= LOUD
    ends = set()
    for at, kind in enumerate(FAULTS, start=1):
        quiet.post("/reset", {})
        quiet.forget()
        more = {"retry_after": 0} if kind == "429" else {}
        quiet.fault(platform, at, kind, only="changes", **more)
        code, said = zygote.run(quiet, "release", "--yes")
        ends.add(code)
        kept = tmp_path_factory.mktemp("kept") / "w"
        assert left(quiet, kept, said) == set(), f"{kind} at {at}"
    assert ends >= {0, 1}, "nothing ended the other way"


# A search that finds nothing proves something only if it finds what is there.


def test_a_token_in_a_file_in_git_or_at_a_platform_is_found(
    quiet: Stage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    token = quiet.env["HF_TOKEN"]
    work = quiet.folder / ".pubflow"
    (work / "objects").mkdir(parents=True)
    (work / "plain").write_text(f"the token is {token}.")
    (work / "objects" / "loose").write_bytes(zlib.compress(token.encode()))
    repository = quiet.folder.parent / "home" / "packed"
    repository.mkdir(parents=True)
    git(repository, "init", "-q")
    (repository / "file").write_text(f"{token}\n" * 50)
    git(repository, "add", "file")
    git(repository, "commit", "-q", "-m", "x")
    git(repository, "gc", "-q")
    (repository / "file").unlink()

    found = left(quiet, tmp_path_factory.mktemp("kept") / "w", f"said {token}")

    for place in ("what was said", "project/.pubflow/plain", "project/.pubflow/objects/loose"):
        assert f"HF_TOKEN in {place}" in found
    assert any(told.startswith("HF_TOKEN in") and told.endswith(".pack") for told in found)


def test_a_token_in_an_argument_or_in_the_environment_of_a_child_is_found() -> None:
    hidden = {"GITHUB_TOKEN": b"gh" + b"p_" + b"x" * 36, "HF_TOKEN": b"h" + b"f_" + b"y" * 34}
    parent = (
        "import json, subprocess, sys\n"
        "for argument, env in json.loads(sys.stdin.readline()):\n"
        "    code = 'import sys; sys.stdin.read()'\n"
        "    program = [sys.executable, '-c', code, *argument]\n"
        "    subprocess.Popen(program, env=env, stdin=subprocess.PIPE)\n"
        "sys.stdin.read()\n"
    )
    started = [
        ([hidden["HF_TOKEN"].decode()], {}),
        ([], {"SOMETHING": hidden["HF_TOKEN"].decode()}),
        ([], {canary.VARIABLE: hidden["GITHUB_TOKEN"].decode()}),
    ]
    with canary.Watching(hidden) as watching:
        run = subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, env={})
        assert run.stdin is not None
        run.stdin.write(json.dumps(started).encode() + b"\n")
        run.stdin.flush()
        while len(watching.found) < 2 and run.poll() is None:
            pass
        run.communicate(b"")

    assert {told.partition(" of ")[0] for told in watching.found} == {
        "HF_TOKEN in the arguments",
        "HF_TOKEN in the environment",
    }
