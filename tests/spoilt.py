"""JSON that was whole, each time with one of its values of another shape or gone."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

SHAPES: tuple[Any, ...] = (None, [], [None], {}, {"odd": 1}, "odd", "", 7, True)


def spoilt(whole: Any) -> Iterator[tuple[str, Any]]:
    """What was changed, and the JSON with it: itself, and every value in it, one at a time."""
    yield from ((f"all is {shape!r}", shape) for shape in SHAPES)
    for path in _paths(whole, ()):
        where = ".".join(map(str, path))
        for shape in SHAPES:
            yield f"{where} is {shape!r}", _with(whole, path, shape)
        if isinstance(path[-1], str):
            yield f"{where} is not there", _with(whole, path, _GONE)


_GONE = object()


def _paths(value: Any, above: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    inner = enumerate(value) if isinstance(value, list) else None
    if isinstance(value, dict):
        inner = value.items()
    for key, below in inner or ():
        yield (*above, key)
        yield from _paths(below, (*above, key))


def _with(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(whole)
    place = made
    for key in path[:-1]:
        place = place[key]
    if value is _GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return made
