"""Tokens: where they come from, and how they never show.

Each platform says where its token may stand (`Wanted`); this module looks there, reading only. A
`Secret` prints as `***` however it is printed, and `redact` takes every known secret out of a text.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from pubflow.checks.shapes import without_secrets

_known: set[str] = set()

_SENT = re.compile(r"(?i:bearer|basic)\s+[A-Za-z0-9._~+/=-]{16,}|(?<=access_token=)[^&\s\"']+")
"""Where a token stands in a request, whatever it looks like."""


class Secret:
    """A token that prints as `***` and cannot be pickled. Only `reveal` gives it."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str = "") -> None:
        self._value = value
        self.source = source
        """Where it was found, for messages: `the environment variable HF_TOKEN`."""
        if len(value) >= 6:
            _known.add(value)

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def redact(text: str) -> str:
    """The text with every known secret, and all that looks like one, replaced by `***`."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, "***")
    return without_secrets(_SENT.sub("***", text))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token that a platform needs, and the places where it may stand, best first."""

    platform: str
    """As people call it: `GitHub`."""
    host: str
    """The only host that it is ever sent to, `host` or `host:port`."""
    environment: tuple[str, ...]
    command: tuple[str, ...] = ()
    """A program that prints it, such as the platform's own command line."""
    file: Path | None = None
    page: str = ""
    """Where a person makes one."""
    needs: str = ""
    """What it must allow, in the platform's words."""


def find(wanted: Wanted, env: Mapping[str, str]) -> Secret | None:
    """The first token found: environment, the platform's own tool, its token file, the keyring."""
    for name in wanted.environment:
        if value := env.get(name, "").strip():
            return Secret(value, f"the environment variable {name}")
    if wanted.command and (value := _printed_by(wanted, env)):
        return Secret(value, f"`{' '.join(wanted.command)}`")
    if wanted.file is not None and (value := _written_in(wanted.file)):
        return Secret(value, str(wanted.file))
    if env.get("PUBFLOW_KEYRING", "1") != "0" and (value := _kept_in_keyring(wanted.host)):
        return Secret(value, "the keyring")
    return None


_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|_KEY\b|_PAT\b", re.IGNORECASE)


def _printed_by(wanted: Wanted, env: Mapping[str, str]) -> str:
    # A platform's own tool has no business with the tokens of the others.
    clean = {
        name: value
        for name, value in env.items()
        if name in wanted.environment or not _SECRET_NAME.search(name)
    }
    try:
        done = subprocess.run(
            wanted.command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10,
            env=clean,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _written_in(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _kept_in_keyring(host: str) -> str:
    """What the keyring keeps for that host; backends that store plain text are not asked."""
    import keyring
    from keyring.errors import KeyringError

    try:
        if type(keyring.get_keyring()).__module__.startswith(("keyring.backends.fail", "keyrings")):
            return ""
        return keyring.get_password("pubflow", host) or ""
    except (KeyringError, RuntimeError, OSError):
        return ""


def forget_all() -> None:
    """Forget which values are secret; for tests that check the filter itself."""
    _known.clear()


def learn(values: Iterable[str]) -> None:
    """Values that must never be printed, though pubflow does not use them."""
    _known.update(value for value in values if len(value) >= 6)
