"""Weights or data of a paper, the Hub's stand-in on a real socket, and runs of the platform."""

from __future__ import annotations

import datetime
import json
import shutil
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pubflow.actions import Action, Kept, Receipt
from pubflow.build import Builder
from pubflow.claim import Claim, LocalRegister
from pubflow.journal import Journal
from pubflow.links import Link, Links
from pubflow.manifest import Artifact, Kind, License, Manifest, Paper, Person, Release, Target
from pubflow.platform import Problem
from pubflow.platforms.huggingface import HuggingFace
from pubflow.platforms.huggingface.send import Limits
from pubflow.platforms.huggingface.state import HubState
from pubflow.rehearsal import Rehearsal
from pubflow.tokens import Secret
from pubflow.tree import files_below

DAY = datetime.date(2026, 11, 20)
REPO = "utopia-lab/seagrassnet"


def tensor(content: bytes) -> bytes:
    """The content as a .safetensors file of one tensor."""
    size = len(content)
    entry = {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}
    head = json.dumps({"w": entry}).encode()
    return len(head).to_bytes(8, "little") + head + content


@dataclass
class Scene:
    """One artifact and one stand-in. `run` is what a new process would see."""

    rehearsal: Rehearsal
    root: Path
    kind: Kind = Kind.WEIGHTS
    version: str = "1.0.0"
    settings: dict[str, Any] = field(default_factory=lambda: {"repo": REPO})
    previous: str = ""
    doi: str = "10.5281/zenodo.7"
    runs: int = 0
    xet: bool = False
    worlds: int = 0
    limits: Limits = field(default_factory=lambda: Limits())
    sibling: str = ""
    """Name of a data set that is released on the Hub together with it."""
    before: dict[str, str] = field(default_factory=dict)
    """What is remembered of the previous version."""
    paper: str = "Reading the sea floor"
    more: dict[str, Any] = field(default_factory=dict)
    """What the artifact says of itself besides."""

    @property
    def folder(self) -> Path:
        return self.root / "artifact"

    @property
    def env(self) -> dict[str, str]:
        return self.rehearsal.env

    @property
    def endpoint(self) -> str:
        return self.env["HF_ENDPOINT"]

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def hand(self) -> Any:
        """What the owner does by hand, with the library itself."""
        from huggingface_hub import HfApi, constants

        constants.HF_HUB_DISABLE_XET = True
        return HfApi(endpoint=self.endpoint, token=self.env["HF_TOKEN"])

    @property
    def type(self) -> str:
        return "dataset" if self.kind is Kind.DATA else "model"

    def existing(self, *, private: bool, files: Mapping[str, bytes] | None = None) -> None:
        """A repository that was there before pubflow, with files that somebody put there."""
        api = self.hand()
        api.create_repo(REPO, repo_type=self.type, private=private)
        for name, content in (files or {}).items():
            api.upload_file(
                path_or_fileobj=content, path_in_repo=name, repo_id=REPO, repo_type=self.type
            )

    def truth(self, repo: str = REPO) -> dict[str, Any]:
        """The repository as it really is; empty if there is none."""
        for found in self.rehearsal.world()["huggingface"]["repositories"]:
            if found["id"] == repo:
                return dict(found)
        return {}

    @property
    def contents(self) -> dict[str, str]:
        """Path -> sha256 of what is at main, the Hub's own file left out."""
        return {
            file["path"]: file["sha256"]
            for file in self.truth()["files"]
            if file["path"] != ".gitattributes"
        }

    @property
    def changes(self) -> int:
        return self.rehearsal.counters()["huggingface"]["changes"]

    def arm(self, kind: str, at: int = 1, **more: Any) -> None:
        """A fault on the `at`-th request from now that would change something."""
        fault = {"platform": "huggingface", "kind": kind, "at": at, "only": "changes", **more}
        request = urllib.request.Request(
            self.rehearsal.control + "/faults", json.dumps([fault]).encode(), method="POST"
        )
        urllib.request.urlopen(request, timeout=10).close()

    def disarm(self) -> bool:
        """Take away what was armed. Whether there was anything left."""
        url = self.rehearsal.control + "/faults"
        with urllib.request.urlopen(url, timeout=10) as answer:
            left = bool(json.load(answer))
        if left:
            self.reset()
        return left

    def reset(self) -> None:
        request = urllib.request.Request(self.rehearsal.control + "/reset", b"", method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def again(self) -> None:
        """The same scene before anything happened, on a computer that remembers nothing."""
        self.reset()
        shutil.rmtree(self.folder)
        self.fill()
        self.kind, self.version, self.previous = Kind.WEIGHTS, "1.0.0", ""
        self.settings, self.doi = {"repo": REPO}, "10.5281/zenodo.7"
        self.before = {}
        self.worlds += 1

    def fill(self) -> None:
        self.write("model.safetensors", tensor(bytes(range(256)) * 5000))
        self.write("config.json", b'{"model_type": "seagrass"}\n')
        self.write("tokenizer/vocab.txt", b"sea\ngrass\n")

    def run(self, *, lost: bool = False) -> Run:
        """A new process; with `lost` on a computer that remembers nothing."""
        self.runs += 1
        name = f"lost-{self.runs}" if lost else f"{self.worlds}-{self.version}"
        return Run(self, name)


@dataclass
class Run:
    """One process: a platform, the claim, and nothing else remembered."""

    scene: Scene
    notes: str
    platform: HuggingFace = field(init=False)
    claim: Claim = field(init=False)
    sent: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        scene = self.scene
        self.claim = Claim("seagrass", scene.version, DAY)
        book = Journal(scene.root / f"notes-{self.notes}" / "journal.db", scene.version)
        self.claim.attach(LocalRegister(book))
        self.platform = HuggingFace(
            endpoint=scene.endpoint,
            token=Secret(scene.env["HF_TOKEN"]),
            claim=self.claim,
            env={},
            xet=scene.xet,
            silence=10.0,
            targets=self._targets(),
            limits=scene.limits,
        )
        self.builder = Builder({"huggingface": self.platform}, scene.root / f"run-{scene.runs}")

    def _targets(self) -> tuple[Target, ...]:
        if not self.scene.sibling:
            return ()
        [target] = self.manifest().targets
        data = Artifact("data.sibling", Kind.DATA, self.scene.folder)
        settings = {"repo": self.scene.sibling}
        return target, Target(data, "huggingface", target.release, settings)

    def manifest(self) -> Manifest:
        scene = self.scene
        key = "data.meadows" if scene.kind is Kind.DATA else "weights.seagrassnet"
        artifact = Artifact(
            key,
            scene.kind,
            scene.folder,
            **{"title": "SeaGrassNet", "license": License("Apache-2.0"), **scene.more},
            files=files_below(scene.folder),
        )
        paper = Paper(scene.paper, (Person(given="Ada", family="Lovelace"),))
        version = scene.version
        release = Release("seagrass", version, f"v{version}", paper, (artifact,), self.claim.date)
        target = Target(artifact, "huggingface", release, scene.settings, artifact.files)
        return Manifest(release, (target,), scene.root)

    def look(self) -> Look:
        self.claim.refresh()
        manifest = self.manifest()
        [target] = manifest.targets
        memory = {f"previous.{key}": value for key, value in self.scene.before.items()}
        memory |= self.claim.ids(target.name)
        if self.scene.previous:
            memory["previous.version"] = self.scene.previous
        state = self.platform.observe(target, memory)
        links = Links({target.name: state.link, **self.scene_links(target)})
        built, _ = self.builder(manifest, links, {target.name: state})
        [target] = built.targets
        return Look(self, target, state, links, list(self.platform.diff(target, state, links)))

    def scene_links(self, target: Target) -> dict[str, Link | None]:
        """The same artifact on another platform; its DOI is not known before RESERVE is over."""
        doi = self.scene.doi
        other = Link(f"https://zenodo.org/records/{doi[-1]}", doi=doi) if doi else None
        return {f"{target.artifact.key}@zenodo": other}

    def apply(self, look: Look, action: Action) -> Receipt:
        def told(name: str, size: int) -> None:
            self.sent[name] = self.sent.get(name, 0) + size

        return self.platform.apply(action, look.target, look.state, look.links, told)

    def release(self) -> list[str]:
        """Look, do the first thing, look again, until nothing is left."""
        done: list[str] = []
        while actions := (look := self.look()).passable():
            assert len(done) < 30, done
            self.apply(look, actions[0])
            done.append(actions[0].id.partition("/")[2])
        return done


@dataclass
class Look:
    run: Run
    target: Target
    state: HubState
    links: Links
    found: list[Action | Kept | Problem]

    @property
    def actions(self) -> list[Action]:
        order = [item for item in self.found if isinstance(item, Action)]
        return sorted(order, key=lambda action: (action.stage, action.wave or 0, action.last))

    @property
    def ids(self) -> list[str]:
        return [action.id.partition("/")[2] for action in self.actions]

    @property
    def kept(self) -> list[str]:
        return [item.says for item in self.found if isinstance(item, Kept)]

    @property
    def problems(self) -> list[Problem]:
        return [item for item in self.found if isinstance(item, Problem)]

    @property
    def errors(self) -> list[str]:
        return [problem.what for problem in self.problems if problem.severity == "error"]

    def passable(self) -> list[Action]:
        assert self.errors == []
        return self.actions
