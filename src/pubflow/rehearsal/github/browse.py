"""Branches, tags, commits and files, as the REST API shows them to readers."""

from __future__ import annotations

import re
from typing import Any

from ..wire import Response
from .call import Call, Route
from .gitdata import filled, opened
from .gitshapes import commit_shape, entry_shape, file_shape
from .replies import failed, not_found, problem
from .shapes import node_id
from .store import Missing

_README = re.compile(r"readme(\.(md|rst|txt|markdown))?", re.IGNORECASE)


def list_branches(call: Call) -> Response:
    repository, store = opened(call)
    commits = f"/repos/{repository.full_name}/commits"
    return call.page(
        [
            {
                "name": name,
                "commit": {"sha": sha, "url": call.url(f"{commits}/{sha}")},
                "protected": name in repository.protected,
            }
            for name, sha in store.branches().items()
            if call.request.arg("protected") != "true" or name in repository.protected
        ]
    )


def read_branch(call: Call) -> Response:
    repository, store = opened(call)
    name = call.args["branch"]
    sha = store.branches().get(name)
    if sha is None:
        raise problem(404, "Branch not found")
    guarded = name in repository.protected
    here = call.url(f"/repos/{repository.full_name}/branches/{name}")
    checks: dict[str, Any] = {"enforcement_level": "off", "contexts": [], "checks": []}
    return Response.of(
        {
            "name": name,
            "commit": commit_shape(call, repository, store.commit(sha)),
            "_links": {"self": here, "html": call.url(f"/{repository.full_name}/tree/{name}")},
            "protected": guarded,
            "protection": {"enabled": guarded, "required_status_checks": checks},
            "protection_url": f"{here}/protection",
        }
    )


def list_tags(call: Call) -> Response:
    repository, store = opened(call)
    here = f"/repos/{repository.full_name}"
    told = []
    for name, sha in reversed(store.tags().items()):
        try:
            commit = store.commit(sha).sha
        except Missing:
            continue
        told.append(
            {
                "name": name,
                "commit": {"sha": commit, "url": call.url(f"{here}/commits/{commit}")},
                "zipball_url": call.url(f"{here}/zipball/refs/tags/{name}"),
                "tarball_url": call.url(f"{here}/tarball/refs/tags/{name}"),
                "node_id": node_id("Tag", f"{repository.id}:{name}"),
            }
        )
    return call.page(told)


def list_commits(call: Call) -> Response:
    repository, store = filled(call)
    try:
        start = store.resolve(call.request.arg("sha") or repository.default_branch)
    except Missing:
        raise not_found() from None
    log = store.log(start.sha, call.request.arg("path"))
    return call.page(log, lambda sha: commit_shape(call, repository, store.commit(sha)))


def read_commit(call: Call) -> Response:
    """A branch, tag or sha; with `Accept: application/vnd.github.sha` the bare sha."""
    repository, store = filled(call)
    name = call.args["ref"]
    try:
        commit = store.resolve(name)
    except Missing:
        raise problem(422, f"No commit found for SHA: {name}") from None
    if "vnd.github.sha" in call.request.headers.get("accept", ""):
        headers = {"content-type": "application/vnd.github.sha; charset=utf-8"}
        return Response(200, commit.sha.encode(), headers)
    return Response.of(commit_shape(call, repository, commit))


def read_contents(call: Call) -> Response:
    repository, store = opened(call)
    if not store.branches():
        raise problem(404, "This repository is empty.")
    path = call.args.get("path", "").strip("/")
    ref = call.request.arg("ref") or repository.default_branch
    try:
        entry = store.entry(store.resolve(ref).tree, path)
    except Missing:
        raise not_found() from None
    if entry.type == "tree":
        entries = sorted(store.tree(entry.sha), key=lambda e: e.name)
        told = []
        for one in entries:
            inner = f"{path}/{one.name}" if path else one.name
            size = len(store.read(one.sha)[1]) if one.type == "blob" else 0
            told.append(entry_shape(call, repository, inner, one, ref) | {"size": size})
        return Response.of(told)
    if entry.type == "commit":
        raise failed("Content", "path", "custom", "Submodules are not part of the rehearsal.")
    if "raw" in call.request.headers.get("accept", ""):
        headers = {"content-type": "application/vnd.github.raw; charset=utf-8"}
        return Response(200, store.read(entry.sha)[1], headers)
    return Response.of(file_shape(call, repository, path, entry, ref))


def read_readme(call: Call) -> Response:
    repository, store = opened(call)
    ref = call.request.arg("ref") or repository.default_branch
    try:
        entries = store.tree(store.resolve(ref).tree)
    except Missing:
        raise not_found() from None
    found = sorted((e for e in entries if _README.fullmatch(e.name)), key=lambda e: -len(e.name))
    if not found:
        raise not_found()
    return Response.of(file_shape(call, repository, found[0].name, found[0], ref))


_R = "/repos/{owner}/{repo}"
ROUTES = (
    Route("GET", f"{_R}/branches", list_branches),
    Route("GET", f"{_R}/branches/{{branch+}}", read_branch),
    Route("GET", f"{_R}/tags", list_tags),
    Route("GET", f"{_R}/commits", list_commits),
    Route("GET", f"{_R}/commits/{{ref+}}", read_commit),
    Route("GET", f"{_R}/contents", read_contents),
    Route("GET", f"{_R}/contents/{{path+}}", read_contents),
    Route("GET", f"{_R}/readme", read_readme),
)
