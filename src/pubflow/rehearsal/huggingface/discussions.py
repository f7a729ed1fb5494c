"""Discussions and pull requests, as far as a release opens, fills and merges them.

A pull request is the ref `refs/pr/N`; one made by API starts as a draft (huggingface_hub 2.4,
hf_api.py). The answers hold what the client reads; the rest of the Hub's is not known.
"""

from __future__ import annotations

from typing import Any

from pubflow.rehearsal.huggingface.bodies import fields
from pubflow.rehearsal.huggingface.call import Call
from pubflow.rehearsal.huggingface.commits import new_thread
from pubflow.rehearsal.huggingface.refusals import Refusal
from pubflow.rehearsal.huggingface.state import USER, Commit, Discussion, Repository, timestamp
from pubflow.rehearsal.wire import Response


def _row(repository: Repository, thread: Discussion) -> dict[str, Any]:
    return {
        "num": thread.num,
        "title": thread.title,
        "status": thread.status,
        "author": {"name": USER, "fullname": "Rehearsal User", "type": "user"},
        "isPullRequest": thread.pull_request,
        "createdAt": timestamp(thread.when),
        "numComments": len(thread.comments) + 1,
        "repo": {"name": repository.id, "type": repository.type},
    }


def _comment(thread: Discussion, number: int, text: str) -> dict[str, Any]:
    return {
        "id": f"{thread.num:012x}{number:012x}",
        "type": "comment",
        "author": {"name": USER},
        "createdAt": timestamp(thread.when),
        "data": {
            "latest": {"raw": text, "html": "", "updatedAt": timestamp(thread.when)},
            "history": [],
            "hidden": False,
            "edited": False,
        },
    }


def _thread(call: Call) -> tuple[Repository, Discussion]:
    repository = call.repository()
    thread = repository.discussion(int(call.args["num"]))
    if thread is None:
        raise Refusal(404, f"Discussion {call.args['num']} does not exist")
    return repository, thread


def listing(call: Call) -> Response:
    repository = call.repository()
    kind, status = call.request.arg("type", "all"), call.request.arg("status", "all")
    rows = [
        _row(repository, thread)
        for thread in reversed(repository.discussions)
        if kind == "all" or thread.pull_request == (kind == "pull_request")
        if status == "all" or (status == "closed") == (thread.status in ("closed", "merged"))
    ]
    return Response.of({"discussions": rows, "count": len(rows), "start": 0})


def create(call: Call) -> Response:
    body = fields(call.body, needs={"title": str}, may={"description": str, "pullRequest": bool})
    repository = call.repository()
    if repository.discussions_disabled:
        raise Refusal(403, "Discussions are disabled for this repository")
    if len(body["title"].strip()) < 3 and body.get("pullRequest"):
        raise Refusal(400, '"title" must have at least 3 characters')
    pull = body.get("pullRequest", False)
    thread = new_thread(
        repository,
        body["title"],
        body.get("description", ""),
        pull,
        "draft" if pull else "open",
        call.now,
    )
    if pull:
        repository.pulls[f"refs/pr/{thread.num}"] = repository.branches["main"]
    address = f"{call.request.base}/{repository.place}/discussions/{thread.num}"
    return Response.of({"num": thread.num, "url": address, "pullRequest": pull})


def details(call: Call) -> Response:
    repository, thread = _thread(call)
    texts = [thread.description, *thread.comments]
    found = _row(repository, thread)
    found["events"] = [_comment(thread, number, text) for number, text in enumerate(texts)]
    found["changes"] = {"base": "refs/heads/main"}
    if thread.merge_commit:
        found["changes"]["mergeCommitId"] = thread.merge_commit
    found["filesWithConflicts"] = []
    if thread.pull_request:
        found["diff"] = _diff(repository, thread)
    return Response.of(found)


def _diff(repository: Repository, thread: Discussion) -> str:
    """The names of the files that differ; the Hub gives a whole git diff."""
    before = repository.at("main").tree
    after = repository.at(f"refs/pr/{thread.num}").tree
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    return "".join(f"diff --git a/{path} b/{path}\n" for path in changed)


def comment(call: Call) -> Response:
    body = fields(call.body, needs={"comment": str})
    _, thread = _thread(call)
    thread.comments.append(body["comment"])
    return Response.of({"newMessage": _comment(thread, len(thread.comments), body["comment"])})


def retitle(call: Call) -> Response:
    body = fields(call.body, needs={"title": str})
    _, thread = _thread(call)
    event = {
        **_comment(thread, 0, ""),
        "type": "title-change",
        "data": {"from": thread.title, "to": body["title"]},
    }
    thread.title = body["title"]
    return Response.of({"newTitle": event})


def status(call: Call) -> Response:
    body = fields(call.body, needs={"status": str}, may={"comment": str})
    _, thread = _thread(call)
    if body["status"] not in ("open", "closed") or thread.status == "merged":
        raise Refusal(400, '"status" must be open or closed, and the request not merged')
    thread.status = body["status"]
    event = {
        **_comment(thread, 0, ""),
        "type": "status-change",
        "data": {"status": thread.status},
    }
    return Response.of({"newStatus": event})


def merge(call: Call) -> Response:
    """Bring a pull request's changes to main as one commit. What both sides changed conflicts.

    Its text lists the titles of the commits that it is made of (seen on the Hub: commit a6e817b of
    chowdhuryshaif/AI_Camp_NLP); in which order is a guess.
    """
    body = fields(call.body or {}, may={"comment": str})
    repository, thread = _thread(call)
    if not thread.pull_request or thread.status != "open":
        # A draft cannot be merged (hub-docs repositories-pull-requests-discussions.md, 2026-08).
        raise Refusal(400, "Only an open pull request can be merged")
    if body.get("comment"):
        thread.comments.append(body["comment"])
    base, main = _fork(repository, thread), repository.at("main")
    theirs = repository.at(f"refs/pr/{thread.num}").tree
    merged = dict(main.tree)
    for path in {*base.tree, *theirs}:
        new = theirs.get(path)
        if new == base.tree.get(path):
            continue
        if main.tree.get(path) not in (base.tree.get(path), new):
            raise Refusal(409, f"{path} was changed on main too")
        if new is None:
            merged.pop(path, None)
        else:
            merged[path] = new
    title = f"{thread.title} (#{thread.num})"
    made = Commit.make(merged, title, _parts(repository, thread, base), (main.oid,), call.now)
    repository.commits[made.oid] = made
    repository.branches["main"] = made.oid
    repository.modified = call.now
    thread.status, thread.merge_commit = "merged", made.oid
    return Response.of({"success": True, "mergeCommitId": made.oid})


def _parts(repository: Repository, thread: Discussion, base: Commit) -> str:
    own = []
    for commit in repository.history(repository.pulls[f"refs/pr/{thread.num}"]):
        if commit.oid == base.oid:
            break
        own.append(f"- {commit.title} ({commit.oid})")
    return "\n".join(reversed(own))


def _fork(repository: Repository, thread: Discussion) -> Commit:
    """The newest commit that the pull request and main share; after a squash, an empty one."""
    shared = {commit.oid for commit in repository.history(repository.branches["main"])}
    for commit in repository.history(repository.pulls[f"refs/pr/{thread.num}"]):
        if commit.oid in shared:
            return commit
    return Commit("", "", "", (), 0, {})
