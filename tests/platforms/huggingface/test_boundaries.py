"""Cut at every request, reads too, before and after it was applied: one commit, one tag, no rest.

The whole of pubflow in this process, as the command line opens it: the first run ends at its first
unclear answer, as if the process had died there; the second is a new one, with the journal and the
receipt of the first, or on a computer that remembers nothing.
"""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from platforms.huggingface.scene import tensor
from shelf import Notes

from pubflow.assemble import open_release
from pubflow.errors import Transient
from pubflow.rehearsal import Rehearsal

MANIFEST = """schema = 1

[paper]
title = "Reading the sea floor"
[[paper.authors]]
given = "Ada"
family = "Lovelace"

[defaults]
version = "1.0.0"

[{kind}.grass]
path = "files"
license = "CC-BY-4.0"
targets = ["huggingface"]
target.huggingface.repo = "lab/grass"
"""
TYPES = {"weights": "model", "data": "dataset"}


@dataclass
class Sea:
    """One release and one Hub."""

    rehearsal: Rehearsal
    root: Path
    kind: str = "weights"
    public: bool = False

    def begin(self) -> None:
        """Nothing has happened, but for a repository of somebody's where it is public."""
        self._post("/reset", None)
        shutil.rmtree(self.root, ignore_errors=True)
        (self.root / "files").mkdir(parents=True)
        (self.root / "publish.toml").write_text(MANIFEST.format(kind=self.kind), "utf-8")
        (self.root / "files" / "w.safetensors").write_bytes(tensor(b"grass" * 100))
        (self.root / "files" / "train.csv").write_bytes(b"a,b\n1,2\n")
        if self.public:
            from huggingface_hub import HfApi, constants

            constants.HF_HUB_DISABLE_XET = True
            env = self.rehearsal.env
            api = HfApi(endpoint=env["HF_ENDPOINT"], token=env["HF_TOKEN"])
            kind = TYPES[self.kind]
            api.create_repo("lab/grass", repo_type=kind, private=False)
            api.upload_file(
                path_or_fileobj=b"mine\n",
                path_in_repo="NOTES.md",
                repo_id="lab/grass",
                repo_type=kind,
            )

    def _post(self, path: str, value: Any) -> None:
        body = json.dumps(value).encode() if value is not None else b""
        request = urllib.request.Request(self.rehearsal.control + path, body, method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def arm(self, kind: str, at: int) -> None:
        self._post("/faults", [{"platform": "huggingface", "kind": kind, "at": at}])

    @property
    def armed(self) -> bool:
        with urllib.request.urlopen(self.rehearsal.control + "/faults", timeout=10) as answer:
            return bool(json.load(answer))

    def release(self, *, patience: float) -> None:
        env = {**self.rehearsal.env, "HOME": str(self.root), "PUBFLOW_KEYRING": "0"}
        path = self.root / "publish.toml"
        with open_release(path, env=env, watch=Notes(), jobs=1) as opened:
            opened.world.budget = patience
            opened.release(baseline=lambda plan: None, approve=lambda plan: None)
            assert not opened.plan().plan

    def forget(self) -> None:
        shutil.rmtree(self.root / ".pubflow", ignore_errors=True)
        (self.root / "publish.lock").unlink(missing_ok=True)

    def holds(self, told: str) -> None:
        [found] = self.rehearsal.world()["huggingface"]["repositories"]
        assert (found["type"], found["private"]) == (TYPES[self.kind], False), told
        titles = [commit["title"] for commit in found["commits"]]
        assert titles.count("Release v1.0.0") == 1, told
        assert len(titles) == 2 + self.public, told
        assert [tag["name"] for tag in found["tags"]] == ["v1.0.0"], told
        assert found["tags"][0]["commit"] == found["commits"][0]["oid"], told
        assert not found["pull_requests"], told
        branches = {branch["name"] for branch in found["branches"]}
        assert branches == {"main", "pubflow/1.0.0"}, told
        kept = {"NOTES.md"} if self.public else set()
        assert {file["path"] for file in found["files"]} == kept | {
            ".gitattributes",
            "README.md",
            "train.csv",
            "w.safetensors",
        }, told


@pytest.fixture(scope="module")
def hub() -> Iterator[Rehearsal]:
    with Rehearsal.start() as rehearsal:
        yield rehearsal


@pytest.fixture
def sea(hub: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sea:
    import time
    import types

    from huggingface_hub.utils import _http

    # What the library repeats by itself (bytes, and lists in pages) it repeats at once.
    hasty = types.SimpleNamespace(**{**vars(time), "sleep": lambda seconds: None})
    monkeypatch.setattr(_http, "time", hasty)
    return Sea(hub, tmp_path / "sea")


def cut(sea: Sea, kind: str, at: int, *, lost: bool) -> bool:
    """Whether the cut met a request. What must be true afterwards is asserted."""
    sea.begin()
    before = len(sea.rehearsal.world()["log"])
    sea.arm(kind, at)
    try:
        sea.release(patience=0.0)
    except Transient:
        assert not sea.armed
    if sea.armed:
        return False
    entry = sea.rehearsal.world()["log"][before:][at - 1]
    if lost:
        sea.forget()
    sea.release(patience=5.0)
    sea.holds(f"{kind} at {at}, {entry['method']} {entry['path']}")
    return True


@pytest.mark.parametrize("lost", [False, True], ids=["journal kept", "journal lost"])
def test_a_cut_here_and_there_leaves_one_of_each(sea: Sea, lost: bool) -> None:
    for at in (6, 14):
        assert cut(sea, "cut-after", at, lost=lost)


@pytest.mark.slow
@pytest.mark.parametrize("lost", [False, True], ids=["journal kept", "journal lost"])
@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
@pytest.mark.parametrize(
    ("what", "public"),
    [("weights", False), ("data", False), ("weights", True)],
    ids=["new model", "new data set", "public before"],
)
def test_a_cut_at_every_single_request_leaves_one_of_each(
    sea: Sea, what: str, public: bool, kind: str, lost: bool
) -> None:
    sea.kind, sea.public = what, public
    at = 1
    while cut(sea, kind, at, lost=lost):
        at += 1
    assert at > 25
