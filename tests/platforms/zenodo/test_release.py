"""Releases to a stand-in on a real socket, from the first draft to the next version."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from platforms.zenodo.scene import PAPER, Scene, Silent, ids, run, serving
from platforms.zenodo.test_refused import by_hand

from pubflow.actions import Action, Stage
from pubflow.errors import Blocked, PubflowError
from pubflow.manifest import Affiliation, Grant, License, Manifest, Person
from pubflow.platforms.zenodo.state import Record
from pubflow.rehearsal.desk import Desk


def test_a_first_release_publishes_one_record_for_each_artifact(instance: Scene) -> None:
    seen = instance.release(instance.manifest())

    records = instance.records()
    assert [record["published"] for record in records] == [True] * 3
    assert {record["resource_type"] for record in records} == {"software", "dataset", "model"}
    assert seen.plan.actions == ()
    assert not seen.plan.problems or {p.severity for p in seen.plan.problems} <= {"note"}


def test_a_second_run_changes_nothing_with_or_without_the_journal(instance: Scene) -> None:
    instance.release(instance.manifest())
    before = instance.changes()

    again = instance.release(instance.manifest())
    instance.forget()
    plan = instance.plan(instance.manifest()).plan

    assert ids(again.plan.actions) == ids(plan.actions) == []
    assert instance.changes() == before


def test_records_cite_each_other_by_doi(scene: Scene) -> None:
    scene.release(scene.manifest())

    by_type = {record["resource_type"]: record for record in scene.records()}
    for this in by_type.values():
        cited = {item["identifier"] for item in this["related"]}
        assert {r["doi"] for r in by_type.values() if r is not this} <= cited
        assert "10.48550/arXiv.2605.01234" in cited


def test_reserving_leaves_nothing_public_and_the_release_keeps_the_dois(scene: Scene) -> None:
    seen = scene.release(scene.manifest(), until=Stage.RESERVE)
    reserved = {link.doi for link in seen.plan.links.values()}
    assert len(reserved) == 3
    assert not any(record["published"] for record in scene.records())

    scene.release(scene.manifest(), until=Stage.UPLOAD)
    assert not any(record["published"] for record in scene.records())

    scene.release(scene.manifest())
    assert {record["doi"] for record in scene.records() if record["published"]} == reserved


def test_the_concept_doi_that_was_predicted_is_the_one_that_is_made(instance: Scene) -> None:
    seen = instance.release(instance.manifest(instance.data()), until=Stage.RESERVE)
    [predicted] = [link.concept_doi for link in seen.plan.links.values()]

    done = instance.release(instance.manifest(instance.data()))

    [link] = done.plan.links.values()
    assert link.concept_doi == predicted != ""


def test_a_concept_doi_that_the_first_version_did_not_get_is_not_predicted_for_the_next() -> None:
    first = Record("8", concept="7", doi="10.5072/zenodo.8")
    second = replace(first, id="9", doi="10.5072/zenodo.9", index=2)

    found = [record.link("https://rdm.example") for record in (first, second)]

    assert [link.concept_doi for link in found if link] == ["10.5072/zenodo.7", ""]


def test_the_next_version_sends_only_what_changed(instance: Scene) -> None:
    files = {"same.csv": "1\n", "new.csv": "old\n", "gone.csv": "3\n"}
    instance.release(instance.manifest(instance.data(files)))
    instance.forget()
    files = {"same.csv": "1\n", "new.csv": "new\n"}
    second = instance.manifest(instance.data(files), version="1.1.0")

    plan = instance.plan(second).plan
    assert ids(plan.actions) == [
        "data.meadows@zenodo/draft",
        "data.meadows@zenodo/reserve",
        "data.meadows@zenodo/import",
        "data.meadows@zenodo/remove/gone.csv",
        "data.meadows@zenodo/upload/new.csv",
        "data.meadows@zenodo/describe",
        "data.meadows@zenodo/publish",
    ]
    instance.release(second)

    old, new = instance.records()
    assert old["concept"] == new["concept"]
    assert old["doi"] != new["doi"]
    assert (old["version"], new["version"]) == ("1.0.0", "1.1.0")
    assert {file["key"] for file in new["files"]} == {"same.csv", "new.csv"}
    sent = [
        e["path"] for e in instance.log.shown() if e["method"] == "PUT" and "content" in e["path"]
    ]
    assert sum(path.endswith("same.csv/content") for path in sent) == 1
    assert instance.plan(second).plan.actions == ()


def test_a_version_that_was_never_published_gives_its_draft_to_the_next(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data()))
    second = scene.manifest(scene.data({"a.csv": "2", "b.csv": "3,4\n"}), version="1.1.0")
    scene.release(second, until=Stage.UPLOAD)
    third = scene.manifest(scene.data({"a.csv": "3", "b.csv": "3,4\n"}), version="1.2.0")

    assert scene.plan(third).plan.actions[0].says.startswith("take up draft")
    scene.release(third)

    assert [r["version"] for r in scene.records()] == ["1.0.0", "1.2.0"]
    assert scene.plan(third).plan.actions == ()


def test_an_unchanged_artifact_of_the_next_version_is_kept(scene: Scene) -> None:
    first = scene.release(scene.manifest())
    scene.forget()
    second = scene.manifest(
        scene.code(), scene.data(), scene.weights({"model.safetensors": "better"}), version="2.0"
    )

    seen = scene.release(second)

    assert len(scene.records()) == 5
    assert seen.plan.links["data.meadows@zenodo"] == first.plan.links["data.meadows@zenodo"]
    assert seen.plan.actions == ()


def test_changed_words_of_a_published_version_are_an_edit_with_the_same_doi(
    instance: Scene,
) -> None:
    instance.release(instance.manifest(instance.data()))
    [before] = instance.records()
    changed = instance.manifest(
        instance.data(title="Meadows of the Baltic"), title="Meadows of the Baltic"
    )

    plan = instance.plan(changed).plan
    assert [(a.id, a.mark) for a in plan.actions] == [
        ("data.meadows@zenodo/describe", "~"),
        ("data.meadows@zenodo/publish", "~"),
    ]
    instance.release(changed)

    [after] = instance.records()
    assert after["title"] == "Meadows of the Baltic"
    assert after["doi"] == before["doi"]
    assert instance.plan(changed).plan.actions == ()


def test_changed_files_under_a_published_version_ask_for_a_new_version(scene: Scene) -> None:
    scene.release(scene.manifest(scene.data()))

    plan = scene.plan(scene.manifest(scene.data({"a.csv": "other"}))).plan

    [problem] = plan.errors
    assert "version 1.0.0 is published" in problem.what
    assert "Raise the version" in problem.hint


@pytest.mark.parametrize("named", ["doi", "concept", "page"])
def test_a_record_made_by_hand_gets_its_next_version(instance: Scene, named: str) -> None:
    """By the DOI of its version, or by that of all versions, which its page shows as well."""
    scene = instance
    scene.release(scene.manifest(scene.data(), version="0.9"))
    [old] = scene.records()
    scene.forget()
    given = {
        "doi": old["doi"],
        "concept": old["doi"].replace(old["id"], old["concept"]),
        "page": f"{scene.url}/records/{old['id']}",
    }[named]
    strange = replace(scene.manifest(scene.data({"a.csv": "new"}), record=given))
    release = replace(strange.release, identity="somebody/else")
    strange = replace(
        strange,
        release=release,
        targets=tuple(replace(t, release=release) for t in strange.targets),
    )

    scene.release(strange)

    _, new = scene.records()
    assert new["concept"] == old["concept"]
    assert new["version"] == "1.0.0"


def with_a_doi_of_another(scene: Scene) -> Manifest:
    """The next version of a record made by hand whose DOI a publisher registered."""
    body = by_hand(scene, "POST", "/api/records", BY_HAND)
    files = f"/api/records/{body['id']}/draft/files"
    by_hand(scene, "POST", files, [{"key": "a"}], accept="application/json")
    by_hand(scene, "PUT", f"{files}/a/content", data=b"1", accept="application/json")
    by_hand(scene, "POST", f"{files}/a/commit", accept="application/json")
    by_hand(scene, "POST", f"/api/records/{body['id']}/draft/actions/publish")
    return scene.manifest(scene.data(), record=body["id"])


BY_HAND = {
    "metadata": {
        "title": "Meadows",
        "publication_date": "2026-11-20",
        "publisher": "A journal",
        "resource_type": {"id": "dataset"},
        "creators": [{"person_or_org": {"type": "organizational", "name": "Lab"}}],
    },
    "pids": {"doi": {"identifier": "10.1234/mine.1", "provider": "external"}},
}


def test_a_record_with_the_doi_of_another_has_no_next_version_at_zenodo(scene: Scene) -> None:
    manifest = with_a_doi_of_another(scene)
    scene.desk = Desk(scene.standin, scene.log, scene.faults)
    scene.url = "https://sandbox.zenodo.org"

    [problem] = scene.plan(manifest).plan.errors

    assert "10.1234/mine.1, which was registered elsewhere" in problem.what
    assert "becomes a record of its own" in problem.hint


def test_an_instance_that_takes_no_other_doi_is_believed_when_it_says_so(scene: Scene) -> None:
    """Which of them do, none tells."""
    manifest = with_a_doi_of_another(scene)

    with pytest.raises(PubflowError, match="would not make a new version") as no:
        scene.release(manifest)

    assert "Its DOI 10.1234/mine.1 was registered elsewhere" in no.value.why
    assert "becomes a record of its own" in no.value.hint
    assert len(scene.records()) == 1


def test_elsewhere_the_next_version_gets_a_doi_of_the_instance(tmp_path: Path) -> None:
    with serving(tmp_path, flavour="invenio") as scene:
        scene.release(with_a_doi_of_another(scene))

        old, new = scene.records()
        assert old["doi"] == "10.1234/mine.1"
        assert (new["concept"], new["doi"]) == (old["concept"], f"10.5072/{new['id']}")


def test_an_embargoed_record_is_public_and_its_files_are_not(instance: Scene) -> None:
    artifact = instance.data(embargo_until=date(2036, 6, 1), embargo_reason="Review")

    seen = instance.release(instance.manifest(artifact))

    assert seen.plan.actions == ()
    assert instance.plan(instance.manifest(artifact)).plan.actions == ()


def test_after_its_embargo_a_record_can_be_edited_and_stays_open(instance: Scene) -> None:
    until = date(2036, 6, 1)
    manifest = instance.manifest(instance.data(embargo_until=until))
    instance.release(manifest)
    instance.day = date(2036, 6, 2)
    instance.clock.now = datetime(2036, 6, 2, 12, tzinfo=UTC).timestamp()
    assert instance.plan(manifest).plan.actions == ()

    better = instance.manifest(instance.data(embargo_until=until, description="Better words."))
    seen = instance.release(better)

    [record] = instance.records()
    public = by_hand(instance, "GET", f"/api/records/{record['id']}")
    assert seen.plan.actions == ()
    assert "Better words." in public["metadata"]["description"]
    assert public["access"]["files"] == "public"


def test_code_is_released_where_the_fields_for_software_are_not_set_up(instance: Scene) -> None:
    """InvenioRDM has their vocabularies by default, and the fields only where they are named."""
    code = instance.code(language=("Python",), development="active")

    seen = instance.release(instance.manifest(code))
    instance.forget()

    [record] = instance.records()
    public = by_hand(instance, "GET", f"/api/records/{record['id']}")
    kept = {"code:programmingLanguage", "code:developmentStatus"}
    assert set(public["custom_fields"]) == (kept if instance.standin._instance.zenodo else set())
    assert seen.plan.actions == instance.plan(instance.manifest(code)).plan.actions == ()
    told = [p.severity for p in seen.plan.problems if "has no fields for the code's" in p.what]
    assert told == ([] if instance.standin._instance.zenodo else ["note"])


def test_code_is_released_where_only_some_of_its_fields_are_set_up(instance: Scene) -> None:
    instance.standin.set(fields=frozenset({"code:programmingLanguage"}))
    code = instance.code(language=("Python",), development="active")

    seen = instance.release(instance.manifest(code))
    instance.forget()

    [record] = instance.records()
    public = by_hand(instance, "GET", f"/api/records/{record['id']}")
    assert set(public["custom_fields"]) == {"code:programmingLanguage"}
    assert seen.plan.actions == instance.plan(instance.manifest(code)).plan.actions == ()
    [told] = [p.what for p in seen.plan.problems if "has no fields for the code's" in p.what]
    assert told.endswith("development status")


def test_a_field_for_code_that_is_new_in_publish_toml_is_written(scene: Scene) -> None:
    scene.release(scene.manifest(scene.code(language=("Python",))))

    seen = scene.release(scene.manifest(scene.code(language=("Python",), development="active")))

    [record] = scene.records()
    public = by_hand(scene, "GET", f"/api/records/{record['id']}")
    assert public["custom_fields"]["code:developmentStatus"]["id"] == "active"
    assert seen.plan.actions == ()


def test_misread_text_is_released_though_the_server_mends_it(instance: Scene) -> None:
    title = "Seagrass: a â€œcafÃ©â€ â€“ and more"
    artifact = instance.data(title=title, description=title, keywords=("CafÃ©",))

    seen = instance.release(instance.manifest(artifact, title=title))
    instance.forget()

    [record] = instance.records()
    public = by_hand(instance, "GET", f"/api/records/{record['id']}")
    assert "é" in public["metadata"]["subjects"][0]["subject"]
    assert seen.plan.actions == ()
    assert instance.plan(instance.manifest(artifact, title=title)).plan.actions == ()


def test_what_a_server_words_anew_every_time_is_told_and_no_edit_is_left(instance: Scene) -> None:
    """InvenioRDM takes a vertical tab out, and nothing remains between the words."""
    instance.release(instance.manifest(instance.data(), title="A word"))

    with pytest.raises(PubflowError) as refused:
        instance.release(instance.manifest(instance.data(), title="Two\vwords"))

    [record] = instance.records()
    assert "does not keep what data.meadows@zenodo says" in refused.value.what
    assert "the title: it says 'Twowords'" in refused.value.why
    public = by_hand(instance, "GET", f"/api/records/{record['id']}")
    assert public["metadata"]["title"] == "A word"
    assert instance.plan(instance.manifest(instance.data(), title="A word")).plan.actions == ()


def test_a_next_version_is_released_where_dois_are_optional(instance: Scene) -> None:
    instance.standin.set(dois="optional")
    instance.release(instance.manifest(instance.data({"a.csv": "1"})))

    instance.release(instance.manifest(instance.data({"a.csv": "2"}), version="1.1.0"))

    first, second = instance.records()
    assert first["concept"] == second["concept"]
    assert first["doi"] != second["doi"] != ""
    assert second["published"]


def test_an_instance_without_dois_is_told_and_nothing_is_public(instance: Scene) -> None:
    instance.standin.set(dois="none")

    with pytest.raises(PubflowError) as refused:
        instance.release(instance.manifest(instance.data()))

    assert "could not reserve a DOI" in refused.value.what
    assert "an InvenioRDM that gives no DOIs" in refused.value.why
    assert not any(record["published"] for record in instance.records())


def test_awkward_words_do_not_make_the_description_restless(instance: Scene) -> None:
    artifact = instance.data(
        title="“Curly” ‘quotes’ and ﬁne  blanks",
        description="# Head\n\n<script>x</script> 1 < 2 & `a_b`\n\n> quote\n\n###### six",
        keywords=("Seagrass", "seagrass", "Zostera"),
        language=("en", "deu", "xx"),
    )

    seen = instance.release(instance.manifest(artifact, title=artifact.title))

    assert seen.plan.actions == ()


def test_an_award_that_the_instance_lists_is_linked_and_is_no_difference(instance: Scene) -> None:
    grants = (Grant("https://ror.org/00k4n6c32", "101122956", "Our own words for it"),)
    manifest = instance.manifest(instance.data(), paper=replace(PAPER, grants=grants))

    seen = instance.release(manifest)

    assert seen.plan.actions == ()
    [record] = instance.records()
    [paid] = by_hand(instance, "GET", f"/api/records/{record['id']}")["metadata"]["funding"]
    assert paid["award"]["id"] == "00k4n6c32::101122956"


def test_a_community_is_asked_once_after_publishing(scene: Scene) -> None:
    manifest = scene.manifest(scene.data(), communities=["seagrass-mapping"])

    plan = scene.plan(manifest).plan
    assert ids(plan.actions)[-1] == "data.meadows@zenodo/community/seagrass-mapping"
    scene.release(manifest)
    scene.forget()

    assert scene.plan(manifest).plan.actions == ()


def test_a_community_that_has_yet_to_decide_is_asked_once(scene: Scene) -> None:
    """Its request stays open for weeks, and whoever lost the journal sees it there."""
    manifest = scene.manifest(scene.data(), communities=["curated-meadows"])
    scene.release(manifest)
    scene.forget()
    before = scene.changes()

    seen = scene.release(manifest)

    assert (seen.plan.actions, scene.changes()) == ((), before)


def test_a_community_of_others_says_so_and_the_record_stays_out(scene: Scene) -> None:
    told: list[PubflowError] = []

    class Watch(Silent):
        def failed(self, action: Action, error: PubflowError) -> None:
            told.append(error)

    manifest = scene.manifest(scene.data(), communities=["closed-meadows"])

    seen = run(replace(scene.open(manifest), watch=Watch()))

    [no] = told
    assert "would not put record" in no.what
    assert "only allowed to community members" in no.why
    assert ids(seen.plan.actions) == ["data.meadows@zenodo/community/closed-meadows"]
    assert [record["published"] for record in scene.records()] == [True]


def test_where_one_community_refuses_the_others_are_asked_in_the_same_run(scene: Scene) -> None:
    told: list[str] = []

    class Watch(Silent):
        def failed(self, action: Action, error: PubflowError) -> None:
            told.append(action.subject)

    names = ["closed-meadows", "seagrass-mapping", "closed-lawns"]
    manifest = scene.manifest(scene.data(), communities=names)

    seen = run(replace(scene.open(manifest), watch=Watch()))

    assert told == ["closed-meadows", "closed-lawns"]
    assert [action.subject for action in seen.plan] == told


def test_a_community_that_there_is_not_stops_the_plan(scene: Scene) -> None:
    manifest = scene.manifest(scene.data(), communities=["unknown-meadows", "seagrass-mapping"])

    problems = scene.plan(manifest).plan.errors

    assert [problem.what.partition(" at ")[0] for problem in problems] == [
        "there is no community unknown-meadows"
    ]
    with pytest.raises(Blocked):
        scene.release(manifest)
    assert (scene.records(), scene.changes()) == ([], 0)


def test_planning_changes_nothing(scene: Scene) -> None:
    scene.plan(scene.manifest())

    assert scene.changes() == 0


def test_a_stranger_finds_everything_as_it_was_published(instance: Scene) -> None:
    manifest = instance.manifest()
    seen = instance.release(manifest)
    world = instance.open(manifest)

    problems = [
        problem
        for target in seen.manifest.targets
        for problem in world.platforms["zenodo"].verify(target, seen.plan.links)
    ]

    assert problems == []


def test_a_stranger_reads_the_servers_quotation_marks_as_the_authors(instance: Scene) -> None:
    """`’` becomes `'` on the way in, and an instance drops what has no width."""
    author = Person("Conan", "O’Brien", affiliations=(Affiliation("L’École"),))
    paper = replace(
        PAPER, title="“Seagrass” of the Marʼyan\u200bivka &amp; others", authors=(author,)
    )
    licence = License(name="Meadows’ own", url="https://example.org/license")
    manifest = instance.manifest(instance.data(license=licence), paper=paper)
    seen = instance.release(manifest)
    assert seen.plan.actions == ()

    [target] = seen.manifest.targets
    problems = instance.open(manifest).platforms["zenodo"].verify(target, seen.plan.links)

    assert list(problems) == []


def test_a_stranger_misses_a_doi_of_all_versions_that_is_cited(instance: Scene) -> None:
    """An instance may give none; until it is published, it is cited as predicted."""
    manifest = instance.manifest(instance.data())
    instance.release(manifest)
    [parent] = instance.standin._instance.state.parents.values()
    parent.doi = ""
    seen = instance.plan(manifest)

    [problem] = (
        instance.open(manifest)
        .platforms["zenodo"]
        .verify(seen.manifest.targets[0], seen.plan.links)
    )

    assert "the record has no DOI of all versions" in problem.what


def test_a_stranger_sees_a_wrong_file_and_a_missing_link(scene: Scene) -> None:
    seen = scene.release(scene.manifest(scene.data()))
    other = scene.manifest(scene.data({"a.csv": "other"}), paper=replace(PAPER, arxiv="2605.99999"))
    platform = scene.open(other).platforms["zenodo"]

    found = {p.what for p in platform.verify(other.targets[0], seen.plan.links)}

    assert "a.csv in the record is not the file here" in found
    assert "b.csv is in the record and not in this release" in found
    assert "the record does not link to 10.48550/arXiv.2605.99999" in found
