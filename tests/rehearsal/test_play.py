"""The rehearsal as a user starts it: `pubflow rehearse`, in a folder of his own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the example with no remote, no git identity, not even a repository."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "docs" / "example", folder / "docs" / "example")
    shutil.copyfile(ROOT / "publish.example.toml", folder / "publish.toml")
    return folder


def rehearse(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "pubflow", "rehearse", *args],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(home), **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_stranger_s_rehearsal_releases_everything_and_changes_nothing_of_his(
    project: Path,
) -> None:
    before = contents(project.parent)

    done = rehearse(project)

    assert done.returncode == 0, done.stderr
    assert "the first plan changed nothing" in done.stdout
    assert "a second plan is empty" in done.stdout
    assert "30 links: every page leads to all the others" in done.stdout
    assert contents(project.parent) == before


def test_real_tokens_in_the_environment_take_no_part(project: Path) -> None:
    canary = "gh" + "p_" + "c4n4ry" * 6
    names = ("GITHUB_TOKEN", "GH_TOKEN", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "ZENODO_TOKEN")

    done = rehearse(project, **dict.fromkeys(names, canary))

    assert done.returncode == 0, done.stderr
    assert canary not in done.stdout + done.stderr


def test_a_proxy_and_a_foreign_endpoint_in_the_environment_take_no_part(project: Path) -> None:
    nowhere = "http://192.0.2.1:9"

    done = rehearse(project, HTTPS_PROXY=nowhere, HTTP_PROXY=nowhere, HF_ENDPOINT=nowhere)

    assert done.returncode == 0, done.stderr


def test_the_author_s_own_receipt_is_neither_used_nor_written(project: Path) -> None:
    lock = project / "publish.lock"
    lock.write_text('schema = 1\nidentity = "somebody/else"\n\n[releases]\n', "utf-8")
    before = lock.read_bytes()

    done = rehearse(project)

    assert done.returncode == 0, done.stderr
    assert lock.read_bytes() == before


def test_a_mistake_in_the_manifest_is_told_with_its_line(project: Path) -> None:
    toml = project / "publish.toml"
    toml.write_text(toml.read_text("utf-8").replace("Apache-2.0", "Apache 2", 1), "utf-8")

    done = rehearse(project)

    assert done.returncode == 1
    assert "publish.toml:" in done.stderr
    assert "Traceback" not in done.stderr


def test_there_is_nothing_to_rehearse_without_a_manifest(tmp_path: Path) -> None:
    done = rehearse(tmp_path)

    assert done.returncode == 1
    assert "pubflow rehearse publish.example.toml" in done.stderr


def test_options_of_serve_alone_are_a_usage_error(tmp_path: Path) -> None:
    assert rehearse(tmp_path, "--json").returncode == 64


def test_a_checkout_s_code_is_released_to_where_its_remote_says(tmp_path: Path) -> None:
    """Twelve lines, in a checkout with a remote on GitHub: its code belongs to the release."""
    folder = tmp_path / "paper"
    shutil.copytree(ROOT / "docs/example/data", folder / "data")
    shutil.copytree(ROOT / "docs/example/weights", folder / "weights")
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
    (folder / "publish.toml").write_text(
        'schema = 1\n[paper]\ntitle = "Digits"\nauthors = ["Ada Lovelace"]\n'
        '[weights.mlp]\npath = "weights/optical-digits-mlp"\n'
        '[data.digits]\npath = "data/optical-digits"\nlicense = "CC-BY-4.0"\n',
        "utf-8",
    )
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["commit", "-q", "-m", "first"],
        ["tag", "v1.0.0"],
        ["remote", "add", "origin", "https://github.com/lab/digits.git"],
    ):
        subprocess.run([*git, *words], cwd=folder, check=True)

    done = rehearse(folder)

    assert done.returncode == 0, done.stderr
    assert "code@github" in done.stdout
    assert "lab/digits/tree/v1.0.0" in done.stdout
    assert "30 links: every page leads to all the others" in done.stdout


@pytest.mark.parametrize("record", ["10.5281/zenodo.1234567", "https://zenodo.org/records/1234567"])
def test_the_next_version_of_a_record_made_by_hand_is_rehearsed(project: Path, record: str) -> None:
    manifest = project / "publish.toml"
    text = manifest.read_text("utf-8")
    name = text.partition("[data.")[2].partition("]")[0]
    manifest.write_text(f'{text}\n[data.{name}.target.zenodo]\nrecord = "{record}"\n', "utf-8")

    done = rehearse(project)

    assert done.returncode == 0, done.stderr
    assert (
        f"+ data.{name}@zenodo: create a draft of the next version of the data set" in done.stderr
    )
    assert "30 links: every page leads to all the others" in done.stdout
