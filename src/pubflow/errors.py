"""What can go wrong, told so that the reader knows what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pubflow.platform import Problem


class PubflowError(Exception):
    """A failure in three parts: what happened, why it matters, what to do.

    `hint` may hold a command on a line of its own, indented by four spaces.
    """

    exit_code = 1

    def __init__(self, what: str, *, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint


class Blocked(PubflowError):
    """Mistakes that the author must mend before anything can happen, all of them at once."""

    def __init__(self, problems: Sequence[Problem], *, what: str = "") -> None:
        super().__init__(what or f"{len(problems)} problem{'s' * (len(problems) != 1)} found.")
        self.problems = tuple(problems)


class Refused(PubflowError):
    """pubflow will not go on: a conflict, a stale plan, or no approval."""

    exit_code = 3


class PlanGrew(Refused):
    """The world changed after the plan was approved, and more would now happen."""


class Transient(PubflowError):
    """No clear answer: the remote was busy or the reply was lost.

    The change may or may not have happened; only a look can tell. `wait` is how many seconds the
    remote asked for, if it did. Out of patience, the run ends with exit code 75 (EX_TEMPFAIL) and
    a second run finishes.
    """

    exit_code = 75

    def __init__(
        self, what: str, *, why: str = "", hint: str = "", wait: float | None = None
    ) -> None:
        super().__init__(what, why=why, hint=hint)
        self.wait = wait


class Unreached(Transient):
    """No connection was made, as on a computer without a network: nothing was sent."""


class Strange(Transient):
    """An answer, but not one of the platform's: somebody else may be answering in its place."""


class Interrupted(PubflowError):
    """Ctrl-C: the request in flight was finished and written down."""

    exit_code = 130


def worst(errors: Sequence[PubflowError]) -> PubflowError:
    """The error to end with: a final one before a passing one; the others are noted on it."""
    chief = min(errors, key=lambda error: isinstance(error, Transient))
    for said in dict.fromkeys(str(error) for error in errors):
        if said != str(chief):
            chief.add_note(said)
    return chief
