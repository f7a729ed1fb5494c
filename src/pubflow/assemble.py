"""Putting a release together: manifest, platforms, tokens, claim, journal and receipt.

Platforms are found by their entry point (group `pubflow.platforms`), so a new one is a folder and a
line; nothing here knows them by name.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from datetime import date as Date
from pathlib import Path
from typing import Any, Protocol

from pubflow import engine, lockfile
from pubflow.actions import Stage, Wave
from pubflow.build import Builder
from pubflow.checks.leaving import leaving
from pubflow.checks.places import identity_kept, one_kind_of_place
from pubflow.checks.uncommitted import uncommitted
from pubflow.ci import runner as ci
from pubflow.claim import Claim, LocalRegister, marker
from pubflow.clock import Time, until
from pubflow.engine import Seen, Watch, World
from pubflow.errors import Blocked, PubflowError
from pubflow.journal import Journal, borrowed, only_run, private_folder, writable
from pubflow.load import Loaded, load
from pubflow.manifest import Manifest, Target
from pubflow.plan import Plan
from pubflow.platform import Platform, Problem
from pubflow.tokens import Secret, Wanted, find, learn
from pubflow.tree import HashCache, changed

GROUP = "pubflow.platforms"
FOLDER = ".pubflow"
LOCK = "publish.lock"


@dataclass(frozen=True, slots=True)
class Kit:
    """What a platform is made with."""

    targets: tuple[Target, ...]
    env: Mapping[str, str]
    claim: Claim
    token: Secret | None
    workdir: Path
    """A private folder of this run, gone afterwards."""
    root: Path
    """The folder of publish.toml."""
    hosts: frozenset[str] = frozenset()
    clock: Time = field(default_factory=Time)
    """What a platform waits by; such a wait ends at Ctrl-C."""


class Plug(Protocol):
    """What a platform's entry point names: a module."""

    def wanted(self, targets: Sequence[Target], env: Mapping[str, str]) -> tuple[Wanted, ...]: ...
    def make(self, kit: Kit) -> Platform[Any]: ...


def plugs(names: set[str]) -> dict[str, Plug]:
    """Platform name -> its plug. Raises PubflowError for one that is not installed."""
    entries = {entry.name: entry for entry in importlib.metadata.entry_points(group=GROUP)}
    if missing := sorted(names - set(entries)):
        raise PubflowError(
            f"There is no platform {', '.join(missing)} in this installation.",
            hint=f"Known platforms: {', '.join(sorted(entries)) or 'none'}. Install pubflow again.",
        )
    return {name: entries[name].load() for name in sorted(names)}


class Opened:
    """A release, ready to be looked at and carried out."""

    def __init__(
        self, world: World, loaded: Loaded, home: Path, *, offline: bool, cache: HashCache
    ) -> None:
        self.world = world
        self.loaded = loaded
        self.home = home
        self._offline = offline
        self._cache = cache

    def plan(self) -> Seen:
        """Look, and say what would change. Changes nothing."""
        if not self._offline:
            return engine.look(self.world)
        world = self.world
        states = {
            target.name: world.platforms[target.platform].unseen(target)
            for target in world.manifest.targets
        }
        return engine.judge(world, states)

    def release(
        self,
        *,
        until: Stage = Stage.PUBLISH,
        only: frozenset[str] = frozenset(),
        baseline: Callable[[Plan], None],
        approve: Callable[[Plan], None],
    ) -> Seen:
        """Carry the release out; see `engine.release`. Holds the lock against a second run."""
        manifest = self.world.manifest
        known = frozenset(target.name for target in manifest.targets)
        if strange := sorted(only - known):
            raise PubflowError(
                f"There is no target {', '.join(strange)}.",
                hint="The targets of this release: " + ", ".join(sorted(known)),
            )
        with only_run(self.home / FOLDER):
            return engine.release(
                self.world,
                until=until,
                only=only,
                baseline=baseline,
                approve=approve,
                settled=self._keep_receipt,
                unchanged=self._unchanged,
            )

    def _unchanged(self, manifest: Manifest) -> None:
        files = [file for artifact in manifest.release.artifacts for file in artifact.files]
        if different := changed(files, cache=self._cache):
            names = ", ".join(file.name for file in different[:5])
            raise PubflowError(
                f"{names} changed since the release was planned.",
                why="What was uploaded and what lies here are no longer the same.",
                hint="Decide which is right, then run again:\n\n    pubflow release",
            )

    def _keep_receipt(self, seen: Seen) -> None:
        release = seen.manifest.release
        lockfile.write(
            self.home / LOCK, release.identity, release.version, receipt_of(self.world, seen)
        )


def receipt_of(world: World, seen: Seen) -> dict[str, Any]:
    """What publish.lock says of this version after a look."""
    left: dict[str, Stage] = {}
    for action in seen.plan:
        if action.wave is not Wave.FOLLOW:
            left[action.target] = min(action.stage, left.get(action.target, action.stage))
    return lockfile.receipt(
        seen.manifest, seen.plan.links, left, lambda target: engine.memory(world, target)
    )


@contextlib.contextmanager
def open_release(
    path: Path,
    *,
    env: Mapping[str, str],
    watch: Watch,
    hosts: frozenset[str] = frozenset(),
    jobs: int = 4,
    offline: bool = False,
    home: Path | None = None,
    absent: bool = False,
    looking: bool = False,
    code_on: Sequence[str] = (),
    today: Callable[[], Date] = lambda: datetime.now(UTC).date(),
) -> Iterator[Opened]:
    """Read publish.toml and make everything ready; nothing is sent.

    `home` is where `.pubflow` and publish.lock lie: the folder of publish.toml, unless a rehearsal
    keeps them elsewhere. With `absent`, files of weights and data may be missing: for looking
    only. With `looking`, a folder that cannot be written will do: what it remembers is read, and
    nothing is added. `code_on` are platforms that the code goes to besides those of publish.toml.
    Raises Blocked with every mistake in the manifest, or with every token that is missing.
    """
    allowed = hosts | {
        h.strip() for h in env.get("PUBFLOW_ALLOW_HOSTS", "").split(",") if h.strip()
    }
    with contextlib.ExitStack() as stack:
        home = home or path.resolve().parent
        folder, forgetful = home / FOLDER, looking and not writable(home / FOLDER)
        if forgetful:
            folder = stack.enter_context(borrowed(folder))
        elif path.is_file():  # Else there is nothing to begin with, and `load` says so.
            private_folder(folder)
        with HashCache(folder / "hashes.db") as cache:
            loaded = load(
                path, hosts=allowed, env=env, hashes=cache, absent=absent, progress=watch.looking
            )
            manifest = loaded.manifest.with_code_on(code_on)
            release = manifest.release
            locked = lockfile.read(home / LOCK)
            journal = Journal(
                folder / "journal.db", str(marker(release.identity, "", release.version))
            )
            stack.callback(journal.close)
            work = stack.enter_context(_workdir(folder))
            claim = Claim(release.identity, release.version, release.date or today())
            found = plugs({target.platform for target in manifest.targets})
            tokens = {} if offline else _tokens(found, manifest, env)
            platforms: dict[str, Platform[Any]] = {}
            stop = threading.Event()
            for name, plug in found.items():
                targets = tuple(t for t in manifest.targets if t.platform == name)
                kit = Kit(
                    targets,
                    env,
                    claim,
                    tokens.get(name),
                    work,
                    manifest.root,
                    allowed,
                    until(stop),
                )
                platforms[name] = plug.make(kit)
            tests = {t.name for t in manifest.targets if platforms[t.platform].is_test(t)}
            keeper = _attach(claim, manifest, platforms, journal, offline=offline)
            world = World(
                manifest=manifest,
                platforms=platforms,
                claim=claim,
                journal=journal,
                locked=locked,
                build=Builder(platforms, work, folder, watch.looking),
                watch=watch,
                keeper=keeper,
                found=(*identity_kept(locked, manifest, LOCK), *one_kind_of_place(manifest, tests)),
                jobs=jobs,
                stop=stop,
            )
            world.found += (*loaded.notes, *journal.notes(), *ci.found(manifest, env, tokens))
            if forgetful:
                world.found += (_forgetful(home / FOLDER),)
            if not absent:
                past = any("commit" in platforms[t.platform].makes(t) for t in manifest.targets)
                memory = folder / "clean.db"
                world.found += leaving(manifest, loaded.allowed, memory, history=past)
                world.found += (*uncommitted(manifest, committing=bool(code_on)),)
            yield Opened(world, loaded, home, offline=offline, cache=cache)


def _tokens(
    found: Mapping[str, Plug], manifest: Manifest, env: Mapping[str, str]
) -> dict[str, Secret]:
    tokens: dict[str, Secret] = {}
    missing: list[Problem] = []
    for name, plug in found.items():
        targets = [target for target in manifest.targets if target.platform == name]
        for wanted in plug.wanted(targets, env):
            secret = find(wanted, env)
            if secret is not None:
                tokens[name] = secret
                learn([secret.reveal()])
            else:
                missing.append(_missing(wanted))
    if missing:
        raise Blocked(missing, what="Tokens are missing.")
    return tokens


def _missing(wanted: Wanted) -> Problem:
    name = wanted.environment[0]
    return Problem(
        wanted.platform,
        f"no token for {wanted.host}",
        why=f"it needs {wanted.needs}" if wanted.needs else "",
        hint=f"Make one at {wanted.page} and put it into the environment:\n\n    export {name}=...",
    )


def _forgetful(folder: Path) -> Problem:
    return Problem(
        folder.name,
        "it cannot be written, and what is seen now is not remembered",
        hint=f"Looking goes on without it. A release needs write permission for {folder}.",
        severity="note",
    )


def _attach(
    claim: Claim,
    manifest: Manifest,
    platforms: Mapping[str, Platform[Any]],
    journal: Journal,
    *,
    offline: bool,
) -> str:
    """Give the claim its register: the first target's platform that keeps one, else the journal."""
    if not offline:
        for target in sorted(manifest.targets, key=lambda target: target.name):
            register = platforms[target.platform].register(target)
            if register is not None:
                claim.attach(register)
                return target.name
    claim.attach(LocalRegister(journal))
    return ""


@contextlib.contextmanager
def _workdir(folder: Path) -> Iterator[Path]:
    """A private folder of this run. Those of runs that were killed over an hour ago go too."""
    for old in folder.glob("run-*"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > 3600:
                shutil.rmtree(old, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
