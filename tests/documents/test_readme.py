"""The README's block: in its place, and nothing else touched."""

from __future__ import annotations

import pytest
from documents.releases import NASTY, VARIED, links, paper, release
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pubflow.documents import blocks, readme
from pubflow.errors import PubflowError
from pubflow.links import Link, Links

BLOCK = readme.block(release(), links())
PIECE = st.sampled_from(["# T\n", "text\n", "\n", "\r\n", "```\n", "~~~\n", "é ", "- a\r\n", "  "])


def test_badges_lead_to_all_versions_and_the_table_to_this_one() -> None:
    assert (
        "[![DOI of the code](https://zenodo.org/badge/DOI/10.5281/zenodo.100.svg)]"
        "(https://doi.org/10.5281/zenodo.100)" in BLOCK
    )
    assert "[![Model on Hugging Face](" in BLOCK
    assert "[10.5281/zenodo.201](https://doi.org/10.5281/zenodo.201)" in BLOCK
    assert "](https://arxiv.org/abs/2605.01234)" in BLOCK
    for row in ("| Code: ", "| Weights: ", "| Data: ", "| Paper: "):
        assert row in BLOCK


def test_how_to_load_names_this_version() -> None:
    assert "git clone --branch v1.0.0 https://github.com/utopia-lab/seagrass" in BLOCK
    assert 'load_dataset("utopia-lab/meadows", revision="v1.0.0")' in BLOCK
    assert 'snapshot_download("utopia-lab/seagrassnet", revision="v1.0.0")' in BLOCK


@pytest.mark.parametrize("shape", VARIED)
def test_every_shape_makes_one_table_and_one_citation(shape: str) -> None:
    of = VARIED[shape]
    text = readme.block(of, links(of))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert [t.type for t in tokens].count("table_open") == 1
    rows = [t.type for t in tokens].count("tr_open")
    assert rows == 2 + len(of.artifacts)
    assert [t.info for t in tokens if t.type == "fence"][-1] == "bibtex"
    assert text.startswith(blocks.BEGIN)
    assert text.endswith(blocks.END + "\n")


def test_a_new_readme_has_the_title() -> None:
    assert readme.merge(None, BLOCK, "A *title*") == f"# A \\*title\\*\n\n{BLOCK}"


def test_the_block_goes_to_the_end_and_stays_there() -> None:
    once = readme.merge("# Mine\n\nText without end", BLOCK, "T")
    assert once == f"# Mine\n\nText without end\n\n{BLOCK}"
    assert readme.merge(once, BLOCK, "T") == once


def test_an_old_block_is_replaced_where_it_stands() -> None:
    theirs = f"# Mine\n{blocks.BEGIN}\nold\n{blocks.END}\nrest  \n\n\n"
    assert readme.merge(theirs, BLOCK, "T") == f"# Mine\n{BLOCK}rest  \n\n\n"


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(PIECE, max_size=8), after=st.lists(PIECE, max_size=4), inside=st.booleans())
def test_every_byte_of_the_authors_stays(parts: list[str], after: list[str], inside: bool) -> None:
    theirs = "".join(parts)
    if inside and "```" not in theirs and "~~~" not in theirs:
        theirs += f"\n{blocks.BEGIN}\nold\n{blocks.END}\n"
        made = readme.merge(theirs + "".join(after), BLOCK, "T")
        assert made.startswith("".join(parts) + "\n")
        assert made.endswith("".join(after))
    elif theirs.strip():
        assert readme.merge(theirs, BLOCK, "T").startswith(theirs)


def test_windows_files_stay_windows_files() -> None:
    made = readme.merge("# Mine\r\n\r\nText\r\n", BLOCK, "T")
    assert made.count("\n") == made.count("\r\n")
    assert readme.merge(made, BLOCK, "T") == made


def test_markers_shown_in_a_code_block_are_text() -> None:
    theirs = f"```\n{blocks.BEGIN}\nexample\n{blocks.END}\n```\n"
    assert readme.merge(theirs, BLOCK, "T") == f"{theirs}\n{BLOCK}"


def test_half_a_pair_of_markers_is_refused() -> None:
    with pytest.raises(PubflowError) as caught:
        readme.merge(f"# Mine\n{blocks.BEGIN}\n", BLOCK, "T")
    assert "README.md" in caught.value.what


def test_hostile_titles_stay_in_their_cell() -> None:
    of = release(paper=paper(title=NASTY))
    tokens = MarkdownIt("commonmark").enable("table").parse(readme.block(of, links(of)))
    assert [t.type for t in tokens].count("td_open") == 4 * 4


def test_badges_come_from_the_instance_that_made_the_doi() -> None:
    sandbox = "https://sandbox.zenodo.org/records/7"
    known = Links({"code@zenodo": Link(sandbox, sandbox, "10.5072/zenodo.7", "10.5072/zenodo.6")})
    text = readme.block(release(), known)
    assert "](https://sandbox.zenodo.org/badge/DOI/10.5072/zenodo.6.svg)" in text.replace(
        "[![DOI of the code", ""
    )


def test_without_any_address_the_block_still_stands() -> None:
    text = readme.block(release(), Links({}))
    assert "## Use" not in text
    assert "| Code: " in text
