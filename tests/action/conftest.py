"""The Action in a clone of its own, a paper on the stand-ins, and jobs that release it."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from action.runner import ROOT, Runner
from release.conftest import Stage, example, git

from pubflow.rehearsal import Rehearsal

PAPER = "pubflow-example/optical-digits"


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of this repository would hold: everything that git does not ignore."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z", "src", "action.yml", "*.md"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    place = tmp_path_factory.mktemp("action")
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place / name)
    return place


@pytest.fixture(scope="session")
def served() -> Iterator[Rehearsal]:
    with Rehearsal.start() as rehearsal:
        yield rehearsal


@dataclass
class Lab:
    """A paper's repository, here and on the stand-in for GitHub, and its workflow runs."""

    stage: Stage
    clone: Path
    runs: int = 0
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def paper(self) -> Path:
        return self.stage.folder

    @property
    def tokens(self) -> dict[str, str]:
        env = self.stage.rehearsal.env
        return {name: env[name] for name in ("GITHUB_TOKEN", "HF_TOKEN", "ZENODO_TOKEN")}

    def publish_repository(self, tag: str = "v1.0.0") -> None:
        """Put the paper on the stand-in as a public repository with a pushed tag."""
        env = self.stage.rehearsal.env
        owner, name = PAPER.split("/")
        request = urllib.request.Request(
            f"{env['GITHUB_API_URL']}/orgs/{owner}/repos",
            json.dumps({"name": name, "private": False}).encode(),
            {"Authorization": f"Bearer {env['GITHUB_TOKEN']}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 201
        git(self.paper, "tag", tag)
        address = f"{env['GITHUB_SERVER_URL']}/{PAPER}.git"
        address = address.replace("://", f"://x-access-token:{env['GITHUB_TOKEN']}@")
        git(self.paper, "push", "-q", address, "main", tag)

    def runner(
        self,
        *,
        event: str = "push",
        ref: str = "refs/tags/v1.0.0",
        kept: Path | None = None,
        payload: dict[str, Any] | None = None,
        **more: Any,
    ) -> Runner:
        """A machine that has never run a job before."""
        self.runs += 1
        folder = self.paper.parent / f"machine-{self.runs}"
        folder.mkdir()
        github = {
            "event_name": event,
            "repository": PAPER,
            "ref": ref,
            "token": self.stage.rehearsal.env["GITHUB_TOKEN"],
            "event": {"repository": {"private": False, "full_name": PAPER}, **(payload or {})},
        }
        names = ("GITHUB_API_URL", "GITHUB_SERVER_URL", "HF_ENDPOINT", "ZENODO_URL")
        outer = {
            name: self.stage.env[name]
            for name in (*names, "PUBFLOW_ALLOW_HOSTS", "NO_PROXY")
            if name in self.stage.env
        }
        secrets = {k: v for k, v in self.tokens.items() if k != "GITHUB_TOKEN"}
        return Runner(
            folder, self.clone, {**outer, **self.extra}, github, secrets, self.paper, kept, **more
        )

    def checked_out(self, **more: Any) -> Runner:
        """The same with the paper checked out."""
        made = self.runner(**more)
        shutil.rmtree(made.workspace)
        git(made.folder, "clone", "-q", str(self.paper), "work")
        server = self.stage.rehearsal.env["GITHUB_SERVER_URL"]
        git(made.workspace, "remote", "set-url", "origin", f"{server}/{PAPER}")
        return made


def paper(into: Path, change: Callable[[str], str] = lambda text: text) -> Path:
    """The example as a repository of its own: the code is all of it, with its history."""
    example(into)
    for path in (into / "docs/example/code").iterdir():
        shutil.move(path, into / path.name)
    toml = into / "publish.toml"
    text = toml.read_text("utf-8").replace('"docs/example/code"', '"."')
    text = change(text.replace('"snapshot"', '"full"'))
    toml.write_text(text, "utf-8")
    git(into, "init", "-q", "-b", "main")
    git(into, "add", "-A")
    git(into, "commit", "-q", "-m", "the paper")
    return into


@pytest.fixture
def lab(served: Rehearsal, tmp_path: Path, clone: Path) -> Lab:
    stage = Stage(served, paper(tmp_path / "paper"))
    stage.post("/reset", {})
    return Lab(stage, clone)
