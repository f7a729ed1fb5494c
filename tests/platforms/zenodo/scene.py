"""A stand-in on a real socket, and releases that come and go like processes in front of it."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from pubflow import engine, packing
from pubflow.actions import Action, Stage
from pubflow.claim import Claim, Entry, LocalRegister, Moved, marker
from pubflow.clock import Time
from pubflow.errors import PubflowError
from pubflow.http import Answer, Session
from pubflow.journal import Journal
from pubflow.links import Links
from pubflow.lockfile import Locked
from pubflow.manifest import (
    Affiliation,
    Artifact,
    File,
    Grant,
    Kind,
    License,
    Manifest,
    Paper,
    Person,
    Release,
    Target,
)
from pubflow.platform import Problem, State
from pubflow.platforms.zenodo import Zenodo
from pubflow.platforms.zenodo.client import Client
from pubflow.platforms.zenodo.instance import packed
from pubflow.rehearsal.desk import Desk, Log
from pubflow.rehearsal.faults import Cut, Faults
from pubflow.rehearsal.server import Server
from pubflow.rehearsal.wire import Request
from pubflow.rehearsal.zenodo import Zenodo as Standin
from pubflow.tokens import Secret

TOKEN = "Q7" + "x" * 58
DAY = date(2026, 11, 20)

PAPER = Paper(
    title="Seagrass from space",
    authors=(
        Person(
            "Ada", "Lovelace", orcid="0000-0002-1825-0097", affiliations=(Affiliation("Utopia"),)
        ),
        Person(name="Meadow Lab"),
    ),
    abstract="We map *seagrass*: “all” of it.\n\n- H<sub>2</sub>O\n- [more](https://example.org/a?b=1&c=2)",
    arxiv="2605.01234",
    keywords=("seagrass", "remote sensing"),
    grants=(Grant("https://ror.org/00k4n6c32", "101", "SeaWatch"), Grant("A Fund", "7")),
)


class SharedRegister:
    """A register that outlives every process, as a git ref does; each version has its own."""

    where = "the shared register"

    def __init__(self, texts: dict[str, list[str]], version: str) -> None:
        self._all = texts
        self._version = version

    @property
    def _texts(self) -> list[str]:
        return self._all.setdefault(self._version, [])

    def read(self) -> Entry | None:
        return Entry(str(len(self._texts)), self._texts[-1]) if self._texts else None

    def write(self, text: str, expected: str | None) -> str:
        if expected != (str(len(self._texts)) if self._texts else None):
            raise Moved("somebody was first")
        self._texts.append(text)
        return str(len(self._texts))

    def history(self) -> Mapping[str, str]:
        return {version: texts[-1] for version, texts in self._all.items() if texts}


class Clock:
    """Time that passes only where somebody waits: the stand-in's and pubflow's alike."""

    def __init__(self) -> None:
        self.now = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC).timestamp()

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Passing(threading.Event):
    """A wait that takes no time but the clock's."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.sleep(timeout or 0)
        return self.is_set()


@dataclass
class Scene:
    url: str
    standin: Standin
    log: Log
    faults: Faults
    folder: Path
    clock: Clock
    registers: dict[str, list[str]] | None = None
    """Shared by all runs, by version; None: each run's journal keeps the claim."""
    settings: dict[str, Any] = field(default_factory=dict)
    locked: Locked = field(default_factory=Locked)
    journal: str = "journal.db"
    token: str = TOKEN
    day: date = DAY
    """On which pubflow is run; the server's own day is its clock's."""
    desk: Desk | None = None
    """Where requests are answered in this process; None: over sockets."""

    # What is wanted

    def file(self, name: str, content: str | bytes) -> File:
        data = content.encode() if isinstance(content, str) else content
        path = self.folder / "files" / hashlib.sha256(data).hexdigest() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return File(
            name,
            len(data),
            hashlib.sha256(data).hexdigest(),
            hashlib.md5(data, usedforsecurity=False).hexdigest(),
            source=path,
        )

    def data(self, files: Mapping[str, str] | None = None, **more: Any) -> Artifact:
        given = files if files is not None else {"a.csv": "1,2\n", "b.csv": "3,4\n"}
        return Artifact(
            **{  # type: ignore[arg-type]
                "key": "data.meadows",
                "kind": Kind.DATA,
                "path": self.folder,
                "title": "Meadows",
                "description": "Tiles & *labels*.",
                "license": License("CC-BY-4.0"),
                "files": tuple(self.file(name, text) for name, text in sorted(given.items())),
                **more,
            }
        )

    def weights(self, files: Mapping[str, str] | None = None, **more: Any) -> Artifact:
        artifact = self.data(files or {"model.safetensors": "weights"})
        return replace(
            artifact,
            **{
                "key": "weights.net",
                "kind": Kind.WEIGHTS,
                "title": "Net",
                "license": License(name="Utopia Research 1.0", url="https://example.org/license"),
                "trained_on": ("@data.meadows",),
                "base_model": ("facebook/dinov2-large",),
                **more,
            },
        )

    def code(self, **more: Any) -> Artifact:
        made = {"key": "code", "kind": Kind.CODE, "path": self.folder, "license": License("MIT")}
        return Artifact(**{**made, **more})  # type: ignore[arg-type]

    def manifest(
        self, *artifacts: Artifact, version: str = "1.0.0", paper: Paper = PAPER, **settings: Any
    ) -> Manifest:
        made = artifacts or (self.code(), self.data(), self.weights())
        release = Release("utopia/seagrass", version, f"v{version}", paper, made)
        targets = tuple(
            Target(a, "zenodo", release, {**self.settings, **settings}, a.files) for a in made
        )
        return Manifest(release, targets, self.folder)

    # A run, as a process of its own

    def open(self, manifest: Manifest, *, budget: float = 20.0) -> engine.World:
        release = manifest.release
        book = Journal(
            self.folder / ".pubflow" / self.journal,
            str(marker(release.identity, "", release.version)),
        )
        if self.desk is not None:
            # Nothing loses power in a sweep, and waiting for the disk is a third of its time.
            book._db.execute("pragma synchronous=off")
        claim = Claim(release.identity, release.version, self.day)
        claim.attach(
            SharedRegister(self.registers, release.version)
            if self.registers is not None
            else LocalRegister(book)
        )
        platform = Zenodo(
            manifest.targets,
            {"ZENODO_URL": self.url},
            claim,
            Secret(self.token),
            Time(self.clock.read, self.clock.sleep),
            self._wired if self.desk is not None else None,
            today=lambda: self.day,
        )
        return engine.World(
            manifest=manifest,
            platforms={"zenodo": platform},
            claim=claim,
            journal=book,
            locked=self.locked,
            build=self._build,
            watch=Silent(),
            jobs=1,
            budget=budget,
            stop=Passing(self.clock),
            now=self.clock.read,
        )

    def _wired(self, base: str, token: Secret | None) -> Client:
        assert self.desk is not None
        return Client(Line(base, token, self.desk))

    def _build(
        self, manifest: Manifest, links: Links, states: Mapping[str, State]
    ) -> tuple[Manifest, tuple[Problem, ...]]:
        """A source archive for the code, once all addresses are known."""
        ready = links.settled and manifest.release.date is not None
        version = manifest.release.version
        archive = f"seagrass-{version}.tar"
        targets = []
        for target in manifest.targets:
            if target.artifact.kind is Kind.CODE:
                cited = " ".join(sorted(link.doi for link in links.values()))
                made = self.file(archive, f"{version} {cited}") if ready else File(archive)
                target = replace(target, files=(made,))
            elif packed(target):
                folder = self.folder / "build" / target.name
                kept = self.folder / "packs.json"
                made_files = packing.files_of(target.artifact, folder, ready=ready, kept=kept)
                target = replace(target, files=made_files)
            targets.append(target)
        return replace(manifest, targets=tuple(targets)), ()

    def plan(self, manifest: Manifest) -> engine.Seen:
        return engine.look(self.open(manifest))

    def release(self, manifest: Manifest, until: Stage = Stage.PUBLISH) -> engine.Seen:
        return run(self.open(manifest), until)

    def forget(self) -> None:
        """Lose the journal."""
        self.journal = f"{self.journal}x"

    # What became of it

    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.standin.world()["records"]
        return found

    def changes(self) -> int:
        return self.log.counters()["zenodo"]["changes"]

    def requests(self) -> int:
        return len(self.log.shown())


class Silent:
    def looking(self, at: str, size: int) -> None: ...
    def started(self, action: Action) -> None: ...
    def sent(self, action: str, size: int) -> None: ...
    def waiting(self, action: Action, seconds: float, why: str) -> None: ...
    def finished(self, action: Action) -> None: ...
    def failed(self, action: Action, error: PubflowError) -> None: ...


def run(world: engine.World, until: Stage = Stage.PUBLISH) -> engine.Seen:
    return engine.release(
        world,
        until=until,
        baseline=lambda plan: None,
        approve=lambda plan: None,
        settled=lambda seen: None,
        unchanged=lambda manifest: None,
    )


def ids(actions: Sequence[Action]) -> list[str]:
    return [action.id for action in actions]


class Line(Session):
    """The wire without sockets: what a session sends reaches the stand-in as a function call.

    What is lost on a wire is lost here too: a cut is no answer.
    """

    def __init__(self, base: str, token: Secret | None, desk: Desk) -> None:
        super().__init__(base, token, env={})
        self._desk = desk
        self._token = token

    def _send(
        self,
        method: str,
        address: str,
        data: Any,
        headers: dict[str, str],
        params: Mapping[str, str] | None,
        timeout: Any,
    ) -> Answer:
        parts = urlsplit(address)
        query = parse_qs(parts.query, keep_blank_values=True)
        query |= {key: [value] for key, value in (params or {}).items()}
        content = b"".join(iter(data.read, b"")) if hasattr(data, "read") else data or b""
        named = {name.lower(): value for name, value in headers.items()}
        named["content-length"] = str(len(content))
        if self._token is not None:
            named["authorization"] = f"Bearer {self._token.reveal()}"
        request = Request(method, parts.path, query, named, io.BytesIO(content), self.base)
        asked = parts.path + ("?" + urlencode(query, doseq=True) if query else "")
        try:
            response = self._desk.answer(request, asked).response
        except Cut:
            raise requests.ConnectionError from None
        body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        return Answer(response.status, response.headers, body, address)


@contextmanager
def serving(
    folder: Path, *, flavour: str = "zenodo", lag: float = 0, wired: bool = False
) -> Iterator[Scene]:
    """A stand-in on a socket; `wired`: in this process and without one, for sweeps."""
    clock = Clock()
    standin = Standin(
        folder / "standin",
        token=TOKEN,
        lag=lag,
        flavour=flavour,  # type: ignore[arg-type]
        clock=clock.read,
    )
    log = Log(("zenodo",), (TOKEN,))
    faults = Faults(("zenodo",))
    desk = Desk(standin, log, faults, lambda *names: None)
    if wired:
        yield Scene("http://127.0.0.1:9", standin, log, faults, folder, clock, desk=desk)
        return
    server = Server(desk.answer)
    try:
        yield Scene(server.url, standin, log, faults, folder, clock)
    finally:
        server.close(0.0)
