"""What GitHub's answers say: lists of refs, releases, errors and waits. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urljoin

from pubflow.errors import PubflowError, Transient
from pubflow.http import host_of, wait_of
from pubflow.platforms.github.refusals import RENEW, advice
from pubflow.platforms.github.state import Asset, Release, Repository, Ruleset
from pubflow.tokens import redact

Headers = Mapping[str, Any]
T = TypeVar("T")

MOVED = "x-moved-to"
"""The header in which we hear where a 301 leads. Of `Location` the library takes the path alone,
and sends a change there again (PyGithub 2.10, Requester.py, read in 2026-11)."""

_KINDS = {
    "gh" + "p_": "classic",
    "gh" + "o_": "classic",  # Of OAuth, as gh's own: it has scopes too.
    "github" + "_pat_": "fine-grained",
    "gh" + "s_": "workflow",
}
"""How tokens begin; github.blog, "Behind GitHub's new authentication token formats", 2021-04."""


def kind_of(token: str) -> str:
    """What kind of token it is by its form; empty where that does not tell."""
    return next((kind for start, kind in _KINDS.items() if token.startswith(start)), "")


def scopes(kind: str, headers: Mapping[str, str]) -> frozenset[str] | None:
    """The scopes that an answer names; None where it says nothing of them.

    An empty list means a classic token without any. Other kinds have none, whatever is sent.
    """
    words = headers.get("x-oauth-scopes")
    if words is None or (not words.strip() and kind != "classic"):
        return None
    return frozenset(word.strip() for word in words.split(",") if word.strip())


def advertised(answer: bytes) -> dict[str, str]:
    """Ref -> id, from what a git server says first; gitprotocol-pack(5), "Reference Discovery".

    Peeled tags end in `^{}`. Raises Transient for anything else, as proxies answer HTML.
    """
    found: dict[str, str] = {}
    at = 0
    while at < len(answer):
        try:
            size = int(answer[at : at + 4], 16)
        except ValueError:
            size = -1
        if size < 0 or at + size > len(answer):
            raise Transient("The list of refs did not arrive whole.")
        line = answer[at + 4 : at + size].partition(b"\0")[0].strip().decode("utf-8", "replace")
        at += max(size, 4)
        sha, _, ref = line.partition(" ")
        if len(sha) == 40 and ref and ref != "capabilities^{}":
            found[ref] = sha
    if not answer.endswith(b"0000"):
        raise Transient("The list of refs did not arrive whole.")
    return found


def lowered(headers: Headers) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def moved(base: str, headers: Headers) -> str:
    """The path below `base` that a 301 leads to. Raises PubflowError for anywhere else."""
    low = lowered(headers)
    there = urljoin(f"{base}/", low.get(MOVED) or low.get("location", ""))
    if not there.startswith(f"{base}/") or there == f"{base}/":
        raise PubflowError(
            f"{host_of(base)} pointed to another address: {redact(there)[:200]}",
            why="A token belongs to one host, so it was not followed.",
            hint="Check GITHUB_API_URL and GITHUB_SERVER_URL.",
        )
    return there.removeprefix(base)


def hidden(name: str) -> PubflowError:
    """GitHub knows where the repository of that name went, and does not show it."""
    return PubflowError(
        f"{name} was renamed or moved, and the token may not see where it is now.",
        why="A new one of the old name would be made beside it, and old links would lead there.",
        hint="Give the token access to it, and write its new name into publish.toml. If it is gone,"
        " make an empty private repository of the old name by hand.",
    )


def wait_asked(status: int, headers: Mapping[str, str], said: str) -> float | None:
    """Seconds to wait for a rate limit, None where it is none.

    Order: Retry-After, then x-ratelimit-reset where nothing remains, else a minute; GitHub docs,
    "Rate limits for the REST API", 2026-11.
    """
    if (asked := wait_of(headers)) is not None:
        return asked
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(1.0, int(reset) - time.time())
    words = ("rate limit", "abuse detection", "submitted too quickly")  # The last two: older ones.
    return 60.0 if status == 429 or any(word in said.lower() for word in words) else None


def needed(headers: Headers) -> str:
    """What a token must be allowed for such a request: `administration=write`; else empty.

    docs.github.com, "Troubleshooting the REST API", 2026-11.
    """
    return lowered(headers).get("x-accepted-github-permissions", "")


def said(answer: Any) -> str:
    """GitHub's own words, with what its `errors` add, and no secret."""
    if not isinstance(answer, dict):
        return "no reason given"
    parts = [str(answer.get("message") or "no reason given")]
    for error in _errors(answer):
        if isinstance(error, dict):
            words = (error.get("field"), error.get("message") or error.get("code"))
            parts.append(" ".join(str(word) for word in words if word))
        else:
            parts.append(str(error))
    return redact("; ".join(parts))[:600]


def codes(answer: Any) -> set[str]:
    return {str(e.get("code")) for e in _errors(answer) if isinstance(e, dict)}


def _errors(answer: Any) -> list[Any]:
    found = answer.get("errors") if isinstance(answer, dict) else None
    return found if isinstance(found, list) else [found] if found else []


def refusal(
    host: str, what: str, status: int, headers: Mapping[str, str], answer: Any
) -> PubflowError:
    """What an answer that is not a yes means: wait, or say why not. `headers` are in lower case."""
    words = said(answer)
    if status in (403, 429) and (wait := wait_asked(status, headers, words)) is not None:
        span = f"{wait:.0f} s" if wait < 120 else f"{wait / 60:.0f} minutes"
        return Transient(f"{host} asks us to wait {span}: {words}", wait=wait)
    if status >= 500:
        return Transient(f"{what}.", wait=wait_of(headers))
    if 300 <= status < 400:
        return PubflowError(
            f"{what}, a redirect.",
            why="The repository was renamed or moved, and the change was not made.",
            hint="Write its new name into publish.toml.",
        )
    if status == 401:
        return PubflowError(
            f"{host} does not accept the token.",
            why=words,
            hint=RENEW,
        )
    lacks = needed(headers) if status in (403, 404) else ""
    return PubflowError(
        f"{what}: {words}",
        why=f"The token needs: {lacks}" if lacks else "",
        hint=advice([], words),
    )


# What answers hold. Each raises a LookupError, TypeError or AttributeError for another shape, which
# `pubflow.http.shape` translates.


def whatever(answer: Any) -> Any:
    """For answers whose status says all."""


def each(make: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    def made(answer: Any) -> list[T]:
        if not isinstance(answer, list):
            raise TypeError("no list")
        return [make(one) for one in answer]

    return made


def text(value: Any) -> str:
    """A text that must be there."""
    if not isinstance(value, str) or not value:
        raise TypeError("no text")
    return value


def login(answer: Mapping[str, Any]) -> str:
    return text(answer["login"])


def repository(answer: Mapping[str, Any]) -> Repository:
    rights = answer.get("permissions") or {}
    if not rights.get("pull"):
        # Tokens of apps, such as a workflow's own, are said to get all of them as false.
        rights = {}
    return Repository(
        id=answer["id"],
        name=text(answer["full_name"]),
        private=answer["private"],
        branch=answer.get("default_branch") or "main",
        description=answer.get("description") or "",
        homepage=answer.get("homepage") or "",
        topics=tuple(answer.get("topics") or ()),
        archived=bool(answer.get("archived")),
        fork=bool(answer.get("fork")),
        license=(answer.get("license") or {}).get("spdx_id") or "",
        may_push=rights.get("push", True),
        may_administer=rights.get("admin", True),
    )


def topics(answer: Mapping[str, Any]) -> list[str]:
    return each(text)(answer["names"])


def parents(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(text(parent["sha"]) for parent in answer["parents"])


def enabled(answer: Mapping[str, Any]) -> bool:
    return bool(answer["enabled"])


def protection(answer: Mapping[str, Any]) -> bool:
    return bool((answer.get("protection") or {}).get("enabled"))


def rule(answer: Mapping[str, Any]) -> tuple[str, int]:
    """What kind of rule it is, and the number of the ruleset that it is in; 0 if not said."""
    return text(answer["type"]), int(answer.get("ruleset_id") or 0)


def tag_ruleset(answer: Mapping[str, Any]) -> tuple[int, str] | None:
    """Number and name, if it holds for tags."""
    holds = answer["enforcement"] == "active" and answer.get("target") == "tag"
    return (int(answer["id"]), text(answer["name"])) if holds else None


def ruleset(answer: Mapping[str, Any]) -> Ruleset:
    rules = tuple(text(rule["type"]) for rule in answer.get("rules") or ())
    return Ruleset(rules, answer.get("current_user_can_bypass") in ("always", "exempt"))


def hook(answer: Mapping[str, Any]) -> str:
    """The address that an active webhook calls; else empty."""
    return str(answer["config"].get("url") or "") if answer["active"] else ""


def asset(answer: Mapping[str, Any]) -> Asset:
    return Asset(
        id=answer["id"],
        name=text(answer["name"]),
        size=answer.get("size") or 0,
        digest=answer.get("digest") or "",
        state=answer.get("state") or "",
    )


def release(answer: Mapping[str, Any]) -> Release:
    """Without its assets."""
    return Release(
        id=answer["id"],
        tag=answer["tag_name"] or "",  # Others' drafts may have none yet.
        draft=answer["draft"],
        prerelease=answer["prerelease"],
        body=answer.get("body") or "",
        upload_url=answer.get("upload_url") or "",
    )
