"""What the Hub showed us when we looked: plain values, and what follows from them alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from pubflow.links import Link
from pubflow.manifest import File, Kind, Target

CARD = "README.md"
TITLE = 60
IGNORE = ".gitignore"
ATTRIBUTES = ".gitattributes"
"""The Hub's own: it puts it into every new repository, and into it the name of each large file that
it does not know by its ending (huggingface_hub issue 2666). So an author's one could not stay."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit, by the digest that the Hub keeps of it."""

    path: str
    size: int = 0
    git_sha1: str = ""
    """Name of the git blob; for a large file that of its pointer, which tells nothing."""
    sha256: str = ""
    """Of a large file; empty for a regular one."""

    def holds(self, file: File) -> bool:
        """Whether this is the very content of `file`."""
        if file.promised:
            return False
        if self.sha256:
            return self.sha256 == file.sha256
        return self.git_sha1 == file.git_sha1


@dataclass(frozen=True, slots=True)
class Repository:
    id: str
    """`owner/name` as the Hub spells it today; after a rename not what publish.toml says."""
    head: str
    """The commit of `main`."""
    private: bool = True
    gated: str = ""
    """`auto` or `manual`; empty for a repository that asks nothing of its readers."""
    doi: str = ""
    """A DOI that the Hub itself minted for it. Such a repository is locked there: it cannot be
    deleted, renamed or made private (hub-docs doi.md, 2026-08)."""
    files: tuple[Entry, ...] = ()
    """What `head` holds."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Name -> commit."""
    may_write: bool = True


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the Hub says that it would do with files which it does not hold yet."""

    ahead: frozenset[str] = frozenset()
    """Paths of large ones, whose bytes go ahead of the commit; it carries the others itself."""
    ignored: tuple[str, ...] = ()
    """Paths that it would leave out, by a .gitignore or of its own accord."""
    way: str = "xet"
    """`xet` or `LFS`: how the large ones are sent."""
    parts: int = 1
    """How many commits the limits of one make of them."""


@dataclass(frozen=True, slots=True)
class Collecting:
    """The collection that shows the paper's repositories together."""

    owner: str
    title: str
    done: bool = False
    """Whether this repository is in it."""


@dataclass(frozen=True, slots=True)
class HubState:
    endpoint: str
    kind: str
    """`model` or `dataset`."""
    id: str
    """`owner/name`; empty as long as nobody knows the owner."""
    tag: str
    """This release's tag."""
    repository: Repository | None = None
    tagged: tuple[Entry, ...] | None = None
    """What this release's tag holds; None if there is no such tag."""
    ours: frozenset[str] = frozenset()
    """Paths whose content at `head` was put there by a commit of pubflow's for this artifact. Only
    asked for, and only complete for, paths that are not as they should be."""
    committed: bool = False
    """Whether a commit of this very release is in a public repository that has no tag of it."""
    kept: str = ""
    """Tag of the previous version, if it holds the very files of this one."""
    staged: str = ""
    """Fingerprint of the files whose bytes were sent ahead of a commit; from the claim."""
    keeps: bool = False
    """Whether this release's claim is kept in this repository."""
    refused: tuple[str, ...] = ()
    """Why the Hub would not take the card, as far as that is known before it is whole."""
    advised: tuple[str, ...] = ()
    """What the Hub would complain of in the card, and take it nevertheless."""
    broken: tuple[str, ...] = ()
    """Files here whose name promises .safetensors, which they are not, or not whole."""
    predecessor: str = ""
    """Another repository of the version before, whose card does not name this one yet."""
    collecting: Collecting | None = None
    """None where there is nothing to show together."""
    trusted: bool | None = None
    """Whether the Hub trusts this workflow to publish there; None where a token is used."""
    may_create: bool = True
    """False where the repository is not there, and the token is known to be one that makes none."""
    foreseen: Foreseen | None = None
    """None where it was not asked: there is no repository yet, or nothing is missing in it."""
    gone: bool = False
    """Whether the repository was filled once and is not there any more."""
    xet: bool = True
    """Whether large files go by xet."""

    @property
    def name(self) -> str:
        """`owner/name` as the Hub spells it, else as publish.toml does."""
        return self.repository.id if self.repository else self.id

    @property
    def link(self) -> Link | None:
        if not self.name:
            return None
        url = page(self.endpoint, self.kind, self.name)
        return Link(url, f"{url}/tree/{quote(self.kept or self.tag, safe='')}")

    @property
    def facts(self) -> Mapping[str, str]:
        return {}


def page(endpoint: str, kind: str, name: str) -> str:
    """The address of a repository's page."""
    return f"{endpoint}/{'datasets/' if kind == 'dataset' else ''}{name}"


def collection_title(paper: str) -> str:
    """The paper's title, in as many letters as the title of a collection has (60; a guess)."""
    words = " ".join(paper.split())
    return words if len(words) <= TITLE else words[: TITLE - 1].rstrip() + "…"


def kind_of(target: Target) -> str:
    return "dataset" if target.artifact.kind is Kind.DATA else "model"


def wanted_name(target: Target) -> str:
    """What publish.toml calls the repository: `owner/name`, or `name` of whoever is logged in."""
    settings = target.settings
    name = str(settings.get("repo") or settings.get("name") or target.artifact.id)
    owner = settings.get("owner")
    return f"{owner}/{name}" if owner and "/" not in name else name


def by_path(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {entry.path: entry for entry in entries}


def payload(files: Iterable[File]) -> tuple[File, ...]:
    """The author's own files: all but the card, which pubflow makes."""
    return tuple(file for file in carried(files) if file.name != CARD)


def carried(files: Iterable[File]) -> tuple[File, ...]:
    """What is sent and compared: all but the file that the Hub keeps itself."""
    return tuple(file for file in files if file.name != ATTRIBUTES)


def fingerprint(files: Iterable[File]) -> str:
    """Names a set of files by their content."""
    lines = sorted(f"{file.sha256} {file.name}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:32]
