"""What is asked once in a run, before the first change: rights, rules, switches, and the cargo.

None of it changes during a release by what we do, so every question is put once.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from pubflow.commit import Source
from pubflow.commit.cargo import Cargo, examine
from pubflow.manifest import Artifact
from pubflow.platforms.github.api import Api
from pubflow.platforms.github.state import Around, Repository


class Preflight:
    """The answers of one run. Safe to use from many threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._absent: tuple[Around, bool] | None = None
        self._around: dict[int, Around] = {}
        self._rules: dict[tuple[int, str], Around] = {}
        self._parents: dict[str, tuple[str, ...]] = {}
        self._cargo: dict[tuple[str, str], Cargo] = {}

    def absent(self, api: Api, owner: str) -> tuple[Around, bool]:
        """What stands around a repository that is to be made, and whether `owner` is the token's.

        Only a fine-grained token is asked about: the others are known by kind and scopes.
        """
        with self._lock:
            if self._absent is None:
                asks = api.token().kind == "fine-grained"
                able = not asks or api.may_create()
                personal = not able and api.login().lower() == owner.lower()
                self._absent = Around(administration=able), personal
            return self._absent

    def around(self, api: Api, seen: Repository, *, made: bool = False) -> Around:
        """Rights and rules of a repository; of its branch only once there is one.

        In one that this release made, nobody has protected it.
        """
        with self._lock:
            if seen.id not in self._around:
                self._around[seen.id] = Around(
                    contents=api.may_push(seen.name),
                    administration=api.may_administer(seen.name),
                    immutable=api.immutable(seen.name),
                    hooks=api.hooks(seen.name),
                )
            found = self._around[seen.id]
            if not seen.head:
                return found
            key = (seen.id, seen.branch)
            if key not in self._rules:
                self._rules[key] = replace(
                    found,
                    rules=api.rules(seen.name, seen.branch),
                    protected=not made and api.protected(seen.name, seen.branch),
                    tag_rules=api.tag_rules(seen.name),
                )
            return self._rules[key]

    def parents(self, api: Api, seen: Repository) -> tuple[str, ...]:
        """Those of the commit that the branch is at."""
        with self._lock:
            if seen.head not in self._parents:
                self._parents[seen.head] = api.parents(seen.name, seen.head) or ()
            return self._parents[seen.head]

    def cargo(self, source: Source, artifact: Artifact, known: str) -> Cargo:
        """What would be pushed of the code as it lies here; a folder without git is read anew."""
        with self._lock:
            if source.checkout is None:
                return examine(source, artifact.exclude, self._root)
            key = (source.head, known)
            if key not in self._cargo:
                self._cargo[key] = examine(source, artifact.exclude, self._root, known)
            return self._cargo[key]
