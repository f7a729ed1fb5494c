"""Repositories as wholes: create, delete, move, open and close, describe; and who is asking.

Fields as huggingface_hub 2.4 sends them and hub-docs' OpenAPI (2026) names them. Unlike there, a
new repository of every owner may be made with the one token.
"""

from __future__ import annotations

from types import NoneType
from typing import Any

from pubflow.rehearsal.huggingface import cards, gitnames
from pubflow.rehearsal.huggingface.bodies import fields
from pubflow.rehearsal.huggingface.call import Call, Who, done
from pubflow.rehearsal.huggingface.commits import attributes, small_text, stored
from pubflow.rehearsal.huggingface.refusals import Refusal, gated, no_repository
from pubflow.rehearsal.huggingface.state import (
    ORGANISATIONS,
    SEGMENTS,
    USER,
    Commit,
    Repository,
    Tree,
    good_name,
    timestamp,
)
from pubflow.rehearsal.wire import Response

_EXPANDABLE = """
author cardData config createdAt description disabled downloads downloadsAllTime gated
lastModified library_name likes model-index pipeline_tag private sdk sha siblings tags
trendingScore usedStorage xetEnabled
"""
EXPANDABLE = frozenset(_EXPANDABLE.split())


def whoami(call: Call) -> Response:
    if call.who is Who.STRANGER:
        raise Refusal(401, "Invalid username or password.")
    # Anybody may write for any organisation here: no role of a classic token says that.
    role = "fineGrained" if call.who is Who.WRITER else "read"
    orgs = [
        {
            "type": "org",
            "id": f"org{number}",
            "name": name,
            "fullname": name,
            "isEnterprise": False,
            "roleInOrg": "admin",
        }
        for number, name in enumerate(ORGANISATIONS)
    ]
    token = {
        "displayName": "rehearsal",
        "role": role,
        "createdAt": timestamp(0),
    }
    return Response.of(
        {
            "type": "user",
            "id": "user0",
            "name": USER,
            "fullname": "Rehearsal User",
            "email": "rehearsal@example.org",
            "emailVerified": True,
            "isPro": False,
            "canPay": False,
            "orgs": orgs,
            "auth": {"type": "access_token", "accessToken": token},
        }
    )


def _type(value: Any) -> str:
    if value not in (None, "model", "dataset", "space"):
        raise Refusal(400, '"type" must be model, dataset or space')
    return value or "model"


def _private(body: dict[str, Any], default: bool) -> bool:
    if "visibility" not in body:
        return bool(body.get("private", default))
    if "private" in body or body["visibility"] not in ("public", "private"):
        raise Refusal(400, '"visibility" must be public or private')
    return bool(body["visibility"] == "private")


def _full_name(body: dict[str, Any]) -> str:
    owner = body.get("organization") or USER
    if not good_name(owner) or not good_name(body["name"]) or len(body["name"]) > 96:
        raise Refusal(400, f"{owner}/{body['name']} is not a valid repository name")
    return f"{owner}/{body['name']}"


def create(call: Call) -> Response:
    body = fields(
        call.body,
        needs={"name": str},
        may={
            "organization": (str, NoneType),
            "type": str,
            "visibility": str,
            "private": bool,
            "resourceGroupId": str,
            "region": str,
            "license": str,
            "sdk": str,
        },
    )
    kind, full = _type(body.get("type")), _full_name(body)
    if kind == "space" and body.get("sdk") not in ("gradio", "docker", "static", "streamlit"):
        raise Refusal(400, '"sdk" must be gradio, docker or static for a Space')
    key = f"{kind}/{full}"
    existing = call.state.repositories.get(key)
    if existing is not None:
        known = {"url": f"{call.request.base}/{existing.place}", "name": full, "id": existing.key}
        raise Refusal(409, f"You already created this {kind} repo", extra=known)
    repository = Repository(
        full,
        kind,
        call.state.mint(),
        _private(body, False),
        call.now,
        call.now,
        sdk=body.get("sdk"),
    )
    tree: Tree = {".gitattributes": stored(call, attributes())}
    if "license" in body:
        tree["README.md"] = stored(call, f"---\nlicense: {body['license']}\n---\n".encode())
    first = Commit.make(tree, "initial commit", "", (), call.now)
    repository.commits[first.oid] = first
    repository.branches["main"] = first.oid
    call.state.repositories[key] = repository
    call.state.moved.pop(key, None)
    return Response.of(
        {
            "url": f"{call.request.base}/{repository.place}",
            "name": full,
            "id": repository.key,
            "private": repository.private,
        }
    )


def delete(call: Call) -> Response:
    body = fields(
        call.body, needs={"name": str}, may={"organization": (str, NoneType), "type": str}
    )
    if body.get("organization") is None and "/" in body["name"]:
        body["organization"], _, body["name"] = body["name"].partition("/")
    found = call.state.repositories.pop(f"{_type(body.get('type'))}/{_full_name(body)}", None)
    if found is None:
        raise no_repository()
    return done()


def move(call: Call) -> Response:
    body = fields(call.body, needs={"fromRepo": str, "toRepo": str}, may={"type": str})
    kind = _type(body.get("type"))
    repository = call.find(kind, body["fromRepo"])
    owner, _, name = body["toRepo"].partition("/")
    if not good_name(owner) or not good_name(name):
        raise Refusal(400, f"{body['toRepo']} is not a valid repository name")
    old, new = f"{kind}/{repository.id}", f"{kind}/{body['toRepo']}"
    if new in call.state.repositories:
        raise Refusal(409, f"{body['toRepo']} exists already")
    call.state.repositories[new] = call.state.repositories.pop(old)
    repository.id = body["toRepo"]
    for earlier, target in call.state.moved.items():
        if target == old:
            call.state.moved[earlier] = new
    call.state.moved[old] = new
    call.state.moved.pop(new, None)
    return done()


def settings(call: Call) -> Response:
    body = fields(
        call.body,
        may={
            "visibility": str,
            "private": bool,
            "gated": (str, bool),
            "discussionsDisabled": bool,
            "gatedNotificationsEmail": str,
            "gatedNotificationsMode": str,
        },
    )
    repository = call.repository()
    if body.get("gated", False) not in ("auto", "manual", False) or body.get("gated") is True:
        raise Refusal(400, '"gated" must be auto, manual or false')
    repository.private = _private(body, repository.private)
    repository.gated = body.get("gated", repository.gated)
    repository.discussions_disabled = body.get(
        "discussionsDisabled", repository.discussions_disabled
    )
    visibility = "private" if repository.private else "public"
    return Response.of(
        {"private": repository.private, "gated": repository.gated, "visibility": visibility}
    )


def auth_check(call: Call) -> Response:
    """200 if the caller may read the files, or write them with `/write`."""
    repository = call.repository()
    if repository.gated and call.who is Who.STRANGER:
        raise gated(repository.id)
    ours = call.who is Who.WRITER or call.only == f"{repository.type}/{repository.id}"
    if call.request.path.endswith("/write") and not ours:
        raise Refusal(403, "You need write access to this repository")
    return Response.of({})


def describe(call: Call, repository: Repository, rev: str, blobs: bool = False) -> dict[str, Any]:
    """Everything that the info endpoint may say of a repository at a revision."""
    commit = repository.at(rev)
    card = small_text(call, commit.tree, "README.md")
    try:
        data = cards.metadata(card)
    except ValueError:
        data = {}
    siblings: list[dict[str, Any]] = []
    for path, entry in sorted(commit.tree.items()):
        sibling: dict[str, Any] = {"rfilename": path}
        if blobs:
            sibling |= {"size": entry.size, "blobId": entry.git}
            if entry.lfs:
                sibling["lfs"] = lfs_facts(entry.sha256, entry.size, digest_key="sha256")
        siblings.append(sibling)
    found: dict[str, Any] = {
        "_id": repository.key,
        "id": repository.id,
        "author": repository.owner,
        "sha": commit.oid,
        "lastModified": timestamp(repository.modified),
        "private": repository.private,
        "gated": repository.gated,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": cards.tags(card, repository.type),
        "cardData": data,
        "createdAt": timestamp(repository.created),
        "usedStorage": sum(
            {entry.sha256: entry.size for entry in commit.tree.values() if entry.lfs}.values()
        ),
        "siblings": siblings,
    }
    if repository.type == "model":
        found["modelId"] = repository.id
        for key in ("pipeline_tag", "library_name"):
            if isinstance(data.get(key), str):
                found[key] = data[key]
    if repository.type == "space":
        found["sdk"] = repository.sdk
    return found


def lfs_facts(sha256: str, size: int, digest_key: str = "oid") -> dict[str, Any]:
    pointer_size = len(gitnames.pointer(sha256, size))
    return {digest_key: sha256, "size": size, "pointerSize": pointer_size}


def info(call: Call) -> Response:
    repository = call.repository()
    query = call.request.query
    blobs = call.request.arg("blobs") in ("1", "true", "True")
    found = describe(call, repository, call.args.get("rev", "main"), blobs)
    expand = [*query.get("expand", []), *query.get("expand[]", [])]
    if expand:
        unknown = sorted(set(expand) - EXPANDABLE)
        if unknown:
            raise Refusal(400, f'"expand" knows no {", ".join(unknown)}')
        kept = {"_id", "id", "modelId", *expand}
        found = {key: value for key, value in found.items() if key in kept}
    return Response.of(found)


def listing(call: Call) -> Response:
    """Repositories of one type by author, and by a part of the name."""
    author, search = call.request.arg("author"), call.request.arg("search").lower()
    found = [
        describe(call, repository, "main")
        for repository in call.state.repositories.values()
        if SEGMENTS[repository.type] == call.args["kind"]
        and call.sees(repository)
        and author in ("", repository.owner)
        and search in repository.id.lower()
    ]
    found.sort(key=lambda item: str(item["lastModified"]), reverse=True)
    limit = call.request.arg("limit")
    return Response.of(found[: int(limit)] if limit.isdigit() else found)
