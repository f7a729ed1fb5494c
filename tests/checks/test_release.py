"""A secret stops the real command before the first byte is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from checks.seeds import KINDS, Mint
from release.conftest import Stage, example

from pubflow.rehearsal import Rehearsal


@pytest.fixture(scope="module")
def served() -> Iterator[Rehearsal]:
    with Rehearsal.start() as rehearsal:
        yield rehearsal


@pytest.fixture
def stage(served: Rehearsal, tmp_path: Path) -> Stage:
    made = Stage(served, example(tmp_path / "project"))
    made.post("/reset", {})
    return made


def test_a_release_with_a_secret_in_it_changes_nothing_anywhere(stage: Stage) -> None:
    text, secret = KINDS["github"](Mint(3))
    note = stage.folder / "docs" / "example" / "data" / "optical-digits" / "howto.txt"
    note.write_text(f"first\n{text}\n")
    before = stage.changes

    done = stage.pubflow("release", "--yes", expect=1)

    told = done.out + done.err
    assert "SEC001" in told
    assert "docs/example/data/optical-digits/howto.txt:2" in told
    assert secret not in told
    assert secret[8:24] not in told
    assert stage.changes == before


def test_the_plan_shows_the_finding_among_all_problems(stage: Stage) -> None:
    (stage.folder / "docs" / "example" / "data" / "optical-digits" / ".env").write_text("A=1\n")

    done = stage.pubflow("plan", expect=1)

    assert "SEC002" in done.out + done.err


def test_with_the_false_alarm_allowed_the_release_goes_on(stage: Stage) -> None:
    path = "docs/example/data/optical-digits/.env"
    (stage.folder / path).write_text("A=1\n")
    toml = stage.folder / "publish.toml"
    entry = f'[checks]\nignore = [{{ id = "SEC002", path = "{path}", reason = "an example" }}]\n'
    toml.write_text(toml.read_text() + "\n" + entry)

    done = stage.pubflow("plan")

    assert "an example" in done.out + done.err
