"""A folder with a publish.toml in it, and what pubflow says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pubflow.errors import Blocked
from pubflow.load import Loaded, load
from pubflow.platform import Problem

SOUND = (
    "schema = 1",
    'paper.title = "T"',
    'paper.authors = [{ given = "Ada", family = "Lovelace" }]',
    'defaults.version = "1.0.0"',
    'data.d.path = "d"',
    'data.d.license = "CC0-1.0"',
)


class Folder:
    """What a test writes into it, and how pubflow answers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / "publish.toml"
        self.write({"d/train.csv": "a,b\n1,2\n"})

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    def sound_but(self, *lines: str, without: tuple[str, ...] = ()) -> str:
        """A sound publish.toml with these lines after its own, and some of its own left out."""
        kept = [line for line in SOUND if not line.startswith(without or ("\0",))]
        return "\n".join([*kept, *lines]) + "\n"

    def load(
        self,
        text: str,
        *,
        hosts: frozenset[str] = frozenset(),
        env: Mapping[str, str] | None = None,
    ) -> Loaded:
        self.file.write_bytes(text.encode())
        return load(self.file, hosts=hosts, env=env or {})

    def errors(self, text: str) -> tuple[Problem, ...]:
        """All errors of that text; none if it loads."""
        try:
            self.load(text)
        except Blocked as blocked:
            return blocked.problems
        return ()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    root = tmp_path / "paper"
    root.mkdir()
    return Folder(root)


@pytest.fixture
def said() -> Callable[[Problem], str]:
    return lambda problem: f"{problem.where}: {problem.what}, {problem.why} {problem.hint}"
