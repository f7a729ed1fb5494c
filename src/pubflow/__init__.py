"""Publish a paper's code, weights and data as one release, each citing the others.

The library on one screen. Five verbs do what the commands of their names do:

    manifest = pubflow.load("publish.toml")        # read it; every mistake at once
    ready = pubflow.check("publish.toml")          # what would fail or embarrass later; asks nobody
    plan = pubflow.plan("publish.toml")            # exactly what would change; changes nothing
    left = pubflow.release("publish.toml", approve=ask)
    report = pubflow.verify("publish.toml")        # as a stranger, without a token

Every error is a `PubflowError`: a sentence, why it matters, what to do, and the exit code that the
command would have. Importing this module loads nothing else.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType

TYPE_CHECKING = False  # As type checkers read it, without the time that importing typing takes.
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from pubflow.actions import Action, Kept, Stage, Wave
    from pubflow.engine import Watch
    from pubflow.errors import Blocked, Interrupted, PlanGrew, PubflowError, Refused, Transient
    from pubflow.links import Link, Links
    from pubflow.manifest import Artifact, File, Kind, Manifest, Paper, Person, Release, Target
    from pubflow.plan import Plan
    from pubflow.platform import Problem
    from pubflow.readiness import Readiness
    from pubflow.verify import Report

__version__ = "0.1.0"

__all__ = [
    "Action",
    "Artifact",
    "Blocked",
    "File",
    "Interrupted",
    "Kept",
    "Kind",
    "Link",
    "Links",
    "Manifest",
    "Paper",
    "Person",
    "Plan",
    "PlanGrew",
    "Problem",
    "PubflowError",
    "Readiness",
    "Refused",
    "Release",
    "Report",
    "Stage",
    "Target",
    "Transient",
    "Wave",
    "check",
    "load",
    "plan",
    "release",
    "verify",
]

Environment = Mapping[str, str] | None
"""Where tokens, proxies and other servers are named; None for the process's own."""


def load(
    path: str | Path = "publish.toml", *, env: Environment = None, hosts: Iterable[str] = ()
) -> Manifest:
    """Read publish.toml and the files that it names. Sends nothing.

    `hosts` are servers besides the platforms' own that the file may name. Raises Blocked with
    every mistake, each as `publish.toml:12`.
    """
    from pubflow.load import load as read

    return read(_path(path), hosts=frozenset(hosts), env=_env(env)).manifest


def check(
    path: str | Path = "publish.toml",
    *,
    online: bool = False,
    env: Environment = None,
    hosts: Iterable[str] = (),
) -> Readiness:
    """What would fail or embarrass later: mistakes, limits, licences, secrets, unwanted files.

    Asks nobody, unless `online`. What is wrong is in the answer, and not raised.
    """
    from pubflow import readiness

    return readiness.check(_path(path), online=online, env=_env(env), hosts=frozenset(hosts))


def plan(
    path: str | Path = "publish.toml",
    *,
    offline: bool = False,
    env: Environment = None,
    hosts: Iterable[str] = (),
    jobs: int = 4,
) -> Plan:
    """Look, and say exactly what would change. Changes nothing, ever.

    With `offline` as if nothing had begun. The plan's `errors` must be mended before a release.
    Raises Blocked for mistakes in the file and missing tokens, Transient where a platform gave no
    clear answer.
    """
    from pubflow.assemble import open_release
    from pubflow.readiness import Unwatched

    opening = open_release(
        _path(path),
        env=_env(env),
        watch=Unwatched(),
        hosts=frozenset(hosts),
        jobs=jobs,
        offline=offline,
        looking=True,
    )
    with opening as opened:
        return opened.plan().plan


def release(
    path: str | Path = "publish.toml",
    *,
    approve: Callable[[Plan], None],
    until: Stage | None = None,
    only: Iterable[str] = (),
    watch: Watch | None = None,
    env: Environment = None,
    hosts: Iterable[str] = (),
    jobs: int = 4,
) -> Plan:
    """Reserve, upload, publish; call it again to go on. Returns what is left: an empty plan.

    `approve` is shown all that is about to become public, and raises (`Refused`, say) to stop
    there. `until` stops after an earlier stage; a paper "under-review" stops after UPLOAD in any
    case. `watch` hears of every change. Raises Blocked, Refused, Transient, Interrupted.
    """
    from pubflow.actions import Stage
    from pubflow.assemble import open_release
    from pubflow.readiness import Unwatched

    opening = open_release(
        _path(path),
        env=_env(env),
        watch=watch or Unwatched(),
        hosts=frozenset(hosts),
        jobs=jobs,
    )
    with opening as opened:
        review = opened.world.manifest.release.paper.status == "under-review"
        last = min(until or Stage.PUBLISH, Stage.UPLOAD if review else Stage.PUBLISH)
        seen = opened.release(
            until=last, only=frozenset(only), baseline=lambda first: None, approve=approve
        )
        return seen.plan


def verify(
    path: str | Path = "publish.toml",
    *,
    sample: int | None = None,
    only: Iterable[str] = (),
    env: Environment = None,
    hosts: Iterable[str] = (),
    jobs: int = 4,
) -> Report:
    """Look at the release as a stranger: every page, link, byte and name. Sends no token.

    Of files above `sample` bytes only both ends are compared. Raises PubflowError where nothing
    was released yet.
    """
    from pubflow.verify import verify as look

    return look(
        _path(path),
        env=_env(env),
        hosts=frozenset(hosts),
        sample=sample,
        only=frozenset(only),
        jobs=jobs,
    )


def _path(path: str | Path) -> Path:
    from pathlib import Path

    return Path(path)


def _env(env: Environment) -> Mapping[str, str]:
    import os

    return os.environ if env is None else env


_HOME = {
    "Action": "actions",
    "Artifact": "manifest",
    "Blocked": "errors",
    "File": "manifest",
    "Interrupted": "errors",
    "Kept": "actions",
    "Kind": "manifest",
    "Link": "links",
    "Links": "links",
    "Manifest": "manifest",
    "Paper": "manifest",
    "Person": "manifest",
    "Plan": "plan",
    "PlanGrew": "errors",
    "Problem": "platform",
    "PubflowError": "errors",
    "Readiness": "readiness",
    "Refused": "errors",
    "Release": "manifest",
    "Report": "verify",
    "Stage": "actions",
    "Target": "manifest",
    "Transient": "errors",
    "Wave": "actions",
}


def __getattr__(name: str) -> Any:
    """A noun, from the module where it lives, when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Library(ModuleType):
    """This module. Importing `pubflow.plan` would else put that module in the function's place."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in __all__):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Library
