"""What huggingface_hub raises, and what becomes of it."""

from __future__ import annotations

import json
import ssl

import httpx2
import pytest
from huggingface_hub import errors

from pubflow.errors import PubflowError, Transient
from pubflow.platforms.huggingface.refusals import translate, translated
from pubflow.tokens import Secret

TOKEN = "h" + "f_" + "A1b2C3d4" * 5


def answered(status: int, words: str = "", **headers: str) -> Exception:
    request = httpx2.Request(
        "POST", "https://hub.example/api", headers={"authorization": f"Bearer {TOKEN}"}
    )
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx2.Response(status, request=request, headers=named)
    error: Exception = errors.HfHubHTTPError(words, response=response, server_message=words)
    return error


PASSING = [404, 408, 409, 412, 429, 500, 502, 503, 504]
FINAL = [400, 401, 402, 403, 413, 422]


@pytest.mark.parametrize("status", PASSING)
def test_an_answer_that_may_be_another_one_later_is_transient(status: int) -> None:
    assert isinstance(translate(answered(status)), Transient)


@pytest.mark.parametrize("status", FINAL)
def test_a_no_is_final(status: int) -> None:
    error = translate(answered(status, "because"))
    assert not isinstance(error, Transient)
    assert "because" in error.why


def put(status: int, **headers: str) -> Exception:
    """What the library raises where a signed address refuses the bytes."""
    request = httpx2.Request("PUT", "https://store.example/a?X-Amz-Expires=900", headers=headers)
    refused: Exception = errors.HfHubHTTPError(
        "", response=httpx2.Response(status, request=request)
    )
    broken = RuntimeError("Error while uploading 'a.bin' to the Hub.")
    broken.__cause__ = refused
    return broken


def test_a_signed_address_that_ended_is_asked_for_anew() -> None:
    error = translate(put(403))
    assert isinstance(error, Transient)
    assert "not valid any more" in error.what
    assert not isinstance(translate(put(403, authorization=f"Bearer {TOKEN}")), Transient)
    assert not isinstance(translate(put(400)), Transient)


def test_a_login_that_may_have_ended_is_told_how_to_renew() -> None:
    assert "This renews it:\n\n    hf auth whoami" in translate(answered(401)).hint


def test_storage_that_is_full_is_final_and_says_what_to_do() -> None:
    error = translate(answered(403, "Private repository storage limit reached"))
    assert not isinstance(error, Transient)
    assert "storage limit" in error.why
    assert "Free some space" in error.hint


def test_a_missing_permission_says_which_one() -> None:
    error = translate(answered(403, "Your token may read but not write"))
    assert "write access to the repositories (and to create them)" in error.hint


def test_the_limit_of_commits_is_read_from_its_words_not_from_its_header() -> None:
    words = "You have exceeded the rate limit for repository commits (128 per hour)."
    error = translate(answered(429, words, ratelimit='"api";r=949;t=271'))
    assert isinstance(error, Transient)
    assert error.wait == 3600


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"ratelimit": '"api";r=0;t=30'}, 31.0), ({"retry_after": "7"}, 7.0), ({}, None)],
)
def test_another_limit_says_itself_how_long(headers: dict[str, str], wait: float | None) -> None:
    error = translate(answered(429, "slow down", **headers))
    assert isinstance(error, Transient)
    assert error.wait == wait


@pytest.mark.parametrize("status", [500, 503, 504])
def test_a_busy_hub_says_how_long_too(status: int) -> None:
    for headers, wait in ({"retry_after": "7"}, 7.0), ({}, None):
        error = translate(answered(status, "busy", **headers))
        assert isinstance(error, Transient)
        assert error.wait == wait


@pytest.mark.parametrize(
    "broken",
    [
        httpx2.RemoteProtocolError("peer closed connection"),
        httpx2.ConnectError("refused"),
        httpx2.ReadTimeout("silence"),
        ConnectionError("xet: 503 from the CAS"),
        RuntimeError("Error while uploading 'a' to the Hub."),
        json.JSONDecodeError("no", "<html>", 0),
        KeyError("url"),
    ],
    ids=lambda broken: type(broken).__name__,
)
def test_a_broken_connection_is_transient(broken: Exception) -> None:
    assert isinstance(translate(broken), Transient)


def test_the_reason_behind_a_failed_upload_decides() -> None:
    broken = RuntimeError("Error while uploading 'a' to the Hub.")
    broken.__cause__ = answered(413)
    assert not isinstance(translate(broken), Transient)
    broken.__cause__ = answered(503)
    assert isinstance(translate(broken), Transient)


def test_a_certificate_that_is_not_trusted_is_not_tried_again() -> None:
    broken = httpx2.ConnectError("handshake")
    broken.__cause__ = ssl.SSLCertVerificationError("self-signed")
    error = translate(broken)
    assert not isinstance(error, Transient)
    assert "REQUESTS_CA_BUNDLE" in error.hint


def test_a_file_that_cannot_be_read_is_named() -> None:
    error = translate(FileNotFoundError(2, "No such file or directory", "model.safetensors"))
    assert error.what == "model.safetensors cannot be read: No such file or directory."


def test_a_card_that_is_not_taken_is_final() -> None:
    error = translate(ValueError('Invalid metadata in README.md.\n- "license" must be one of'))
    assert not isinstance(error, Transient)
    assert '"license" must be one of' in error.what


def test_nothing_of_the_token_is_left_in_the_error() -> None:
    Secret(TOKEN)

    @translated
    def call() -> None:
        raise answered(400, f"Bearer {TOKEN} at https://cdn.example/x?X-Amz-Signature=abc")

    with pytest.raises(PubflowError) as caught:
        call()

    error = caught.value
    assert error.__context__ is None
    assert error.__cause__ is None
    text = " ".join((error.what, error.why, error.hint))
    assert TOKEN not in text
    assert "Signature" not in text
    assert "https://cdn.example/x" in text
