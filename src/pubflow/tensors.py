"""What weights say of themselves: the heads of their .safetensors files, and nothing further in.

A file begins with the length of its head (8 bytes, little-endian) and the head, which is JSON: name
-> {dtype, shape, data_offsets}, and `__metadata__` (github.com/huggingface/safetensors, README,
"Format"; at most 100 MB). The numbers follow, and the last tensor ends where the file does: a copy
that was cut off shows in its head.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeGuard

from pubflow.manifest import File

SUFFIX = ".safetensors"
INDEX = ".index.json"
"""How the list of shards ends, `model.safetensors.index.json`: {weight_map: {tensor: file beside
it}} (transformers, "Big models", 2026-11)."""
LONGEST = 100_000_000


@dataclass(frozen=True, slots=True)
class Tensors:
    """All tensors of a set of weights."""

    dtypes: Mapping[str, int]
    """Type as the files name it, `BF16` -> how many numbers of it, the most frequent first."""
    shards: int
    """Over how many files they are spread."""
    broken: tuple[str, ...] = ()
    """Files of that name that no reader would load: the head is wrong, or the file not whole."""

    @property
    def parameters(self) -> int:
        return sum(self.dtypes.values())


def read(files: Iterable[File]) -> Tensors | None:
    """The tensors of all .safetensors files among `files`; None where there are none."""
    counts: Counter[str] = Counter()
    broken = []
    shards = 0
    for file in files:
        if not file.name.endswith(SUFFIX) or file.promised:
            continue
        shards += 1
        found = _head(file)
        if found is None:
            broken.append(file.name)
        else:
            counts.update(found)
    if not shards:
        return None
    return Tensors(dict(counts.most_common()), shards, tuple(broken))


def broken(files: Iterable[File]) -> tuple[str, ...]:
    """The .safetensors files among `files` that are none."""
    found = read(files)
    return found.broken if found else ()


def left_out(files: Sequence[File]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each index that names shards which are not among `files`, and these."""
    here = {file.name for file in files}
    found = []
    for index in files:
        if index.name.endswith(INDEX) and not index.promised and index.size <= LONGEST:
            beside = PurePosixPath(index.name).parent
            absent = {name for name in _shards(index) if str(beside / name) not in here}
            if absent:
                found.append((index.name, tuple(sorted(absent))))
    return tuple(found)


def _shards(index: File) -> set[str]:
    """The files in which its tensors lie; none where it is another kind of index."""
    try:
        said = json.loads(index.source.read_bytes())
    except (OSError, ValueError, RecursionError):
        return set()
    names = said.get("weight_map") if isinstance(said, dict) else None
    values = names.values() if isinstance(names, dict) else ()
    return {name for name in values if isinstance(name, str)}


def _head(file: File) -> Counter[str] | None:
    try:
        with file.source.open("rb") as opened:
            size = int.from_bytes(opened.read(8), "little")
            if not 2 <= size <= min(LONGEST, file.size - 8):
                return None
            head = json.loads(opened.read(size))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(head, dict):
        return None
    counts: Counter[str] = Counter()
    whole = 0
    for name, tensor in head.items():
        if name == "__metadata__":
            continue
        if not _sound(tensor):
            return None
        counts[tensor["dtype"]] += math.prod(tensor["shape"])
        whole = max(whole, tensor["data_offsets"][1])
    return counts if whole == file.size - 8 - size else None


def _sound(tensor: Any) -> bool:
    """Whether it says what it has to, and has room for as many numbers as it says."""
    if not isinstance(tensor, dict) or not isinstance(tensor.get("dtype"), str):
        return False
    shape, offsets = tensor.get("shape"), tensor.get("data_offsets")
    if not _counts(shape) or not _counts(offsets) or len(offsets) != 2:
        return False
    bits = 8 * (offsets[1] - offsets[0])
    known = re.search(r"\d+", tensor["dtype"])
    width = int(known[0]) if known else 8 if tensor["dtype"] == "BOOL" else 1
    numbers = math.prod(shape) * width
    return numbers == bits if width > 1 else numbers <= bits


def _counts(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 2**63 for n in value)
