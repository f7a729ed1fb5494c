"""Who links to whom: every name of a thing will do, and what cannot be followed is no link."""

from __future__ import annotations

from dataclasses import replace

import pytest
from documents.releases import links, paper, release, target

from pubflow.documents import card, readme
from pubflow.manifest import Target
from pubflow.pages import Fact, Page, addresses, different, holes, linked, named, row, unlinked

RELEASE = release()
LINKS = links(RELEASE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.5281/Zenodo.1", "https://doi.org/10.5281/zenodo.1"),
        ("doi:10.5281/zenodo.1", "http://dx.doi.org/10.5281/zenodo.1"),
        ("https://arxiv.org/abs/2605.01234", "https://doi.org/10.48550/arXiv.2605.01234"),
        ("https://arxiv.org/pdf/2605.01234v2", "10.48550/arxiv.2605.01234"),
        ("https://a.example/x/", "https://a.example/x"),
        ("https://a.example/a%20b", "https://a.example/a b"),
    ],
)
def test_the_forms_of_one_address_are_one(one: str, other: str) -> None:
    assert named(one) == named(other)


def test_links_are_those_that_a_reader_can_follow() -> None:
    text = (
        "[a](https://a.example) <https://b.example> ![p](https://pic.example)\n\n"
        '<p><a href="https://c.example">c</a></p>\n\n'
        "`[d](https://d.example)`\n\n```\n[e](https://e.example)\n```\n\n"
        '<!-- [f](https://f.example) <a href="https://g.example"> -->\n'
    )
    assert addresses(text) == {"https://a.example", "https://b.example", "https://c.example"}


@pytest.mark.parametrize("key", ["weights.seagrassnet", "data.meadows"])
def test_a_card_leads_to_everything(key: str) -> None:
    of = target(RELEASE.artifact(key), RELEASE)
    text = card.render(of, LINKS).text
    assert list(holes(of, LINKS, text)) == []
    assert set(row(of, LINKS, addresses(text)).values()) == {True}


def test_a_readme_leads_to_everything() -> None:
    of = Target(RELEASE.artifact("code"), "github", RELEASE)
    text = readme.merge("# Own words\n", readme.block(RELEASE, LINKS), "x")
    assert list(holes(of, LINKS, text)) == []


def test_a_block_that_readers_cannot_follow_is_a_hole() -> None:
    of = Target(RELEASE.artifact("code"), "github", RELEASE)
    text = f"# Mine\n\n```\nnever closed\n\n{readme.block(RELEASE, LINKS)}"
    found = list(holes(of, LINKS, text))
    assert len(found) == 6
    assert all(problem.severity == "error" for problem in found)


def test_a_paper_without_address_is_not_asked_for() -> None:
    nowhere = release(paper=paper(arxiv="", doi="", url=""))
    of = Target(nowhere.artifact("code"), "github", nowhere)
    assert row(of, LINKS, frozenset())["paper"] is None


def test_an_only_copy_has_no_other_to_lead_to() -> None:
    alone = release(artifacts=(RELEASE.artifact("code"),))
    of = Target(alone.artifact("code"), "zenodo", alone)
    known = links(alone)
    only = type(known)({"code@zenodo": known["code@zenodo"]})
    assert row(of, only, frozenset())["code"] is None


def test_a_page_that_states_relations_names_sources_outside_too() -> None:
    of = target(RELEASE.artifact("weights.seagrassnet"), RELEASE, "zenodo")
    plain = Page(of.name, names=frozenset())
    stating = replace(plain, relations=True)
    more = {p.what for p in unlinked(of, LINKS, stating)} - {
        p.what for p in unlinked(of, LINKS, plain)
    }
    assert any("facebook/dinov2-large" in what for what in more)


def test_a_fact_is_compared_without_its_white_space() -> None:
    page = Page(
        "code@github",
        facts=(
            Fact("title", "A  b", "A b"),
            Fact("licence", "", "MIT"),
            Fact("version", "2", "1"),
        ),
    )
    gone, other = (problem.what for problem in different(page))
    assert "names no licence any more; it was “MIT”" in gone
    assert "version “2”, and publish.toml “1”" in other


def test_links_of_a_page_in_html_are_read_too() -> None:
    page = '<a href="https://a.example/?x=1&amp;y=2">a</a> <a class="b" href="doi:10.5281/x">b</a>'
    assert linked(page) == {"https://a.example/?x=1&y=2", "10.5281/x"}
