"""The release commit, its tag and its source archive, made in a private bare repository.

The same input gives the same object ids on any day and any computer: objects are written byte by
byte, dates come from the parent or the release, and neither clock, hooks nor filters take part.
The author's repository lends its objects (git's alternates) and is only read.
"""

from __future__ import annotations

import datetime
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pubflow.commit.bare import CLEAN, Source, ask, has, header, make_bare, parents, tree_of
from pubflow.commit.contents import existing_files, tree
from pubflow.errors import PubflowError
from pubflow.git import Checkout, environment, run
from pubflow.manifest import Artifact

__all__ = [
    "Commit",
    "Source",
    "annotated_tag",
    "archive",
    "build_commit",
    "existing_commit",
    "existing_files",
]

OWN = "pubflow <noreply@pubflow.invalid>"
"""Who commits where git knows nobody, and always for snapshots."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that lies in a bare repository of ours, with the branch it is meant for."""

    sha: str
    tree: str
    branch: str
    parents: tuple[str, ...] = ()


def build_commit(
    *,
    root: Path,
    artifact: Artifact,
    made: Mapping[str, bytes],
    message: str,
    date: datetime.date,
    parent: str | None,
    into: Path,
    branch: str = "",
    settled: Iterable[str] = (),
    lend: Sequence[Path] = (),
) -> Commit:
    """Make the release commit in `into`, a bare repository that is made anew.

    `made` maps paths in the repository to bytes that are put over the author's files. With history
    kept the parent is the author's HEAD; for a snapshot it is `parent`, the head of what was
    released before, whose objects must be in one of the bare repositories `lend`. `root` is the
    folder that no file may come from outside of. `settled` are commits that an earlier run made
    for this very release: one with the same content, and history, is taken as it is. So is the
    author's HEAD where nothing is to be put over it. Raises PubflowError.
    """
    source = Source.of(artifact)
    make_bare(into, source, lend)
    contents = tree(into, source, artifact, made, root)
    base = source.head if source.keeps_history else (parent or "")
    name = branch or source.branch or "main"
    for known in settled:
        if has(into, known) and tree_of(into, known) == contents and _fits(into, known, base):
            return _keep(into, Commit(known, contents, name))
    if source.keeps_history and contents == tree_of(into, base):
        return _keep(into, Commit(base, contents, name))  # The author committed it all already.
    identity, when = _identity(source), _when(into, source, base, date)
    lines = [f"tree {contents}", *([f"parent {base}"] if base else [])]
    lines += [f"author {identity} {when}", f"committer {identity} {when}", ""]
    body = (
        "\n".join(lines).encode("utf-8", "surrogateescape")
        + b"\n"
        + message.strip().encode()
        + b"\n"
    )
    sha = ask(into, "hash-object", "-t", "commit", "-w", "--stdin", input=body)
    return _keep(into, Commit(sha, contents, name))


def existing_commit(
    *, artifact: Artifact, sha: str, into: Path, branch: str = "", lend: Sequence[Path] = ()
) -> Commit:
    """Take a commit that is already there, as for a tag that was pushed before the release.

    Its objects come from the author's repository or from one of `lend`. Raises PubflowError.
    """
    source = Source.of(artifact)
    make_bare(into, source, lend)
    if not has(into, sha):
        raise PubflowError(
            f"The commit {sha[:10]} is not in this checkout.",
            why="The source archive is made from it.",
            hint="Fetch it, then run again:\n\n    git fetch --tags",
        )
    return _keep(into, Commit(sha, tree_of(into, sha), branch or source.branch or "main"))


def annotated_tag(repo: Path, *, commit: str, tag: str, message: str) -> str:
    """Make the tag object, by the commit's own committer and date, and return its id.

    `refs/tags/<tag>` of `repo` points to it afterwards.
    """
    tagger = header(repo, commit, "committer")
    lines = f"object {commit}\ntype commit\ntag {tag}\ntagger {tagger}\n\n{message.strip()}\n"
    sha = ask(repo, "mktag", input=lines.encode("utf-8", "surrogateescape"))
    ask(repo, "update-ref", f"refs/tags/{tag}", sha)
    return sha


def archive(repo: Path, commit: str, prefix: str, out: Path) -> None:
    """Write the commit's files to `out` as an uncompressed tar, all below the folder `prefix`.

    The bytes depend on the commit and prefix alone; memory stays constant.
    """
    partial = out.with_name(f".{out.name}.partial")
    command = ["git", "-c", "tar.umask=0022", "archive", "--format=tar"]
    command += [f"--prefix={prefix.strip('/')}/", commit]
    try:
        with partial.open("wb") as file, tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command, cwd=repo, env=environment(CLEAN), stdout=file, stderr=said, check=False
            )
            if done.returncode:
                said.seek(0)
                words = said.read().decode("utf-8", "replace").strip()
                raise PubflowError(f"git could not make the archive {out.name}.", why=words)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _identity(source: Source) -> str:
    """`Name <address>` of the author where history is kept and git knows him, else our own.

    A snapshot must have the same id wherever it is made, so nobody's own name is in it.
    """
    if source.checkout is None or not source.keeps_history:
        return OWN
    name, address = (_config(source.checkout, f"user.{key}") for key in ("name", "email"))
    return f"{name} <{address}>" if name and address else OWN


def _config(checkout: Checkout, key: str) -> str:
    try:
        value = run(["config", "--get", key], cwd=checkout.root).decode("utf-8", "replace")
    except PubflowError:
        return ""
    return "".join(c for c in value if c not in "<>\n\0").strip()


def _when(into: Path, source: Source, base: str, date: datetime.date) -> str:
    """Seconds and zone, as git writes them: the parent's, else midnight UTC of the release date.

    A snapshot is dated by its release, as its parent may be years older, but not before it.
    """
    midnight = datetime.datetime.combine(date, datetime.time(), datetime.UTC)
    own = f"{int(midnight.timestamp())} +0000"
    if not base:
        return own
    seconds, zone = header(into, base, "committer").rsplit(" ", 2)[1:]
    older = not source.keeps_history and int(seconds) < midnight.timestamp()
    return own if older else f"{seconds} {zone}"


def _fits(into: Path, known: str, base: str) -> bool:
    """Whether `known` is the release commit on top of `base`, or `base` itself."""
    return known == base or base in parents(into, known) or (not base and not parents(into, known))


def _keep(into: Path, commit: Commit) -> Commit:
    ask(into, "update-ref", f"refs/heads/{commit.branch}", commit.sha)
    return replace(commit, parents=tuple(parents(into, commit.sha)))
