"""What is made from a paper alone is made once: texts, the look through its folder, its checks.

Only while a case is played, and only what no case changes; what is decided from what was seen is
decided anew each time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from pubflow.commit import bare
from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.platforms import zenodo
from pubflow.platforms.github import diff as github_diff
from pubflow.platforms.github import preflight, texts
from pubflow.platforms.huggingface import card, checking

_known: dict[Hashable, Any] = {}
_alive: list[Any] = []
"""What is known by its identity stays alive, so that nothing else gets it."""


def paper(target: Target) -> Hashable:
    """What tells a target of one paper from all others, but for its made files."""
    release = target.release
    key = (target.name, release.version, release.date, id(target.artifact), id(release.paper))
    if key not in _known:
        _known[key] = None
        _alive.append((target.artifact, release.paper))
    return key


def _once(name: str, key: Hashable, make: Callable[[], Any]) -> Any:
    whole = (name, key)
    if whole not in _known:
        _known[whole] = make()
    return _known[whole]


def _provisional(make: Callable[[Target], str]) -> Callable[[Target], str]:
    def provisional(target: Target) -> str:
        return str(_once("card", paper(target), lambda: make(target)))

    return provisional


def _body(make: Callable[[Target, Links], str]) -> Callable[[Target, Links], str]:
    def body(target: Target, links: Links) -> str:
        made = target.revision.commit if target.revision else ""
        key = (paper(target), made, tuple(links.items()))
        return str(_once("notes", key, lambda: make(target, links)))

    return body


def _check(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    def check(target: Target, *more: Any) -> Any:
        key = (paper(target), target.files, more)
        return _once(f"check {name}", key, lambda: tuple(make(target, *more)))

    return check


def _examine(make: Callable[..., Any]) -> Callable[..., Any]:
    def examine(source: Any, exclude: Any, root: Any, known: str = "") -> Any:
        key = (source.folder, tuple(exclude), root, known)
        return _once("cargo", key, lambda: make(source, exclude, root, known))

    return examine


def _source(make: Callable[[Any], Any]) -> Any:
    def of(artifact: Any) -> Any:
        return _once("source", (artifact.path, artifact.history), lambda: make(artifact))

    return staticmethod(of)


@contextlib.contextmanager
def made_once() -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for owner, name, wrap in (
            (card, "provisional", _provisional),
            (texts, "body", _body),
            (preflight, "examine", _examine),
            (bare.Source, "of", _source),
            (checking, "check", lambda make: _check("hub", make)),
            (github_diff, "check", lambda make: _check("github", make)),
            (zenodo, "check", lambda make: _check("zenodo", make)),
        ):
            before = vars(owner)[name]
            setattr(owner, name, wrap(getattr(owner, name)))
            stack.callback(setattr, owner, name, before)
        yield


def forget() -> None:
    _known.clear()
    _alive.clear()
