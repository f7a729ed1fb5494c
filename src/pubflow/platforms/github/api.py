"""The calls to GitHub that the adapter makes, and nothing else of its API.

Every call is one request, or one per page. A change is never sent twice here. Each raises
PubflowError for a refusal and Transient where the answer was unclear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from pubflow.platforms.github.state import Asset, Release, Repository, Token


class Api(Protocol):
    def login(self) -> str:
        """Who the token belongs to; empty for a token that stands for no person."""

    def repository(self, name: str) -> Repository | None:
        """None where there is none, or none that the token may see. Follows a rename; raises
        PubflowError where that leads to one that the token may not see."""

    def token(self) -> Token:
        """What the token is, by its form and by what answers so far said of it."""

    def refs(self, name: str) -> Mapping[str, str] | None:
        """Ref -> id of all refs; the object of an annotated tag ends in `^{}`. None: nothing there.

        Git's own list, which is never late.
        """

    def parents(self, name: str, commit: str) -> tuple[str, ...] | None:
        """The ids of a commit's parents; None where there is no such commit."""

    def may_push(self, name: str) -> bool:
        """What git would be told before a push. Changes nothing."""

    def may_administer(self, name: str) -> bool:
        """Whether the token sees what only administrators see. Changes nothing."""

    def may_create(self) -> bool:
        """False only where GitHub says that the token lacks what making a repository takes."""

    def immutable(self, name: str) -> bool:
        """Whether published releases are locked; False too where the token may not know."""

    def rules(self, name: str, branch: str) -> tuple[str, ...]:
        """The rules that a push to the branch must meet, by GitHub's names for them; those that
        the token's owner may pass are left out."""

    def protected(self, name: str, branch: str) -> bool:
        """Whether the branch has classic protection, which is in none of the rules."""

    def tag_rules(self, name: str) -> tuple[str, ...]:
        """The names of active rulesets that may refuse a new tag of this token's owner."""

    def hooks(self, name: str) -> tuple[str, ...] | None:
        """Addresses of the active webhooks; None where the token may not see them."""

    def release(self, name: str, number: int) -> Release | None:
        """By id, with its assets; None where it is gone."""

    def releases(self, name: str) -> list[Release]:
        """All pages, drafts too, newest first, without assets."""

    def create_repository(self, name: str, *, personal: bool) -> None:
        """A private and empty one, under the token's owner or an organisation."""

    def delete_repository(self, name: str) -> None:
        """The caller knows that it is ours and empty. One that is gone already is fine."""

    def describe(self, name: str, *, description: str | None, homepage: str | None) -> None:
        """None leaves a field alone."""

    def set_topics(self, name: str, topics: tuple[str, ...]) -> None:
        """Replaces all of them."""

    def open(self, name: str) -> None:
        """Make the repository public."""

    def create_draft(
        self, name: str, *, tag: str, title: str, body: str, prerelease: bool
    ) -> Release: ...

    def edit_body(self, name: str, number: int, body: str) -> None:
        """Change the notes and nothing else; a draft stays a draft."""

    def publish(self, name: str, number: int, *, tag: str, prerelease: bool, latest: str) -> None:
        """`latest` is `true`, `false` or `legacy`. The tag and the kind are said once more, as both
        can be changed in a draft by hand."""

    def delete_release(self, name: str, number: int) -> None:
        """The caller knows that it is a draft. One that is gone already is fine."""

    def delete_asset(self, name: str, number: int) -> None: ...

    def upload(
        self, release: Release, name: str, file: Path, size: int, told: Callable[[int], None]
    ) -> Asset | None:
        """Send the file in constant memory; None where an asset of that name is there already."""
