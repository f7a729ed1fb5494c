"""What stands in the way of the tag, or is in place of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pubflow.manifest import Target
from pubflow.platform import Problem
from pubflow.platforms.github.state import GitHubState, Repository


def own(target: Target, state: GitHubState) -> Iterator[Problem]:
    """A tag that never left the checkout: the one that is pushed has its name and another id."""
    tag, made = target.release.tag, target.revision
    if state.tag is None and state.ours.tagged not in ("", made.tag if made else ""):
        yield Problem(
            target.name,
            f"The tag {tag} of this checkout is not on GitHub, and the release makes its own.",
            "One name would mean two things, and git would not fetch the one that is cited.",
            "To release what yours names, push it, then look again:"
            f"\n\n    git push origin {tag}\n\nElse delete it:\n\n    git tag -d {tag}",
            severity="warning",
        )


def beside(target: Target, state: GitHubState) -> Iterator[Problem]:
    """git keeps refs as files: there is no `v1` where there is `v1/x`; git-check-ref-format(1)."""
    tag = target.release.tag
    name = state.repository.name if state.repository else state.wanted
    tags = [ref.removeprefix("refs/tags/") for ref in state.beside if ref.startswith("refs/tags/")]
    if tags and state.tag is None:
        yield Problem(
            target.name,
            f"{name} has a tag {tags[0]}, beside which there can be no tag {tag}.",
            "git takes the one for a folder of the other, and would refuse the push.",
            f"Delete that tag if nobody uses it, or name this one otherwise: {state.server}"
            f"/{name}/tags",
        )
    if f"refs/heads/{tag}" in state.beside:
        yield Problem(
            target.name,
            f"{name} has a branch {tag} too.",
            f"{state.link.version_url} would show the branch, which moves, and not the tag.",
            f"Rename the branch: {state.server}/{name}/branches",
            severity="warning",
        )
    elif state.tag is None and state.facts["branch"] == tag:
        yield Problem(
            target.name,
            f"The branch {tag} of this checkout is called as the tag will be.",
            f"It is pushed too, and {state.link.version_url} would show the branch, which moves.",
            "Rename the branch, then look again:\n\n    git branch -m main",
            severity="warning",
        )


def foreign(target: Target, state: GitHubState, commit: str, seen: Repository) -> Iterator[Problem]:
    tag, ours = target.release.tag, state.ours
    if not seen.head:
        branch = ours.branch or seen.branch
        yield Problem(
            target.name,
            f"{seen.name} has the tag {tag}, and no branch.",
            "GitHub takes such a repository for empty, and publishes no release there.",
            f"Push the branch, then look again:\n\n    git push origin HEAD:{branch}",
        )
    elif state.commits:
        yield Problem(
            target.name,
            f"The tag {tag} of {seen.name} is at {commit[:10]}, where this release did not put it.",
            "A tag is never moved.",
            "Delete the tag if nobody uses it, or raise the version.",
        )
    elif ours.keeps_history and ours.head != commit:
        yield Problem(
            target.name,
            f"The tag {tag} of {seen.name} is at {commit[:10]}, and the checkout at"
            f" {ours.head[:10]}.",
            "A tag is never moved, so what you see here would not be what is released.",
            f"Release what is tagged, or raise the version:\n\n    git checkout {tag}",
        )
    else:
        yield Problem(
            target.name,
            f"The tag {tag} was there before, so nothing is pushed.",
            "What is released is the tag's own content; DOIs go to the notes, cards and records.",
            severity="note",
        )
