"""Small papers on a disk: publish.toml and the files it names, read once by the real `load`.

And their documents: what the real `Builder` makes of a paper for one set of addresses is kept, as
it is the same for the same input (a law of its own, `tests/test_commit.py`).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pubflow.build import Builder
from pubflow.commit.bare import ask
from pubflow.git import environment
from pubflow.links import Links
from pubflow.load import load
from pubflow.manifest import Manifest
from pubflow.plan import Platforms
from pubflow.platform import Problem, State
from simulation.places import secret
from simulation.store import OBJECTS
from simulation.world import folder

OWNER = "simulated-lab"
NAME = "optical-digits"
REPOSITORY = f"{OWNER}/{NAME}"
MODEL = f"{OWNER}/digits-mlp"
DATA = f"{OWNER}/digits"
TITLE = "Honest Splits for Small Handwritten Digits"

_HEAD = f"""\
schema = 1

[paper]
title = "{TITLE}"
abstract = "@abstract@"
keywords = ["digits"]

[[paper.authors]]
given = "Josiah"
family = "Carberry"
orcid = "0000-0002-1825-0097"
affiliation = "brown"

[affiliations]
brown = {{ name = "Brown University" }}

[defaults]
version = "@version@"

[release]
id = "{REPOSITORY}"
tag = "v{{version}}"

[targets.github]
owner = "{OWNER}"

[targets.huggingface]
owner = "{OWNER}"
"""
_CODE = f"""
[code]
path = "code"
title = "Training code"
history = "snapshot"
license = "Apache-2.0"
targets = ["github", "zenodo"]

[code.target.github]
repo = "{REPOSITORY}"
"""
_WEIGHTS = """
[weights.digits-mlp]
path = "weights"
title = "Digits MLP"
license = "Apache-2.0"
targets = ["@hub@zenodo"]
"""
_DATA = """
[data.digits]
path = "data"
title = "Digits, split by order"
license = "CC-BY-4.0"
targets = ["@data@"]
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A paper as it lies on a computer."""

    name: str
    manifest: Manifest

    @property
    def root(self) -> Path:
        return self.manifest.root


def _tensor(content: bytes) -> bytes:
    head = b'{"w":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}' % ((len(content),) * 2)
    return len(head).to_bytes(8, "little") + head + content


def _files(version: str, variant: str) -> dict[str, bytes]:
    """One file stays the same in the next version, one changes, and one goes away."""
    later = version != "1.0.0"
    files = {
        "code/LICENSE": b"Apache License Version 2.0, January 2004\n",
        "code/train.py": b"print('training')\n" if not later else b"print('training better')\n",
        "weights/model.safetensors": _tensor(b"weights" if not later else b"better weights"),
        "weights/config.json": b'{"hidden": 16}\n',
        "data/train.csv": b"pixel,label\n1,0\n2,1\n",
        "data/test.csv": b"pixel,label\n3,0\n" if variant != "other" else b"pixel,label\n4,1\n",
    }
    if not later:
        files["weights/vocabulary.txt"] = b"0 1\n"
        files["code/old.py"] = b"pass\n"
    return files


def _toml(parts: str, version: str, variant: str) -> str:
    abstract = "Digits, read." if variant != "edited" else "Digits, read with more care."
    text = _HEAD + (_CODE if "code" in parts else "") + _WEIGHTS + _DATA
    hub = 'huggingface", "' if "hub" in parts else ""
    data = "huggingface" if "hub" in parts else "zenodo"
    text = text.replace("@abstract@", abstract).replace("@version@", version)
    return text.replace("@hub@", hub).replace("@data@", data)


@cache
def project(parts: str = "code hub", version: str = "1.0.0", variant: str = "") -> Project:
    """`parts`: with `code` GitHub is a target, with `hub` the Hub. `variant`: `edited` says other
    things of itself, `other` holds another file."""
    name = "-".join(filter(None, (parts.replace(" ", "-"), version, variant)))
    root = folder() / "projects" / name
    for path, content in _files(version, variant).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    (root / "publish.toml").write_text(_toml(parts, version, variant))
    token = secret("simulated", "-token")
    env = {"GITHUB_TOKEN": token, "HF_TOKEN": token, "ZENODO_TOKEN": token}
    return Project(name, load(root / "publish.toml", env=env).manifest)


class Bank:
    """A bare repository with every object that a build may need of a remote."""

    def __init__(self, at: Path) -> None:
        self.path = at
        at.mkdir(parents=True)
        ask(at, "init", "--quiet", "--bare", "--template=", ".")
        self._commits: dict[tuple[str, str], str] = {}

    def learn(self, repository: Path, *ends: str) -> None:
        """Take over what these commits and tags lead to, and tell all simulated repositories."""
        new = [end for end in ends if end and end not in OBJECTS]
        if not new:
            return
        specs = [f"{end}:refs/kept/{end}" for end in new]
        if repository != self.path:
            ask(repository, "push", "--quiet", str(self.path), *specs)
        names = [
            line.split()[0] for line in ask(self.path, "rev-list", "--objects", *new).split("\n")
        ]
        data = subprocess.run(
            ["git", "cat-file", "--batch"],
            cwd=self.path,
            env=environment(),
            input="\n".join([*names, *new, ""]).encode(),
            capture_output=True,
            check=True,
        ).stdout
        at = 0
        while at < len(data):
            end = data.index(b"\n", at)
            _, kind, size = data[at:end].decode().split()
            OBJECTS.put(kind, data[end + 1 : end + 1 + int(size)])
            at = end + 1 + int(size) + 1

    def commit(self, parent: str, path: str, text: str) -> str:
        """A commit of another person: one file more on top of `parent` (empty: the first one)."""
        if (parent, path) not in self._commits:
            put = ["hash-object", "-w", "--stdin"]
            blob = ask(self.path, *put, input=text.encode())
            rows = ask(self.path, "ls-tree", parent).split("\n") if parent else []
            rows.append(f"100644 blob {blob}\t{path}")
            tree = ask(self.path, "mktree", input="\n".join(filter(None, [*rows, ""])).encode())
            who = "Grace <grace@example.org> 1790000000 +0000"
            lines = [f"tree {tree}", *([f"parent {parent}"] if parent else [])]
            lines += [f"author {who}", f"committer {who}", "", f"Add {path}", ""]
            put = ["hash-object", "-t", "commit", "-w", "--stdin"]
            sha = ask(self.path, *put, input="\n".join(lines).encode())
            ask(self.path, "update-ref", f"refs/kept/{sha}", sha)
            self.learn(self.path, sha)
            self._commits[parent, path] = sha
        return self._commits[parent, path]


@cache
def bank() -> Bank:
    return Bank(folder() / "bank.git")


Built = tuple[Manifest, tuple[Problem, ...]]
_built: dict[Any, Built] = {}


class Documents:
    """A `Builder` that makes nothing twice."""

    def __init__(self, project: Project, platforms: Platforms, changed: set[str]) -> None:
        """`changed` are files that are not as they were when they were read."""
        self._project = project
        self._platforms = platforms
        self._changed = changed

    def __call__(self, manifest: Manifest, links: Links, states: Mapping[str, State]) -> Built:
        facts: dict[str, str] = {}
        for target in manifest.targets:
            facts |= {k: v for k, v in states[target.name].facts.items() if v}
        key = (
            self._project.name,
            tuple(sorted(self._changed)),
            manifest.release.date,
            links.settled,
            tuple(links.items()),
            tuple(sorted(facts.items())),
        )
        found = _built.get(key)
        if found is None:
            builder = Builder(self._platforms, folder() / "built" / str(len(_built)))
            found = builder(manifest, links, states)
            revision = next((t.revision for t in found[0].targets if t.revision), None)
            if revision is not None:
                bank().learn(revision.repository, revision.commit, revision.tag)
            _built[key] = found
        return found


def forget() -> None:
    """Everything is built anew."""
    _built.clear()
    shutil.rmtree(folder() / "built", ignore_errors=True)
