"""What stands in the way of a record and is found by looking, before the first change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.platform import Problem
from pubflow.platforms.zenodo import likeness
from pubflow.platforms.zenodo.instance import is_zenodo
from pubflow.platforms.zenodo.record import (
    RELATION,
    ROLE,
    contributors,
    relation_words,
    role_of,
)
from pubflow.platforms.zenodo.state import Json, Record, ZenodoState

SWITCH = "https://zenodo.org/account/settings/github/"
"""Where the owner of a repository switches Zenodo's GitHub integration on and off."""

FIELD = {
    "code:codeRepository": "repository",
    "code:programmingLanguage": "languages",
    "code:developmentStatus": "development status",
}
"""The custom fields for software, in the author's words."""


def embargo(target: Target, state: ZenodoState) -> Iterator[Problem]:
    """An embargo that is over on the day of the look; `check` sees one before the release date."""
    until, today, day = target.artifact.embargo_until, state.today, target.release.date
    if until is None or today is None or until > today or (day is not None and until <= day):
        return
    yield Problem(
        target.name,
        f"the embargo ends on {until}, and today is {today}",
        why="a record takes no embargo that is over, so the files would be public at once",
        hint="Give a later day in `embargo`, or take the embargo out.",
    )


def integration(target: Target, state: ZenodoState) -> Iterator[Problem]:
    """Zenodo's webhook may still be on, and nobody looks at the repository in this release."""
    looked = target.settings.get("webhook") == "off" or bool(target.settings.get("github"))
    if looked or not state.integrated:
        return
    yield Problem(
        target.name,
        f"record {state.integrated[0]} of this repository was not made by pubflow",
        why="if Zenodo's GitHub integration is on, it makes a record of this release too: two DOIs"
        " for one version",
        hint=f"Look at {SWITCH} and switch the repository off there. Then say so in publish.toml:"
        '\n\n    [targets.zenodo]\n    webhook = "off"',
    )


def late(target: Target, state: ZenodoState) -> Iterator[Problem]:
    """What it means that Zenodo makes the record; said until it is there."""
    kept_back = target.artifact.embargo_until or target.settings.get("visibility") == "private"
    if kept_back:
        yield Problem(
            target.name,
            "Zenodo's GitHub integration publishes the code's files at once",
            why="publish.toml says that they are kept back",
            hint="Take the embargo or `visibility` out, or take"
            ' mode = "integration" out of [targets.zenodo].',
        )
    if state.record is None:
        yield Problem(
            target.name,
            f"the code's DOI is known only when Zenodo made its record of {target.release.tag}",
            why="so nothing of this release cites it: its pages and records name the tag on GitHub",
            hint="For a DOI that is known beforehand, switch the repository off at"
            f' {SWITCH} and take mode = "integration" out of [targets.zenodo].',
            severity="note",
        )


def external(target: Target, previous: Record | None) -> Iterator[Problem]:
    """A record whose DOI is another registrar's has no next version where those are not allowed
    (zenodo-rdm, RDM_ALLOW_EXTERNAL_DOI_VERSIONING, 2026-08; elsewhere allowed by default)."""
    if previous is None or not previous.external:
        return
    yield Problem(
        target.name,
        f"record {previous.id} has the DOI {previous.doi}, which was registered elsewhere",
        why="the instance makes no next version of such a record, as it could not give it a DOI of"
        " the same kind",
        hint="Take `record` out of publish.toml, and the release becomes a record of its own.",
    )


def review(target: Target, state: ZenodoState) -> Iterator[Problem]:
    """A draft that only a community's curators can publish; its siblings would be out alone."""
    record = state.record
    if record is None or record.published or not record.reviewed:
        return
    yield Problem(
        target.name,
        f"draft {record.id} is handed to a community for review",
        why="until the review is over or cancelled, nobody else can publish or delete the draft",
        hint=f"Cancel the review at {state.base}/uploads/{record.id}, and give the community in"
        " `communities`: it is asked once the record is out. Then run again:"
        "\n\n    pubflow release",
    )


def communities(target: Target, state: ZenodoState) -> Iterator[Problem]:
    """Communities that there are not; joined after publishing, they would be told of too late."""
    for slug in state.nowhere:
        yield Problem(
            target.name,
            f"there is no community {slug} at {urlsplit(state.base).netloc}",
            why="or it is hidden from this token; the record would be published and not be in it",
            hint="Correct `communities` in publish.toml: the name is the last part of the"
            f" community's address, {state.base}/communities/NAME.",
        )


def words(target: Target, state: ZenodoState, links: Links) -> Iterator[Problem]:
    """Words that the instance's own lists lack: a record that has one is refused whole."""
    host = urlsplit(state.base).netloc
    if not is_zenodo(state.base):
        for word in sorted(relation_words(target, links)):
            if RELATION + word in state.lacking:
                yield _wordless(target, host, "relation", word, "relationtypes")
    for word, person in {role_of(person): person for person in contributors(target)}.items():
        if ROLE + word not in state.lacking:
            continue
        if ROLE + "other" in state.lacking:
            yield _wordless(target, host, "contributors' role", "other", "contributorsroles")
            return
        yield Problem(
            target.name,
            f"{host} has no contributors' role {word}",
            why=f"so {person.display} is named there with the role other",
            hint="Nothing is to be done, or ask those who run it for the word.",
            severity="note",
        )


def _wordless(target: Target, host: str, kind: str, word: str, vocabulary: str) -> Problem:
    return Problem(
        target.name,
        f"{host} has no {kind} {word}",
        why="it refuses a record with a word that is not in its own lists",
        hint=f"Ask those who run it to add {word} to their vocabulary {vocabulary}, or release"
        " elsewhere. Then run again:\n\n    pubflow release",
    )


def dropped(target: Target, state: ZenodoState, record: Record, wanted: Json) -> Iterator[Problem]:
    """What the instance has no fields for; said once the record is described."""
    if lost := likeness.dropped(record, wanted, state.asked):
        *most, last = (FIELD.get(field, field) for field in lost)
        yield Problem(
            target.name,
            f"record {record.id} has no fields for the code's "
            + (f"{', '.join(most)} and {last}" if most else last),
            why="this instance is set up without them, and leaves them out",
            hint="Nothing is to be done: the record links to the repository all the same.",
            severity="note",
        )


def foreign_edit(target: Target, state: ZenodoState, fields: Iterable[str]) -> Problem:
    """Somebody else has an edit of the published record open."""
    number = state.record.id if state.record is not None else ""
    return Problem(
        target.name,
        f"record {number} is being edited by somebody else",
        why=f"its open edit changes {', '.join(fields)}, which pubflow would overwrite",
        hint=f"Publish or discard the edit at {state.base}/uploads/{number}, then run "
        "again:\n\n    pubflow release",
    )


def trouble(target: Target, state: ZenodoState) -> Problem:
    about, page = state.about, f"{state.base}/uploads/{state.about}"
    again = "then run again:\n\n    pubflow release"
    match state.trouble:
        case "foreign":
            return Problem(
                target.name,
                f"the next version has a draft already, {about}, which is not pubflow's",
                why="an instance keeps one such draft at a time, and what somebody else wrote there"
                " would be overwritten",
                hint=f"Publish or discard it at {page}, {again}",
            )
        case "hidden":
            return Problem(
                target.name,
                f"the draft of this release, {about}, is not to be seen with this token",
                why="it belongs to another account, and a second draft would mean a second DOI",
                hint=f"Use the token of the account that began the release, {again}",
            )
        case "unknown":
            return Problem(
                target.name,
                f"there is no record {about} at {state.base}, or it is another account's",
                why="publish.toml names it in `record`, as the one to go on from",
                hint=f"Correct `record` or the token, {again}",
            )
        case "integrated":
            return Problem(
                target.name,
                f"Zenodo's GitHub integration made record {about} of {target.release.tag} already",
                why="a second record would be a second DOI for one version",
                hint=f"Switch the repository off at {SWITCH}, raise the version, {again}",
            )
        case "elsewhere":
            return Problem(
                target.name,
                f"this version is published as record {about}, and not as the draft {state.gone}"
                " that was reserved for it, which is deleted",
                why="what is out already may cite the DOI of the deleted draft, and a second record"
                " would be a second DOI",
                hint=f"Look at {state.base}/records/{about}. To go on from it, raise the version,"
                f" {again}",
            )
        case "deleted":
            return Problem(
                target.name,
                f"record {about} of this version was published and then deleted",
                why="its DOI is used up and leads to a tombstone",
                hint=f"Raise the version, {again}",
            )
        case _:
            return Problem(
                target.name,
                f"this version was published twice: {about}",
                why="pubflow cannot tell which of the two to cite",
                hint="Ask the instance to delete one of them, or raise the version.",
            )
