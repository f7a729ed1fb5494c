"""Accounts, limits and the service itself: `/user`, `/users`, `/orgs`, `/rate_limit`, `/meta`."""

from __future__ import annotations

import time

from ..wire import Response
from . import shapes
from .call import Access, Call, Route
from .replies import needs_token, not_found
from .world import USER

LIMIT = 5000
REMAINING = 4999
"""Never less: the rehearsal does not make anyone wait. Faults are the server's."""


def _repositories(call: Call, owner: str) -> int:
    return sum(1 for r in call.world if r.owner.lower() == owner.lower() and not r.private)


def me(call: Call) -> Response:
    count = _repositories(call, USER)
    told = shapes.person(USER, call.url, count, private=True)
    return Response.of(told)


def invitations(call: Call) -> Response:
    """Nobody invites anybody here."""
    return call.page([])


def user(call: Call) -> Response:
    login = call.args["username"]
    count = _repositories(call, login)
    return Response.of(shapes.person(login, call.url, count, private=False))


def organisation(call: Call) -> Response:
    login = call.args["org"]
    if login.lower() == USER:
        raise not_found()
    return Response.of(shapes.organisation(login, call.url, _repositories(call, login)))


def rate_limit(call: Call) -> Response:
    rate = {
        "limit": LIMIT,
        "remaining": REMAINING,
        "used": LIMIT - REMAINING,
        "reset": int(time.time()) + 3600,
    }
    kinds = ("core", "search", "graphql")
    return Response.of({"resources": dict.fromkeys(kinds, rate), "rate": rate})


def meta(call: Call) -> Response:
    return Response.of({"verifiable_password_authentication": False})


def permission(call: Call) -> Response:
    """Owners and their organisations may do everything; there is nobody else."""
    call.repository()
    if not call.known:
        raise needs_token()
    login = call.args["username"]
    mine = login.lower() == USER
    every = dict.fromkeys(("admin", "maintain", "push", "triage", "pull"), mine)
    who = shapes.account(login, call.url) | {"permissions": every}
    role = "admin" if mine else "none"
    return Response.of(
        {"permission": role, "role_name": role, "user": who | {"role_name": role}},
    )


ROUTES = (
    Route("GET", "/user", me, Access.TOKEN),
    Route("GET", "/user/repository_invitations", invitations, Access.TOKEN),
    Route("GET", "/users/{username}", user),
    Route("GET", "/orgs/{org}", organisation),
    Route("GET", "/rate_limit", rate_limit),
    Route("GET", "/meta", meta),
    Route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", permission),
)
