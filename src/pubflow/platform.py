"""The contract between pubflow and a place that things are published to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from pubflow.actions import Action, Kept, Receipt
from pubflow.links import Link, Links
from pubflow.manifest import Target

if TYPE_CHECKING:
    from pubflow.claim import Register
    from pubflow.pages import Page
    from pubflow.verify.eyes import Eyes

Progress = Callable[[str, int], None]
"""Called while bytes are sent: (action id, bytes more). From any thread."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the author should know, and where.

    Printed as `publish.toml:12: what, why`, with `hint` below. An error stops the release before
    the first change; a warning and a note do not.
    """

    where: str
    """`publish.toml:12`, or a target's name."""
    what: str
    why: str = ""
    hint: str = ""
    severity: Literal["error", "warning", "note"] = "error"


Made = Literal["card", "archive", "sums", "commit", "packs"]
"""What the local build can make for a target, once all addresses are known.

`card` is the README.md of a repository of weights or data; `archive` the source archive of the
release commit; `sums` a SHA256SUMS file; `commit` the release commit itself (`Target.revision`);
`packs` a few archives in place of the artifact's many files (`packing.py`).
"""


class State(Protocol):
    """What a platform saw when it looked. Opaque to the core, but for these."""

    @property
    def link(self) -> Link | None:
        """Where the target is or will be; None while nobody can know."""

    @property
    def facts(self) -> Mapping[str, str]:
        """What the local build must know of the remote; see `build.py` for the words it reads."""


S = TypeVar("S", bound=State)


class Platform(Protocol[S]):
    """Five verbs and the mirror of one. Three are pure, two only look, one changes the world."""

    def makes(self, target: Target) -> tuple[Made, ...]:
        """Pure. What the local build shall make for this target."""

    def is_test(self, target: Target) -> bool:
        """Pure. Whether it leads to a place for tests, whose addresses mean nothing later."""

    def register(self, target: Target) -> Register | None:
        """Where this platform can keep the claim, if it can."""

    def unseen(self, target: Target) -> S:
        """Pure. The state of a target of which nothing exists yet; for plans without a network."""

    def check(self, target: Target) -> Iterable[Problem]:
        """Pure and offline. Could this ever work? Limits, licences, names."""

    def observe(self, target: Target, memory: Mapping[str, str]) -> S:
        """Look, with our token. Must find what an interrupted run left behind.

        `memory` holds names remembered for this target; names of the previous version of the
        release have the prefix `previous.`. Raises Transient when the answer was not clear.
        """

    def diff(self, target: Target, state: S, links: Links) -> Iterable[Action | Kept | Problem]:
        """Pure. All that is left to do, in order, up to and including publishing."""

    def undo(self, target: Target, state: S) -> Iterable[Action]:
        """Pure. What deletes our unpublished things, and nothing else.

        What holds the claim is marked `last`.
        """

    def left(self, target: Target, state: S) -> Iterable[Problem]:
        """Pure. What `undo` does not delete, each a note with the page where its owner can; an
        error for what is public of this very version, or for what nobody here can tell.
        """

    def apply(
        self, action: Action, target: Target, state: S, links: Links, progress: Progress
    ) -> Receipt:
        """Change one thing, once. Raises Transient when it may or may not have happened."""

    def verify(self, target: Target, links: Links) -> Iterable[Problem]:
        """Look as a stranger would: no token, following the public link."""

    def visit(
        self, target: Target, links: Links, eyes: Eyes, known: Mapping[str, str]
    ) -> Iterable[Problem | Page]:
        """The same with the eyes that are given, and the page that was read, for comparing it with
        the others. `known` are the ids that publish.lock keeps for the target.
        """
