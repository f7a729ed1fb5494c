from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.github.scene import Scene, git

from pubflow.rehearsal import Rehearsal


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Rehearsal.start() as rehearsal:
        made = Scene(rehearsal, tmp_path)
        made.checkout.mkdir()
        git(made.checkout, "init", "-q", "-b", "main")
        made.write("README.md", "# Optical digits\n")
        made.write("code/train.py", "print(1)\n")
        made.write("LICENSE", "Apache License\nVersion 2.0\n")
        yield made
