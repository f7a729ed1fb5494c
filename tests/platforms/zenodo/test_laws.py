"""The laws of a platform over real sockets: one action, one change; a cut anywhere, and no harm."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from platforms.zenodo.scene import Scene, ids, run, serving

from pubflow import engine
from pubflow.actions import Action, Stage
from pubflow.errors import PubflowError
from pubflow.manifest import Manifest

Story = Callable[[Scene], Manifest]


def first(scene: Scene) -> Manifest:
    return scene.manifest(communities=["seagrass-mapping"])


def following(scene: Scene) -> Manifest:
    scene.release(scene.manifest(scene.data({"a": "same", "b": "old", "c": "gone"}), scene.code()))
    changed = scene.data({"a": "same", "b": "new", "d": "added"})
    return scene.manifest(changed, scene.code(), version="1.1.0")


def edited(scene: Scene) -> Manifest:
    scene.release(scene.manifest(scene.data()))
    return scene.manifest(scene.data(description="Better words."))


STORIES = [first, following, edited]


def remembering(world: engine.World, action: Action, receipt: object) -> None:
    world.journal.begin(action)
    world.journal.commit(action, receipt)  # type: ignore[arg-type]


def left(world: engine.World) -> engine.Seen:
    return engine.look(world)


@pytest.mark.parametrize("story", STORIES)
def test_each_action_makes_itself_disappear_and_nothing_else(instance: Scene, story: Story) -> None:
    world = instance.open(story(instance))
    seen = left(world)
    done: list[str] = []
    while seen.plan.actions:
        action = seen.plan.actions[0]
        target = seen.manifest.target(action.target)
        platform = world.platforms["zenodo"]
        receipt = platform.apply(
            action, target, seen.states[target.name], seen.plan.links, lambda *_: None
        )
        remembering(world, action, receipt)
        before, seen = seen, left(world)
        done.append(action.id)
        assert set(ids(before.plan.actions)) - set(ids(seen.plan.actions)) == {action.id}
        assert seen.plan.ids <= before.plan.ids
    assert len(done) == len(set(done)) > 0


@pytest.mark.parametrize("story", STORIES)
def test_an_action_whose_receipt_is_lost_is_found_done(scene: Scene, story: Story) -> None:
    world = scene.open(story(scene))
    seen = left(world)
    while seen.plan.actions:
        action = seen.plan.actions[0]
        target = seen.manifest.target(action.target)
        world.platforms["zenodo"].apply(
            action, target, seen.states[target.name], seen.plan.links, lambda *_: None
        )
        seen = left(world)
        assert action.id not in seen.plan.ids


@pytest.mark.parametrize("story", STORIES)
def test_a_file_or_a_name_promised_is_never_a_surprise(scene: Scene, story: Story) -> None:
    world = scene.open(story(scene))
    promised = left(world).plan.ids

    before = scene.changes()
    run(world)

    assert scene.changes() > before
    assert left(world).plan.ids <= promised


def boundaries(folder: Path, story: Story) -> int:
    with serving(folder) as scene:
        scene.registers = {}
        manifest = story(scene)
        before = scene.requests()
        scene.release(manifest)
        return scene.requests() - before


MEMORIES = ["journal kept", "journal lost", "register kept"]


@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("memory", MEMORIES)
def test_a_run_cut_at_a_request_is_finished_by_the_next(
    tmp_path: Path, story: Story, kind: str, memory: str
) -> None:
    """Every seventh request, another one in each case; together they meet all kinds."""
    start = 1 + MEMORIES.index(memory) * 2 + STORIES.index(story)
    cut_everywhere(tmp_path, story, kind, memory, start, 7)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("memory", MEMORIES)
def test_a_run_cut_at_any_request_is_finished_by_the_next(
    tmp_path: Path, story: Story, kind: str, memory: str
) -> None:
    cut_everywhere(tmp_path, story, kind, memory, 1, 1)


def cut_everywhere(
    folder: Path, story: Story, kind: str, memory: str, start: int, step: int
) -> None:
    count = boundaries(folder / "count", story)
    for at in range(start, count + 1, step):
        with serving(folder / str(at)) as scene:
            if memory == "register kept":
                scene.registers = {}
            manifest = story(scene)
            before = len(scene.records())
            scene.faults.add([{"platform": "zenodo", "at": at, "kind": kind}])
            try:
                # No patience: the first lost answer ends the run, as a lost machine would.
                run(scene.open(manifest, budget=0.0))
            except PubflowError:
                reserved = {r["doi"] for r in scene.records() if not r["published"]} - {None}
            else:
                reserved = set()
            if memory == "journal lost":
                scene.forget()

            seen = scene.release(manifest)

            assert seen.plan.actions == (), (at, ids(seen.plan.actions))
            records = scene.records()
            assert all(record["published"] for record in records), at
            expected = {"first": 3, "following": 2, "edited": 0}[story.__name__]
            assert len(records) == before + expected, at
            assert reserved <= {record["doi"] for record in records}, at


@pytest.mark.parametrize("kind", ["cut-before", "cut-after", "500", "429"])
def test_a_patient_run_survives_a_fault_at_any_request(tmp_path: Path, kind: str) -> None:
    count = boundaries(tmp_path / "count", edited)
    for at in range(1, count + 1, 3):
        with serving(tmp_path / f"{kind}{at}") as scene:
            manifest = edited(scene)
            fault = {"platform": "zenodo", "at": at, "kind": kind}
            if kind == "429":
                fault["retry_after"] = 0
            scene.faults.add([fault])

            assert scene.release(manifest).plan.actions == ()


def test_a_draft_that_search_does_not_show_yet_is_not_made_twice(tmp_path: Path) -> None:
    with serving(tmp_path, lag=6) as scene:
        manifest = scene.manifest(scene.data())
        world = scene.open(manifest)
        creating = _request_number(tmp_path / "count", "POST", "/api/records")
        scene.faults.add([{"platform": "zenodo", "at": creating, "kind": "cut-after"}])

        run(world)

        assert [record["published"] for record in scene.records()] == [True]


def test_what_an_interrupted_run_left_is_tidied_up(tmp_path: Path) -> None:
    """With a search that lags for longer than anybody looks, a second draft is made."""
    with serving(tmp_path, lag=40) as scene:
        scene.registers = {}
        manifest = scene.manifest(scene.data())
        creating = _request_number(tmp_path / "count", "POST", "/api/records")
        scene.faults.add([{"platform": "zenodo", "at": creating, "kind": "cut-after"}])
        with pytest.raises(PubflowError):
            run(scene.open(manifest, budget=0.0))

        scene.release(manifest, until=Stage.UPLOAD)
        assert len(scene.records()) == 2
        scene.standin.lag = 0
        scene.release(manifest)

        assert [record["published"] for record in scene.records()] == [True]


def test_an_interrupted_run_adds_nothing_to_a_plan_that_was_saved(tmp_path: Path) -> None:
    count = boundaries(tmp_path / "count", first)
    with serving(tmp_path / "plan") as scene:
        approved = scene.plan(first(scene)).plan.ids
    for at in range(5, count + 1, 9):
        with serving(tmp_path / str(at)) as scene:
            scene.registers = {}
            manifest = first(scene)
            scene.faults.add([{"platform": "zenodo", "at": at, "kind": "cut-after"}])
            with contextlib.suppress(PubflowError):
                run(scene.open(manifest, budget=0.0))

            assert scene.plan(manifest).plan.ids <= approved


def _request_number(folder: Path, method: str, path: str) -> int:
    """The n-th request of a first release of the data is this one."""
    with serving(folder) as scene:
        scene.release(scene.manifest(scene.data()))
        log = scene.log.shown()
    return next(e["n"] for e in log if (e["method"], e["path"]) == (method, path))


def test_two_runs_at_once_end_with_one_record(scene: Scene) -> None:
    scene.registers = {}
    manifest = scene.manifest(scene.data())
    one, two = scene.open(manifest), scene.open(manifest)
    seen_one, seen_two = engine.look(one), engine.look(two)
    [target] = manifest.targets
    for world, seen in ((one, seen_one), (two, seen_two)):
        world.claim.refresh()
        world.platforms["zenodo"].apply(
            seen.plan.actions[0], target, seen.states[target.name], seen.plan.links, lambda *_: None
        )

    run(one)

    assert [record["published"] for record in scene.records()] == [True]
