"""huggingface_hub, imported as pubflow wants it, and what it keeps once per process.

Everybody here takes the library's names from this module, so that it is never imported before its
settings stand.
"""

from __future__ import annotations

import logging
import os
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

# The library reads these when it is imported.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_XET_TELEMETRY_ENABLED"] = "0"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
# A switch of old, which has no effect but a warning.
os.environ["HF_HUB_ENABLE_HF_TRANSFER"] = "0"

import httpx2
import huggingface_hub
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    constants,
    get_session,
    hf_hub_url,
)
from huggingface_hub._commit_api import _fetch_upload_modes as fetch_upload_modes
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils._http import hf_raise_for_status
from huggingface_hub.utils._runtime import is_xet_available

from pubflow.errors import PubflowError
from pubflow.http import proxy_of
from pubflow.platforms.huggingface.patience import Patient

__all__ = [
    "SILENCE",
    "CommitOperationAdd",
    "CommitOperationDelete",
    "EntryNotFoundError",
    "GatedRepoError",
    "HfApi",
    "HfHubHTTPError",
    "RepoFile",
    "RepositoryNotFoundError",
    "configure",
    "fetch_upload_modes",
    "get_session",
    "hf_hub_url",
    "hf_raise_for_status",
    "is_near",
    "is_xet_available",
    "own_token_only",
]

SILENCE = 120.0
"""Seconds. The Hub itself gives up a commit after 60 (hub-docs storage-limits.md, 2026-08);
huggingface_hub 2.4 alone would wait for ever."""

_setting = threading.Lock()
_set: tuple[object, ...] = ()
_sending = 0
_implicit = False


def configure(endpoint: str, env: Mapping[str, str], *, xet: bool, silence: float) -> None:
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
    if not near and (off := _offline(env)):
        raise PubflowError(
            f"Nothing may be asked of the Hub: {off} is set.",
            why="A release, and any look at it, needs the Hub.",
            hint=f"Unset {off}, then run again.",
        )
    proxy = proxy_of(parts.hostname or "", env) or None
    bundle = "" if near else env.get("REQUESTS_CA_BUNDLE", "")
    with _setting:
        constants.HF_HUB_DISABLE_XET = not xet
        if _set != (proxy, bundle, silence):
            huggingface_hub.set_client_factory(_factory(proxy, bundle, silence))
            logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
            # The card's warnings are shown with the plan, where a card is made; tables beside
            # weights are what publish.toml says; and how it calls httpx2 is the library's own
            # affair, though PYTHONWARNINGS=error would end a release with it.
            for said in (
                "Warnings while validating metadata",
                "It seems that you are about to",
                "Use 'content=<...>' to upload",
            ):
                warnings.filterwarnings("ignore", message=said)
            _set = (proxy, bundle, silence)


@contextmanager
def own_token_only() -> Iterator[None]:
    """For sending by LFS: there huggingface_hub 2.4 looks for another token beside the one it got,
    renews that of `hf auth login`, and fails where HF_OIDC_RESOURCE promises one that is not to be
    had. What anybody else in this process asks of it is as before afterwards."""
    global _sending, _implicit
    with _setting:
        if not _sending:
            _implicit = constants.HF_HUB_DISABLE_IMPLICIT_TOKEN
        _sending += 1
        constants.HF_HUB_DISABLE_IMPLICIT_TOKEN = True
    try:
        yield
    finally:
        with _setting:
            _sending -= 1
            if not _sending:
                constants.HF_HUB_DISABLE_IMPLICIT_TOKEN = _implicit


def _offline(env: Mapping[str, str]) -> str:
    """The variable by which a person keeps the Hub's tools from the network; empty if none.

    huggingface_hub 2.4 obeys it in its own client, which is not used here.
    """
    name = "HF_HUB_OFFLINE" if env.get("HF_HUB_OFFLINE") else "TRANSFORMERS_OFFLINE"
    return name if env.get(name, "").lower() in {"1", "on", "yes", "true"} else ""


def _factory(proxy: str | None, bundle: str, silence: float) -> Callable[[], httpx2.Client]:
    def client() -> httpx2.Client:
        return Patient(
            silence,
            follow_redirects=True,
            trust_env=False,
            proxy=proxy,
            verify=ssl.create_default_context(cafile=bundle) if bundle else True,
        )

    return client


def is_near(endpoint: str) -> bool:
    """Whether the address leads to this computer."""
    host = urlsplit(endpoint).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
