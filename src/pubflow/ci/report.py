"""What a run tells the runner: annotations in the log, a summary, and outputs for later steps.

Outside of a workflow nothing here does anything.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pubflow.actions import Action, Stage
from pubflow.ci import guard
from pubflow.ci.runner import Runner, runner
from pubflow.engine import Seen, Watch
from pubflow.errors import Blocked, PubflowError
from pubflow.platform import Problem
from pubflow.views import workflow


class Timed:
    """A watch that also keeps how long every change took; all else is `inner`'s."""

    def __init__(self, inner: Watch) -> None:
        self._inner = inner
        self._began = time.monotonic()
        self._at: dict[str, float] = {}
        self.took: list[tuple[Action, float]] = []

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def looking(self, at: str, size: int) -> None:
        self._inner.looking(at, size)

    def started(self, action: Action) -> None:
        self._at[action.id] = time.monotonic()
        self._inner.started(action)

    def sent(self, action: str, size: int) -> None:
        self._inner.sent(action, size)

    def waiting(self, action: Action, seconds: float, why: str) -> None:
        self._inner.waiting(action, seconds, why)

    def finished(self, action: Action) -> None:
        self.took.append((action, time.monotonic() - self._at.get(action.id, time.monotonic())))
        self._inner.finished(action)

    def failed(self, action: Action, error: PubflowError) -> None:
        self._inner.failed(action, error)


@contextlib.contextmanager
def told(env: Mapping[str, str], manifest: Path) -> Iterator[None]:
    """An error that ends the run becomes annotations, and the head of the summary."""
    try:
        yield
    except PubflowError as error:
        here = runner(env)
        if here is not None:
            if isinstance(error, Blocked):
                _annotate(workflow.told(error.problems, _place(here, manifest)))
            else:
                _annotate([workflow.failure(error)])
            _summarise(here, workflow.failed(error))
        raise


def plan(env: Mapping[str, str], manifest: Path, seen: Seen, out: Path | None) -> None:
    """What would change: problems at their lines, the table, and where the plan was kept."""
    here = runner(env)
    if here is None:
        return
    _annotate(workflow.told(seen.plan.problems, _place(here, manifest)))
    _summarise(here, workflow.plan(seen))
    kept = {"plan": str(out.resolve()) if out else "", "changed": _truth(bool(seen.plan))}
    _put_out(here, {**workflow.outputs(seen.manifest.release, seen.plan.links), **kept})


def release(env: Mapping[str, str], manifest: Path, seen: Seen, until: Stage, timed: Timed) -> None:
    """What was done, how long it took, and where everything is."""
    here = runner(env)
    if here is None:
        return
    warned = [problem for problem in seen.plan.problems if problem.severity != "note"]
    _annotate(workflow.told(warned, _place(here, manifest)))
    _summarise(here, workflow.done(seen, until, timed.took, timed.seconds))
    known = workflow.outputs(seen.manifest.release, seen.plan.links)
    _put_out(here, {**known, "plan": "", "changed": _truth(bool(timed.took))})


def verified(env: Mapping[str, str], manifest: Path, found: Iterable[Problem]) -> None:
    """What a stranger saw that is not as it was released, at its line and in the summary."""
    here = runner(env)
    if here is None:
        return
    problems = [problem for problem in found if problem.severity != "note"]
    _annotate(workflow.told(problems, _place(here, manifest)))
    if errors := [problem for problem in problems if problem.severity == "error"]:
        _summarise(here, workflow.failed(Blocked(errors)))


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _place(here: Runner, manifest: Path) -> str:
    """The manifest's path in the repository, as annotations want it."""
    with contextlib.suppress(ValueError, OSError):
        return manifest.resolve().relative_to(here.workspace.resolve()).as_posix()
    return manifest.name


def _annotate(commands: Iterable[str]) -> None:
    for line in commands:
        guard.command(line)


def _summarise(here: Runner, parts: Iterable[str]) -> None:
    if here.summary is None:
        return
    before = here.summary.stat().st_size if here.summary.exists() else 0
    text = workflow.fitted(parts, workflow.LARGEST - before)
    _append(here.summary, text)


def _put_out(here: Runner, values: Mapping[str, str]) -> None:
    if here.output is not None:
        _append(here.output, "".join(workflow.output(*item) for item in values.items()))


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        guard.command(
            workflow.annotation(
                "warning", f"{path.name} cannot be written: {os.strerror(error.errno or 0)}"
            )
        )
