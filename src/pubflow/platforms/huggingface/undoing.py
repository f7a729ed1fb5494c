"""What of an unpublished release stays on the Hub: all of it, in its private repositories. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pubflow.manifest import Target
from pubflow.platform import Problem
from pubflow.platforms.huggingface.state import HubState, page


def left(target: Target, state: HubState) -> Iterator[Problem]:
    """A note for a repository that stays; an error where something of this version is public."""
    seen = state.repository
    if seen is None:
        return
    note = partial(Problem, target.name, severity="note")
    address = page(state.endpoint, state.kind, seen.id)
    if not seen.private and (state.tagged is not None or state.committed):
        yield Problem(
            target.name,
            f"{state.tag} of {seen.id} is public.",
            "People may have it already.",
            f"Its owner can make the repository private: {address}/settings",
        )
    elif seen.private:
        yield note(
            f"The private repository {seen.id} stays, with what was uploaded.",
            "One that is made again under an old name cannot be filled.",
            f"Its owner can delete it: {address}/settings",
        )
    if state.keeps:
        yield note(
            f"The claim stays, on the branch pubflow/{target.release.version} of {seen.id}.",
            "It keeps the release date.",
            f"Its owner can delete the branch: {address}/settings",
        )
