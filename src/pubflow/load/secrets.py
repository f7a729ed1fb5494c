"""Secrets have no place in publish.toml, which is committed: found, refused, and never printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pubflow.checks.shapes import PLAIN, home_of
from pubflow.load.findings import Findings, quoted
from pubflow.load.lines import Place
from pubflow.platform import Problem

_KEY = re.compile(
    r"(?:.*[_-])?(?:tokens?|passwords?|passwd|passphrase|secrets?|api[_-]?keys?|access[_-]?keys?"
    r"|secret[_-]?keys?|private[_-]?keys?|credentials?|auth)",
    re.IGNORECASE,
)

_ZENODO = re.compile(r"(?<=[\"'])[A-Za-z0-9]{60}(?=[\"'])")
"""A token of Zenodo is 60 letters and digits without a prefix, so it must be a whole value."""

_VALUE = re.compile(f"{PLAIN.pattern}|{_ZENODO.pattern}")

_PLACE = {
    "github": "the environment variable GITHUB_TOKEN",
    "hub": "the environment variable HF_TOKEN",
    "zenodo": "the environment variable ZENODO_TOKEN",
}
_OF_TABLE = {"github": "github", "huggingface": "hub", "zenodo": "zenodo"}
_WHY = "publish.toml is committed and shared, and everybody could use it"
_AND = "and make a new one: this one may have been seen."


def find_secrets(values: dict[str, Any], text: str, findings: Findings) -> frozenset[str]:
    """Report every key that is named like a secret and every text that looks like one.

    Returns the secrets found, for `masked`. The text is searched too: comments are committed.
    """
    secrets: set[str] = set()
    places: set[Place] = set()
    for place, key, value in _walk(values, ()):
        looks = _VALUE.search(f'"{value}"') if isinstance(value, str) else None
        named = isinstance(key, str) and _KEY.fullmatch(key) and not isinstance(value, dict | bool)
        if named:
            what = f"{quoted(key)} is the name of a secret"
            secrets.update(part for part in _strings(value) if part)
        elif looks:
            what = "This value looks like a secret"
        else:
            continue
        places.add(place)
        kind = _kind(looks.group()) if looks else ""
        kind = kind or _kind_of(place)
        home = _PLACE.get(kind) or "one of GITHUB_TOKEN, HF_TOKEN, ZENODO_TOKEN in the environment"
        findings.error(place, what, _WHY, f"Take it out, put it into {home}, {_AND}")
    seen = {match.group() for match in _VALUE.finditer(text)}
    secrets |= seen
    plain = "\n".join(part for _, _, value in _walk(values, ()) for part in _strings(value))
    if hidden := sorted(secret for secret in seen if secret not in plain):
        for secret in hidden:
            findings.error_at(
                text.count("\n", 0, text.index(secret)) + 1,
                "A comment or name holds what looks like a secret",
                _WHY,
                f"Take it out {_AND}",
            )
    return frozenset(secrets)


def masked(problems: Sequence[Problem], secrets: frozenset[str]) -> tuple[Problem, ...]:
    """The same problems with every secret printed as `***`, whoever quoted it."""
    longest_first = sorted((secret for secret in secrets if len(secret) > 3), key=len, reverse=True)

    def clean(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, "***")
            # A quotation may have cut it short.
            for length in (24, 12, 8):
                if len(secret) > length:
                    text = text.replace(secret[:length], "***")
        return _VALUE.sub("***", text)

    return tuple(
        replace(p, what=clean(p.what), why=clean(p.why), hint=clean(p.hint)) for p in problems
    )


def _kind(secret: str) -> str:
    return home_of(secret) or ("zenodo" if re.fullmatch(r"[A-Za-z0-9]{60}", secret) else "")


def _kind_of(place: Place) -> str:
    return next((kind for part in place if (kind := _OF_TABLE.get(str(part), ""))), "")


def _walk(node: Any, place: Place) -> Iterator[tuple[Place, str | int, Any]]:
    items: list[tuple[str | int, Any]] = []
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = list(enumerate(node))
    for key, value in items:
        yield (*place, key), key, value
        yield from _walk(value, (*place, key))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif not isinstance(value, dict | bool):
        yield str(value)
