"""The same input gives the same bytes, in any process, ending with one newline."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from documents.releases import VARIED, links

from pubflow.documents import bibtex, card, citation, codemeta, notes, readme
from pubflow.manifest import Kind, Target


def everything() -> Iterator[str]:
    for of in VARIED.values():
        known = links(of)
        yield citation.render(of, known)[0]
        yield codemeta.render(of, known)
        yield readme.block(of, known)
        yield notes.render(of, known, "marker")
        yield bibtex.entries(of, known)
        for artifact in of.artifacts:
            if artifact.kind is not Kind.CODE:
                yield card.render(Target(artifact, "huggingface", of), known).text


def digest() -> str:
    return hashlib.sha256("\0".join(everything()).encode()).hexdigest()


def test_every_document_ends_with_one_newline() -> None:
    for text in everything():
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_another_process_renders_the_same() -> None:
    script = "from documents.test_same_bytes import digest; print(digest())"
    paths = os.pathsep.join(path for path in (str(Path(__file__).parents[1]), *sys.path) if path)
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == digest()
