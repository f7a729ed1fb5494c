"""Work to be done, and proof that it was: `Action` and `Receipt`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

Mark = Literal["+", "~", "-"]
"""How the plan shows an action: something new, something changed, something taken away."""


class Stage(IntEnum):
    """Every platform publishes in the same three steps; only the last cannot be undone."""

    RESERVE = 1
    """Claim names: create private repositories and drafts. Afterwards every link is known."""

    UPLOAD = 2
    """Fill the drafts with bytes and metadata, which may mention any link."""

    PUBLISH = 3
    """Open the drafts to the public."""


class Wave(IntEnum):
    """PUBLISH has three waves, each with a barrier and a look."""

    OPEN = 1
    """Can be closed again: visibility."""

    SEAL = 2
    """Cannot be taken back: commits to public branches, tags, releases, DOIs."""

    FOLLOW = 3
    """Afterwards, and never fatal: communities, collections."""


@dataclass(frozen=True, slots=True)
class Action:
    """One remote change, small enough to retry as a whole.

    `says` is the line shown in the plan, so what the user approves and what
    is executed are the same object.
    """

    target: str
    """Which target: `weights.digits@shelf`."""

    stage: Stage
    verb: str
    subject: str = ""
    """What within the target, for instance a file name; empty where there is only one."""

    says: str = field(default="", compare=False)
    size: int | None = field(default=None, compare=False)
    """Bytes that it sends, where that is worth a progress bar."""

    wave: Wave | None = None
    """Given for PUBLISH, and only there."""

    mark: Mark = field(default="+", compare=False)
    last: bool = field(default=False, compare=False)
    """Runs after all others of its wave, one at a time: what can never be undone."""

    @property
    def id(self) -> str:
        """The same on every run: `weights.digits@shelf/upload/model.safetensors`."""
        return "/".join(filter(None, (self.target, self.verb, self.subject)))

    def __post_init__(self) -> None:
        if (self.stage is Stage.PUBLISH) != (self.wave is not None):
            raise ValueError(f"{self.id}: a wave belongs to PUBLISH, and PUBLISH has waves")


@dataclass(frozen=True, slots=True)
class Kept:
    """Something found already as it should be; the plan shows it with `=`."""

    target: str
    says: str
    subject: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a platform told us when an action succeeded.

    `remember` holds names that are slow or impossible to find again by
    looking, such as the number of a draft. Never a secret.
    """

    remember: Mapping[str, str] = field(default_factory=dict)
