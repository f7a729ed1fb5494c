"""publish.lock: the receipt of what was released, meant to be committed.

Ids, DOIs, addresses and digests of what is out. The next version starts from it. It claims nothing
about the world: where it is missing, the same is found by looking.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from pathlib import Path
from typing import Any

from pubflow.errors import Refused

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
    if data.get("schema") != SCHEMA or not isinstance(data.get("releases", {}), dict):
        raise _unreadable(path, "its schema is not known to this pubflow")
    return Locked(str(data.get("identity", "")), data.get("releases", {}))


def _unreadable(path: Path, why: str) -> Refused:
    return Refused(
        f"{path.name} cannot be read: {why}.",
        why="It says which records the next version belongs to.",
        hint="Take it from git again, or delete it: the same is then found by looking.\n\n"
        f"    git checkout {path.name}",
    )


def write(path: Path, identity: str, version: str, release: Mapping[str, Any]) -> bool:
    """Put one version's receipt into the file, keeping the others. Whether anything changed."""
    import tomlkit

    known = read(path)
    releases = {**known.releases, version: release}
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
    new.write_text(text, "utf-8", newline="\n")
    os.replace(new, path)
    return True


def _plain(value: Any) -> Any:
    """The same with sorted keys, so that the file is the same on every run."""
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    return value
