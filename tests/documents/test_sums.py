"""SHA256SUMS is what coreutils read."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from pubflow.documents import sums
from pubflow.manifest import File

NAMES = ["b.txt", "a b.txt", "über.txt", "back\\slash", "new\nline", "-dash", "*star", "sub/é"]


def test_lines_are_sorted_by_name_and_end_with_a_newline() -> None:
    files = [File("b", 1, "2" * 64), File("a", 1, "1" * 64)]
    assert sums.render(files) == f"{'1' * 64}  a\n{'2' * 64}  b\n"
    assert sums.render([]) == ""


def test_sha256sum_accepts_every_name(tmp_path: Path) -> None:
    tool = shutil.which("sha256sum")
    if tool is None:
        pytest.fail("sha256sum of coreutils is needed for this test")
    files = []
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
        files.append(File(name, 1, hashlib.sha256(name.encode()).hexdigest()))
    listed = sums.render(files).encode()
    done = subprocess.run(
        [tool, "--check", "--strict", "--status"], input=listed, cwd=tmp_path, check=False
    )
    assert done.returncode == 0
    assert listed.count(b"\n") == len(NAMES)


def test_a_promised_file_has_no_sum() -> None:
    with pytest.raises(ValueError, match="README"):
        sums.render([File("README.md")])
