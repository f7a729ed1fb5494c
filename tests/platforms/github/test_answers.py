"""What an answer's headers and words say."""

from __future__ import annotations

import pytest

from pubflow.platforms.github.answers import kind_of, refusal, scopes, wait_asked


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        ("gh" + "p_", "classic"),
        ("gh" + "o_", "classic"),
        ("github" + "_pat_", "fine-grained"),
        ("gh" + "s_", "workflow"),
        ("gh" + "u_", ""),
    ],
)
def test_the_form_of_a_token_tells_what_may_be_asked_of_its_owner(start: str, kind: str) -> None:
    assert kind_of(start + "a" * 36) == kind


@pytest.mark.parametrize(
    ("kind", "header", "found"),
    [
        ("classic", "repo, workflow", {"repo", "workflow"}),
        ("classic", "", set()),
        ("", "repo", {"repo"}),
        ("", "", None),
        ("fine-grained", "", None),
        ("workflow", "", None),
    ],
)
def test_only_a_classic_token_can_lack_all_scopes(
    kind: str, header: str, found: set[str] | None
) -> None:
    assert scopes(kind, {"x-oauth-scopes": header}) == found
    assert scopes(kind, {}) is None


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("You have exceeded a secondary rate limit.", 60.0),
        ("You have triggered an abuse detection mechanism. Please wait a few minutes.", 60.0),
        ("was submitted too quickly", 60.0),
        ("Resource not accessible by integration", None),
    ],
)
def test_a_403_that_asks_to_wait_is_told_from_a_refusal(said: str, wait: float | None) -> None:
    assert wait_asked(403, {}, said) == wait


@pytest.mark.parametrize(("wait", "told"), [("7", "7 s"), ("3000", "50 minutes")])
def test_how_long_to_wait_is_told_as_a_run_may_end_before(wait: str, told: str) -> None:
    words = {"message": "API rate limit exceeded."}

    error = refusal("api.github.com", "", 403, {"retry-after": wait}, words)

    assert str(error) == f"api.github.com asks us to wait {told}: API rate limit exceeded."


@pytest.mark.parametrize("reset", ["soon", "", "12.5.1"])
def test_a_time_that_is_none_is_waited_for_as_if_it_was_not_said(reset: str) -> None:
    told = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}

    assert wait_asked(403, told, "API rate limit exceeded") == 60.0
    assert wait_asked(403, told | {"x-ratelimit-reset": "1"}, "") == 1.0
