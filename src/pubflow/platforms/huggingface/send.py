"""Files on their way to the Hub: read once, counted while they are sent."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from pubflow.errors import PubflowError
from pubflow.manifest import File
from pubflow.platforms.huggingface.api import Told
from pubflow.platforms.huggingface.library import CommitOperationAdd

LOT_BYTES = 64 * 2**20
LOT_FILES = 250
"""At most so much is sent in one go; by xet a file that is larger goes alone, and what was sent
before the next one broke off is not sent again."""
TOGETHER = 5
"""Files of any size that go side by side by LFS, as many as huggingface_hub 2.4 has threads for:
one connection alone seldom gets all of a line."""
TOLD_BYTES = 2**20
"""How much is sent by LFS between two reports."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one commit can hold; docstring of create_commit, huggingface_hub 2.4."""

    large: int = 25_000
    """Files whose bytes were sent ahead."""
    regular: int = 10**9
    """Bytes of the others, in base64, as the commit carries them itself."""


class Sending(CommitOperationAdd):
    """A file to be committed, whose digest is known and which says how much of it was sent."""

    def __init__(self, file: File, told: Told) -> None:
        if file.source.is_symlink():
            # What was read was no link; this one may lead out of the artifact.
            raise _changed(file.source, "It is a link now.")
        super().__init__(path_in_repo=file.name, path_or_fileobj=file.source)
        if self.upload_info.size != file.size:
            why = f"It had {file.size} bytes and has {self.upload_info.size} now."
            raise _changed(file.source, why)
        # Known already: without it the library would read the whole file a second time.
        self.upload_info.sha256 = bytes.fromhex(file.sha256)
        self._told = told
        self._sent = 0

    def b64content(self) -> bytes:
        """What the commit itself carries: the bytes that were looked at, or none."""
        text = super().b64content()
        if hashlib.sha256(base64.b64decode(text)).digest() != self.upload_info.sha256:
            raise _changed(self.path_or_fileobj, "Its bytes are not those that were looked at.")
        return text

    @property
    def ahead(self) -> bool:
        """Whether its bytes go ahead of the commit. Known once the Hub was asked."""
        return self._upload_mode == "lfs"

    @property
    def ignored(self) -> bool:
        """Whether the Hub would leave it out."""
        return bool(self._should_ignore)

    @contextmanager
    def as_file(self, with_tqdm: bool = False) -> Iterator[BinaryIO]:
        """The open file. `with_tqdm` is how the library says that it is about to send it."""
        with super().as_file() as file:
            if with_tqdm:
                self._watch(file)
            yield file

    def _watch(self, file: Any) -> None:
        read = file.read

        def reading(size: int | None = -1) -> bytes:
            block: bytes = read(size)
            if (position := file.tell()) - self._sent >= TOLD_BYTES:
                self.sent(position)
            return block

        file.read = reading

    def sent(self, position: int) -> None:
        """So much of it was sent; what is sent a second time is not counted again."""
        if position > self._sent:
            self._told(position - self._sent)
            self._sent = position

    def arrived(self) -> None:
        self.sent(self.upload_info.size)


def lots(files: Sequence[Sending], together: int = 1) -> Iterator[list[Sending]]:
    """The same files in order, in lots that are not too large, or of no more than `together`."""
    lot: list[Sending] = []
    size = 0
    for file in files:
        full = len(lot) >= together and size + file.upload_info.size > LOT_BYTES
        if lot and (full or len(lot) >= LOT_FILES):
            yield lot
            lot, size = [], 0
        lot.append(file)
        size += file.upload_info.size
    if lot:
        yield lot


def parcels(files: Sequence[Sending], limits: Limits) -> list[list[Sending]]:
    """The same files in order, in parcels that one commit can hold: mostly one, at least one.

    Which of them are large is known by now: the Hub said so when they were sent ahead.
    """
    found: list[list[Sending]] = [[]]
    large = regular = 0
    for file in files:
        ahead = file.ahead
        size = 0 if ahead else -(-file.upload_info.size // 3) * 4
        if found[-1] and (large + ahead > limits.large or regular + size > limits.regular):
            found.append([])
            large = regular = 0
        found[-1].append(file)
        large, regular = large + ahead, regular + size
    return found


def _changed(path: object, why: str) -> PubflowError:
    hint = "Decide which is right, then run again:\n\n    pubflow release"
    return PubflowError(f"{path} changed since it was read.", why=why, hint=hint)
