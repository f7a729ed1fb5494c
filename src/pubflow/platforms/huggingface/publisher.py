"""Trusted Publishers: in a workflow, one short-lived token for each repository, and no secret.

GitHub's runner vouches for the workflow (`permissions: id-token: write`), and the Hub exchanges
that for a token of one hour that reaches one repository, if that repository's settings name the
workflow (hub-docs trusted-publishers.md, 2026-08; RFC 8693). It makes no repository and no
collection. Tried against a stand-in only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from pubflow.errors import Transient
from pubflow.tokens import Secret

URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
"""Set by GitHub's runner where the job has `id-token: write` (docs.github.com, "OpenID Connect
reference", 2026-11)."""

EARLY = 600.0
"""Seconds before its end at which a token is no longer begun with."""


def at_hand(env: Mapping[str, str]) -> bool:
    """Whether this job can vouch for itself."""
    return env.get("GITHUB_ACTIONS") == "true" and bool(env.get(URL) and env.get(TOKEN))


class Publisher:
    """Exchanges the job's identity for tokens, one for each repository. Safe from many threads."""

    def __init__(
        self,
        endpoint: str,
        env: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._env = env
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[Secret | None, float]] = {}

    def token(self, repo: str, kind: str) -> Secret | None:
        """A token for that repository; None if the Hub gives none: there is no such repository,
        or it does not trust this workflow. Raises Transient when the answer was not clear."""
        resource = f"datasets/{repo}" if kind == "dataset" else repo
        with self._lock:
            found, ends = self._tokens.get(resource, (None, 0.0))
            if self._clock() >= ends:
                found, ends = self._exchanged(resource)
                self._tokens[resource] = found, ends
            return found

    def _exchanged(self, resource: str) -> tuple[Secret | None, float]:
        from pubflow.http import Session

        session = Session(self._endpoint, env=self._env)
        answer = session.request(
            "POST",
            "/oauth/token",
            body={
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
                "subject_token": self._identity().reveal(),
                "resource": resource,
            },
        )
        if answer.status in (400, 401, 403, 404):
            return None, 0.0
        made = answer.json() if answer.ok else {}
        if not isinstance(made, dict) or not made.get("access_token"):
            raise Transient(f"The Hub gave no token for {resource} ({answer.status}).")
        ends = self._clock() + float(made.get("expires_in", 3600)) - EARLY
        return Secret(str(made["access_token"]), "the job's own identity"), ends

    def _identity(self) -> Secret:
        """What the runner says of this job, signed for the Hub alone."""
        from pubflow.http import Session

        address = urlsplit(self._env[URL])
        session = Session(
            f"{address.scheme}://{address.netloc}",
            Secret(self._env[TOKEN], f"the environment variable {TOKEN}"),
            env=self._env,
        )
        answer = session.request(
            "GET",
            address.path,
            params={**dict(parse_qsl(address.query)), "audience": self._endpoint},
        )
        said = answer.json() if answer.ok else {}
        if not isinstance(said, dict) or not said.get("value"):
            raise Transient(f"The runner did not vouch for this job ({answer.status}).")
        return Secret(str(said["value"]), "the runner")
