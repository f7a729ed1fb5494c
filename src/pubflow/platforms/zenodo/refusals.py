"""What an answer of InvenioRDM means to the author: translated once, here.

Statuses and bodies as two running instances gave them on 2026-11-20 (InvenioRDM 14.0.5 and Zenodo's
own code). Never 401 or 409; a wrong token is 403; a body may be HTML where a proxy answered.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NoReturn

from pubflow.errors import PubflowError, Transient
from pubflow.http import Answer, host_of, wait_of
from pubflow.platforms.zenodo.instance import MOST_FILES, scopes_of
from pubflow.tokens import redact

INVALID = "A validation error occurred."
"""What InvenioRDM says of every body that it lists faults of (recorded 2026-11-20)."""

OVER = frozenset(
    ("Bucket quota exceeded.", "Maximum file size exceeded.", "File size limit exceeded.")
)
"""What a 400 says of a file that is too large (invenio-files-rest, limiters.py and storage/base.py,
2026-08); a web server before it says 413."""

TOO_MANY = "Uploading selected files will result in exceeding the max amount per record."
"""What a 400 says where an instance's own RDM_RECORDS_MAX_FILES_COUNT is less than the default."""

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524})

_WORDS = (
    (r"metadata\.title", "the title"),
    (r"metadata\.creators\.(\d+)\.person_or_org\.identifiers.*", "the ORCID of author {0}"),
    (r"metadata\.creators\.(\d+)\.affiliations.*", "the affiliation of author {0}"),
    (r"metadata\.creators\.(\d+).*", "author {0}"),
    (r"metadata\.creators", "the authors"),
    (
        r"metadata\.contributors\.(\d+)\.person_or_org\.identifiers.*",
        "the ORCID of contributor {0}",
    ),
    (r"metadata\.contributors\.(\d+).*", "contributor {0}"),
    (r"metadata\.contributors", "the contributors"),
    (r"metadata\.references.*", "the reference to the paper"),
    (r"metadata\.publication_date", "the release date, `[release] date`"),
    (r"metadata\.publisher", "the publisher, `[targets.zenodo] publisher`"),
    (r"metadata\.(additional_descriptions.*|description)", "the description"),
    (r"metadata\.rights.*", "the licence"),
    (r"metadata\.subjects.*", "the keywords"),
    (r"metadata\.languages.*", "the language"),
    (r"metadata\.version", "the version"),
    (r"metadata\.funding\.(\d+).*", "grant {0}"),
    (r"metadata\.funding", "the grants"),
    (r"metadata\.resource_type.*", "the kind of record"),
    (r"metadata\.related_identifiers\.(\d+).*", "link {0} to a paper, a copy or a source"),
    (r"metadata\.related_identifiers", "the links to papers, copies and sources"),
    (r"metadata\.identifiers.*", "the marker of this release"),
    (r"access\.embargo.*", "the embargo"),
    (r"access.*", "who may see it"),
    (r"files\.enabled", "the files"),
    (r"files.*", "the files"),
    (r"custom_fields\.code:codeRepository.*", "the address of the code"),
    (r"custom_fields\.code:programmingLanguage.*", "the programming languages, `language`"),
    (r"custom_fields\.code:developmentStatus.*", "how finished the code is, `development`"),
    (r"pids\.doi.*", "the DOI"),
)


def in_words(field: str) -> str:
    """`metadata.creators.0.person_or_org.identifiers...` -> `the ORCID of author 1`."""
    for pattern, words in _WORDS:
        if found := re.fullmatch(pattern, field):
            return words.format(*(int(n) + 1 for n in found.groups() if n and n.isdigit()))
    return field


def complaints(body: Any) -> list[tuple[str, str]]:
    """The `errors` of a body as (field, message); also those inside a 200 or 201.

    What a community's checks only advise is none (invenio-checks, components.py, 2026-08).
    """
    errors = body.get("errors") if isinstance(body, Mapping) else None
    if isinstance(errors, str):
        return [("", errors)]
    if not isinstance(errors, list):
        return []
    found = []
    for error in errors:
        if isinstance(error, Mapping):
            if error.get("severity") in ("info", "warning"):
                continue
            messages = error.get("messages") or error.get("message") or "not accepted"
            text = "; ".join(map(str, messages)) if isinstance(messages, list) else str(messages)
            found.append((str(error.get("field") or ""), text))
        else:
            found.append(("", str(error)))
    return found


def serious(
    found: Iterable[tuple[str, str]], *, passing: Collection[str] = ()
) -> list[tuple[str, str]]:
    """The complaints of a save that stop a release; `passing` are fields that come right later.

    An instance without the custom fields for software drops them and says so (recorded
    2026-11-20): the record lacks them then, and links to the code all the same.
    """
    return [
        (field, message)
        for field, message in found
        if field not in passing
        and not (field.startswith("custom_fields.code:") and message.startswith("Unknown field"))
    ]


def told(found: Iterable[tuple[str, str]]) -> str:
    """One line per complaint, in the user's words with the server's own behind."""
    lines = []
    for field, message in dict.fromkeys(found):
        words = in_words(field)
        shown = f" ({field})" if field and words != field else ""
        text = redact(message).rstrip(". ")
        lines.append(f"{words}: {text}{shown}." if field else f"{text}.")
    return "\n".join(lines)


def refuse_metadata(host: str, subject: str, found: list[tuple[str, str]]) -> NoReturn:
    """For a save that was accepted but dropped values, which a DOI would then lack for ever."""
    raise PubflowError(
        f"{host} does not take everything that {subject} says.",
        why=told(found),
        hint="Correct it in publish.toml, then run again:\n\n    pubflow release",
    )


def kept_out(answer: Answer, record: str, slug: str) -> PubflowError:
    """For a community that does not take a record, nor its request."""
    return PubflowError(
        f"{host_of(answer.url)} would not put record {record} into {slug}.",
        why=told(complaints(_json(answer))) or _message(answer) or "It did not say why.",
        hint="The record is published all the same. Ask those who run the community, or take it out"
        " of `communities` in publish.toml. Then run again:\n\n    pubflow release",
    )


def no_list(host: str, status: int) -> PubflowError:
    return PubflowError(
        f"{host} has no records of yours to list ({status}).",
        why="Every InvenioRDM has, so this is another kind of server or address.",
        hint="Check `url` in [targets.zenodo] or ZENODO_URL.",
    )


def no_doi(host: str) -> Transient:
    """For a 500 to a reservation: what an overloaded server answers, and one that has no DOIs."""
    return Transient(
        f"{host} could not reserve a DOI: it answered 500.",
        why="An overloaded server answers so, and so does an InvenioRDM that gives no DOIs"
        " (its DATACITE_ENABLED is off), which pubflow cannot release to.",
        hint="Ask those who run it whether it gives DOIs. If so, run again:\n\n    pubflow release",
    )


def refuse(answer: Answer, doing: str, *, page: str = "") -> NoReturn:
    """Raise what a refusal means. `doing` completes `<host> would not ...`.

    Transient for what passes by itself, and then a change may have happened; PubflowError else.
    """
    host, status = host_of(answer.url), answer.status
    if status in BUSY or status >= 500:
        raise Transient(
            f"{host} could not {doing}: it answered {status}.",
            why=_message(answer),
            hint="Run again in a while:\n\n    pubflow release",
            wait=_asked(answer),
        )
    if 300 <= status < 400:
        raise PubflowError(
            f"{host} answered with a redirect when asked to {doing}.",
            why="A token is sent to no other place, so it was not followed.",
            hint="Check `url` in [targets.zenodo] or ZENODO_URL.",
        )
    what = f"{host} would not {doing}"
    said = _message(answer)
    match status:
        case 401 | 403:
            hint = "Check ZENODO_TOKEN: it must belong to the account that owns the record"
            hint += f", with {scopes_of(answer.url)}."
            raise PubflowError(
                f"{what}: permission denied.",
                why="The token is wrong or has expired, its account is blocked, or the record is"
                f" another account's. {said}",
                hint=f"{hint}\nA new one is made at {page}" if page else hint,
            )
        case 404:
            raise PubflowError(
                f"{what}: it is not there.",
                why=f"The draft or record was deleted, or was published meanwhile. {said}",
                hint="See how things stand:\n\n    pubflow plan",
            )
        case 410:
            raise PubflowError(
                f"{what}: the record was deleted.",
                why="A deleted record keeps its DOI, and nothing can be put there again.",
                hint="Raise the version, then run again:\n\n    pubflow release",
            )
        case 413:
            raise _too_large(what, said)
        case _:
            if said.lower().startswith("your account has been blocked"):
                raise PubflowError(
                    f"{what}: the account is blocked.",
                    why=f"Its filter takes the account for a spammer's, and says: {said}",
                    hint="Write to the instance's support, and do not send it again before they"
                    " answer. Nothing was published. Until they lift the block, the token is"
                    " refused, and all that the account published before is taken down.",
                )
            if said == TOO_MANY:
                raise PubflowError(
                    f"{what}: they are too many files.",
                    why=f"A record holds {MOST_FILES} files on Zenodo and most instances, and fewer"
                    f" here. {said}",
                    hint="Pack the files into fewer, or ask those who run it for more, then run"
                    " again:\n\n    pubflow release",
                )
            if said in OVER:
                raise _too_large(what, said)
            if found := re.fullmatch(r"Invalid value (.+)\.", said):
                raise PubflowError(
                    f"{what}: it does not know the word {found[1]}.",
                    why="Each instance has lists of its own of kinds of records, relations and"
                    f" roles, and refuses a record with any other. {said}",
                    hint="Choose another word where publish.toml has it, or ask those who run the"
                    " instance to add it, then run again:\n\n    pubflow release",
                )
            listed = told(complaints(_json(answer)))
            # With a list, the message is a title over it, and most often always the same one.
            whole = [text for text in (said, listed) if text and (text != INVALID or not listed)]
            raise PubflowError(
                f"{what} ({status}).",
                why="\n".join(whole) or "It did not say why.",
                hint="Correct publish.toml where it is named above, or what was changed on the"
                " record's page, then run again:\n\n    pubflow release",
            )


def _too_large(what: str, said: str) -> PubflowError:
    return PubflowError(
        f"{what}: it is too large.",
        why=f"A record on Zenodo holds 50 GB and 100 files; other instances less. {said}".strip(),
        hint="Split the artifact, or ask for a larger quota, then run again:\n\n"
        "    pubflow release",
    )


def _asked(answer: Answer) -> float | None:
    """How long to wait. `Retry-After` stands on every answer, so only 429 and 503 mean it."""
    if answer.status not in (429, 503):
        return None
    if (seconds := wait_of(answer.headers)) is not None:
        return seconds
    reset = {k.lower(): v for k, v in answer.headers.items()}.get("x-ratelimit-reset", "")
    return max(0.0, float(reset) - time.time()) if reset.isdigit() else None


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.content)
    except ValueError:
        return None


def _message(answer: Answer) -> str:
    """What the server said, in its own words; nothing of an HTML page."""
    body = _json(answer)
    if isinstance(body, Mapping):
        said = str(body.get("message") or "")
        number = {k.lower(): v for k, v in answer.headers.items()}.get("x-request-id", "")
        return redact(said + (f" (request {number})" if number and answer.status >= 500 else ""))
    return ""
