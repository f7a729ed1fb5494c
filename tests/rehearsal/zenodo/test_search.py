"""Searches: what matches, and how late."""

from __future__ import annotations

from pathlib import Path

import pytest
from rehearsal.zenodo.client import TOKEN, ask
from rehearsal.zenodo.conftest import Author

from pubflow.rehearsal.zenodo import Zenodo

MARKER = 'metadata.identifiers.identifier:"urn:uuid:aaaa-1111"'


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("", True),
        ("*", True),
        (MARKER, True),
        (MARKER.replace("1111", "2222"), False),
        (MARKER + " AND is_published:false", True),
        (MARKER + " AND is_published:true", False),
        ("is_published:true OR title:digits", True),
        ("digits -data", False),
        ("digits NOT weights", True),
        ('metadata.related_identifiers.identifier:"https://github.com/acme/digits"', True),
        ('metadata.related_identifiers.identifier:"https://github.com/acme"', False),
        ("metadata.title:dig*", True),
        ("(title:weights OR title:digits) AND metadata.version:1.0", True),
        ("title:(unclosed", False),
    ],
)
def test_a_query_finds_what_it_says(author, query, matches):
    record = author.draft()

    assert author.found(query) == ([record] if matches else [])


def test_only_the_newest_version_is_listed_unless_all_are_asked_for(author):
    first = author.record()
    second = author.must(201, "POST", f"/api/records/{first}/versions").json["id"]

    def listed(address: str) -> set[str]:
        hits = author.must(200, "GET", address).json["hits"]["hits"]
        return {hit["id"] for hit in hits}

    assert listed("/api/user/records") == {second}
    assert listed("/api/user/records?allversions=true") == {first, second}
    assert listed("/api/records") == {first}
    assert listed(f"/api/records/{first}/versions") == {first}


def test_pages_follow_one_another(author):
    made = [author.draft(title=f"Draft {number}") for number in range(5)]
    address = "/api/user/records?size=2&sort=oldest"

    pages = []
    while address:
        answer = author.must(200, "GET", address).json
        pages.append([hit["id"] for hit in answer["hits"]["hits"]])
        address = answer["links"].get("next", "").partition("127.0.0.1:8000")[2]

    assert pages == [made[:2], made[2:4], made[4:]]


def test_search_may_lag_by_requests_while_reading_by_id_does_not(tmp_path: Path):
    author = Author(Zenodo(tmp_path, token=TOKEN, lag=3))
    record = author.draft()

    assert [author.found() for _ in range(5)] == [[], [], [], [record], [record]]
    author.must(200, "PUT", f"/api/records/{record}/draft", {"metadata": {"title": "New"}})
    assert author.must(200, "GET", f"/api/records/{record}/draft").json["metadata"] == {
        "title": "New"
    }
    assert author.found("digits") == [record]
    author.found()
    assert author.found("digits") == []


def test_search_may_lag_by_the_clock(tmp_path: Path):
    now = [1_800_000_000.0]
    author = Author(Zenodo(tmp_path, token=TOKEN, clock=lambda: now[0], lag=1.5))
    record = author.draft()

    assert author.found() == []
    now[0] += 1.5
    assert author.found() == [record]


def test_a_lag_may_begin_later_and_hides_only_what_comes_then(author):
    old = author.draft()
    author.zenodo.lag = 2
    new = author.draft()

    assert author.found() == [old]
    author.found()
    assert set(author.found()) == {old, new}


def test_a_discarded_draft_leaves_search_at_once(tmp_path: Path):
    author = Author(Zenodo(tmp_path, token=TOKEN, lag=1))
    record = author.draft()
    author.found()
    assert author.found() == [record]
    author.must(204, "DELETE", f"/api/records/{record}/draft")

    assert author.found() == []


@pytest.mark.parametrize("query", ["size=101", "sort=nosuch", "page=101&size=100", "page=x"])
def test_what_search_does_not_do_is_refused(author, query):
    assert ask(author.zenodo, "GET", f"/api/user/records?{query}").status == 400


def test_a_stranger_gets_smaller_pages_of_zenodo_which_is_told_before_who_may_see_them(author):
    def refusal(size: int) -> tuple[int, str]:
        path = f"/api/user/records?size={size}"
        answer = ask(author.zenodo, "GET", path, token="W" * 60)
        return answer.status, str(answer.json)

    assert refusal(25)[0] == 403
    assert refusal(26)[0] == 400
    assert "Page size cannot be greater than 25." in refusal(26)[1]
    author.must(200, "GET", "/api/user/records?size=100")
