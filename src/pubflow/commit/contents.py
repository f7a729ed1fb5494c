"""What a release commit holds: the author's files, without what is excluded, and ours over them."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pubflow.commit.bare import CLEAN, Source, ask
from pubflow.errors import PubflowError
from pubflow.git import run
from pubflow.manifest import Artifact
from pubflow.tree.names import excluded, is_junk

RECEIPT = "publish.lock"
"""Written during the release, so it cannot be part of what is released."""

_GITS_OWN = re.compile(r"\.git[ .]*|git~1", re.IGNORECASE)
"""Names that mean `.git` on some system; git-fsck(1), `hasDotgit`."""


def tree(
    into: Path, source: Source, artifact: Artifact, made: Mapping[str, bytes], root: Path
) -> str:
    """The released tree: the author's, without what is excluded, with `made` over it."""
    index = into.resolve() / "release.index"  # git would read it from its own folder.
    env = {"GIT_INDEX_FILE": str(index)}
    if source.checkout is None:
        entries = list(_folder_entries(into, source.folder, artifact.exclude, root))
    else:
        # By the author's own configuration: older gits ask there whether they may read his files.
        found = run(["rev-parse", "--verify", source.below], cwd=source.checkout.root)
        base = found.decode().strip()
        if not artifact.exclude or source.keeps_history:
            ask(into, "read-tree", base, env=env)
            entries = []
        else:
            entries = list(_kept_entries(into, base, artifact.exclude))
    for path, content in sorted(made.items()):
        blob = ask(into, "hash-object", "-w", "--stdin", input=content)
        entries.append(b"100644 %s\t%s" % (blob.encode(), os.fsencode(path)))
    if entries:
        ask(into, "update-index", "-z", "--index-info", env=env, input=b"\0".join(entries) + b"\0")
    written = ask(into, "write-tree", env=env)
    index.unlink(missing_ok=True)
    return written


def _kept_entries(into: Path, tree: str, patterns: Sequence[str]) -> Iterator[bytes]:
    listing = run(["ls-tree", "-r", "-z", tree], cwd=into, env=CLEAN)
    for entry in listing.split(b"\0"):
        facts, _, path = entry.partition(b"\t")
        if path and not excluded(os.fsdecode(path), patterns):
            mode, _, blob = facts.split()
            yield b"%s %s\t%s" % (mode, blob, path)


def folder_files(folder: Path, patterns: Sequence[str], root: Path) -> Iterator[tuple[str, Path]]:
    """Path in the release and place here of every file of a plain folder that is released."""
    inside = root.resolve()
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_junk(f"{name}/"))
        for name in [*names, *(f for f in folders if (Path(above) / f).is_symlink())]:
            path = Path(above) / name
            inner = path.relative_to(folder).as_posix()
            if inner == RECEIPT or is_junk(inner) or excluded(inner, patterns):
                continue
            if why := _trouble(inner, path, inside):
                raise PubflowError(
                    f"{inner!r} cannot be released.",
                    why=why,
                    hint="Rename or remove it, or list it under [code] exclude.",
                )
            yield inner, path


def _trouble(inner: str, path: Path, inside: Path) -> str:
    """Why a file of a plain folder can be in no commit of ours; empty where it can."""
    if "\n" in inner:
        return "Its name has a line break."
    if any(_GITS_OWN.fullmatch(part) for part in inner.split("/")):
        return "git keeps such names for itself, and would leave it out."
    if not (path.is_symlink() or path.is_file()):
        return "It is no file, but a pipe, a socket or a device."
    try:
        path.stat()
    except OSError as no:
        if no.errno == errno.ELOOP:
            return "It is a link that leads in a circle."
    outside = not path.resolve().is_relative_to(inside)
    return "It is a link to outside of the folder of publish.toml." if outside else ""


def _folder_entries(
    into: Path, folder: Path, patterns: Sequence[str], root: Path
) -> Iterator[bytes]:
    """Index entries for all files of a plain folder, their bytes written as blobs."""
    files = list(folder_files(folder, patterns, root))
    links = [(inner, path) for inner, path in files if path.is_symlink()]
    plain = [(inner, path) for inner, path in files if not path.is_symlink()]
    names_in = b"".join(os.fsencode(path.resolve()) + b"\n" for _, path in plain)
    args = ("hash-object", "-w", "--no-filters", "--stdin-paths")
    blobs = ask(into, *args, input=names_in).split() if plain else []
    for (inner, path), blob in zip(plain, blobs, strict=True):
        mode = b"100755" if path.stat().st_mode & stat.S_IXUSR else b"100644"
        yield b"%s %s\t%s" % (mode, blob.encode(), os.fsencode(inner))
    for inner, path in links:
        content = os.fsencode(path.readlink().as_posix())
        blob = ask(into, "hash-object", "-w", "--stdin", input=content)
        yield b"120000 %s\t%s" % (blob.encode(), os.fsencode(inner))


def existing_files(artifact: Artifact, names: Iterable[str]) -> dict[str, bytes]:
    """The author's own files of these names in the tree that will be released, where present."""
    source = Source.of(artifact)
    found: dict[str, bytes] = {}
    for name in names:
        if source.checkout is None:
            file = source.folder / name
            if file.is_file() and not file.is_symlink():
                found[name] = file.read_bytes()
        else:
            above = source.below.replace("^{tree}", ":")
            spec = above + name if above.endswith(":") else f"{above}/{name}"
            try:
                found[name] = run(["cat-file", "blob", spec], cwd=source.checkout.root)
            except PubflowError:
                continue
    return found
