"""Two runs on one draft: what the other did meanwhile is looked at, and is no error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from platforms.zenodo.scene import Scene, serving

from pubflow import engine
from pubflow.actions import Stage
from pubflow.engine import Seen
from pubflow.errors import PubflowError, Refused, Transient
from pubflow.http import Session
from pubflow.manifest import Manifest
from pubflow.platforms.zenodo.client import Client
from pubflow.tokens import Secret


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with serving(tmp_path) as scene:
        scene.registers = {}
        yield scene


def late(scene: Scene, manifest: Manifest) -> tuple[engine.World, Seen]:
    """A run that looked when everything was reserved, and does its first work only now."""
    scene.release(manifest, Stage.RESERVE)
    world = scene.open(manifest)
    return world, engine.look(world)


def act(world: engine.World, seen: Seen, verb: str, subject: str = "") -> None:
    target = seen.manifest.targets[0]
    [action] = [a for a in seen.plan if a.verb == verb and a.subject.startswith(subject)][:1]
    state, links = seen.states[target.name], seen.plan.links
    world.platforms["zenodo"].apply(action, target, state, links, lambda *_: None)


def test_files_that_another_run_announced_are_looked_at(scene: Scene) -> None:
    manifest = scene.manifest(scene.data())
    world, seen = late(scene, manifest)
    scene.release(manifest, Stage.UPLOAD)

    with pytest.raises(Transient, match="would not accept"):
        act(world, seen, "upload")


def test_a_file_that_another_run_sent_since_the_last_look_is_not_taken_away(scene: Scene) -> None:
    """It was announced and empty when this run looked, which is hours ago."""
    manifest = scene.manifest(scene.data())
    scene.release(manifest, Stage.RESERVE)
    [record] = scene.records()
    Client(Session(scene.url, Secret(scene.token), env={})).init(record["id"], ["a.csv"])
    world = scene.open(manifest)
    seen = engine.look(world)
    scene.release(manifest, Stage.UPLOAD)
    made = scene.changes()

    act(world, seen, "upload")

    assert scene.changes() == made
    assert whole(scene) == ["a.csv", "b.csv"]


def test_a_file_that_this_run_announced_and_another_one_sent_is_not_sent_again(
    scene: Scene,
) -> None:
    """Content after the commit would delete it, with a 200."""
    manifest = scene.manifest(scene.data())
    world, seen = late(scene, manifest)
    act(world, seen, "upload")  # Announces both, and sends the first.
    scene.clock.sleep(3600)
    scene.release(manifest, Stage.UPLOAD)
    made = scene.changes()

    act(world, seen, "upload", "b.csv")

    assert scene.changes() == made
    assert whole(scene) == ["a.csv", "b.csv"]


def whole(scene: Scene) -> list[str]:
    """Names of the files whose content is there."""
    [record] = scene.records()
    return sorted(file["key"] for file in record["files"] if file["md5"])


@pytest.mark.parametrize("verb", ["upload", "describe"])
def test_a_draft_that_another_run_published_is_looked_at(scene: Scene, verb: str) -> None:
    manifest = scene.manifest(scene.data())
    world, seen = late(scene, manifest)
    scene.release(manifest)

    with pytest.raises(Transient):
        act(world, seen, verb)


def test_the_later_run_ends_well_and_there_is_one_record(scene: Scene) -> None:
    manifest = scene.manifest(scene.data())
    world, seen = late(scene, manifest)
    scene.release(manifest)
    [target] = seen.manifest.targets

    for action in seen.plan:
        engine.perform(
            world,
            action,
            target,
            seen.states[target.name],
            seen.plan.links,
            lambda now: world.platforms["zenodo"].diff(target, now, seen.plan.links),
        )

    assert [record["published"] for record in scene.records()] == [True]


def test_a_refusal_of_an_untouched_draft_stays_one(scene: Scene) -> None:
    """Only what somebody changed is looked at again; a quota is a quota."""
    manifest = scene.manifest(scene.data())
    world, seen = late(scene, manifest)
    scene.standin.set(quota=1)

    with pytest.raises(PubflowError, match="too large") as no:
        act(world, seen, "upload")
    assert not isinstance(no.value, Transient)


@pytest.mark.parametrize("when", ["before the bytes", "before the commit"])
def test_an_entry_that_another_run_took_away_meanwhile_is_looked_at(
    scene: Scene, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = scene.manifest(scene.data())
    scene.release(manifest, Stage.RESERVE)
    [record] = scene.records()
    other = Client(Session(scene.url, Secret(scene.token), env={}))
    step = "send" if when == "before the bytes" else "commit"
    own = getattr(Client, step)
    taken: list[str] = []

    def late(self: Client, draft: str, name: str, *more: Any) -> Any:
        if not taken:
            taken.append(name)
            other.remove(draft, name)
        return own(self, draft, name, *more)

    monkeypatch.setattr(Client, step, late)
    scene.release(manifest)

    assert taken
    [record] = scene.records()
    assert record["published"]
    assert sorted(file["key"] for file in record["files"]) == ["a.csv", "b.csv"]


def test_a_draft_that_lost_a_file_after_it_was_compared_is_not_published(scene: Scene) -> None:
    manifest = scene.manifest(scene.data())
    scene.release(manifest, Stage.UPLOAD)
    world = scene.open(manifest)
    seen = engine.look(world)
    [record] = scene.records()
    Client(Session(scene.url, Secret(scene.token), env={})).remove(record["id"], "a.csv")

    with pytest.raises(Refused, match=r"a\.csv"):
        act(world, seen, "publish")

    [record] = scene.records()
    assert not record["published"]
    scene.release(manifest)
    [record] = scene.records()
    assert record["published"]
    assert sorted(file["key"] for file in record["files"]) == ["a.csv", "b.csv"]
