"""The text of a GitHub release."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pubflow.documents import bibtex
from pubflow.documents.facts import one_line
from pubflow.documents.markdown import contained, escape, fenced
from pubflow.documents.readme import table
from pubflow.links import Links
from pubflow.manifest import Kind, Release

LIMIT = 125_000
"""Characters of a release body; docs.github.com and API errors, 2026-11."""


def render(
    release: Release,
    links: Links,
    marker: str,
    conflicts: Iterable[str] = (),
    *,
    swhids: Mapping[str, str] | None = None,
) -> str:
    """The body; its first line is a hidden comment with the marker, by which it is found again.

    `marker` tells what this release is and nothing secret. `conflicts` are sentences shown as a
    list. `swhids`: what (`commit`) -> Software Heritage id. Too long an abstract is shortened.
    Raises ValueError for a marker that cannot stand in a comment.
    """
    if not re.fullmatch(r"[^\s<>](?:[^\n<>]*[^\s<>])?", marker) or "--" in marker:
        raise ValueError(f"not a marker: {marker!r}")
    head = f"<!-- pubflow: {marker} -->\n"
    tail = _tail(release, links, tuple(conflicts), swhids or {})
    code = next((a for a in release.artifacts if a.kind is Kind.CODE), None)
    summary = contained((code.description if code else "") or release.paper.abstract)
    opening = f"Version {escape(release.version)} of what belongs to the paper “"
    opening += f"{escape(release.paper.title)}”."
    for summed in (summary, _shortened(summary, LIMIT // 4), ""):
        text = head + "\n\n".join(filter(None, (opening, summed, tail))) + "\n"
        if len(text.encode("utf-16-le")) // 2 <= LIMIT:
            return text
    without = "The list of artifacts is too long for this page; see README.md and CITATION.cff."
    return head + f"{opening[:1000]}\n\n{without}\n"


def _tail(
    release: Release, links: Links, conflicts: tuple[str, ...], swhids: Mapping[str, str]
) -> str:
    parts = ["## Artifacts", table(release, links)]
    if swhids:
        rows = [f"- {escape(what)}: `{one_line(swhid)}`" for what, swhid in sorted(swhids.items())]
        parts += ["Software Heritage ids:", "\n".join(rows)]
    if conflicts:
        parts += ["## Notes", "\n".join(f"- {escape(sentence)}" for sentence in conflicts)]
    parts += ["## Citation", fenced(bibtex.entries(release, links), "bibtex")]
    return "\n\n".join(parts)


def _shortened(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return contained(text[:length].rsplit("\n", 1)[0].rsplit(" ", 1)[0]) + " ..."
