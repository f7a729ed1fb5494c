"""Zenodo, and every other InvenioRDM: one record with a DOI for each artifact and version.

Through the records API alone (`/api/records`), which all instances share. A draft is private and
reserves its DOI; publishing is for ever, and comes last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from datetime import date as Date
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pubflow.actions import Action, Kept, Receipt
from pubflow.clock import Time
from pubflow.errors import PubflowError, Refused, Transient
from pubflow.links import Links
from pubflow.manifest import Kind, Target
from pubflow.platform import Made, Problem, Progress
from pubflow.platforms.zenodo import diff as deciding
from pubflow.platforms.zenodo import undoing
from pubflow.platforms.zenodo.checking import check
from pubflow.platforms.zenodo.instance import (
    PRODUCTION,
    SANDBOX,
    TOKEN_PAGE,
    base_of,
    integrates,
    packed,
    publisher_of,
    scopes_of,
)
from pubflow.platforms.zenodo.record import marker_of
from pubflow.platforms.zenodo.state import ZenodoState
from pubflow.tokens import Secret, Wanted

if TYPE_CHECKING:
    from pubflow.assemble import Kit
    from pubflow.claim import Claim, Register
    from pubflow.pages import Page
    from pubflow.platforms.zenodo.api import Api
    from pubflow.platforms.zenodo.doing import Doer
    from pubflow.platforms.zenodo.looking import Looker
    from pubflow.verify.eyes import Eyes

__all__ = ["Zenodo", "make", "wanted"]


def wanted(targets: Sequence[Target], env: Mapping[str, str]) -> tuple[Wanted, ...]:
    """The token of each instance that the targets go to."""
    bases = dict.fromkeys(base_of(target.settings, env) for target in targets)
    return tuple(
        Wanted(
            platform="Zenodo" if base in (PRODUCTION, SANDBOX) else urlsplit(base).netloc,
            host=urlsplit(base).netloc,
            environment=("ZENODO_TOKEN",),
            page=base + TOKEN_PAGE,
            needs=scopes_of(base),
        )
        for base in bases
    )


def make(kit: Kit) -> Zenodo:
    if kit.token is not None:
        # Here, once: lanes that import its modules crosswise would find some of them half made.
        import_module("pubflow.platforms.zenodo.doing")
    return Zenodo(kit.targets, kit.env, kit.claim, kit.token, kit.clock)


class Zenodo:
    """The five verbs. Its rooms: `looking`, `diff`, `doing`, `checking`, `verifying`."""

    def __init__(
        self,
        targets: Sequence[Target],
        env: Mapping[str, str],
        claim: Claim,
        token: Secret | None,
        clock: Time | None = None,
        api: Callable[[str, Secret | None], Api] | None = None,
        today: Callable[[], Date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        """`api` makes the calls of an instance, given its address and the token."""
        self._clock = clock or Time()
        self._made = api
        self._today = today
        self._env = env
        self._claim = claim
        self._token = token
        self._bases = tuple(dict.fromkeys(base_of(t.settings, env) for t in targets))
        self._lock = threading.RLock()
        self._rooms: dict[str, tuple[Looker, Doer]] = {}
        self._begun: bool | None = None
        self._unsure: set[str] = set()

    def makes(self, target: Target) -> tuple[Made, ...]:
        if integrates(target):
            return ()
        if target.artifact.kind is Kind.CODE:
            return ("archive",)
        return ("packs",) if packed(target) else ()

    def is_test(self, target: Target) -> bool:
        return base_of(target.settings, self._env) == SANDBOX

    def register(self, target: Target) -> Register | None:
        """None: nothing on an instance can be written only once."""
        return None

    def unseen(self, target: Target) -> ZenodoState:
        base = base_of(target.settings, self._env)
        publisher, late = publisher_of(target, base), integrates(target)
        return ZenodoState(base, marker_of(target), publisher, late=late, today=self._today())

    def check(self, target: Target) -> Iterable[Problem]:
        base = base_of(target.settings, self._env)
        if len(self._bases) > 1:
            yield Problem(
                target.name,
                f"targets lead to several instances: {', '.join(self._bases)}",
                why="there is one token, and it belongs to one of them",
                hint="Give `url` or `sandbox` once, in [targets.zenodo].",
            )
        yield from check(target, base)

    def observe(self, target: Target, memory: Mapping[str, str]) -> ZenodoState:
        with self._lock:
            if self._begun is None:
                self._begun = self._claim.begun
            begun = self._begun
        looker, _ = self._rooms_of(target)
        state = looker.look(target, memory, begun=begun)
        with self._lock:
            if state.unsure:
                self._unsure.add(target.name)
            unsure = target.name in self._unsure
        return replace(state, unsure=unsure, today=self._today())

    def diff(
        self, target: Target, state: ZenodoState, links: Links
    ) -> Iterable[Action | Kept | Problem]:
        return deciding.diff(target, state, links)

    def undo(self, target: Target, state: ZenodoState) -> Iterable[Action]:
        return undoing.undo(target, state)

    def left(self, target: Target, state: ZenodoState) -> Iterable[Problem]:
        return undoing.left(target, state)

    def apply(
        self,
        action: Action,
        target: Target,
        state: ZenodoState,
        links: Links,
        progress: Progress,
    ) -> Receipt:
        """A refusal of what another run did meanwhile is no refusal: a look will tell."""
        _, doer = self._rooms_of(target)
        try:
            return self._do(doer, action, target, state, links, progress)
        except (Transient, Refused):
            raise
        except PubflowError as no:
            if not doer.overtaken(state):
                raise
            raise Transient(no.what, why=f"Another run is at work on the draft. {no.why}") from None

    def _do(
        self,
        doer: Doer,
        action: Action,
        target: Target,
        state: ZenodoState,
        links: Links,
        progress: Progress,
    ) -> Receipt:
        match action.verb:
            case "draft":
                return doer.draft(target, state, links)
            case "reserve":
                return doer.reserve(target, state)
            case "enlarge":
                return doer.enlarge(target, state)
            case "import":
                return doer.take_over(state)
            case "remove":
                return doer.remove(state, action.subject)
            case "upload":
                file = target.file(action.subject)
                return doer.upload(target, state, file, lambda size: progress(action.id, size))
            case "describe":
                return doer.describe(target, state, links)
            case "publish":
                receipt = doer.publish(target, state)
                with self._lock:
                    self._unsure.discard(target.name)
                return receipt
            case "complete":
                return doer.complete(target, state, links)
            case "community":
                return doer.join(state, action.subject, target)
            case "discard":
                return doer.discard(state, action.subject)
            case other:
                raise ValueError(f"{action.id}: there is no action {other}")

    def visit(
        self, target: Target, links: Links, eyes: Eyes, known: Mapping[str, str]
    ) -> Iterable[Problem | Page]:
        from pubflow.platforms.zenodo.verifying import visit

        base = base_of(target.settings, self._env)
        return visit(self._client(base, None), base, target, links, eyes)

    def verify(self, target: Target, links: Links) -> Iterable[Problem]:
        from pubflow.pages import problems
        from pubflow.verify.eyes import Eyes

        return problems(self.visit(target, links, Eyes(env=self._env), {}), target, links)

    def _rooms_of(self, target: Target) -> tuple[Looker, Doer]:
        """Made when first needed: the libraries behind them are slow to load."""
        from pubflow.platforms.zenodo.doing import Doer
        from pubflow.platforms.zenodo.looking import Looker

        base = base_of(target.settings, self._env)
        with self._lock:
            if base not in self._rooms:
                api = self._client(base, self._token)
                self._rooms[base] = (
                    Looker(api, base),
                    Doer(api, base, self._claim, self._clock),
                )
            return self._rooms[base]

    def _client(self, base: str, token: Secret | None) -> Api:
        if self._made is not None:
            return self._made(base, token)
        from pubflow.http import Session
        from pubflow.platforms.zenodo.client import Client

        return Client(Session(base, token, env=self._env), self._clock)
