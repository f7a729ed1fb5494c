"""The controlled words: which ids exist, and how a look-up of one answers.

Ids are case-sensitive (recorded 2026-11-20: `CC-BY-4.0` and `isSupplementTo` are unknown). Relation
and resource types, roles, date and description types: fixtures of invenio-rdm-records 36.0.0 and
Zenodo's additions (2026-08-20). Organisations and funders: the real lists hold every ROR id; here
every id with a right ROR checksum is known.
"""

from __future__ import annotations

import re
import uuid
from functools import cache
from importlib.resources import files
from typing import Any

_PUBLICATIONS = {
    "annotationcollection": "Annotation collection",
    "book": "Book",
    "section": "Book chapter",
    "conferencepaper": "Conference paper",
    "conferenceproceeding": "Conference proceeding",
    "datamanagementplan": "Output management plan",
    "journal": "Journal",
    "article": "Journal article",
    "patent": "Patent",
    "peerreview": "Peer review",
    "preprint": "Preprint",
    "deliverable": "Project deliverable",
    "milestone": "Project milestone",
    "proposal": "Proposal",
    "report": "Report",
    "softwaredocumentation": "Software documentation",
    "taxonomictreatment": "Taxonomic treatment",
    "technicalnote": "Technical note",
    "workingpaper": "Working paper",
    "datapaper": "Data paper",
    "dissertation": "Dissertation",
    "standard": "Standard",
    "studyregistration": "Study registration",
    "other": "Other",
}
RESOURCE_TYPES = {
    "publication": "Publication",
    **{f"publication-{key}": title for key, title in _PUBLICATIONS.items()},
    "poster": "Poster",
    "presentation": "Presentation",
    "event": "Event",
    "dataset": "Dataset",
    "image": "Image",
    "image-figure": "Figure",
    "image-plot": "Plot",
    "image-drawing": "Drawing",
    "image-diagram": "Diagram",
    "image-photo": "Photo",
    "image-other": "Other",
    "model": "Model",
    "video": "Video/Audio",
    "audio": "Audio",
    "software": "Software",
    "software-computationalnotebook": "Computational notebook",
    "lesson": "Lesson",
    "other": "Other",
    "physicalobject": "Physical object",
    "workflow": "Workflow",
    "project": "Project",
    "instrument": "Instrument",
}

_RELATIONS = """IsCitedBy Cites IsSupplementTo IsSupplementedBy IsContinuedBy Continues
IsDescribedBy Describes HasMetadata IsMetadataFor HasVersion IsVersionOf IsNewVersionOf
IsPreviousVersionOf IsPartOf HasPart IsPublishedIn IsReferencedBy References IsDocumentedBy
Documents IsCompiledBy Compiles IsVariantFormOf IsOriginalFormOf IsIdenticalTo IsReviewedBy Reviews
IsDerivedFrom IsSourceOf IsRequiredBy Requires IsObsoletedBy Obsoletes IsTranslationOf
HasTranslation IsCollectedBy Collects Other"""
DATACITE_RELATIONS = {name.lower(): name for name in _RELATIONS.split()}


def _spaced(name: str) -> str:
    words = "".join(" " + c.lower() if c.isupper() else c for c in name).strip()
    return words[:1].upper() + words[1:]


RELATION_TYPES = {key: _spaced(name) for key, name in DATACITE_RELATIONS.items()}

ROLES = {
    "contactperson": "Contact person",
    "datacollector": "Data collector",
    "datacurator": "Data curator",
    "datamanager": "Data manager",
    "distributor": "Distributor",
    "editor": "Editor",
    "hostinginstitution": "Hosting institution",
    "producer": "Producer",
    "projectleader": "Project leader",
    "projectmanager": "Project manager",
    "projectmember": "Project member",
    "registrationagency": "Registration agency",
    "registrationauthority": "Registration authority",
    "relatedperson": "Related person",
    "researcher": "Researcher",
    "researchgroup": "Research group",
    "rightsholder": "Rights holder",
    "sponsor": "Sponsor",
    "supervisor": "Supervisor",
    "translator": "Translator",
    "workpackageleader": "Work package leader",
    "other": "Other",
}
_DATES = (
    "Accepted Available Collected Copyrighted Coverage Created Issued Other Submitted Updated "
    "Valid Withdrawn"
)
DATE_TYPES = {name.lower(): name for name in _DATES.split()}
DESCRIPTION_TYPES = {
    "abstract": "Abstract",
    "methods": "Methods",
    "notes": "Notes",
    "other": "Other",
    "series-information": "Series information",
    "table-of-contents": "Table of contents",
    "technical-info": "Technical info",
}
TITLE_TYPES = {
    "alternative-title": "Alternative title",
    "other": "Other",
    "subtitle": "Subtitle",
    "translated-title": "Translated title",
}
LANGUAGES_OF_CODE = {
    "bash": "Bash",
    "c": "C",
    "c++": "C++",
    "csharp": "C#",
    "cuda": "Cuda",
    "fortran": "Fortran",
    "go": "Go",
    "java": "Java",
    "javascript": "JavaScript",
    "julia": "Julia",
    "jupyter_notebook": "Jupyter Notebook",
    "kotlin": "Kotlin",
    "matlab": "MATLAB",
    "perl": "Perl",
    "python": "Python",
    "r": "R",
    "ruby": "Ruby",
    "rust": "Rust",
    "scala": "Scala",
    "shell": "Shell",
    "swift": "Swift",
    "typescript": "TypeScript",
}
"""The real list is GitHub's linguist, some 700 names; these are its common ones."""
_STATUSES = "Abandoned Active Concept Inactive Moved Suspended Unsupported WIP"
DEVELOPMENT_STATUS = {name.lower(): name for name in _STATUSES.split()}

_ORGANISATIONS = {"00k4n6c32": "European Commission", "05gq02987": "Brown University"}

_RIGHTS = {
    "cc-by-4.0": (
        "Creative Commons Attribution 4.0 International",
        "The Creative Commons Attribution license allows re-distribution and re-use of a licensed "
        "work on the condition that the creator is appropriately credited.",
        "cc-by-icon",
        "https://creativecommons.org/licenses/by/4.0/legalcode",
    ),
    "apache-2.0": (
        "Apache License 2.0",
        "A permissive license whose main conditions require preservation of copyright and license "
        "notices. Contributors provide an express grant of patent rights. Licensed works, "
        "modifications, and larger works may be distributed under different terms and without "
        "source code.",
        "",
        "http://www.apache.org/licenses/LICENSE-2.0",
    ),
}
"""Licences whose full entry was recorded; the others show their id as their title."""
_ABOUT = {
    "cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "apache-2.0": "https://opensource.org/license/apache-2-0",
}
"""InvenioRDM's own list leads to pages about them, Zenodo's to the texts."""


def _lines(name: str) -> list[str]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def licences() -> frozenset[str]:
    return frozenset(_lines("licences.txt"))


@cache
def languages() -> dict[str, tuple[str, str]]:
    """ISO 639-3 code -> two-letter code and English name."""
    rows = (line.split(" ", 2) for line in _lines("languages.txt"))
    return {code: (short, name) for code, short, name in rows}


def ror(identifier: str) -> bool:
    """Whether a bare ROR id is well formed, checksum included (ROR: base 32 and MOD 97-10)."""
    digits = "0123456789abcdefghjkmnpqrstvwxyz"
    if len(identifier) != 9 or identifier[0] != "0" or not identifier[7:].isdigit():
        return False
    number = 0
    for letter in identifier[:7]:
        if letter not in digits:
            return False
        number = number * 32 + digits.index(letter)
    return 98 - (number * 100) % 97 == int(identifier[7:])


def organisation(identifier: str) -> str | None:
    """Its name, or None when there is no such organisation."""
    if not ror(identifier):
        return None
    return _ORGANISATIONS.get(identifier, f"Organisation {identifier}")


_TABLES = {
    "resourcetypes": RESOURCE_TYPES,
    "relationtypes": RELATION_TYPES,
    "contributorsroles": ROLES,
    "creatorsroles": ROLES,
    "datetypes": DATE_TYPES,
    "descriptiontypes": DESCRIPTION_TYPES,
    "titletypes": TITLE_TYPES,
    "code:programmingLanguages": LANGUAGES_OF_CODE,
    "code:developmentStatus": DEVELOPMENT_STATUS,
}


def title(vocabulary: str, identifier: object) -> str | None:
    """The English title of a word, or None when the vocabulary does not know it."""
    if not isinstance(identifier, str):
        return None
    if vocabulary == "licenses":
        known = _RIGHTS.get(identifier, (identifier.upper(),))[0]
        return known if identifier in licences() else None
    if vocabulary == "languages":
        return languages()[identifier][1] if identifier in languages() else None
    return _TABLES.get(vocabulary, {}).get(identifier)


def licence(identifier: str, zenodo: bool) -> dict[str, Any]:
    """A known licence as it stands in a record's `rights`."""
    name, text, icon, url = _RIGHTS.get(
        identifier, (identifier.upper(), "", "", f"https://spdx.org/licenses/{identifier}.html")
    )
    url = url if zenodo else _ABOUT.get(identifier, url)
    entry: dict[str, Any] = {"id": identifier, "title": {"en": name}}
    if text:
        entry["description"] = {"en": text}
    if icon:
        entry["icon"] = icon
    return entry | {"props": {"url": url, "scheme": "spdx"}}


def look_up(vocabulary: str, identifier: str, zenodo: bool) -> dict[str, Any] | None:
    """The answer of `/api/vocabularies/{vocabulary}/{identifier}`; None is a 404.

    Those for software are everywhere (invenio-rdm-records, fixtures, 2026-08), though InvenioRDM by
    default lacks the fields that take their words.
    """
    name = title(vocabulary, identifier)
    if name is None:
        return None
    entry: dict[str, Any] = {"id": identifier, "title_l10n": name}
    if vocabulary == "licenses":
        known = licence(identifier, zenodo)
        if "description" in known:
            entry["description_l10n"] = known["description"]["en"]
        entry["props"] = known["props"] | {"osi_approved": ""}
        if "icon" in known:
            entry["icon"] = known["icon"]
        entry["tags"] = ["all"]
    elif vocabulary == "relationtypes":
        entry["props"] = {"datacite": DATACITE_RELATIONS[identifier]}
    elif vocabulary == "languages":
        entry["props"] = {"alpha_2": languages()[identifier][0]}
        entry["tags"] = ["individual", "living"]
    elif vocabulary == "resourcetypes":
        kind, _, subtype = identifier.partition("-")
        entry["props"] = {
            "csl": "",
            "type": kind,
            "eurepo": "info:eu-repo/semantics/other",
            "subtype": identifier if subtype else "",
            "schema.org": "https://schema.org/CreativeWork",
            "marc21_type": kind,
            "datacite_type": "",
            "openaire_type": "",
            "marc21_subtype": subtype,
            "datacite_general": name,
            "openaire_resourceType": "",
        }
        entry["icon"] = ""
        entry["tags"] = ["depositable", "linkable"]
    return entry


def named(kind: str, identifier: str) -> dict[str, Any] | None:
    """The answer of `/api/affiliations/…`, `/api/funders/…` and `/api/awards/…`.

    Every award whose number has six to nine digits is there, as those of the European Commission.
    """
    if kind == "awards":
        funder, _, number = identifier.partition("::")
        name = organisation(funder)
        if name is None or not re.fullmatch(r"\d{6,9}", number):
            return None
        return {
            "id": identifier,
            "number": number,
            "title": {"en": f"Award {number}"},
            "funder": {"id": funder, "name": name},
        }
    name = organisation(identifier)
    if name is None:
        return None
    entry: dict[str, Any] = {"id": identifier, "name": name, "title": {"en": name}}
    return entry | {"identifiers": [{"identifier": identifier, "scheme": "ror"}]}


def community(slug: str) -> dict[str, Any]:
    """Every community exists but `unknown-...`, and the token's owner may put records into it
    without a review; but `curated-...` reviews each, and `closed-...` takes those of its members
    alone.
    """
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"community:{slug}")),
        "slug": slug,
        "metadata": {"title": slug},
        "access": {
            "visibility": "public",
            "review_policy": "closed" if slug.startswith("curated-") else "open",
            "record_submission_policy": "closed" if slug.startswith("closed-") else "open",
            "members_visibility": "public",
            "member_policy": "open",
        },
        "custom_fields": {},
        "children": {"allow": False},
        "deletion_status": {"is_deleted": False, "status": "P"},
        "revision_id": 2,
    }
