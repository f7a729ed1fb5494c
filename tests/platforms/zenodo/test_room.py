"""More than 50 GB: room is asked for before anything is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from platforms.zenodo.scene import Scene, ids

from pubflow import engine
from pubflow.errors import PubflowError
from pubflow.manifest import File, Manifest


def large(scene: Scene, size: int) -> Manifest:
    file = File("large.bin", size, "0" * 64, "0" * 32, source=scene.folder / "large.bin")
    return scene.manifest(replace(scene.data(), files=(file,)))


def asked(scene: Scene, manifest: Manifest) -> engine.Seen:
    """Reserve, and ask for room; nothing is sent."""
    world = scene.open(manifest)
    for verb in ("draft", "reserve", "enlarge"):
        seen = engine.look(world)
        [action] = [a for a in seen.plan.actions if a.verb == verb]
        [target] = seen.manifest.targets
        world.journal.begin(action)
        receipt = world.platforms["zenodo"].apply(
            action, target, seen.states[target.name], seen.plan.links, lambda *_: None
        )
        world.journal.commit(action, receipt)
    return engine.look(world)


def test_room_is_asked_for_once_and_before_the_files(scene: Scene) -> None:
    manifest = large(scene, 62 * 10**9)
    plan = scene.plan(manifest).plan
    assert [a.verb for a in plan.actions] == [
        "draft",
        "reserve",
        "enlarge",
        "upload",
        "describe",
        "publish",
    ]
    assert plan.errors == ()

    left = asked(scene, manifest).plan

    assert set(ids(plan.actions)) - set(ids(left.actions)) == {
        f"data.meadows@zenodo/{verb}" for verb in ("draft", "reserve", "enlarge")
    }


def test_what_fits_asks_for_nothing(scene: Scene) -> None:
    verbs = [a.verb for a in scene.plan(large(scene, 50 * 10**9)).plan.actions]

    assert "enlarge" not in verbs


def test_an_allowance_that_is_used_up_is_told(scene: Scene) -> None:
    scene.standin.set(quota=10 * 10**9)

    with pytest.raises(PubflowError) as refused:
        asked(scene, large(scene, 190 * 10**9))

    assert "make room for 191 GB" in refused.value.what
    assert "150 GB" in refused.value.why
    assert "Split the artifact" in refused.value.hint
