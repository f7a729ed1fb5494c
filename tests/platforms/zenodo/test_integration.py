"""Zenodo's GitHub integration makes the code's record; ours is an edit, and nothing more."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from platforms.zenodo.scene import Scene, ids, serving
from platforms.zenodo.test_laws import FAULTS, LAG, Again, interrupted
from platforms.zenodo.test_refused import by_hand

from pubflow.errors import Blocked, Transient
from pubflow.links import Links
from pubflow.manifest import Manifest
from pubflow.rehearsal.zenodo.integration import HOOK

REPOSITORY = "utopia/seagrass"


def released_on_github(scene: Scene, tag: str = "v1.0.0") -> None:
    """What GitHub sends to Zenodo's webhook."""
    event = {
        "repository": {"id": 7, "full_name": REPOSITORY},
        "release": {"tag_name": tag, "name": "First", "body": "Words."},
    }
    scene.standin.receive(f"https://{HOOK}/?access_token=x", event)


def wanted(scene: Scene, **more: Any) -> Manifest:
    settings = {"mode": "integration", "github": REPOSITORY, **more}
    return scene.manifest(scene.code(), scene.data(), **settings)


def code(scene: Scene) -> dict[str, Any]:
    [record] = [r for r in scene.records() if r["resource_type"] == "software"]
    return record


def test_it_is_found_edited_and_keeps_its_files_and_its_doi(scene: Scene) -> None:
    released_on_github(scene)
    before = code(scene) if scene.records() else {}

    seen = scene.release(wanted(scene))

    after = code(scene)
    assert seen.plan.actions == ()
    assert (after["id"], after["doi"]) == (before["id"], before["doi"])
    assert after["files"] == before["files"] != []
    assert after["version"] == "1.0.0"
    body = by_hand(scene, "GET", f"/api/records/{after['id']}")
    assert body["metadata"]["title"] == "Seagrass from space: code"
    assert len(scene.records()) == 2


def test_what_it_says_cannot_be_cited_and_is_not(scene: Scene) -> None:
    released_on_github(scene)
    seen = scene.release(wanted(scene))

    links = seen.plan.links
    assert links["code@zenodo"].late
    assert links["code@zenodo"].doi == code(scene)["doi"]
    assert links.of("code") == {}
    assert links.doi("code") == ""
    assert links.settled
    data = next(r for r in scene.records() if r["resource_type"] == "dataset")
    assert code(scene)["doi"] not in {item["identifier"] for item in data["related"]}
    assert data["doi"] in {item["identifier"] for item in code(scene)["related"]}


def test_before_it_is_there_the_plan_says_so_and_everything_else_is_settled(scene: Scene) -> None:
    plan = scene.plan(wanted(scene)).plan

    [note] = [p for p in plan.problems if p.where == "code@zenodo"]
    assert note.severity == "note"
    assert "known only when Zenodo made its record of v1.0.0" in note.what
    assert 'mode = "integration"' in note.hint
    assert [a.id for a in plan if a.target == "code@zenodo"] == ["code@zenodo/complete"]
    assert "code@zenodo" in plan.links.nowhere


def test_it_is_waited_for(scene: Scene) -> None:
    scene.standin.set(hook_takes=10.0)
    released_on_github(scene)
    began = scene.clock.now

    scene.release(wanted(scene))

    assert scene.clock.now - began >= 10
    assert all(record["published"] for record in scene.records())


def test_the_waiting_ends_and_another_run_finishes(scene: Scene) -> None:
    """Exit code 75; the records that come after it are not published without it."""
    with pytest.raises(Transient, match=r"has not made its record of v1\.0\.0 yet") as caught:
        scene.release(wanted(scene))

    assert "account/settings/github" in caught.value.why
    assert [r["published"] for r in scene.records()] == [False]
    released_on_github(scene)
    assert scene.release(wanted(scene)).plan.actions == ()
    assert [r["published"] for r in scene.records()] == [True, True]


def test_a_second_version_joins_the_first(scene: Scene) -> None:
    released_on_github(scene)
    scene.release(wanted(scene))
    scene.clock.sleep(60)
    released_on_github(scene, "v1.1.0")

    scene.release(wanted(scene, version="1.1.0"))

    made = [r for r in scene.records() if r["resource_type"] == "software"]
    assert [r["version"] for r in made] == ["1.0.0", "1.1.0"]
    assert len({r["concept"] for r in made}) == 1


def test_two_records_of_one_tag_stop_the_plan(scene: Scene) -> None:
    released_on_github(scene)
    scene.release(scene.manifest(scene.data()))
    by_hand_too = by_hand(scene, "GET", f"/api/records/{code(scene)['id']}")
    copy = {"metadata": {**by_hand_too["metadata"], "title": "A copy"}}
    draft = by_hand(scene, "POST", "/api/records", copy)
    files = f"/api/records/{draft['id']}/draft/files"
    by_hand(scene, "POST", files, [{"key": "a"}], accept="application/json")
    by_hand(scene, "PUT", f"{files}/a/content", data=b"1", accept="application/json")
    by_hand(scene, "POST", f"{files}/a/commit", accept="application/json")
    by_hand(scene, "POST", f"/api/records/{draft['id']}/draft/actions/publish")

    errors = scene.plan(wanted(scene)).plan.errors

    assert ["published twice" in problem.what for problem in errors] == [True]


def test_an_edit_that_somebody_else_has_open_is_left_alone(scene: Scene) -> None:
    released_on_github(scene)
    scene.plan(wanted(scene))
    path = f"/api/records/{code(scene)['id']}/draft"
    body = by_hand(scene, "POST", path)
    by_hand(scene, "PUT", path, {"metadata": {**body["metadata"], "title": "Mine, not yours"}})

    with pytest.raises(Blocked) as refused:
        scene.release(wanted(scene))

    assert "edited by somebody else" in refused.value.problems[0].what


def test_files_that_are_kept_back_cannot_come_from_there(scene: Scene) -> None:
    errors = scene.plan(wanted(scene, visibility="private")).plan.errors

    assert "publishes the code's files at once" in errors[0].what


def test_a_better_description_is_an_edit_again(scene: Scene) -> None:
    released_on_github(scene)
    scene.release(wanted(scene))
    manifest = wanted(scene, title="Another title")

    plan = scene.plan(manifest).plan

    assert ids(plan.actions) == [
        "data.meadows@zenodo/describe",
        "code@zenodo/complete",
        "data.meadows@zenodo/publish",
    ]
    assert "title" in next(a.says for a in plan if a.verb == "complete")
    assert scene.release(manifest).plan.actions == ()
    assert len(scene.records()) == 2


def story(scene: Scene) -> Manifest:
    released_on_github(scene)
    return wanted(scene)


@contextlib.contextmanager
def again(folder: Path) -> Any:
    with serving(folder, lag=LAG, wired=True) as scene:
        yield Again(scene, story)


@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
@pytest.mark.parametrize("memory", ["journal kept", "journal lost"])
def test_a_run_cut_at_any_request_is_finished_by_the_next(
    tmp_path: Path, kind: str, memory: str
) -> None:
    with again(tmp_path) as stage:
        for at in range(1, stage.requests + 1):
            scene = stage.begin()
            interrupted(scene, stage.manifest, kind, at)
            if memory == "journal lost":
                scene.forget()

            assert scene.release(stage.manifest).plan.actions == (), at
            assert [r["published"] for r in scene.records()] == [True, True], at


@pytest.mark.parametrize("kind", FAULTS)
def test_a_patient_run_survives_a_fault_at_any_change(tmp_path: Path, kind: str) -> None:
    with again(tmp_path) as stage:
        for at in range(1, stage.changes + 1):
            scene = stage.begin()
            scene.faults.add([{"platform": "zenodo", "at": at, "only": "changes", "kind": kind}])

            assert scene.release(stage.manifest).plan.actions == (), at
            assert [r["published"] for r in scene.records()] == [True, True], at


def test_links_that_are_late_are_known_and_cited_by_nothing() -> None:
    from pubflow.links import NOWHERE, Link

    late = Link("https://z/1", doi="10.5/1", late=True)
    links = Links({"code@zenodo": late, "code@github": Link("https://g"), "code@x": NOWHERE})

    assert links["code@zenodo"] == late
    assert set(links.of("code")) == {"github"}
    assert links.settled
