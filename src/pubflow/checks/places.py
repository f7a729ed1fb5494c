"""Rules over all places of a release together. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pubflow.lockfile import Locked
from pubflow.manifest import Manifest
from pubflow.platform import Problem


def identity_kept(locked: Locked, manifest: Manifest, where: str) -> Iterator[Problem]:
    """Refuses another identity than that of the receipt, the file named `where`."""
    identity = manifest.release.identity
    if locked.identity and locked.identity != identity:
        yield Problem(
            where,
            f"this release was reserved as {locked.identity!r}, and now it would be {identity!r}",
            why="under another identity everything would be made a second time",
            hint=f'Set [release] id = "{locked.identity}" in publish.toml.',
        )


def one_kind_of_place(manifest: Manifest, tests: Collection[str]) -> Iterator[Problem]:
    """Refuses test DOIs in real public pages; `tests` are the targets that lead to test places."""
    if tests and len(tests) < len(manifest.targets):
        real = sorted({t.platform for t in manifest.targets if t.name not in tests})
        yield Problem(
            min(tests),
            f"a test instance together with the real {', '.join(real)}",
            why="a test DOI leads nowhere, and it would stand in public pages",
            hint="Use the real instance, or rehearse instead:\n\n    pubflow rehearse",
        )
