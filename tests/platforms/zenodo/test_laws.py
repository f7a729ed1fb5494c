"""The laws of a platform: one action, one change; a cut anywhere, and no harm.

The sweeps ask the stand-in without sockets (`scene.Line`), as a case then costs some 50 ms.
"""

from __future__ import annotations

import contextlib
import copy
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from platforms.zenodo.scene import Scene, ids, run, serving

from pubflow import engine
from pubflow.actions import Action, Stage
from pubflow.errors import PubflowError
from pubflow.manifest import Manifest

Story = Callable[[Scene], Manifest]


def first(scene: Scene) -> Manifest:
    return scene.manifest(scene.code(), scene.data(), communities=["seagrass-mapping"])


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


MEMORIES = ["journal kept", "journal lost", "register and journal", "register alone"]
"""What outlives a run: its journal, a register elsewhere, both, or nothing."""
EXPECTED = {first: 2, following: 2, edited: 0}
"""How many records a story adds."""
LAG = 1.5
"""Seconds for which the search hides a change; they pass only while pubflow waits."""


class Again:
    """A story's beginning, to be gone back to: one server, as many endings as are wanted."""

    def __init__(self, scene: Scene, story: Story) -> None:
        self.scene = scene
        self.story = story
        self.manifest = story(scene)
        scene.clock.sleep(60)  # What was there before is found.
        self._world = scene.standin.dump()
        self._registers = copy.deepcopy(scene.registers)
        self._journal = scene.journal
        self._run = 0
        self.changes, self.requests = self._count()

    def begin(self) -> Scene:
        """As if nothing of the story's end had happened."""
        scene = self.scene
        scene.faults.clear()
        scene.standin.load(copy.deepcopy(self._world))
        scene.registers = copy.deepcopy(self._registers)
        self._run += 1
        scene.journal = f"run-{self._run}.db"
        folder = scene.folder / ".pubflow"
        folder.mkdir(exist_ok=True)
        if (folder / self._journal).is_file():
            with (
                contextlib.closing(sqlite3.connect(folder / self._journal)) as source,
                contextlib.closing(sqlite3.connect(folder / scene.journal)) as copied,
            ):
                source.backup(copied)
        return scene

    def _count(self) -> tuple[int, int]:
        scene = self.begin()
        before = scene.changes(), scene.requests()
        scene.release(self.manifest)
        return scene.changes() - before[0], scene.requests() - before[1]


@contextlib.contextmanager
def again(folder: Path, story: Story, memory: str = "", lag: float = 0) -> Iterator[Again]:
    with serving(folder, lag=lag, wired=True) as scene:
        if memory.startswith("register"):
            scene.registers = {}
        yield Again(scene, story)


def interrupted(scene: Scene, manifest: Manifest, kind: str, at: int) -> set[str]:
    """A run that ends with its first lost answer, as a lost machine would; the DOIs it reserved."""
    scene.faults.add([{"platform": "zenodo", "at": at, "kind": kind}])
    try:
        run(scene.open(manifest, budget=0.0))
    except PubflowError:
        return {record["doi"] for record in scene.records() if not record["published"]} - {None}
    return set()


def finishes(scene: Scene, stage: Again, memory: str, before: int, reserved: set[str]) -> None:
    """The next run does: one record for each version, with the DOI that was reserved for it."""
    if memory in ("journal lost", "register alone"):
        scene.forget()
    seen = scene.release(stage.manifest)
    assert ids(seen.plan.actions) == []
    records = scene.records()
    assert all(record["published"] for record in records)
    assert len(records) == before + EXPECTED[stage.story]
    assert reserved <= {record["doi"] for record in records}


def cut_everywhere(
    folder: Path, story: Story, kind: str, memory: str, start: int, step: int
) -> None:
    """Every request is a boundary, those that only look too."""
    with again(folder, story, memory, lag=LAG) as stage:
        for at in range(start, stage.requests + 1, step):
            scene = stage.begin()
            before = len(scene.records())
            reserved = interrupted(scene, stage.manifest, kind, at)
            try:
                finishes(scene, stage, memory, before, reserved)
            except (AssertionError, PubflowError) as error:
                error.add_note(f"{story.__name__}, {kind} at request {at}, {memory}")
                raise


@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("memory", MEMORIES)
def test_a_run_cut_at_a_request_is_finished_by_the_next(
    tmp_path: Path, story: Story, kind: str, memory: str
) -> None:
    """Every seventh request, other ones in each case; together they meet all kinds."""
    start = 1 + (MEMORIES.index(memory) * 2 + STORIES.index(story)) % 7
    cut_everywhere(tmp_path, story, kind, memory, start, 7)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("memory", MEMORIES)
def test_a_run_cut_at_any_request_is_finished_by_the_next(
    tmp_path: Path, story: Story, kind: str, memory: str
) -> None:
    cut_everywhere(tmp_path, story, kind, memory, 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("memory", MEMORIES)
def test_a_release_that_is_cut_again_and_again_ends_with_the_same_records(
    tmp_path: Path, story: Story, memory: str
) -> None:
    """Three runs cut at places that chance picks, the same each time, then one that is not."""
    chance = random.Random(f"{story.__name__} {memory}")
    with again(tmp_path, story, memory, lag=LAG) as stage:
        for _ in range(25):
            scene = stage.begin()
            before = len(scene.records())
            cuts = [
                (chance.choice(["cut-before", "cut-after"]), chance.randint(1, stage.requests))
                for _ in range(3)
            ]
            reserved: set[str] = set()
            for kind, at in cuts:
                reserved |= interrupted(scene, stage.manifest, kind, at)
                scene.faults.clear()
                if memory in ("journal lost", "register alone"):
                    scene.forget()
            try:
                finishes(scene, stage, memory, before, reserved)
            except (AssertionError, PubflowError) as error:
                error.add_note(f"{story.__name__}, {cuts}, {memory}")
                raise


FAULTS = ["cut-before", "cut-after", "500", "429", "503-applied", "odd-applied"]


@pytest.mark.parametrize("kind", FAULTS)
def test_a_patient_run_survives_a_fault_at_any_change(tmp_path: Path, kind: str) -> None:
    with again(tmp_path, edited) as stage:
        survives(stage, kind, stage.changes, only="changes")


@pytest.mark.slow
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("story", STORIES)
def test_a_patient_run_survives_a_fault_at_any_request(
    tmp_path: Path, story: Story, kind: str
) -> None:
    with again(tmp_path, story, lag=LAG) as stage:
        survives(stage, kind, stage.requests)


def survives(stage: Again, kind: str, boundaries: int, **more: Any) -> None:
    for at in range(1, boundaries + 1):
        scene = stage.begin()
        before = len(scene.records())
        fault = {"platform": "zenodo", "at": at, "kind": kind, **more}
        if kind == "429":
            fault["retry_after"] = 0
        scene.faults.add([fault])

        assert scene.release(stage.manifest).plan.actions == (), at
        assert all(record["published"] for record in scene.records()), at
        assert len(scene.records()) == before + EXPECTED[stage.story], at


def test_a_draft_that_search_does_not_show_yet_is_not_made_twice(tmp_path: Path) -> None:
    with serving(tmp_path, lag=6) as scene:
        manifest = scene.manifest(scene.data())
        world = scene.open(manifest)
        fault = {"platform": "zenodo", "at": 1, "only": "changes", "kind": "cut-after"}
        scene.faults.add([fault])

        run(world)

        assert [record["published"] for record in scene.records()] == [True]


def test_what_an_interrupted_run_left_is_tidied_up(tmp_path: Path) -> None:
    """With a search that lags for longer than anybody looks, a second draft is made."""
    with serving(tmp_path, lag=300.0) as scene:
        scene.registers = {}
        manifest = scene.manifest(scene.data())
        fault = {"platform": "zenodo", "at": 1, "only": "changes", "kind": "cut-after"}
        scene.faults.add([fault])
        with pytest.raises(PubflowError):
            run(scene.open(manifest, budget=0.0))

        scene.release(manifest, until=Stage.UPLOAD)
        assert len(scene.records()) == 2
        scene.standin.lag = 0
        scene.release(manifest)

        assert [record["published"] for record in scene.records()] == [True]


def test_an_interrupted_run_adds_nothing_to_a_plan_that_was_saved(tmp_path: Path) -> None:
    with again(tmp_path, first, "register and journal") as stage:
        approved = stage.begin().plan(stage.manifest).plan.ids
        for at in range(2, stage.changes + 1, 4):
            scene = stage.begin()
            fault = {"platform": "zenodo", "at": at, "only": "changes", "kind": "cut-after"}
            scene.faults.add([fault])
            with contextlib.suppress(PubflowError):
                run(scene.open(stage.manifest, budget=0.0))

            assert scene.plan(stage.manifest).plan.ids <= approved


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
