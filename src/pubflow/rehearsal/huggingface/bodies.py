"""Reading request bodies without mercy: a field that the Hub does not know is refused.

The real Hub checks its bodies against schemas too; being at least as strict here means that a
misspelt field shows in the rehearsal and not in the release.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from pubflow.rehearsal.huggingface.refusals import Refusal
from pubflow.rehearsal.wire import Request

Kinds = type | tuple[type, ...]

JSON = "application/json"
NDJSON = "application/x-ndjson"
LFS = "application/vnd.git-lfs+json"
FORM = "application/x-www-form-urlencoded"

LONGEST = 32 * 2**20
"""More than any JSON body of the clients; the commit and file bytes are read elsewhere."""


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def needs_type(request: Request, *accepted: str) -> str:
    """The body's media type, one of `accepted`; anything else is refused with 415."""
    given = media_type(request)
    if given not in accepted:
        raise Refusal(
            415, f"Content-Type must be {' or '.join(accepted)}, not {given or 'missing'}"
        )
    return given


def read_json(request: Request, *accepted: str) -> Any:
    """The body as JSON; {} if empty, which needs no media type. A form gives lists of strings."""
    data = request.body.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise Refusal(413, "The request body is too large")
    if not data and not media_type(request):
        return {}
    given = needs_type(request, *(accepted or (JSON,)))
    if given == FORM:
        return parse_qs(data.decode("utf-8", "replace"), keep_blank_values=True)
    try:
        return json.loads(data) if data else {}
    except ValueError as error:
        raise Refusal(400, f"The request body is not JSON: {error}") from None


def fields(
    value: Any,
    *,
    needs: Mapping[str, Kinds] | None = None,
    may: Mapping[str, Kinds] | None = None,
    where: str = "body",
) -> dict[str, Any]:
    """`value` if it is an object with all of `needs`, some of `may` and nothing else.

    Kinds are Python types; a JSON true is no number, and null is allowed only where `NoneType` is.
    """
    if not isinstance(value, dict):
        raise Refusal(400, f"{where}: an object is expected")
    allowed = {**(needs or {}), **(may or {})}
    for name, item in value.items():
        if name not in allowed:
            raise Refusal(400, f'{where}: "{name}" is not allowed')
        kinds = allowed[name]
        wanted = kinds if isinstance(kinds, tuple) else (kinds,)
        if not isinstance(item, wanted) or (isinstance(item, bool) and bool not in wanted):
            names = " or ".join(kind.__name__ for kind in wanted)
            raise Refusal(400, f'{where}: "{name}" must be {names}')
    for name in needs or {}:
        if name not in value:
            raise Refusal(400, f'{where}: "{name}" is required')
    return value
