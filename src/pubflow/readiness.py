"""Readiness: all that can be known of a release before anything is begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pubflow.actions import Action
from pubflow.errors import Blocked, PubflowError, Transient
from pubflow.manifest import Release
from pubflow.platform import Problem

if TYPE_CHECKING:
    from pubflow.engine import Watch

Bar = Literal["error", "warning", "never"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """What speaks against a release."""

    release: Release | None
    """None where publish.toml could not be read as a whole."""
    problems: tuple[Problem, ...]
    fail_on: Bar = "error"
    """How grave a problem must be to count: `[checks] fail_on`."""
    online: bool = False
    """Whether the platforms were asked."""

    @property
    def against(self) -> tuple[Problem, ...]:
        """The problems that count."""
        grave = {"error": ("error",), "warning": ("error", "warning"), "never": ()}[self.fail_on]
        return tuple(problem for problem in self.problems if problem.severity in grave)

    @property
    def ready(self) -> bool:
        return self.release is not None and not self.against


def check(
    path: Path,
    *,
    online: bool = False,
    env: Mapping[str, str],
    hosts: frozenset[str],
    watch: Watch | None = None,
) -> Readiness:
    """Everything that a plan would complain of, as an answer. Asks nobody, unless `online`.

    Raises Transient where a platform that was asked gave no clear answer.
    """
    from pubflow.assemble import open_release

    release: Release | None = None
    bar: Bar = "error"
    problems: tuple[Problem, ...]
    try:
        with open_release(
            path,
            env=env,
            watch=watch or Unwatched(),
            hosts=hosts,
            offline=not online,
            looking=True,
        ) as opened:
            bar = opened.loaded.fail_on
            seen = opened.plan()
            release = seen.manifest.release
            problems = seen.plan.problems
    except Transient:
        raise
    except Blocked as blocked:
        problems = blocked.problems
    except PubflowError as wrong:
        problems = (Problem(path.name, wrong.what, wrong.why, wrong.hint),)
    return Readiness(release, problems, bar, online)


class Unwatched:
    """A watch for where nobody looks on."""

    def looking(self, at: str, size: int) -> None: ...
    def started(self, action: Action) -> None: ...
    def sent(self, action: str, size: int) -> None: ...
    def waiting(self, action: Action, seconds: float, why: str) -> None: ...
    def finished(self, action: Action) -> None: ...
    def failed(self, action: Action, error: PubflowError) -> None: ...
