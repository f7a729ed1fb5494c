"""Zenodo's own integration and a record of ours would be two DOIs: looked for, or asked about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, License, Paper, Person, Release, Target
from pubflow.platform import Problem
from pubflow.platforms.github.diff import diff
from pubflow.platforms.github.state import Around, GitHubState, Repository

HOOK = "https://zenodo.org/api/hooks/receivers/github/events/?access_token=x"
SEEN = GitHubState(
    "lab/digits",
    repository=Repository(7, "lab/digits", private=False, head="a" * 40),
    around=Around(hooks=()),
)


def errors(state: GitHubState, **settings: Any) -> list[Problem]:
    code = Artifact("code", Kind.CODE, Path(), license=License("MIT"))
    release = Release("lab/digits", "1.0", "v1.0", Paper("T", (Person("Ada", "L"),)), (code,))
    target = Target(code, "github", release, {"repo": "lab/digits", **settings})
    found = diff(target, state, Links({target.name: state.link}))
    return [p for p in found if isinstance(p, Problem) and "integration" in p.what]


def hooked(*hooks: str) -> GitHubState:
    return replace(SEEN, around=Around(hooks=hooks))


def blind(**more: Any) -> GitHubState:
    return replace(SEEN, around=Around(hooks=None), **more)


@pytest.mark.parametrize("said", [{}, {"webhook": "off"}])
def test_what_was_seen_counts_more_than_what_was_said(said: dict[str, str]) -> None:
    [error] = errors(hooked(HOOK), zenodo=said)

    assert error.severity == "error"
    assert "switched on" in error.what
    assert "two DOIs" in error.why
    assert "account/settings/github" in error.hint


def test_a_token_that_sees_that_it_is_off_needs_no_word() -> None:
    assert errors(hooked("https://example.org/hook"), zenodo={}) == []


def test_a_token_that_may_not_look_needs_the_authors_word() -> None:
    [error] = errors(blind(), zenodo={})

    assert error.severity == "error"
    assert "This token does not show" in error.what
    assert error.hint.endswith('\n\n    [targets.zenodo]\n    webhook = "off"')
    assert errors(blind(), zenodo={"webhook": "off"}) == []


def test_nobody_can_have_switched_it_on_for_a_repository_that_this_release_made() -> None:
    assert errors(blind(made=True), zenodo={}) == []
    assert errors(replace(blind(), repository=None), zenodo={}) == []


def test_code_that_gets_no_record_of_ours_gets_no_second_one() -> None:
    assert errors(blind()) == []


COUNTED_ON = {"mode": "integration"}


def test_where_publish_toml_counts_on_it_it_must_be_on() -> None:
    assert errors(hooked(HOOK), zenodo=COUNTED_ON) == []
    [error] = errors(hooked(), zenodo=COUNTED_ON)

    assert "is not switched on for lab/digits" in error.what
    assert "no record" in error.why
    assert "Switch it on at https://zenodo.org/account/settings/github/" in error.hint


def test_a_repository_that_is_not_there_has_no_integration() -> None:
    [error] = errors(replace(SEEN, repository=None, wanted="lab/digits"), zenodo=COUNTED_ON)

    assert "is not switched on for lab/digits" in error.what
    assert "make it, push to it" in error.hint


def test_a_plan_without_a_network_says_nothing_of_it() -> None:
    assert errors(replace(SEEN, repository=None, looked=False), zenodo=COUNTED_ON) == []


def test_a_token_that_may_not_look_takes_the_authors_word_that_it_is_on() -> None:
    [error] = errors(blind(), zenodo=COUNTED_ON)

    assert error.hint.endswith('\n\n    [targets.zenodo]\n    webhook = "on"')
    assert errors(blind(), zenodo={**COUNTED_ON, "webhook": "on"}) == []
