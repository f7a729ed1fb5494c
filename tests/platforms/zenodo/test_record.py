"""What a record will say, from the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pubflow.links import Link, Links
from pubflow.manifest import (
    Affiliation,
    Artifact,
    File,
    Grant,
    Kind,
    License,
    Paper,
    Person,
    Release,
    Target,
)
from pubflow.platforms.zenodo.languages import alpha3
from pubflow.platforms.zenodo.record import body, marker_of, questions, title_of
from pubflow.platforms.zenodo.refusals import in_words

CERN = "https://ror.org/01ggx4157"
EC = "https://ror.org/00k4n6c32"
PAPER = Paper(
    title="Seagrass",
    authors=(
        Person(
            "Ada",
            "Lovelace",
            orcid="0000-0002-1825-0097",
            affiliations=(Affiliation("CERN", CERN),),
        ),
        Person(name="Meadow Lab"),
        Person(given="Plato"),
    ),
    abstract="An abstract.",
    type="conference-paper",
    doi="10.5555/1",
    keywords=("Seagrass", "maps"),
    grants=(Grant(EC, "101", "SeaWatch"), Grant("A Fund", "7")),
)
LINKS = Links(
    {
        "code@github": Link("https://github.com/o/r", "https://github.com/o/r/tree/v1.0.0"),
        "data.x@huggingface": Link("https://huggingface.co/datasets/o/x"),
        "code@zenodo": Link("https://z/records/1", "https://z/records/1", "10.5/1", "10.5/0"),
    }
)
ALL = frozenset(
    {
        "vocabularies/resourcetypes/model",
        "vocabularies/resourcetypes/publication-conferencepaper",
        "vocabularies/licenses/cc-by-4.0",
        "vocabularies/licenses/mit",
        "vocabularies/languages/eng",
        "vocabularies/code:programmingLanguages/python",
        "affiliations/01ggx4157",
        "funders/00k4n6c32",
    }
)


def a_target(kind: Kind = Kind.DATA, day: date | None = date(2026, 11, 20), **more: Any) -> Target:
    settings = more.pop("settings", {})
    key = "code" if kind is Kind.CODE else f"{kind}.x"
    made = {"title": "Meadows", "license": License("CC-BY-4.0"), **more}
    artifact = Artifact(key, kind, Path("x"), **made)
    code = Artifact("code", Kind.CODE, Path(), license=License("MIT"))
    artifacts = (artifact,) if kind is Kind.CODE else (code, artifact)
    release = Release("o/r", "1.0.0", "v1.0.0", PAPER, artifacts, day)
    return Target(artifact, "zenodo", release, settings)


def said(target: Target, known: frozenset[str] = ALL) -> dict[str, Any]:
    return body(target, LINKS, publisher="Zenodo", known=known, date=target.release.date)


def test_the_marker_comes_first_and_is_the_same_on_every_computer() -> None:
    metadata = said(a_target())["metadata"]

    assert next(iter(metadata)) == "identifiers"
    assert metadata["identifiers"] == [{"scheme": "urn", "identifier": marker_of(a_target())}]
    assert marker_of(a_target()) != marker_of(a_target(), "1.0.1")


def test_people_organisations_and_single_names_are_creators() -> None:
    ada, lab, plato = said(a_target())["metadata"]["creators"]

    assert ada["person_or_org"] == {
        "type": "personal",
        "family_name": "Lovelace",
        "given_name": "Ada",
        "identifiers": [{"scheme": "orcid", "identifier": "0000-0002-1825-0097"}],
    }
    assert ada["affiliations"] == [{"id": "01ggx4157"}]
    assert lab == {"person_or_org": {"type": "organizational", "name": "Meadow Lab"}}
    assert plato == {"person_or_org": {"type": "personal", "family_name": "Plato"}}


def test_what_an_instance_does_not_know_is_said_in_words_or_left_out() -> None:
    weights = a_target(Kind.WEIGHTS, language=("en",))
    metadata = said(weights, frozenset())["metadata"]

    assert metadata["resource_type"] == {"id": "dataset"}
    assert metadata["creators"][0]["affiliations"] == [{"name": "CERN"}]
    assert metadata["rights"][0]["title"]
    assert "id" not in metadata["rights"][0]
    assert "languages" not in metadata
    assert metadata["funding"][0]["funder"] == {"name": EC}
    assert "resource_type" not in metadata["related_identifiers"][0]
    assert said(a_target(Kind.CODE), frozenset())["custom_fields"] == {}


def test_a_licence_that_an_instance_lacks_is_named_as_spdx_does() -> None:
    [right] = said(a_target(license=License("Apache-2.0")), frozenset())["metadata"]["rights"]

    assert right == {
        "title": {"en": "Apache-2.0"},
        "link": "https://spdx.org/licenses/Apache-2.0",
    }


def test_everything_that_could_be_unknown_is_asked_for() -> None:
    asked = set(questions(a_target(language=("en",)))) | set(
        questions(a_target(Kind.CODE, license=License("MIT")))
    )

    assert asked == ALL | {"awards/00k4n6c32::101"}


def test_weights_are_models_with_a_licence_by_name_where_there_is_no_id() -> None:
    license = License(name="Utopia 1.0", url="https://example.org/l")
    metadata = said(a_target(Kind.WEIGHTS, license=license))["metadata"]

    assert metadata["resource_type"] == {"id": "model"}
    assert metadata["rights"] == [{"title": {"en": "Utopia 1.0"}, "link": "https://example.org/l"}]


def test_code_names_its_repository_and_its_tag() -> None:
    whole = said(a_target(Kind.CODE))

    assert whole["custom_fields"] == {"code:codeRepository": "https://github.com/o/r"}
    assert {
        "identifier": "https://github.com/o/r/tree/v1.0.0",
        "scheme": "url",
        "relation_type": {"id": "issupplementto"},
        "resource_type": {"id": "software"},
    } in whole["metadata"]["related_identifiers"]


def test_the_paper_comes_first_among_the_links() -> None:
    first = said(a_target())["metadata"]["related_identifiers"][0]

    assert first == {
        "identifier": "10.5555/1",
        "scheme": "doi",
        "relation_type": {"id": "issupplementto"},
        "resource_type": {"id": "publication-conferencepaper"},
    }


def test_a_copy_that_is_packed_here_is_a_variant_and_not_identical() -> None:
    def word(count: int) -> str:
        files = tuple(File(f"{number}.csv", 1) for number in range(count))
        related = said(a_target(files=files))["metadata"]["related_identifiers"]
        [copy] = [item for item in related if "huggingface" in item["identifier"]]
        return str(copy["relation_type"]["id"])

    assert (word(100), word(101)) == ("isidenticalto", "isvariantformof")


def test_grants_have_number_and_title() -> None:
    known, free = said(a_target())["metadata"]["funding"]

    assert known == {
        "funder": {"id": "00k4n6c32"},
        "award": {"number": "101", "title": {"en": "SeaWatch"}},
    }
    assert free == {"funder": {"name": "A Fund"}, "award": {"number": "7", "title": {"en": "7"}}}


def test_a_grant_that_the_instance_lists_is_named_by_its_id() -> None:
    """As a funder finds what it paid for: by the award's own record, not by words like it."""
    target = a_target()
    assert "awards/00k4n6c32::101" in questions(target)

    first, second = said(target, ALL | {"awards/00k4n6c32::101"})["metadata"]["funding"]

    assert first == {"funder": {"id": "00k4n6c32"}, "award": {"id": "00k4n6c32::101"}}
    assert second == {"funder": {"name": "A Fund"}, "award": {"number": "7", "title": {"en": "7"}}}


def test_an_embargo_hides_the_files_until_its_day() -> None:
    until = date(2027, 1, 1)
    access = said(a_target(embargo_until=until, embargo_reason="Review"))["access"]

    assert access == {
        "record": "public",
        "files": "restricted",
        "embargo": {"active": True, "until": "2027-01-01", "reason": "Review"},
    }
    over = a_target(day=until, embargo_until=until)
    assert said(over)["access"] == {"record": "public", "files": "public"}


def test_the_description_is_clean_html_and_the_abstract_stands_in_for_it() -> None:
    html = said(a_target(description="*a* <script>b</script>"))["metadata"]["description"]

    assert html.startswith("<p><em>a</em>")
    assert "script" not in html
    assert said(a_target())["metadata"]["description"] == "<p>An abstract.</p>"


def test_how_data_were_collected_is_told_apart() -> None:
    metadata = said(a_target(responsible={"collection": "By boat."}))["metadata"]

    assert metadata["additional_descriptions"] == [
        {"description": "<p>By boat.</p>", "type": {"id": "methods"}}
    ]


def test_keywords_come_once_whatever_their_case() -> None:
    metadata = said(a_target(keywords=("seagrass", "Zostera")))["metadata"]

    assert [s["subject"] for s in metadata["subjects"]] == ["seagrass", "Zostera", "maps"]


def test_without_a_date_the_field_is_left_out() -> None:
    assert "publication_date" not in said(a_target(day=None))["metadata"]


def test_a_title_is_made_of_the_paper_and_the_artifact_unless_given() -> None:
    assert title_of(a_target()) == "Seagrass: Meadows"
    assert title_of(replace(a_target(), settings={"title": "Own"})) == "Own"


def test_languages_get_three_letters() -> None:
    assert [alpha3(tag) for tag in ("en", "de-AT", "zho", "EN", "english", "")] == [
        "eng",
        "deu",
        "zho",
        "eng",
        "",
        "",
    ]


def test_contributors_have_roles_in_the_instances_words() -> None:
    jane = Person("Jane", "Doe", roles=("software", "data-curation"))
    lab = Person(name="A Lab", roles=("visualization",))
    target = replace(a_target(), settings={"contributors": (jane, lab)})
    asked = questions(target)
    assert "vocabularies/contributorsroles/datacurator" in asked

    made = body(target, LINKS, publisher="Z", known=ALL | set(asked), date=None)["metadata"]
    elsewhere = body(target, LINKS, publisher="Z", known=ALL, date=None)["metadata"]

    assert [item["role"]["id"] for item in made["contributors"]] == ["datacurator", "other"]
    assert made["contributors"][0]["person_or_org"]["family_name"] == "Doe"
    assert [item["role"]["id"] for item in elsewhere["contributors"]] == ["other", "other"]


def test_the_paper_is_a_reference_once_it_has_an_address() -> None:
    target = a_target()
    [cited] = body(target, LINKS, publisher="Z", known=ALL, date=None)["metadata"]["references"]

    assert cited == {
        "reference": "Ada Lovelace, Meadow Lab, Plato. Seagrass. https://doi.org/10.5555/1"
    }


def test_the_author_may_say_what_the_record_is_and_keep_its_files_restricted() -> None:
    target = replace(a_target(), settings={"resource_type": "model", "visibility": "private"})
    made = body(target, LINKS, publisher="Z", known=ALL, date=None)

    assert made["metadata"]["resource_type"] == {"id": "model"}
    assert made["access"] == {"record": "public", "files": "restricted"}


def programming(*names: str, known: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    code = Artifact("code", Kind.CODE, Path(), license=License("MIT"), language=names, **more)
    release = Release("o/r", "1.0.0", "v1.0.0", PAPER, (code,))
    target = Target(code, "zenodo", release)
    words = {f"vocabularies/code:programmingLanguages/{word}" for word in ("python", *known)}
    asked = set(questions(target)) - {"vocabularies/code:developmentStatus/active"}
    assert words <= asked
    found = body(
        target,
        LINKS,
        publisher="Zenodo",
        known=frozenset(words | {"vocabularies/code:developmentStatus/wip"}),
        date=None,
    )
    assert "languages" not in found["metadata"]
    fields: dict[str, Any] = found["custom_fields"]
    return fields


def test_programming_languages_are_sent_in_the_instances_words_and_only_those_it_knows() -> None:
    """`go` and `io` are no human languages here."""
    fields = programming(
        "Python", "C++", "Jupyter Notebook", "Go", known=("c++", "jupyter_notebook")
    )

    ids = [item["id"] for item in fields["code:programmingLanguage"]]
    assert ids == ["python", "c++", "jupyter_notebook"]


def test_a_language_is_found_under_the_names_that_it_may_have() -> None:
    for word in ("c#", "csharp"):
        fields = programming("C#", known=(word,))
        assert fields["code:programmingLanguage"] == [{"id": word}]
    assert "code:programmingLanguage" not in programming("Esperanto")


def test_where_the_project_stands_is_sent_where_the_instance_has_the_word() -> None:
    assert programming(development="wip")["code:developmentStatus"] == {"id": "wip"}
    assert "code:developmentStatus" not in programming(development="active")


def fields(value: Any, at: str = "") -> Iterator[str]:
    """The paths by which a server may complain of a part of a body."""
    if "." in at:
        yield at
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    for key, item in inner.items() if isinstance(inner, dict) else ():
        yield from fields(item, f"{at}.{key}" if at else str(key))


def test_whatever_is_sent_has_a_name_in_the_users_words() -> None:
    """A server may complain of any of it."""
    told = {"collection": "By hand."}
    helpers = (Person("Jane", "Doe", roles=("data-curation",)),)
    known = ALL | {"vocabularies/code:developmentStatus/active", "vocabularies/languages/eng"}
    code = a_target(Kind.CODE, language=("Python",), development="active")
    data = a_target(
        settings={"contributors": helpers},
        language=("en",),
        responsible=told,
        embargo_until=date(2036, 1, 1),
        embargo_reason="Review",
    )

    sent = {path for target in (code, data) for path in fields(said(target, known))}

    assert len(sent) > 80
    assert {path for path in sent if in_words(path) == path} == set()
