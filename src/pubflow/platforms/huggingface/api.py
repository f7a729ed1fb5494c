"""The calls to the Hub that the platform is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pubflow.manifest import File
from pubflow.platforms.huggingface.state import Entry, Foreseen

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


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request, which the Hub numbers itself."""

    number: int
    title: str
    status: str
    """`draft`, `open`, `closed` or `merged`."""


@dataclass(frozen=True, slots=True)
class Collection:
    slug: str
    """Its name in addresses."""
    items: frozenset[tuple[str, str]] = frozenset()
    """(`model` or `dataset`, `owner/name`)"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Files whose bytes are on the Hub already and that one commit can name."""

    content: tuple[Any, ...] = ()
    """What the library keeps of them."""


class Api(Protocol):
    """`repo` is `owner/name`, `kind` is `model` or `dataset`.

    Every call raises Transient when the answer is not clear, and PubflowError when it is a no.
    """

    def user(self) -> str:
        """The name of the account that the token belongs to."""

    def may_create(self, owner: str) -> bool:
        """Whether nothing that the Hub says of the token speaks against making a repository."""

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

    def foresee(self, repo: str, kind: str, files: Sequence[File]) -> Foreseen:
        """What the Hub would do with these files. Sends their names, sizes and first 512 bytes,
        and changes nothing."""

    def send(self, repo: str, kind: str, files: Sequence[File], told: Told) -> tuple[Parcel, ...]:
        """Send the bytes of large files ahead; nobody can see them before a commit names them.

        One parcel, or as many as the limits of a commit need.
        """

    def commit(
        self,
        repo: str,
        kind: str,
        *,
        parent: str,
        title: str,
        text: str,
        parcel: Parcel,
        deleted: Sequence[str] = (),
        revision: str = "main",
    ) -> str:
        """One commit to `revision`, if its head is `parent`. Returns its id."""

    def tag(self, repo: str, kind: str, name: str, commit: str) -> None: ...

    def branches(self, repo: str, kind: str, *, pulls: bool = False) -> dict[str, str]:
        """Name -> commit; if asked, pull requests too, by their `refs/pr/<number>`. Empty if there
        is no such repository."""

    def branch(self, repo: str, kind: str, name: str) -> bool:
        """A new branch at the head of `main`. False if there is one of that name."""

    def text(self, repo: str, kind: str, revision: str, path: str) -> str:
        """A small file's text; empty if there is none."""

    def write(
        self, repo: str, kind: str, *, revision: str, parent: str, path: str, text: str, title: str
    ) -> str:
        """One commit of one small text. Returns its id. Raises Behind if the head is another."""

    def examine(self, card: str, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Why the Hub would refuse a card, and what it would complain of."""

    def proposals(self, repo: str, kind: str, title: str) -> tuple[Proposal, ...]:
        """Pull requests of that title which are neither closed nor merged, oldest first."""

    def proposal(self, repo: str, kind: str, number: int) -> Proposal: ...

    def propose(self, repo: str, kind: str, title: str, text: str) -> int:
        """A new pull request, a draft. Returns its number."""

    def decide(self, repo: str, kind: str, number: int, status: str) -> None:
        """`open` a draft, or make it `closed` or `merged`."""

    def collection(self, owner: str, title: str) -> Collection | None:
        """The owner's collection of that title, the first if there are several."""

    def collect(self, owner: str, title: str) -> Collection:
        """A new public collection."""

    def add(self, collection: str, repo: str, kind: str) -> None:
        """Put a repository into a collection; nothing if it is in there."""
