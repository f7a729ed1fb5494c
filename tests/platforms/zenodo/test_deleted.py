"""Drafts that were deleted, by `pubflow discard` or by hand: made again once, and never twice."""

from __future__ import annotations

from typing import Any

import pytest
from platforms.zenodo.scene import Scene, run
from platforms.zenodo.test_refused import by_hand

from pubflow import engine
from pubflow.actions import Stage
from pubflow.errors import Blocked
from pubflow.lockfile import Locked
from pubflow.manifest import Manifest

MEMORIES = ["journal kept", "journal lost", "register kept", "register alone"]


def remembered(scene: Scene, memory: str) -> None:
    """Before the first run: where the claim is kept."""
    if memory.startswith("register"):
        scene.registers = {}


def lost(scene: Scene, memory: str) -> None:
    if memory in ("journal lost", "register alone"):
        scene.forget()


def discard(scene: Scene, manifest: Manifest, only: str = "") -> list[str]:
    """What the command does, for all targets or for one; what was deleted."""
    world = scene.open(manifest)
    seen = engine.look(world)
    done = []
    for target in seen.manifest.targets:
        if only not in target.name:
            continue
        platform, state = world.platforms["zenodo"], seen.states[target.name]
        for action in platform.undo(target, state):
            platform.apply(action, target, state, seen.plan.links, lambda *_: None)
            done.append(action.subject)
    return done


def states(scene: Scene) -> list[tuple[str, bool]]:
    return [(record["id"], record["published"]) for record in scene.records()]


@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("until", [Stage.RESERVE, Stage.UPLOAD])
@pytest.mark.parametrize("half", [False, True])
def test_a_release_after_a_discard_makes_new_drafts_and_each_once(
    scene: Scene, memory: str, until: Stage, half: bool
) -> None:
    remembered(scene, memory)
    manifest = scene.manifest(scene.data(), scene.weights())
    scene.release(manifest, until=until)
    first = {record["id"] for record in scene.records()}
    gone = set(discard(scene, manifest, "data" if half else ""))
    assert len(gone) == (1 if half else 2)
    lost(scene, memory)

    seen = scene.release(manifest)

    assert seen.plan.actions == ()
    assert all(published for _, published in states(scene))
    out = {number for number, _ in states(scene)}
    assert len(out) == 2
    assert out & first == first - gone
    dois = {record["doi"] for record in scene.records()}
    cited = {item["identifier"] for record in scene.records() for item in record["related"]}
    assert dois <= cited


@pytest.mark.parametrize("memory", MEMORIES)
def test_a_draft_of_the_next_version_that_was_discarded_is_made_again(
    scene: Scene, memory: str
) -> None:
    remembered(scene, memory)
    scene.release(scene.manifest(scene.data()))
    manifest = scene.manifest(scene.data({"a.csv": "2"}), version="2.0")
    scene.release(manifest, until=Stage.UPLOAD)
    [gone] = discard(scene, manifest)
    lost(scene, memory)

    scene.release(manifest)

    (_, one), (number, two) = states(scene)
    assert (one, two) == (True, True)
    assert number != gone
    assert len({record["concept"] for record in scene.records()}) == 1


@pytest.mark.parametrize("memory", MEMORIES)
def test_a_discard_that_is_said_twice_deletes_once(scene: Scene, memory: str) -> None:
    remembered(scene, memory)
    manifest = scene.manifest(scene.data())
    scene.release(manifest, until=Stage.UPLOAD)

    assert len(discard(scene, manifest)) == 1
    lost(scene, memory)
    assert discard(scene, manifest) == []


@pytest.mark.parametrize("memory", MEMORIES)
def test_what_is_published_is_not_discarded(scene: Scene, memory: str) -> None:
    remembered(scene, memory)
    manifest = scene.manifest(scene.data())
    scene.release(manifest)
    number = states(scene)[0][0]
    by_hand(scene, "POST", f"/api/records/{number}/draft")
    lost(scene, memory)

    assert discard(scene, manifest) == []
    assert states(scene) == [(number, True)]


def test_of_two_runs_that_find_the_claimed_draft_deleted_one_draft_is_left(scene: Scene) -> None:
    """The slower one finds another claim in the place of the deleted draft, and joins it."""
    scene.registers = {}
    manifest = scene.manifest(scene.data())
    scene.release(manifest, until=Stage.UPLOAD)
    [(gone, _)] = states(scene)
    by_hand(scene, "DELETE", f"/api/records/{gone}/draft")
    slow = scene.open(manifest)
    seen = engine.look(slow)
    assert seen.states["data.meadows@zenodo"].gone == gone  # type: ignore[attr-defined]
    scene.forget()
    scene.release(manifest)
    [(number, _)] = states(scene)

    first, [target] = seen.plan.actions[0], manifest.targets
    receipt = slow.platforms["zenodo"].apply(
        first, target, seen.states[target.name], seen.plan.links, lambda *_: None
    )

    assert receipt.remember["record"] == number
    assert states(scene) == [(number, True)]
    run(slow)
    assert states(scene) == [(number, True)]


def published_by_hand(scene: Scene, draft: dict[str, Any]) -> str:
    """A copy of the draft with its marker, published in the browser."""
    copy = by_hand(scene, "POST", "/api/records", {"metadata": draft["metadata"]})
    files = f"/api/records/{copy['id']}/draft/files"
    by_hand(scene, "POST", files, [{"key": "a.csv"}], accept="application/json")
    by_hand(scene, "PUT", f"{files}/a.csv/content", data=b"1,2\n", accept="application/json")
    by_hand(scene, "POST", f"{files}/a.csv/commit", accept="application/json")
    by_hand(scene, "POST", f"/api/records/{copy['id']}/draft/actions/publish")
    return str(copy["id"])


def test_a_draft_that_was_deleted_while_its_copy_was_published_is_not_made_again(
    scene: Scene,
) -> None:
    scene.registers = {}
    manifest = scene.manifest(scene.data({"a.csv": "1,2\n"}))
    scene.release(manifest, until=Stage.UPLOAD)
    [(gone, _)] = states(scene)
    draft = by_hand(scene, "GET", f"/api/records/{gone}/draft")
    by_hand(scene, "DELETE", f"/api/records/{gone}/draft")
    copy = published_by_hand(scene, draft)
    before = scene.changes()

    with pytest.raises(Blocked) as refused:
        scene.release(manifest)

    [problem] = refused.value.problems
    assert f"published as record {copy}, and not as the draft {gone}" in problem.what
    assert "second DOI" in problem.why
    assert scene.changes() == before


def test_a_published_record_that_was_deleted_is_no_draft_that_was(scene: Scene) -> None:
    scene.registers = {}
    manifest = scene.manifest(scene.data())
    scene.release(manifest)
    [(number, _)] = states(scene)
    by_hand(scene, "POST", f"/api/records/{number}/request-deletion", {"reason": "duplicate"})

    [problem] = scene.plan(manifest).plan.errors

    assert "was published and then deleted" in problem.what


def test_a_draft_that_only_the_receipt_names_is_made_again_too(scene: Scene) -> None:
    """publish.lock was committed, and the draft deleted; nothing else is remembered."""
    manifest = scene.manifest(scene.data())
    scene.release(manifest, until=Stage.UPLOAD)
    [(gone, _)] = states(scene)
    by_hand(scene, "DELETE", f"/api/records/{gone}/draft")
    scene.forget()
    target = {"state": "reserved", "ids": {"record": gone}}
    release = {"tag": "v1.0.0", "targets": {"data.meadows@zenodo": target}}
    scene.locked = Locked("utopia/seagrass", {"1.0.0": release})

    scene.release(manifest)

    [(number, published)] = states(scene)
    assert published
    assert number != gone
