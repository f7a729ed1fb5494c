"""Collections: lists of repositories under an owner, which a release can make of its parts.

Fields as huggingface_hub 2.4 sends and reads them. A private repository in a public collection is
left out for strangers.
"""

from __future__ import annotations

import re
from types import NoneType
from typing import Any

from pubflow.rehearsal.huggingface.bodies import fields
from pubflow.rehearsal.huggingface.call import Call, Who, done
from pubflow.rehearsal.huggingface.files import page
from pubflow.rehearsal.huggingface.refusals import Refusal
from pubflow.rehearsal.huggingface.state import SEGMENTS, good_name, timestamp
from pubflow.rehearsal.wire import Response

THEMES = ("orange", "blue", "green", "purple", "pink", "indigo")
NOTE_LIMIT = 500
"""Characters, as huggingface_hub documents, like those of a description; a title's are a guess."""
TITLE_LIMIT = 60
DESCRIPTION_LIMIT = 150


def _missing() -> Refusal:
    return Refusal(404, "Collection not found")


def find(call: Call) -> dict[str, Any]:
    """The collection whose slug ends in the address's key. Raises Refusal if hidden or absent."""
    key = call.args["slug"].rpartition("-")[2]
    for collection in call.state.collections.values():
        if collection["owner"] == call.args["owner"] and collection["key"] == key:
            if collection["private"] and call.who is Who.STRANGER:
                break
            return collection
    raise _missing()


def slug(collection: dict[str, Any]) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", collection["title"].lower()).strip("-")
    return f"{collection['owner']}/{words}-{collection['key']}"


def visible_items(call: Call, collection: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for item in collection["items"]:
        repository = call.state.repositories.get(f"{item['type']}/{item['id']}")
        if repository is None or call.sees(repository):
            found.append(item)
    return found


def show(call: Call, collection: dict[str, Any]) -> dict[str, Any]:
    items = []
    for position, item in enumerate(visible_items(call, collection)):
        row = {
            "_id": item["key"],
            "id": item["id"],
            "type": item["type"],
            "position": position,
            "author": item["id"].partition("/")[0],
        }
        repository = call.state.repositories.get(f"{item['type']}/{item['id']}")
        if repository is not None:
            row |= {"private": repository.private, "gated": repository.gated}
        if item["note"]:
            row["note"] = {"text": item["note"]}
        items.append(row)
    return {
        "slug": slug(collection),
        "title": collection["title"],
        "description": collection["description"],
        "owner": {"name": collection["owner"], "type": "org"},
        "items": items,
        "lastUpdated": timestamp(collection["modified"]),
        "position": 0,
        "private": collection["private"],
        "theme": collection["theme"],
        "upvotes": 0,
        "url": f"{call.request.base}/collections/{slug(collection)}",
    }


def _lengths(body: dict[str, Any]) -> None:
    for name, most in (
        ("title", TITLE_LIMIT),
        ("description", DESCRIPTION_LIMIT),
        ("note", NOTE_LIMIT),
    ):
        if len(body.get(name) or "") > most:
            raise Refusal(400, f'"{name}" must have at most {most} characters')


def create(call: Call) -> Response:
    body = fields(
        call.body,
        needs={"title": str, "namespace": str},
        may={
            "description": (str, NoneType),
            "private": bool,
            "item": dict,
            "resourceGroupId": str,
        },
    )
    _lengths(body)
    if not body["title"].strip() or not good_name(body["namespace"]):
        raise Refusal(400, '"title" and "namespace" must name something')
    key = call.state.mint()
    collection = {
        "key": key,
        "owner": body["namespace"],
        "title": body["title"],
        "description": body.get("description"),
        "private": body.get("private", False),
        "theme": THEMES[0],
        "items": [],
        "modified": call.now,
    }
    if "item" in body:
        _append(call, collection, body["item"], "")
    call.state.collections[key] = collection
    return Response.of(show(call, collection))


def listing(call: Call) -> Response:
    """By owner and by item ("models/owner/name"), newest change first."""
    owners = call.request.query.get("owner", [])
    wanted = call.request.query.get("item", [])
    rows = []
    for collection in call.state.collections.values():
        if collection["private"] and call.who is Who.STRANGER:
            continue
        held = {
            f"{SEGMENTS.get(item['type'], item['type'] + 's')}/{item['id']}"
            for item in visible_items(call, collection)
        }
        if (not owners or collection["owner"] in owners) and (not wanted or held & set(wanted)):
            rows.append(show(call, collection))
    for row in rows:
        # The client numbers the rows itself.
        row.pop("position")
    rows.sort(key=lambda row: str(row["lastUpdated"]), reverse=True)
    return page(call, rows, 100)


def get(call: Call) -> Response:
    return Response.of(show(call, find(call)))


def update(call: Call) -> Response:
    body = fields(
        call.body,
        may={
            "title": str,
            "description": (str, NoneType),
            "private": bool,
            "position": int,
            "theme": str,
        },
    )
    _lengths(body)
    if body.get("theme", THEMES[0]) not in THEMES:
        raise Refusal(400, f'"theme" must be one of [{", ".join(THEMES)}]')
    collection = find(call)
    for name in ("title", "description", "private", "theme"):
        collection[name] = body.get(name, collection[name])
    collection["modified"] = call.now
    return Response.of({"success": True, "data": show(call, collection)})


def delete(call: Call) -> Response:
    del call.state.collections[find(call)["key"]]
    return done()


def _append(call: Call, collection: dict[str, Any], item: Any, note: str) -> None:
    item = fields(item, needs={"id": str, "type": str}, where="item")
    if item["type"] in SEGMENTS:
        call.find(item["type"], item["id"])
    elif item["type"] not in ("paper", "collection", "bucket"):
        raise Refusal(400, 'item: "type" must be model, dataset, space, paper or collection')
    if any(
        (held["type"], held["id"]) == (item["type"], item["id"]) for held in collection["items"]
    ):
        raise Refusal(409, "This item is in the collection already")
    collection["items"].append(
        {"key": call.state.mint(), "id": item["id"], "type": item["type"], "note": note}
    )
    collection["modified"] = call.now


def add_item(call: Call) -> Response:
    body = fields(call.body, needs={"item": dict}, may={"note": (str, NoneType)})
    _lengths(body)
    collection = find(call)
    _append(call, collection, body["item"], body.get("note") or "")
    return Response.of(show(call, collection))


def _item(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    collection = find(call)
    for item in collection["items"]:
        if item["key"] == call.args["item"]:
            return collection, item
    raise Refusal(404, "This item is not in the collection")


def update_item(call: Call) -> Response:
    body = fields(call.body, may={"note": (str, NoneType), "position": int})
    _lengths(body)
    collection, item = _item(call)
    item["note"] = body.get("note", item["note"]) or ""
    if "position" in body:
        collection["items"].remove(item)
        collection["items"].insert(body["position"], item)
    collection["modified"] = call.now
    return Response.of({"success": True})


def delete_item(call: Call) -> Response:
    collection, item = _item(call)
    collection["items"].remove(item)
    collection["modified"] = call.now
    return Response.of({"success": True})
