"""Branches, tags and history.

A tag never moves and a taken name answers 409 (texts: ours, but for "Tag reference exists already",
which clients were seen to be given). Squashing rewrites a branch into one commit; what tags point
to stays.
"""

from __future__ import annotations

import re
from typing import Any

from pubflow.rehearsal.huggingface.bodies import fields
from pubflow.rehearsal.huggingface.call import Call
from pubflow.rehearsal.huggingface.files import page
from pubflow.rehearsal.huggingface.refusals import Refusal, no_revision
from pubflow.rehearsal.huggingface.state import USER, Commit, timestamp
from pubflow.rehearsal.wire import Response

SHAPE = re.compile(
    r"^(?![-./])(?!.*(?:\.\.|//|@\{|\.lock$|[\s~^:?*\[\\\x00-\x1f\x7f]))[^\x00]+(?<![./])$"
)
"""git-check-ref-format, as far as names of tags and branches need it."""


def _check(name: str) -> str:
    if not SHAPE.match(name) or re.fullmatch(r"[0-9a-f]{40}", name):
        raise Refusal(400, f"Not a name for a reference: {name}")
    return name


def refs(call: Call) -> Response:
    repository = call.repository()

    def rows(prefix: str, table: dict[str, str]) -> list[dict[str, str]]:
        return [
            {"name": name, "ref": f"{prefix}{name}", "targetCommit": oid}
            for name, oid in table.items()
        ]

    tags = {name: tag["commit"] for name, tag in repository.tags.items()}
    found: dict[str, Any] = {
        "branches": rows("refs/heads/", repository.branches),
        "converts": [],
        "tags": rows("refs/tags/", tags),
    }
    if call.request.arg("include_prs") in ("1", "true", "True"):
        found["pullRequests"] = rows("", repository.pulls)
    return Response.of(found)


def commits(call: Call) -> Response:
    repository = call.repository()
    rows = []
    for commit in repository.history(repository.at(call.args["rev"]).oid):
        row: dict[str, Any] = {
            "id": commit.oid,
            "title": commit.title,
            "message": commit.message,
            "authors": [{"user": USER}],
            "date": timestamp(commit.when),
            "parents": list(commit.parents),
        }
        if "formatted" in call.request.query.get("expand[]", []):
            row["formatted"] = {"title": commit.title, "message": commit.message}
        rows.append(row)
    answer = page(call, rows)
    answer.headers["x-total-count"] = str(len(rows))
    return answer


def tag(call: Call) -> Response:
    body = fields(call.body, needs={"tag": str}, may={"message": str})
    repository = call.repository()
    commit = repository.at(call.args["rev"])
    name = _check(body["tag"])
    if name in repository.tags:
        raise Refusal(409, "Tag reference exists already")
    repository.tags[name] = {"commit": commit.oid, "message": body.get("message", "")}
    return Response(200)


def untag(call: Call) -> Response:
    if call.repository().tags.pop(call.args["rev"], None) is None:
        raise no_revision(call.args["rev"])
    return Response(200)


def branch(call: Call) -> Response:
    body = fields(
        call.body or {}, may={"startingPoint": str, "emptyBranch": bool, "overwrite": bool}
    )
    repository = call.repository()
    name = _check(call.args["rev"])
    if name in repository.branches and not body.get("overwrite"):
        raise Refusal(409, "Branch reference exists already")
    if body.get("emptyBranch"):
        start = Commit.make({}, "initial commit", "", (), call.now)
        repository.commits[start.oid] = start
    else:
        start = repository.at(body.get("startingPoint", "main"))
    repository.branches[name] = start.oid
    return Response(200)


def unbranch(call: Call) -> Response:
    repository = call.repository()
    name = call.args["rev"]
    if name == "main":
        raise Refusal(403, "The default branch cannot be deleted")
    if repository.branches.pop(name, None) is None:
        raise no_revision(name)
    return Response(200)


def squash(call: Call) -> Response:
    body = fields(call.body, may={"message": str})
    if len(body.get("message", "")) > 500:
        raise Refusal(400, '"message" must have at most 500 characters')
    repository = call.repository()
    name = call.args["rev"]
    if name not in repository.branches:
        raise no_revision(name)
    head = repository.at(name)
    title = body.get("message") or f"Super-squash branch '{name}'"
    made = Commit.make(head.tree, title, "", (), call.now)
    repository.commits[made.oid] = made
    repository.branches[name] = made.oid
    repository.modified = call.now
    return Response(200)
