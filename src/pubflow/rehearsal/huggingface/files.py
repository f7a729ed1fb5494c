"""Looking at files: the tree in pages, facts of single paths, and the bytes.

Page size 1000 and the `Link` header as hub-docs' OpenAPI says (2026). Bytes are answered directly,
not by a redirect to a CDN: huggingface_hub follows a redirect to the same host name and then misses
`X-Repo-Commit` (measured 2026-11).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from pubflow.rehearsal.huggingface import gitnames, lfs
from pubflow.rehearsal.huggingface.bodies import FORM, fields, media_type
from pubflow.rehearsal.huggingface.call import Call
from pubflow.rehearsal.huggingface.refusals import Refusal, no_entry
from pubflow.rehearsal.huggingface.repositories import lfs_facts
from pubflow.rehearsal.huggingface.state import Commit, Entry, Repository, Tree, timestamp
from pubflow.rehearsal.wire import Response

PAGE = 1000
PATHS_LIMIT = 1000


def page(call: Call, items: list[Any], most: int = PAGE) -> Response:
    """One page of `items`, with a `Link` to the next."""
    limit, cursor = call.request.arg("limit", str(most)), call.request.arg("cursor", "0")
    if not limit.isdigit() or not cursor.isdigit() or not 0 < int(limit) <= most:
        raise Refusal(400, f'"limit" must be 1 to {most}, "cursor" one that was given')
    end = int(cursor) + int(limit)
    answer = Response.of(items[int(cursor) : end])
    if end < len(items):
        query = {name: values[-1] for name, values in call.request.query.items()}
        query |= {"limit": limit, "cursor": str(end)}
        address = f"{call.request.base}{call.request.path}?{urlencode(query)}"
        answer.headers["link"] = f'<{address}>; rel="next"'
    return answer


def _last_commit(repository: Repository, head: Commit, path: str) -> dict[str, str]:
    def seen(commit: Commit) -> dict[str, Entry]:
        return {
            name: entry
            for name, entry in commit.tree.items()
            if name == path or name.startswith(f"{path}/")
        }

    last, now = head, seen(head)
    for commit in repository.history(head.oid)[1:]:
        if seen(commit) != now:
            break
        last = commit
    return {"id": last.oid, "title": last.title, "date": timestamp(last.when)}


def facts(
    repository: Repository, head: Commit, folders: dict[str, str], path: str, expand: bool
) -> dict[str, Any]:
    """What tree and paths-info say of a file or folder."""
    entry = head.tree.get(path)
    found: dict[str, Any]
    if entry is None:
        found = {"type": "directory", "oid": folders[path], "size": 0, "path": path}
    else:
        found = {"type": "file", "oid": entry.git, "size": entry.size, "path": path}
        if entry.lfs:
            found["lfs"] = lfs_facts(entry.sha256, entry.size)
    if expand:
        found["lastCommit"] = _last_commit(repository, head, path)
        if entry is not None:
            found["securityFileStatus"] = {
                "status": "safe",
                "avScan": {"status": "safe", "virusFound": False, "virusNames": []},
                "pickleImportScan": None,
            }
    return found


def folders_of(tree: Tree) -> dict[str, str]:
    return gitnames.trees({path: entry.git for path, entry in tree.items()})


def _yes(value: Any) -> bool:
    return str(value).lower() in ("1", "true")


def tree(call: Call) -> Response:
    repository = call.repository()
    head = repository.at(call.args["rev"])
    recursive = _yes(call.request.arg("recursive"))
    expand = _yes(call.request.arg("expand"))
    folders = folders_of(head.tree)
    root = call.args.get("path", "").strip("/")
    if root not in folders:
        raise no_entry(root)
    start = f"{root}/" if root else ""
    inside = [path for path in [*folders, *head.tree] if path != root and path.startswith(start)]
    if not recursive:
        inside = [path for path in inside if "/" not in path.removeprefix(start)]
    # `expand` costs the Hub much, so its pages are shorter then (hub-docs, 2026: 100).
    most = 100 if expand else PAGE
    return page(
        call, [facts(repository, head, folders, path, expand) for path in sorted(inside)], most
    )


def paths_info(call: Call) -> Response:
    """Facts of the paths that exist; the others are left out without a word."""
    if media_type(call.request) == FORM:
        unknown = set(call.body) - {"paths", "expand"}
        if unknown:
            raise Refusal(400, f'body: "{sorted(unknown)[0]}" is not allowed')
        paths, expand = call.body.get("paths", []), _yes(call.body.get("expand", [""])[-1])
    else:
        body = fields(call.body, needs={"paths": (list, str)}, may={"expand": bool})
        paths = [body["paths"]] if isinstance(body["paths"], str) else body["paths"]
        expand = body.get("expand", False)
    if len(paths) > PATHS_LIMIT:
        raise Refusal(400, f'"paths" must hold at most {PATHS_LIMIT} items')
    repository = call.repository()
    head = repository.at(call.args["rev"])
    folders = folders_of(head.tree)
    known = [path for path in paths if path in head.tree or (path and path in folders)]
    return Response.of([facts(repository, head, folders, path, expand) for path in known])


def resolve(call: Call) -> Response:
    """A file's bytes; the ETag is the git name of a regular file and the sha256 of an LFS file."""
    repository = call.readable()
    head = repository.at(call.args["rev"])
    path = call.args["path"]
    entry = head.tree.get(path)
    if entry is None:
        refusal = no_entry(path)
        refusal.headers["x-repo-commit"] = head.oid
        raise refusal
    name = path.rpartition("/")[2]
    plain = name.encode("ascii", "replace").decode().replace('"', "'")
    headers = {
        "etag": f'"{entry.held_oid}"',
        "x-repo-commit": head.oid,
        "content-disposition": f"inline; filename*=UTF-8''{quote(name)}; filename=\"{plain}\";",
    }
    if entry.lfs:
        headers |= {"x-linked-size": str(entry.size), "x-linked-etag": f'"{entry.sha256}"'}
    elif name.endswith((".md", ".txt", ".json", ".csv", ".py", ".cff", ".yaml", ".yml", ".toml")):
        headers["content-type"] = "text/plain; charset=utf-8"
    source = call.stores.objects if entry.lfs else call.stores.regular
    return lfs.serve(call, source, entry.sha256, entry.size, headers)


def raw(call: Call) -> Response:
    """As `resolve`, but an LFS file shows its pointer."""
    repository = call.readable()
    entry = repository.at(call.args["rev"]).tree.get(call.args["path"])
    if entry is None or not entry.lfs:
        return resolve(call)
    headers = {"content-type": "text/plain; charset=utf-8", "etag": json.dumps(entry.git)}
    return Response(200, gitnames.pointer(entry.sha256, entry.size), headers)
