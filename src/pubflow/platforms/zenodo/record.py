"""Manifest and links -> the body of a draft. Pure.

Shapes as the records API takes them without complaint (recorded bodies of 2026-11-20). What an
instance may lack (a resource type, a licence, a language, an organisation, the code fields) is
asked for beforehand by `questions`, since an unknown id refuses the whole save.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as Date
from functools import cache

from pubflow.claim import marker
from pubflow.documents import licenses
from pubflow.links import PAPER_TYPE, RESOURCE_TYPE, Links, between, relations
from pubflow.manifest import Grant, Kind, Person, Target
from pubflow.platforms.zenodo.instance import is_packed
from pubflow.platforms.zenodo.languages import alpha3
from pubflow.platforms.zenodo.state import Json

ROR = "https://ror.org/"
LANGUAGES = "vocabularies/code:programmingLanguages"
ROLE = "vocabularies/contributorsroles/"
RELATION = "vocabularies/relationtypes/"
STATUS = "vocabularies/code:developmentStatus"
CODE_FIELDS = f"{LANGUAGES}/python"
"""Known wherever the custom fields for software may be (invenio-rdm-records, contrib/codemeta). An
instance can have the words without the fields; then it drops them and says so."""

ROLES = {
    "data-curation": "datacurator",
    "investigation": "datacollector",
    "project-administration": "projectmanager",
    "resources": "distributor",
    "supervision": "supervisor",
    "writing-review-editing": "editor",
    "formal-analysis": "researcher",
    "methodology": "researcher",
}
"""CRediT's roles in DataCite's words, as InvenioRDM has them (2026-11); all else: other."""

TITLE_AT_LEAST = 3
VERSION_AT_MOST = 191


def marker_of(target: Target, version: str = "") -> str:
    """The `urn:uuid:...` of this artifact and version; of another version where one is given."""
    release = target.release
    return f"urn:uuid:{marker(release.identity, target.artifact.key, version or release.version)}"


def title_of(target: Target) -> str:
    """As given, else `<paper title>: <artifact title or id>`."""
    given = str(target.settings.get("title") or "")
    artifact = target.artifact
    return given or f"{target.release.paper.title}: {artifact.title or artifact.id}"


def description_of(target: Target) -> str:
    """The artifact's own description, else the paper's abstract; Markdown."""
    return target.artifact.description or target.release.paper.abstract


def description_html(target: Target) -> str:
    """What the record's description is to be, as it is sent."""
    return _html(description_of(target))


def questions(target: Target) -> tuple[str, ...]:
    """Addresses below `/api/` that exist where the instance knows what the body would name."""
    paper, artifact = target.release.paper, target.artifact
    types = {"model", PAPER_TYPE.get(paper.type, "")}
    helpers = contributors(target)
    asked = [f"vocabularies/resourcetypes/{name}" for name in sorted(types) if name]
    asked += [
        f"vocabularies/licenses/{right['id']}"
        for right in licenses.zenodo(artifact.license).rights
        if "id" in right
    ]
    asked += [f"vocabularies/languages/{code}" for code in _languages(target)]
    asked += [ROLE + word for person in helpers for word in (role_of(person), "other")]
    for person in (*_authors(target), *helpers):
        asked += [f"affiliations/{_ror(a.ror)}" for a in person.affiliations if a.ror]
    asked += [f"funders/{_ror(grant.funder)}" for grant in paper.grants if _ror(grant.funder)]
    asked += [f"awards/{_award(grant)}" for grant in paper.grants if _award(grant)]
    if artifact.kind is Kind.CODE:
        asked += [CODE_FIELDS, *(word for words in _programming(target) for word in words)]
        asked += [f"{STATUS}/{artifact.development}"] * bool(artifact.development)
    return tuple(dict.fromkeys(asked))


def body(
    target: Target, links: Links, *, publisher: str, known: frozenset[str], date: Date | str | None
) -> Json:
    """The whole draft: access, files, metadata and custom fields.

    `date` is the publication date, the release's own; without one the field is left out.
    """
    release, artifact = target.release, target.artifact
    kind = _type(str(target.settings.get("resource_type") or RESOURCE_TYPE[artifact.kind]), known)
    metadata: Json = {
        # First of all, so that a draft can be found again even if the answer is lost.
        "identifiers": [{"scheme": "urn", "identifier": marker_of(target)}],
        "resource_type": {"id": kind},
        "title": title_of(target),
        "creators": [_creator(person, known) for person in _authors(target)],
        "publisher": publisher,
        "version": release.version,
    }
    if date:
        metadata["publication_date"] = str(date)
    if helpers := [_contributor(person, known) for person in contributors(target)]:
        metadata["contributors"] = helpers
    if cited := reference(target):
        metadata["references"] = [{"reference": cited}]
    if html := description_html(target):
        metadata["description"] = html
    if more := list(_descriptions(target)):
        metadata["additional_descriptions"] = more
    if rights := list(_rights(target, known)):
        metadata["rights"] = rights
    words: dict[str, str] = {}
    for word in (*artifact.keywords, *release.paper.keywords):
        words.setdefault(word.casefold(), word)
    if words:
        metadata["subjects"] = [{"subject": word} for word in words.values()]
    spoken = [code for code in _languages(target) if f"vocabularies/languages/{code}" in known]
    if spoken:
        metadata["languages"] = [{"id": code} for code in spoken]
    if related := list(_related(target, links, known)):
        metadata["related_identifiers"] = related
    if release.paper.grants:
        metadata["funding"] = [_fund(grant, known) for grant in release.paper.grants]
    return {
        "access": _access(target),
        "files": {"enabled": True},
        "metadata": metadata,
        "custom_fields": _custom_fields(target, links, known),
    }


def _authors(target: Target) -> tuple[Person, ...]:
    return target.artifact.authors or target.release.paper.authors


def contributors(target: Target) -> tuple[Person, ...]:
    return tuple(target.settings.get("contributors") or ())


def role_of(person: Person) -> str:
    return next((ROLES[role] for role in person.roles if role in ROLES), "other")


def _contributor(person: Person, known: frozenset[str]) -> Json:
    role = role_of(person)
    role = role if ROLE + role in known else "other"
    return {**_creator(person, known), "role": {"id": role}}


def reference(target: Target) -> str:
    """The paper in one line, for the list of references; empty until it has an address."""
    paper = target.release.paper
    if not paper.address:
        return ""
    names = ", ".join(person.display for person in paper.authors)
    parts = (names, paper.title, paper.venue)
    return " ".join(f"{part.rstrip('.')}." for part in parts if part) + f" {paper.address}"


def _creator(person: Person, known: frozenset[str]) -> Json:
    if person.is_organization:
        who: Json = {"type": "organizational", "name": person.name}
    else:
        # A given name alone is refused: "Family name cannot be blank."
        who = {"type": "personal", "family_name": person.family or person.given}
        if person.family and person.given:
            who["given_name"] = person.given
        if person.orcid:
            who["identifiers"] = [{"scheme": "orcid", "identifier": person.orcid}]
    places: dict[str, Json] = {}
    for affiliation in person.affiliations:
        ror = _ror(affiliation.ror)
        if ror and f"affiliations/{ror}" in known:
            places.setdefault(ror, {"id": ror})
        else:
            places.setdefault(affiliation.name.casefold(), {"name": affiliation.name})
    found: Json = {"person_or_org": who}
    if places:
        found["affiliations"] = list(places.values())
    return found


def _rights(target: Target, known: frozenset[str]) -> Iterator[Json]:
    license = target.artifact.license
    for right in licenses.zenodo(license).rights:
        if "id" in right and f"vocabularies/licenses/{right['id']}" not in known:
            yield _licence_in_words(right["id"])
        else:
            yield right


def _licence_in_words(name: str) -> Json:
    """A licence by its title; SPDX's pages are named in its own capitals."""
    if spdx := licenses.known(name):
        return {"title": {"en": spdx}, "link": f"{licenses.SPDX_PAGE}{spdx}"}
    return {"title": {"en": name}}


def _related(target: Target, links: Links, known: frozenset[str]) -> Iterator[Json]:
    for relation in relations(target, links):
        item: Json = {
            "identifier": relation.identifier,
            "scheme": relation.scheme,
            "relation_type": {"id": _word(target, relation.relation)},
        }
        if kind := _type(relation.resource_type, known):
            item["resource_type"] = {"id": kind}
        yield item


def _word(target: Target, relation: str) -> str:
    """Files that are packed here are the same as elsewhere, and not the same bytes."""
    packed = relation == "isidenticalto" and is_packed(target)
    return "isvariantformof" if packed else relation


def relation_words(target: Target, links: Links) -> frozenset[str]:
    """The relations of the links that there will be for certain: to `links` and all artifacts."""
    artifact = target.artifact
    words = {relation.relation for relation in relations(target, links)}
    words |= {between(artifact, o) for o in target.release.artifacts if o.key != artifact.key}
    return frozenset(_word(target, word) for word in words)


def relation_questions(target: Target) -> tuple[str, ...]:
    """As `questions`, for the relations; on Zenodo all are there (seen 2026-12-01)."""
    copies = "issupplementto" if target.artifact.kind is Kind.CODE else "isidenticalto"
    words = relation_words(target, Links({})) | {_word(target, copies)}
    return tuple(RELATION + word for word in sorted(words))


def _type(name: str, known: frozenset[str]) -> str:
    """A resource type that the instance has: `dataset` for a model where models are unknown.

    `software` and `dataset` are everywhere; a publication's kind is left out where it is unknown.
    """
    if name in ("software", "dataset", "") or f"vocabularies/resourcetypes/{name}" in known:
        return name
    return "dataset" if name == "model" else ""


def _fund(grant: Grant, known: frozenset[str]) -> Json:
    ror = _ror(grant.funder)
    known_here = bool(ror) and f"funders/{ror}" in known
    found: Json = {"funder": {"id": ror} if known_here else {"name": grant.funder}}
    if known_here and f"awards/{_award(grant)}" in known:
        found["award"] = {"id": _award(grant)}
    elif grant.number or grant.title:
        # An award needs number and title, or the id of one that the instance knows.
        title, number = grant.title or grant.number, grant.number or grant.title
        found["award"] = {"number": number, "title": {"en": title}}
    return found


def _award(grant: Grant) -> str:
    """`00k4n6c32::101122956`, as awards are keyed by (zenodo-rdm, 2026-08); empty for a funder that
    is given by its name."""
    ror = _ror(grant.funder)
    return f"{ror}::{grant.number}" if ror and grant.number else ""


def _access(target: Target) -> Json:
    until, day = target.artifact.embargo_until, target.release.date
    if until is None or (day is not None and until <= day):
        files = "restricted" if target.settings.get("visibility") == "private" else "public"
        return {"record": "public", "files": files}
    embargo: Json = {"active": True, "until": until.isoformat()}
    if target.artifact.embargo_reason:
        embargo["reason"] = target.artifact.embargo_reason
    return {"record": "public", "files": "restricted", "embargo": embargo}


def _custom_fields(target: Target, links: Links, known: frozenset[str]) -> Json:
    """For code, and only where the instance has the words for them."""
    if target.artifact.kind is not Kind.CODE or CODE_FIELDS not in known:
        return {}
    found: Json = {}
    pages = [link for platform, link in links.of(target.artifact.key).items() if not link.doi]
    if pages:
        found["code:codeRepository"] = pages[0].url
    words = (next(filter(known.__contains__, words), "") for words in _programming(target))
    if ids := dict.fromkeys(word.rpartition("/")[2] for word in words if word):
        found["code:programmingLanguage"] = [{"id": name} for name in ids]
    status = target.artifact.development
    if status and f"{STATUS}/{status}" in known:
        found["code:developmentStatus"] = {"id": status}
    return found


def _programming(target: Target) -> Iterator[tuple[str, ...]]:
    """For each language of the code the addresses under which the vocabulary may have it.

    Its ids are the names of GitHub's linguist in lower case, with `_` for blanks.
    """
    for name in target.artifact.language if target.artifact.kind is Kind.CODE else ():
        plain = "_".join(name.lower().split())
        ids = dict.fromkeys((plain, plain.replace("#", "sharp"), plain.replace("_", "-")))
        yield tuple(f"{LANGUAGES}/{found}" for found in ids)


def _descriptions(target: Target) -> Iterator[Json]:
    """How the data came to be; what else is known of it goes to the card."""
    if html := _html(str(target.artifact.responsible.get("collection") or "")):
        yield {"description": html, "type": {"id": "methods"}}


def _languages(target: Target) -> tuple[str, ...]:
    if target.artifact.kind is Kind.CODE:
        return ()  # Code's are programming languages, and have a field of their own.
    return tuple(dict.fromkeys(filter(None, map(alpha3, target.artifact.language))))


@cache
def _html(text: str) -> str:
    """Kept, as every look compares the same few texts."""
    if not text.strip():
        return ""
    from pubflow.documents.markdown import to_html

    return to_html(text).strip()


def _ror(text: str) -> str:
    """`https://ror.org/01ggx4157` -> `01ggx4157`; empty for anything else."""
    return text.removeprefix(ROR) if text.startswith(ROR) else ""
