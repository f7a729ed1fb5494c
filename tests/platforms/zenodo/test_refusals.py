"""Statuses and bodies of the records API, in the author's words."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from pubflow.errors import PubflowError, Transient
from pubflow.http import Answer
from pubflow.platforms.zenodo.refusals import complaints, in_words, refuse, serious, told


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, content, "https://rdm.example/api/records")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
def test_what_passes_by_itself_is_transient(status: int) -> None:
    with pytest.raises(Transient, match=f"answered {status}"):
        refuse(answer(status, b"<html>busy</html>"), "make a draft")


def test_only_429_and_503_are_asked_how_long_to_wait() -> None:
    """Retry-After stands on every answer of Zenodo's, also on 200."""
    waits = {}
    for status in (429, 503, 500, 504):
        with pytest.raises(Transient) as busy:
            refuse(answer(status, Retry_After="7"), "make a draft")
        waits[status] = busy.value.wait

    assert waits == {429: 7.0, 503: 7.0, 500: None, 504: None}


def test_the_end_of_the_rate_limits_window_is_a_wait_too() -> None:
    reset = str(int(time.time()) + 30)
    with pytest.raises(Transient) as busy:
        refuse(answer(429, X_RateLimit_Reset=reset), "make a draft")

    assert busy.value.wait is not None
    assert 25 < busy.value.wait <= 30


@pytest.mark.parametrize(
    ("status", "body", "what", "why", "hint"),
    [
        (403, {"message": "Permission denied."}, "permission denied", "expired", "ZENODO_TOKEN"),
        (401, b"<html>", "permission denied", "another account", "ZENODO_TOKEN"),
        (404, {}, "it is not there", "deleted", "pubflow plan"),
        (410, {}, "was deleted", "keeps its DOI", "Raise the version"),
        (413, b"<html>413</html>", "too large", "50 GB", "quota"),
        (400, {"message": "Bucket quota exceeded."}, "too large", "50 GB", "quota"),
        (400, {"message": "File size limit exceeded."}, "too large", "50 GB", "quota"),
        (
            400,
            {
                "message": "Uploading selected files will result in exceeding the max amount"
                " per record."
            },
            "too many files",
            "fewer here",
            "Pack the files",
        ),
        (302, b"", "redirect", "token", "ZENODO_URL"),
        (
            400,
            {"message": "Invalid value cc-x."},
            "does not know the word cc-x.",
            "Invalid value cc-x.",
            "publish.toml",
        ),
        (
            400,
            {"message": "Your account has been blocked. Write to us."},
            "is blocked",
            "has been blocked",
            "support",
        ),
        (
            400,
            {
                "message": "A validation error occurred.",
                "errors": [{"field": "metadata.title", "messages": ["Too short."]}],
            },
            "(400)",
            "the title: Too short (metadata.title).",
            "publish.toml",
        ),
    ],
)
def test_a_refusal_says_what_why_and_what_to_do(
    status: int, body: Any, what: str, why: str, hint: str
) -> None:
    with pytest.raises(PubflowError) as refused:
        refuse(answer(status, body), "publish record 8")

    error = refused.value
    assert not isinstance(error, Transient)
    assert what in error.what
    assert why in error.why
    assert hint in error.hint


def test_a_message_over_a_list_of_faults_is_shown_if_it_says_anything() -> None:
    fault = {"field": "metadata.title", "messages": ["Too short."]}
    shown = []
    for message in ("A validation error occurred.", "Not in this community."):
        with pytest.raises(PubflowError) as refused:
            refuse(answer(400, {"message": message, "errors": [fault]}), "publish record 8")
        shown.append(refused.value.why)

    faults = "the title: Too short (metadata.title)."
    assert shown == [faults, f"Not in this community.\n{faults}"]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (
            "metadata.creators.0.person_or_org.identifiers.0.identifier",
            "the ORCID of author 1",
        ),
        ("metadata.creators.2.person_or_org.family_name", "author 3"),
        ("metadata.creators.1.affiliations.0", "the affiliation of author 2"),
        ("metadata.publisher", "the publisher, `[targets.zenodo] publisher`"),
        ("metadata.related_identifiers.3.identifier", "link 4 to a paper, a copy or a source"),
        ("access.embargo.until", "the embargo"),
        ("something.new", "something.new"),
    ],
)
def test_fields_are_named_in_the_users_words(field: str, words: str) -> None:
    assert in_words(field) == words


def test_complaints_inside_a_200_are_found_in_every_form() -> None:
    assert complaints({"errors": "File upload transfer failed."}) == [
        ("", "File upload transfer failed.")
    ]
    assert complaints({"errors": [{"field": "a", "messages": ["x", "y"]}]}) == [("a", "x; y")]
    assert complaints({"id": "1"}) == complaints([]) == []
    assert told([("metadata.version", "Long."), ("", "Odd.")]) == (
        "the version: Long (metadata.version).\nOdd."
    )


def test_what_a_communitys_checks_advise_stops_nothing_and_what_they_demand_does() -> None:
    def check(severity: str) -> dict[str, object]:
        return {"field": "metadata.funding", "messages": ["Add it."], "severity": severity}

    assert complaints({"errors": [check("info"), check("warning")]}) == []
    assert complaints({"errors": [check("error")]}) == [("metadata.funding", "Add it.")]


def test_fields_for_software_that_an_instance_lacks_stop_nothing() -> None:
    lacking = ("custom_fields.code:codeRepository", "Unknown field.")
    wrong = ("custom_fields.code:codeRepository", "Not a valid URL.")
    other = ("metadata.nonsense", "Unknown field.")

    assert serious([lacking, wrong, other]) == [wrong, other]
    assert serious([wrong, other], passing=("metadata.nonsense",)) == [wrong]


def test_a_token_that_a_server_repeats_is_not_shown() -> None:
    secret = "h" + "f_" + "a" * 34
    with pytest.raises(PubflowError) as refused:
        refuse(answer(400, {"message": f"Invalid value {secret}."}), "make a draft")

    assert secret not in str(refused.value) + refused.value.why


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("sandbox.zenodo.org", "deposit:actions."),
        ("rdm.example", "deposit:actions, where the server has such scopes."),
    ],
)
def test_scopes_that_only_zenodo_has_are_told_as_such(host: str, words: str) -> None:
    """InvenioRDM 14.0.5 offers `user:email` and `tokens:generate`, and asks for neither."""
    denied = Answer(403, {}, b"{}", f"https://{host}/api/records")

    with pytest.raises(PubflowError) as refused:
        refuse(denied, "make a draft")

    assert words in refused.value.hint
