"""What is kept of a record's metadata, and what is complained of."""

from __future__ import annotations

from typing import Any

import pytest

from pubflow.rehearsal.zenodo import vocabularies
from pubflow.rehearsal.zenodo.answers import Refusal
from pubflow.rehearsal.zenodo.metadata import load


def faults(**metadata: Any) -> dict[str, str]:
    """Field -> first message, without what is only missing."""
    errors = load(metadata)[1]
    return {
        error["field"].removeprefix("metadata."): error["messages"][0]
        for error in errors
        if error["messages"] != ["Missing data for required field."]
    }


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026", True),
        ("2026-11", True),
        ("2026-11-20", True),
        ("2024-01/2026-10", True),
        ("2026-10/2024-01", False),
        ("2026-11-20T12:00:00Z", False),
        ("2026-13", False),
        ("2026-02-30", False),
        ("20 November 2026", False),
    ],
)
def test_a_date_is_a_year_month_day_or_interval(text, good):
    assert faults(publication_date=text) == (
        {} if good else {"publication_date": "Please provide a valid date or interval."}
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"identifier": "https://doi.org/10.1234/x"}, {"identifier": "10.1234/x", "scheme": "doi"}),
        (
            {"identifier": "https://github.com/a/b"},
            {"identifier": "https://github.com/a/b", "scheme": "url"},
        ),
        ({"identifier": "2601.00001"}, {"identifier": "arXiv:2601.00001", "scheme": "arxiv"}),
    ],
)
def test_the_scheme_of_an_identifier_is_seen(given, kept):
    assert load({"identifiers": [given]})[0]["identifiers"] == [kept]


def test_a_marker_stays_as_it_is_and_twice_the_same_is_complained_of():
    marker = {"identifier": "urn:uuid:6f1c1f0e", "scheme": "urn"}

    assert load({"identifiers": [marker]})[0]["identifiers"] == [marker]
    kept, errors = load({"identifiers": [marker, marker]})
    assert "identifiers" not in kept
    assert "Duplicated identifier entry is not allowed." in errors[-1]["messages"]


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"keywords": ["x"]}, "keywords"),
        ({"version": "v" * 192}, "version"),
        ({"title": 7}, "title"),
        ({"rights": [{}]}, "rights.0.rights"),
        ({"rights": [{"id": "mit", "title": {"en": "Own"}}]}, "rights.0.rights"),
        ({"subjects": [{"subject": ""}]}, "subjects.0.subjects"),
        (
            {"references": [{"reference": "A", "scheme": "doi", "identifier": "x"}]},
            "references.0.identifier",
        ),
        ({"rights": [{"title": {"en": "Own"}, "link": "nowhere"}]}, "rights.0.link"),
        (
            {"creators": [{"person_or_org": {"type": "organizational"}}]},
            "creators.0.person_or_org.name",
        ),
        ({"creators": [{"person_or_org": {"type": "robot"}}]}, "creators.0.person_or_org.type"),
        (
            {"related_identifiers": [{"identifier": "x", "scheme": "swhid"}]},
            "related_identifiers.0.scheme",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(metadata, field):
    assert field in faults(**metadata)


@pytest.mark.parametrize(
    "metadata",
    [
        {"rights": [{"id": "cdla-permissive-2.0"}]},
        {"resource_type": {"id": "weights"}},
        {"languages": [{"id": "en"}]},
        {"subjects": [{"id": "anything"}]},
        {"funding": [{"funder": {"id": "00k4n6c33"}}]},
        {"creators": [{"affiliations": [{"id": "05gq02988"}]}]},
    ],
)
def test_a_word_that_no_vocabulary_knows_refuses_the_whole(metadata):
    with pytest.raises(Refusal, match="Invalid value"):
        load(metadata)


def test_text_is_cleaned_as_invenio_cleans_it(author):
    record = author.draft(title="“A&amp;B”\u200b’s Марʼяна", description="<p>1 &lt; 2 “so”</p>")

    metadata = author.must(200, "GET", f"/api/records/{record}/draft").json["metadata"]

    assert metadata["title"] == "\"A&B\"'s Мар'яна"
    assert metadata["description"] == '<p>1 &lt; 2 "so"</p>'


def test_licences_are_lower_case_and_those_that_zenodo_lacks_are_not_there():
    known = vocabularies.licences()

    assert len(known) == 444
    assert all(name == name.lower() for name in known)
    assert {"mit", "apache-2.0", "cc-by-4.0", "cc0-1.0", "odbl-1.0", "other-open"} <= known
    assert not {"cdla-permissive-2.0", "c-uda-1.0", "openmdw-1.0", "bigscience-openrail-m"} & known
