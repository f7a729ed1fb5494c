"""The rules of the house that a machine can hold: imports point down, rooms stay small."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "pubflow"
MODULES = sorted(SOURCE.rglob("*.py"))

CORE = [
    "actions",
    "claim",
    "engine",
    "journal",
    "lockfile",
    "plan",
    "platform",
    "build",
    "assemble",
    "discard",
    "patience",
]
"""What names no platform, not even in a docstring."""

ORDER = [
    {"errors"},
    {"clock", "manifest", "patience"},
    {"actions"},
    {"links"},
    {"platform", "tokens"},
    {"plan", "http", "journal", "lockfile", "git", "tree", "documents"},
    {"claim", "commit", "load"},
    {"engine"},
    {"build"},
    {"assemble"},
    {"discard", "platforms"},
]
"""From the bottom up; a room imports from its own floor and from below."""

LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}


def imports(path: Path) -> set[str]:
    """The rooms of pubflow that a module imports, not counting those for type checkers only."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pubflow"):
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("pubflow.")}
    return found


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_down(path: Path) -> None:
    own = room(path)
    if own not in LEVEL:
        return
    above = {name for name in imports(path) if LEVEL.get(name, -1) > LEVEL[own]}
    assert not above, f"{own} imports {sorted(above)} from above"


@pytest.mark.parametrize("name", CORE)
def test_the_core_names_no_platform(name: str) -> None:
    folder = SOURCE / name
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [SOURCE / f"{name}.py"]
    for path in files:
        text = path.read_text("utf-8")
        found = re.findall(r"(?i)github|hugging ?face|zenodo|invenio|kaggle|\bhub\b", text)
        assert not found, f"{path.name} names {sorted(set(found))}"


def test_platforms_and_stand_ins_share_no_code() -> None:
    for path in MODULES:
        if room(path) == "platforms":
            assert "rehearsal" not in imports(path), path
        if path.is_relative_to(SOURCE / "rehearsal") and path.parent != SOURCE / "rehearsal":
            assert not imports(path) - {"rehearsal"}, path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_that_grows_grows_inward(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()

    assert len(lines) <= 350
    assert path.stem not in {"utils", "helpers", "common", "base", "manager"}
    left = [line for line in lines if re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", line)]
    assert not left
