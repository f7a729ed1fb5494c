"""The calls to the Hub, over huggingface_hub. Importing this module is what loads the library.

Nothing is repeated here: repeating is the engine's decision, after a look. Only bytes under their
own digest (LFS, xet) are sent again by the library itself, which changes nothing.
"""

from __future__ import annotations

import logging
import os
import ssl
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast
from urllib.parse import urlsplit

# The library reads these when it is imported.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import httpx2
import huggingface_hub
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from pubflow import __version__
from pubflow.errors import PubflowError
from pubflow.manifest import File
from pubflow.platforms.huggingface.api import About, Commit, Told
from pubflow.platforms.huggingface.refusals import translated
from pubflow.platforms.huggingface.send import Sending, lots
from pubflow.platforms.huggingface.state import Entry
from pubflow.tokens import Secret

CONNECT = 30.0
SILENCE = 120.0
"""Seconds. The Hub itself gives up a commit after 60 (hub-docs storage-limits.md, 2026-08);
huggingface_hub 2.4 alone would wait for ever."""

NOTHING_IGNORED = "# All files of the release are wanted.\n"
"""Sent in place of the repository's .gitignore, by which the library would leave files out."""

_setting = threading.Lock()
_set: tuple[object, ...] = ()


class Client:
    """An `Api`. Without a token it is a stranger."""

    def __init__(
        self,
        endpoint: str,
        token: Secret | None,
        *,
        env: Mapping[str, str],
        xet: bool = True,
        silence: float = SILENCE,
    ) -> None:
        _configure(endpoint, env, xet=xet, silence=silence)
        self._silence = silence
        self._api = HfApi(
            endpoint=endpoint,
            token=token.reveal() if token else False,
            library_name="pubflow",
            library_version=__version__,
        )

    @translated
    def user(self) -> str:
        return str(self._api.whoami(cache=True)["name"])

    @translated
    def about(self, repo: str, kind: str) -> About | None:
        try:
            # Its own default for the timeout is to wait for ever.
            info = self._api.repo_info(
                repo,
                repo_type=kind,
                timeout=self._silence,
                expand=cast(Any, ["private", "gated", "sha", "tags"]),
            )
        except GatedRepoError:
            raise
        except RepositoryNotFoundError:
            return None
        tags = getattr(info, "tags", None) or []
        return About(
            id=info.id,
            head=str(info.sha),
            private=bool(info.private),
            gated=str(getattr(info, "gated", "") or ""),
            doi=next((tag.removeprefix("doi:") for tag in tags if tag.startswith("doi:")), ""),
        )

    @translated
    def may_write(self, repo: str, kind: str) -> bool:
        try:
            self._api.auth_check(repo, repo_type=kind, write=True)
        except HfHubHTTPError as refused:
            if refused.response.status_code not in (401, 403, 404):
                raise
            return False
        return True

    @translated
    def tags(self, repo: str, kind: str) -> dict[str, str]:
        refs = self._api.list_repo_refs(repo, repo_type=kind)
        return {tag.name: tag.target_commit for tag in refs.tags}

    @translated
    def tree(self, repo: str, kind: str, revision: str) -> tuple[Entry, ...]:
        found = self._api.list_repo_tree(repo, recursive=True, revision=revision, repo_type=kind)
        return tuple(
            Entry(item.path, item.size, item.blob_id, item.lfs.sha256 if item.lfs else "")
            for item in found
            if isinstance(item, RepoFile)
        )

    @translated
    def history(self, repo: str, kind: str) -> tuple[Commit, ...]:
        return tuple(
            Commit(commit.commit_id, commit.message or "")
            for commit in self._api.list_repo_commits(repo, repo_type=kind)
        )

    @translated
    def create(self, repo: str, kind: str) -> None:
        # Without a visibility it would be what the organisation's settings say.
        self._api.create_repo(repo, repo_type=kind, visibility="private", exist_ok=False)

    @translated
    def set(self, repo: str, kind: str, *, public: bool = False, gated: str | None = None) -> None:
        asks: Any = None if gated is None else gated or False
        visibility: Literal["public"] | None = "public" if public else None
        self._api.update_repo_settings(repo, repo_type=kind, visibility=visibility, gated=asks)

    @translated
    def stage(self, repo: str, kind: str, files: Sequence[File], told: Told) -> None:
        self._send(repo, kind, [Sending(file, told) for file in files])

    def _send(self, repo: str, kind: str, files: Sequence[Sending]) -> None:
        """Bytes of large files; of the small ones only what the Hub calls large is learnt."""
        for lot in lots(files):
            self._api.preupload_lfs_files(
                repo,
                cast(list[CommitOperationAdd], lot),
                repo_type=kind,
                revision="main",
                free_memory=False,
                gitignore_content=NOTHING_IGNORED,
            )
            for file in lot:
                file.arrived()

    @translated
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
        sending = [Sending(file, told) for file in files]
        self._send(repo, kind, sending)
        made = self._api.create_commit(
            repo,
            [*sending, *(CommitOperationDelete(path, is_folder=False) for path in deleted)],
            commit_message=title,
            commit_description=text,
            repo_type=kind,
            revision="main",
            parent_commit=parent,
        )
        return str(made.oid)

    @translated
    def tag(self, repo: str, kind: str, name: str, commit: str) -> None:
        self._api.create_tag(repo, tag=name, revision=commit, repo_type=kind, exist_ok=False)


def _configure(endpoint: str, env: Mapping[str, str], *, xet: bool, silence: float) -> None:
    """What the library keeps once per process: its HTTP client, its ways of sending, its voice.

    xet is one switch for all targets; it was made to be set before the import, but is looked at
    for each upload.
    """
    global _set
    parts = urlsplit(endpoint)
    if parts.scheme != "https" and not is_near(endpoint):
        raise PubflowError(
            f"{endpoint} is not https.",
            why="A token sent there could be read on the way.",
            hint="Use an https address; plain http is for this computer alone.",
        )
    near = is_near(endpoint)
    proxy = None if near else env.get("HTTPS_PROXY") or env.get("https_proxy") or None
    bundle = "" if near else env.get("REQUESTS_CA_BUNDLE", "")
    with _setting:
        constants.HF_HUB_DISABLE_XET = not xet
        if _set != (proxy, bundle, silence):
            huggingface_hub.set_client_factory(_factory(proxy, bundle, silence))
            logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
            # The card's warnings are shown with the plan, where a card is made.
            warnings.filterwarnings("ignore", message="Warnings while validating metadata")
            _set = (proxy, bundle, silence)


def _factory(proxy: str | None, bundle: str, silence: float) -> Callable[[], httpx2.Client]:
    timeout = httpx2.Timeout(silence, connect=min(CONNECT, silence))

    def client() -> httpx2.Client:
        return httpx2.Client(
            follow_redirects=True,
            timeout=timeout,
            trust_env=False,
            proxy=proxy,
            verify=ssl.create_default_context(cafile=bundle) if bundle else True,
        )

    return client


def is_near(endpoint: str) -> bool:
    """Whether the address leads to this computer."""
    host = urlsplit(endpoint).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
