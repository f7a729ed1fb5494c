"""Our documents before the field's own programs, which are too heavy for every test run.

They are collected where they are asked for, after `pip install -e ".[test,outside]"` (230 MB):

    PUBFLOW_TEST_OUTSIDE=1 pytest tests/outside

The LaTeX macros are compiled where there is a `pdflatex` with hyperref (Debian:
texlive-latex-base).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ASKED = os.environ.get("PUBFLOW_TEST_OUTSIDE") == "1"

collect_ignore_glob = [] if ASKED else ["test_*.py"]
if shutil.which("pdflatex") is None:
    collect_ignore_glob += ["test_latex.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("outside")
