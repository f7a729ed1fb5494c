"""Findings that the author knows and lets pass, each with a reason that every report repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pubflow.tree.names import excluded

SECRET = "SEC001"
UNWANTED = "SEC002"
NOTEBOOK = "REP012"
IDS = (SECRET, UNWANTED, NOTEBOOK)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry of `[checks] ignore`."""

    id: str
    """Of the rule: `SEC001`."""
    reason: str
    path: str = ""
    """Which files, written as in `exclude`, from the folder of publish.toml; empty: all."""

    def covers(self, rule: str, path: str) -> bool:
        return self.id == rule and (not self.path or excluded(path, (self.path,)))


def allowed_by(known: Sequence[Allowed], rule: str, path: str) -> Allowed | None:
    """The first entry that lets this rule's finding pass in this file."""
    return next((entry for entry in known if entry.covers(rule, path)), None)
