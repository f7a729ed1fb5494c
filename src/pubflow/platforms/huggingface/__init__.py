"""The Hugging Face Hub: a model repository for weights, a dataset repository for data.

`wanted` and `make` are what the entry point offers; `HuggingFace` is the platform. huggingface_hub
is imported when it is first needed.

A private repository gets its one commit in UPLOAD. In one that is public already the bytes are
sent in UPLOAD (`stage`; nobody can see them) and the commit that names them is made in PUBLISH.
What one commit cannot hold goes through one pull request (`request`). Where no other platform keeps
the claim, a branch of the first target's repository does (`register`).
Nothing is ever deleted as a whole: a repository made again under an old name cannot be filled
(huggingface_hub issue 3829), so `undo` leaves an unpublished one private.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pubflow import tensors
from pubflow.actions import Action, Kept, Receipt
from pubflow.claim import Claim, Register
from pubflow.errors import PubflowError, Transient
from pubflow.links import Links
from pubflow.manifest import Kind, Target
from pubflow.platform import Made, Problem, Progress
from pubflow.platforms.huggingface import checking, publisher, undoing
from pubflow.platforms.huggingface import diff as decide
from pubflow.platforms.huggingface.publisher import Publisher
from pubflow.platforms.huggingface.state import (
    Collecting,
    Foreseen,
    HubState,
    collection_title,
    fingerprint,
    kind_of,
    payload,
    wanted_name,
)
from pubflow.tokens import Secret, Wanted

if TYPE_CHECKING:
    from pubflow.assemble import Kit
    from pubflow.pages import Page
    from pubflow.platforms.huggingface.api import Api
    from pubflow.platforms.huggingface.send import Limits
    from pubflow.verify.eyes import Eyes

ENDPOINT = "https://huggingface.co"
MANY = 5_000
"""Files. Of more the plan does not tell which are large: that would be a request for each 256 of
them, of 1000 in five minutes (hub-docs rate-limits.md, 2026-08), before each is sent as many."""


def wanted(targets: Sequence[Target], env: Mapping[str, str]) -> tuple[Wanted, ...]:
    """The one token that these targets need, and where it may stand."""
    from pubflow.platforms.huggingface.refusals import NEEDS

    server = _endpoint(targets, env)
    named = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
    # What is kept there belongs to the Hub itself.
    file = _token_file(env) if server == ENDPOINT else None
    kept = file is not None and file.is_file() and not env.get("HF_OIDC_RESOURCE")
    given = kept or any(env.get(name, "").strip() for name in named)
    if publisher.at_hand(env) and not given:
        return ()
    return (
        Wanted(
            platform="Hugging Face",
            host=urlsplit(server).netloc,
            environment=named,
            file=file,
            page=f"{server}/settings/tokens",
            needs=NEEDS,
        ),
    )


def make(kit: Kit) -> HuggingFace:
    if kit.token is not None:
        # Here, once: lanes that import its modules crosswise would find some of them half made.
        import_module("pubflow.platforms.huggingface.client")
    return HuggingFace(
        endpoint=_endpoint(kit.targets, kit.env),
        token=kit.token,
        claim=kit.claim,
        env=kit.env,
        xet=_xet(kit.targets, kit.env),
        targets=kit.targets,
    )


class HuggingFace:
    """A `Platform`. Safe to use from many threads."""

    def __init__(
        self,
        *,
        endpoint: str,
        token: Secret | None,
        claim: Claim,
        env: Mapping[str, str],
        xet: bool = True,
        silence: float | None = None,
        targets: Sequence[Target] = (),
        limits: Limits | None = None,
        api: Callable[[Secret | None], Api] | None = None,
    ) -> None:
        """`api` makes the calls to the Hub, given the token."""
        self._endpoint = endpoint.rstrip("/")
        self._token = token
        self._claim = claim
        self._env = env
        self._xet = xet
        self._silence = silence
        self._targets = tuple(sorted(targets, key=lambda target: target.name))
        self._limits = limits
        self._publisher: Publisher | None = None
        if token is None and publisher.at_hand(env):
            self._publisher = Publisher(self._endpoint, env)
        self._made: dict[str, Api] = {}
        self._making = api
        self._user = ""
        self._keeper = ""
        self._examined: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._foreseen: dict[str, Foreseen] = {}
        self._lock = threading.RLock()

    def makes(self, target: Target) -> tuple[Made, ...]:
        return ("card",)

    def is_test(self, target: Target) -> bool:
        """No: the Hub has no place for tests."""
        return False

    def register(self, target: Target) -> Register | None:
        """A branch of the target's repository."""
        if target.artifact.kind is Kind.CODE:
            return None
        from pubflow.platforms.huggingface.register import HubRegister

        self._keeper = target.name
        return HubRegister(
            lambda: self._api(target),
            lambda: self._name(target),
            kind_of(target),
            target.release.version,
        )

    def unseen(self, target: Target) -> HubState:
        repo = _repo(target, "")
        state = HubState(self._endpoint, kind_of(target), repo, target.release.tag)
        broken = tensors.broken(target.artifact.files)
        return replace(state, collecting=self._collecting(target, ""), broken=broken)

    def check(self, target: Target) -> Iterable[Problem]:
        return checking.check(target, tensors.left_out(payload(target.files)))

    def observe(self, target: Target, memory: Mapping[str, str]) -> HubState:
        from pubflow.platforms.huggingface import look

        api, repo = self._api(target), self._name(target)
        state = look.observe(
            api,
            target,
            memory,
            endpoint=self._endpoint,
            repo=repo,
            collecting=self._collecting(target, repo),
        )
        keeps = target.name == self._keeper
        state = replace(state, keeps=keeps, trusted=self._trusted(target), xet=self._xet)
        if state.tagged is not None or state.kept:
            return state
        refused, advised = self._card(api, target)
        return replace(
            state,
            refused=refused,
            advised=advised,
            broken=tensors.broken(target.artifact.files),
            may_create=self._may_create(api, state),
            foreseen=self._foresee(api, target, state),
        )

    def diff(
        self, target: Target, state: HubState, links: Links
    ) -> Iterable[Action | Kept | Problem]:
        return decide.diff(target, state, links)

    def undo(self, target: Target, state: HubState) -> Iterable[Action]:
        """Nothing: see above."""
        return ()

    def left(self, target: Target, state: HubState) -> Iterable[Problem]:
        return undoing.left(target, state)

    def apply(
        self, action: Action, target: Target, state: HubState, links: Links, progress: Progress
    ) -> Receipt:
        from pubflow.platforms.huggingface import apply

        return apply.apply(self._api(target), self._claim, action, target, state, links, progress)

    def visit(
        self, target: Target, links: Links, eyes: Eyes, known: Mapping[str, str]
    ) -> Iterable[Problem | Page]:
        from pubflow.platforms.huggingface import stranger

        link = links.get(target.name)
        if link is None:
            return [Problem(target.name, "Its address on the Hub is not known.")]
        return stranger.visit(
            self._client(None), target, link, links, eyes, known, endpoint=self._endpoint
        )

    def verify(self, target: Target, links: Links) -> Iterable[Problem]:
        from pubflow.pages import problems
        from pubflow.verify.eyes import Eyes

        return problems(self.visit(target, links, Eyes(env=self._env), {}), target, links)

    def _api(self, target: Target) -> Api:
        """The calls with the token for that target: mostly one for all of them."""
        with self._lock:
            token, key = self._token, ""
            if self._publisher is not None:
                token = self._publisher.token(_repo(target, ""), kind_of(target))
                key = token.reveal() if token else "stranger"
            if key not in self._made:
                self._made[key] = self._client(token)
            return self._made[key]

    def _trusted(self, target: Target) -> bool | None:
        if self._publisher is None:
            return None
        return self._publisher.token(_repo(target, ""), kind_of(target)) is not None

    def _client(self, token: Secret | None) -> Api:
        if self._making is not None:
            return self._making(token)
        from pubflow.platforms.huggingface import client, library

        silence = library.SILENCE if self._silence is None else self._silence
        return client.Client(
            self._endpoint,
            token,
            env=self._env,
            xet=self._xet,
            silence=silence,
            limits=self._limits,
        )

    def _name(self, target: Target) -> str:
        """`owner/name`. Who the token belongs to is asked once: the Hub counts these questions
        sharply."""
        if named := _repo(target, ""):
            return named
        if self._publisher is not None:
            raise PubflowError(
                f"publish.toml does not say whose repository {target.name} goes to.",
                why="A trusted publisher is a workflow, which has no name on the Hub.",
                hint='Say it:\n\n    [targets.huggingface]\n    owner = "..."',
            )
        with self._lock:
            if not self._user:
                self._user = self._api(target).user()
            return _repo(target, self._user)

    def _collecting(self, target: Target, repo: str) -> Collecting | None:
        """The collection of the paper's repositories, where there are two or more to show."""
        shown = [other for other in self._targets if decide.opens(other)]
        if len(shown) < 2 or target.name not in [other.name for other in shown]:
            return None
        # Whoever owns the first owns the collection; unnamed owners are all the same one.
        owner = _repo(shown[0], "").partition("/")[0] or repo.partition("/")[0]
        return Collecting(owner, collection_title(target.release.paper.title))

    def _may_create(self, api: Api, state: HubState) -> bool:
        """Asked where it is missing, and not insisted on: the Hub allows few such questions."""
        if state.repository is not None or self._publisher is not None or not self._token:
            return True
        try:
            return api.may_create(state.id.partition("/")[0])
        except Transient:
            return True

    def _foresee(self, api: Api, target: Target, state: HubState) -> Foreseen | None:
        """What the Hub would do with the files that are missing; asked once for each head."""
        from pubflow.platforms.huggingface import look

        seen = state.repository
        if seen is None or not seen.may_write or not (files := look.absent(target, seen)):
            return None
        if len(files) > MANY:
            return None
        key = f"{seen.id} {seen.head} {fingerprint(files)}"
        if key not in self._foreseen:
            self._foreseen[key] = api.foresee(seen.id, state.kind, files)
        return self._foreseen[key]

    def _card(self, api: Api, target: Target) -> tuple[tuple[str, ...], tuple[str, ...]]:
        from pubflow.platforms.huggingface import look

        bare = replace(target, files=target.artifact.files, revision=None)
        key = f"{target.name} {target.release.date}"
        if key not in self._examined:
            self._examined[key] = look.examined(api, bare)
        return self._examined[key]


def _repo(target: Target, owner: str) -> str:
    """`owner/name` as publish.toml says, or of that owner; empty if nobody is named."""
    name = wanted_name(target)
    if "/" in name:
        return name
    return f"{owner}/{name}" if owner else ""


def _endpoint(targets: Sequence[Target], env: Mapping[str, str]) -> str:
    """The environment is the person's own word; publish.toml was checked when it was read."""
    named = next((str(t.settings["url"]) for t in targets if t.settings.get("url")), "")
    return (env.get("HF_ENDPOINT") or named or ENDPOINT).rstrip("/")


def _xet(targets: Sequence[Target], env: Mapping[str, str]) -> bool:
    """Whether large files go by xet. One switch for all targets, off if any of them says so.

    A server on this computer is spoken to by LFS, unless xet is asked for by name.
    """
    asked = {target.settings["xet"] for target in targets if "xet" in target.settings}
    off = env.get("HF_HUB_DISABLE_XET", "").lower() in {"1", "true", "yes", "on"}
    near = urlsplit(_endpoint(targets, env)).scheme == "http"
    return not off and False not in asked and (not near or True in asked)


def _token_file(env: Mapping[str, str]) -> Path | None:
    """Where `hf auth login` writes the token (huggingface_hub constants.py, 2.4)."""
    user = env.get("HOME") or env.get("USERPROFILE") or ""
    places = {"HF_TOKEN_PATH": "", "HF_HOME": "token", "XDG_CACHE_HOME": "huggingface/token"}
    for name, below in places.items():
        if given := Template(env.get(name, "")).safe_substitute(env):
            return Path(re.sub(r"^~(?=$|[/\\])", lambda _: user, given)) / below
    return Path(user) / ".cache" / "huggingface" / "token" if user else None
