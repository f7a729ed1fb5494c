"""What an account may do: delete early, ask for room, be blocked, hold a token for less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rehearsal.zenodo.client import ask
from rehearsal.zenodo.conftest import Author, body

from pubflow.rehearsal.zenodo import Zenodo

Truth = Callable[[], list[dict[str, Any]]]


def test_a_deleted_record_leaves_a_tombstone_and_no_place_in_lists(
    author: Author, truth: Truth
) -> None:
    record = author.record()
    author.must(200, "POST", f"/api/records/{record}/request-deletion", {"reason": "duplicate"})

    for path in ("", "/draft", "/files", "/versions"):
        assert author.must(410, "GET", f"/api/records/{record}{path}").json["status"] == 410
    author.must(410, "POST", f"/api/records/{record}/versions")
    assert author.found() == []
    assert truth() == []


def test_a_deletion_outlives_a_dump(author: Author) -> None:
    record = author.record()
    author.must(200, "POST", f"/api/records/{record}/request-deletion", {"reason": "duplicate"})

    author.zenodo.load(author.zenodo.dump())

    author.must(410, "GET", f"/api/records/{record}")


def test_room_is_given_out_of_the_accounts_allowance(zenodo: Zenodo, author: Author) -> None:
    zenodo.set(quota=4)
    one, two = author.draft(), author.draft()
    files = f"/api/records/{one}/draft/files"
    author.must(201, "POST", files, [{"key": "a"}])
    author.must(413, "PUT", f"{files}/a/content", b"12345")

    author.must(200, "POST", f"/api/records/{one}/quota-increase", {"quota_size": "100"})
    author.must(200, "PUT", f"{files}/a/content", b"12345")
    author.must(403, "POST", f"/api/records/{two}/quota-increase", {"quota_size": "100"})
    author.must(400, "POST", f"/api/records/{two}/quota-increase", {"quota_size": "much"})


def test_a_blocked_account_publishes_nothing(zenodo: Zenodo, author: Author, truth: Truth) -> None:
    record = author.draft()
    author.upload(record, "a", b"1")
    zenodo.set(blocked=True)

    refused = author.must(400, "POST", f"/api/records/{record}/draft/actions/publish")

    assert refused.json["message"].startswith("Your account has been blocked")
    assert not truth()[0]["published"]


def test_a_blocked_accounts_token_is_nobodys_and_its_records_are_gone_until_it_is_pardoned(
    zenodo: Zenodo, author: Author
) -> None:
    record, draft = author.record(), author.draft()
    author.upload(draft, "a", b"1")
    zenodo.set(blocked=True)
    author.must(400, "POST", f"/api/records/{draft}/draft/actions/publish")

    gone = author.must(410, "GET", f"/api/records/{record}").json
    author.must(403, "GET", f"/api/records/{draft}/draft")
    author.must(403, "GET", "/api/user/records")
    zenodo.set(blocked=False)

    assert gone["tombstone"]["removal_reason"] == {"id": "spam"}
    author.must(200, "GET", f"/api/records/{record}")
    author.must(202, "POST", f"/api/records/{draft}/draft/actions/publish")


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"deposit:write"})])
def test_a_token_for_less_may_do_less(
    zenodo: Zenodo, author: Author, scopes: frozenset[str]
) -> None:
    record = author.draft()
    author.upload(record, "a", b"1")
    zenodo.set(scopes=scopes)

    assert ask(zenodo, "POST", "/api/records", body()).status == (201 if scopes else 403)
    author.must(403, "POST", f"/api/records/{record}/draft/actions/publish")
    author.must(200, "GET", f"/api/records/{record}/draft")
