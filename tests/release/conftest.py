"""A real project, real stand-ins on real sockets, and pubflow as a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pubflow.rehearsal import Rehearsal, clean_environment

if TYPE_CHECKING:
    from release.sweep import Zygote

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def finished(self) -> list[str]:
        return [e["action"] for e in self.events if e["event"] == "finished"]


@dataclass
class Stage:
    """Where a play is played: the stand-ins, and a folder with a publish.toml."""

    rehearsal: Rehearsal
    folder: Path
    extra: dict[str, str] = field(default_factory=dict)
    zygote: Zygote | None = None
    """Forks what `pubflow` runs, if given; a fresh interpreter costs most of a second."""

    @property
    def env(self) -> dict[str, str]:
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        outer = {k: v for k, v in os.environ.items() if k in {"PATH", "LANG", "TMPDIR"}}
        own = {"HOME": str(home), "HF_HOME": str(home / "hf"), "PUBFLOW_KEYRING": "0"}
        return clean_environment({**self.rehearsal.env, **own, **self.extra}, outer)

    @property
    def log(self) -> Path:
        """Where a forked run writes what it says."""
        return self.folder.parent / "log"

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pubflow", *args],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def pubflow(self, *args: str, expect: int | None = 0) -> Done:
        if self.zygote is not None:
            said = self.folder.parent / "said"
            code, out = self.zygote.run(self, *args, err=str(said))
            done = Done(code, out, said.read_text("utf-8"))
        else:
            process = self.start(*args)
            out, err = process.communicate(timeout=120)
            done = Done(process.returncode, out, err)
        if expect is not None:
            assert done.code == expect, f"{args} exited {done.code}\n{out}\n{err}"
        return done

    def interrupted(self, process: subprocess.Popen[str]) -> Done:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        return Done(process.returncode, out, err)

    def post(self, path: str, value: Any) -> Any:
        request = urllib.request.Request(
            self.rehearsal.control + path, json.dumps(value).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def fault(self, platform: str, at: int, kind: str, **more: Any) -> None:
        self.post("/faults", [{"platform": platform, "at": at, "kind": kind, **more}])

    @property
    def world(self) -> dict[str, Any]:
        return self.rehearsal.world()

    @property
    def changes(self) -> int:
        return sum(count["changes"] for count in self.rehearsal.counters().values())

    @property
    def requests(self) -> int:
        return sum(sum(count.values()) for count in self.rehearsal.counters().values())

    def go_on(self, played: Path) -> None:
        """From a copy of what `played` left: of the project, and of the stand-ins' worlds."""
        there = self.folder.parent
        shutil.copytree(played / "play", there, symlinks=True, dirs_exist_ok=True)
        self.rehearsal.back_to(played / "worlds")

    def forget(self, *, receipt: bool = True) -> None:
        """As on another computer: no journal, and perhaps no publish.lock."""
        shutil.rmtree(self.folder / ".pubflow", ignore_errors=True)
        if receipt:
            (self.folder / "publish.lock").unlink(missing_ok=True)


def example(into: Path) -> Path:
    """A copy of the example: publish.toml and the files it names, without git."""
    into.mkdir(parents=True)
    shutil.copytree(ROOT / "docs" / "example", into / "docs" / "example")
    shutil.copyfile(ROOT / "publish.example.toml", into / "publish.toml")
    return into


@pytest.fixture(scope="session")
def served() -> Iterator[Rehearsal]:
    """One set of stand-ins for each test process; emptied for every test."""
    with Rehearsal.start() as rehearsal:
        yield rehearsal


@pytest.fixture
def stage(served: Rehearsal, zygote: Zygote, tmp_path: Path) -> Stage:
    made = Stage(served, example(tmp_path / "project"), zygote=zygote)
    made.post("/reset", {})
    return made


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    from release.sweep import Zygote

    made = Zygote()
    yield made
    made.close()


@pytest.fixture(scope="session")
def played(
    served: Rehearsal, zygote: Zygote, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Release the example as these options say; what is there then, to go on from.

    The same is played once in each test process.
    """

    @cache
    def play(*options: str) -> Path:
        folder = tmp_path_factory.mktemp("played")
        stage = Stage(served, example(folder / "play" / "project"), zygote=zygote)
        stage.post("/reset", {})
        stage.pubflow("release", *options)
        served.keep(folder / "worlds")
        return folder

    return play


@pytest.fixture
def released(played: Callable[..., Path], stage: Stage) -> None:
    """`pubflow release --yes` has been run on the stage."""
    stage.go_on(played("--yes"))


def git(folder: Path, *args: str) -> str:
    """Git with an identity of its own and no configuration of this computer."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_AUTHOR_DATE": "2026-11-01T12:00:00+0000",
        "GIT_COMMITTER_DATE": "2026-11-01T12:00:00+0000",
    }
    done = subprocess.run(["git", *args], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
