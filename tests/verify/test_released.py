"""What was released: the receipt says where and which bytes, publish.toml what the pages tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from documents.releases import data, release

from pubflow.errors import PubflowError
from pubflow.lockfile import Locked
from pubflow.manifest import File, Manifest, Target
from pubflow.pages import Fact, Page
from pubflow.verify.released import comparable, released

TRAIN = File("train.csv", 4, "1" * 64, "2" * 32)


def manifest(version: str = "1.0.0") -> Manifest:
    artifact = data(files=(TRAIN,))
    of = replace(release(version=version, tag=f"v{version}", date=None), artifacts=(artifact,))
    return Manifest(of, (Target(artifact, "zenodo", of, files=artifact.files),), Path())


def row(**more: Any) -> dict[str, Any]:
    return {
        "state": "published",
        "url": "https://zenodo.org/records/1",
        "version_url": "https://zenodo.org/records/1",
        "doi": "10.5281/zenodo.1",
        "ids": {"record": "1"},
        "sha256": {"train.csv": "1" * 64},
        **more,
    }


def locked(**versions: dict[str, Any]) -> Locked:
    releases = {
        version.replace("_", ".")[1:]: {
            "date": date(2026, 11, 20),
            "tag": version.replace("_", "."),
            "targets": {"data.meadows@zenodo": said},
        }
        for version, said in versions.items()
    }
    return Locked("x", releases)


def test_files_links_and_date_come_from_the_receipt() -> None:
    found = released(manifest(), locked(v1_0_0=row()))
    [target] = found.manifest.targets
    assert target.files == (TRAIN,)
    assert target.release.date == date(2026, 11, 20)
    assert found.links["data.meadows@zenodo"].doi == "10.5281/zenodo.1"
    assert found.known["data.meadows@zenodo"] == {"record": "1"}
    assert found.found == ()


def test_files_that_pubflow_made_are_known_by_their_digest() -> None:
    said = row(sha256={"train.csv": "1" * 64, "README.md": "3" * 64})
    [target] = released(manifest(), locked(v1_0_0=said)).manifest.targets
    assert [(file.name, file.sha256) for file in target.files] == [
        ("README.md", "3" * 64),
        ("train.csv", "1" * 64),
    ]


def test_the_receipt_holds_where_a_file_here_changed() -> None:
    found = released(manifest(), locked(v1_0_0=row(sha256={"train.csv": "4" * 64})))
    assert found.manifest.targets[0].files[0].sha256 == "4" * 64
    assert [p.severity for p in found.found] == ["warning"]


def test_the_newest_version_is_taken_where_this_one_is_not_out() -> None:
    out = locked(v1_9_0=row(), v1_10_0=row(version_url="https://zenodo.org/records/2"))
    found = released(manifest("2.0.0"), out)
    assert found.manifest.release.version == "1.10.0"
    assert found.manifest.release.tag == "v1.10.0"
    assert "2.0.0 is not released yet" in found.found[0].what


def test_what_stayed_as_it_was_is_of_the_version_that_brought_it() -> None:
    found = released(manifest("1.1.0"), locked(v1_0_0=row(), v1_1_0=row()))
    assert found.first == {"data.meadows@zenodo": "1.0.0"}


NAME = "data.meadows@zenodo"


def record(version: str) -> Page:
    """A record's page that names the version it is of."""
    facts = (
        Fact("title", "Meadows", "Meadows"),
        Fact("version", version, "1.1.0"),
        Fact("date", "2026-01-01", "2026-11-20"),
    )
    return Page(NAME, facts=facts)


def test_what_the_receipt_knows_nothing_before_of_is_compared_as_far_as_that_goes() -> None:
    of = released(manifest("1.1.0"), locked(v1_1_0=row(ids={})))

    page, links, [note] = comparable(of, record("1.0.0"))

    assert [fact.what for fact in page.facts] == ["title"]
    assert list(links) == [NAME]
    assert (note.severity, note.where) == ("note", NAME)
    assert "unchanged since 1.0.0" in note.what


@pytest.mark.parametrize(
    ("version", "more"),
    [
        ("1.0.0", {}),  # A record was made for 1.1.0, so it should say so.
        ("1.1.0", {"ids": {}}),
        ("9.9.9", {"ids": {}}),
        ("", {"ids": {}}),
        ("v1.1.0", {"ids": {}, "late": True}),  # Made by Zenodo, which writes the tag.
    ],
)
def test_a_record_of_this_version_is_compared_in_everything(
    version: str, more: dict[str, Any]
) -> None:
    of = released(manifest("1.1.0"), locked(v1_1_0=row(**more)))
    assert comparable(of, record(version)) == (record(version), of.links, ())


@pytest.mark.parametrize(("tree", "noted"), [("v1.0.0", True), ("v1.1.0", False)])
def test_a_page_that_names_no_version_is_of_the_one_its_address_ends_in(
    tree: str, noted: bool
) -> None:
    address = f"https://huggingface.co/datasets/lab/meadows/tree/{tree}"
    of = released(manifest("1.1.0"), locked(v1_1_0=row(version_url=address)))
    assert bool(comparable(of, Page(NAME))[2]) == noted


@pytest.mark.parametrize("state", ["reserved", "uploaded"])
def test_what_is_not_public_yet_is_left_out_and_told(state: str) -> None:
    found = released(manifest(), locked(v1_0_0=row(state=state)))
    assert found.manifest.targets == ()
    assert found.found[0].what == f"it is {state} and not released yet"


def test_no_receipt_is_told_with_what_to_do() -> None:
    with pytest.raises(PubflowError) as told:
        released(manifest(), Locked())
    assert "If nothing was released yet" in told.value.hint
    assert "git checkout publish.lock" in told.value.hint
