"""Authors, where they work, and who paid."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic_core import PydanticCustomError

from pubflow.load import identifiers, schema
from pubflow.load.findings import Findings, did_you_mean, quoted
from pubflow.load.lines import Place
from pubflow.load.places import listed
from pubflow.manifest import Affiliation, Grant, Person

_BRACKET = re.compile(r"\s*<([^<>]*)>\s*$")


def affiliations(document: schema.Document) -> dict[str, Affiliation]:
    """Key -> Affiliation."""
    return {
        key: Affiliation(given.name, given.ror or "")
        for key, given in document.affiliations.items()
    }


def people(
    given: Sequence[str | schema.AuthorTable],
    place: Place,
    places: Mapping[str, Affiliation],
    findings: Findings,
) -> tuple[Person, ...]:
    """The authors in their order. A text is split at its last blank, and the notes say how."""
    found: list[Person] = []
    orcids: dict[str, int] = {}
    names: dict[str, tuple[int, Person]] = {}
    for n, author in enumerate(given):
        here = (*place, n)
        if not findings.sound(*here) and isinstance(author, str):
            continue
        if isinstance(author, str):
            person = _from_text(author, here, findings)
        else:
            person = _from_table(author, here, places, findings)
        first = orcids.setdefault(person.orcid, n) if person.orcid else n
        if first != n:
            what = f"The ORCID iD {person.orcid} is given to two authors"
            why = "it names one person"
            findings.error(here, what, why, f"Author {first + 1} has it too.")
        called = " ".join(filter(None, (person.given, person.family, person.name)))
        number, other = names.setdefault(called.casefold(), (n, person))
        if number != n and first == n and not (person.orcid and other.orcid):
            what = f"{quoted(called)} is named twice, as number {number + 1} and as number {n + 1}"
            hint = "Take one out; or, if they are two, give each an ORCID iD."
            findings.warn(here, what, "every page and citation would name them twice", hint)
        found.append(person)
    return tuple(found)


def _from_text(text: str, place: Place, findings: Findings) -> Person:
    orcid = email = ""
    rest = text
    while match := _BRACKET.search(rest):
        rest, inner = rest[: match.start()], match[1].strip()
        try:
            if "@" in inner:
                email = identifiers.email(inner)
            else:
                orcid = identifiers.orcid(inner)
        except PydanticCustomError as error:
            tell(findings, place, error)
    rest = rest.strip()
    if not rest or "<" in rest or ">" in rest:
        what, why = f"{quoted(text)} names no author", "a name comes first"
        findings.error(place, what, why, 'Write it like "Ada Lovelace <0000-0002-1825-0097>".')
        return Person(family="x")
    if "," in rest:
        family, _, given = (part.strip() for part in rest.partition(","))
        return Person(given, family or given, orcid=orcid, email=email)
    given, _, family = rest.rpartition(" ")
    given = given.strip()
    if given:
        split = f"given {quoted(given)}, family {quoted(family)}"
        shown = f"{quoted(rest)} is read as {split}"
    else:
        shown = f"{quoted(rest)} is read as a family name"
    hint = "If that is wrong, write a table with given and family, or with name alone."
    findings.note(place, shown, "citations are sorted by family name", hint)
    return Person(given, family, orcid=orcid, email=email)


def _from_table(
    table: schema.AuthorTable,
    place: Place,
    places: Mapping[str, Affiliation],
    findings: Findings,
) -> Person:
    if findings.sound(*place):
        if table.name and (table.given or table.family):
            what, why = "The author has name and given or family", "a person or an organisation"
            findings.error(place, what, why, "Use given and family for a person, name alone else.")
        elif not table.name and not table.family:
            what = "The author has no family name"
            why = "citations could not name the author"
            findings.error(place, what, why, "Add family, or name for an organisation.")
    own = listed(table.affiliation)
    for n, key in enumerate(own):
        here = (*place, "affiliation", n) if isinstance(table.affiliation, list) else ()
        here = here or (*place, "affiliation")
        if key not in places and findings.sound(*here):
            what, why = f"There is no {quoted(key)} in [affiliations]", "each is written there once"
            near = did_you_mean(key, places)
            findings.error(here, what, why, near or f'Add: {key} = {{ name = "..." }}')
    return Person(
        given=table.given or "",
        family=table.family or "",
        name=table.name or "",
        orcid=table.orcid or "",
        affiliations=tuple(places[key] for key in own if key in places),
        email=table.email or "",
        corresponding=table.corresponding,
        roles=tuple(table.roles),
    )


def grants(paper: schema.Paper, findings: Findings) -> tuple[Grant, ...]:
    """The grants; a funder that is written as a ROR id is checked as one."""
    found = []
    for n, grant in enumerate(paper.grants):
        funder = grant.funder
        if re.search(r"ror\.org/|^0[a-z0-9]{6}\d\d$", funder, re.IGNORECASE):
            try:
                funder = identifiers.ror(funder)
            except PydanticCustomError as error:
                tell(findings, ("paper", "grants", n, "funder"), error)
        found.append(Grant(funder, grant.number, grant.title or ""))
    return tuple(found)


def tell(findings: Findings, place: Place, error: PydanticCustomError) -> None:
    """Report a `mistake` at a place."""
    context = error.context or {}
    findings.error(place, context["what"], context["why"], context["hint"])
