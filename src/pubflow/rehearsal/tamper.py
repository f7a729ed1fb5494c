"""What happens to a release afterwards: `POST /tamper` lets it happen, behind the platform's back.

A tampering is `{"platform", "kind", ...}`: `name` says which repository (`owner/name`) or record
(its id), the first one where it is missing; `file` which file; `value` the new word where a kind
needs one. It is in no log and no counter, as nobody asked the platform. Each stand-in does it to
its own world and says what it did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pubflow.rehearsal.wire import Blobs, Standin

KINDS = (
    "byte-changed",
    "file-removed",
    "text-edited",
    "licence-gone",
    "link-removed",
    "link-dead",
    "visibility-off",
    "tag-moved",
    "tag-removed",
    "release-gone",
    "renamed",
    "doi-missing",
    "author-renamed",
    "title-changed",
    "version-changed",
    "date-changed",
)
_FIELDS = ("platform", "kind", "name", "file", "value")


class BadTamper(ValueError):
    """Nothing was done, and why."""


@dataclass(frozen=True, slots=True)
class Tamper:
    """One change, as it was asked for. Empty words mean: choose."""

    kind: str
    name: str = ""
    file: str = ""
    value: str = ""


@runtime_checkable
class Tampered(Protocol):
    """A stand-in whose world can be changed behind its back."""

    def tamper(self, order: Tamper) -> str:
        """Do it, and say in a sentence what was done. Raises BadTamper."""


def apply(value: Any, standins: Sequence[Standin]) -> str:
    """Do what `value` (parsed JSON) asks for. Raises BadTamper."""
    if not isinstance(value, Mapping):
        raise BadTamper("the body must be an object")
    if unknown := sorted(set(value) - set(_FIELDS)):
        raise BadTamper(f"unknown key {unknown[0]}; there are {', '.join(_FIELDS)}")
    if any(not isinstance(text, str) for text in value.values()):
        raise BadTamper("every value must be a text")
    standin = next((one for one in standins if one.name == value.get("platform")), None)
    if standin is None:
        names = ", ".join(one.name for one in standins)
        raise BadTamper(f"platform must be one of {names}")
    if value.get("kind") not in KINDS:
        raise BadTamper(f"kind must be one of {', '.join(KINDS)}")
    if not isinstance(standin, Tampered):
        raise BadTamper(f"{standin.name} cannot be tampered with")
    rest = {key: text for key, text in value.items() if key != "platform"}
    return standin.tamper(Tamper(**rest))


def spoil(blobs: Blobs, sha256: str) -> None:
    """Change one byte of what is stored, as a failing disk would: its stated digest stays."""
    file = blobs.open(sha256)
    if file is None:
        raise BadTamper("its bytes were not kept, only their digest")
    with file:
        path = Path(file.name)
    data = bytearray(path.read_bytes())
    if not data:
        raise BadTamper("the file is empty")
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def not_here(order: Tamper, platform: str) -> BadTamper:
    return BadTamper(f"{order.kind} cannot happen on {platform}")
