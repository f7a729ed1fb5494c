"""What is read back is recognised as what was sent, on the recorded answers of two servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pubflow.platforms.zenodo.likeness import differences, merged, pristine, same, same_words, slim
from pubflow.platforms.zenodo.state import Entry, Record

CONTRACTS = Path(__file__).parents[2] / "contracts"


def steps(name: str) -> list[dict[str, Any]]:
    """A condensed recording, with its shared parts (`#n`) put back."""
    recording = json.loads((CONTRACTS / f"{name}.json").read_text("utf-8"))
    shared = recording["shared"]

    def whole(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("#") and value[1:].isdigit():
            return whole(shared[int(value[1:])])
        if isinstance(value, dict):
            return {key: whole(item) for key, item in value.items()}
        return [whole(item) for item in value] if isinstance(value, list) else value

    found: list[dict[str, Any]] = whole(recording["steps"])
    return found


def lives() -> Iterator[Any]:
    """Each recorded body with every answer that showed the record again."""
    sent: dict[str, Any] = {}
    for step in steps("inveniordm-bodies"):
        name = step["step"].partition(":")[0]
        if step["step"].endswith(": create"):
            sent[name] = {"custom_fields": {}, **step["json"]}
        answer = step.get("body")
        if name in sent and isinstance(answer, dict) and "parent" in answer:
            label = f"{step.get('instance', '')} {step['step']}"
            yield pytest.param(sent[name], answer, id=label)


@pytest.mark.parametrize(("sent", "answer"), list(lives()))
def test_a_recorded_answer_says_what_was_sent(sent: dict[str, Any], answer: dict[str, Any]) -> None:
    refused = {e["field"].partition(".")[2] for e in answer.get("errors", [])}
    kept = {k: v for k, v in sent["custom_fields"].items() if k in answer["custom_fields"]}
    assert kept == sent["custom_fields"] or refused or not answer["custom_fields"]

    record = Record.read(answer)

    assert same(record, {**sent, "custom_fields": kept}), differences(record, sent)
    assert record.published == answer["is_published"]


def test_an_apostrophe_that_is_a_letter_is_straightened_as_quotation_marks_are() -> None:
    """ftfy's, which InvenioRDM cleans all text with; common in Ukrainian names (U+02BC)."""
    assert same_words("Марʼяна", "Мар'яна")
    assert same_words("O’Brien & ‘Sons‛", "O'Brien &amp; 'Sons'")
    assert not same_words("OBrien", "O'Brien")


def test_a_copy_for_the_next_version_is_pristine_until_somebody_writes() -> None:
    found = {step["step"]: step.get("body") for step in steps("inveniordm-zenodo")}
    previous = Record.read(found["edit: publish"])
    draft = Record.read(found["new version"], ())

    assert pristine(draft, previous)
    assert not pristine(replace(draft, files=(Entry("a"),)), previous)
    assert not pristine(replace(draft, doi="10.5/1"), previous)
    assert not pristine(replace(draft, metadata={**draft.metadata, "title": "Mine"}), previous)
    assert not pristine(replace(draft, metadata={**draft.metadata, "version": "2"}), previous)


def test_what_a_server_adds_is_taken_off_before_it_is_sent_back() -> None:
    read = {"rights": [{"id": "cc-by-4.0", "title": {"en": "CC"}, "icon": "x"}], "none": None}

    assert slim(read) == {"rights": [{"id": "cc-by-4.0"}]}


WANTED: dict[str, Any] = {
    "access": {"record": "public", "files": "public"},
    "files": {"enabled": True},
    "metadata": {
        "identifiers": [{"scheme": "urn", "identifier": "urn:uuid:1"}],
        "title": "A “title”",
        "description": '<p>1 &lt; 2, <a href="https://e.org/?a=1&amp;b=2">more</a></p>',
        "related_identifiers": [
            {
                "identifier": "10.5/A",
                "scheme": "doi",
                "relation_type": {"id": "references"},
            }
        ],
    },
    "custom_fields": {},
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 'A "title"'),
        ("title", "A &quot;ti\u200btle\ufeff&quot;"),
        (
            "description",
            '<p>1 &lt; 2,\n<a href="https://e.org/?a=1&amp;b=2" rel="x">more</a></p>\n',
        ),
        (
            "related_identifiers",
            [
                {
                    "identifier": "https://doi.org/10.5/a",
                    "scheme": "doi",
                    "relation_type": {"id": "references", "title": {"en": "References"}},
                }
            ],
        ),
        (
            "identifiers",
            [
                {"scheme": "url", "identifier": "https://e.org"},
                {"scheme": "urn", "identifier": "urn:uuid:1"},
            ],
        ),
    ],
)
def test_cleaning_is_no_difference(field: str, value: Any) -> None:
    record = Record("1", metadata={**WANTED["metadata"], field: value}, access=WANTED["access"])

    assert same(record, WANTED)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Another title"),
        ("description", '<p>1 &lt; 2, <a href="https://e.org/">more</a></p>'),
        ("related_identifiers", []),
        ("identifiers", [{"scheme": "urn", "identifier": "urn:uuid:2"}]),
        ("publication_date", "2026-01-01"),
    ],
)
def test_a_change_is_a_difference(field: str, value: Any) -> None:
    record = Record("1", metadata={**WANTED["metadata"], field: value}, access=WANTED["access"])

    assert not same(record, WANTED)
    assert differences(record, WANTED) == (field,)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Schön â€“ Ã©t", "Schön – ét"),
        ("Schön â€“ Ã©t", 'Schön â€" Ã©t'),
        ("CafÃƒÂ©", "Café"),
        ("“MANH\u00c3”", '"MANH\u00c3"'),
    ],
)
def test_misread_text_is_no_difference_whether_a_server_mends_it_or_not(
    sent: str, shown: str
) -> None:
    """As InvenioRDM 14.0.5 does by its own judgement (ftfy)."""
    record = Record("1", metadata={**WANTED["metadata"], "title": shown}, access=WANTED["access"])
    wanted = {**WANTED, "metadata": {**WANTED["metadata"], "title": sent}}

    assert same(record, wanted)
    assert same_words(shown, sent)
    assert not same_words(sent, "Cafe")


def test_an_embargo_that_ended_is_no_difference() -> None:
    hidden = {
        **WANTED,
        "access": {"files": "restricted", "embargo": {"active": True, "until": "2026-01-01"}},
    }
    over = {"files": "public", "embargo": {"active": False}}
    record = Record("1", metadata=WANTED["metadata"], access=over)

    assert not same(record, hidden)
    assert same(replace(record, published=True), hidden)


def test_fields_that_are_not_ours_are_sent_back_as_they_were() -> None:
    theirs = {"dates": [{"date": "2024", "type": {"id": "valid", "title": {"en": "Valid"}}}]}
    named = [
        {"scheme": "urn", "identifier": "urn:uuid:old"},
        {"scheme": "url", "identifier": "https://e.org"},
    ]
    record = Record("1", metadata={**theirs, "identifiers": named, "title": "Old"})

    metadata = merged(record, WANTED)["metadata"]

    assert metadata["dates"] == [{"date": "2024", "type": {"id": "valid"}}]
    assert [i["identifier"] for i in metadata["identifiers"]] == ["urn:uuid:1", "https://e.org"]
    assert metadata["title"] == "A “title”"


def test_the_file_that_somebody_chose_to_be_shown_first_stays_so() -> None:
    """A PUT without it takes the choice back."""
    chosen = Record("1", files=(Entry("a.csv"),), preview="a.csv")
    gone = replace(chosen, preview="old.csv")
    wanted = {**WANTED, "files": {"enabled": True}}

    assert merged(chosen, wanted)["files"] == {"enabled": True, "default_preview": "a.csv"}
    assert merged(gone, wanted)["files"] == {"enabled": True}


def test_an_embargo_that_is_over_is_not_sent_again() -> None:
    hidden = {
        **WANTED,
        "access": {
            "record": "public",
            "files": "restricted",
            "embargo": {"active": True, "until": "2026-01-01"},
        },
    }
    draft = Record("1", access={"record": "public", "files": "public"})

    assert merged(draft, hidden)["access"] == hidden["access"]
    assert merged(replace(draft, published=True), hidden)["access"] == {
        "record": "public",
        "files": "public",
    }
