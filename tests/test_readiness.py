"""`pubflow check`: what would fail or embarrass later, without asking anybody."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pubflow.readiness import Readiness, check

SOUND = """schema = 1
[paper]
title = "Reading the sea floor"
authors = ["Ada Lovelace <0000-0002-1825-0097>"]
[defaults]
version = "1.0.0"
[data.meadows]
path = "d"
license = "CC-BY-4.0"
targets = ["huggingface", "zenodo"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def no(*args: object) -> None:
        raise AssertionError("somebody was asked")

    monkeypatch.setattr(socket.socket, "connect", no)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "train.csv").write_text("a,b\n1,2\n")
    (tmp_path / "publish.toml").write_text(SOUND)
    return tmp_path


def checked(folder: Path, more: str = "") -> Readiness:
    (folder / "publish.toml").write_text(SOUND + more)
    return check(folder / "publish.toml", env={}, hosts=frozenset())


def grave(found: Readiness) -> list[str]:
    return [problem.what for problem in found.problems if problem.severity == "error"]


def test_a_sound_release_is_ready_and_nothing_is_asked_or_needed(folder: Path) -> None:
    found = checked(folder)
    assert found.ready
    assert grave(found) == []
    assert found.release is not None


def test_mistakes_of_publish_toml_are_all_told_with_their_lines(folder: Path) -> None:
    found = checked(folder, "[weights.w]\npath = 'nowhere'\nlicense = 'MITT'\n")
    assert not found.ready
    assert found.release is None
    assert sorted(p.where for p in found.problems if p.severity == "error") == [
        "publish.toml:12",
        "publish.toml:13",
    ]


def test_what_a_platform_says_of_the_files_is_told(folder: Path) -> None:
    (folder / "d" / "meadows.py").write_text("print(1)\n")
    (folder / "d" / "train-00000-of-00002.parquet").write_bytes(b"PAR1")
    told = {p.what: p.severity for p in checked(folder).problems if "@huggingface" in p.where}
    assert told["meadows.py would be taken for a loading script."] == "warning"
    assert told["train-*-of-00002.parquet: 1 of 2 are here."] == "warning"


def test_a_shard_that_is_missing_is_told(folder: Path) -> None:
    (folder / "w").mkdir()
    named = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / "w" / "model.safetensors.index.json").write_text(json.dumps(named))
    table = "[weights.w]\npath = 'w'\nlicense = 'MIT'\ntargets = ['huggingface']\n"
    told = {p.what: p.severity for p in checked(folder, table).problems}
    said = "model.safetensors.index.json names model-1.safetensors and model-2.safetensors"
    assert told[f"{said}, which are not here."] == "warning"


def test_a_secret_among_the_files_is_told(folder: Path) -> None:
    (folder / "d" / "notes.txt").write_text("key = " + "gh" + "p_" + "a1B2c3D4e5" * 3 + "f6G7h8\n")
    found = checked(folder)
    assert not found.ready
    assert len(grave(found)) == 1


def test_an_authors_file_that_cannot_be_read_is_told_and_not_raised(folder: Path) -> None:
    (folder / "card.md").write_text("---\nlicense: [mit\n---\n# Mine\n")
    text = SOUND.replace('path = "d"\n', 'path = "d"\ncard = "card.md"\n')
    (folder / "publish.toml").write_text(text)
    found = check(folder / "publish.toml", env={}, hosts=frozenset())
    assert not found.ready
    assert "is not YAML" in grave(found)[0]


@pytest.mark.parametrize(
    ("bar", "with_warning", "with_error"),
    [("error", True, False), ("warning", False, False), ("never", True, True)],
)
def test_the_file_says_how_grave_a_problem_must_be(
    folder: Path, bar: str, with_warning: bool, with_error: bool
) -> None:
    more = f'[checks]\nfail_on = "{bar}"\n'
    (folder / "d" / "test.jsonl").write_text("{}\n")
    assert checked(folder, more).ready is with_warning
    (folder / "d" / "test.jsonl").unlink()
    (folder / "d" / "meadows.py").write_text("k = '" + "gh" + "p_" + "a1B2c3D4e5" * 3 + "f6G7h8'\n")
    assert checked(folder, more).ready is with_error


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PUBFLOW_KEYRING": "0"}
    command = [sys.executable, "-m", "pubflow", "check", *args]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


def test_the_command_ends_with_what_comes_next(folder: Path) -> None:
    done = run(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "Reading the sea floor 1.0.0"
    assert done.stdout.endswith("\n    pubflow plan\n")


def test_the_command_says_for_programs_whether_it_is_ready(folder: Path) -> None:
    assert json.loads(run(folder, "--json").stdout)["ready"] is True
    (folder / "publish.toml").write_text(SOUND.replace("CC-BY-4.0", "CC-BYE"))
    done = run(folder, "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert (said["ready"], said["release"]) == (False, None)
    assert said["problems"][0]["where"] == "publish.toml:9"


def test_the_command_counts_what_is_to_be_mended(folder: Path) -> None:
    (folder / "publish.toml").write_text(SOUND.replace("CC-BY-4.0", "CC-BYE"))
    done = run(folder)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("publish.toml:9: ")
    assert done.stdout.splitlines()[-1] == "1 problem to mend first."


def test_without_publish_toml_it_says_how_to_begin(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no publish.toml.")
