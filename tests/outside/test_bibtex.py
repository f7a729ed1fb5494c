"""The BibTeX is read by `bibtexparser`, each entry with the fields that we read in it."""

from __future__ import annotations

import bibtexparser
import pytest
from documents.releases import VARIED, links, releases
from hypothesis import given, settings

from pubflow.documents import bibtex, reading
from pubflow.manifest import Release


def parsed(of: Release) -> None:
    """No block fails, no key is twice, and every field is the one that we read."""
    text = bibtex.entries(of, links(of))
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    keys = bibtex.keys(of)
    assert {entry.key for entry in library.entries} >= {keys[a.key] for a in of.artifacts}
    assert len(library.entries) == text.count("\n@") + 1
    for entry in library.entries:
        ours = reading.entry(text, entry.key)
        assert ours
        for field in entry.fields:
            assert " ".join(str(field.value).split()) == " ".join(ours[field.key].split())


@pytest.mark.parametrize("shape", VARIED)
def test_the_library_reads_every_entry(shape: str) -> None:
    parsed(VARIED[shape])


@settings(max_examples=60, deadline=None)
@given(of=releases())
def test_the_library_reads_every_entry_of_any_release(of: Release) -> None:
    parsed(of)
