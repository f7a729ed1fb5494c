"""What is told before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pubflow.manifest import Artifact, File, Kind, License, Paper, Person, Release, Target
from pubflow.platforms.zenodo.checking import check
from pubflow.platforms.zenodo.instance import (
    PRODUCTION,
    SANDBOX,
    base_of,
    communities_of,
    publisher_of,
    record_id,
)


def a_target(*files: File, **more: object) -> Target:
    artifact = replace(
        Artifact("data.x", Kind.DATA, Path("x"), "Meadows", "Words.", License("CC-BY-4.0")),
        **more,  # type: ignore[arg-type]
    )
    paper = Paper("A paper", (Person("Ada", "Lovelace"),))
    release = Release("o/r", "1.0.0", "v1.0.0", paper, (artifact,), date(2026, 11, 20))
    return Target(artifact, "zenodo", release, {}, files or (a_file("a.csv"),))


def a_file(name: str, size: int = 1) -> File:
    return File(name, size, "sha", "md5")


def whats(target: Target, base: str = PRODUCTION) -> list[tuple[str, str]]:
    return [(problem.severity, problem.what) for problem in check(target, base)]


def test_a_sound_target_has_no_problems() -> None:
    assert whats(a_target()) == []
    assert whats(a_target(File("promised.tar"))) == []


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ([a_file(str(n)) for n in range(101)], "101 files, and a record on Zenodo holds 100"),
        ([a_file("a", 0)], "a is empty"),
    ],
)
def test_zenodos_limits_are_errors_there_and_warnings_elsewhere(
    files: list[File], what: str
) -> None:
    assert whats(a_target(*files)) == [("error", what)]
    assert whats(a_target(*files), "https://rdm.example") == [("warning", what)]


def test_room_up_to_200_gb_is_asked_for_on_zenodo_and_more_is_an_error() -> None:
    elsewhere = "https://rdm.example"
    large, huge = a_target(a_file("big", 62 * 10**9)), a_target(a_file("big", 201 * 10**9))

    assert whats(large) == [("warning", "62.0 GB, and a record on Zenodo holds 50 GB")]
    assert whats(huge) == [("error", "201.0 GB, and a record on Zenodo holds 200 GB")]
    assert whats(large, elsewhere) == [("warning", "62.0 GB, and a record on Zenodo holds 50 GB")]


@pytest.mark.parametrize(
    "name", ["a\nb", "a\\b", " a", "a ", "x/../y", "x//y", "é" * 128, "a\x7fb", "dir /a"]
)
def test_names_that_do_not_survive_are_refused(name: str) -> None:
    [(severity, what)] = whats(a_target(a_file(name)))

    assert severity == "error"
    assert "no name for a file" in what


@pytest.mark.parametrize("name", ["train/part-0.csv", "notes on run (ü).txt", ".hidden", "a%2Fb"])
def test_folders_and_accents_are_no_problem(name: str) -> None:
    assert whats(a_target(a_file(name))) == []


def test_short_titles_missing_words_and_past_embargoes_are_told() -> None:
    target = a_target(description="", embargo_until=date(2026, 1, 1))
    target = replace(target, settings={"title": "Ab"})

    assert whats(target) == [
        ("error", "the title 'Ab' is too short"),
        ("warning", "the record will have no description"),
        ("error", "the embargo ends on 2026-01-01, and the release is of 2026-11-20"),
    ]


def test_a_licence_that_zenodo_lacks_is_noted() -> None:
    [(severity, what)] = whats(a_target(license=License(spdx="CDLA-Permissive-2.0")))

    assert severity == "note"
    assert "CDLA-Permissive-2.0" in what


def test_the_environment_wins_over_the_manifest() -> None:
    assert base_of({}, {}) == "https://zenodo.org"
    assert base_of({"sandbox": True}, {}) == "https://sandbox.zenodo.org"
    assert base_of({"url": "https://rdm.example/"}, {}) == "https://rdm.example"
    assert base_of({"url": "https://a"}, {"ZENODO_URL": "http://127.0.0.1:1"}) == (
        "http://127.0.0.1:1"
    )


def test_the_publisher_is_given_or_zenodo_or_the_host() -> None:
    target = a_target()
    assert publisher_of(target, "https://sandbox.zenodo.org") == "Zenodo"
    assert publisher_of(target, "https://rdm.example") == "rdm.example"
    given = replace(target, settings={"publisher": "Utopia"})
    assert publisher_of(given, PRODUCTION) == "Utopia"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10.5281/zenodo.123", "123"),
        ("https://doi.org/10.5281/zenodo.123", "123"),
        ("https://zenodo.org/records/123/", "123"),
        ("https://zenodo.org/records/123?preview=1#files", "123"),
        ("10.1234/8wa3a-wrb90", "8wa3a-wrb90"),
        ("123", "123"),
    ],
)
def test_a_record_is_named_by_doi_address_or_id(text: str, number: str) -> None:
    assert record_id(text) == number


@pytest.mark.parametrize(
    ("given", "base", "host"),
    [
        ("10.5281/zenodo.1", PRODUCTION, ""),
        ("10.5281/zenodo.1", SANDBOX, "zenodo.org"),
        ("10.5072/zenodo.1", PRODUCTION, "sandbox.zenodo.org"),
        ("10.5072/abcde-12345", PRODUCTION, ""),
        ("10.5281/zenodo.1", "http://127.0.0.1:8000", ""),
        ("https://zenodo.org/records/1", PRODUCTION, ""),
        ("https://zenodo.org/records/1", SANDBOX, "zenodo.org"),
        ("https://rdm.example/records/abcde-12345", "https://RDM.example", ""),
        ("https://zenodo.org/records/1", "http://127.0.0.1:8000", ""),
    ],
)
def test_a_record_of_another_server_is_no_record_to_go_on_from(
    given: str, base: str, host: str
) -> None:
    target = replace(a_target(a_file("a")), settings={"record": given})

    told = [what for _, what in whats(target, base) if "is a record at" in what]

    assert told == ([f"{given} is a record at {host}, and the target is {base}"] if host else [])


def test_communities_are_one_or_many() -> None:
    target = a_target()
    assert communities_of(target) == ()
    assert communities_of(replace(target, settings={"communities": "one"})) == ("one",)
    twice = replace(target, settings={"communities": ["a", "b", "a"]})
    assert communities_of(twice) == ("a", "b")
