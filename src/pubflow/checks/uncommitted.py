"""Of code in git only what is committed is released: what is not committed is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pubflow.commit import Source
from pubflow.manifest import Artifact, Kind, Manifest
from pubflow.platform import Problem


def uncommitted(manifest: Manifest, *, committing: bool) -> Iterator[Problem]:
    """An error for changes to tracked files, a warning for files that git does not know.

    publish.toml, publish.lock and `.pubflow` never count; nor does what lies outside of the code.
    Where a target commits into the checkout (`committing`), it judges the changes there itself.
    """
    for artifact in manifest.release.artifacts:
        if artifact.kind is not Kind.CODE:
            continue
        where = next((t.name for t in manifest.targets if t.artifact.key == artifact.key), "")
        source = Source.of(artifact)
        if not where or source.checkout is None:
            continue
        changed = () if committing else source.checkout.dirty()
        if changed := _inside(artifact, source, changed):
            yield Problem(
                where,
                f"{_some(changed)}: changed here and not committed.",
                "Only what is committed is released, and what you see here would not be it.",
                "Commit it, or put it aside:\n\n    git stash",
            )
        unknown = _inside(artifact, source, source.checkout.untracked())
        if unknown := _nowhere(manifest, source.checkout.root, unknown):
            yield Problem(
                where,
                f"{_some(unknown)}: not known to git, so not released.",
                "Only what is committed is released.",
                "If it belongs to the code, commit it; else list it in .gitignore.",
                severity="warning",
            )


def _inside(artifact: Artifact, source: Source, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that lie below the code's own folder."""
    if source.checkout is None:
        return ()
    below = artifact.path.resolve().relative_to(source.checkout.root.resolve()).as_posix()
    return names if below == "." else tuple(n for n in names if n.startswith(f"{below}/"))


def _nowhere(manifest: Manifest, root: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are not released as weights or data either."""
    others = [a.path.resolve() for a in manifest.release.artifacts if a.kind is not Kind.CODE]
    return tuple(
        name
        for name in names
        if not any((root / name).resolve().is_relative_to(other) for other in others)
    )


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
