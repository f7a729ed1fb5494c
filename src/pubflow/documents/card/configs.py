"""The tables of a data set, as the Hub's viewer shows them: configs, and in each its splits.

The Hub finds splits by words in the names of files and folders, delimited by anything but letters;
train and training are one, as are validation, valid, val, dev and test, testing, eval, evaluation
(hub-docs datasets-file-names-and-splits.md, 2026-08). It puts all files of one split together, so
two tables with other columns break its viewer; and one data set must keep to one format
(“Couldn't infer the same data file format for all splits”). What is recognised here says as much as
the Hub would find by itself, and tells such tables apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pubflow.manifest import Artifact

FORMATS = {
    ".parquet": "Parquet",
    ".csv": "CSV",
    ".tsv": "TSV",
    ".jsonl": "JSON Lines",
    ".ndjson": "JSON Lines",
    ".json": "JSON",
}
PACKED = (".gz", ".bz2", ".xz", ".zst")
MEDIA = (
    *(".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"),
    *(".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".mp4", ".mov", ".avi", ".mkv", ".webm"),
    ".pdf",
)
_METADATA = re.compile(r"(?:(.*)/)?metadata\.(?:csv|jsonl|parquet)")
"""Beside media, or above them, it tells of each of them and is no table of its own (hub-docs
datasets-image.md and datasets-audio.md, 2026-08)."""

MOST = 50
"""Names of one split that are listed where no pattern fits; more would bury the card."""

_WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_SPLIT = {word: split for split, words in _WORDS.items() for word in words}
_WORD = re.compile(
    rf"(?<![^\W\d_])(?:{'|'.join(sorted(_SPLIT, key=len, reverse=True))})(?![^\W\d_])",
    re.IGNORECASE,
)
SHARD = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})(?P<end>\.[\w.]+)?")
"""`train-00000-of-00003.parquet`, as the library of the Hub names parts."""
_NAME = re.compile(r"\w+(?:\.\w+)*", re.ASCII)
"""What a split may be called."""
_WILD = re.compile(r"[*?\[\]{}!]")


@dataclass(frozen=True, slots=True)
class Config:
    """Tables that belong together, each of the same columns."""

    name: str
    splits: Mapping[str, tuple[str, ...]]
    """Split -> paths or patterns of its files, train first."""


@dataclass(frozen=True, slots=True)
class Recognised:
    configs: tuple[Config, ...] = ()
    mixed: tuple[str, ...] = ()
    """Formats, where there are two or more: then nothing is told to the viewer."""


@dataclass(frozen=True, slots=True)
class _Table:
    path: str
    split: str
    key: str
    """What is left of its name besides the split and the numbers."""
    format: str


def format_of(name: str) -> str:
    """`Parquet`, `CSV` and so on; empty for what is no table."""
    path = PurePosixPath(name.lower())
    if path.suffix in PACKED:
        path = path.with_suffix("")
    return FORMATS.get(path.suffix, "")


def recognised(names: Iterable[str]) -> Recognised:
    """What the names of a data set's files say. Nothing where they say nothing, or not clearly."""
    names = list(names)
    media = [name for name in names if name.lower().endswith(MEDIA)]
    paths = [name for name in names if format_of(name) and not _tells_of(name, media)]
    tables: list[_Table] = []
    for path in paths:
        found = _read(path)
        if found is None:
            return Recognised()
        if found.split:
            tables.append(found)
    if not any(table.split in _WORDS for table in tables):
        return Recognised()
    formats = sorted({table.format for table in tables})
    if len(formats) > 1:
        return Recognised(mixed=tuple(formats))
    groups: dict[str, dict[str, list[str]]] = {}
    for table in tables:
        groups.setdefault(table.key, {}).setdefault(table.split, []).append(table.path)
    alike = {frozenset(splits) for splits in groups.values()}
    if len(groups) > 1 and (len(alike) > 1 or len(*alike) < 2):
        # Not the same two splits or more everywhere: parts of one table, as the Hub takes them.
        whole: dict[str, list[str]] = {}
        for table in tables:
            whole.setdefault(table.split, []).append(table.path)
        groups = {"": whole}
    configs = []
    for key, splits in sorted(groups.items()):
        listed = {split: patterns(splits[split], paths) for split in sorted(splits, key=_order)}
        if not all(listed.values()):
            return Recognised()
        configs.append(Config(key if len(groups) > 1 and key else "default", listed))
    return Recognised(tuple(configs))


def _tells_of(name: str, media: Sequence[str]) -> bool:
    found = _METADATA.fullmatch(name)
    if found is None:
        return False
    folder = f"{found[1]}/" if found[1] else ""
    return any(one.startswith(folder) for one in media)


def of(artifact: Artifact) -> tuple[Config, ...]:
    """The configs that publish.toml names in `splits`, else those that are recognised."""
    if artifact.splits:
        named = {split: (pattern,) for split, pattern in artifact.splits.items()}
        return (Config("default", named),)
    return recognised(file.name for file in artifact.files).configs


def _read(path: str) -> _Table | None:
    """The table at `path`, without a split where its name has none; None where it has two."""
    *folders, name = path.split("/")
    stem = name[: name.index(".", 1)] if "." in name[1:] else name
    in_stem = {_SPLIT[word.lower()] for word in _WORD.findall(stem)}
    in_folders = [{_SPLIT[word.lower()] for word in _WORD.findall(one)} for one in folders]
    splits = in_stem.union(*in_folders)
    if len(splits) > 1:
        return None
    first = next((n for n, found in enumerate(in_folders) if found), len(folders))
    outer = folders[:first]
    if splits:
        # In a folder that is a split the files are called anything.
        words = [*outer, _WORD.sub(" ", SHARD.sub(r"\g<stem>", stem))] if in_stem else outer
        return _Table(path, splits.pop(), _key(words), format_of(path))
    shard = SHARD.fullmatch(stem)
    own = shard["stem"] if shard and _NAME.fullmatch(shard["stem"]) else ""
    return _Table(path, own, _key(outer), format_of(path))


def _key(words: Sequence[str]) -> str:
    """Words without numbers, and without the folder in which the Hub's own tools put all data."""
    found = [word for part in words for word in re.findall(r"[^\W\d_]+", part)]
    return "_".join(found[1:] if found[:1] == ["data"] else found)


def _order(split: str) -> tuple[int, str]:
    return (list(_WORDS).index(split) if split in _WORDS else len(_WORDS), split)


def patterns(paths: Sequence[str], every: Sequence[str]) -> tuple[str, ...]:
    """The paths as one pattern that fits no other of `every`, or one by one; empty if neither."""
    if any(_WILD.search(path) for path in paths):
        return ()
    if len(paths) > 1 and len({path.rpartition("/")[0] for path in paths}) == 1:
        start, end = _common(paths), _common([path[::-1] for path in paths])[::-1]
        start = start.rstrip("0123456789")
        end = end[end.index(".") :] if "." in end else ""
        pattern = re.compile(f"{re.escape(start)}[^/]*{re.escape(end)}")
        if end and {one for one in every if pattern.fullmatch(one)} == set(paths):
            return (f"{start}*{end}",)
    return tuple(sorted(paths)) if len(paths) <= MOST else ()


def _common(texts: Sequence[str]) -> str:
    """What all begin with."""
    first, last = min(texts), max(texts)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first if length is None else first[:length]


def shards_left_out(names: Iterable[str]) -> tuple[str, ...]:
    """Sentences on parts that are missing: `train-*-of-00003.parquet: 2 of 3 are here`."""
    found: dict[tuple[str, int, str], set[int]] = {}
    for name in names:
        if shard := SHARD.fullmatch(name):
            key = (shard["stem"], int(shard["count"]), shard["end"] or "")
            found.setdefault(key, set()).add(int(shard["number"]))
    return tuple(
        f"{stem}-*-of-{count:05}{end}: {len(numbers)} of {count} are here"
        for (stem, count, end), numbers in sorted(found.items())
        if len(numbers) != count
    )
