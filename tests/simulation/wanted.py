"""What a release shall look like in the end, by name and digest: read from its manifest alone.

A file that pubflow makes on the way (card, archive, sums) is known by name; its bytes are read from
the world afterwards, for what they must say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pubflow.claim import marker
from pubflow.manifest import Kind, Manifest, Target

CARD = "README.md"
SUMS = "SHA256SUMS"

Files = Mapping[str, str]
"""Name -> digest; an empty digest for a file that is made on the way."""


@dataclass(frozen=True)
class Record:
    """A record that shall be published."""

    target: str
    mark: str
    """`urn:uuid:...`, by which it is known in the world."""
    files: Files = field(hash=False)
    """By MD5."""
    code: bool


@dataclass(frozen=True)
class Repository:
    """A repository on the Hub."""

    target: str
    id: str
    type: str
    mark: str
    """What stands in the text of every commit that is ours."""
    files: Files = field(hash=False)
    """By SHA-256."""


@dataclass(frozen=True)
class Wanted:
    version: str
    tag: str
    records: tuple[Record, ...] = ()
    hub: tuple[Repository, ...] = ()
    code: str = ""
    """`owner/name` on GitHub; empty where GitHub is no target."""
    mark: str = ""
    """In the first line of the notes of the release that is ours."""
    assets: frozenset[str] = frozenset()


def wanted(manifest: Manifest) -> Wanted:
    release = manifest.release
    stem = release.identity.rstrip("/").rsplit("/", 1)[-1]
    archive = f"{stem}-{release.version}.tar"
    found = Wanted(release.version, release.tag)
    records, hub, code, mark, assets = [], [], "", "", frozenset[str]()
    for target in manifest.targets:
        own = str(marker(release.identity, target.artifact.key, release.version))
        match target.platform:
            case "zenodo":
                records.append(_record(target, own, archive))
            case "huggingface":
                hub.append(_repository(target, own))
            case _:
                code, mark = str(target.settings["repo"]), own
                assets = frozenset({archive, SUMS})
    return Wanted(found.version, found.tag, tuple(records), tuple(hub), code, mark, assets)


def _record(target: Target, own: str, archive: str) -> Record:
    code = target.artifact.kind is Kind.CODE
    files = {archive: ""} if code else {file.name: file.md5 for file in target.artifact.files}
    return Record(target.name, f"urn:uuid:{own}", files, code)


def _repository(target: Target, own: str) -> Repository:
    settings = target.settings
    name = str(settings.get("repo") or settings.get("name") or target.artifact.id)
    owner = settings.get("owner")
    full = f"{owner}/{name}" if owner and "/" not in name else name
    kind = "dataset" if target.artifact.kind is Kind.DATA else "model"
    files = {file.name: file.sha256 for file in target.artifact.files} | {CARD: ""}
    return Repository(target.name, full, kind, own, files)


def holds(there: Files, want: Files) -> bool:
    """Whether every wanted file is there, the known ones with their digests."""
    return all(name in there and digest in ("", there[name]) for name, digest in want.items())
