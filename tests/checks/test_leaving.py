"""Secrets and unwanted files stop a release before anything is sent, wherever they hide."""

from __future__ import annotations

import gzip
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from checks.seeds import KINDS, Mint

from pubflow.checks.leaving import leaving
from pubflow.errors import Blocked
from pubflow.load import load
from pubflow.platform import Problem

TOML = """schema = 1
[paper]
title = "Meadows"
authors = ["Ada Lovelace"]
[defaults]
version = "1.0.0"
[targets.github]
repo = "ada/meadows"
[targets.zenodo]
[data.meadows]
path = "data"
license = "CC0-1.0"
"""
CODE = """[code]
license = "MIT"
"""


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.toml = TOML
        self.memory = root.parent / "clean.db"
        root.mkdir()
        self.write("data/grid.csv", "a,b\n1,2\n")

    def write(self, name: str, text: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def git(self, *args: str) -> str:
        env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull}
        who = {f"GIT_{a}_{b}": "x" for a in ("AUTHOR", "COMMITTER") for b in ("NAME", "EMAIL")}
        command = ["git", "-c", "init.defaultBranch=main", *args]
        done = subprocess.run(command, cwd=self.root, env=env | who, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str = "work") -> str:
        if not (self.root / ".git").exists():
            self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD")

    def found(self, *, history: bool = True) -> list[Problem]:
        (self.root / "publish.toml").write_text(self.toml)
        loaded = load(self.root / "publish.toml", env={})
        return list(leaving(loaded.manifest, loaded.allowed, self.memory, history=history))

    def errors(self, **how: Any) -> list[str]:
        found = self.found(**how)
        return [f"{p.where} {p.what.split(':')[0]}" for p in found if p.severity == "error"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def line_of(kind: str, seed: int = 1) -> str:
    return KINDS[kind](Mint(seed))[0]


def test_an_ordinary_release_has_no_finding(project: Project) -> None:
    project.toml += CODE
    project.write("train.py", "print(1)\n")
    project.commit()

    assert project.found() == []


def test_a_secret_in_the_data_is_told_with_file_line_and_what_to_do(project: Project) -> None:
    text, secret = KINDS["hub"](Mint(1))
    project.write("data/notes/how.txt", f"first\n{text}\n")

    [problem] = project.found()

    told = f"{problem.what} {problem.why} {problem.hint}"
    assert problem.where == "data/notes/how.txt:2"
    assert problem.severity == "error"
    assert problem.what.startswith(
        "SEC001: this looks like a token of the Hugging Face Hub: hf_***"
    )
    assert "https://huggingface.co/settings/tokens" in told
    assert "Revoke it" in told
    assert 'path = "data/notes/how.txt"' in told
    assert secret[4:16] not in told


def test_a_place_for_secrets_and_litter_are_told_by_name(project: Project) -> None:
    for name in ("data/.env", "data/deep/id_rsa", "data/runs.sqlite", "data/wandb/log.txt"):
        project.write(name, "x\n")
    project.write("data/.env.example", "TOKEN=...\n")

    assert sorted(project.errors()) == [
        "data/.env SEC002",
        "data/deep/id_rsa SEC002",
        "data/runs.sqlite SEC002",
        "data/wandb/log.txt SEC002",
    ]


def test_a_data_base_that_the_author_names_by_itself_is_meant(project: Project) -> None:
    project.write("meadows.sqlite", b"SQLite format 3\0")
    project.toml = TOML.replace('path = "data"', 'path = "meadows.sqlite"')

    assert project.errors() == []


def test_what_is_excluded_is_not_looked_at(project: Project) -> None:
    project.write("data/.env", "x\n")
    project.toml += 'exclude = [".env"]\n'

    assert project.errors() == []


def test_a_secret_that_was_deleted_is_found_in_the_history_with_its_commit(
    project: Project,
) -> None:
    project.toml += CODE
    project.write("train.py", line_of("github") + "\n")
    project.write("conf/.env", "A=1\n")
    project.commit()
    project.write("train.py", "print(1)\n")
    (project.root / "conf/.env").unlink()
    second = project.commit()
    project.write("later.py", "print(2)\n")
    project.commit()

    found = {p.where: p for p in project.found()}

    assert sorted(found) == ["conf/.env", "train.py:1"]
    assert f"commit {second[:7]}" in found["train.py:1"].what
    assert 'history = "snapshot"' in found["train.py:1"].hint


def test_a_snapshot_does_not_carry_the_past(project: Project) -> None:
    project.toml += CODE + 'history = "snapshot"\n'
    project.write("train.py", line_of("github") + "\n")
    project.commit()
    project.write("train.py", "print(1)\n")
    project.commit()

    assert project.errors() == []


def test_without_a_target_that_takes_commits_only_the_tree_counts(project: Project) -> None:
    project.toml += CODE
    project.write("train.py", line_of("github") + "\n")
    project.commit()
    project.write("train.py", "print(1)\n")
    project.commit()

    assert project.errors(history=False) == []
    assert project.errors(history=True) == ["train.py:1 SEC001"]


def test_litter_of_the_past_is_no_reason_to_rewrite_it(project: Project) -> None:
    project.toml += CODE
    project.write("a.pyc", b"\0\0")
    project.commit()
    (project.root / "a.pyc").unlink()
    project.write("a.py", "1\n")
    project.commit()

    assert project.errors() == []


def test_a_secret_in_a_commit_message_is_found(project: Project) -> None:
    project.toml += CODE
    project.write("a.py", "1\n")
    sha = project.commit("fix\n\n" + line_of("anthropic"))

    [error] = project.errors()

    assert error.startswith(f"commit {sha[:10]}:")


def test_what_is_not_committed_is_not_pushed_and_not_told(project: Project) -> None:
    project.toml += CODE
    project.write("a.py", "1\n")
    project.commit()
    project.write(".env", "x\n")
    project.write("scratch.py", line_of("github"))

    assert project.errors() == []


def test_code_in_a_plain_folder_is_looked_through(project: Project) -> None:
    project.toml += CODE.replace("[code]", '[code]\npath = "src"\nexclude = ["old/"]')
    project.write("src/a.py", line_of("aws_key"))
    project.write("src/old/b.py", line_of("aws_key"))
    project.write("src/.netrc", "machine\n")

    assert project.errors() == ["src/.netrc SEC002", "src/a.py:1 SEC001"]


def test_the_same_secret_under_two_names_is_told_twice(project: Project) -> None:
    project.toml += CODE
    project.write("a.py", line_of("github"))
    project.write("b.py", line_of("github"))
    project.commit()

    assert sorted(project.errors()) == ["a.py:1 SEC001", "b.py:1 SEC001"]


def test_the_abstract_the_card_and_measured_values_are_looked_through(project: Project) -> None:
    project.write("abstract.md", f"Meadows.\n{line_of('hub')}\n")
    project.write("card.md", line_of("openai"))
    project.write("eval.json", '{"note": "' + line_of("slack").replace("'", "") + '"}')
    project.write("w/model.bin", b"\0\1")
    project.toml = TOML.replace("authors", 'abstract = { file = "abstract.md" }\nauthors')
    project.toml += (
        '[weights.net]\npath = "w"\nlicense = "MIT"\ncard = "card.md"\nevaluation = "eval.json"\n'
    )

    assert [error.rpartition(":")[0] for error in project.errors()] == [
        "the card of weights.net",
        "the evaluation of weights.net",
        "the abstract",
    ]


def test_a_false_alarm_is_allowed_by_name_with_a_reason_that_is_repeated(project: Project) -> None:
    project.write("data/a.txt", line_of("hub"))
    project.write("data/b.txt", line_of("hub", 2))
    project.toml += (
        '[checks]\nignore = [{ id = "SEC001", path = "data/a.txt", reason = "revoked in May" }]\n'
    )

    found = project.found()

    assert project.errors() == ["data/b.txt:1 SEC001"]
    [note] = [p for p in found if p.severity == "note"]
    assert (note.where, note.why) == ("data/a.txt", "revoked in May")


def test_an_allowance_that_fits_nothing_is_told(project: Project) -> None:
    project.toml += '[checks]\nignore = [{ id = "SEC002", path = "old/", reason = "gone" }]\n'

    [note] = project.found()

    assert (note.severity, note.what) == ("note", "[checks] ignore: SEC002 in old/ fits no finding")


def test_a_secret_cannot_be_allowed_everywhere(project: Project) -> None:
    project.toml += '[checks]\nignore = [{ id = "SEC001", reason = "trust me" }]\n'

    with pytest.raises(Blocked) as refused:
        project.found()

    assert "path" in refused.value.problems[0].hint


def test_notebooks_with_outputs_are_one_warning(project: Project) -> None:
    cell = '{"cells": [{"cell_type": "code", "outputs": [%s], "source": []}]}'
    for name, output in (("a", '{"data": 1}'), ("b", "\n  {\n"), ("empty", "")):
        project.write(f"data/{name}.ipynb", cell % output)

    [warning] = project.found()
    again = project.found()

    assert warning.severity == "warning"
    assert warning.what.startswith("REP012: data/a.ipynb, data/b.ipynb still hold")
    assert again == [warning]


def test_a_certificate_may_go_and_a_key_may_not(project: Project) -> None:
    project.write("data/ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    project.write("data/server.pem", line_of("rsa"))

    assert project.errors() == ["data/server.pem SEC002", "data/server.pem:1 SEC001"]
    assert project.errors() == ["data/server.pem SEC002", "data/server.pem:1 SEC001"]


def test_bytes_and_very_long_texts_are_not_looked_through(project: Project) -> None:
    project.write("data/m.safetensors", b"\0\0" + line_of("hub").encode())
    project.write("data/long.csv", b"1,2\n" * 1_400_000 + line_of("hub").encode())

    assert project.errors() == []


def test_a_packed_text_is_looked_through(project: Project) -> None:
    packed = gzip.compress(f"a,b\n1,{line_of('hub')}\n".encode())
    project.write("data/run.log.gz", packed)
    project.write("data/torn.gz", packed[:8])
    project.write("data/other.gz", gzip.compress(b"\0\1" + line_of("hub").encode()))

    assert project.errors() == ["data/run.log.gz:2 SEC001"]


def test_a_notebook_with_pictures_is_looked_through_to_its_end(project: Project) -> None:
    picture = '{"image/png": "' + "A" * 6_000_000 + '"}'
    project.write("data/a.ipynb", '{"cells": [' + picture + ", 1,\n" + line_of("github") + "]}")

    assert project.errors() == ["data/a.ipynb:2 SEC001"]


def test_clean_files_are_remembered_and_changed_ones_read_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.toml += CODE
    project.write("train.py", "print(1)\n")
    project.commit()
    assert project.found() == []
    read: list[Path] = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: (read.append(path), original(path))[1])

    assert project.found() == []
    assert not [path for path in read if path.name == "grid.csv"]

    project.write("data/grid.csv", line_of("hub"))
    assert project.errors() == ["data/grid.csv:1 SEC001"]


def test_a_memory_that_came_from_elsewhere_is_not_believed(project: Project) -> None:
    project.write("data/a.txt", line_of("hub"))
    project.write("data/b.txt", "harmless\n")
    project.errors()
    rows = sqlite3.connect(project.memory).execute("select * from clean").fetchall()
    assert rows
    copy = project.memory.with_name("copy.db")
    copy.write_bytes(project.memory.read_bytes())
    project.memory = copy

    project.errors()

    assert len(sqlite3.connect(copy).execute("select * from clean").fetchall()) == 2 * len(rows)


def test_a_broken_memory_changes_nothing(project: Project) -> None:
    project.memory.write_bytes(b"this is no data base, this is no data base, no data base" * 20)
    project.write("data/a.txt", line_of("hub"))

    assert project.errors() == ["data/a.txt:1 SEC001"]


def test_many_findings_end_in_their_number(project: Project) -> None:
    for n in range(130):
        project.write(f"data/{n:03}.txt", line_of("hub", n))

    errors = [p for p in project.found() if p.severity == "error"]

    assert len(errors) == 101
    assert errors[-1].what == "30 more findings like these"
