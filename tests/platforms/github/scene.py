"""A paper's checkout, a stand-in for GitHub on a real socket, and runs of the platform between."""

from __future__ import annotations

import contextlib
import datetime
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pubflow.actions import Action, Receipt
from pubflow.build import Builder
from pubflow.claim import Claim
from pubflow.errors import Transient
from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, License, Manifest, Paper, Person, Release, Target
from pubflow.platform import Problem
from pubflow.platforms.github import GitHub
from pubflow.platforms.github.state import GitHubState
from pubflow.rehearsal import Rehearsal
from pubflow.tokens import Secret

DAY = datetime.date(2026, 11, 20)
REPO = "utopia-lab/optical-digits"


def git(folder: Path, *args: str, env: Mapping[str, str] | None = None) -> str:
    clean = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **(env or {})}
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "a@example.org"))
    }
    done = subprocess.run(
        ["git", *args],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **who, **clean},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


@dataclass
class Scene:
    """One paper and one stand-in. `run` is what a new process would see."""

    rehearsal: Rehearsal
    root: Path
    version: str = "1.0.0"
    repo: str = REPO
    history: str = "full"
    below: str = "."
    runs: int = 0
    keywords: tuple[str, ...] = ("Self-supervised learning", "digits")

    @property
    def checkout(self) -> Path:
        return self.root / "paper"

    @property
    def token(self) -> str:
        return self.rehearsal.env["GITHUB_TOKEN"]

    @property
    def changes(self) -> int:
        """How many changing requests GitHub has got."""
        return self.rehearsal.counters()["github"]["changes"]

    def requests(self) -> list[str]:
        """Every request to GitHub so far, as `GET /user 200`."""
        told = (e for e in self.rehearsal.log() if e["platform"] == "github")
        return [f"{e['method']} {e['path']} {e['status']}" for e in told]

    @property
    def server(self) -> str:
        return self.rehearsal.env["GITHUB_SERVER_URL"]

    def remote(self, repo: str = "") -> str:
        """An address with the token in it, for the hands of the tests only."""
        return self.server.replace("://", f"://x:{self.token}@") + f"/{repo or self.repo}.git"

    def write(self, name: str, text: str) -> str:
        """Change one file of the paper and commit; returns the commit."""
        (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (self.checkout / name).write_text(text)
        git(self.checkout, "add", ".")
        git(self.checkout, "commit", "-qm", f"change {name}")
        return git(self.checkout, "rev-parse", "HEAD")

    def hand(self, verb: str, path: str, body: Any = None) -> Any:
        """What the owner does by hand, over the same API."""
        import requests

        answer = requests.request(
            verb,
            self.rehearsal.env["GITHUB_API_URL"] + path,
            json=body,
            headers={"Authorization": f"Bearer {self.token}", "User-Agent": "by-hand"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def fail(self, faults: list[dict[str, Any]]) -> None:
        import requests

        answer = requests.post(f"{self.rehearsal.control}/faults", json=faults, timeout=10)
        assert answer.ok, answer.text

    def armed(self) -> bool:
        """Whether a fault still waits for its request."""
        import requests

        return bool(requests.get(f"{self.rehearsal.control}/faults", timeout=10).json())

    def disarm(self) -> None:
        """Let the faults that still wait meet requests that nobody needs."""
        import requests

        # A change where nothing is to be changed, as some faults wait for changes.
        nothing = self.rehearsal.env["GITHUB_API_URL"] + "/repos/no/thing"
        for _ in range(500):
            if not self.armed():
                return
            with contextlib.suppress(requests.RequestException):
                requests.delete(nothing, headers={"User-Agent": "by-hand"}, timeout=10)
        raise AssertionError("faults are still armed")

    def existing(self, *, private: bool, pushed: bool = True) -> None:
        owner, _, name = self.repo.partition("/")
        self.hand("POST", f"/orgs/{owner}/repos", {"name": name, "private": private})
        if pushed:
            git(self.checkout, "push", "-q", self.remote(), "HEAD:refs/heads/main")

    def truth(self, repo: str = "") -> dict[str, Any]:
        """The repository as it really is; empty if there is none."""
        for found in self.rehearsal.world()["github"]["repositories"]:
            if found["full_name"] == (repo or self.repo):
                return dict(found)
        return {}

    def run(self) -> Run:
        self.runs += 1
        return Run(self, self.root / f"run-{self.runs}")


@dataclass
class Run:
    """One process: a claim that it has not read yet, a platform, and nothing remembered."""

    scene: Scene
    folder: Path
    platform: GitHub = field(init=False)
    claim: Claim = field(init=False)
    sent: int = 0
    remembered: dict[str, str] = field(default_factory=dict)
    """What a journal would; empty as if it was lost."""

    def __post_init__(self) -> None:
        scene = self.scene
        self.folder.mkdir()
        self.claim = Claim("optical-digits", scene.version, DAY)
        env = scene.rehearsal.env
        self.platform = GitHub(
            api_url=env["GITHUB_API_URL"],
            server_url=env["GITHUB_SERVER_URL"],
            token=Secret(scene.token),
            claim=self.claim,
            workdir=self.folder,
            manifest_root=scene.checkout,
        )
        self.builder = Builder({"github": self.platform}, self.folder)
        self.claim.attach(self.platform.register(self.manifest().targets[0]))

    def manifest(self, date: datetime.date | None = None) -> Manifest:
        scene = self.scene
        code = Artifact(
            "code",
            Kind.CODE,
            scene.checkout / scene.below,
            title="Optical digits",
            license=License("Apache-2.0"),
            history=scene.history,
        )
        paper = Paper(
            "Reading digits",
            (Person(given="Ada", family="Lovelace"),),
            keywords=scene.keywords,
            arxiv="2605.01234",
        )
        version = scene.version
        release = Release("optical-digits", version, f"v{version}", paper, (code,), date)
        return Manifest(
            release, (Target(code, "github", release, {"repo": scene.repo}),), scene.checkout
        )

    def memory(self, target: Target) -> dict[str, str]:
        earlier = self.claim.earlier(target.name)
        newest = earlier[max(earlier)] if earlier else {}
        names = {f"previous.{key}": value for key, value in newest.items()}
        return names | self.remembered | self.claim.ids(target.name)

    def look(self) -> Look:
        self.claim.refresh()
        manifest = self.manifest(self.claim.date)
        [target] = manifest.targets
        state = self.platform.observe(target, self.memory(target))
        links = Links({target.name: state.link})
        built, _ = self.builder(manifest, links, {target.name: state})
        [target] = built.targets
        found = list(self.platform.diff(target, state, links))
        return Look(self, target, state, links, found)

    def apply(self, look: Look, action: Action) -> Receipt:
        def told(_: str, size: int) -> None:
            self.sent += size

        return self.platform.apply(action, look.target, look.state, look.links, told)

    def release(self, tries: int = 60) -> list[str]:
        """Look, act until something new must be seen, look again, until nothing is left.

        An unclear answer is followed by a look, as the engine does it.
        """
        done: list[str] = []
        for _ in range(tries):
            try:
                look = self.look()
                if not look.passable():
                    return done
                first = look.actions[0]
                for action in look.actions:
                    if (action.stage, action.wave) != (first.stage, first.wave):
                        break
                    receipt = self.apply(look, action)
                    done.append(action.id.partition("/")[2])
                    if receipt.remember:
                        break
            except Transient:
                continue
        raise AssertionError(f"never done: {done}")


@dataclass
class Look:
    run: Run
    target: Target
    state: GitHubState
    links: Links
    found: list[Any]

    @property
    def actions(self) -> list[Action]:
        order = [item for item in self.found if isinstance(item, Action)]
        return sorted(order, key=lambda action: (action.stage, action.wave or 0, action.last))

    @property
    def ids(self) -> list[str]:
        return [action.id.partition("/")[2] for action in self.actions]

    @property
    def problems(self) -> list[Problem]:
        return [item for item in self.found if isinstance(item, Problem)]

    @property
    def errors(self) -> list[str]:
        return [problem.what for problem in self.problems if problem.severity == "error"]

    def passable(self) -> list[Action]:
        assert self.errors == []
        return self.actions
