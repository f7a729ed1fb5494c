"""Every address of the stand-in: path, method, who may, what kind of body, and whether it changes.

A path that is known under another method is a 405; an unknown one is a 404. POSTs that only read
are listed as such: preupload, validate-yaml, paths-info, the LFS batch (it hands out addresses and
stores nothing) and the LFS verify. A PUT of LFS bytes is a change, though nobody can see the object
before a commit names it: it takes space in the world.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from pubflow.rehearsal.huggingface import (
    collections,
    commits,
    discussions,
    files,
    lfs,
    oauth,
    pages,
    refs,
    repositories,
)
from pubflow.rehearsal.huggingface.bodies import FORM, JSON, LFS
from pubflow.rehearsal.huggingface.call import Call
from pubflow.rehearsal.wire import Response

Answer = Callable[[Call], Response]

PIECES = {
    "kind": "models|datasets|spaces",
    "owner": r"(?!(?:api|datasets|spaces|collections|models|_lfs|-|docs|oauth)/)[^/]+",
    "path": ".+",
    "num": r"\d+",
    "part": r"\d{1,6}",
    "oid": "[0-9a-f]{64}",
}
SHORTHANDS = {
    "{api}": "/api/{kind}/{owner}/{name}",
    "{web}": "/(?:(?P<kind>datasets|spaces)/)?{owner}/{name}",
    "{thread}": "/api/{kind}/{owner}/{name}/discussions/{num}",
    "{list}": "/api/collections/{owner}/{slug}",
}


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    answer: Answer
    writes: bool
    """Whether a token that may write is needed."""
    changes: bool
    accepts: tuple[str, ...]
    """Media types of the JSON or form body; none if there is no such body."""
    streams: bool
    """Whether the answer takes the lock itself, because it reads a body of any size."""

    def match(self, path: str) -> dict[str, str] | None:
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        return {
            name: unquote(value) for name, value in found.groupdict().items() if value is not None
        }


def _pattern(text: str) -> re.Pattern[str]:
    for short, long in SHORTHANDS.items():
        text = text.replace(short, long)
    return re.compile(
        re.sub(r"\{(\w+)\}", lambda hit: f"(?P<{hit[1]}>{PIECES.get(hit[1], '[^/]+')})", text)
    )


def _route(
    method: str,
    path: str,
    answer: Answer,
    *,
    writes: bool | None = None,
    changes: bool | None = None,
    accepts: tuple[str, ...] = (),
    streams: bool = False,
) -> Route:
    acts = method != "GET"
    return Route(
        method,
        _pattern(path),
        answer,
        acts if writes is None else writes,
        acts if changes is None else changes,
        accepts,
        streams,
    )


J = (JSON,)

ROUTES: tuple[Route, ...] = (
    _route("POST", "/oauth/token", oauth.token, writes=False, changes=False, accepts=J),
    _route("GET", "/api/whoami-v2", repositories.whoami),
    _route(
        "POST", "/api/validate-yaml", commits.validate_yaml, writes=False, changes=False, accepts=J
    ),
    _route("POST", "/api/repos/create", repositories.create, accepts=J),
    _route("DELETE", "/api/repos/delete", repositories.delete, accepts=J),
    _route("POST", "/api/repos/move", repositories.move, accepts=J),
    _route("GET", "/api/{kind}", repositories.listing),
    _route("GET", "{api}", repositories.info),
    _route("GET", "{api}/revision/{rev}", repositories.info),
    _route("PUT", "{api}/settings", repositories.settings, accepts=J),
    _route("GET", "{api}/auth-check(?:/write)?", repositories.auth_check),
    _route("GET", "{api}/tree/{rev}(?:/{path})?", files.tree),
    _route(
        "POST",
        "{api}/paths-info/{rev}",
        files.paths_info,
        writes=False,
        changes=False,
        accepts=(JSON, FORM),
    ),
    _route("GET", "{api}/refs", refs.refs),
    _route("GET", "{api}/commits/{rev}", refs.commits),
    _route("POST", "{api}/tag/{rev}", refs.tag, accepts=J),
    _route("DELETE", "{api}/tag/{rev}", refs.untag),
    _route("POST", "{api}/branch/{rev}", refs.branch, accepts=J),
    _route("DELETE", "{api}/branch/{rev}", refs.unbranch),
    _route("POST", "{api}/super-squash/{rev}", refs.squash, accepts=J),
    _route("GET", "{api}/discussions", discussions.listing),
    _route("POST", "{api}/discussions", discussions.create, accepts=J),
    _route("GET", "{thread}", discussions.details),
    _route("POST", "{thread}/comment", discussions.comment, accepts=J),
    _route("POST", "{thread}/title", discussions.retitle, accepts=J),
    _route("POST", "{thread}/status", discussions.status, accepts=J),
    _route("POST", "{thread}/merge", discussions.merge, accepts=J),
    _route("POST", "{api}/preupload/{rev}", commits.preupload, changes=False, accepts=J),
    _route("POST", "{api}/commit/{rev}", commits.commit, streams=True),
    _route("GET", "{api}/xet-write-token/{rev}", lfs.xet_write_token, writes=True),
    _route(
        "POST",
        r"{web}\.git/info/lfs/objects/batch",
        lfs.batch,
        writes=False,
        changes=False,
        accepts=(LFS,),
    ),
    _route("PUT", "/_lfs/put/{oid}", lfs.put, writes=False, streams=True),
    _route("PUT", "/_lfs/part/{oid}/{part}", lfs.put_part, writes=False, streams=True),
    _route(
        "POST",
        "/_lfs/complete/{oid}",
        lfs.complete,
        writes=False,
        accepts=(LFS, JSON),
        streams=True,
    ),
    _route("POST", "/_lfs/verify/{oid}", lfs.verify, changes=False, accepts=(JSON, LFS)),
    _route("GET", "/_lfs/get/{oid}", lfs.get),
    _route("GET", "/api/collections", collections.listing),
    _route("POST", "/api/collections", collections.create, accepts=J),
    _route("GET", "{list}", collections.get),
    _route("PATCH", "{list}", collections.update, accepts=J),
    _route("DELETE", "{list}", collections.delete),
    _route("POST", "{list}/items", collections.add_item, accepts=J),
    _route("PATCH", "{list}/items/{item}", collections.update_item, accepts=J),
    _route("DELETE", "{list}/items/{item}", collections.delete_item),
    _route("GET", "/", pages.home),
    _route("GET", "/collections/{owner}/{slug}", pages.collection),
    _route("GET", "{web}", pages.repository),
    _route("GET", "{web}/resolve/{rev}/{path}", files.resolve),
    _route("GET", "{web}/raw/{rev}/{path}", files.raw),
    _route("GET", "{web}/tree/{rev}(?:/{path})?", pages.tree),
    _route("GET", "{web}/blob/{rev}/{path}", pages.blob),
    _route("GET", "{web}/commits/{rev}", pages.commits),
    _route("GET", "{web}/commit/{rev}", pages.commit),
    _route("GET", "{web}/discussions/{num}", pages.discussion),
    _route("GET", r"/(?P<owner>(?!api$|_lfs$)[^/]+)", pages.owner),
)


def find(method: str, path: str) -> tuple[Route | None, dict[str, str], frozenset[str]]:
    """The route, the parts of the path, and which methods the path knows at all."""
    known: set[str] = set()
    wanted = "GET" if method == "HEAD" else method
    for route in ROUTES:
        args = route.match(path)
        if args is None:
            continue
        if route.method == wanted:
            return route, args, frozenset()
        known.add(route.method)
        if route.method == "GET":
            known.add("HEAD")
    return None, {}, frozenset(known)
