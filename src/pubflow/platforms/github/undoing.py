"""Taking back what is not public: what goes, and what stays with whom. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Literal

from pubflow.actions import Action, Stage
from pubflow.manifest import Target
from pubflow.platform import Problem
from pubflow.platforms.github.state import GitHubState, Repository


def undo(target: Target, state: GitHubState) -> Iterator[Action]:
    """Deletes our drafts, our claim, and a repository that we made and that is still empty.

    Nothing of a release that is out, and nothing that another hand may have put there.
    """
    act = partial(Action, target.name, mark="-")
    seen, release = state.repository, state.release
    if seen is None or (release is not None and not release.draft):
        return
    for number in [*([release.id] if release else []), *state.strays]:
        says = f"delete our draft of the release {target.release.tag}"
        yield act(Stage.UPLOAD, "discard", str(number), says=says)
    if _goes(state, seen):
        says = f"delete the repository {seen.name}, which is empty and of our making"
        yield act(Stage.RESERVE, "discard", "repository", says=says, last=True)
    elif state.begun and not state.tag_is_ours and not state.head_is_ours:
        # With a commit of ours on the branch the claim stays: it is how the next run knows it.
        says = f"delete the claim of version {target.release.version} in {seen.name}"
        yield act(Stage.RESERVE, "discard", "claim", says=says, last=True)


def left(target: Target, state: GitHubState) -> Iterator[Problem]:
    """What `undo` does not delete, each with the page where its owner can."""
    note = partial(Problem, target.name, severity="note")
    seen, release, tag = state.repository, state.release, target.release.tag
    if seen is None:
        return
    page = f"{state.server}/{seen.name}"
    if release is not None and not release.draft:
        yield Problem(
            target.name,
            f"The release {tag} of {seen.name} is out and stays.",
            "People may have cited it.",
            f"Its owner can delete it: {page}/releases/tag/{tag}",
        )
        return
    severity: Literal["note", "error"] = "note" if seen.private else "error"
    if state.tag_is_ours:
        yield Problem(
            target.name,
            f"The tag {tag} of {seen.name} stays, and with it the claim.",
            "A tag that was seen may be in use.",
            f"Its owner can delete it: {page}/tags",
            severity=severity,
        )
    if state.head_is_ours:
        yield Problem(
            target.name,
            f"The release commit stays on {seen.branch} of {seen.name}, and with it the claim"
            " and the release date.",
            "It may have been built upon, and the claim is how it is known as ours.",
            f"Its owner can move the branch: {page}/commits/{seen.branch}",
            severity=severity,
        )
    if not _goes(state, seen):
        yield note(
            f"The repository {seen.name} stays.",
            "It holds more than pubflow put there, or pubflow did not make it, or the token may"
            " not delete it.",
            f"Its owner can delete it: {page}/settings",
        )


def _goes(state: GitHubState, seen: Repository) -> bool:
    """Whether `undo` deletes the repository. A classic token needs a scope of its own for that;
    docs.github.com, REST "Delete a repository", 2026-11."""
    return state.made and state.bare and seen.private and state.token.has("delete_repo")
