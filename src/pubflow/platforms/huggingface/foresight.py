"""The dry run: what the Hub said that it would do with the files, as the plan tells it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pubflow.manifest import File, Target
from pubflow.platform import Problem
from pubflow.platforms.huggingface.checking import listed
from pubflow.platforms.huggingface.state import IGNORE, Foreseen, HubState, by_path, payload


def ahead(state: HubState, files: tuple[File, ...]) -> tuple[File, ...]:
    """Those of the author's whose bytes are sent before the commit; all where nobody knows."""
    own, foreseen = payload(files), state.foreseen
    return tuple(file for file in own if foreseen is None or file.name in foreseen.ahead)


def sentence(foreseen: Foreseen | None, names: Sequence[str], *, early: bool) -> str:
    """What the commit of `names` adds to its line: how the bytes go, unless they went `early`."""
    if foreseen is None or not names:
        return ""
    says = ""
    large = [name for name in names if name in foreseen.ahead]
    if large and not early:
        verb = "goes" if len(large) == 1 else "go"
        says += f"; {listed(large)} {verb} ahead by {foreseen.way}"
    if foreseen.parts > 1:
        says += f"; {foreseen.parts} commits of one pull request, merged as one"
    return says


def problems(target: Target, state: HubState) -> Iterator[Problem]:
    """What the Hub would leave out, told before anything is sent."""
    if state.foreseen is None or not (names := state.foreseen.ignored):
        return
    there = by_path(state.repository.files) if state.repository else {}
    if IGNORE in there or any(file.name == IGNORE for file in target.files):
        yield Problem(
            target.name,
            f"A {IGNORE} in {state.name} names {listed(names)}.",
            "It is uploaded all the same, though the Hub's own tools would leave it out.",
            f"Leave it out with `exclude`, or take it out of the {IGNORE}.",
            severity="warning",
        )
        return
    yield Problem(
        target.name,
        f"The Hub would leave {listed(names)} out of {state.name}.",
        "The release would not be whole.",
        "Rename it, or leave it out with `exclude`.",
    )
