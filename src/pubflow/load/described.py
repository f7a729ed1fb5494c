"""What code, weights and data have in common: who, under which licence, in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import PydanticCustomError

from pubflow.load import paths, people, schema
from pubflow.load.findings import Findings, quoted
from pubflow.load.lines import Place
from pubflow.manifest import Affiliation, Artifact, Kind, License, Paper


@dataclass(frozen=True, slots=True)
class Reader:
    """What every artifact's reading needs to know."""

    root: Path
    paper: Paper
    places: Mapping[str, Affiliation]
    defaults: schema.Defaults
    manifest: str
    """The name of publish.toml, which may be another."""
    absent: bool = False
    """Whether files of artifacts may be missing: for looking at what is out already."""


def shared(
    reader: Reader,
    kind: Kind,
    key: str,
    path: Path,
    table: schema.Artifact,
    place: Place,
    findings: Findings,
) -> Artifact:
    """What code, weights and data have in common, without the licence."""
    authors = reader.paper.authors
    if table.authors is not None:
        authors = people.people(table.authors, (*place, "authors"), reader.places, findings)
        if not authors and findings.sound(*place, "authors"):
            what, why = "The list of authors is empty", "somebody must be cited"
            findings.error((*place, "authors"), what, why, "Leave it out for the paper's authors.")
    embargo = table.embargo or reader.defaults.embargo
    description = ""
    if table.description and findings.sound(*place, "description"):
        description = prose(reader, table.description, (*place, "description"), findings)
    return Artifact(
        key=key,
        kind=kind,
        path=path,
        title=table.title or "",
        description=description,
        authors=authors,
        keywords=tuple(reader.paper.keywords if table.keywords is None else table.keywords),
        embargo_until=embargo.until if embargo else None,
        embargo_reason=(embargo.reason or "") if embargo else "",
    )


def prose(reader: Reader, given: str | schema.File, place: Place, findings: Findings) -> str:
    """A text, or the text of the file that is named instead."""
    if isinstance(given, str):
        return given
    return text_of(reader, given.file, (*place, "file"), findings)


def own_license(
    reader: Reader, given: str | schema.OwnLicense, place: Place, findings: Findings
) -> License:
    """The licence as it was written."""
    if isinstance(given, str):
        return License(hub=given[3:]) if given.startswith("hf:") else License(spdx=given)
    file = None
    if given.file and findings.sound(*place, "file"):
        found = paths.found(reader.root, given.file)
        if isinstance(found, Path) and found.is_file():
            file = found
        elif isinstance(found, Path):
            what, why = f"{quoted(given.file)} is a folder", "it must be the licence's text"
            findings.error((*place, "file"), what, why)
        else:
            people.tell(findings, (*place, "file"), found)
    if not given.file and not given.url and findings.sound(*place):
        what = f"The licence {quoted(given.name)} has no text"
        hint = "Add file or url."
        findings.error(place, what, "readers must be able to read what they may do", hint)
    return License(name=given.name, url=given.url or "", file=file)


def check_license_file(
    artifact: Artifact, place: Place, detected: tuple[str, str], findings: Findings
) -> None:
    """Warn where the licence that is written and the one whose text lies there differ."""
    spdx, file = detected
    written = artifact.license.spdx
    if spdx and written and spdx.partition("-only")[0] not in written:
        what = f"publish.toml says {written}, and {file} holds {spdx}"
        why = "readers would not know which one counts"
        findings.warn((*place, "license"), what, why, "Make them agree.")


def text_of(reader: Reader, name: str, place: Place, findings: Findings) -> str:
    """The text of a small file below the folder of publish.toml; empty after an error."""
    text = paths.read_text(reader.root, name)
    if isinstance(text, PydanticCustomError):
        people.tell(findings, place, text)
        return ""
    return text
