"""Lists and searches: which records match, in what order, on which page.

Limits and refusals recorded 2026-11-20. The query language is the part of OpenSearch's that a
client needs: words, "phrases", `field:value`, `field:"phrase"`, AND, OR, NOT, `-word` and `*`.
What does not parse is taken as plain words, as the recordings show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pubflow.rehearsal.wire import Request
from pubflow.rehearsal.zenodo.answers import Refusal, fault, invalid
from pubflow.rehearsal.zenodo.state import Json

WINDOW = 10_000
"""Search shows no more hits than that, over all pages."""
LARGEST_PAGE = 100
"""Zenodo refuses a larger page, InvenioRDM gives what it has."""
STRANGERS_PAGE = 25
KNOWN_GET_MORE = f"Please use authenticated requests to increase the limit to {LARGEST_PAGE}."

_SORTS = (
    "bestmatch newest oldest version updated-desc updated-asc mostviewed mostdownloaded "
    "publication-desc publication-asc conference-desc journal-desc"
)
SORTS = frozenset(_SORTS.split())
_ALIASES = {
    "doi": "pids.doi.identifier",
    "title": "metadata.title",
    "description": "metadata.description",
    "version": "metadata.version",
    "conceptrecid": "parent.id",
    "recid": "id",
    "related.identifier": "metadata.related_identifiers.identifier",
}
_KEYWORD_NAMES = (
    "id parent.id pids.doi.identifier parent.pids.doi.identifier metadata.version "
    "metadata.related_identifiers.identifier metadata.resource_type.id is_published"
)
_KEYWORDS = frozenset(_KEYWORD_NAMES.split())
"""Fields that match as a whole; the others word by word."""

_TOKEN = re.compile(r"""\s*([-+!]?)(?:((?:[\w.]|\\.)+):)?("(?:[^"\\]|\\.)*"|\(|\)|[^\s()]+)""")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for."""

    query: str
    size: int
    number: int
    sort: str


def page(request: Request, zenodo: bool, default_sort: str, *, known: bool) -> Page:
    """The page that a request asks for, or why it cannot be had.

    `known`: of whoever is logged in; a stranger gets less of Zenodo (seen 2026-12-01).
    """
    query = request.arg("q")
    sort = request.arg("sort") or ("bestmatch" if query else default_sort)
    if sort not in SORTS:
        raise invalid(fault("_schema", f"Invalid sort option '{sort}'."))
    numbers = [request.arg("size", "25"), request.arg("page", "1")]
    if not all(number.isdigit() and int(number) for number in numbers):
        raise Refusal(400, "Invalid querystring parameters.")
    size, number = map(int, numbers)
    if size > LARGEST_PAGE and zenodo:
        raise invalid(fault("size", f"Page size cannot be greater than {LARGEST_PAGE}."))
    if size > STRANGERS_PAGE and zenodo and not known:
        message = f"Page size cannot be greater than {STRANGERS_PAGE}. {KNOWN_GET_MORE}"
        raise invalid(fault("size", message))
    if min(size, LARGEST_PAGE) * number > WINDOW or (number > 1 and size * number > WINDOW):
        raise Refusal(400, "Invalid querystring parameters.")
    return Page(query, size, number, sort)


def listing(found: list[Json], asked: Page, address: str, more: dict[str, str]) -> Json:
    """One page of what was found, with its links."""
    first = (asked.number - 1) * asked.size
    hits = found[first : first + asked.size]

    def link(number: int) -> str:
        args = more | {"page": str(number), "size": str(asked.size), "sort": asked.sort}
        if asked.query:
            args["q"] = quote(asked.query, safe=":/()")
        return address + "?" + "&".join(f"{key}={args[key]}" for key in sorted(args))

    links = {"self": link(asked.number)}
    if asked.number > 1:
        links["prev"] = link(asked.number - 1)
    if first + asked.size < len(found):
        links["next"] = link(asked.number + 1)
    return {
        "hits": {"hits": hits, "total": len(found)},
        "aggregations": {},
        "links": links,
        "sortBy": asked.sort,
    }


def ordered(found: list[Json], sort: str) -> list[Json]:
    if sort == "version":
        return sorted(found, key=lambda hit: -int(hit["versions"]["index"]))
    field = "updated" if sort.startswith("updated") else "created"
    return sorted(found, key=lambda hit: hit[field], reverse=not sort.endswith(("asc", "oldest")))


Match = Callable[[Json], bool]


def matcher(query: str) -> Match:
    """A test of whether a record matches."""
    if not query.strip():
        return lambda hit: True
    try:
        rest = list(_tokens(query))
        match = _either(rest)
        if rest:
            raise ValueError
    except (ValueError, IndexError):
        words = _words(query)
        return lambda hit: _contains(list(_leaves(hit)), words)
    return match


def _tokens(query: str) -> Iterator[tuple[str, str, str]]:
    at = 0
    while at < len(query.rstrip()):
        found = _TOKEN.match(query, at)
        if found is None:
            raise ValueError(query)
        yield found[1], (found[2] or "").replace("\\", ""), found[3]
        at = found.end()


def _either(rest: list[tuple[str, str, str]]) -> Match:
    options = [_every(rest)]
    while rest and rest[0][1:] == ("", "OR"):
        rest.pop(0)
        options.append(_every(rest))
    return lambda hit: any(option(hit) for option in options)


def _every(rest: list[tuple[str, str, str]]) -> Match:
    parts = [_one(rest)]
    while rest and rest[0][2] != ")" and rest[0][1:] != ("", "OR"):
        if rest[0][1:] == ("", "AND"):
            rest.pop(0)
        parts.append(_one(rest))
    return lambda hit: all(part(hit) for part in parts)


def _one(rest: list[tuple[str, str, str]]) -> Match:
    sign, field, text = rest.pop(0)
    if not sign and not field and text == "NOT":
        inner = _one(rest)
        return lambda hit: not inner(hit)
    if text == "(":
        found = _either(rest)
        if not rest or rest.pop(0)[2] != ")":
            raise ValueError(text)
    elif text == ")":
        raise ValueError(text)
    else:
        found = _term(field, text)
    return (lambda hit: not found(hit)) if sign in ("-", "!") else found


def _term(field: str, text: str) -> Match:
    value = text[1:-1] if text.startswith('"') else text
    value = re.sub(r"\\(.)", r"\1", value)
    path = _ALIASES.get(field, field)
    if text == "*":
        return lambda hit: not path or any(True for _ in _leaves(_at(hit, path)))
    if path in _KEYWORDS:
        return lambda hit: value.lower() in (leaf.lower() for leaf in _leaves(_at(hit, path)))
    words = _words(value)
    prefix = value.endswith("*") and not text.startswith('"')
    return lambda hit: _contains(list(_leaves(_at(hit, path) if path else hit)), words, prefix)


def _at(value: Any, path: str) -> Any:
    """All that stands at a dotted path, through lists."""
    if not path:
        return value
    if isinstance(value, list):
        return [_at(item, path) for item in value]
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    head, _, tail = path.partition(".")
    return _at(value.get(head), tail) if tail else value.get(head)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("links", "expanded"):
                yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, bool):
        yield str(value).lower()
    elif value is not None:
        yield str(value)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _contains(leaves: list[str], words: list[str], prefix: bool = False) -> bool:
    """Whether one of the texts has the words one after the other."""
    if not words:
        return False
    for leaf in leaves:
        have = _words(leaf)
        for start in range(len(have) - len(words) + 1):
            part = have[start : start + len(words)]
            if part == words:
                return True
            if prefix and part[:-1] == words[:-1] and part[-1].startswith(words[-1]):
                return True
    return False
