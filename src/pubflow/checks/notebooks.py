"""Whether a notebook still holds what its cells printed, by its bytes alone. Pure."""

from __future__ import annotations

import re

# nbformat 4: "outputs" is a list; ipython.readthedocs.io, "The notebook format", 2026-11.
_OUTPUT = re.compile(rb'"outputs"\s{0,20}:\s{0,20}\[\s{0,200}\{')


def is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb")


def has_outputs(content: bytes) -> bool:
    """Whether any cell of the notebook has an output."""
    return _OUTPUT.search(content) is not None
