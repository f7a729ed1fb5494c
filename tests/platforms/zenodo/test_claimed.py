"""The moment between making a draft and writing its number into the claim."""

from __future__ import annotations

from pathlib import Path

import pytest
from platforms.zenodo.scene import Scene, SharedRegister, run, serving

from pubflow import engine
from pubflow.actions import Stage
from pubflow.errors import Transient
from pubflow.manifest import Manifest


def test_a_draft_whose_number_could_not_be_claimed_at_once_is_not_made_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register is busy once, and the search does not show the draft yet."""
    with serving(tmp_path, lag=300.0) as scene:
        scene.registers = {}
        write, busy = SharedRegister.write, ["once"]

        def refusing(self: SharedRegister, text: str, expected: str | None) -> str:
            if expected is not None and busy:
                busy.clear()
                raise Transient("busy", wait=1.0)
            return write(self, text, expected)

        monkeypatch.setattr(SharedRegister, "write", refusing)

        run(scene.open(scene.manifest(scene.data())))

        assert not busy
        assert [record["published"] for record in scene.records()] == [True]


def test_whoever_publishes_in_the_end_looks_for_a_draft_that_nobody_saw(tmp_path: Path) -> None:
    """Two runs ended early, on two computers, while the search showed nothing of what they made."""
    with serving(tmp_path, lag=300.0) as scene:
        scene.registers = {}
        manifest = scene.manifest(scene.data())
        fault = {"platform": "zenodo", "at": 1, "only": "changes", "kind": "cut-after"}
        scene.faults.add([fault])
        with pytest.raises(Transient):
            run(scene.open(manifest, budget=0.0))
        scene.forget()
        scene.release(manifest, until=Stage.RESERVE)
        assert len(scene.records()) == 2
        scene.forget()
        scene.standin.lag = 0

        scene.release(manifest)

        assert [record["published"] for record in scene.records()] == [True]


def test_a_late_run_leaves_no_draft_of_a_version_after_the_one_that_is_out(
    tmp_path: Path,
) -> None:
    """It looked before the version came out, and asks for the next version's draft afterwards."""
    with serving(tmp_path) as scene:
        scene.registers = {}
        scene.release(scene.manifest(scene.data({"a": "old"})))
        scene.clock.sleep(60)
        following = scene.manifest(scene.data({"a": "new"}), version="1.1.0")
        late = scene.open(following)
        seen = engine.look(late)
        scene.release(following)
        late.claim.refresh()
        _draft(late, seen)

        assert [record["published"] for record in scene.records()] == [True, True]


def test_a_draft_of_a_run_that_died_beside_another_is_deleted_by_whoever_comes_next(
    tmp_path: Path,
) -> None:
    """Both looked before there was a claim; the search shows the draft when the release is out."""
    with serving(tmp_path, lag=300.0) as scene:
        manifest = scene.manifest(scene.data())
        one, other, seen = two(scene, manifest)
        one.claim.begin()
        scene.faults.add([{"platform": "zenodo", "at": 1, "only": "changes", "kind": "cut-after"}])
        with pytest.raises(Transient):
            _draft(other, seen)

        run(one)
        assert sorted(record["published"] for record in scene.records()) == [False, True]
        scene.clock.sleep(300)
        scene.forget()
        [told] = scene.plan(manifest).plan
        scene.release(manifest)

        assert told.says.startswith("delete draft ")
        assert [record["published"] for record in scene.records()] == [True]
        assert not scene.plan(manifest).plan


def test_a_run_that_looked_too_early_takes_the_draft_that_was_claimed_meanwhile(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as scene:
        one, other, seen = two(scene, scene.manifest(scene.data()))
        run(one, Stage.RESERVE)
        made = scene.changes()

        _draft(other, seen)

        assert scene.changes() == made
        assert len(scene.records()) == 1


def two(scene: Scene, manifest: Manifest) -> tuple[engine.World, engine.World, engine.Seen]:
    """Two runs that looked before there was a claim, and what the second one saw."""
    scene.registers = {}
    one = scene.open(manifest)
    engine.look(one)
    scene.forget()
    other = scene.open(manifest)
    return one, other, engine.look(other)


def _draft(world: engine.World, seen: engine.Seen) -> None:
    """Carry out what a look that is over said: make the first target's draft."""
    target = world.manifest.targets[0]
    [draft] = [a for a in seen.plan if a.verb == "draft" and a.target == target.name]
    links = seen.plan.links
    world.platforms["zenodo"].apply(draft, target, seen.states[target.name], links, lambda *_: None)
