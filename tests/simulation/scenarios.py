"""What is released, onto what."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from simulation.places import encoded
from simulation.project import DATA, MODEL, OWNER, REPOSITORY, TITLE, Project, bank, project
from simulation.run import Run
from simulation.world import World


@dataclass(frozen=True, slots=True)
class Scenario:
    """One paper's release, and what is there before it."""

    name: str
    says: str
    parts: str = "code hub"
    version: str = "1.0.0"
    variant: str = ""
    after: str = ""
    """The scenario that was carried out before, on computer 0."""
    prepare: Callable[[World], None] = lambda world: None
    """What other hands did before."""

    @property
    def project(self) -> Project:
        return project(self.parts, self.version, self.variant)

    @property
    def other(self) -> Project:
        """The same version with one file that differs."""
        return project(self.parts, self.version, "other")


def _public(world: World) -> None:
    """The code's repository is public and still empty; that of the weights has a file in it."""
    name = REPOSITORY.partition("/")[2]
    world.hand("github", "POST", f"/orgs/{OWNER}/repos", body={"name": name, "private": False})
    owner, _, name = MODEL.partition("/")
    body = {"name": name, "organization": owner, "type": "model", "visibility": "public"}
    world.hand("huggingface", "POST", "/api/repos/create", body=body)
    commit(world, "model", MODEL, "notes.txt", "Notes of the owner.\n")


def push(world: World, branch: str, old: str, new: str) -> None:
    """Another person pushes a commit."""
    orders = [[f"refs/heads/{branch}", old, new]]
    path = f"/{REPOSITORY}.git/git-receive-pack"
    world.hand("github", "POST", path, body=encoded(orders))


def commit(world: World, kind: str, repo: str, path: str, text: str) -> None:
    """Another person commits to the Hub's main."""
    header = {"key": "header", "value": {"summary": f"Add {path}"}}
    file = {"key": "file", "value": {"path": path, "content": text, "encoding": "utf-8"}}
    body = f"{json.dumps(header)}\n{json.dumps(file)}\n".encode()
    where = f"/api/{kind}s/{repo}/commit/main"
    kinds = (("content-type", "application/x-ndjson"),)
    world.hand("huggingface", "POST", where, body=body, headers=kinds)


WEIGHTS = "weights/model.safetensors"


def put_back(world: World) -> None:
    """The files are again as they were."""
    for name in sorted(world.changed):
        _turn(Path(name))
    world.changed.clear()


def _turn(path: Path) -> None:
    """Another last byte; the second time, the first one again."""
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def meddle(run: Run, kind: str, platform: str) -> None:
    """What happens around a run: a file changes, somebody commits, a draft appears.

    Nothing where there is nothing yet that it could happen to.
    """
    world = run.world
    if kind == "changed":
        path = run.project.root / WEIGHTS
        if str(path) not in world.changed:
            world.changed.add(str(path))
            _turn(path)
    elif kind == "moved" and platform == "huggingface":
        for found in world.truth()["huggingface"]["repositories"]:
            if found["id"] in (MODEL, DATA):
                commit(world, found["type"], found["id"], "theirs.txt", "Somebody was here.\n")
                return
    elif kind == "moved":
        for found in world.truth()["github"]["repositories"]:
            if head := found["branches"].get(found["default_branch"]):
                new = bank().commit(head, "THEIRS.md", "Somebody was here.\n")
                push(world, found["default_branch"], head, new)
    elif kind == "foreign" and platform == "github":
        for found in world.truth()["github"]["repositories"]:
            body = {
                "tag_name": f"v{run.project.manifest.release.version}",
                "name": TITLE,
                "body": "Mine.",
                "draft": True,
            }
            path = f"/repos/{found['full_name']}/releases"
            world.hand("github", "POST", path, body=body)
    elif kind == "foreign":
        record = {"metadata": {"title": TITLE, "resource_type": {"id": "dataset"}}}
        world.hand("zenodo", "POST", "/api/records", body=record)


def _all() -> Mapping[str, Scenario]:
    found = (
        Scenario("first", "the first version, on all three platforms"),
        Scenario(
            "next", "the next version, upon a released first one", version="1.1.0", after="first"
        ),
        Scenario("register", "the Hub and Zenodo; the claim is kept on the Hub", "hub"),
        Scenario("alone", "Zenodo only, where nothing keeps a claim", ""),
        Scenario("public", "onto public repositories that were there", prepare=_public),
        Scenario("edit", "other words for a version that is out", variant="edited", after="first"),
    )
    return {scenario.name: scenario for scenario in found}


SCENARIOS = _all()
