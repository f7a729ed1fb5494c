from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pubflow.errors import Refused
from pubflow.lockfile import read, write

FIRST = {
    "tag": "v1.0.0",
    "date": date(2026, 11, 20),
    "targets": {
        "data.d@shelf": {"doi": "10.5555/7", "ids": {"record": "7"}, "sha256": {"a b.csv": "ff"}}
    },
}


def test_a_missing_receipt_is_an_empty_one(tmp_path: Path) -> None:
    locked = read(tmp_path / "publish.lock")

    assert locked.identity == ""
    assert locked.ids("1.0.0", "data.d@shelf") == {}


def test_a_receipt_tells_the_next_version_where_to_start(tmp_path: Path) -> None:
    path = tmp_path / "publish.lock"
    write(path, "lab/digits", "1.0.0", FIRST)
    write(path, "lab/digits", "1.1.0", {"tag": "v1.1.0", "targets": {}})

    locked = read(path)
    assert locked.identity == "lab/digits"
    assert locked.date("1.0.0") == date(2026, 11, 20)
    assert locked.earlier("1.1.0", "data.d@shelf") == {"1.0.0": {"record": "7"}}
    assert locked.earlier("1.0.0", "data.d@shelf") == {}


def test_the_same_receipt_is_the_same_bytes_and_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "publish.lock"
    assert write(path, "lab/digits", "1.0.0", FIRST)
    before = path.stat().st_mtime_ns

    assert not write(path, "lab/digits", "1.0.0", dict(reversed(FIRST.items())))
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "text",
    [
        "schema = 2\n",
        "schema = ",
        "\x00",
        "schema = 1\nreleases = 3\n",
        'schema = 1\nreleases = { "1.0" = 5 }\n',
        'schema = 1\nreleases = { "1.0" = { targets = "x" } }\n',
        'schema = 1\nreleases = { "1.0" = { targets = { "data.d@shelf" = "x" } } }\n',
        'schema = 1\nreleases = { "1.0" = { targets = { "data.d@shelf" = { ids = [7] } } } }\n',
    ],
)
def test_a_receipt_that_cannot_be_read_stops_the_run(tmp_path: Path, text: str) -> None:
    path = tmp_path / "publish.lock"
    path.write_text(text)

    with pytest.raises(Refused, match=r"publish\.lock cannot be read"):
        read(path)


def test_a_link_that_came_with_the_files_is_not_written_through(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    diary.write_text("Dear diary")
    project = tmp_path / "project"
    project.mkdir()
    (project / "publish.lock.new").symlink_to(diary)

    write(project / "publish.lock", "lab/digits", "1.0.0", FIRST)

    assert diary.read_text() == "Dear diary"
    assert read(project / "publish.lock").identity == "lab/digits"
