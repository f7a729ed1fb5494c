"""GitHub: the code's repository, its tag, and a release with its assets.

`wanted` and `make` are what the entry point offers; `GitHub` is the platform. PyGithub and requests
are imported when they are first needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pubflow.actions import Action, Kept, Receipt
from pubflow.claim import Claim
from pubflow.clock import Time
from pubflow.git import server_of
from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.platform import Made, Problem, Progress
from pubflow.platforms.github import diff as decide
from pubflow.platforms.github import undoing
from pubflow.platforms.github.preflight import Preflight
from pubflow.platforms.github.state import GitHubState
from pubflow.platforms.github.texts import repository_name
from pubflow.tokens import Secret, Wanted

if TYPE_CHECKING:
    from pubflow.assemble import Kit
    from pubflow.pages import Page
    from pubflow.platforms.github.api import Api
    from pubflow.platforms.github.push import Remote
    from pubflow.platforms.github.register import GitRegister
    from pubflow.verify.eyes import Eyes

API = "https://api.github.com"
SERVER = "https://github.com"
PATIENCE = 10.0
"""Seconds for which a release just made may stay invisible; others' reports, 2026-11."""


def wanted(targets: Sequence[Target], env: Mapping[str, str]) -> tuple[Wanted, ...]:
    """The one token that these targets need, and where it may stand."""
    server, _ = addresses(targets, env)
    host = urlsplit(server).netloc
    near = _near(server)
    names: tuple[str, ...] = ("GITHUB_TOKEN", "GH_TOKEN")
    if host != "github.com" and not host.endswith(".ghe.com") and not near:
        # Its own first: the others may be for github.com or GHE.com, as gh has it.
        names = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", *names)
    needs = (
        "contents: write; administration: write too for a new or private repository; workflows:"
        " write where workflow files are pushed (a classic token: the scopes repo and workflow)"
    )
    return (
        Wanted(
            platform="GitHub",
            host=host,
            environment=names,
            command=() if near else ("gh", "auth", "token", "--hostname", host),
            page=f"{server}/settings/personal-access-tokens/new",
            needs=needs,
        ),
    )


def make(kit: Kit) -> GitHub:
    if kit.token is not None:
        # Here, once: lanes that import its modules crosswise would find some of them half made.
        import_module("pubflow.platforms.github.client")
    server, api = addresses(kit.targets, kit.env)
    return GitHub(
        api_url=api,
        server_url=server,
        token=kit.token,
        claim=kit.claim,
        workdir=kit.workdir,
        manifest_root=kit.root,
        clock=kit.clock,
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
        remote: Callable[..., Remote] | None = None,
        clock: Time | None = None,
    ) -> None:
        """`api` and `remote` (made like `push.Remote`) are where requests and git go."""
        self._api_url = api_url.rstrip("/")
        self._server = server_url.rstrip("/")
        self._token = token
        self._claim = claim
        self._folder = workdir / "github"
        self._root = manifest_root
        self._preflight = Preflight(manifest_root)
        self._lock = threading.RLock()
        self._remotes: dict[str, Remote] = {}
        self._registers: dict[str, GitRegister] = {}
        self._patience = (0.0 if _near(api_url) else PATIENCE) if patience is None else patience
        self._made = api
        self._making = remote
        self._clock = clock or Time()
        self._names: dict[str, str] = {}

    def makes(self, target: Target) -> tuple[Made, ...]:
        return ("commit", "archive", "sums")

    def is_test(self, target: Target) -> bool:
        """No: GitHub has no place for tests."""
        return False

    def register(self, target: Target) -> GitRegister:
        from pubflow.platforms.github.register import GitRegister

        name = repository_name(target)
        with self._lock:
            if name not in self._registers:
                self._registers[name] = GitRegister(
                    self._remote(name),
                    target.release.version,
                    self._folder / "claim.git",
                    name,
                    page=f"{self._server}/{name}/settings/rules",
                )
            return self._registers[name]

    def unseen(self, target: Target) -> GitHubState:
        name, tag = repository_name(target), target.release.tag
        return GitHubState(name, self._server, tag, looked=False)

    def check(self, target: Target) -> Iterable[Problem]:
        yield from decide.check(target)
        yield from self._elsewhere(target)

    def _elsewhere(self, target: Target) -> Iterable[Problem]:
        """Whoever wrote publish.toml for one server does not want the code on another."""
        named = str(target.settings.get("url") or "")
        if named and not _near(self._server) and (self._server, self._api_url) != _both(named):
            yield Problem(
                target.name,
                f"publish.toml names {named}, and the environment {self._server} with its API at"
                f" {self._api_url}.",
                "The code would go where publish.toml does not say; GitHub Actions sets both"
                " variables to its own GitHub.",
                "Take url out of publish.toml, or make them agree:\n\n"
                f"    export GITHUB_SERVER_URL={named} GITHUB_API_URL={api_of(named)}",
            )

    def observe(self, target: Target, memory: Mapping[str, str]) -> GitHubState:
        from pubflow.platforms.github import look

        return look.observe(
            self._api,
            self._remote(repository_name(target)),
            self._claim,
            target,
            memory,
            self._preflight,
            server=self._server,
            folder=self._folder / "seen.git",
            patience=self._patience,
            clock=self._clock,
        )

    def diff(
        self, target: Target, state: GitHubState, links: Links
    ) -> Iterable[Action | Kept | Problem]:
        return decide.diff(target, state, links)

    def undo(self, target: Target, state: GitHubState) -> Iterable[Action]:
        """What of it is in RESERVE goes last, and after all other platforms: it holds the claim."""
        return undoing.undo(target, state)

    def left(self, target: Target, state: GitHubState) -> Iterable[Problem]:
        return undoing.left(target, state)

    def hooks(self, target: Target) -> tuple[str, ...] | None:
        """Addresses of the repository's active webhooks; None where the token may not see them.

        Changes nothing. Empty for a repository that does not exist.
        """
        seen = self._api.repository(repository_name(target))
        return self._api.hooks(seen.name) if seen else ()

    def apply(
        self, action: Action, target: Target, state: GitHubState, links: Links, progress: Progress
    ) -> Receipt:
        from pubflow.platforms.github.apply import Hand

        remote = self._remote(repository_name(target))
        hand = Hand(self._api, remote, self._claim, self.register(target), self._clock)
        return hand.apply(action, target, state, links, progress)

    def visit(
        self, target: Target, links: Links, eyes: Eyes, known: Mapping[str, str]
    ) -> Iterable[Problem | Page]:
        from pubflow.platforms.github import stranger

        return stranger.visit(
            target, links, eyes, known, api_url=self._api_url, server=self._server
        )

    def verify(self, target: Target, links: Links) -> Iterable[Problem]:
        from pubflow.pages import problems
        from pubflow.verify.eyes import Eyes

        return problems(self.visit(target, links, Eyes(), {}), target, links)

    @property
    def _api(self) -> Api:
        if self._made is None:
            from pubflow.platforms.github.client import Client

            self._made = Client(self._api_url, self._server, self._token)
        return self._made

    def _remote(self, name: str) -> Remote:
        from pubflow.platforms.github.push import Remote

        with self._lock:
            if name not in self._remotes:
                self._remotes[name] = (self._making or Remote)(
                    lambda: f"{self._server}/{quote(self._today(name) or name)}.git",
                    self._token,
                    lambda: self._refs(name),
                    self._clock.now,
                )
            return self._remotes[name]

    def _refs(self, name: str) -> Mapping[str, str] | None:
        today = self._today(name)
        return self._api.refs(today) if today else None

    def _today(self, name: str) -> str:
        """What the repository is called now, as git does not follow a rename with our token.

        Empty where there is none.
        """
        if name not in self._names:
            seen = self._api.repository(name)
            if seen is None:
                return ""
            self._names[name] = seen.name
        return self._names[name]


def addresses(targets: Sequence[Target], env: Mapping[str, str]) -> tuple[str, str]:
    """The server's address and its API's, neither with a slash at its end.

    The environment is the person's own word; publish.toml was checked when it was read.
    """
    named = next((str(t.settings["url"]) for t in targets if t.settings.get("url")), "")
    server = server_of(env) or named or SERVER
    return server, env.get("GITHUB_API_URL", "").strip().rstrip("/") or api_of(server)


def _both(server: str) -> tuple[str, str]:
    return server, api_of(server)


def api_of(server: str) -> str:
    """Where the REST API of a GitHub is: docs.github.com, "Getting started with the REST API" for
    GitHub Enterprise Server and for GHE.com, 2026-11."""
    server = server.rstrip("/")
    if server == SERVER:
        return API
    parts = urlsplit(server)
    if (parts.hostname or "").endswith(".ghe.com"):
        return f"{parts.scheme}://api.{parts.netloc}"
    return f"{server}/api/v3"


def _near(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
