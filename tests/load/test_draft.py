"""`pubflow init`: a first publish.toml, from what the folder already says."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from platforms.huggingface.scene import tensor
from release.conftest import git

from pubflow.errors import Blocked, PubflowError
from pubflow.load import load
from pubflow.load.draft import draft, write

ROOT = Path(__file__).resolve().parents[2]
CITATION = """cff-version: 1.2.0
message: Cite it.
title: Seagrass code
license: MIT
version: 2.1.0
abstract: We map "meadows".
keywords: [sea, grass]
authors:
- family-names: Lovelace
  given-names: Ada
  orcid: https://orcid.org/0000-0002-1825-0097
- name: The Sea Team
preferred-citation:
  type: article
  title: Mapping meadows
  journal: J. Seas
  doi: 10.5555/12345678
  authors:
  - family-names: Lovelace
"""


def written(root: Path, files: Mapping[str, str | bytes]) -> dict[str, Any]:
    """The draft for a folder of these files, parsed."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return tomllib.loads(draft(root))


def test_what_the_files_say_is_taken_over_and_loads(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", "git@github.com:utopia-lab/seagrass.git")
    licence = (ROOT / "LICENSE").read_text("utf-8")
    files = {"CITATION.cff": CITATION, "LICENSE": licence, "README.md": "# Another\n"}
    found = written(tmp_path, files | {"checkpoints/base/model.safetensors": tensor(b"abc")})
    assert found["paper"] == {
        "title": "Mapping meadows",
        "abstract": 'We map "meadows".',
        "venue": "J. Seas",
        "doi": "10.5555/12345678",
        "keywords": ["sea", "grass"],
        "authors": [
            {"given": "Ada", "family": "Lovelace", "orcid": "0000-0002-1825-0097"},
            {"name": "The Sea Team"},
        ],
    }
    assert found["defaults"] == {"version": "2.1.0"}
    assert found["targets"] == {"github": {"owner": "utopia-lab"}}
    assert found["code"] == {"license": "Apache-2.0"}
    assert found["weights"] == {"base": {"path": "checkpoints/base", "license": "Apache-2.0"}}

    write(tmp_path / "publish.toml")

    manifest = load(tmp_path / "publish.toml", env={}).manifest
    assert {target.name for target in manifest.targets} == {
        "code@github",
        "code@zenodo",
        "weights.base@huggingface",
        "weights.base@zenodo",
    }


def test_every_value_says_where_it_comes_from_or_that_it_is_a_guess(tmp_path: Path) -> None:
    written(tmp_path, {"README.md": "# *Mapping* [meadows](https://example.org)\n"})
    lines = draft(tmp_path).splitlines()
    assert 'title = "Mapping meadows"    # from README.md' in lines
    assert 'version = "1.0.0"    # a guess; nothing here says it' in lines


@pytest.mark.parametrize(
    ("files", "title"),
    [
        ({"pyproject.toml": '[project]\nname = "grass"\n'}, "grass"),
        ({}, "seagrass"),
        ({"README.md": '# "Quoted" \\ and tabs\n'}, '"Quoted" \\ and tabs'),
        ({"CITATION.cff": "title: [not, a, text]\n"}, "seagrass"),
        ({"CITATION.cff": "{"}, "seagrass"),
    ],
)
def test_a_title_is_found_or_the_folders_name_is_taken(
    tmp_path: Path, files: dict[str, str], title: str
) -> None:
    (tmp_path / "seagrass").mkdir()
    assert written(tmp_path / "seagrass", files)["paper"]["title"] == title


def test_folders_of_weights_and_data_are_found_and_others_are_not(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        {
            "models/small/w.safetensors": "x",
            "models/small/more/w.safetensors": "x",
            "models/large/w.safetensors": "x",
            "data/meadows/train/a.csv": "x",
            "data/meadows/test/a.csv": "x",
            "data/reefs.csv/t.parquet": "x",
            "results/table.csv": "x",
            "tests/data/t.csv": "x",
            ".venv/w.pt": "x",
            "own/pyvenv.cfg": "x",
            "own/lib/w.pt": "x",
        },
    )
    assert {key: table["path"] for key, table in found["weights"].items()} == {
        "large": "models/large",
        "small": "models/small",
    }
    assert {key: table["path"] for key, table in found["data"].items()} == {
        "meadows": "data/meadows",
        "reefs-csv": "data/reefs.csv",
    }


def test_two_folders_of_one_name_get_two_ids(tmp_path: Path) -> None:
    found = written(tmp_path, {"a/base/w.pt": "x", "b/base/w.pt": "x"})
    assert [table["path"] for table in found["weights"].values()] == ["a/base", "b/base"]


def test_no_licence_and_no_author_is_made_up(tmp_path: Path) -> None:
    found = written(tmp_path, {"data/t.csv": "a\n"})
    assert "license" not in found["data"]["data"]
    assert "authors" not in found["paper"]
    (tmp_path / "publish.toml").write_text(draft(tmp_path), "utf-8")
    with pytest.raises(Blocked) as caught:
        load(tmp_path / "publish.toml", env={})
    assert [problem.what for problem in caught.value.problems] == [
        "The paper has no authors",
        "data.data has no licence",
    ]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "publish.toml").write_text("mine\n")
    with pytest.raises(PubflowError, match="is there already") as caught:
        write(tmp_path / "publish.toml")
    assert caught.value.hint.endswith("    pubflow check")
    assert (tmp_path / "publish.toml").read_text() == "mine\n"


def test_a_folder_is_no_place_for_the_text_and_the_file_in_it_is_offered(tmp_path: Path) -> None:
    with pytest.raises(PubflowError, match="is a folder") as caught:
        write(tmp_path)
    assert caught.value.hint.endswith(f"    pubflow init {tmp_path / 'publish.toml'}")


def test_the_command_tells_what_is_left_to_say(tmp_path: Path) -> None:
    written(tmp_path, {"CITATION.cff": CITATION, "data/t.csv": "a\n"})
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "pubflow", "init"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Wrote publish.toml.")
    assert "data.data has no licence" in done.stdout
    assert done.stdout.endswith("\n    pubflow check\n")
