"""BibTeX for the paper and for each artifact, readable by BibTeX and by biber.

`@software` and `@dataset` are biblatex's; styles that do not know them print them as `@misc`
(btxdoc, "unknown types"), so they carry only fields that `@misc` has room for, and more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from pubflow.documents.facts import (
    authors,
    cite,
    one_line,
    page,
    paper_year,
    publisher,
    title,
)
from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, Person, Release

TYPES = {
    "conference-paper": ("inproceedings", "booktitle"),
    "journal-article": ("article", "journal"),
    "preprint": ("misc", "howpublished"),
    "thesis": ("phdthesis", "school"),
    "report": ("techreport", "institution"),
    "other": ("misc", "howpublished"),
}
"""Paper type -> entry type, and the field that names the venue."""

_SPECIAL = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
    "<": r"{\textless}",
    ">": r"{\textgreater}",
    "|": r"{\textbar}",
    **{sign: "\\" + sign for sign in "&%$#_"},
}
"""BibTeX counts braces whether or not a backslash is before them, hence the long forms."""

_OPENS, _CLOSES = "{``}", "{''}"
"""LaTeX's quotation marks. \\textquotedbl would stop a paper that is set in OT1, with which LaTeX
begins: "Command \\textquotedbl unavailable in encoding OT1"."""
_BEFORE_A_WORD = " ([{<-/'\u2013\u2014"

_LATIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "œ": "oe", "Œ": "oe"}
    | {"ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ı": "i"}
)
_SMALL = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "into", "of", "on", "the", "to", "towards"}
    | {"toward", "via", "with"}
)


def entries(release: Release, links: Links) -> str:
    """The paper and every artifact, a blank line between them."""
    return of(release, links, [artifact.key for artifact in release.artifacts])


def of(release: Release, links: Links, artifacts: Collection[str]) -> str:
    """The paper and the artifacts of those keys. Keys are the same in any selection."""
    names = keys(release)
    found = [_paper(release, names["paper"])]
    for artifact in release.artifacts:
        if artifact.key in artifacts:
            found.append(_artifact(release, links, artifact, names[artifact.key]))
    return "\n".join(found)


def keys(release: Release) -> dict[str, str]:
    """`paper` and each artifact's key -> citation key: family name, year, word; ASCII, unique."""
    year = paper_year(release)
    first = _word(_family(release.paper.authors))
    names = {"paper": f"{first}{year or ''}{_first_word(release.paper.title)}"}
    for artifact in release.artifacts:
        family = _word(_family(authors(release, artifact)))
        made = release.date.year if release.date else year
        names[artifact.key] = f"{family}{made or ''}{_word(artifact.id) or artifact.kind}"
    taken: set[str] = set()
    for which, wanted in names.items():
        if wanted in taken:
            wanted = f"{wanted}-{which.partition('.')[0]}"
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        names[which] = name
        taken.add(name)
    return names


def _family(people: tuple[Person, ...]) -> str:
    return (people[0].name or people[0].family or people[0].given) if people else ""


def _word(text: str) -> str:
    """Letters and digits of the text in lower-case ASCII; `anon` for a name in other scripts."""
    plain = unicodedata.normalize("NFKD", text.translate(_LATIN))
    return re.sub(r"[^a-z0-9]", "", plain.encode("ascii", "ignore").decode().lower()) or "anon"


def _first_word(text: str) -> str:
    words = re.findall(r"[^\W_]+", text)
    telling = [word for word in words if word.lower() not in _SMALL] or words
    made = (_word(word) for word in telling)
    return next((word for word in made if word != "anon"), "paper")


def _paper(release: Release, key: str) -> str:
    paper = release.paper
    kind, place = TYPES.get(paper.type, TYPES["other"])
    year = paper_year(release)
    return _entry(
        kind,
        key,
        [
            ("author", names(paper.authors)),
            ("title", _protected(paper.title)),
            (place, escape(paper.venue)),
            ("year", str(year or "")),
            ("doi", _verbatim(paper.identifier)),
            ("url", _verbatim(paper.address)),
            ("eprint", _verbatim(paper.arxiv)),
            ("archivePrefix", "arXiv" if paper.arxiv else ""),
            ("note", "Under review" if paper.status == "under-review" else ""),
        ],
    )


def _artifact(release: Release, links: Links, artifact: Artifact, key: str) -> str:
    kind = "dataset" if artifact.kind is Kind.DATA else "software"
    year = release.date.year if release.date else paper_year(release)
    note = {Kind.CODE: "", Kind.WEIGHTS: "Model weights", Kind.DATA: "Data set"}[artifact.kind]
    return _entry(
        kind,
        key,
        [
            ("author", names(authors(release, artifact))),
            ("title", _protected(title(release, artifact))),
            ("version", escape(release.version)),
            ("year", str(year or "")),
            ("publisher", escape(publisher(links, artifact.key))),
            ("doi", _verbatim(links.doi(artifact.key))),
            ("url", _verbatim(page(links, artifact.key) or cite(links, artifact.key))),
            ("note", note),
        ],
    )


def _entry(kind: str, key: str, fields: Iterable[tuple[str, str]]) -> str:
    lines = [f"  {name:<13} = {{{value}}}," for name, value in fields if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"]) + "\n"


def names(people: Iterable[Person]) -> str:
    """`Lovelace, Ada and {University of Utopia}`: as BibTeX splits them back."""
    return " and ".join(filter(None, (_name(person) for person in people)))


def _name(person: Person) -> str:
    if person.is_organization:
        return f"{{{escape(person.name)}}}"
    family, given = _part(person.family), _part(person.given)
    if family and given:
        return f"{family}, {given}"
    only = family or given
    return f"{{{only}}}" if re.search(r"[\s,]", only) and not only.startswith("{") else only


def _part(text: str) -> str:
    """One part of a name, in braces where BibTeX would otherwise split it."""
    made = escape(text)
    if "," in made or re.search(r"(^|\s)and($|\s)", made, re.IGNORECASE):
        return f"{{{made}}}"
    return made


def _protected(text: str) -> str:
    made = escape(text)
    return f"{{{made}}}" if made else ""


def escape(text: str) -> str:
    """Plain text for a BibTeX field: one line, LaTeX's special signs written out."""
    return "".join(_characters(one_line(text)))


def _characters(text: str) -> Iterator[str]:
    for before, sign in zip(" " + text, text, strict=False):
        if sign == '"':
            yield _OPENS if before in _BEFORE_A_WORD else _CLOSES
        else:
            yield _SPECIAL.get(sign, sign)


def _verbatim(text: str) -> str:
    """A DOI or an address; what would end the field is percent-encoded."""
    return re.sub(r"[\s{}\\<>|^`\"]", lambda found: f"%{ord(found[0]):02X}", one_line(text))
