"""What stands in the way, and what is said then: nothing of anybody else's is touched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from platforms.zenodo.scene import PAPER, TOKEN, Scene, ids

from pubflow.actions import Stage
from pubflow.errors import Blocked, PubflowError, Refused
from pubflow.http import Session
from pubflow.manifest import Person
from pubflow.platforms.zenodo.client import Client
from pubflow.tokens import Secret


def by_hand(
    scene: Scene,
    method: str,
    path: str,
    body: Any = None,
    *,
    data: bytes | None = None,
    accept: str = "application/vnd.inveniordm.v1+json",
) -> dict[str, Any]:
    """What a person does in the browser, or another program."""
    session = Session(scene.url, Secret(TOKEN))
    headers = {"Accept": accept} | ({"Content-Type": "application/octet-stream"} if data else {})
    answer = session.request(method, path, body=body, data=data, headers=headers)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


def test_a_next_version_that_somebody_else_began_is_left_alone(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data()))
    [record] = scene.records()
    draft = by_hand(scene, "POST", f"/api/records/{record['id']}/versions")
    body = {"metadata": {"title": "Mine, not yours"}, "files": {"enabled": True}}
    by_hand(scene, "PUT", f"/api/records/{draft['id']}/draft", body)
    before = scene.changes()

    with pytest.raises(Blocked) as refused:
        scene.release(scene.manifest(scene.data({"x": "y"}), version="2.0"))

    [problem] = refused.value.problems
    assert f"a draft already, {draft['id']}" in problem.what
    assert scene.changes() == before


def test_a_next_version_begun_meanwhile_is_left_alone(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data()))
    [record] = scene.records()
    world = scene.open(second := scene.manifest(scene.data({"x": "y"}), version="2.0"))
    from pubflow import engine

    seen = engine.look(world)
    draft = by_hand(scene, "POST", f"/api/records/{record['id']}/versions")
    by_hand(scene, "PUT", f"/api/records/{draft['id']}/draft", {"metadata": {"title": "Mine"}})
    before = scene.changes()

    [target] = second.targets
    with pytest.raises(Refused, match="which is not pubflow's"):
        world.platforms["zenodo"].apply(
            seen.plan.actions[0], target, seen.states[target.name], seen.plan.links, lambda *_: None
        )

    # Asking for the next version gives the same draft again, so that is all that was done.
    assert scene.changes() == before + 1
    assert next(r for r in scene.records() if r["id"] == draft["id"])["title"] == "Mine"


def test_a_next_version_that_nobody_wrote_to_is_taken_up(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data()))
    [record] = scene.records()
    draft = by_hand(scene, "POST", f"/api/records/{record['id']}/versions")

    scene.release(scene.manifest(scene.data({"x": "y"}), version="2.0"))

    assert [r["id"] for r in scene.records()] == [record["id"], draft["id"]]


def test_a_draft_of_a_later_version_is_no_left_over(scene: Scene) -> None:
    """It carries a copy of the marker until somebody changes it."""
    scene.release(scene.manifest(scene.data()))
    [record] = scene.records()
    draft = by_hand(scene, "POST", f"/api/records/{record['id']}/versions")
    scene.forget()

    assert scene.plan(scene.manifest(scene.data())).plan.actions == ()
    assert [r["id"] for r in scene.records()] == [record["id"], draft["id"]]


def test_an_edit_that_somebody_else_has_open_is_left_alone(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data()))
    [record] = scene.records()
    body = by_hand(scene, "POST", f"/api/records/{record['id']}/draft")
    metadata = {**body["metadata"], "title": "Mine, not yours"}
    by_hand(scene, "PUT", f"/api/records/{record['id']}/draft", {"metadata": metadata})

    plan = scene.plan(scene.manifest(scene.data(description="New."))).plan
    unrelated = scene.plan(scene.manifest(scene.data())).plan

    assert ["edited by somebody else" in problem.what for problem in plan.errors] == [True]
    assert unrelated.actions == unrelated.errors == ()


def test_a_draft_that_was_thrown_away_by_hand_is_made_again(scene: Scene) -> None:
    scene.registers = {}
    manifest = scene.manifest(scene.data())
    scene.release(manifest, until=Stage.UPLOAD)
    [draft] = scene.records()
    by_hand(scene, "DELETE", f"/api/records/{draft['id']}/draft")

    scene.release(manifest)

    [record] = scene.records()
    assert record["published"]
    assert record["id"] != draft["id"]


def test_discarding_takes_our_drafts_and_nothing_else(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data()))
    manifest = scene.manifest(scene.data({"a.csv": "2"}), scene.weights(), version="2.0")
    scene.release(manifest, until=Stage.UPLOAD)
    seen = scene.plan(manifest)
    platform = scene.open(manifest).platforms["zenodo"]

    for target in seen.manifest.targets:
        state = seen.states[target.name]
        for action in platform.undo(target, state):
            assert action.mark == "-"
            platform.apply(action, target, state, seen.plan.links, lambda *_: None)

    assert [record["published"] for record in scene.records()] == [True]
    scene.release(manifest)
    assert len(scene.records()) == 3


def test_what_the_author_added_by_hand_stays(scene: Scene) -> None:
    manifest = scene.manifest(scene.data())
    scene.release(manifest, until=Stage.UPLOAD)
    [draft] = scene.records()
    path = f"/api/records/{draft['id']}/draft"
    body = by_hand(scene, "GET", path)
    grown = {
        **body["metadata"],
        "dates": [{"date": "2024/2025", "type": {"id": "collected"}}],
        "identifiers": [
            *body["metadata"]["identifiers"],
            {"scheme": "url", "identifier": "https://example.org/meadows"},
        ],
        "title": "Another title",
    }
    by_hand(scene, "PUT", path, {"metadata": grown, "access": body["access"]})

    seen = scene.release(manifest)

    metadata = by_hand(scene, "GET", f"/api/records/{draft['id']}")["metadata"]
    assert seen.plan.actions == ()
    assert metadata["title"] != "Another title"
    assert metadata["dates"][0]["date"] == "2024/2025"
    assert {item["scheme"] for item in metadata["identifiers"]} == {"urn", "url"}


def test_a_value_that_the_server_drops_stops_the_release_before_anything_is_kept(
    scene: Scene,
) -> None:
    mistaken = replace(PAPER, authors=(Person("Ada", "Lovelace", orcid="0000-0002-1825-0098"),))
    manifest = scene.manifest(scene.data(), paper=mistaken)

    with pytest.raises(PubflowError) as refused:
        scene.release(manifest)

    assert "the ORCID of author 1: Invalid ORCID" in refused.value.why
    assert scene.records() == []
    assert scene.plan(manifest).plan.actions


def test_a_wrong_token_is_told_with_where_to_make_one(scene: Scene) -> None:
    client = Client(Session(scene.url, Secret("W" * 60)))

    with pytest.raises(PubflowError) as refused:
        client.search("")

    assert "permission denied" in refused.value.what
    assert "/account/settings/applications/tokens/new/" in refused.value.hint


def test_a_record_named_in_the_manifest_must_exist(scene: Scene) -> None:
    plan = scene.plan(scene.manifest(scene.data(), record="10.5281/zenodo.999")).plan

    assert ["there is no record 999" in problem.what for problem in plan.errors] == [True]
    assert ids(plan.actions) == []


def test_a_draft_made_by_hand_is_taken_up(scene: Scene) -> None:
    draft = by_hand(scene, "POST", "/api/records", {"metadata": {"title": "By hand"}})
    manifest = scene.manifest(scene.data(), record=draft["id"])

    assert scene.plan(manifest).plan.actions[0].says.startswith(f"take up draft {draft['id']}")
    scene.release(manifest)

    assert [r["id"] for r in scene.records()] == [draft["id"]]


def test_a_file_that_changes_while_it_is_sent_stops_the_run(scene: Scene) -> None:
    manifest = scene.manifest(scene.data())
    manifest.targets[0].files[0].source.write_text("9,9\n")

    with pytest.raises(PubflowError, match="changed while the release was running"):
        scene.release(manifest)

    assert not any(record["published"] for record in scene.records())


def integrated(scene: Scene, tag: str) -> str:
    """What Zenodo's GitHub integration makes of a release."""
    page = "https://github.com/utopia/seagrass"
    body = {
        "metadata": {
            "title": f"utopia/seagrass: {tag}",
            "resource_type": {"id": "software"},
            "creators": [{"person_or_org": {"type": "organizational", "name": "utopia"}}],
            "publication_date": "2026-11-19",
            "publisher": "Zenodo",
            "version": tag,
            "related_identifiers": [
                {
                    "identifier": f"{page}/tree/{tag}",
                    "scheme": "url",
                    "relation_type": {"id": "issupplementto"},
                }
            ],
        },
        "custom_fields": {"code:codeRepository": page},
    }
    draft = by_hand(scene, "POST", "/api/records", body)
    files = f"/api/records/{draft['id']}/draft/files"
    by_hand(scene, "POST", files, [{"key": "a"}], accept="application/json")
    by_hand(scene, "PUT", f"{files}/a/content", data=b"1", accept="application/json")
    by_hand(scene, "POST", f"{files}/a/commit", accept="application/json")
    by_hand(scene, "POST", f"/api/records/{draft['id']}/draft/actions/publish")
    return str(draft["id"])


def test_a_tag_that_the_integration_published_gets_no_second_doi(scene: Scene) -> None:
    number = integrated(scene, "v1.0.0")
    before = scene.changes()

    with pytest.raises(Blocked) as refused:
        scene.release(scene.manifest(scene.code(), webhook="off"))

    [problem] = refused.value.problems
    assert f"made record {number} of v1.0.0 already" in problem.what
    assert scene.changes() == before


def test_a_repository_with_the_integrations_records_needs_a_word_that_it_is_off(
    scene: Scene,
) -> None:
    number = integrated(scene, "v0.9")
    before = scene.changes()

    with pytest.raises(Blocked) as refused:
        scene.release(scene.manifest(scene.code(), scene.data()))

    [problem] = refused.value.problems
    assert f"record {number} of this repository was not made by pubflow" in problem.what
    assert 'webhook = "off"' in problem.hint
    assert scene.changes() == before
    scene.release(scene.manifest(scene.code(), scene.data(), webhook="off"))
    assert len(scene.records()) == 3


def test_where_the_codes_place_on_github_looks_at_the_webhook_older_records_say_nothing(
    scene: Scene,
) -> None:
    integrated(scene, "v0.9")

    plan = scene.plan(scene.manifest(scene.code(), github="utopia/seagrass")).plan

    assert plan.errors == ()


def test_our_own_records_of_a_repository_are_no_sign_of_the_integration(scene: Scene) -> None:
    scene.release(scene.manifest(scene.code()))

    assert scene.plan(scene.manifest(scene.code(), version="1.1.0")).plan.errors == ()
