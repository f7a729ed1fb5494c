"""What the author wants: the nouns of `publish.toml`, and nothing learned from a network.

Everything here is frozen and made of plain values; reading the file is `load.py`, reading the
artifact's bytes is `tree.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date as Date
from enum import StrEnum
from pathlib import Path
from typing import Any


class Kind(StrEnum):
    """What an artifact is."""

    CODE = "code"
    WEIGHTS = "weights"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Affiliation:
    name: str
    ror: str = ""
    """Full form, `https://ror.org/01ggx4157`; empty when not given."""


@dataclass(frozen=True, slots=True)
class Person:
    """An author. A person has `family` (and mostly `given`); an organisation has only `name`."""

    given: str = ""
    family: str = ""
    name: str = ""
    orcid: str = ""
    """Bare form, `0000-0002-1825-0097`."""
    affiliations: tuple[Affiliation, ...] = ()
    email: str = ""
    corresponding: bool = False
    roles: tuple[str, ...] = ()

    @property
    def is_organization(self) -> bool:
        return bool(self.name)

    @property
    def display(self) -> str:
        """`Ada Lovelace`, or the organisation's name."""
        return self.name or " ".join(filter(None, (self.given, self.family)))


@dataclass(frozen=True, slots=True)
class License:
    """A licence: an SPDX expression, a Hub-only id, or a name with a file or address."""

    spdx: str = ""
    """Canonical SPDX id or expression, `Apache-2.0`, `MIT OR Apache-2.0`; empty otherwise."""
    hub: str = ""
    """An id that only the Hugging Face Hub knows, written `hf:llama3.1` in publish.toml."""
    name: str = ""
    url: str = ""
    file: Path | None = field(default=None, compare=False)

    @property
    def display(self) -> str:
        return self.spdx or self.hub or self.name


@dataclass(frozen=True, slots=True)
class Grant:
    funder: str
    """ROR of the funder in full form, or its name."""
    number: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    title: str
    authors: tuple[Person, ...]
    abstract: str = ""
    """Markdown."""
    venue: str = ""
    status: str = "accepted"
    """`under-review`, `accepted` or `published`."""
    type: str = "preprint"
    """`conference-paper`, `journal-article`, `preprint`, `thesis`, `report`, `other`."""
    arxiv: str = ""
    """Bare id, `2605.01234`."""
    doi: str = ""
    """Bare, `10.5555/12345678`."""
    url: str = ""
    keywords: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def address(self) -> str:
        """Where the paper is read: DOI, else arXiv, else url, else empty."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else self.url

    @property
    def identifier(self) -> str:
        """The paper's DOI, bare; arXiv's own DOI where there is no other; else empty."""
        return self.doi or (f"10.48550/arXiv.{self.arxiv}" if self.arxiv else "")


@dataclass(frozen=True, slots=True)
class File:
    """One file as it will be known to the world, and where its bytes lie here.

    A file that is promised (made once all addresses are known) has a name only.
    """

    name: str
    """Posix path relative to the artifact's `path`."""
    size: int = 0
    sha256: str = ""
    md5: str = ""
    """Empty where no target of the artifact compares it."""
    git_sha1: str = ""
    """What git calls the blob: `sha1("blob <size>\\0" + bytes)`, hex. Empty for more than 64 MiB,
    which nobody keeps as a blob of git."""
    source: Path = field(default=Path(), compare=False)

    @property
    def promised(self) -> bool:
        return not self.sha256


@dataclass(frozen=True, slots=True)
class Artifact:
    """Files that are published and cited together: the code, a set of weights, a data set."""

    key: str
    """`code`, `weights.seagrassnet`, `data.meadows`: as in publish.toml."""
    kind: Kind
    path: Path = field(compare=False)
    """Where it lies here: a folder, or one file."""
    title: str = ""
    description: str = ""
    """Markdown."""
    license: License = License()
    authors: tuple[Person, ...] = ()
    """The paper's authors unless the artifact names its own."""
    files: tuple[File, ...] = ()
    """The author's own files in name order. Empty for code, whose content git knows."""
    keywords: tuple[str, ...] = ()
    card: Path | None = field(default=None, compare=False)
    """The author's prose for the card, where given."""
    card_text: str = ""
    task: tuple[str, ...] = ()
    library: str = ""
    language: tuple[str, ...] = ()
    """Human languages; of code its programming languages, as written: `C++`."""
    base_model: tuple[str, ...] = ()
    relation: str = ""
    """How weights come from `base_model`: finetune, adapter, quantized, merge."""
    trained_on: tuple[str, ...] = ()
    """`@data.meadows`, `hf:datasets/owner/name`, a DOI or an address."""
    evaluation: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The parsed evaluation file; empty when none was given."""
    splits: Mapping[str, str] = field(default_factory=dict)
    """Split name -> glob below the artifact's folder."""
    responsible: Mapping[str, Any] = field(default_factory=dict)
    embargo_until: Date | None = None
    embargo_reason: str = ""
    history: str = "full"
    """For code: `full` keeps the commits, `snapshot` is one clean commit without the past."""
    development: str = ""
    """For code: where the project stands, in a word of repostatus.org."""
    exclude: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The part behind the dot: `seagrassnet`; for code, `code`."""
        return self.key.partition(".")[2] or self.key

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Release:
    """What all targets of one release share."""

    identity: str
    """What release this is, whatever changes around it: fixed when it is first reserved."""
    version: str
    """Without a leading `v`: `1.0.0`."""
    tag: str
    """`v1.0.0`"""
    paper: Paper
    artifacts: tuple[Artifact, ...]
    date: Date | None = None
    """The release date: given, or fixed when the release was reserved; None until then."""

    def artifact(self, key: str) -> Artifact:
        """The artifact of that key; KeyError if there is none."""
        for artifact in self.artifacts:
            if artifact.key == key:
                return artifact
        raise KeyError(key)

    @property
    def prerelease(self) -> bool:
        """Whether the version says so: `1.0.0-rc.1`, `2.0b1`."""
        core = self.version.partition("+")[0]
        return any(c.isalpha() or c == "-" for c in core)


@dataclass(frozen=True, slots=True)
class Revision:
    """The release commit of the code and its tag, made here by the build (`build.py`)."""

    commit: str
    tree: str
    tag: str
    """Id of the annotated tag object; empty for a lightweight tag that was there before."""
    branch: str
    repository: Path = field(compare=False)
    """The bare repository that holds them, to push from."""
    ours: bool = True
    """False when the tag was there before this release: then nothing of it is pushed or moved."""
    parents: tuple[str, ...] = field(default=(), compare=False)
    """What the commit follows on."""

    @property
    def swhids(self) -> tuple[str, ...]:
        """SoftWare Hash IDentifiers of directory, revision and release; swhid.org, version 1.2."""
        ids = [f"swh:1:dir:{self.tree}", f"swh:1:rev:{self.commit}"]
        return tuple(ids + ([f"swh:1:rel:{self.tag}"] if self.tag else []))


@dataclass(frozen=True, slots=True)
class Target:
    """One artifact on one platform, written `weights.seagrassnet@zenodo`."""

    artifact: Artifact
    platform: str
    release: Release
    settings: Mapping[str, Any] = field(default_factory=dict)
    """`[targets.<platform>]` with the artifact's own `[<artifact>.target.<platform>]` over it."""
    files: tuple[File, ...] = ()
    """What is to be there, in name order: the author's files and those that pubflow makes."""
    revision: Revision | None = None
    """For code: what is pushed. None until the build could make it."""

    @property
    def name(self) -> str:
        return f"{self.artifact.key}@{self.platform}"

    def file(self, name: str) -> File:
        """The file of that name; KeyError if there is none."""
        for file in self.files:
            if file.name == name:
                return file
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of publish.toml, read and checked."""

    release: Release
    targets: tuple[Target, ...]
    root: Path = field(compare=False)
    """The folder of publish.toml; nothing outside of it is ever read."""

    def with_code_on(self, platforms: Iterable[str]) -> Manifest:
        """The same, with the code on these platforms too."""
        code = [artifact for artifact in self.release.artifacts if artifact.kind is Kind.CODE]
        more = [Target(one, name, self.release) for name in platforms for one in code]
        return replace(self, targets=(*self.targets, *more))

    def target(self, name: str) -> Target:
        """The target of that name; KeyError if there is none."""
        for target in self.targets:
            if target.name == name:
                return target
        raise KeyError(name)


def version_order(version: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key under which 1.10 comes after 1.9, and 1.0.0 after 1.0.0-rc.1."""
    core, _, pre = version.partition("+")[0].partition("-")
    parts = [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in core.split(".")]
    tail = [(0, int(p), "") if p.isdigit() else (0, 1, p) for p in pre.split(".")] if pre else []
    return (*parts, *([(-1, 0, ""), *tail] if pre else [(0, 0, "")]))
