"""Drafts, versions and refusals, beyond what the recordings show."""

from __future__ import annotations

import json
from hashlib import md5
from pathlib import Path

import pytest
from rehearsal.zenodo.client import NATIVE, TOKEN, ask, request
from rehearsal.zenodo.conftest import Author, body

from pubflow.rehearsal.zenodo import Zenodo


def test_the_reserved_doi_is_the_published_one_and_the_concept_doi_follows_its_form(author, truth):
    record = author.draft()
    reserved = author.must(201, "POST", f"/api/records/{record}/draft/pids/doi").json
    author.upload(record, "data.csv", b"a,b\n")
    published = author.publish(record)

    assert published["pids"]["doi"] == reserved["pids"]["doi"]
    assert reserved["pids"]["doi"]["identifier"] == f"10.5072/zenodo.{record}"
    parent = published["parent"]
    assert parent["pids"]["doi"]["identifier"] == f"10.5072/zenodo.{parent['id']}"


def test_the_world_shows_each_record_once_whatever_is_open(author, truth):
    record = author.record()
    author.must(201, "POST", f"/api/records/{record}/draft")

    assert truth() == [
        {
            "id": record,
            "concept": str(int(record) - 1),
            "published": True,
            "doi": f"10.5072/zenodo.{record}",
            "version": "1.0",
            "resource_type": "dataset",
            "title": "Digits: data",
            "files": [{"key": "data.csv", "size": 4, "md5": md5(b"a,b\n").hexdigest()}],
            "related": [
                {
                    "identifier": "https://github.com/acme/digits",
                    "scheme": "url",
                    "relation_type": {"id": "issupplementto"},
                }
            ],
        }
    ]


def test_a_put_replaces_all_metadata_but_keeps_the_doi(author):
    record = author.draft()
    draft = f"/api/records/{record}/draft"
    author.must(201, "POST", f"{draft}/pids/doi")

    answer = author.must(200, "PUT", draft, {"metadata": {"title": "Only this"}}).json

    assert answer["metadata"] == {"title": "Only this"}
    assert answer["pids"]["doi"]["identifier"] == f"10.5072/zenodo.{record}"
    assert {error["field"] for error in answer["errors"]} >= {"metadata.creators"}


def test_a_refused_save_changes_nothing(author):
    record = author.draft()
    draft = f"/api/records/{record}/draft"
    before = author.must(200, "GET", draft).json

    answer = ask(author.zenodo, "PUT", draft, body(rights=[{"id": "openmdw-1.0"}]))

    assert (answer.status, answer.json["message"]) == (400, "Invalid value openmdw-1.0.")
    assert author.must(200, "GET", draft).json == before


@pytest.mark.parametrize(
    ("value", "status"), [("{0}", 200), ("{1}", 412), ('"{0}"', 400), ('W/"{0}"', 400)]
)
def test_if_match_takes_the_bare_revision_only(author, value, status):
    record = author.draft()
    draft = f"/api/records/{record}/draft"
    revision = author.must(200, "GET", draft).json["revision_id"]

    answer = ask(author.zenodo, "PUT", draft, body(), if_match=value.format(revision, revision - 1))

    assert answer.status == status


def test_publishing_shows_metadata_faults_first_then_files_then_the_doi(author):
    record = author.draft(title="", publisher="")
    publish = f"/api/records/{record}/draft/actions/publish"

    def faults() -> list[str]:
        answer = ask(author.zenodo, "POST", publish)
        assert answer.status == 400
        return [error["field"] for error in answer.json["errors"]]

    assert faults() == ["metadata.title"]
    author.must(200, "PUT", f"/api/records/{record}/draft", body(publisher=""))
    assert faults() == ["files.enabled"]
    author.upload(record, "data.csv", b"a,b\n")
    assert faults() == ["metadata.publisher"]


def test_a_next_version_is_opened_once_and_starts_without_files_version_or_doi(author, truth):
    record = author.record()
    new = author.must(201, "POST", f"/api/records/{record}/versions").json
    again = author.must(201, "POST", f"/api/records/{record}/versions").json

    assert new["id"] == again["id"] != record
    assert new["files"]["entries"] == {}
    assert new["pids"] == {}
    assert "version" not in new["metadata"]
    assert [entry["published"] for entry in truth()] == [True, False]


def test_the_next_version_can_take_over_the_files_only_while_it_has_none(author):
    record = author.record()
    new = author.must(201, "POST", f"/api/records/{record}/versions").json["id"]
    take_over = f"/api/records/{new}/draft/actions/files-import"

    assert [e["key"] for e in author.must(201, "POST", take_over).json["entries"]] == ["data.csv"]
    author.must(400, "POST", take_over)


def test_a_discarded_draft_is_gone_and_its_number_is_not_given_again(author, truth):
    record = author.draft()
    author.must(204, "DELETE", f"/api/records/{record}/draft")

    author.must(404, "GET", f"/api/records/{record}/draft")
    assert truth() == []
    assert author.draft() > record


def test_a_draft_is_no_record_and_no_page_for_a_stranger(author):
    record = author.draft()

    for address, status in (
        (f"/api/records/{record}", 404),
        (f"/api/records/{record}/draft", 403),
        (f"/api/records/{record}/draft/files", 403),
        (f"/records/{record}", 404),
        (f"/doi/10.5072/zenodo.{record}", 404),
    ):
        assert ask(author.zenodo, "GET", address, token=None).status == status, address
    assert ask(author.zenodo, "GET", "/api/records", token=None).json["hits"]["total"] == 0


def test_a_token_in_the_address_is_no_token(author):
    answer = ask(author.zenodo, "GET", f"/api/user/records?access_token={TOKEN}", token=None)

    assert answer.status == 403


def test_plain_json_gets_the_older_form_without_pids_parent_and_errors(author):
    answer = ask(author.zenodo, "POST", "/api/records", {"metadata": {}}, accept="application/json")

    assert answer.status == 201
    assert isinstance(answer.json["id"], int)
    assert answer.json["state"] == "unsubmitted"
    assert not {"pids", "parent", "errors", "access"} & set(answer.json)


def test_the_older_form_of_a_published_record_names_its_dois(author):
    record = author.record()

    for accept in ("application/json", "*/*"):
        answer = ask(author.zenodo, "GET", f"/api/records/{record}", token=None, accept=accept)
        assert answer.json["doi"] == f"10.5072/zenodo.{record}"
        assert answer.json["conceptrecid"] == str(int(record) - 1)
        assert answer.json["metadata"]["related_identifiers"][0]["relation"] == "isSupplementTo"


def test_invenio_speaks_its_own_form_also_as_plain_json(tmp_path: Path):
    invenio = Zenodo(tmp_path, token=TOKEN, flavour="invenio")

    answer = ask(invenio, "POST", "/api/records", body(), accept="application/json")

    assert answer.json["parent"]["id"]
    assert len(answer.json["id"]) == 11


def test_every_answer_tells_the_rate_limit(author):
    for address in ("/api/records", "/api/nothing", "/records/1"):
        headers = ask(author.zenodo, "GET", address).headers
        assert int(headers["x-ratelimit-remaining"]) > 1000
        assert {"x-ratelimit-limit", "x-ratelimit-reset", "retry-after"} <= set(headers)


def test_a_record_joins_a_community_once(author):
    record = author.record()
    slug = "digits-lab"
    community = author.must(200, "GET", f"/api/communities/{slug}").json
    join = f"/api/records/{record}/communities"
    wish = {"communities": [{"id": slug, "require_review": False}]}

    done = author.must(200, "POST", join, wish).json
    again = author.must(400, "POST", join, wish).json
    shown = author.must(200, "GET", f"/api/records/{record}").json["parent"]["communities"]
    assert shown["ids"] == [community["id"]]
    assert (set(done), set(again)) == ({"processed"}, {"errors"})


def test_a_community_is_named_by_slug_or_by_an_id_that_is_its_own(author):
    join = f"/api/records/{author.record()}/communities"
    community = author.must(200, "GET", "/api/communities/digits-lab").json
    nobodys = "00000000-0000-4000-8000-000000000000"

    no = author.must(400, "POST", join, {"communities": [{"id": nobodys}]}).json
    author.must(200, "POST", join, {"communities": [{"id": community["id"]}]})

    assert no["errors"] == [{"community_id": nobodys, "message": "Community not found."}]
    [member] = author.must(200, "GET", join).json["hits"]["hits"]
    assert (member["id"], member["slug"]) == (community["id"], "digits-lab")


def test_a_curated_community_is_asked_and_a_closed_one_takes_its_members_alone(author):
    record = author.record()
    join, asked = f"/api/records/{record}/communities", f"/api/records/{record}/requests"
    curated = author.must(200, "GET", "/api/communities/curated-digits").json["id"]

    author.must(200, "POST", join, {"communities": [{"id": curated, "require_review": False}]})
    no = author.must(400, "POST", join, {"communities": [{"id": "closed-digits"}]}).json

    [request] = author.must(200, "GET", asked).json["hits"]["hits"]
    assert (request["is_open"], request["receiver"]) == (True, {"community": curated})
    assert "only allowed to community members" in no["errors"][0]["message"]
    assert author.must(200, "GET", join).json["hits"]["hits"] == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/vocabularies/licenses/mit", 200),
        ("/api/vocabularies/licenses/c-uda-1.0", 404),
        ("/api/vocabularies/licenses/MIT", 404),
        ("/api/vocabularies/resourcetypes/software", 200),
        ("/api/vocabularies/descriptiontypes/notes", 200),
        ("/api/vocabularies/code:programmingLanguages/python", 200),
        ("/api/affiliations/05gq02987", 200),
        ("/api/affiliations/05gq02988", 404),
        ("/api/funders/00k4n6c32", 200),
        ("/api/awards/00k4n6c32::101122956", 200),
        ("/api/awards/00k4n6c32::101", 404),
    ],
)
def test_words_are_looked_up_without_a_change(author, address, status):
    author.must(status, "GET", address)


def test_the_world_survives_a_dump_and_a_load(author, tmp_path, truth):
    record = author.record()
    draft = author.draft(title="Still open")
    state = json.loads(json.dumps(author.zenodo.dump()))

    later = Zenodo(tmp_path / "zenodo", token=TOKEN)
    later.load(state)

    assert later.world()["records"] == truth()
    content = ask(later, "GET", f"/api/records/{record}/files/data.csv/content", token=None)
    assert content.data == b"a,b\n"
    Author(later).upload(draft, "more.csv", b"c\n")
    Author(later).publish(draft)


def test_reset_empties_the_world_and_keeps_the_token(author):
    author.record()
    author.zenodo.reset()

    assert author.zenodo.world() == {"records": []}
    author.draft()


def test_only_reading_is_no_change(author):
    assert author.zenodo.changes(request("POST", "/api/records/1/draft/actions/publish"))
    assert author.zenodo.changes(request("DELETE", "/api/records/1/draft"))
    assert not author.zenodo.changes(request("GET", "/api/records"))
    assert not author.zenodo.changes(request("HEAD", "/records/1"))


def test_what_was_read_can_be_sent_back_with_complaints_only(author):
    record = author.draft()
    draft = f"/api/records/{record}/draft"
    read = author.must(200, "GET", draft).json

    answer = author.must(200, "PUT", draft, read).json

    assert [error["field"] for error in answer["errors"]] == [
        "metadata.rights.0.icon",
        "files.enabled",
    ]
    assert answer["metadata"] == read["metadata"]


def test_the_native_form_must_be_asked_for_where_it_is_served(author):
    record = author.record()
    files = f"/api/records/{record}/files"

    assert ask(author.zenodo, "GET", files, accept=NATIVE).status == 406
    assert (
        ask(author.zenodo, "GET", files, accept=f"{NATIVE}, application/json;q=0.5").status == 200
    )


@pytest.mark.parametrize("files", ["public", "restricted"])
def test_zenodo_refuses_to_save_a_restricted_record(author, files):
    wish = body()
    wish["access"] = {"record": "restricted", "files": files}

    refused = author.must(400, "POST", "/api/records", wish).json

    message = "You don't have permissions to manage record access."
    assert refused["errors"] == [{"field": "access", "messages": [message]}]


@pytest.mark.parametrize("until", [None, "2020-06-01"])
def test_an_embargo_that_cannot_be_is_told_of_a_draft_and_refused_when_published(author, until):
    """As InvenioRDM 14.0.5 answered, and rdm-records 35, which Zenodo runs, has the same code."""
    wish = body()
    embargo = {"active": True, **({"until": until} if until else {})}
    wish["access"] = {"record": "public", "files": "restricted", "embargo": embargo}

    made = author.must(201, "POST", "/api/records", wish).json

    fields = [error["field"] for error in made["errors"]]
    assert fields == ["access.embargo.until"]
    assert made["access"]["embargo"]["active"]
    author.upload(made["id"], "a.txt", b"a")
    refused = author.must(400, "POST", f"/api/records/{made['id']}/draft/actions/publish").json
    assert [error["field"] for error in refused["errors"]] == fields
