"""A kept plan: exactly what was approved is done, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from release import truth
from release.conftest import Stage, example
from release.sweep import Zygote

from pubflow import saved
from pubflow.actions import Action
from pubflow.actions import Stage as When
from pubflow.errors import PubflowError, Refused
from pubflow.links import Links
from pubflow.plan import Plan
from pubflow.rehearsal import Rehearsal

BASIS = saved.Basis(
    manifest="a" * 64,
    release="o/r 1.0.0 v1.0.0",
    texts={"paper": "p", "data.x": "x"},
    files={"data.x": {"train.csv": "1", "test.csv": "2"}},
    commit="c" * 40,
    hosts={"zenodo": "zenodo.org"},
)


@pytest.fixture(scope="module")
def served() -> Iterator[Rehearsal]:
    with Rehearsal.start() as rehearsal:
        yield rehearsal


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


@pytest.fixture
def stage(served: Rehearsal, zygote: Zygote, tmp_path: Path) -> Stage:
    made = Stage(served, example(tmp_path / "project"), zygote=zygote)
    made.post("/reset", {})
    return made


def _file(tmp_path: Path, **changes: object) -> Path:
    said = {
        "schema": 1,
        "basis": {
            "manifest": "a",
            "release": "b",
            "texts": {},
            "files": {"data.x": {"a.csv": "1"}},
            "commit": "",
            "hosts": {},
            "pubflow": "0.1.0",
        },
        "approved": ["data.x@shelf/upload/a.csv"],
    }
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({**said, **changes}), "utf-8")
    return path


def test_the_same_basis_is_fresh() -> None:
    assert list(BASIS.moved(replace(BASIS))) == []


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (replace(BASIS, manifest="b" * 64), "publish.toml has other content."),
        (
            replace(BASIS, release="o/r 1.1.0 v1.1.0"),
            "The release was o/r 1.0.0 v1.0.0, and is o/r 1.1.0 v1.1.0.",
        ),
        (replace(BASIS, commit="d" * 40), "The code was cccccccccccc, and is dddddddddddd."),
        (
            replace(BASIS, texts={"paper": "p", "data.x": "y"}),
            "What is said of data.x is different: its description, card or other words.",
        ),
        (
            replace(BASIS, files={"data.x": {"train.csv": "9", "test.csv": "2"}}),
            "data.x: train.csv changed.",
        ),
        (replace(BASIS, files={"data.x": {"test.csv": "2"}}), "data.x: train.csv is gone."),
        (
            replace(BASIS, hosts={"zenodo": "sandbox.zenodo.org"}),
            "zenodo was at zenodo.org, and is at sandbox.zenodo.org.",
        ),
        (
            replace(BASIS, pubflow="9.0.0"),
            f"pubflow was {BASIS.pubflow} and is 9.0.0: it may write other documents.",
        ),
    ],
)
def test_whatever_moved_is_named(now: saved.Basis, told: str) -> None:
    assert list(BASIS.moved(now)) == [told]


def test_many_changed_files_are_counted_after_the_first_five() -> None:
    many = {"data.x": {f"{number}.csv": "1" for number in range(40)}}
    other = {"data.x": {f"{number}.csv": "2" for number in range(40)}}

    moved = list(replace(BASIS, files=many).moved(replace(BASIS, files=other)))

    assert len(moved) == 6
    assert moved[-1] == "data.x: 35 more files, the same (changed)."


def test_less_than_approved_may_happen_and_more_may_not() -> None:
    actions = tuple(Action("data.x@shelf", When.UPLOAD, "upload", n, says=n) for n in "ab")
    kept = saved.Saved(BASIS, frozenset({actions[0].id}))

    kept.holds(Plan((), Links({})))
    kept.holds(Plan(actions[:1], Links({})))
    with pytest.raises(Refused, match="stale") as refused:
        kept.holds(Plan(actions, Links({})))

    assert "data.x@shelf/upload/b" in refused.value.why
    assert refused.value.exit_code == 3


def test_a_kept_plan_is_read_again(tmp_path: Path) -> None:
    kept = saved.read(_file(tmp_path))

    assert kept.approved == {"data.x@shelf/upload/a.csv"}
    assert kept.basis.files == {"data.x": {"a.csv": "1"}}


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 2},
        {"basis": None},
        {"basis": {}},
        {"approved": "data.x@shelf/upload/a.csv"},
        {"approved": [1]},
        {"approved": None},
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(Refused, match=r"plan\.json is no plan"):
        saved.read(_file(tmp_path, **changes))


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b"null"])
def test_broken_bytes_are_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(raw)

    with pytest.raises(Refused, match="no plan"):
        saved.read(path)


def test_a_plan_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(PubflowError) as missing:
        saved.read(tmp_path / "plan.json")

    assert "pubflow plan --out" in missing.value.hint


def test_the_approved_plan_is_what_runs_even_after_its_own_first_half(stage: Stage) -> None:
    planned = stage.pubflow("plan", "--json", "--out", "../plan.json").json
    kept = json.loads((stage.folder.parent / "plan.json").read_text("utf-8"))
    assert kept["approved"] == sorted(action["id"] for action in planned["actions"])
    assert kept["plan"]["actions"] == planned["actions"]
    stage.pubflow("release", "--until", "upload")
    stage.forget()

    assert "terminal" in stage.pubflow("release", "--plan", "../plan.json", expect=3).err
    truth.nothing_public(stage.world)
    done = stage.pubflow("release", "--plan", "../plan.json", "--yes", "--json")

    truth.released(stage.world, stage.folder)
    assert set(done.finished()) <= set(kept["approved"])
    stage.pubflow("release", "--plan", "../plan.json", "--yes")


def test_a_plan_is_stale_when_a_file_or_the_code_changed_and_says_which(stage: Stage) -> None:
    stage.pubflow("plan", "--out", "../plan.json")
    changes = stage.changes
    (stage.folder / "docs/example/data/optical-digits/test.csv").write_text("a,b\n", "utf-8")
    (stage.folder / "docs/example/code/NEWS.md").write_text("news\n", "utf-8")
    card = stage.folder / "docs/example/cards/model.md"
    card.write_text(card.read_text("utf-8") + "\nMore.\n", "utf-8")

    done = stage.pubflow("release", "--plan", "../plan.json", "--yes", expect=3)

    assert stage.changes == changes
    assert "data.optical-digits: test.csv changed." in done.err
    assert "What is said of weights.optical-digits-mlp is different" in done.err
    assert "The code was " in done.err
    assert "pubflow plan --out" in done.err


def test_a_file_whose_name_looks_like_a_token_is_still_the_same_file(stage: Stage) -> None:
    name = "hf" + "_large_checkpoint_of_the_digits.csv"
    (stage.folder / "docs/example/data/optical-digits" / name).write_text("a\n1\n", "utf-8")
    stage.pubflow("plan", "--out", "../plan.json")

    stage.pubflow("release", "--plan", "../plan.json", "--until", "reserve")


def test_a_plan_is_stale_when_more_would_happen_now(stage: Stage) -> None:
    stage.pubflow("release", "--until", "upload")
    stage.pubflow("plan", "--out", "../plan.json")
    stage.post("/reset", {})
    stage.forget()

    done = stage.pubflow("release", "--plan", "../plan.json", "--yes", expect=3)

    assert stage.changes == 0
    assert "New: code@github: create the private repository" in done.err


def test_a_plan_is_not_kept_among_the_files_that_it_releases(stage: Stage) -> None:
    out = "docs/example/data/optical-digits/plan.json"

    done = stage.pubflow("plan", "--offline", "--out", out, expect=3)

    assert "would itself be published" in done.err
    assert not (stage.folder / out).exists()
