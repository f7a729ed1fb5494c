"""GitHub: the code's repository, its tag, and a release with its assets.

`wanted` and `make` are what the entry point offers; `GitHub` is the platform. PyGithub and requests
are imported when they are first needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pubflow.actions import Action, Kept, Receipt
from pubflow.claim import Claim, Register
from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.platform import Made, Problem, Progress
from pubflow.platforms.github import diff as decide
from pubflow.platforms.github.state import GitHubState
from pubflow.platforms.github.texts import repository_name
from pubflow.tokens import Secret, Wanted

if TYPE_CHECKING:
    from pubflow.assemble import Kit
    from pubflow.platforms.github.api import Api
    from pubflow.platforms.github.push import Remote

API = "https://api.github.com"
SERVER = "https://github.com"
PATIENCE = 10.0
"""Seconds for which a release just made may stay invisible; others' reports, 2026-11."""


def wanted(targets: Sequence[Target], env: Mapping[str, str]) -> tuple[Wanted, ...]:
    """The one token that these targets need, and where it may stand."""
    server = env.get("GITHUB_SERVER_URL") or SERVER
    host = urlsplit(server).netloc
    near = _near(server)
    enterprise = () if host == "github.com" else ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
    needs = "contents: write; for a new or private repository administration: write too"
    return (
        Wanted(
            platform="GitHub",
            host=host,
            environment=("GITHUB_TOKEN", "GH_TOKEN", *enterprise),
            command=() if near else ("gh", "auth", "token", "--hostname", host),
            page=f"{server}/settings/personal-access-tokens/new",
            needs=needs,
        ),
    )


def make(kit: Kit) -> GitHub:
    server = kit.env.get("GITHUB_SERVER_URL") or SERVER
    api = kit.env.get("GITHUB_API_URL") or (API if server == SERVER else f"{server}/api/v3")
    return GitHub(
        api_url=api,
        server_url=server,
        token=kit.token,
        claim=kit.claim,
        workdir=kit.workdir,
        manifest_root=kit.root,
    )


class GitHub:
    """A `Platform`. What it may change is in `apply.py`, one function per verb."""

    def __init__(
        self,
        *,
        api_url: str,
        server_url: str,
        token: Secret | None,
        claim: Claim,
        workdir: Path,
        manifest_root: Path,
        patience: float | None = None,
        api: Api | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._server = server_url.rstrip("/")
        self._token = token
        self._claim = claim
        self._folder = workdir / "github"
        self._root = manifest_root
        self._patience = (0.0 if _near(api_url) else PATIENCE) if patience is None else patience
        self._made = api
        self._names: dict[str, str] = {}

    def makes(self, target: Target) -> tuple[Made, ...]:
        return ("commit", "archive", "sums")

    def is_test(self, target: Target) -> bool:
        """No: GitHub has no place for tests."""
        return False

    def register(self, target: Target) -> Register:
        from pubflow.platforms.github.register import GitRegister

        name = repository_name(target)
        repo = self._folder / "claim.git"
        return GitRegister(self._remote(name), target.release.version, repo, name)

    def unseen(self, target: Target) -> GitHubState:
        return GitHubState(repository_name(target), self._server, target.release.tag)

    def check(self, target: Target) -> Iterable[Problem]:
        return decide.check(target)

    def observe(self, target: Target, memory: Mapping[str, str]) -> GitHubState:
        from pubflow.platforms.github import look

        return look.observe(
            self._api,
            self._remote(repository_name(target)),
            self._claim,
            target,
            memory,
            server=self._server,
            folder=self._folder / "seen.git",
            patience=self._patience,
        )

    def diff(
        self, target: Target, state: GitHubState, links: Links
    ) -> Iterable[Action | Kept | Problem]:
        return decide.diff(target, state, links)

    def undo(self, target: Target, state: GitHubState) -> Iterable[Action]:
        return decide.undo(target, state)

    def apply(
        self, action: Action, target: Target, state: GitHubState, links: Links, progress: Progress
    ) -> Receipt:
        from pubflow.platforms.github.apply import Hand

        hand = Hand(self._api, self._remote(repository_name(target)), self._claim)
        return hand.apply(action, target, state, links, progress)

    def verify(self, target: Target, links: Links) -> Iterable[Problem]:
        from pubflow.platforms.github import stranger

        return stranger.verify(target, api_url=self._api_url, server=self._server)

    @property
    def _api(self) -> Api:
        if self._made is None:
            from pubflow.platforms.github.client import Client

            self._made = Client(self._api_url, self._token)
        return self._made

    def _remote(self, name: str) -> Remote:
        from pubflow.platforms.github.push import Remote

        return Remote(lambda: f"{self._server}/{quote(self._today(name))}.git", self._token)

    def _today(self, name: str) -> str:
        """What the repository is called now: git does not follow a rename with our token."""
        if name not in self._names:
            seen = self._api.repository(name)
            if seen is None:
                return name
            self._names[name] = seen.name
        return self._names[name]


def _near(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
