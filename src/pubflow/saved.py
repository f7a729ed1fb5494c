"""A plan kept in a file: what a person approved, and what it was made from.

The approval is worth only as much as what it was given for, so the file holds digests of all that
the release is made from. Files that pubflow makes itself (cards, citation files, the archive) are
not among them: they follow from the author's files, from addresses that are reserved on the way,
and from this version of pubflow, and each of those is compared instead.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from pubflow import __version__
from pubflow.assemble import Opened, plugs
from pubflow.commit.bare import Source, make_bare
from pubflow.commit.contents import tree
from pubflow.engine import Seen
from pubflow.errors import PubflowError, Refused
from pubflow.manifest import Artifact, Kind, Manifest
from pubflow.plan import Plan
from pubflow.tokens import redact
from pubflow.views import lines
from pubflow.views import plan as plan_view

SCHEMA = 1

LARGEST = 256 * 1024 * 1024
"""Bytes that a plan file may have: some hundred for each of a million files."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan was made from. Two plans of the same basis plan the same release."""

    manifest: str
    """sha256 of publish.toml."""
    release: str
    """`identity version tag`, some of which may come from git or other files."""
    texts: Mapping[str, str]
    """`paper` and artifact keys -> sha256 of all that is said of them, wherever it is written."""
    files: Mapping[str, Mapping[str, str]]
    """Artifact key -> file name -> sha256, of the author's own files."""
    commit: str = ""
    """What git calls the code: the commit that goes out, or the tree of a snapshot."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Platform -> the host that is spoken to."""
    pubflow: str = __version__

    def moved(self, now: Basis) -> Iterator[str]:
        """Sentences about what differs now, none when nothing does."""
        if self.pubflow != now.pubflow:
            yield f"pubflow was {self.pubflow} and is {now.pubflow}: it may write other documents."
        if self.manifest != now.manifest:
            yield "publish.toml has other content."
        if self.release != now.release:
            yield f"The release was {self.release}, and is {now.release}."
        if self.commit != now.commit:
            was, is_now = (one[:12] or "nothing" for one in (self.commit, now.commit))
            yield f"The code was {was}, and is {is_now}."
        for key in sorted({*self.texts, *now.texts}) if self.manifest == now.manifest else ():
            if self.texts.get(key) != now.texts.get(key):
                yield f"What is said of {key} is different: its description, card or other words."
        for key in sorted({*self.files, *now.files}):
            yield from _files_moved(key, self.files.get(key, {}), now.files.get(key, {}))
        for name in sorted({*self.hosts, *now.hosts}):
            was, is_now = self.hosts.get(name, "nowhere"), now.hosts.get(name, "nowhere")
            if was != is_now:
                yield f"{name} was at {was}, and is at {is_now}."


def _files_moved(key: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    told = (
        ("changed", [name for name in was if name in now and was[name] != now[name]]),
        ("is gone", [name for name in was if name not in now]),
        ("is new", [name for name in now if name not in was]),
    )
    for word, names in told:
        for name in sorted(names)[:5]:
            yield f"{key}: {name} {word}."
        if len(names) > 5:
            yield f"{key}: {len(names) - 5} more files, the same ({word})."


def basis(opened: Opened, env: Mapping[str, str]) -> Basis:
    """What a plan for this release is made from, as it lies here now."""
    manifest = opened.world.manifest
    release = manifest.release
    return Basis(
        manifest=opened.loaded.digest,
        release=f"{release.identity} {release.version} {release.tag}",
        texts={"paper": _said(release.paper)}
        | {artifact.key: _said(artifact) for artifact in release.artifacts},
        files={
            artifact.key: {file.name: file.sha256 for file in artifact.files}
            for artifact in release.artifacts
            if artifact.files
        },
        commit=next(
            (_code(a, manifest.root) for a in release.artifacts if a.kind is Kind.CODE), ""
        ),
        hosts=_hosts(manifest, env),
    )


def _hosts(manifest: Manifest, env: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, plug in plugs({target.platform for target in manifest.targets}).items():
        targets = [target for target in manifest.targets if target.platform == name]
        found[name] = ", ".join(wanted.host for wanted in plug.wanted(targets, env))
    return {name: hosts for name, hosts in found.items() if hosts}


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan read from a file: the approved action ids, and what they were approved for."""

    basis: Basis
    approved: frozenset[str]

    def fresh(self, now: Basis) -> None:
        """Raise Refused, saying what moved, unless the plan was made from just this."""
        if moved := list(self.basis.moved(now)):
            raise _stale(moved)

    def holds(self, plan: Plan) -> None:
        """Raise Refused if more would happen now than was approved. Less is fine: it is done."""
        if new := [action for action in plan if action.id not in self.approved]:
            told = [f"New: {action.target}: {action.says} ({action.id})" for action in new[:10]]
            more = [f"And {len(new) - 10} more."] if len(new) > 10 else []
            raise _stale(told + more)


def _stale(moved: list[str]) -> Refused:
    return Refused(
        "The approved plan is stale. Nothing was changed.",
        why="\n".join(moved),
        hint="Make a new plan and have it approved:\n\n    pubflow plan --out plan.json",
    )


def write(path: Path, opened: Opened, seen: Seen, env: Mapping[str, str]) -> None:
    """Keep the plan that was seen: ids, basis, and the plan as programs and people read it.

    Raises Refused where the file would itself become part of what is released.
    """
    _aside(path, seen.manifest)
    value = {
        "schema": SCHEMA,
        "basis": dataclasses.asdict(basis(opened, env)),
        "approved": sorted(seen.plan.ids),
        "plan": json.loads(lines.text(lines.plan(seen))),
        "shown": [redact(line.text) for line in plan_view.human(seen)],
    }
    # Names and digests stand as they are, for a name that looks like a token must still compare.
    whole = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    new = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(whole, "utf-8", errors="replace", newline="\n")
        os.replace(new, path)
    except OSError as error:
        raise PubflowError(
            f"The plan could not be written to {path}: {error.strerror}.",
            hint="Name another place after --out.",
        ) from None


def _aside(path: Path, manifest: Manifest) -> None:
    for artifact in manifest.release.artifacts:
        # Of a checkout only what is committed is released, so a new file there does no harm.
        loose = artifact.kind is not Kind.CODE or Source.of(artifact).checkout is None
        if loose and path.resolve().is_relative_to(artifact.path.resolve()):
            raise Refused(
                f"The plan cannot lie in {artifact.path.name}, which is {artifact.key}.",
                why="The file would itself be published, and the plan be stale at once.",
                hint="Keep it outside:\n\n    pubflow plan --out ../plan.json",
            )


def read(path: Path) -> Saved:
    """The plan kept at `path`. Raises Refused if it is not one that this version understands."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise PubflowError(
            f"The plan {path} cannot be read: {error.strerror}.",
            hint="Make it first:\n\n    pubflow plan --out plan.json",
        ) from None
    try:
        if len(raw) > LARGEST:
            raise ValueError("it is too large")
        return _parsed(json.loads(raw))
    except (ValueError, RecursionError) as wrong:
        foreign = isinstance(wrong, (json.JSONDecodeError, UnicodeDecodeError))
        said = "it is not JSON" if foreign else str(wrong) or "it nests too deep"
        raise Refused(
            f"{path.name} is no plan that this pubflow knows: {said}.",
            why="Only what was approved is carried out, so it must be readable. Nothing was sent.",
            hint="Make it again:\n\n    pubflow plan --out plan.json",
        ) from None


def _parsed(value: Any) -> Saved:
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise ValueError(f"it is not of the format {SCHEMA}")
    said, approved = value.get("basis"), value.get("approved")
    if not isinstance(said, dict) or not isinstance(approved, list) or not _texts(approved, list):
        raise ValueError("parts of it are missing")
    names = {one.name for one in dataclasses.fields(Basis)}
    plain = {"manifest", "release", "commit", "pubflow"}
    if set(said) != names or not all(isinstance(said[name], str) for name in plain):
        raise ValueError("it does not say what it was made from")
    files = said["files"]
    if not (_texts(said["texts"], dict) and _texts(said["hosts"], dict)):
        raise ValueError("it does not say what it was made from")
    if not isinstance(files, dict) or not all(_texts(one, dict) for one in files.values()):
        raise ValueError("it does not say which files it was made from")
    return Saved(Basis(**said), frozenset(approved))


def _texts(value: Any, kind: type) -> bool:
    """Whether it is a list of texts, or a table of texts."""
    items = value.values() if isinstance(value, dict) else value
    return isinstance(value, kind) and all(isinstance(item, str) for item in items)


def _said(noun: Any) -> str:
    """One digest of everything that is said of a paper or an artifact, but for its files."""
    plain = json.dumps(_plain(noun), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Values as JSON. A path stands for the bytes of the file there; a folder for nothing."""
    if dataclasses.is_dataclass(value):
        return {
            one.name: _plain(getattr(value, one.name))
            for one in dataclasses.fields(value)
            if not (isinstance(value, Artifact) and one.name in {"files", "path"})
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return hashlib.sha256(value.read_bytes()).hexdigest() if value.is_file() else ""
    if isinstance(value, Enum):
        return str(value.value)
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _code(artifact: Artifact, root: Path) -> str:
    """The commit that goes out with its history, or else the tree that a snapshot is made of."""
    source = Source.of(artifact)
    if source.keeps_history:
        return source.head
    with tempfile.TemporaryDirectory(prefix="pubflow-") as folder:
        into = Path(folder) / "code.git"
        make_bare(into, source, ())
        return tree(into, source, artifact, {}, root)
