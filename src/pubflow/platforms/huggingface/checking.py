"""What the Hub would never take, or should not be given, seen without asking it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath

from pubflow.documents.card import configs
from pubflow.manifest import File, Kind, Target
from pubflow.platform import Problem
from pubflow.platforms.huggingface.state import ATTRIBUTES, payload, wanted_name
from pubflow.tree import matches

MANY_FILES = 100_000
"""More are advised against; hub-docs storage-limits.md, 2026-08, as are the next three."""
MAX_IN_FOLDER = 10_000
LARGE_FILE = 200 * 10**9
MAX_FILE = 500 * 10**9
PRIVATE = 100 * 10**9
"""Bytes; the same page."""
MAX_IN_COMMIT = 25_000
"""Large files in one commit; docstring of create_commit, huggingface_hub 2.4."""

SHOWN = (
    *(".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".arrow", ".lance", ".txt", ".tar"),
    *(".zip", ".gz", ".zst", ".bz2", ".lz4", ".xz"),
    *configs.MEDIA,
)
"""Endings of what the viewer can show (hub-docs datasets-adding.md, 2026-08)."""

PICKLED = frozenset({".bin", ".ckpt", ".dill", ".joblib", ".pickle", ".pkl", ".pt", ".pth"})
"""Endings of formats that are pickles, or mostly are (hub-docs security-pickle.md, 2026-08)."""

_NAME = re.compile(r"(?![-.])[A-Za-z0-9._-]{1,96}(?<![-.])")
_FORBIDDEN = frozenset({".git", ".cache", "..", "."})
"""Parts of a path that huggingface_hub 2.4 does not send (_validate_path_in_repo)."""


def check(target: Target, left_out: Iterable[tuple[str, Sequence[str]]] = ()) -> Iterator[Problem]:
    """What the Hub would never take, seen without asking it. `left_out` are shards of weights that
    an index names and that are not here."""
    problem = partial(Problem, target.name)
    if target.artifact.kind is Kind.CODE:
        yield problem(
            "The Hub takes weights and data here, not code.",
            hint='Take "huggingface" out of the targets of [code].',
        )
    repo = wanted_name(target)
    parts = repo.split("/")
    if len(parts) > 2 or not all(_NAME.fullmatch(part) and _allowed(part) for part in parts):
        yield problem(
            f"{repo!r} cannot be a repository on the Hub.",
            "A name has letters, digits, dots, dashes and underscores, at most 96, without"
            " -- or .., and no .git at its end.",
            'Write it as repo = "owner/name".',
        )
    files = payload(target.files)
    for file in files:
        if _FORBIDDEN & set(PurePosixPath(file.name).parts):
            yield problem(
                f"The Hub would not take {file.name}.",
                "No part of a path there may be called .git or .cache.",
                "Rename it, or leave it out.",
            )
        if file.size > MAX_FILE:
            yield problem(
                f"The Hub would not take {file.name}: {_bytes(file.size)}, and a file there holds"
                f" {_bytes(MAX_FILE)}.",
                hint="Split it.",
            )
        elif file.size > LARGE_FILE:
            yield problem(
                f"{file.name} has {_bytes(file.size)}; the Hub advises at most"
                f" {_bytes(LARGE_FILE)} for one file.",
                hint="Split it.",
                severity="warning",
            )
    if any(file.name == ATTRIBUTES for file in target.files):
        yield problem(
            f"{ATTRIBUTES} stays here.",
            "The Hub keeps one of its own in each repository, and writes into it which files are"
            " large.",
            severity="note",
        )
    total = sum(file.size for file in files)
    if total > PRIVATE:
        yield problem(
            f"{target.artifact.key} has {_bytes(total)}; a free account on the Hub keeps"
            f" {_bytes(PRIVATE)} in private repositories.",
            "All of it is private until it is released.",
            "See the storage of the account, or ask the Hub for more:"
            " models@huggingface.co, datasets@huggingface.co.",
            severity="warning",
        )
    yield from crowded(target, [file.name for file in files])
    if len(files) > MANY_FILES:
        yield problem(
            f"{len(files)} files; the Hub advises at most {MANY_FILES} in a repository.",
            hint="Pack them into archives or Parquet.",
            severity="warning",
        )
    elif len(files) > MAX_IN_COMMIT:
        yield problem(
            f"{len(files)} files; a commit on the Hub holds {MAX_IN_COMMIT} large ones.",
            "If more of them are large, they go into a pull request that is merged at once.",
            "Pack them into archives or Parquet.",
            severity="note",
        )
    if target.artifact.kind is Kind.DATA:
        yield from _data(target, files)
        yield from _viewer(target)
    for said in configs.shards_left_out(file.name for file in files):
        yield problem(
            f"{said}.",
            "Who loads them all would be told of missing files.",
            "Look where the others are, or name the parts anew.",
            severity="warning",
        )
    for index, shards in left_out:
        are = "is" if len(shards) == 1 else "are"
        yield problem(
            f"{index} names {listed(shards)}, which {are} not here.",
            "Nobody could load the weights.",
            "Add what is missing, or save the weights anew.",
            severity="warning",
        )
    pickled = [f.name for f in files if PurePosixPath(f.name).suffix.lower() in PICKLED]
    if pickled and target.artifact.kind is Kind.WEIGHTS:
        yield problem(
            f"{listed(pickled)} can run code when it is opened."
            if len(pickled) == 1
            else f"{listed(pickled)} can run code when they are opened.",
            "Such files are pickles; the Hub marks them, and careful readers do not load them.",
            "Save the weights as .safetensors.",
            severity="warning",
        )


def _data(target: Target, files: Sequence[File]) -> Iterator[Problem]:
    """What keeps the Hub's viewer from showing a data set."""
    name = wanted_name(target).rpartition("/")[2]
    if any(file.name == f"{name}.py" for file in files):
        yield Problem(
            target.name,
            f"{name}.py would be taken for a loading script.",
            "The Hub runs none any more, and shows such a data set to nobody (datasets 4).",
            "Rename it, or leave it out, and keep the data as Parquet, CSV or JSON Lines.",
            severity="warning",
        )
    if files and not any(file.name.lower().endswith(SHOWN) for file in files):
        yield Problem(
            target.name,
            "The Hub's viewer knows none of the formats of these files.",
            "Readers cannot look into the data before they download it.",
            "Parquet, CSV or JSON Lines could be shown.",
            severity="note",
        )


def _viewer(target: Target) -> Iterator[Problem]:
    """Tables that one viewer cannot show together."""
    artifact = target.artifact
    names = [file.name for file in payload(artifact.files)]
    formats: Sequence[str] = configs.recognised(names).mixed
    if artifact.splits:
        shown = (n for n in names if any(matches(n, one) for one in artifact.splits.values()))
        formats = sorted({found for name in shown if (found := configs.format_of(name))})
    if len(formats) > 1:
        yield Problem(
            target.name,
            f"The splits of {artifact.key} come as {listed(formats)}.",
            "The Hub's viewer, and its library, read one format in a data set.",
            "Keep one of them, or name its files in `splits`.",
            severity="warning",
        )


def _allowed(name: str) -> bool:
    return "--" not in name and ".." not in name and not name.endswith(".git")


def crowded(target: Target, names: Iterable[str]) -> Iterator[Problem]:
    """Folders in which the Hub would not hold so much."""
    for folder, count in sorted(_entries(names).items()):
        if count > MAX_IN_FOLDER:
            yield Problem(
                target.name,
                f"{'The folder ' + folder if folder != '.' else 'The top folder'} would have"
                f" {count} entries, and a folder on the Hub holds {MAX_IN_FOLDER}.",
                hint="Spread them over folders, or pack them into archives or Parquet.",
            )


def _entries(names: Iterable[str]) -> Counter[str]:
    """Folder -> how many files and folders lie right in it."""
    counts: Counter[str] = Counter()
    folders: set[PurePosixPath] = set()
    for name in names:
        path = PurePosixPath(name)
        counts[str(path.parent)] += 1
        for folder in path.parents:
            if folder not in folders and folder != PurePosixPath("."):
                folders.add(folder)
                counts[str(folder.parent)] += 1
    return counts


def listed(names: Sequence[str], most: int = 3) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 4 files more`."""
    if len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most} files more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _bytes(size: int) -> str:
    return f"{size / 1e9:.0f} GB"
