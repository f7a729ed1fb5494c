from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.huggingface.scene import Scene

from pubflow.rehearsal import Rehearsal


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Rehearsal.start() as rehearsal:
        made = Scene(rehearsal, tmp_path)
        made.fill()
        yield made
