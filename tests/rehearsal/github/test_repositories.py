"""Repositories: names, settings, visibility, topics, licences."""

from __future__ import annotations

import pytest
from rehearsal.github.place import OWNER, Place

from pubflow.rehearsal.github.licences import recognise

REPO = f"/repos/{OWNER}/paper"


def test_a_second_repository_of_the_same_name_is_refused_whatever_its_case(place: Place) -> None:
    place.make("paper")

    answer = place.call("POST", "/user/repos", json={"name": "Paper"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "name already exists on this account"
    assert place.call("GET", f"/repos/{OWNER.upper()}/PAPER").json()["name"] == "paper"


def test_every_other_owner_is_an_organisation(place: Place) -> None:
    told = place.call("POST", "/orgs/lab/repos", json={"name": "x", "visibility": "private"})

    assert told.status_code == 201
    assert told.json()["private"]
    assert told.json()["organization"]["login"] == "lab"
    assert place.call("GET", f"/orgs/{OWNER}").status_code == 404
    assert place.call("POST", f"/orgs/{OWNER}/repos", json={"name": "x"}).status_code == 404


def test_only_what_is_sent_changes(place: Place) -> None:
    place.make(private=True, description="Digits", has_wiki=False)

    told = place.call("PATCH", REPO, json={"visibility": "public"}).json()

    assert not told["private"]
    assert told["description"] == "Digits"
    assert told["has_wiki"] is False


def test_an_unknown_setting_is_refused(place: Place) -> None:
    place.make()

    assert place.call("PATCH", REPO, json={"topics": ["a"]}).status_code == 422
    assert place.call("PATCH", REPO, json={"private": "no"}).status_code == 422
    fields = {"name": "other", "visibility": "private"}
    assert place.call("POST", "/user/repos", json=fields).status_code == 422


def test_a_description_holds_no_line_breaks(place: Place) -> None:
    place.make()

    assert place.call("PATCH", REPO, json={"description": "a\nb"}).status_code == 422
    assert place.call("PATCH", REPO, json={"description": "a" * 351}).status_code == 422


def test_the_default_branch_must_be_there(place: Place) -> None:
    place.pushed()

    assert place.call("PATCH", REPO, json={"default_branch": "dev"}).status_code == 422


def test_a_renamed_repository_redirects_readers_and_writers(place: Place) -> None:
    work = place.pushed()
    place.call("PATCH", REPO, json={"name": "digits"})

    read = place.call("GET", REPO, allow_redirects=False)
    assert read.status_code == 301
    assert place.call("GET", REPO).json()["name"] == "digits"
    other_case = f"/repos/{OWNER}/PAPER/commits?per_page=1"
    assert len(place.call("GET", other_case).json()) == 1
    write = place.call("PATCH", REPO, json={"description": "x"}, allow_redirects=False)
    assert write.status_code == 307
    assert place.call("GET", f"/{OWNER}/paper", token=None).status_code == 200
    place.git("fetch", "-q", "origin", cwd=work)


def test_an_archived_repository_is_read_only(place: Place) -> None:
    work = place.pushed()
    place.call("PATCH", REPO, json={"archived": True})

    assert place.call("PUT", f"{REPO}/topics", json={"names": []}).status_code == 403
    assert place.call("PATCH", REPO, json={"description": "x"}).status_code == 403
    assert place.git("push", "origin", "v1", cwd=work, ok=False).returncode != 0
    assert place.call("PATCH", REPO, json={"archived": False}).status_code == 200


@pytest.mark.parametrize("names", [["two words"], ["-a"], ["a" * 51], [f"t{n}" for n in range(21)]])
def test_topics_that_github_would_not_take_are_refused(place: Place, names: list[str]) -> None:
    place.make()

    assert place.call("PUT", f"{REPO}/topics", json={"names": names}).status_code == 422


def test_a_deleted_repository_is_gone_with_its_git_data(place: Place) -> None:
    place.pushed()

    assert place.call("DELETE", REPO).status_code == 204
    assert place.call("GET", REPO).status_code == 404
    place.make()
    assert place.call("GET", f"{REPO}/branches").json() == []


def test_a_repository_can_start_with_a_readme(place: Place) -> None:
    place.make(auto_init=True)

    assert place.call("GET", f"{REPO}/readme").json()["name"] == "README.md"


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("                Apache License\n          Version 2.0, January 2004\n", "Apache-2.0"),
        (
            "Permission is hereby granted, free of charge, to any\nperson obtaining a copy",
            "MIT",
        ),
        (
            "Redistribution and use in source and binary forms, with or ...\n"
            "3. Neither the name of the copyright holder",
            "BSD-3-Clause",
        ),
        ("Creative Commons\nAttribution 4.0 International", "CC-BY-4.0"),
        ("GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007", "GPL-3.0"),
        ("All rights reserved.", "NOASSERTION"),
    ],
)
def test_a_licence_is_known_by_its_text(text: str, spdx: str) -> None:
    assert recognise(text).spdx == spdx


def test_a_repository_without_a_licence_file_has_no_licence(place: Place) -> None:
    place.pushed()

    assert place.call("GET", f"{REPO}/license").status_code == 404
    assert place.call("GET", REPO).json()["license"] is None
