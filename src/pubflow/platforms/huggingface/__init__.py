"""The Hugging Face Hub: a model repository for weights, a dataset repository for data.

`wanted` and `make` are what the entry point offers; `HuggingFace` is the platform. huggingface_hub
is imported when it is first needed.

A private repository gets its one commit in UPLOAD. In one that is public already the bytes are
sent in UPLOAD (`stage`; nobody can see them) and the commit that names them is made in PUBLISH.
Nothing is ever deleted as a whole: a repository made again under an old name cannot be filled
(huggingface_hub issue 3829), so `undo` leaves an unpublished one private.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pubflow.actions import Action, Kept, Receipt
from pubflow.claim import Claim, Register
from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.platform import Made, Problem, Progress
from pubflow.platforms.huggingface import diff as decide
from pubflow.platforms.huggingface.state import HubState, kind_of, wanted_name
from pubflow.tokens import Secret, Wanted

if TYPE_CHECKING:
    from pubflow.assemble import Kit
    from pubflow.platforms.huggingface.api import Api

ENDPOINT = "https://huggingface.co"


def wanted(targets: Sequence[Target], env: Mapping[str, str]) -> tuple[Wanted, ...]:
    """The one token that these targets need, and where it may stand."""
    from pubflow.platforms.huggingface.refusals import NEEDS

    server = _endpoint(targets, env)
    return (
        Wanted(
            platform="Hugging Face",
            host=urlsplit(server).netloc,
            environment=("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"),
            # What is kept there belongs to the Hub itself.
            file=_token_file(env) if server == ENDPOINT else None,
            page=f"{server}/settings/tokens",
            needs=NEEDS,
        ),
    )


def make(kit: Kit) -> HuggingFace:
    return HuggingFace(
        endpoint=_endpoint(kit.targets, kit.env),
        token=kit.token,
        claim=kit.claim,
        env=kit.env,
        xet=_xet(kit.targets, kit.env),
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
        api: Api | None = None,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._token = token
        self._claim = claim
        self._env = env
        self._xet = xet
        self._silence = silence
        self._made = api
        self._user = ""
        self._lock = threading.Lock()

    def makes(self, target: Target) -> tuple[Made, ...]:
        return ("card",)

    def is_test(self, target: Target) -> bool:
        """No: the Hub has no place for tests."""
        return False

    def register(self, target: Target) -> Register | None:
        """None: the claim is kept elsewhere."""
        return None

    def unseen(self, target: Target) -> HubState:
        return self._state(target, _repo(target, ""))

    def check(self, target: Target) -> Iterable[Problem]:
        return decide.check(target)

    def observe(self, target: Target, memory: Mapping[str, str]) -> HubState:
        from pubflow.platforms.huggingface import look

        repo = _repo(target, "")
        if not repo:
            repo = _repo(target, self._owner())
        return look.observe(self._api, target, memory, endpoint=self._endpoint, repo=repo)

    def diff(
        self, target: Target, state: HubState, links: Links
    ) -> Iterable[Action | Kept | Problem]:
        return decide.diff(target, state, links)

    def undo(self, target: Target, state: HubState) -> Iterable[Action]:
        """Nothing: see above."""
        return ()

    def apply(
        self, action: Action, target: Target, state: HubState, links: Links, progress: Progress
    ) -> Receipt:
        from pubflow.platforms.huggingface import apply

        return apply.apply(self._api, self._claim, action, target, state, links, progress)

    def verify(self, target: Target, links: Links) -> Iterable[Problem]:
        from pubflow.platforms.huggingface import stranger

        link = links.get(target.name)
        if link is None:
            return [Problem(target.name, "Its address on the Hub is not known.")]
        api = self._client(None)
        return stranger.verify(api, target, link, endpoint=self._endpoint)

    @property
    def _api(self) -> Api:
        with self._lock:
            if self._made is None:
                self._made = self._client(self._token)
            return self._made

    def _client(self, token: Secret | None) -> Api:
        from pubflow.platforms.huggingface import client

        silence = client.SILENCE if self._silence is None else self._silence
        return client.Client(self._endpoint, token, env=self._env, xet=self._xet, silence=silence)

    def _owner(self) -> str:
        """Who the token belongs to, asked once: the Hub counts these questions sharply."""
        api = self._api
        with self._lock:
            if not self._user:
                self._user = api.user()
            return self._user

    def _state(self, target: Target, repo: str) -> HubState:
        return HubState(self._endpoint, kind_of(target), repo, target.release.tag)


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
    if path := env.get("HF_TOKEN_PATH"):
        return Path(path)
    if home := env.get("HF_HOME"):
        return Path(home) / "token"
    if cache := env.get("XDG_CACHE_HOME"):
        return Path(cache) / "huggingface" / "token"
    if home := env.get("HOME") or env.get("USERPROFILE"):
        return Path(home) / ".cache" / "huggingface" / "token"
    return None
