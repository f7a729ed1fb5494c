"""pubflow itself, put together as `assemble.open_release` does it, over a run's door."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pubflow import engine
from pubflow.actions import Action, Stage, Wave
from pubflow.assemble import LOCK, _attach, receipt_of
from pubflow.checks.places import identity_kept
from pubflow.claim import Claim, marker
from pubflow.clock import Time
from pubflow.engine import Seen
from pubflow.errors import PubflowError
from pubflow.lockfile import Locked
from pubflow.manifest import Manifest
from pubflow.platform import Platform
from pubflow.platforms.github import GitHub
from pubflow.platforms.github.push import Remote
from pubflow.platforms.huggingface import HuggingFace
from pubflow.platforms.zenodo import Zenodo
from pubflow.platforms.zenodo.client import Client as ZenodoClient
from pubflow.tokens import Secret
from pubflow.tree import changed
from simulation.hub import HubWire
from simulation.places import BASES, TOKENS
from simulation.project import Documents, Project, bank
from simulation.remote import Line
from simulation.run import Book, Run
from simulation.wires import GitHubWire, Wire
from simulation.world import Home, folder

UNTIL = {"reserve": Stage.RESERVE, "upload": Stage.UPLOAD, "publish": Stage.PUBLISH}


@dataclass(frozen=True, slots=True)
class Apis:
    """The calls to the three platforms, for one run."""

    run: Run

    @property
    def github(self) -> GitHubWire:
        return GitHubWire(self.run)

    @property
    def huggingface(self) -> HubWire:
        return HubWire(self.run)

    @property
    def zenodo(self) -> ZenodoClient:
        return ZenodoClient(Wire(self.run, "zenodo", BASES["zenodo"]))  # type: ignore[arg-type]

    def git(self, repository: str) -> Remote:
        url = f"{BASES['git']}/{repository}.git"
        return Line(self.run, bank().path, lambda: url, Secret(TOKENS["github"]))


@dataclass(frozen=True, slots=True)
class Ear:
    """A watch that tells the history which actions failed; but for what follows, as that ends
    nothing."""

    run: Run

    def looking(self, at: str, size: int) -> None: ...
    def started(self, action: Action) -> None: ...
    def sent(self, action: str, size: int) -> None: ...
    def waiting(self, action: Action, seconds: float, why: str) -> None: ...
    def finished(self, action: Action) -> None: ...
    def failed(self, action: Action, error: PubflowError) -> None:
        if action.wave is not Wave.FOLLOW:
            self.run.failed(action.id)


def _name(run: Run) -> str:
    """Of this run alone: a claim that it writes names it, and worlds without one are no more.

    The same whenever it begins in the same world, as what it does then is played once.
    """
    world = run.world
    seen = hashlib.blake2b(digest_size=8)
    for held in world.held.values():
        seen.update(held.blob)
    seen.update(repr([sorted(home.claims.items()) for home in world.homes]).encode())
    return f"{run.number}-{seen.hexdigest()}"


def opened(run: Run, project: Project) -> engine.World:
    """The release, ready to be looked at and carried out."""
    manifest = project.manifest
    release = manifest.release
    names = {target.platform for target in manifest.targets}
    day = datetime.fromtimestamp(run.world.now, UTC).date()
    claim = Claim(release.identity, release.version, release.date or day, _name(run))
    clock = Time(run.clock.now, run.clock.sleep)
    platforms: dict[str, Platform[Any]] = {}
    work = folder() / "work"
    if "github" in names:
        platforms["github"] = GitHub(
            api_url=BASES["github"],
            server_url=BASES["git"],
            token=Secret(TOKENS["github"]),
            claim=claim,
            workdir=work,
            manifest_root=manifest.root,
            api=GitHubWire(run),
            remote=lambda *made: Line(run, bank().path, *made),
            clock=clock,
        )

    def of(name: str) -> tuple[Any, ...]:
        return tuple(target for target in manifest.targets if target.platform == name)

    if "huggingface" in names:
        platforms["huggingface"] = HuggingFace(
            endpoint=BASES["huggingface"],
            token=Secret(TOKENS["huggingface"]),
            claim=claim,
            env={"HF_ENDPOINT": BASES["huggingface"]},
            targets=of("huggingface"),
            api=lambda token: HubWire(run, known=token is not None),
        )
    platforms["zenodo"] = Zenodo(
        of("zenodo"),
        {"ZENODO_URL": BASES["zenodo"]},
        claim,
        Secret(TOKENS["zenodo"]),
        clock,
        lambda base, token: ZenodoClient(Wire(run, "zenodo", base), clock),  # type: ignore[arg-type]
    )
    book: Any = Book(run, str(marker(release.identity, "", release.version)))
    keeper = _attach(claim, manifest, platforms, book, offline=False)
    computer = run.computer
    locked = Locked(computer.identity, computer.receipt)
    stop: Any = run.clock
    return engine.World(
        manifest=manifest,
        platforms=platforms,
        claim=claim,
        journal=book,
        locked=locked,
        build=Documents(project, platforms, run.world.changed),
        watch=Ear(run),
        keeper=keeper,
        found=tuple(identity_kept(locked, manifest, LOCK)),
        jobs=1,
        stop=stop,
        now=run.clock.now,
    )


def release(run: Run, project: Project, until: str = "publish") -> Seen:
    """`pubflow release --yes --jobs 1`, in this run."""
    world = opened(run, project)

    def settled(seen: Seen) -> None:
        identity, version = seen.manifest.release.identity, seen.manifest.release.version
        kept = receipt_of(world, seen)
        computer = run.computer
        if computer.identity == identity and computer.receipt.get(version) == kept:
            return

        def write(home: Home) -> None:
            home.identity, home.receipt = identity, {**home.receipt, version: kept}

        run.receipt(write)

    return engine.release(
        world,
        until=UNTIL[until],
        baseline=lambda plan: None,
        approve=lambda plan: None,
        settled=settled,
        unchanged=lambda manifest: _unchanged(run, manifest),
    )


def _unchanged(run: Run, manifest: Manifest) -> None:
    if not run.world.changed:
        return
    files = [file for artifact in manifest.release.artifacts for file in artifact.files]
    if different := changed(files):
        raise PubflowError(f"{different[0].name} changed since the release was planned.")


Script = Callable[[Run, Project], None]
"""What a run does in place of pubflow: it has `Apis(run)`, and `run.note` for notes of its own."""
