"""Release notes: found by their marker, never too long, and nobody is called by them."""

from __future__ import annotations

import re

import pytest
from documents.releases import NASTY, VARIED, links, paper, release
from markdown_it import MarkdownIt

from pubflow.documents import notes

MARKER = "utopia-lab/seagrass code 1.0.0"


def test_the_marker_is_the_first_line_and_hidden() -> None:
    text = notes.render(release(), links(), MARKER)
    assert text.splitlines()[0] == f"<!-- pubflow: {MARKER} -->"
    assert text.count("<!-- pubflow:") == 1


@pytest.mark.parametrize("shape", VARIED)
def test_every_shape_has_one_marker_a_table_and_a_citation(shape: str) -> None:
    of = VARIED[shape]
    text = notes.render(of, links(of), MARKER)
    assert len(re.findall(r"^<!-- pubflow:", text, re.MULTILINE)) == 1
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert [t.type for t in tokens].count("table_open") == 1
    assert tokens[-1].type == "fence"
    assert text.endswith("```\n")


def test_the_body_stays_below_githubs_limit() -> None:
    of = release(paper=paper(abstract="word 😀 " * 60_000))
    text = notes.render(of, links(of), MARKER)
    assert 20_000 < len(text.encode("utf-16-le")) // 2 <= notes.LIMIT
    assert "## Citation" in text
    of = release(paper=paper(title="x" * 200_000))
    assert len(notes.render(of, links(of), MARKER)) <= notes.LIMIT


def test_nobody_is_called_by_the_abstract() -> None:
    of = release(paper=paper(title=NASTY, abstract="Thanks @everyone and @a/team, see #1 GH-2."))
    text = notes.render(of, links(of), MARKER).split("```")[0]
    assert not re.search(r"@\w|#\d|GH-\d", text.replace("<!-- -->", "<>"))


def test_conflicts_and_software_heritage_ids_are_listed() -> None:
    swhid = "swh:1:rev:" + "0" * 40
    text = notes.render(release(), links(), MARKER, ["A sentence."], swhids={"commit": swhid})
    assert "- A sentence." in text
    assert f"- commit: `{swhid}`" in text


@pytest.mark.parametrize("marker", ["", "a -->", "a\nb", "<b>", "a--b", " a"])
def test_a_marker_that_would_end_its_comment_is_refused(marker: str) -> None:
    with pytest.raises(ValueError, match="marker"):
        notes.render(release(), links(), marker)
