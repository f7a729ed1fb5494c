"""Our citation facts in an author's CITATION.cff, of which everything else stays as it is."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from pubflow.documents import yamltext

WHAT = "CITATION.cff"
OURS = ("version", "date-released", "doi")
"""Facts of this release: always set."""

Row = dict[str, Any]


def merge(ours: Row, existing: str) -> tuple[str, tuple[str, ...]]:
    """(the author's text with our facts, one sentence for each value that differs)."""
    text = existing.removeprefix("\ufeff")
    theirs = yamltext.parse(text.replace("\r\n", "\n"), what=WHAT)
    changes: Row = {}
    conflicts: list[str] = []
    if str(theirs.get("cff-version", "")) != ours["cff-version"]:
        changes["cff-version"] = ours["cff-version"]
        if "cff-version" in theirs:
            conflicts.append(
                f"{WHAT} is of version {theirs['cff-version']}; pubflow sets it to 1.2.0, "
                "the one that GitHub reads."
            )
    for key in OURS:
        if key in ours and yamltext.plain(theirs.get(key)) != ours[key]:
            changes[key] = ours[key]
    for key, mine in ours.items():
        if key in OURS or key == "cff-version":
            continue
        if key not in theirs:
            if not (key.startswith("license") and ("license" in theirs or "license-url" in theirs)):
                changes[key] = mine
        elif key in ("identifiers", "references"):
            merged = copy.deepcopy(theirs[key])
            if isinstance(merged, list) and _into(merged, mine, key):
                changes[key] = merged
        elif key == "authors":
            merged = copy.deepcopy(theirs[key])
            if isinstance(merged, list) and _people(merged, mine, conflicts):
                changes[key] = merged
        elif key == "preferred-citation":
            merged = copy.deepcopy(theirs[key])
            if isinstance(merged, dict) and _paper(merged, mine, conflicts):
                changes[key] = merged
        elif key not in ("message", "type"):
            conflicts.extend(_differs(key, theirs[key], mine))
    if "license" in ours and "license" not in theirs and "license-url" in theirs:
        conflicts.extend(_differs("license", theirs["license-url"], ours["license"]))
    return yamltext.update(text, changes, what=WHAT), tuple(conflicts)


def _into(theirs: list[Any], ours: list[Row], key: str) -> bool:
    """Set our rows among theirs, in place where they have the same thing; whether it changed."""
    changed = False
    left = [row for row in theirs if isinstance(row, dict)]
    settable = ("value", "description") if key == "identifiers" else (*OURS, "year")
    for mine in ours:
        match = _identifier(left, mine) if key == "identifiers" else _work(left, mine)
        if match is None:
            theirs.append(mine)
            changed = True
            continue
        left.remove(match)
        known = match.get("value") == mine.get("value") and key == "identifiers"
        for field, value in mine.items():
            if field in match and (known or field not in settable):
                continue
            if yamltext.plain(match.get(field)) != value:
                yamltext.put(match, field, value)
                changed = True
    return changed


def _identifier(rows: list[Row], mine: Row) -> Row | None:
    """The row of the same value; else that of our own sentence in an earlier version."""
    for row in rows:
        if row.get("value") == mine["value"]:
            return row
    say, before = str(mine["description"]), "The code of version "
    for row in rows:
        said = str(row.get("description", ""))
        alike = said == say or (said.startswith(before) and say.startswith(before))
        if alike and row.get("type") == mine["type"]:
            return row
    return None


def _work(rows: list[Row], mine: Row) -> Row | None:
    """The same work: by DOI, else by address, else by title."""
    for field in ("doi", "url", "title"):
        for row in rows:
            if field in mine and row.get(field) == mine[field]:
                return row
    return None


def _people(theirs: list[Any], ours: list[Row], conflicts: list[str]) -> bool:
    """Add what we know of the same people; other people are a conflict. Whether it changed."""
    shown = [[_name(row) for row in rows if isinstance(row, dict)] for rows in (theirs, ours)]
    if [name.casefold() for name in shown[0]] != [name.casefold() for name in shown[1]]:
        conflicts.append(_sentence("authors", ", ".join(shown[0]), ", ".join(shown[1])))
        return False
    changed = False
    for row, mine in zip(theirs, ours, strict=True):
        for field in ("orcid", "affiliation"):
            if field in mine and field not in row:
                yamltext.put(row, field, mine[field])
                changed = True
            elif field in mine:
                conflicts.extend(_differs(f"{field} of {_name(mine)}", row[field], mine[field]))
    return changed


def _name(row: Row) -> str:
    parts = (row.get(key) for key in ("given-names", "name-particle", "family-names"))
    return str(row.get("name") or " ".join(str(part) for part in parts if part))


def _paper(theirs: Row, ours: Row, conflicts: list[str]) -> bool:
    changed = False
    for field in ("doi", "url"):
        if field in ours and field not in theirs and "doi" not in theirs:
            yamltext.put(theirs, field, ours[field])
            changed = True
    for field in ("title", "doi"):
        if field in ours and field in theirs:
            conflicts.extend(_differs(f"{field} of the paper", theirs[field], ours[field]))
    return changed


def _differs(key: str, theirs: Any, ours: Any) -> Iterator[str]:
    left, right = yamltext.plain(theirs), yamltext.plain(ours)
    if isinstance(left, str) and isinstance(right, str):
        if " ".join(left.split()) == " ".join(right.split()):
            return
    elif left == right or left == [right] or [left] == right:
        return
    yield _sentence(key, left, right)


def _sentence(key: str, theirs: Any, ours: Any) -> str:
    return (
        f"{WHAT} and publish.toml differ in {key}: “{_short(theirs)}” there, "
        f"“{_short(ours)}” here. The file's stays; make the two equal."
    )


def _short(value: Any) -> str:
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:87] + "..."
