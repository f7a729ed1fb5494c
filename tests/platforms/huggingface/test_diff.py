"""Each file in `cases/` is one situation: what is wanted, what was seen, what is left."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pubflow.actions import Action, Kept
from pubflow.links import Link, Links
from pubflow.manifest import Artifact, File, Kind, Paper, Release, Target
from pubflow.platform import Problem
from pubflow.platforms.huggingface.checking import check
from pubflow.platforms.huggingface.diff import diff
from pubflow.platforms.huggingface.state import (
    Collecting,
    Entry,
    Foreseen,
    HubState,
    Repository,
    fingerprint,
    payload,
)

CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))


def a_file(name: str, content: str) -> File:
    """`content` stands for the bytes; empty for a file that is only promised."""
    if not content:
        return File(name)
    return File(name, 1000, f"sha256-{content}", f"md5-{content}", f"git-{content}", Path(name))


def entries(files: Mapping[str, str]) -> tuple[Entry, ...]:
    """What ends in .safetensors is large, as it would be on the Hub."""
    return tuple(
        Entry(path, 1000, "pointer", f"sha256-{content}")
        if path.endswith(".safetensors")
        else Entry(path, 1000, f"git-{content}")
        for path, content in files.items()
    )


def a_target(said: Mapping[str, Any]) -> Target:
    files = tuple(a_file(name, content) for name, content in sorted(said["files"].items()))
    kind = Kind(said.get("kind", "weights"))
    artifact = Artifact(f"{kind}.w", kind, Path("w"), files=payload(files))
    day = date(2026, 11, 20) if said.get("dated", True) else None
    release = Release("w", "1.0.0", "v1.0.0", Paper("P", ()), (artifact,), day)
    settings = {"repo": "lab/w", **said.get("settings", {})}
    return Target(artifact, "huggingface", release, settings, files)


def a_state(said: Mapping[str, Any], target: Target) -> HubState:
    seen = said.get("repository")
    return HubState(
        endpoint="https://huggingface.co",
        kind="dataset" if target.artifact.kind is Kind.DATA else "model",
        id="lab/w",
        tag="v1.0.0",
        repository=Repository(
            **{"id": "lab/w", "head": "c0", **seen, "files": entries(seen["files"])}
        )
        if seen
        else None,
        tagged=entries(said["tagged"]) if "tagged" in said else None,
        ours=frozenset(said.get("ours", ())),
        kept=said.get("kept", ""),
        staged=fingerprint(payload(target.files)) if said.get("staged") else "",
        keeps=said.get("keeps", False),
        refused=tuple(said.get("refused", ())),
        advised=tuple(said.get("advised", ())),
        broken=tuple(said.get("broken", ())),
        predecessor=said.get("predecessor", ""),
        collecting=Collecting("lab", "P", said["collected"]) if "collected" in said else None,
        trusted=said.get("trusted"),
        may_create=said.get("may_create", True),
        foreseen=a_foresight(said["foreseen"]) if "foreseen" in said else None,
    )


def a_foresight(said: Mapping[str, Any]) -> Foreseen:
    return Foreseen(
        frozenset(said.get("ahead", ())),
        tuple(said.get("ignored", ())),
        "LFS",
        said.get("parts", 1),
    )


def shown(item: Action) -> dict[str, str]:
    wave = f".{item.wave.name}" if item.wave else ""
    return {
        "id": item.id.partition("/")[2],
        "when": f"{item.stage.name}{wave}".lower(),
        "says": item.says,
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_diff(path: Path) -> None:
    case = tomllib.loads(path.read_text("utf-8"))
    target = a_target(case["target"])
    state = a_state(case.get("state", {}), target)
    other = Link("https://zenodo.org/records/1") if case.get("settled", True) else None
    links = Links({target.name: state.link, "weights.w@zenodo": other})

    found = list(diff(target, state, links))

    assert case.get("expect", []) == [shown(item) for item in found if isinstance(item, Action)]
    assert case.get("kept", []) == [item.says for item in found if isinstance(item, Kept)]
    assert case.get("problems", []) == [
        f"{item.severity}: {item.what}" for item in found if isinstance(item, Problem)
    ]


def test_a_plan_of_twenty_thousand_files_takes_seconds() -> None:
    target = a_target({"files": {f"{n // 500}/{n}.txt": str(n) for n in range(20_000)}})
    state = a_state({}, target)
    began = time.process_time()

    [*_] = diff(target, state, Links({target.name: state.link}))

    assert time.process_time() - began < 5  # Each compared with each took a minute and more.


def problems(target: Target) -> list[str]:
    return [f"{problem.severity}: {problem.what}" for problem in check(target)]


def test_a_usual_target_is_ready() -> None:
    assert problems(a_target({"files": {"a/b.txt": "1", "README.md": ""}})) == []


@pytest.mark.parametrize(
    "repo", ["a/b/c", "a/-b", "a/b--c", "a/b.git", "a/b c", "a/", "a/" + 97 * "x"]
)
def test_a_name_that_the_hub_would_refuse_is_seen_offline(repo: str) -> None:
    found = problems(a_target({"files": {}, "settings": {"repo": repo}}))
    assert found == [f"error: {repo!r} cannot be a repository on the Hub."]


def test_paths_that_the_library_does_not_send_are_seen_offline() -> None:
    found = problems(a_target({"files": {".git/config": "1", "x/.cache/y": "2", "x.git": "3"}}))
    assert found == [
        "error: The Hub would not take .git/config.",
        "error: The Hub would not take x/.cache/y.",
    ]


def test_a_folder_holds_ten_thousand_entries_files_and_folders_together() -> None:
    fits = {f"part/{n}.txt": "1" for n in range(9_999)} | {"part/more/1.txt": "1"}
    assert problems(a_target({"files": fits})) == []
    too_many = fits | {"part/again/deep/1.txt": "1"}
    assert problems(a_target({"files": too_many})) == [
        "error: The folder part would have 10001 entries, and a folder on the Hub holds 10000."
    ]


def test_a_folder_that_others_have_filled_is_told_before_anything_is_sent() -> None:
    target = a_target({"files": {f"part/{n}.txt": "1" for n in range(6_000)}})
    files = entries({f"part/old-{n}.txt": "2" for n in range(6_000)})
    there = Repository("lab/w", "head", files=files)
    state = a_state({}, target)
    for ours, said in (
        (frozenset(), ["The folder part would have 12000 entries"]),
        (frozenset(entry.path for entry in files), []),
    ):
        seen = replace(state, repository=there, ours=ours)
        found = diff(target, seen, Links({target.name: state.link}))
        told = [i.what.partition(",")[0] for i in found if isinstance(i, Problem)]
        assert [what for what in told if "entries" in what] == said


def test_sizes_beyond_the_limits_are_seen_offline() -> None:
    target = a_target({"files": {}})
    large = File("large", 300 * 10**9, "1", "1", "1")
    larger = File("larger", 600 * 10**9, "2", "2", "2")
    object.__setattr__(target, "files", (large, larger))
    assert problems(target)[:2] == [
        "warning: large has 300 GB; the Hub advises at most 200 GB for one file.",
        "error: The Hub would not take larger: 600 GB, and a file there holds 500 GB.",
    ]


def test_what_a_free_account_keeps_private_is_told_offline() -> None:
    target = a_target({"files": {}})
    files = tuple(File(f"{n}", 60 * 10**9, f"{n}", "", "") for n in range(2))
    object.__setattr__(target, "files", files)
    assert problems(target) == [
        "warning: weights.w has 120 GB; a free account on the Hub keeps 100 GB in private"
        " repositories."
    ]


def test_weights_that_can_run_code_are_named_offline() -> None:
    files = {"model.pt": "1", "old/pytorch_model.bin": "2", "model.safetensors": "3"}
    assert problems(a_target({"files": files})) == [
        "warning: model.pt and old/pytorch_model.bin can run code when they are opened."
    ]


def test_data_that_the_viewer_cannot_show_is_said_offline() -> None:
    for name in ("train.parquet", "train/1.webp", "train/1.ogg", "1.MOV", "train.csv.zst"):
        assert problems(a_target({"files": {name: "1"}, "kind": "data"})) == []
    assert problems(a_target({"files": {"train.hdf": "1"}, "kind": "data"})) == [
        "note: The Hub's viewer knows none of the formats of these files."
    ]
    assert problems(a_target({"files": {"w.py": "1", "train.csv": "2"}, "kind": "data"})) == [
        "warning: w.py would be taken for a loading script."
    ]
