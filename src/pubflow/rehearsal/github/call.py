"""One request on its way: who asks, what the address names, and what may be answered."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote, unquote, urlencode

from ..wire import Blobs, Request, Response
from .fields import BODIES, check
from .replies import bad_credentials, moved, needs_token, not_found, problem
from .store import Stores
from .world import Repository, World

PER_PAGE = 30
PER_PAGE_MOST = 100


class Access(Enum):
    ANYONE = 1
    TOKEN = 2


@dataclass(frozen=True, slots=True)
class Route:
    """An address pattern and who answers it. `{name}` is one segment, `{name+}` is the rest."""

    method: str
    template: str
    answer: Callable[[Call], Response]
    access: Access = Access.ANYONE
    locked: bool = True
    """False for those that read or send many bytes; they lock for themselves."""


def pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)(\+?)\}", template)
    text = re.escape(parts[0])
    for name, rest, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        text += f"(?P<{name}>{'.+' if rest else '[^/]+'}){re.escape(after)}"
    return re.compile(text)


def presented(headers: Mapping[str, str]) -> str | None:
    """The token in the Authorization header; None when there is no header.

    Schemes are compared without case: git says `Basic`, some clients `basic`.
    """
    header = headers.get("authorization")
    if header is None:
        return None
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def is_known(headers: Mapping[str, str], token: str) -> bool:
    """Whether the request carries the token. A wrong one is refused, also for public things."""
    given = presented(headers)
    if given is None:
        return False
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise bad_credentials()
    return True


@dataclass(frozen=True, slots=True)
class Call:
    request: Request
    route: Route
    args: Mapping[str, str]
    """What the address names, decoded."""
    known: bool
    world: World
    stores: Stores
    blobs: Blobs
    lock: AbstractContextManager[Any]
    secret: bytes
    """Signs the short-lived addresses of asset bytes."""
    now: str
    address: Callable[[str], str] = lambda path: path
    """Where a path of the API is found by clients."""

    def url(self, path: str) -> str:
        return f"{self.request.base}{quote(self.address(path), safe='/{}=&?:,+@')}"

    def repository(self, write: bool = False) -> Repository:
        """The repository that the address names, or the refusal that GitHub gives."""
        owner, name = self.args["owner"], self.args["repo"]
        found = self.world.get(owner, name)
        if found is None and (now := self.world.moved(owner, name)):
            self._readable(now)
            status = 301 if self.request.method in ("GET", "HEAD") else 307
            raise moved(
                status, self.request.base + self.address(self._renamed(f"/{now.full_name}"))
            )
        if found is None:
            raise not_found()
        self._readable(found)
        if write:
            if not self.known:
                raise needs_token()
            if found.archived and self.route.template != "/repos/{owner}/{repo}":
                raise problem(403, "Repository was archived so is read-only.")
        return found

    def _renamed(self, full_name: str) -> str:
        old = re.compile(re.escape(f"/{self.args['owner']}/{self.args['repo']}"))
        path = old.sub(full_name, unquote(self.request.path), count=1)
        query = urlencode(self.request.query, doseq=True)
        return quote(path) + (f"?{query}" if query else "")

    def _readable(self, repository: Repository) -> None:
        if repository.private and not self.known:
            raise not_found()

    def number(self, name: str) -> int:
        text = self.args[name]
        if not text.isdecimal():
            raise not_found()
        return int(text)

    def fields(self) -> dict[str, Any]:
        """The JSON body, held to what the description of this operation knows."""
        try:
            value = self.request.json()
            json.dumps(value, ensure_ascii=False).encode()
        except ValueError:
            raise problem(400, "Problems parsing JSON") from None
        value = {} if value is None else value
        if not isinstance(value, dict):
            raise problem(400, "Body should be a JSON object")
        known = BODIES[self.route.method, self.route.template.replace("+}", "}")]
        return check(value, known)

    def page(self, values: list[Any], shape: Callable[[Any], Any] = lambda it: it) -> Response:
        """One page of a list, with the Link header that leads to the others."""
        size = min(max(self._count("per_page", PER_PAGE), 1), PER_PAGE_MOST)
        page = max(self._count("page", 1), 1)
        last = max(-(-len(values) // size), 1)
        response = Response.of([shape(it) for it in values[(page - 1) * size : page * size]])
        links = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page >= last:
            del links["next"], links["last"]
        if page == 1:
            del links["prev"], links["first"]
        others = "".join(
            f"&{name}={quote(value)}"
            for name, given in self.request.query.items()
            if name not in ("page", "per_page")
            for value in given
        )
        here = f"{self.request.base}{self.address(self.request.path)}?per_page={size}{others}"
        text = ", ".join(f'<{here}&page={n}>; rel="{rel}"' for rel, n in links.items())
        if text:
            response.headers["link"] = text
        return response

    def _count(self, name: str, default: int) -> int:
        text = self.request.arg(name)
        return int(text) if text.isdecimal() else default
