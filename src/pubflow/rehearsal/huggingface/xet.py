"""The bytes that hf_xet leaves on disk when it is told `local://` instead of a CAS server.

A token request is answered with a folder of its own; hf_xet (1.8.0, measured 2026-11) writes xorbs
and shards there itself, and the commit that follows names only the sha256. Which xet file that is
stands in the shards: a header of 48 bytes, then per file a header (hash, flags, number of
segments), the segments, as many verification entries if bit 31 of the flags is set, and the sha256
if bit 30 is (huggingface.co/docs/xet/shard, 2026). Hashes are four little-endian words.

One folder per token, because hf_xet holds a lock on a folder's index as long as its session lives,
and two sessions in one folder fail. For the same reason bytes are read through a view: links to
the client's files and a copy of the index.
"""

from __future__ import annotations

import importlib
import io
import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RECORD = 48
END = b"\xff" * 32
HAS_VERIFICATION = 1 << 31
HAS_SHA256 = 1 << 30


def hash_text(raw: bytes) -> str:
    return b"".join(raw[at : at + 8][::-1] for at in range(0, 32, 8)).hex()


def shard_files(shard: bytes) -> Iterator[tuple[str, str, int]]:
    """(sha256, xet hash, size) of each file that a shard tells of with its sha256."""
    at = RECORD
    while at + RECORD <= len(shard):
        raw = shard[at : at + 32]
        if raw == END:
            return
        flags, segments = struct.unpack_from("<II", shard, at + 32)
        at += RECORD
        records = segments * (2 if flags & HAS_VERIFICATION else 1) + bool(flags & HAS_SHA256)
        if at + RECORD * records > len(shard):
            return  # Another client is still writing it.
        size = sum(
            struct.unpack_from("<I", shard, at + RECORD * number + 36)[0]
            for number in range(segments)
        )
        at += RECORD * segments * (2 if flags & HAS_VERIFICATION else 1)
        if flags & HAS_SHA256:
            yield hash_text(shard[at : at + 32]), hash_text(raw), size
            at += RECORD


class _Stream(io.RawIOBase):
    """A download as a file."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class Xet:
    """Folders given to clients, and the way back to their bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session: Any = None

    def new_cas(self) -> str:
        """The `casUrl` for one token."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return f"local://{tempfile.mkdtemp(prefix='cas-', dir=self._folder)}"

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def files(self, wanted: set[str]) -> Iterator[tuple[str, int, io.BufferedReader]]:
        """The bytes that clients stored under these digests, newest first, each once; the caller
        checks that they are what they are said to be."""
        left = set(wanted)
        folders = sorted(
            self._folder.glob("cas-*"), key=lambda path: path.stat().st_mtime_ns, reverse=True
        )
        for cas in folders:
            if not left:
                return
            stored = cas / "xet/xorbs"
            found = {
                digest: (name, size)
                for shard in (stored / "shards").glob("*.mdb")
                for digest, name, size in shard_files(shard.read_bytes())
                if digest in left
            }
            if found:
                left -= set(found)
                yield from self._read(stored, found)

    def _read(
        self, stored: Path, found: dict[str, tuple[str, int]]
    ) -> Iterator[tuple[str, int, io.BufferedReader]]:
        # Loaded late: most rehearsals never see a xet upload. It comes without types.
        hf_xet: Any = importlib.import_module("hf_xet")
        self._session = self._session or hf_xet.XetSession()
        with tempfile.TemporaryDirectory(prefix="view-", dir=self._folder) as view:
            inside = Path(view).resolve() / "xet/xorbs"
            for part in ("xorbs", "shards"):
                (inside / part).mkdir(parents=True)
                for file in (stored / part).iterdir():
                    (inside / part / file.name).symlink_to(file.resolve())
            index = stored / "global_dedup_lookup.redb"
            if index.exists():
                shutil.copyfile(index, inside / index.name)
            address = f"local://{Path(view).resolve()}"
            group = self._session.new_download_stream_group(endpoint=address)
            for digest, (name, size) in found.items():
                blocks = group.download_stream(hf_xet.XetFileInfo(name, size)) if size else ()
                yield digest, size, io.BufferedReader(_Stream(iter(blocks)), 1 << 20)
