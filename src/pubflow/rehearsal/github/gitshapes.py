"""How commits, references, tags, trees and files look in JSON."""

from __future__ import annotations

import base64
from typing import Any

from . import objects
from .call import Call
from .shapes import node_id
from .store import Store
from .world import Repository

INLINE_MOST = 1024 * 1024
"""Bytes up to which a file's content is in the JSON (REST docs, "Get repository content")."""
_UNSIGNED = {
    "verified": False,
    "reason": "unsigned",
    "signature": None,
    "payload": None,
    "verified_at": None,
}
_PER_LINE = 60


def encoded(data: bytes) -> str:
    text = base64.b64encode(data).decode()
    lines = [text[at : at + _PER_LINE] for at in range(0, len(text), _PER_LINE)]
    return "\n".join(lines) + "\n" if lines else ""


def place(call: Call, of: Repository, kind: str, sha: str) -> str:
    return call.url(f"/repos/{of.full_name}/git/{kind}/{sha}")


def ref_shape(call: Call, of: Repository, store: Store, ref: str, sha: str) -> dict[str, Any]:
    kind = store.kind(sha)
    return {
        "ref": ref,
        "node_id": node_id("Ref", f"{of.id}:{ref}"),
        "url": call.url(f"/repos/{of.full_name}/git/{ref}"),
        "object": {"sha": sha, "type": kind, "url": place(call, of, f"{kind}s", sha)},
    }


def _person(who: objects.Signature) -> dict[str, Any]:
    return {"name": who.name, "email": who.email, "date": who.date}


def git_commit_shape(call: Call, of: Repository, it: objects.Commit) -> dict[str, Any]:
    page = f"/{of.full_name}/commit"
    return {
        "sha": it.sha,
        "node_id": node_id("Commit", it.sha),
        "url": place(call, of, "commits", it.sha),
        "html_url": call.url(f"{page}/{it.sha}"),
        "author": _person(it.author),
        "committer": _person(it.committer),
        "message": it.message,
        "tree": {"sha": it.tree, "url": place(call, of, "trees", it.tree)},
        "parents": [
            {
                "sha": sha,
                "url": place(call, of, "commits", sha),
                "html_url": call.url(f"{page}/{sha}"),
            }
            for sha in it.parents
        ],
        "verification": _UNSIGNED,
    }


def commit_shape(call: Call, of: Repository, it: objects.Commit) -> dict[str, Any]:
    inner = git_commit_shape(call, of, it)
    here = call.url(f"/repos/{of.full_name}/commits/{it.sha}")
    kept = ("author", "committer", "message", "tree", "url", "verification")
    return {
        "sha": it.sha,
        "node_id": inner["node_id"],
        "url": here,
        "html_url": inner["html_url"],
        "comments_url": f"{here}/comments",
        "commit": {name: inner[name] for name in kept} | {"comment_count": 0},
        # No account is known for any address.
        "author": None,
        "committer": None,
        "parents": inner["parents"],
    }


def file_shape(
    call: Call, of: Repository, path: str, entry: objects.Entry, ref: str
) -> dict[str, Any]:
    store = call.stores.of(of)
    told = entry_shape(call, of, path, entry, ref)
    data = store.read(entry.sha)[1]
    inline = len(data) <= INLINE_MOST
    return told | {
        "type": "file",
        "size": len(data),
        "content": encoded(data) if inline else "",
        "encoding": "base64" if inline else "none",
    }


def entry_shape(
    call: Call, of: Repository, path: str, entry: objects.Entry, ref: str
) -> dict[str, Any]:
    here = call.url(f"/repos/{of.full_name}/contents/{path}?ref={ref}")
    kind = "tree" if entry.type == "tree" else "blob"
    git = place(call, of, f"{kind}s", entry.sha)
    page = call.url(f"/{of.full_name}/{kind}/{ref}/{path}")
    raw = None if kind == "tree" else call.url(f"/{of.full_name}/raw/{ref}/{path}")
    names = {"tree": "dir", "commit": "submodule"}
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "size": 0,
        "type": names.get(entry.type, "symlink" if entry.mode == "120000" else "file"),
        "url": here,
        "git_url": git,
        "html_url": page,
        "download_url": raw,
        "_links": {"self": here, "git": git, "html": page},
    }


def tag_shape(call: Call, of: Repository, tag: objects.Tag) -> dict[str, Any]:
    url = place(call, of, f"{tag.type}s", tag.object)
    return {
        "node_id": node_id("Tag", tag.sha),
        "sha": tag.sha,
        "url": place(call, of, "tags", tag.sha),
        "tag": tag.name,
        "message": tag.message,
        "tagger": _person(tag.tagger),
        "object": {"type": tag.type, "sha": tag.object, "url": url},
        "verification": _UNSIGNED,
    }


def tree_shape(call: Call, of: Repository, store: Store, tree: str, deep: bool) -> dict[str, Any]:
    found = list(store.walk(tree)) if deep else [(e.name, e) for e in store.tree(tree)]
    told = []
    for path, entry in found:
        one: dict[str, Any] = {"path": path, "mode": entry.mode.zfill(6), "type": entry.type}
        one["sha"] = entry.sha
        if entry.type == "blob":
            one["size"] = len(store.read(entry.sha)[1])
        if entry.type != "commit":
            one["url"] = place(call, of, f"{entry.type}s", entry.sha)
        told.append(one)
    return {
        "sha": tree,
        "url": place(call, of, "trees", tree),
        "tree": told,
        "truncated": False,
    }


def blob_shape(call: Call, of: Repository, sha: str, data: bytes) -> dict[str, Any]:
    return {
        "sha": sha,
        "node_id": node_id("Blob", sha),
        "size": len(data),
        "url": place(call, of, "blobs", sha),
        "content": encoded(data),
        "encoding": "base64",
    }
