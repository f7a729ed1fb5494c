"""Answers of another shape than the API's own: a list for an object, a field missing or null.

Servers of another kind and proxies give such, and JSON alone does not tell. What cannot be read is
taken for no answer at all: of a change only a look tells whether it was done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pubflow.errors import Strange

T = TypeVar("T")

ODD = (LookupError, TypeError, AttributeError, ValueError)
"""What reading raises where the shape is another one."""


def understood(host: str, asked: str, make: Callable[[Any], T], body: Any, *, hint: str = "") -> T:
    """What `make` makes of an answer's JSON; a dataclass of it must hold what its types say.

    `asked` is the request in short, `hint` where to look. Raises Strange for any other shape.
    """
    try:
        return fitting(make(body))
    except ODD as odd:
        raise Strange(
            f"{host} answered {asked} with JSON that its API does not have there.",
            why="A proxy or another kind of server answers so, and what was asked for may have"
            " been done or not.",
            hint=f"{hint} Then run it again: it looks first.".lstrip(),
        ) from odd


def fitting(made: T) -> T:
    """`made` as it is. Raises TypeError where it is not as its dataclass declares."""
    found = made if isinstance(made, tuple | list) else (made,)
    for one in found:
        if not isinstance(one, type) and is_dataclass(one):
            _hold(one)
    return made


def _hold(one: Any) -> None:
    kind: Any = type(one)
    for name, hint in _hints(kind).items():
        if not _is(getattr(one, name), hint):
            raise TypeError(f"{kind.__name__}.{name} is {type(getattr(one, name)).__name__}")


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    told = get_type_hints(kind)
    return {field.name: told[field.name] for field in fields(kind)}


def _is(value: Any, hint: Any) -> bool:
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if kind is Any:
        return True
    if kind in (Union, UnionType):
        return any(_is(value, one) for one in inner)
    if kind is Literal:
        return value in inner
    if kind is tuple:
        return isinstance(value, tuple) and all(_is(one, inner[0]) for one in value)
    if isinstance(value, kind) and is_dataclass(kind):
        _hold(value)
    return type(value) is kind if kind in (int, bool) else isinstance(value, kind)
