"""The real huggingface_hub publishes to the stand-in over a real socket, by LFS and by xet."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rehearsal.huggingface import session as script
from rehearsal.huggingface.asking import TOKEN, Asker

from pubflow.rehearsal.huggingface import Hub


def environment(url: str, home: Path, *, xet: bool) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    kept |= {
        "HF_ENDPOINT": url,
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    if not xet:
        kept["HF_HUB_DISABLE_XET"] = "1"
    return kept


@pytest.mark.parametrize("xet", [False, True], ids=["lfs", "xet"])
def test_the_real_client_completes_a_whole_session(
    xet: bool, address: tuple[Hub, str], tmp_path: Path
) -> None:
    hub, url = address

    done = subprocess.run(
        [sys.executable, str(script.__file__)],
        env=environment(url, tmp_path / "home", xet=xet),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == {
        "user": "rehearsal-user",
        "before": False,
        "again": 409,
        "second upload is no commit": True,
        "stale": 412,
        "tags": ["v1.0"],
        "titles": ["copy", "v1", "initial commit"],
        "files": [
            ".gitattributes",
            "README.md",
            "copy.safetensors",
            "model.safetensors",
            "sub/table.bin",
        ],
        "tags of the card": ["arxiv:2401.12345", "license:mit", "region:us"],
        "size": len(script.WEIGHTS),
        "weights are whole": True,
        "table is whole": True,
        "card is whole": True,
        "private": True,
        "public": True,
        "gated": True,
        "not yet merged": False,
        "merged": True,
        "collection": ["lab/digits"],
        "wrong card": "refused",
        "rows": 31,
        "deleted": True,
    }
    assert any((tmp_path / "served/xet").glob("cas-*")) is xet
    [repository] = hub.world()["repositories"]
    digests = {file["path"]: file["sha256"] for file in repository["files"]}
    assert digests["model.safetensors"] == hashlib.sha256(script.WEIGHTS).hexdigest()


SEND = """
import sys
from huggingface_hub import CommitOperationAdd, HfApi
name = sys.argv[1]
content = (name * 100_000).encode()
api = HfApi()
api.create_repo(f"lab/{name}")
for turn in range(3):
    operations = [CommitOperationAdd("w.bin", content + bytes([turn]))]
    api.create_commit(f"lab/{name}", operations, commit_message="w")
"""


def test_two_processes_upload_by_xet_at_the_same_time(
    address: tuple[Hub, str], tmp_path: Path
) -> None:
    hub, url = address
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SEND, name],
            env=environment(url, tmp_path / "home", xet=True),
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]

    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors[-3000:]

    ask = Asker(hub)
    for name in ("one", "two"):
        got = ask("GET", f"/lab/{name}/resolve/main/w.bin").data
        assert got == (name * 100_000).encode() + b"\2"


def test_bytes_that_xet_did_not_leave_are_not_accepted(address: tuple[Hub, str]) -> None:
    hub, _ = address
    ask = Asker(hub)
    ask.create()
    grant = ask("GET", "/api/models/lab/m/xet-write-token/main")

    refused = ask.commit([("lfsFile", {"path": "w", "algo": "sha256", "oid": "a" * 64, "size": 1})])

    assert grant.json["casUrl"].startswith("local:///")
    assert grant.headers["x-xet-cas-url"] == grant.json["casUrl"]
    assert refused.status == 400
    assert ask("GET", "/api/models/lab/m/xet-write-token/main", token=None).status == 401
