"""CITATION.cff: valid, complete, and the author's file stays the author's."""

from __future__ import annotations

import difflib

import pytest
from documents.releases import (
    ADA,
    CERN,
    UTOPIA,
    VARIED,
    WEI,
    code,
    data,
    links,
    paper,
    release,
    releases,
    weights,
    with_code,
)
from hypothesis import given, settings
from ruamel.yaml import YAML

from pubflow.documents import citation
from pubflow.errors import PubflowError
from pubflow.links import Links
from pubflow.manifest import License, Person, Release


def read(text: str) -> dict:
    return YAML(typ="safe", pure=True).load(text)


def render(of: Release, existing: str | None = None) -> str:
    return citation.render(of, links(of), existing)[0]


@pytest.mark.parametrize("shape", VARIED)
def test_the_file_is_valid_by_the_official_schema(shape: str) -> None:
    assert citation.problems(render(VARIED[shape])) == []


@settings(max_examples=25, deadline=None)
@given(of=releases())
def test_any_release_gives_a_valid_file_that_reads_back_the_same(of: Release) -> None:
    text = render(of)
    assert citation.problems(text) == []
    said = read(text)
    assert said["title"] == (
        " ".join(of.artifacts[0].title.split()) or " ".join(of.paper.title.split())
    )
    assert said["version"] == of.version
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert render(of, text) == text


def test_the_doi_is_of_this_version_and_the_concept_doi_is_named_as_all_versions() -> None:
    said = read(render(release()))
    assert said["doi"] == "10.5281/zenodo.200"
    assert {"type": "doi", "value": "10.5281/zenodo.100", "description": "All versions"} in said[
        "identifiers"
    ]
    assert said["repository-code"] == "https://github.com/utopia-lab/seagrass"
    assert said["date-released"] == "2026-11-20"
    assert said["license"] == "Apache-2.0"


def test_weights_and_data_are_references_with_their_dois() -> None:
    model, meadows = read(render(release()))["references"]
    assert (model["type"], model["doi"], model["title"]) == (
        "generic",
        "10.5281/zenodo.201",
        "SeaGrassNet Base",
    )
    assert (meadows["type"], meadows["doi"]) == ("data", "10.5281/zenodo.202")
    assert meadows["url"] == "https://huggingface.co/datasets/utopia-lab/meadows"


def test_the_paper_is_the_preferred_citation() -> None:
    said = read(render(release()))["preferred-citation"]
    assert said["type"] == "conference-paper"
    assert said["conference"] == {"name": "NeurIPS 2026"}
    assert said["year"] == 2026
    assert said["doi"] == "10.48550/arXiv.2605.01234"
    assert said["authors"][0]["orcid"] == "https://orcid.org/0000-0002-1825-0097"


def test_people_keep_names_orcid_and_all_affiliations() -> None:
    of = release(artifacts=(code(authors=(ADA, WEI, Person(name="The Lab"))),))
    assert read(render(of))["authors"] == [
        {
            "family-names": "Lovelace",
            "given-names": "Ada",
            "affiliation": "University of Utopia",
            "orcid": "https://orcid.org/0000-0002-1825-0097",
        },
        {
            "family-names": "Wei",
            "given-names": "Chen",
            "affiliation": f"University of Utopia; {CERN.name}",
        },
        {"name": "The Lab"},
    ]


def test_a_mail_address_is_shown_only_of_the_corresponding_author() -> None:
    private = Person("A", "B", email="a@utopia.example")
    public = Person("C", "D", email="c@utopia.example", corresponding=True)
    assert citation.people((private, public)) == [
        {"family-names": "B", "given-names": "A"},
        {"family-names": "D", "given-names": "C", "email": "c@utopia.example"},
    ]


@pytest.mark.parametrize(
    ("license", "said"),
    [
        (License("MIT"), {"license": "MIT"}),
        (License("MIT OR Apache-2.0"), {"license": ["MIT", "Apache-2.0"]}),
        (
            License("CDLA-Permissive-2.0"),
            {"license-url": "https://spdx.org/licenses/CDLA-Permissive-2.0"},
        ),
        (License(name="Own", url="https://u.example/l"), {"license-url": "https://u.example/l"}),
        (License(name="Own"), {}),
    ],
)
def test_a_licence_outside_of_the_list_stands_as_an_address_and_that_is_said(
    license: License, said: dict
) -> None:
    of = with_code(license=license)
    text, sentences = citation.render(of, links(of))
    assert {k: v for k, v in read(text).items() if k.startswith("license")} == said
    assert bool(sentences) == ("license" not in said)


def test_nothing_is_said_of_places_that_are_not_known() -> None:
    text, _ = citation.render(release(), Links({}))
    assert citation.problems(text) == []
    assert not {"doi", "identifiers", "references", "repository-code"} & set(read(text))


def test_versions_are_text_for_old_readers_too() -> None:
    for version in ("1.10", "1e3", "12:30", "0x1", "1_000", "2026-11-20"):
        assert f'version: "{version}"' in render(release(version=version))


THEIRS = """\
# Our citation file.

message: "Please cite us."   # politely
cff-version: 1.2.0
authors:
- given-names: Ada   # first
  family-names: Lovelace
- given-names: Chen
  family-names: Wei
# The release:
version: 0.9.0  # set by the release
date-released: 2026-01-01
title: 'SeaGrassNet: Self-supervised
  mapping of seagrass meadows'
contact:
  -
    family-names: Lovelace
identifiers:
- type: doi
  value: 10.5281/zenodo.100
  # the one for the paper
  description: Concept
keywords: [seagrass, 'mapping']
"""


def changed(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_an_authors_file_differs_only_in_our_lines() -> None:
    after, conflicts = citation.render(release(), links(), THEIRS)
    lines = changed(THEIRS, after)
    assert citation.problems(after) == []
    assert "+ version: 1.0.0  # set by the release" in lines
    removed = [line for line in lines if line.startswith("-")]
    assert removed == ["- version: 0.9.0  # set by the release", "- date-released: 2026-01-01"]
    for kept in ("# Our citation file.", "   # politely", "# first", "# The release:", "  -\n"):
        assert kept in after
    assert "  # the one for the paper" in after
    assert conflicts == (
        "CITATION.cff and publish.toml differ in keywords: “seagrass, mapping” there, "
        "“Remote Sensing, seagrass” here. The file's stays; make the two equal.",
    )


def test_merging_twice_changes_nothing_more() -> None:
    once = citation.render(release(), links(), THEIRS)[0]
    assert citation.render(release(), links(), once)[0] == once


def test_known_people_get_their_orcid_and_places() -> None:
    after = read(citation.render(release(), links(), THEIRS)[0])
    assert after["authors"][0]["orcid"] == "https://orcid.org/0000-0002-1825-0097"
    assert after["authors"][1]["affiliation"] == f"University of Utopia; {CERN.name}"


def test_other_values_stay_and_are_told_with_both() -> None:
    theirs = (
        "cff-version: 1.2.0\nmessage: m\ntitle: Another title\nlicense: MIT\n"
        "authors: [{family-names: Byron}]\n"
        "preferred-citation: {type: article, title: P, doi: 10.1/x, authors: [{name: X}]}\n"
    )
    after, conflicts = citation.render(release(), links(), theirs)
    said = read(after)
    assert (said["title"], said["license"]) == ("Another title", "MIT")
    assert said["authors"] == [{"family-names": "Byron"}]
    told = "\n".join(conflicts)
    for word in ("“Another title”", "“MIT”", "“Apache-2.0”", "“Byron”", "Ada Lovelace", "“10.1/x”"):
        assert word in told


def test_the_next_version_replaces_the_facts_of_the_last() -> None:
    first = render(release())
    second = release(version="1.1.0", tag="v1.1.0")
    known = {
        name: type(link)(
            link.url,
            link.version_url.replace("1.0.0", "1.1.0"),
            link.doi.replace("zenodo.2", "zenodo.3"),
            link.concept_doi,
        )
        for name, link in links().items()
    }
    after, conflicts = citation.render(second, Links(known), first)
    fresh, _ = citation.render(second, Links(known))
    assert read(after) == read(fresh)
    assert conflicts == ()
    assert len(changed(first, after)) == len(changed(first, fresh))


def test_windows_line_ends_stay() -> None:
    after = render(release(), THEIRS.replace("\n", "\r\n"))
    assert after.count("\r\n") == after.count("\n")
    assert after.replace("\r\n", "\n") == render(release(), THEIRS)


def test_an_old_file_is_raised_to_the_version_that_is_read() -> None:
    theirs = "cff-version: 1.1.0\nmessage: m\ntitle: t\nauthors: [{name: x}]\n"
    after, conflicts = citation.render(release(), links(), theirs)
    assert citation.problems(after) == []
    assert any("1.1.0" in sentence for sentence in conflicts)


@pytest.mark.parametrize("broken", ["a: [", "- a\n- b\n", "a: 1\na: 2\n", "just text", "\tx: 1"])
def test_a_file_that_cannot_be_read_is_refused_with_advice(broken: str) -> None:
    with pytest.raises(PubflowError) as caught:
        render(release(), broken)
    assert "CITATION.cff" in caught.value.what
    assert caught.value.hint


def test_an_alias_survives_when_its_anchor_is_rewritten() -> None:
    theirs = (
        "cff-version: 1.2.0\nmessage: m\ntitle: t\n"
        "authors: &us\n  - given-names: Ada\n    family-names: Lovelace\n"
        "  - given-names: Chen\n    family-names: Wei\ncontact: *us\n"
    )
    after = render(release(), theirs)
    assert citation.problems(after) == []
    assert [p["family-names"] for p in read(after)["contact"]] == ["Lovelace", "Wei"]


def test_the_schema_finds_what_is_wrong() -> None:
    found = citation.problems("cff-version: 1.2.0\ntitle: t\nauthors: []\ndoi: https://doi.org/1\n")
    assert any(line.startswith("doi:") for line in found)
    assert any("message" in line for line in found)
    assert citation.problems("a: [") != []


def test_a_release_of_other_things_has_the_papers_title() -> None:
    of = release(artifacts=(weights(), data()), paper=paper(title="T"))
    assert read(render(of))["title"] == "T"


def test_what_is_added_to_an_author_stands_before_the_comments_of_the_next() -> None:
    theirs = """\
authors:
  # one
  - given-names: Ada   # eol

    # about Ada
    family-names: Lovelace # x

  # between

  - family-names: Wei
    given-names: Chen


  # before the version
# at the margin
version: "0.9"   # by hand

title: T
"""
    added = theirs.replace(
        "Lovelace # x\n",
        "Lovelace # x\n    orcid: https://orcid.org/0000-0002-1825-0097\n"
        "    affiliation: University of Utopia\n",
    )
    added = added.replace("Chen\n", f"Chen\n    affiliation: {UTOPIA.name}; {CERN.name}\n")
    added = added.replace('"0.9"', "1.0.0")

    text = render(release(), theirs)

    assert text.startswith(added)
    assert render(release(), text) == text
