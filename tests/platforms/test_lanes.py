"""Lanes are threads: what they need is imported before they start, and only then."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
from datetime import date
from pathlib import Path
from pubflow.assemble import Kit, plugs
from pubflow.claim import Claim
from pubflow.tokens import Secret

claim = Claim("lab/x", "1.0.0", date(2026, 11, 20))
plug = plugs({sys.argv[1]})[sys.argv[1]]
for token in (None, Secret("t" * 40)):
    plug.make(Kit((), {}, claim, token, Path(), Path()))
    print([name for name in sys.argv[2:] if name in sys.modules])
"""


@pytest.mark.parametrize(
    ("platform", "libraries"),
    [
        ("github", ["github", "github.Requester"]),
        ("huggingface", ["huggingface_hub", "httpx2"]),
        ("zenodo", ["pubflow.platforms.zenodo.doing"]),
    ],
)
def test_a_platforms_library_is_imported_with_a_token_and_before_any_lane(
    platform: str, libraries: list[str]
) -> None:
    """Two threads that import `github` and `github.Requester` at once both fail."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, platform, *libraries],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["[]", str(libraries)]
