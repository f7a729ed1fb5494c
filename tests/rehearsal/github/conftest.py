"""The stand-in for GitHub on a real socket, every exchange held to GitHub's description."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rehearsal.github.place import TOKEN, Place

from pubflow.rehearsal.github import GitHub
from pubflow.rehearsal.server import Server


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    github = GitHub(tmp_path / "world", token=TOKEN)
    here = Place(github, tmp_path)
    server = Server(here.answer)
    here.url = server.url
    yield here
    server.close()
    assert here.wrong == []
