"""BibTeX: entries that a parser takes apart into what was put in."""

from __future__ import annotations

import re

import pytest
from documents.releases import ADA, VARIED, links, paper, release, releases
from hypothesis import given, settings

from pubflow.documents import bibtex
from pubflow.links import Links
from pubflow.manifest import Person, Release


def parse(text: str) -> dict[str, dict[str, str]]:
    """A strict little reader: entry, key, fields in balanced braces; all of the text is used."""
    found: dict[str, dict[str, str]] = {}
    at = 0
    while text[at:].strip():
        head = re.compile(r"\s*@([a-z]+)\{([a-z0-9-]+),").match(text, at)
        assert head, text[at : at + 60]
        fields, at = {"ENTRY": head[1]}, head.end()
        while field := re.compile(r"\s*(\w+)\s*=\s*\{").match(text, at):
            depth, at = 1, field.end()
            start = at
            while depth:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
            fields[field[1]] = text[start : at - 1]
            comma = re.compile(r"\s*,").match(text, at)
            assert comma
            at = comma.end()
        end = re.compile(r"\s*\}").match(text, at)
        assert end, text[at : at + 60]
        at = end.end()
        assert head[2] not in found
        found[head[2]] = fields
    return found


def unlatex(text: str) -> str:
    text = re.sub(r"^\{(.*)\}$", r"\1", text, flags=re.DOTALL)
    quotes = [('"', "{``}"), ('"', "{''}")]
    for sign, written in [*bibtex._SPECIAL.items(), *quotes]:
        text = text.replace(written, f"\0{ord(sign)}\0")
    return re.sub(r"\0(\d+)\0", lambda found: chr(int(found[1])), text)


def test_quotes_are_those_of_latex_which_every_document_can_set() -> None:
    assert bibtex.escape('"Free" lunch ("or not") is 3" long') == (
        "{``}Free{''} lunch ({``}or not{''}) is 3{''} long"
    )


@pytest.mark.parametrize("shape", VARIED)
def test_every_release_has_an_entry_for_the_paper_and_each_artifact(shape: str) -> None:
    of = VARIED[shape]
    text = bibtex.entries(of, links(of))
    assert len(parse(text)) == 1 + len(of.artifacts)
    assert text.endswith("}\n")


@settings(max_examples=25, deadline=None)
@given(of=releases())
def test_titles_read_back_the_same(of: Release) -> None:
    paper_entry, *_ = parse(bibtex.entries(of, links(of))).values()
    assert unlatex(paper_entry["title"]) == " ".join(of.paper.title.split())


def test_the_entries_carry_doi_address_version_year_and_publisher() -> None:
    entry = parse(bibtex.entries(release(), links()))
    assert list(entry) == [
        "lovelace2026seagrassnet",
        "lovelace2026code",
        "lovelace2026seagrassnet-weights",
        "lovelace2026meadows",
    ]
    assert entry["lovelace2026code"] == {
        "ENTRY": "software",
        "author": "Lovelace, Ada and Wei, Chen",
        "title": "{SeaGrassNet: Self-supervised mapping of seagrass meadows}",
        "version": "1.0.0",
        "year": "2026",
        "publisher": "Zenodo",
        "doi": "10.5281/zenodo.200",
        "url": "https://github.com/utopia-lab/seagrass",
    }
    assert entry["lovelace2026meadows"]["ENTRY"] == "dataset"
    assert entry["lovelace2026seagrassnet-weights"]["note"] == "Model weights"
    assert entry["lovelace2026seagrassnet"]["eprint"] == "2605.01234"


@pytest.mark.parametrize(
    ("type", "entry", "place"),
    [
        ("conference-paper", "inproceedings", "booktitle"),
        ("journal-article", "article", "journal"),
        ("preprint", "misc", "howpublished"),
        ("thesis", "phdthesis", "school"),
        ("report", "techreport", "institution"),
        ("other", "misc", "howpublished"),
    ],
)
def test_the_papers_type_chooses_the_entry(type: str, entry: str, place: str) -> None:
    of = release(paper=paper(type=type, venue="Somewhere 2025"))
    found = next(iter(parse(bibtex.entries(of, links(of))).values()))
    assert (found["ENTRY"], found[place], found["year"]) == (entry, "Somewhere 2025", "2025")


@pytest.mark.parametrize(
    ("person", "written"),
    [
        (ADA, "Lovelace, Ada"),
        (Person(name="Barnes and Noble, Inc."), "{Barnes and Noble, Inc.}"),
        (Person("Ludwig", "van Beethoven"), "van Beethoven, Ludwig"),
        (Person("María", "García Pérez"), "García Pérez, María"),
        (Person(family="Plato"), "Plato"),
        (Person(family="Thomas Aquinas"), "{Thomas Aquinas}"),
        (Person("Sammy", "Davis, Jr"), "{Davis, Jr}, Sammy"),
        (Person("A", "Rock and Roll"), "{Rock and Roll}, A"),
        (Person("A_b", "50%"), r"50\%, A\_b"),
    ],
)
def test_names_are_split_as_their_bearers_do(person: Person, written: str) -> None:
    assert bibtex.names([person]) == written


def test_keys_are_ascii_whatever_the_script() -> None:
    of = release(paper=paper(title="海草", authors=(Person("Łukasz", "Øße"),), venue=""))
    assert bibtex.keys(of)["paper"] == "osse2026paper"
    of = release(paper=paper(title="A Map of the Sea", authors=(Person("小明", "王"),)))
    assert bibtex.keys(of)["paper"] == "anon2026map"


def test_a_selection_uses_the_same_keys() -> None:
    chosen = parse(bibtex.of(release(), links(), ["weights.seagrassnet"]))
    assert list(chosen) == ["lovelace2026seagrassnet", "lovelace2026seagrassnet-weights"]


def test_without_addresses_the_entries_still_stand() -> None:
    assert len(parse(bibtex.entries(release(date=None), Links({})))) == 4
