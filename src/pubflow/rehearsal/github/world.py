"""What exists on the stand-in: repositories, releases and assets as plain data.

Git data is not here: it lives in bare repositories on disk (`store.py`), asset bytes in a folder
of blobs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

USER = "rehearsal-user"
"""The login of the token's owner. Every other owner name is an organisation."""


def moment(seconds: float) -> str:
    """As GitHub writes times: `2026-11-20T18:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Asset:
    id: int
    name: str
    label: str
    content_type: str
    created_at: str
    size: int = 0
    digest: str | None = None
    """`sha256:<hex>`; None until the upload is complete."""
    state: str = "starter"
    """`starter` while bytes come in and after an upload that broke off, then `uploaded`."""
    updated_at: str = ""
    downloads: int = 0

    @property
    def sha256(self) -> str:
        return (self.digest or "").removeprefix("sha256:")


@dataclass(slots=True)
class Release:
    id: int
    tag: str
    target: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    created_at: str
    untagged: str
    """The random part of the address that a draft's page has."""
    published_at: str | None = None
    updated_at: str = ""
    immutable: bool = False
    assets: list[Asset] = field(default_factory=list)
    born: int = 0
    """Which request made it."""


@dataclass(slots=True)
class Repository:
    id: int
    owner: str
    name: str
    private: bool
    created_at: str
    updated_at: str
    pushed_at: str
    description: str | None = None
    homepage: str | None = None
    default_branch: str = "main"
    archived: bool = False
    topics: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    """Switches that are kept and shown again, and change nothing here."""
    releases: list[Release] = field(default_factory=list)
    latest: int | None = None
    immutable_releases: bool = False
    hooks: list[dict[str, Any]] = field(default_factory=list)
    rulesets: list[dict[str, Any]] = field(default_factory=list)
    protected: list[str] = field(default_factory=list)
    """Branches with classic protection, by which nobody pushes to them."""
    burnt_tags: list[str] = field(default_factory=list)
    """Tags of immutable releases: never to be used again, even when the release is gone."""

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def published(self, tag: str) -> Release | None:
        return next((r for r in self.releases if r.tag == tag and not r.draft), None)

    def newest(self) -> Release | None:
        """The release that the page calls latest; drafts and prereleases never are."""
        able = [r for r in self.releases if not r.draft and not r.prerelease]
        chosen = [r for r in able if r.id == self.latest]
        return chosen[0] if chosen else max(able, key=lambda r: (r.created_at, r.id), default=None)


class World:
    """Repositories by name, without regard to case, as GitHub does; old names lead to new ones."""

    def __init__(self) -> None:
        self._repositories: dict[str, Repository] = {}
        self._moved: dict[str, int] = {}
        self._last_id = 1000
        self.tick = 0
        """Requests so far."""
        self.lag = 0
        """For so many requests a list does not show a release that was made."""
        self.deliveries: list[tuple[str, dict[str, Any]]] = []
        """Events on their way to webhooks: address, and what is sent."""

    def __iter__(self) -> Iterator[Repository]:
        return iter(sorted(self._repositories.values(), key=lambda r: r.full_name.lower()))

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def get(self, owner: str, name: str) -> Repository | None:
        return self._repositories.get(f"{owner}/{name}".lower())

    def moved(self, owner: str, name: str) -> Repository | None:
        """The repository that had this name once."""
        number = self._moved.get(f"{owner}/{name}".lower())
        return next((r for r in self._repositories.values() if r.id == number), None)

    def add(self, repository: Repository) -> None:
        key = repository.full_name.lower()
        self._moved.pop(key, None)
        self._repositories[key] = repository

    def rename(self, repository: Repository, name: str) -> None:
        key = repository.full_name.lower()
        del self._repositories[key]
        repository.name = name
        self.add(repository)
        if repository.full_name.lower() != key:
            self._moved[key] = repository.id

    def remove(self, repository: Repository) -> None:
        del self._repositories[repository.full_name.lower()]
        self._moved = {k: n for k, n in self._moved.items() if n != repository.id}

    def asset(self, number: int) -> tuple[Repository, Release, Asset] | None:
        for repository in self._repositories.values():
            for release in repository.releases:
                for asset in release.assets:
                    if asset.id == number:
                        return repository, release, asset
        return None

    def clear(self) -> None:
        self._repositories.clear()
        self._moved.clear()
        self._last_id = 1000

    def dump(self) -> dict[str, Any]:
        return {
            "last_id": self._last_id,
            "moved": dict(self._moved),
            "repositories": [asdict(repository) for repository in self],
        }

    def load(self, state: dict[str, Any]) -> None:
        self.clear()
        for told in state["repositories"]:
            releases = [
                Release(**{**release, "assets": [Asset(**asset) for asset in release["assets"]]})
                for release in told["releases"]
            ]
            self.add(Repository(**{**told, "releases": releases}))
        self._moved = dict(state["moved"])
        self._last_id = state["last_id"]
