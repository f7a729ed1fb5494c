"""Many files as few: stored zip archives whose bytes follow from their files alone, and a list of
what is in them.

For places that take a limited number of files, or no empty ones. Nothing is compressed, no clock
and no library version enters: the same names and bytes give the same archive on any day and any
computer. Size and list are known before a byte is read. The list is what `sha256sum -c` reads
beside the unpacked files, so that every original byte can be got back and compared.

Format: PKWARE's APPNOTE 6.3.10; sizes and places from 4 GiB on are written as zip64.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pubflow.documents import sums
from pubflow.errors import PubflowError
from pubflow.manifest import Artifact, File
from pubflow.tree import Progress

SHARD = 5 * 10**9
"""Bytes of files in one archive at most; a broken transfer repeats no more than that. A file of
more stays as it is, and alone."""
LEAST = 64 << 20
"""Bytes up to which a set is one archive: to send it again costs less than many archives do."""
SHARES = 16
"""How many archives a set has at least, roughly; a next version sends one of them for a change."""

BLOCK = 1 << 20
AT_ONCE = 16 << 20
"""A file up to this size is held in memory; a larger one is read twice, as its CRC comes first."""

_LONG = 0xFFFFFFFF
_MANY = 0xFFFF
_DAY = 0x21
"""1980-01-01, the first day that the format knows."""
_UTF8 = 0x800
_FORMAT = "stored-1"
"""Changes when the same files would give other bytes."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One archive: its name, and the files in it, in name order."""

    name: str
    members: tuple[File, ...]

    @property
    def size(self) -> int:
        """Bytes of the whole archive, without reading any."""
        at, heads = 0, []
        for file in self.members:
            heads.append(len(_central(file, 0, at)))
            at += len(_local(file, 0)) + file.size
        return at + sum(heads) + len(_end(len(heads), sum(heads), at))

    @property
    def key(self) -> str:
        """Hex; the same for two packs only if their bytes are the same."""
        digest = hashlib.sha256(_FORMAT.encode())
        for file in self.members:
            digest.update(f"\0{file.name}\0{file.size}\0{file.sha256}".encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Packing:
    """What an artifact's files become."""

    packs: tuple[Pack, ...]
    alone: tuple[File, ...]
    """Files too large to be packed."""
    listing: str
    """Name of the list of all packed files."""
    text: str
    """Its content: a SHA-256 and a path on each line."""

    def pack(self, name: str) -> Pack | None:
        return next((pack for pack in self.packs if pack.name == name), None)

    @property
    def count(self) -> int:
        """How many files are packed."""
        return sum(len(pack.members) for pack in self.packs)


def pack(artifact: Artifact, *, shard: int = SHARD) -> Packing:
    """How the files of `artifact` are packed: `meadows.zip`, or `meadows-5c1e0a.zip` and so on,
    and `meadows.sha256`. Pure.
    """
    alone = tuple(file for file in artifact.files if file.size > shard)
    taken = {file.name.casefold() for file in alone}
    stem = artifact.id
    shards = list(_shards([file for file in artifact.files if file.size <= shard], shard))
    while True:
        names = [f"{stem}-{_digest(files[0]):064x}"[: len(stem) + 7] + ".zip" for files in shards]
        names = [f"{stem}.zip"] if len(shards) == 1 else names
        listing = f"{stem}.sha256"
        if not taken & {name.casefold() for name in (*names, listing)}:
            break
        stem += "-files"
    packs = tuple(Pack(name, tuple(files)) for name, files in zip(names, shards, strict=True))
    return Packing(packs, alone, listing, sums.render(f for files in shards for f in files))


def _shards(files: Sequence[File], most: int) -> Iterator[list[File]]:
    """Neighbours in name order together, as long as they fit.

    Where one archive ends and the next begins follows from the name and size of the file that
    begins it, and from no other: so a file that changes, comes or goes changes the archive that it
    is in, and the others stay as they are. An archive is named after its first file for the same
    reason. Only twice as many bytes in all, or an archive that is full, move more than that.
    """
    whole = sum(file.size for file in files)
    aim = min(max(LEAST, 1 << (whole // SHARES).bit_length()), most)
    now: list[File] = []
    size = 0
    for file in sorted(files, key=lambda file: file.name.encode()):
        begins = whole > aim and _digest(file) * aim < file.size << 256
        if now and (begins or size + file.size > most):
            yield now
            now, size = [], 0
        now.append(file)
        size += file.size
    if now:
        yield now


def _digest(file: File) -> int:
    """A number below 2**256 that follows from the file's name alone."""
    return int.from_bytes(hashlib.sha256(_name(file)).digest(), "big")


def files_of(
    artifact: Artifact,
    folder: Path,
    *,
    ready: bool,
    kept: Path | None = None,
    told: Progress = lambda name, size: None,
) -> tuple[File, ...]:
    """The files to release in place of the artifact's own, in name order.

    The list is written to `folder`. An archive is promised by name and size until `ready`, unless
    its digests are kept in the JSON file `kept`; then they are computed by one reading of its
    files, of which `told` hears, and kept there. Its source is a path in `folder` where `write`
    shall put it when it is to be sent.
    """
    packing = pack(artifact)
    data = packing.text.encode("utf-8", "surrogateescape")
    where = folder / packing.listing
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(data)
    found = [*packing.alone, _digested(packing.listing, [data], where)]
    for one in packing.packs:
        source = folder / one.name
        known = _digested_before(kept).get(one.key)
        if known is None and not ready:
            found.append(File(one.name, one.size, source=source))
            continue
        file = (
            File(one.name, one.size, known[0], known[1])
            if known is not None
            else _known(one, kept, told)
        )
        found.append(replace(file, source=source))
    return tuple(sorted(found, key=lambda file: file.name))


def _digested_before(kept: Path | None) -> dict[str, list[str]]:
    """SHA-256 and MD5 by `Pack.key`, as an earlier run wrote them down."""
    if kept is not None:
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads(kept.read_text("utf-8")))
    return {}


def _known(pack: Pack, kept: Path | None, told: Progress) -> File:
    file = _digested(pack.name, parts(pack), Path(), told)
    if kept is not None:
        known = _digested_before(kept)
        known[pack.key] = [file.sha256, file.md5]
        beside = kept.with_name(f"{kept.name}.{os.getpid()}")
        beside.write_text(json.dumps(known), "utf-8")
        beside.replace(kept)
    return file


def _digested(
    name: str, blocks: Iterable[bytes], source: Path, told: Progress = lambda name, size: None
) -> File:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    size = 0
    for block in blocks:
        sha256.update(block)
        md5.update(block)
        size += len(block)
        told(name, len(block))
    return File(name, size, sha256.hexdigest(), md5.hexdigest(), source=source)


def write(pack: Pack, out: Path, wanted: File) -> None:
    """Write the archive to `out`. Raises PubflowError if it is not the `wanted` one."""
    out.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with out.open("wb", buffering=0) as file:
        for block in parts(pack):
            digest.update(block)
            file.write(block)
    if wanted.sha256 and digest.hexdigest() != wanted.sha256:
        out.unlink(missing_ok=True)
        raise _changed(pack.name)


def parts(pack: Pack) -> Iterator[bytes]:
    """The archive's bytes, in order. Raises PubflowError when a file is not as it was hashed."""
    at = 0
    heads = []
    for file in pack.members:
        crc, blocks = _content(file)
        head = _local(file, crc)
        heads.append(_central(file, crc, at))
        yield head
        yield from blocks
        at += len(head) + file.size
    central = b"".join(heads)
    yield central
    yield _end(len(heads), len(central), at)


def _content(file: File) -> tuple[int, Iterator[bytes]]:
    """The CRC of a file and its bytes, which are those that were hashed."""
    if file.size <= AT_ONCE:
        try:
            data = file.source.read_bytes()
        except OSError:
            raise _changed(file.name) from None
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise _changed(file.name)
        return zlib.crc32(data), iter([data])
    crc, digest = 0, hashlib.sha256()
    for block in _blocks(file):
        crc = zlib.crc32(block, crc)
        digest.update(block)
    if digest.hexdigest() != file.sha256:
        raise _changed(file.name)
    return crc, _blocks(file)


def _blocks(file: File) -> Iterator[bytes]:
    left = file.size
    try:
        with file.source.open("rb", buffering=0) as handle:
            while block := handle.read(BLOCK):
                left -= len(block)
                yield block
    except OSError:
        raise _changed(file.name) from None
    if left:
        raise _changed(file.name)


def _changed(name: str) -> PubflowError:
    return PubflowError(
        f"{name} changed while the release was running.",
        why="What is published must be what was planned.",
        hint="Leave the files alone, then run again:\n\n    pubflow release",
    )


def _name(file: File) -> bytes:
    return file.name.encode("utf-8", "surrogateescape")


def _local(file: File, crc: int) -> bytes:
    name, long = _name(file), file.size >= _LONG
    more = struct.pack("<HHQQ", 1, 16, file.size, file.size) if long else b""
    size = _LONG if long else file.size
    need = 45 if long else 20
    return (
        struct.pack(
            "<4sHHHHHLLLHH",
            b"PK\3\4",
            need,
            _UTF8,
            0,
            0,
            _DAY,
            crc,
            size,
            size,
            len(name),
            len(more),
        )
        + name
        + more
    )


def _central(file: File, crc: int, at: int) -> bytes:
    name, long, far = _name(file), file.size >= _LONG, at >= _LONG
    more = struct.pack("<QQ", file.size, file.size) if long else b""
    more += struct.pack("<Q", at) if far else b""
    more = struct.pack("<HH", 1, len(more)) + more if more else b""
    size = _LONG if long else file.size
    need = 45 if more else 20
    made_by = 3 << 8 | need  # Unix, so that the permissions count: rw-r--r--.
    return (
        struct.pack(
            "<4sHHHHHHLLLHHHHHLL",
            b"PK\1\2",
            made_by,
            need,
            _UTF8,
            0,
            0,
            _DAY,
            crc,
            size,
            size,
            len(name),
            len(more),
            0,
            0,
            0,
            0o100644 << 16,
            _LONG if far else at,
        )
        + name
        + more
    )


def _end(count: int, size: int, at: int) -> bytes:
    found = b""
    if count >= _MANY or size >= _LONG or at >= _LONG:
        found = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, at)
        found += struct.pack("<4sLQL", b"PK\6\7", 0, at + size, 1)
    few = min(count, _MANY)
    ends = min(size, _LONG), min(at, _LONG)
    return found + struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, few, few, *ends, 0)
