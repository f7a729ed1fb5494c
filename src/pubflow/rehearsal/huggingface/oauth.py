"""Trusted Publishers: a workflow's identity in exchange for a token of one repository.

As hub-docs trusted-publishers.md tells it (2026-08; RFC 8693): the identity is a signed JWT whose
audience is the Hub and whose `repository` claim names the workflow's repository; the token is
short-lived, reaches one repository that is there, and makes none. Here every repository trusts
every workflow and signatures are not verified, as no one could sign for GitHub; the shape of the
refusals is a guess.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from pubflow.rehearsal.huggingface.bodies import fields
from pubflow.rehearsal.huggingface.call import Call
from pubflow.rehearsal.huggingface.refusals import Refusal
from pubflow.rehearsal.wire import Response

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
SUBJECT = "urn:ietf:params:oauth:token-type:id_token"
LIFETIME = 3600
PREFIXES = {"datasets": "dataset", "spaces": "space"}


def token(call: Call) -> Response:
    body = fields(
        call.body,
        needs={"grant_type": str, "subject_token_type": str, "subject_token": str, "resource": str},
    )
    if body["grant_type"] != GRANT or body["subject_token_type"] != SUBJECT:
        raise Refusal(400, "unsupported_grant_type")
    claims = _claims(body["subject_token"])
    if claims.get("aud") != call.request.base or not claims.get("repository"):
        raise Refusal(401, "invalid_grant: the identity is not meant for this Hub")
    first, _, rest = body["resource"].partition("/")
    kind = PREFIXES.get(first, "model")
    name = rest if first in PREFIXES else body["resource"]
    key = f"{kind}/{name}"
    if key not in call.state.repositories:
        raise Refusal(403, f"No trusted publisher of {body['resource']} matches this workflow")
    made = f"hf_jwt_{secrets.token_urlsafe(24)}"
    call.stores.publishers[made] = (key, call.now + LIFETIME)
    return Response.of({"access_token": made, "token_type": "bearer", "expires_in": LIFETIME})


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    try:
        body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(body)
    except (IndexError, ValueError):
        claims = None
    if not isinstance(claims, dict):
        raise Refusal(401, "invalid_grant: the identity is not a JWT")
    return claims
