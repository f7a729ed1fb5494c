"""Plain values -> Document, with every mistake told in our words and none hiding another.

What is wrong is reported, then replaced by something harmless, and the rest is read on: so the
checks that follow see a whole document, and ask `Findings.sound` before they trust a value.
"""

from __future__ import annotations

import copy
import re
import types
from collections.abc import Iterator
from datetime import date as Date
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pubflow.load.findings import Findings, choices, did_you_mean, nearest, quoted
from pubflow.load.lines import Place
from pubflow.load.places import Places
from pubflow.load.schema import Document

_FILL: dict[str, Any] = {
    "schema": 1,
    "paper": {"title": "x"},
    "title": "x",
    "path": ".",
    "file": "x",
    "name": "x",
    "funder": "x",
    "number": "1",
    "until": Date(2000, 1, 1),
    "id": "x",
    "reason": "x",
    "access": "auto",
}
"""Stands in for a required value; never reaches a manifest, since an error was told."""

_FILL_ITEM: dict[str, Any] = {
    "authors": "A B",
    "contributors": "A B",
    "grants": {"funder": "x", "number": "1"},
    "ignore": {"id": "x", "reason": "x"},
    "roles": "software",
    "trained_on": "https://example.org",
    "derived_from": "https://example.org",
    "base_model": "x/x",
    "language": "en",
}
_WANTED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "date_type": "a date, like 2026-12-01",
    "date_from_datetime_inexact": "a date without a time, like 2026-12-01",
}
_TAGS = {
    "?text": "a text in quotes",
    "?list": "a list",
    "?table": "a table",
    "?flag": "true or false",
}
_MOST_ROUNDS = 100


def read_document(values: dict[str, Any], findings: Findings) -> Document:
    """The whole document, with something harmless where an error was found."""
    known = copy.deepcopy(values)
    for _ in range(_MOST_ROUNDS):
        try:
            return Document.model_validate(known)
        except ValidationError as failure:
            errors = failure.errors(include_url=False, include_input=False)
            _report(errors, values, findings)
            # Places first: what is replaced changes how a later location reads.
            places = [(_place(error, known), error["type"]) for error in errors]
            for place, kind in sorted(places, key=lambda found: len(found[0]), reverse=True):
                _replace(known, place, kind)
    return Document.model_validate({"schema": 1, "paper": {"title": "x"}})


def _report(errors: list[ErrorDetails], values: dict[str, Any], findings: Findings) -> None:
    # Unknown keys first: a mistyped key is one mistake, not one too many and one too few.
    for error in sorted(errors, key=lambda error: error["type"] != "extra_forbidden"):
        place = _place(error, values)
        if findings.covered(place):
            continue
        if error["type"] == "extra_forbidden":
            _unknown(place, findings)
        else:
            findings.error(place, *_words(error, place, _value(values, place)))


def _unknown(place: Place, findings: Findings) -> None:
    """Report a key that nobody knows, and distrust the one that was probably meant."""
    key, table = str(place[-1]), place[:-1]
    known = tuple(dict.fromkeys(name for model in _tables(table) for name in _fields(model)))
    homes = [
        f"[{name}]"
        for name, field in _fields(Document).items()
        for model in _models(field)
        if key in _fields(model) and (name,) != table
    ]
    near = nearest(key, known)
    if "target" in known and key in _fields(Places):
        hint = f"What this artifact is there stands in {_named((*table, 'target', key))}."
    elif homes:
        hint = f"It belongs into {choices(homes)}."
    elif near:
        hint = f"Did you mean {quoted(near)}?"
    else:
        hint = f"The keys here are {', '.join(sorted(known))}."
    where = f" in {_named(table)}" if table else ""
    why = "a mistyped key would be lost without a word"
    findings.error(place, f"There is no key {quoted(key)}{where}", why, hint)
    if near:
        findings.distrust((*table, near))


def _words(error: ErrorDetails, place: Place, value: object) -> tuple[str, str, str]:
    context = error.get("ctx") or {}
    kind = error["type"]
    if kind == "mistake":
        return context["what"], context["why"], context["hint"]
    key = str(place[-1]) if place and isinstance(place[-1], str) else f"An entry of {place[-2]}"
    name = quoted(key) if place and isinstance(place[-1], str) else key
    if kind == "missing":
        models = _tables(place[:-1])
        told = next((f[key].description or "" for m in models if key in (f := m.model_fields)), "")
        if key == "schema":
            why, hint = "it says which format the file has", "Begin the file with: schema = 1"
            return f"{name} is missing", why, hint
        where = f" in {_named(place[:-1])}" if place[:-1] else ""
        return f"{name} is missing{where}", "a release cannot do without it", told
    if kind == "literal_error":
        expected = str(context.get("expected", ""))
        known = re.findall(r"'([^']*)'", expected)
        near = did_you_mean(str(value), known) if isinstance(value, str) else ""
        shown = quoted(value) if isinstance(value, str) else _called(value)
        return f"{name} cannot be {shown}", f"it is {choices(map(quoted, known)) or expected}", near
    if kind == "union_tag_invalid":
        wanted = choices(
            words for tag, words in _TAGS.items() if f"'{tag}'" in str(context["expected_tags"])
        )
    else:
        wanted = _WANTED.get(kind, "")
    if not wanted:
        return f"{name} has a value that cannot be used here", "nobody would know what it means", ""
    hint = ""
    if wanted.startswith("a text") and not isinstance(value, dict | list):
        hint = "Put it in quotes."
    elif wanted.startswith(("a date", "true")) and isinstance(value, str):
        hint = "Write it without quotes."
    elif key == "targets" and isinstance(value, dict):
        tables = [_named((*place[:-1], "target", name)) for name in value]
        hint = f"What this artifact is there stands in {choices(tables)}." if tables else ""
    elif wanted == "a list" and isinstance(value, str):
        hint = "Put it in brackets: [ ... ]."
    return f"{name} is {_called(value)}", f"it must be {wanted}", hint


def _called(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case None:
            return "not what is expected"
        case _:
            return "a date or time"


def _place(error: ErrorDetails, values: Any) -> Place:
    """Where the author wrote it: pydantic's location without its own words for choices and keys."""
    place: Place = ()
    here, last = values, len(error["loc"]) - 1
    for n, part in enumerate(error["loc"]):
        written = isinstance(here, dict) and part in here
        own = part in _TAGS or part == "[key]"
        if own and not written and (n < last or error["type"] != "missing"):
            continue
        place = (*place, part)
        here = _value(here, (part,))
    return place


def _value(values: Any, place: Place) -> object:
    here = values
    for part in place:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return None
    return here


def _replace(known: dict[str, Any], place: Place, kind: str) -> None:
    """Put something harmless in the place of a wrong value, so that the next look goes on."""
    if not place:
        return
    around: Any = _value(known, place[:-1]) if place[:-1] else known
    last = place[-1]
    if isinstance(around, list) and isinstance(last, int) and last < len(around):
        # Removing it would shift the lines of those that follow.
        around[last] = copy.deepcopy(_FILL_ITEM.get(str(place[-2]), "x"))
    elif isinstance(around, dict):
        if kind == "missing":
            around[str(last)] = copy.deepcopy(_FILL.get(str(last), "x"))
        else:
            around.pop(str(last), None)


def _named(place: Place) -> str:
    """`[paper]`, `[weights.x]`, or `authors 2 of [paper]`, as a reader would say."""
    if place and isinstance(place[-1], int):
        return f"entry {place[-1] + 1} of {quoted(place[-2])}"
    return quoted(".".join(map(str, place))).replace('"', "").join("[]")


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _tables(place: Place) -> list[type[BaseModel]]:
    """The kinds of table that may stand at this place."""
    here: list[Any] = [Document]
    for part in place:
        here = [inner for kind in here for inner in _step(kind, part)]
    return [model for kind in here for model in _models(kind)]


def _step(kind: Any, part: str | int) -> Iterator[Any]:
    for choice in _choices(kind):
        if isinstance(choice, type) and issubclass(choice, BaseModel):
            if part in (fields := _fields(choice)):
                yield fields[str(part)]
        elif get_origin(choice) is dict and isinstance(part, str):
            yield get_args(choice)[1]
        elif get_origin(choice) is list and isinstance(part, int):
            yield get_args(choice)[0]


def _models(kind: Any) -> list[type[BaseModel]]:
    return [c for c in _choices(kind) if isinstance(c, type) and issubclass(c, BaseModel)]


def _choices(kind: Any) -> Iterator[Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _choices(get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for choice in get_args(kind):
            yield from _choices(choice)
    else:
        yield kind
