"""The calls to the Hub that the platform is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pubflow.manifest import File
from pubflow.platforms.huggingface.state import Entry

Told = Callable[[int], None]
"""Called with the number of bytes more that were sent. From any thread."""


@dataclass(frozen=True, slots=True)
class About:
    """What the Hub says of a repository without its content."""

    id: str
    head: str
    private: bool
    gated: str = ""
    doi: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    id: str
    text: str
    """What stands below its title."""


class Api(Protocol):
    """`repo` is `owner/name`, `kind` is `model` or `dataset`.

    Every call raises Transient when the answer is not clear, and PubflowError when it is a no.
    """

    def user(self) -> str:
        """The name of the account that the token belongs to."""

    def about(self, repo: str, kind: str) -> About | None:
        """None if there is no such repository, or none that we may know of."""

    def may_write(self, repo: str, kind: str) -> bool: ...

    def tags(self, repo: str, kind: str) -> dict[str, str]:
        """Name -> commit."""

    def tree(self, repo: str, kind: str, revision: str) -> tuple[Entry, ...]:
        """All files of a commit."""

    def history(self, repo: str, kind: str) -> tuple[Commit, ...]:
        """The commits of `main`, newest first."""

    def create(self, repo: str, kind: str) -> None:
        """A new private repository."""

    def set(
        self, repo: str, kind: str, *, public: bool = False, gated: str | None = None
    ) -> None: ...

    def stage(self, repo: str, kind: str, files: Sequence[File], told: Told) -> None:
        """Send the bytes of large files ahead. Nobody can see them before a commit names them."""

    def commit(
        self,
        repo: str,
        kind: str,
        *,
        parent: str,
        title: str,
        text: str,
        files: Sequence[File],
        deleted: Sequence[str],
        told: Told,
    ) -> str:
        """One commit to `main`, if its head is `parent`. Returns its id."""

    def tag(self, repo: str, kind: str, name: str, commit: str) -> None: ...
