"""Repositories: create, read, change, delete; topics, licence, and the switches around releases."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ..wire import Response
from . import licences, shapes
from .call import Access, Call, Route
from .gitshapes import file_shape
from .replies import (
    failed,
    failed_text,
    invalid_request,
    needs_token,
    no_content,
    not_found,
    problem,
)
from .store import Missing
from .world import USER, Repository

NAME_MOST = 100
DESCRIPTION_MOST = 350
TOPICS_MOST = 20
_TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?")
_KEPT = {"name", "description", "homepage", "private", "visibility", "archived", "default_branch"}
_AT_BIRTH = {"auto_init", "gitignore_template", "license_template", "team_id"}


def _shape(call: Call, repository: Repository) -> dict[str, Any]:
    store = call.stores.of(repository)
    return shapes.repository(repository, store, call.url, known=call.known, full=True)


def _listed(call: Call, owner: str | None) -> Response:
    # Everything that exists is visible to the token, as all owners are its own.
    mine = [
        shapes.repository(r, call.stores.of(r), call.url, known=call.known)
        for r in call.world
        if (owner is None or r.owner.lower() == owner.lower()) and (call.known or not r.private)
    ]
    return call.page(mine)


def list_mine(call: Call) -> Response:
    return _listed(call, None)


def list_of_organisation(call: Call) -> Response:
    return _listed(call, call.args["org"])


def _name(text: str) -> str:
    """GitHub turns what a name may not hold into dashes."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text)
    if not name or name in (".", "..") or name.lower().endswith((".git", ".wiki")):
        raise failed("Repository", "name", "custom", "name is not allowed")
    if len(name) > NAME_MOST:
        message = f"name is too long (maximum is {NAME_MOST} characters)"
        raise failed("Repository", "name", "custom", message)
    return name


def _description(text: str) -> str:
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        message = "description control characters are not allowed"
        raise failed("Repository", "description", "custom", message)
    if len(text) > DESCRIPTION_MOST:
        message = f"description is too long (maximum is {DESCRIPTION_MOST} characters)"
        raise failed("Repository", "description", "custom", message)
    return text


def _private(fields: dict[str, Any], before: bool) -> bool:
    private = fields.get("private", before)
    if "visibility" in fields:
        wanted = fields["visibility"] == "private"
        if "private" in fields and private != wanted:
            raise invalid_request("'private' and 'visibility' say different things.")
        private = wanted
    return bool(private)


def _create(call: Call, owner: str) -> Response:
    if not _OWNER.fullmatch(owner):
        raise not_found()
    fields = call.fields()
    if any(fields.get(name) for name in _AT_BIRTH - {"auto_init"}):
        raise invalid_request("Templates and teams are not part of the rehearsal.")
    name = _name(fields["name"])
    if call.world.get(owner, name) is not None:
        message = "name already exists on this account"
        raise failed("Repository", "name", "custom", message)
    repository = Repository(
        id=call.world.new_id(),
        owner=owner,
        name=name,
        private=_private(fields, False),
        created_at=call.now,
        updated_at=call.now,
        pushed_at=call.now,
        description=_description(fields["description"]) if fields.get("description") else None,
        homepage=fields.get("homepage") or None,
        settings={k: v for k, v in fields.items() if k not in _KEPT | _AT_BIRTH},
    )
    store = call.stores.create(repository)
    if fields.get("auto_init"):
        blob = store.write("blob", f"# {name}\n".encode())
        tree = store.write("tree", b"100644 README.md\0" + bytes.fromhex(blob))
        who = f"{USER} <{USER}@localhost> 0 +0000"
        text = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nInitial commit\n"
        store.set_ref("refs/heads/main", store.write("commit", text.encode()))
    call.world.add(repository)
    told = _shape(call, repository)
    return Response.of(told, 201, location=told["url"])


def create_mine(call: Call) -> Response:
    return _create(call, USER)


def create_in_organisation(call: Call) -> Response:
    owner = call.args["org"]
    if owner.lower() == USER:
        raise not_found()
    return _create(call, owner)


def read(call: Call) -> Response:
    return Response.of(_shape(call, call.repository()))


def change(call: Call) -> Response:
    repository = call.repository(write=True)
    fields = call.fields()
    if repository.archived and fields.get("archived") is not False:
        raise problem(403, "Repository was archived so is read-only.")
    name = _name(fields.get("name", repository.name))
    branch = fields.get("default_branch", repository.default_branch)
    store = call.stores.of(repository)
    if branch != repository.default_branch and branch not in store.branches():
        message = f"The branch {branch} was not found. Please push that ref first or create it."
        raise failed("Repository", "default_branch", "invalid", message)
    there = call.world.get(repository.owner, name)
    if there is not None and there is not repository:
        message = "name already exists on this account"
        raise failed("Repository", "name", "custom", message)
    description = _description(fields.get("description", "")) or None
    repository.private = _private(fields, repository.private)
    if "description" in fields:
        repository.description = description
    if "homepage" in fields:
        repository.homepage = fields["homepage"] or None
    repository.archived = fields.get("archived", repository.archived)
    if branch != repository.default_branch:
        repository.default_branch = branch
        store.set_head(branch)
    repository.settings |= {k: v for k, v in fields.items() if k not in _KEPT}
    protection = (fields.get("security_and_analysis") or {}).get("secret_scanning_push_protection")
    if protection is not None:
        store.protect(protection.get("status") == "enabled")
    repository.updated_at = call.now
    if name != repository.name:
        call.stores.move(repository, name)
        call.world.rename(repository, name)
    return Response.of(_shape(call, repository))


def delete(call: Call) -> Response:
    repository = call.repository(write=True)
    call.world.remove(repository)
    call.stores.remove(repository)
    return no_content()


def read_topics(call: Call) -> Response:
    return Response.of({"names": call.repository().topics})


def write_topics(call: Call) -> Response:
    """All topics at once. They are kept in lower case (REST docs, "Replace all repository
    topics", 2026-11)."""
    repository = call.repository(write=True)
    names = list(dict.fromkeys(name.lower() for name in call.fields()["names"]))
    if not all(_TOPIC.fullmatch(name) for name in names):
        raise failed_text(
            "Topics must start with a lowercase letter or number, consist of 50 characters or "
            "less, and can include hyphens."
        )
    if len(names) > TOPICS_MOST:
        raise failed_text(f"A repository cannot have more than {TOPICS_MOST} topics.")
    repository.topics = names
    repository.updated_at = call.now
    return Response.of({"names": names})


def read_licence(call: Call) -> Response:
    repository = call.repository()
    store = call.stores.of(repository)
    ref = call.request.arg("ref") or f"refs/heads/{repository.default_branch}"
    try:
        commit = store.resolve(ref)
        found = licences.detect(store, commit.sha)
    except Missing:
        raise not_found() from None
    if found is None:
        raise not_found()
    told = file_shape(call, repository, found[1].name, found[1], ref.removeprefix("refs/heads/"))
    return Response.of(told | {"license": shapes.licence(found[0], call.url)})


def _nothing(call: Call) -> Response:
    call.repository()
    return Response.of([])


def read_immutability(call: Call) -> Response:
    """404 when the switch is off, as the description says; and to those who may not see it."""
    repository = call.repository()
    if not call.known or not repository.immutable_releases:
        raise not_found()
    return Response.of({"enabled": True, "enforced_by_owner": False})


def _immutability(on: bool) -> Any:
    def answer(call: Call) -> Response:
        repository = call.repository(write=True)
        repository.immutable_releases = on
        return no_content()

    return answer


def actions_permissions(call: Call) -> Response:
    call.repository()
    if not call.known:
        raise needs_token()
    return Response.of({"enabled": True, "allowed_actions": "all", "sha_pinning_required": False})


def attestations(call: Call) -> Response:
    call.repository()
    return Response.of({"attestations": []})


_R = "/repos/{owner}/{repo}"
ROUTES = (
    Route("GET", "/user/repos", list_mine, Access.TOKEN),
    Route("POST", "/user/repos", create_mine, Access.TOKEN),
    Route("GET", "/orgs/{org}/repos", list_of_organisation),
    Route("POST", "/orgs/{org}/repos", create_in_organisation, Access.TOKEN),
    Route("GET", _R, read),
    Route("PATCH", _R, change),
    Route("DELETE", _R, delete),
    Route("GET", f"{_R}/topics", read_topics),
    Route("PUT", f"{_R}/topics", write_topics),
    Route("GET", f"{_R}/license", read_licence),
    Route("GET", f"{_R}/pulls", _nothing),
    Route("GET", f"{_R}/immutable-releases", read_immutability),
    Route("PUT", f"{_R}/immutable-releases", _immutability(True)),
    Route("DELETE", f"{_R}/immutable-releases", _immutability(False)),
    Route("GET", f"{_R}/actions/permissions", actions_permissions),
    Route("GET", f"{_R}/attestations/{{subject_digest}}", attestations),
)
