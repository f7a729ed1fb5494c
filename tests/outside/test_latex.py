"""The macros compile, and the PDF leads to all of the release by our own check."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from documents.releases import VARIED, links

from pubflow.documents import latex
from pubflow.lockfile import Locked
from pubflow.manifest import Release
from pubflow.verify import paper

BARE = ("non-Latin names",)
"""Their titles need fonts that pdflatex has not; XeLaTeX and LuaLaTeX do."""


def compiled(of: Release) -> tuple[str, list[str], str]:
    """(TeX's log, what our check finds in the PDF, the PDF's text)."""
    macros = latex.macros(of, links(of))
    used = re.findall(r"\\renewcommand\{\\(\w+)\}", macros)
    source = "\n".join(
        (
            r"\documentclass{article}",
            r"\usepackage[T1]{fontenc}",
            r"\usepackage{hyperref}",
            r"\begin{document}",
            r"\input{release}",
            *(f"\\{name}\n" for name in used),
            r"\end{document}",
        )
    )
    with TemporaryDirectory() as folder:
        Path(folder, "release.tex").write_text(macros, "utf-8")
        Path(folder, "paper.tex").write_text(source, "utf-8")
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "paper.tex"],
            cwd=folder,
            capture_output=True,
            timeout=60,
        )
        log = done.stdout.decode("utf-8", "replace")
        read = paper.read(Path(folder, "paper.pdf"))
    said = paper.check(read, of, links(of), Locked(), "paper.pdf")
    return log, [problem.what for problem in said], "\n".join(read.pages)


@pytest.mark.parametrize("shape", VARIED)
def test_every_macro_compiles_and_the_pdf_leads_to_everything(shape: str) -> None:
    log, found, text = compiled(VARIED[shape])

    errors = [line for line in log.splitlines() if line.startswith("!")]
    assert [e for e in errors if shape not in BARE or "Unicode character" not in e] == []
    assert found == []
    assert "10.5281/zenodo.200" in text
