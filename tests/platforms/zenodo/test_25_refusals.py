"""What is wrong with a manifest, or refused by a server: cause, consequence, remedy; no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from platforms.zenodo.scene import DAY, PAPER, TOKEN, Scene, run
from platforms.zenodo.test_refused import by_hand

from pubflow.actions import Stage
from pubflow.errors import Blocked, PubflowError
from pubflow.manifest import Affiliation, File, License, Manifest, Person
from pubflow.platform import Problem
from pubflow.platforms.zenodo.record import marker_of

Wrong = Callable[[Scene], Manifest]


@dataclass(frozen=True)
class Case:
    """What is wrong, words of the message, and whether anything was asked of the server."""

    make: Wrong
    what: str
    why: str
    hint: str


def released(scene: Scene) -> str:
    scene.release(scene.manifest(scene.data()))
    return str(scene.records()[0]["id"])


def short_title(scene: Scene) -> Manifest:
    return scene.manifest(scene.data(), title="Ab")


def past_embargo_of_no_date(scene: Scene) -> Manifest:
    """The release date is fixed only when the release is reserved."""
    return scene.manifest(scene.data(embargo_until=date(2020, 1, 1)))


def past_embargo(scene: Scene) -> Manifest:
    manifest = past_embargo_of_no_date(scene)
    release = replace(manifest.release, date=DAY)
    targets = tuple(replace(target, release=release) for target in manifest.targets)
    return replace(manifest, release=release, targets=targets)


def embargo_after_a_date_long_ago(scene: Scene) -> Manifest:
    """`[release] date` is before its end, and today is not."""
    manifest = scene.manifest(scene.data(embargo_until=DAY - timedelta(days=100)))
    release = replace(manifest.release, date=DAY - timedelta(days=200))
    targets = tuple(replace(target, release=release) for target in manifest.targets)
    return replace(manifest, release=release, targets=targets)


def embargo_that_ended(scene: Scene) -> Manifest:
    """When the draft was made it had not; when the release is taken up again it has."""
    manifest = scene.manifest(scene.data(embargo_until=DAY))
    before = timedelta(days=9)
    scene.day -= before
    scene.clock.sleep(-before.total_seconds())
    scene.release(manifest, until=Stage.UPLOAD)
    scene.day += before
    scene.clock.sleep(before.total_seconds())
    return manifest


def long_version(scene: Scene) -> Manifest:
    return scene.manifest(scene.data(), version="1." + "0" * 200)


def bad_name(scene: Scene) -> Manifest:
    artifact = scene.data()
    odd = replace(artifact.files[0], name="a\\b.csv")
    return scene.manifest(replace(artifact, files=(odd,)))


def nothing(scene: Scene) -> Manifest:
    return scene.manifest(scene.data({}))


def too_large(scene: Scene) -> Manifest:
    huge = File("huge.bin", 201 * 10**9, "0" * 64, "0" * 32, source=scene.folder / "huge.bin")
    return scene.manifest(replace(scene.data(), files=(huge,)))


def bad_orcid(scene: Scene) -> Manifest:
    author = Person("Ada", "Lovelace", orcid="0000-0002-1825-0098")
    return scene.manifest(scene.data(), paper=replace(PAPER, authors=(author,)))


def bad_orcid_of_a_helper(scene: Scene) -> Manifest:
    helper = Person("Jane", "Doe", orcid="0000-0002-1825-0098")
    return scene.manifest(scene.data(), contributors=(helper,))


def blank_affiliation(scene: Scene) -> Manifest:
    author = Person("Ada", "Lovelace", affiliations=(Affiliation(""),))
    return scene.manifest(scene.data(), paper=replace(PAPER, authors=(author,)))


def no_publisher(scene: Scene) -> Manifest:
    return scene.manifest(scene.data(), publisher="  ")


def bad_licence_address(scene: Scene) -> Manifest:
    return scene.manifest(scene.data(license=License(name="Ours", url="no address")))


def no_such_record(scene: Scene) -> Manifest:
    return scene.manifest(scene.data(), record="10.5281/zenodo.999")


def deleted_record(scene: Scene) -> Manifest:
    number = released(scene)
    by_hand(scene, "POST", f"/api/records/{number}/request-deletion", {"reason": "duplicate"})
    return scene.manifest(scene.data())


def foreign_version(scene: Scene) -> Manifest:
    draft = by_hand(scene, "POST", f"/api/records/{released(scene)}/versions")
    body = {"metadata": {"title": "Mine, not yours"}, "files": {"enabled": True}}
    by_hand(scene, "PUT", f"/api/records/{draft['id']}/draft", body)
    return scene.manifest(scene.data({"x": "y"}), version="2.0")


def foreign_edit(scene: Scene) -> Manifest:
    path = f"/api/records/{released(scene)}/draft"
    body = by_hand(scene, "POST", path)
    by_hand(scene, "PUT", path, {"metadata": {**body["metadata"], "title": "Mine, not yours"}})
    return scene.manifest(scene.data(description="New."))


def changed_files(scene: Scene) -> Manifest:
    released(scene)
    return scene.manifest(scene.data({"a.csv": "other"}))


def published_twice(scene: Scene) -> Manifest:
    number = released(scene)
    manifest = scene.manifest(scene.data())
    draft = by_hand(scene, "POST", "/api/records", _copy(scene, number, manifest))
    files = f"/api/records/{draft['id']}/draft/files"
    by_hand(scene, "POST", files, [{"key": "a"}], accept="application/json")
    by_hand(scene, "PUT", f"{files}/a/content", data=b"1", accept="application/json")
    by_hand(scene, "POST", f"{files}/a/commit", accept="application/json")
    by_hand(scene, "POST", f"/api/records/{draft['id']}/draft/actions/publish")
    scene.forget()
    return manifest


def _copy(scene: Scene, number: str, manifest: Manifest) -> dict[str, Any]:
    found = by_hand(scene, "GET", f"/api/records/{number}")["metadata"]
    kept = ("title", "publication_date", "publisher", "version")
    return {
        "metadata": {
            **{key: found[key] for key in kept},
            "resource_type": {"id": "dataset"},
            "creators": [{"person_or_org": {"type": "organizational", "name": "Lab"}}],
            "identifiers": [{"scheme": "urn", "identifier": marker_of(manifest.targets[0])}],
        }
    }


def no_writing(scene: Scene) -> Manifest:
    scene.standin.set(scopes=frozenset())
    return scene.manifest(scene.data())


def no_publishing(scene: Scene) -> Manifest:
    scene.standin.set(scopes=frozenset({"deposit:write"}))
    return scene.manifest(scene.data())


def wrong_token(scene: Scene) -> Manifest:
    scene.token = "W" * 60
    return scene.manifest(scene.data())


def quota_exceeded(scene: Scene) -> Manifest:
    scene.standin.set(quota=5)
    return scene.manifest(scene.data())


def blocked_account(scene: Scene) -> Manifest:
    scene.standin.set(blocked=True)
    return scene.manifest(scene.data())


def changed_meanwhile(scene: Scene) -> Manifest:
    manifest = scene.manifest(scene.data())
    manifest.targets[0].files[0].source.write_text("longer than before\n")
    return manifest


def a_packed_file_changed_meanwhile(scene: Scene) -> Manifest:
    manifest = scene.manifest(scene.data({f"{n:03}.csv": f"{n}" for n in range(101)}))
    manifest.targets[0].files[0].source.write_text("9")
    return manifest


def another_server(scene: Scene) -> Manifest:
    scene.url += "/shop"
    return scene.manifest(scene.data())


def a_busy_server(scene: Scene) -> Manifest:
    scene.faults.add([{"platform": "zenodo", "at": 1, "count": 10_000, "kind": "500"}])
    return scene.manifest(scene.data())


def too_many_requests(scene: Scene) -> Manifest:
    fault = {"platform": "zenodo", "at": 1, "count": 10_000, "kind": "429", "retry_after": 3000}
    scene.faults.add([fault])
    return scene.manifest(scene.data())


CASES = [
    Case(short_title, "'Ab' is too short", "at least 3 letters", "longer `title`"),
    Case(past_embargo, "the embargo ends on 2020-01-01", "public at once", "a later day"),
    Case(past_embargo_of_no_date, "today is 2026-11-20", "public at once", "a later day"),
    Case(embargo_after_a_date_long_ago, "today is 2026-11-20", "public at once", "a later day"),
    Case(embargo_that_ended, "today is 2026-11-20", "public at once", "a later day"),
    Case(long_version, "version is longer than", "refuses it", "shorter version"),
    Case(bad_name, "no name for a file", "do not survive", "Rename it"),
    Case(nothing, "nothing to publish", "at least one file", "with files in it"),
    Case(too_large, "201.0 GB", "would be refused", "larger quota"),
    Case(bad_orcid, "does not take", "the ORCID of author 1", "Correct it"),
    Case(bad_orcid_of_a_helper, "does not take", "the ORCID of contributor 1", "Correct it"),
    Case(blank_affiliation, "does not take", "affiliation of author 1", "Correct it"),
    Case(no_publisher, "does not take", "the publisher, `[targets.zenodo]", "Correct it"),
    Case(bad_licence_address, "does not take", "the licence", "Correct it"),
    Case(no_such_record, "there is no record 999", "publish.toml names it", "Correct `record`"),
    Case(deleted_record, "was published and then deleted", "is used up", "Raise the version"),
    Case(foreign_version, "has a draft already", "overwritten", "Publish or discard it"),
    Case(foreign_edit, "edited by somebody else", "overwrite", "Publish or discard the edit"),
    Case(changed_files, "changed since", "cannot be replaced", "Raise the version"),
    Case(published_twice, "published twice", "cannot tell which", "delete one of them"),
    Case(no_writing, "make a draft: permission denied", "token is wrong", "deposit:write"),
    Case(no_publishing, "permission denied", "token is wrong", "deposit:actions"),
    Case(wrong_token, "permission denied", "token is wrong", "/account/settings/applications"),
    Case(quota_exceeded, "too large", "50 GB", "larger quota"),
    Case(blocked_account, "account is blocked", "has been blocked", "support"),
    Case(changed_meanwhile, "changed while", "what was planned", "Leave the files alone"),
    Case(a_packed_file_changed_meanwhile, "changed while", "what was planned", "Leave the files"),
    Case(another_server, "no records of yours", "another kind of server", "Check `url`"),
    Case(a_busy_server, "could not", "server", "Run again in a while"),
    Case(too_many_requests, "could not", "Too many requests", "Run again in a while"),
]
AT_THE_GATE = {no_publishing, blocked_account}
"""Refused when all is uploaded: the draft stays, private, and another run goes on with it."""
ON_THE_WAY = {quota_exceeded, changed_meanwhile, a_packed_file_changed_meanwhile}


def told(error: PubflowError) -> list[tuple[str, str, str]]:
    if isinstance(error, Blocked):
        return [(p.what, p.why, p.hint) for p in error.problems if _matters(p)]
    return [(error.what, error.why, error.hint)]


def _matters(problem: Problem) -> bool:
    return problem.severity == "error"


def test_there_are_25_and_more() -> None:
    assert len(CASES) >= 25


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.make.__name__)
def test_it_is_said_what_why_and_what_to_do_and_nothing_is_changed(
    scene: Scene, case: Case
) -> None:
    manifest = case.make(scene)
    before = scene.records()

    with pytest.raises(PubflowError) as refused:
        run(scene.open(manifest, budget=0.0))

    said = told(refused.value)
    assert said
    assert all(all(part.strip() for part in parts) for parts in said), said
    what, why, hint = (" ".join(parts) for parts in zip(*said, strict=True))
    assert case.what in what
    assert case.why in why
    assert case.hint in hint
    assert TOKEN not in what + why + hint
    after = scene.records()
    if case.make in AT_THE_GATE | ON_THE_WAY:
        assert not any(record["published"] for record in after)
        after = [record for record in after if record["published"]]
    assert after == before


@pytest.mark.parametrize("wrong", sorted(AT_THE_GATE, key=lambda wrong: wrong.__name__))
def test_once_it_is_allowed_the_next_run_finishes_with_the_same_doi(
    scene: Scene, wrong: Wrong
) -> None:
    manifest = wrong(scene)
    with pytest.raises(PubflowError):
        run(scene.open(manifest, budget=0.0))
    [draft] = scene.records()
    scene.standin.set(blocked=False, scopes=frozenset({"deposit:write", "deposit:actions"}))

    scene.release(manifest)

    [record] = scene.records()
    assert (record["published"], record["doi"]) == (True, draft["doi"])


def test_a_blocked_account_is_not_asked_twice(scene: Scene) -> None:
    manifest = blocked_account(scene)

    with pytest.raises(PubflowError):
        scene.release(manifest)

    asked = [entry["path"] for entry in scene.log.shown() if "actions/publish" in entry["path"]]
    assert len(asked) == 1


def test_a_draft_that_a_refused_token_cannot_see_is_not_said_to_be_another_accounts(
    scene: Scene,
) -> None:
    """Zenodo takes the token of a blocked account, as an expired one, for nobody's."""
    manifest = blocked_account(scene)
    with pytest.raises(PubflowError):
        scene.release(manifest)

    with pytest.raises(PubflowError) as refused:
        scene.plan(manifest)

    assert "permission denied" in refused.value.what
    assert "has expired, its account is blocked" in refused.value.why


def test_a_release_until_upload_tells_nothing_of_a_gate_that_is_not_reached(scene: Scene) -> None:
    scene.release(no_publishing(scene), until=Stage.UPLOAD)

    assert [record["published"] for record in scene.records()] == [False]
