from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.zenodo.scene import Scene, serving


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with serving(tmp_path) as made:
        yield made


@pytest.fixture(params=["zenodo", "invenio"])
def instance(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Zenodo's own code, and InvenioRDM as others run it."""
    with serving(tmp_path, flavour=request.param) as made:
        yield made
