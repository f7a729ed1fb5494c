"""The real @huggingface/hub from npm, which shares no code with huggingface_hub, publishes too."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest
from rehearsal.huggingface.asking import TOKEN

from pubflow.rehearsal.huggingface import Hub

SCRIPT = Path(__file__).with_name("session.mjs")
CLIENT = "@huggingface/hub@2.17.5"
WEIGHTS = bytes((n * 31 + (n >> 8)) & 255 for n in range(5_000_000))


def installed(folder: Path) -> bool:
    """Whether node is here and npm could bring the client."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return False
    shutil.copy(SCRIPT, folder)
    done = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", CLIENT],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.returncode == 0


@pytest.mark.slow
def test_the_client_of_the_other_language_completes_a_session(
    address: tuple[Hub, str], tmp_path: Path
) -> None:
    hub, url = address
    folder = tmp_path / "node"
    folder.mkdir()
    if not installed(folder):
        warnings.warn(f"npm brought no {CLIENT}: nothing was compared", stacklevel=1)
        return
    for kind in ("model", "dataset"):
        done = subprocess.run(
            ["node", SCRIPT.name, kind],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HF_ENDPOINT": url, "HF_TOKEN": TOKEN},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert json.loads(done.stdout) == {
            "user": "rehearsal-user",
            "before": False,
            "after": True,
            "stranger": False,
            "again": 409,
            "stale": 412,
            "tag": 200,
            "files": [".gitattributes", "README.md", "model.safetensors"],
            "size": len(WEIGHTS),
            "oid": hashlib.sha256(WEIGHTS).hexdigest(),
            "whole": True,
            "absent": False,
            "commits": ["v1", "initial commit"],
            "deleted": True,
        }
    assert hub.world()["repositories"] == []
