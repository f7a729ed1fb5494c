"""publish.lock: the receipt of what was released, meant to be committed.

Ids, DOIs, addresses and digests of what is out. The next version starts from it. It claims nothing
about the world: where it is missing, the same is found by looking.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from pathlib import Path
from typing import Any

from pubflow.actions import Stage
from pubflow.errors import Refused
from pubflow.links import Links
from pubflow.manifest import Manifest

SCHEMA = 1

_HEAD = """\
# What pubflow released, for the next version to start from. Commit this file; do not edit it.
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """What publish.lock says."""

    identity: str = ""
    releases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Version -> {tag, date, targets: {name: {url, doi, ids, files, ...}}}."""

    def date(self, version: str) -> Date | None:
        found = self.releases.get(version, {}).get("date")
        return found if isinstance(found, Date) else None

    def ids(self, version: str, target: str) -> dict[str, str]:
        """The names kept for a target of that version."""
        kept = self.releases.get(version, {}).get("targets", {}).get(target, {}).get("ids", {})
        return {str(key): str(value) for key, value in kept.items()}

    def earlier(self, version: str, target: str) -> dict[str, dict[str, str]]:
        """Version -> names kept, for the other versions that have the target."""
        return {
            other: self.ids(other, target)
            for other, release in self.releases.items()
            if other != version and target in release.get("targets", {})
        }


def read(path: Path) -> Locked:
    """The receipt at `path`; an empty one if there is none. Raises Refused if it is unreadable."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Locked()
    except (OSError, UnicodeDecodeError) as broken:
        raise _unreadable(path, str(broken)) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise _unreadable(path, str(broken)) from None
    if data.get("schema") != SCHEMA:
        raise _unreadable(path, "its schema is not known to this pubflow")
    if not _whole(data.get("releases", {})):
        raise _unreadable(path, "it does not have the form that pubflow writes")
    return Locked(str(data.get("identity", "")), data.get("releases", {}))


def _whole(releases: Any) -> bool:
    """Whether all that others will look up in is a table; a merge by hand may have left less."""
    if not _tables(releases):
        return False
    targets = [release.get("targets", {}) for release in releases.values()]
    if not all(map(_tables, targets)):
        return False
    rows = [row for each in targets for row in each.values()]
    return all(isinstance(row.get(key, {}), dict) for row in rows for key in ("ids", "sha256"))


def _tables(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, dict) for item in value.values())


def _unreadable(path: Path, why: str) -> Refused:
    return Refused(
        f"{path.name} cannot be read: {why}.",
        why="It says which records the next version belongs to.",
        hint="Take it from git again, or delete it: the same is then found by looking.\n\n"
        f"    git checkout {path.name}",
    )


def receipt(
    manifest: Manifest,
    links: Links,
    left: Mapping[str, Stage],
    names: Callable[[str], Mapping[str, str]],
) -> dict[str, Any]:
    """What is kept of one version. `left` has the targets that are not out yet and the stage that
    comes next for each, `names` what is remembered of a target."""
    release = manifest.release
    targets: dict[str, Any] = {}
    for target in manifest.targets:
        link = links.get(target.name)
        if link is None:
            continue
        out = target.name not in left
        private = "uploaded" if left.get(target.name) is Stage.PUBLISH else "reserved"
        said = {
            "state": "published" if out else private,
            "url": link.url,
            "version_url": link.version_url,
            "doi": link.doi,
            "concept_doi": link.concept_doi,
            "late": link.late,
        }
        known = names(target.name).items()
        ids = {key: value for key, value in known if not key.startswith("previous.")}
        files = {file.name: file.sha256 for file in target.files if out}
        targets[target.name] = {key: value for key, value in said.items() if value} | {
            key: value for key, value in (("ids", ids), ("sha256", files)) if value
        }
    kept: dict[str, Any] = {"tag": release.tag, "targets": targets}
    if release.date is not None:
        kept["date"] = release.date
    return kept


def write(path: Path, identity: str, version: str, release: Mapping[str, Any]) -> bool:
    """Put one version's receipt into the file, keeping the others. Whether anything changed."""
    return _put(path, identity, {**read(path).releases, version: release})


def drop(path: Path, version: str) -> bool:
    """Take one version out of the file; one that held no other goes. Whether anything changed."""
    known = read(path)
    releases = {other: said for other, said in known.releases.items() if other != version}
    if len(releases) == len(known.releases):
        return False
    if not releases:
        path.unlink()
        return True
    return _put(path, known.identity, releases)


def _put(path: Path, identity: str, releases: Mapping[str, Mapping[str, Any]]) -> bool:
    import tomlkit

    document = tomlkit.document()
    document["schema"] = SCHEMA
    document["identity"] = identity
    table = tomlkit.table(is_super_table=True)
    for name in sorted(releases):
        table[name] = _plain(releases[name])
    document["releases"] = table
    text = _HEAD + tomlkit.dumps(document)
    if path.exists() and path.read_text("utf-8") == text:
        return False
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    # A link that came with somebody's repository would lead out of it.
    with new.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.replace(new, path)
    return True


def _plain(value: Any) -> Any:
    """The same with sorted keys, so that the file is the same on every run."""
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    return value
