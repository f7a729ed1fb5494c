"""A small paper on three places, and plans for it; for tests of what people and programs see."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.engine import Seen
from pubflow.links import Link, Links
from pubflow.manifest import Artifact, Kind, Manifest, Paper, Person, Release, Target
from pubflow.plan import Plan
from pubflow.platform import Problem
from pubflow.tokens import Secret
from pubflow.views.text import Line

CODE = "code@forge"
WEIGHTS = "weights.leaves@hub"
RECORD = "weights.leaves@shelf"

KNOWN = {
    CODE: Link("https://forge.example/lab/leaves", "https://forge.example/lab/leaves/v1.2.0"),
    WEIGHTS: Link("https://hub.example/lab/leaves"),
    RECORD: Link(
        "https://shelf.example/7", "https://shelf.example/8", "10.5555/8", concept_doi="10.5555/7"
    ),
}

PLANNED = (
    Action(CODE, Stage.RESERVE, "create", says="create the private repository lab/leaves"),
    Action(RECORD, Stage.RESERVE, "reserve", says="reserve a DOI"),
    Action(CODE, Stage.UPLOAD, "describe", says="set its topics", mark="~"),
    Action(WEIGHTS, Stage.UPLOAD, "delete", "old.bin", says="take old.bin away", mark="-"),
    Action(RECORD, Stage.UPLOAD, "upload", "leaves.bin", says="upload leaves.bin", size=19_600),
    Action(CODE, Stage.PUBLISH, "open", says="make it public", wave=Wave.OPEN, mark="~"),
    Action(CODE, Stage.PUBLISH, "tag", says="push the tag v1.2.0", wave=Wave.SEAL),
    Action(RECORD, Stage.PUBLISH, "publish", says="publish for good", wave=Wave.SEAL, last=True),
    Action(RECORD, Stage.PUBLISH, "list", says="list it in the collection", wave=Wave.FOLLOW),
)

KEPT = (Kept(WEIGHTS, "is there", "config.json", 583),)


def manifest(title: str = "Leaves of grass", status: str = "accepted") -> Manifest:
    ada = Person(given="Ada", family="Lovelace")
    paper = Paper(title, (ada,), status=status)
    code = Artifact("code", Kind.CODE, Path("code"), title="Code", authors=(ada,))
    weights = Artifact("weights.leaves", Kind.WEIGHTS, Path("w"), title="Leaves", authors=(ada,))
    release = Release(
        "lab/leaves", "1.2.0", "v1.2.0", paper, (code, weights), date=date(2026, 11, 20)
    )
    places = ((code, "forge"), (weights, "hub"), (weights, "shelf"))
    targets = tuple(Target(artifact, platform, release) for artifact, platform in places)
    return Manifest(release, targets, Path())


def seen(
    actions: Iterable[Action] = PLANNED,
    *,
    kept: Iterable[Kept] = KEPT,
    problems: Iterable[Problem] = (),
    title: str = "Leaves of grass",
    status: str = "accepted",
    unknown: Iterable[str] = (),
) -> Seen:
    """What a look saw; `unknown` are targets without an address yet."""
    without = set(unknown)
    links = Links({name: None if name in without else link for name, link in KNOWN.items()})
    plan = Plan(tuple(actions), links, tuple(kept), tuple(problems))
    return Seen(manifest(title, status), {}, plan)


def text(lines: Iterable[Line]) -> str:
    return "\n".join(line.text for line in lines)


def in_order(whole: str, *parts: str) -> bool:
    """Whether the parts stand in the text one behind the other."""
    at = -1
    for part in parts:
        at = whole.find(part, at + 1)
        if at < 0:
            return False
    return True


def canary() -> str:
    """A token that was never anybody's, known to the filter. Put together here, for scanners."""
    value = "ca" + "nary" + "-" + "7h1s-must-not-show"
    Secret(value)
    return value


class Pipe(io.StringIO):
    """A stream that is no terminal, of any encoding."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


class Terminal(Pipe):
    def isatty(self) -> bool:
        return True


class Gone(Pipe):
    """The reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError
