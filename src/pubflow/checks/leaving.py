"""Everything that a release would send, read here and put before the rules. Sends nothing.

Of code, what is pushed is what is looked through: with the history kept, every file of every commit
and the commits' own messages; else the one tree. Which commits the other side has already is not
asked: a private repository that is opened shows them all. Of weights and data, all files; and the
prose that goes into cards and records.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from pubflow.checks.allowed import Allowed
from pubflow.checks.blobs import contents
from pubflow.checks.memory import Memory
from pubflow.checks.report import Report
from pubflow.checks.tokens_in import looked_through
from pubflow.commit import Source
from pubflow.commit.cargo import entries, objects
from pubflow.commit.contents import folder_files
from pubflow.errors import PubflowError
from pubflow.git import run
from pubflow.manifest import Artifact, Kind, Manifest
from pubflow.platform import Problem
from pubflow.tree.names import excluded


def leaving(
    manifest: Manifest, allowed: Sequence[Allowed], remembered: Path, *, history: bool
) -> tuple[Problem, ...]:
    """Secrets and files that must stay here, in all that would be sent.

    `history` says whether any target takes commits and not the tree alone; `remembered` is the
    file of what was found clean before. Raises PubflowError where git cannot read its objects.
    """
    report = Report(allowed)
    with Memory(remembered) as memory:
        _look_through(manifest, report, memory, history)
    return report.problems


def _look_through(manifest: Manifest, report: Report, memory: Memory, history: bool) -> None:
    sent = {target.artifact.key: target.artifact for target in manifest.targets}
    for artifact in sent.values():
        if artifact.kind is Kind.CODE:
            _code(artifact, manifest.root, report, memory, history)
        else:
            _files(artifact, manifest.root, report, memory)
        if (licence := artifact.license.file) is not None:
            _one(_below(licence, manifest.root).rstrip("/"), licence, 0, "", report, memory)
        for place, text in _prose(artifact):
            report.content(place, text.encode("utf-8", "replace"))
    abstract = manifest.release.paper.abstract
    report.content("the abstract", abstract.encode("utf-8", "replace"))


def _files(artifact: Artifact, root: Path, report: Report, memory: Memory) -> None:
    above = "" if artifact.path.is_file() else _below(artifact.path, root)
    for file in artifact.files:
        shown = above + file.name
        # A file that the author named by itself is meant, whatever its ending.
        report.name(shown, litter=artifact.path != file.source)
        _one(shown, file.source, file.size, file.git_sha1, report, memory)


def _one(shown: str, source: Path, size: int, blob: str, report: Report, memory: Memory) -> None:
    if not looked_through(shown, size):
        return
    if memory.knows(blob) and not report.must_read(shown):
        return
    try:
        content = source.read_bytes()
    except OSError:
        return  # The hashing told it, and the gate compares again.
    if report.content(shown, content) and blob == _git_sha1(content):
        memory.keep(blob)


def _git_sha1(content: bytes) -> str:
    head = f"blob {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def _code(artifact: Artifact, root: Path, report: Report, memory: Memory, history: bool) -> None:
    source = Source.of(artifact)
    above = _below(artifact.path, root)
    if source.checkout is None:
        for inner, file in folder_files(source.folder, artifact.exclude, root):
            if file.is_file():
                report.name(above + inner)
                _one(above + inner, file, file.stat().st_size, "", report, memory)
        return
    where = source.checkout.root
    full = source.keeps_history
    paths: dict[str, list[str]] = {}
    for mode, blob, size, path in entries(where, source.below):
        if mode == "160000" or (not full and excluded(path, artifact.exclude)):
            continue
        report.name(above + path)
        if looked_through(path, size):
            paths.setdefault(blob, []).append(above + path)
    _blobs(where, paths, report, memory, past=False)
    if full and history:
        past = {blob: [path] for blob, path in _past(where, paths, above, report)}
        _blobs(where, past, report, memory, past=True)


def _past(
    where: Path, tree: dict[str, list[str]], above: str, report: Report
) -> Iterator[tuple[str, str]]:
    """Blob and path of what is in no file of today; a commit has the path of its own id."""
    for kind, name, size, _, path in objects(where, ["HEAD"]):
        if kind == "commit":
            yield name, f"commit {name[:10]}"
        elif kind == "blob" and name not in tree:
            report.name(above + path, litter=False, commit=partial(_commit, where, name))
            if looked_through(path, size):
                yield name, above + path


def _blobs(
    where: Path, paths: dict[str, list[str]], report: Report, memory: Memory, *, past: bool
) -> None:
    wanted = [
        blob
        for blob, names in paths.items()
        if not memory.knows(blob) or any(map(report.must_read, names))
    ]
    for blob, content in contents(where, wanted):
        # All paths are judged, also behind one that has a finding.
        said = [
            report.content(name, content, commit=_bringer(where, blob, name, past), past=past)
            for name in paths[blob]
        ]
        if all(said):
            memory.keep(blob)


def _bringer(where: Path, blob: str, name: str, past: bool) -> Callable[[], str] | None:
    return partial(_commit, where, blob) if past and not name.startswith("commit ") else None


def _commit(where: Path, blob: str) -> str:
    """The newest commit that added or removed this content, short; empty if git does not say."""
    try:
        args = ["log", "-1", "--format=%h", f"--find-object={blob}", "HEAD", "--"]
        return run(args, cwd=where).decode().strip()
    except PubflowError:
        return ""


def _prose(artifact: Artifact) -> Iterator[tuple[str, str]]:
    yield f"the description of {artifact.key}", artifact.description
    own = {file.source.resolve() for file in artifact.files if file.name.endswith(".md")}
    if artifact.card is None or artifact.card.resolve() not in own:
        yield f"the card of {artifact.key}", artifact.card_text
    if artifact.evaluation:
        measured = json.dumps(artifact.evaluation, indent=1, default=str)
        yield f"the evaluation of {artifact.key}", measured


def _below(path: Path, root: Path) -> str:
    """How names below `path` begin, seen from the folder of publish.toml: `code/`, or nothing."""
    try:
        inner = path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return ""
    return "" if inner == "." else f"{inner}/"
