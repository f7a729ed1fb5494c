"""How the runner reads a job's log: which lines it obeys, and what they say.

A second reading of actions/runner, src/Runner.Common/ActionCommand.cs (2026-11): `::name k=v::data`
at a line's start, white space aside, and `##[name k=v]data` anywhere in a line, for the commands
that it knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

KNOWN = {
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group",
    "internal-set-repo-path", "notice", "remove-matcher", "save-state", "set-env", "set-output",
    "stop-commands", "warning",
}  # fmt: skip


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> list[Command]:
    """All that the runner would do because of this log."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        stripped = line.lstrip()
        if stripped.startswith("::") and "::" in stripped[2:]:
            head, _, data = stripped[2:].partition("::")
            found += _command(head, ",", data, {"%0D": "\r", "%0A": "\n"})
        elif "##[" in line and "]" in line.partition("##[")[2]:
            head, _, data = line.partition("##[")[2].partition("]")
            found += _command(head, ";", data, {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]"})
    return found


def _command(head: str, between: str, data: str, signs: dict[str, str]) -> list[Command]:
    name, _, rest = head.partition(" ")
    if name.lower() not in KNOWN:
        return []
    pairs = (part.split("=", 1) for part in rest.strip().split(between) if "=" in part)
    signs_in = {**signs, "%3A": ":", "%2C": ","}
    properties = {key: _plain(value, signs_in) for key, value in pairs}
    return [Command(name.lower(), properties, _plain(data, signs))]


def _plain(text: str, signs: dict[str, str]) -> str:
    for sign, meant in signs.items():
        text = text.replace(sign, meant)
    return text.replace("%25", "%")


def outputs(text: str) -> dict[str, str]:
    """What the runner takes from GITHUB_OUTPUT. Raises ValueError where it would fail the step."""
    found: dict[str, str] = {}
    lines = iter(text.removesuffix("\n").split("\n") if text else [])
    for line in lines:
        name, heredoc, end = line.partition("<<")
        if not heredoc:
            raise ValueError(f"no output: {line!r}")
        value = []
        for inner in lines:
            if inner == end:
                break
            value.append(inner)
        else:
            raise ValueError(f"{name} does not end")
        found[name] = "\n".join(value)
    return found
