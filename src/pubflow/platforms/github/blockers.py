"""What stands in the way of a release and is found before the first change. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import urlsplit

from pubflow.manifest import Target
from pubflow.platform import Problem
from pubflow.platforms.github.state import GitHubState, Repository

MAX_PUSH = 2 * 1024**3
"""Bytes of one push that GitHub takes; docs.github.com, "Repository limits", 2026-11."""

STRICT = {
    "creation",
    "update",
    "pull_request",
    "merge_queue",
    "required_signatures",
    "required_status_checks",
    "required_deployments",
    "required_linear_history",
    "workflows",
    "code_scanning",
}
"""Rules that a plain push of one commit does not meet by itself; the others look into it."""


def may_administer(state: GitHubState) -> bool:
    """Whether the token may change visibility and description, as far as anybody can tell."""
    seen = state.repository
    allowed = seen is None or (seen.may_administer and state.around.administration)
    return allowed and _scoped(state)


def _scoped(state: GitHubState) -> bool:
    seen, token = state.repository, state.token
    return token.has("repo") or (seen is not None and not seen.private and token.has("public_repo"))


def unmade(target: Target, state: GitHubState) -> Iterator[Problem]:
    """The repository is not there: may this token make it?"""
    problem = partial(Problem, target.name)
    if integrates(target) and state.looked:
        yield from _counted_on(target, state, state.wanted)
    if state.token.kind == "workflow":
        yield problem(
            f"There is no repository {state.wanted}, and this token can never make one.",
            "A workflow's own GITHUB_TOKEN belongs to the repository that it runs in.",
            "Make an empty private one by hand, or use a token of your own with administration:"
            " write.",
        )
    elif not state.token.has("repo"):
        yield problem(
            f"The token may not make the repository {state.wanted}.",
            "A classic token needs the scope repo for it.",
            "Make a new token, or an empty private repository by hand.",
        )
    elif not state.around.administration:
        # Of an organisation's tokens nobody says whether they answer the question alike.
        yield problem(
            f"The token may not make the repository {state.wanted}: it lacks administration.",
            f"That takes {state.token.needs('administration')}, and so does making it public.",
            "Give it that on GitHub's page of your tokens. Nothing exists yet.",
            severity="error" if state.personal else "warning",
        )


def rights(target: Target, state: GitHubState, seen: Repository) -> Iterator[Problem]:
    """What the token may not do although the release needs it, each by its name."""
    problem = partial(Problem, target.name)
    token = state.token
    if seen.archived:
        yield problem(f"{seen.name} is archived.", "Nothing can be pushed to it.", "Unarchive it.")
    elif not (seen.may_push and state.around.contents and _scoped(state)):
        yield problem(
            f"The token may not write to {seen.name}.",
            "Pushing and making a release take it.",
            f"Give it {token.needs('contents')} for this repository."
            + (
                "\nIn a workflow:\n\n    permissions:\n      contents: write"
                if token.kind == "workflow"
                else ""
            ),
        )
    if seen.private and _opens(target) and not may_administer(state):
        never = token.kind == "workflow"
        yield problem(
            f"The token may not make {seen.name} public.",
            "A workflow's own GITHUB_TOKEN never may."
            if never
            else f"It takes {token.needs('administration')}.",
            "Use a token that has it, or make the repository public by hand.",
        )
    if state.ours.cargo.workflows and _workflows_refused(state):
        yield problem(
            "The commits to be pushed change workflow files, and the token may not push those.",
            "A workflow's own GITHUB_TOKEN never may."
            if token.kind == "workflow"
            else "GitHub asks for a permission of their own, as it runs them.",
            f"Push them yourself first, or use a token that has {token.needs('workflows')}.",
        )


def _workflows_refused(state: GitHubState) -> bool:
    # What sees an administrator's settings is an app's token, not the workflow's own.
    never = state.token.kind == "workflow" and not state.around.administration
    return never or not state.token.has("workflow")


def closed(target: Target, state: GitHubState) -> Iterator[Problem]:
    """GHE.com has managed users only, who make private and internal repositories; docs.github.com,
    "Abilities and restrictions of managed user accounts", 2026-11."""
    seen, host = state.repository, urlsplit(state.server).hostname or ""
    hidden = seen is None or seen.private
    if host.endswith(".ghe.com") and hidden and _opens(target):
        yield Problem(
            target.name,
            f"Nothing on {host} can be made public, and {state.wanted} neither.",
            "Its users are managed by a company, and what they make is for its members alone.",
            'Keep the code there for these:\n\n    [code.target.github]\n    visibility = "private"'
            "\n\nor release it on github.com.",
        )
    elif seen is not None and seen.private and seen.fork and _opens(target):
        yield Problem(
            target.name,
            f"{seen.name} is a private fork, which can never be made public.",
            "A fork is as visible as what it was made from.",
            "Release from a repository of its own: name another in [targets.github] repo.",
        )


def _opens(target: Target) -> bool:
    """Whether the repository is to be public in the end."""
    return target.settings.get("visibility") != "private"


def rules(target: Target, state: GitHubState, seen: Repository) -> Iterator[Problem]:
    """Rules that may refuse our push: a warning, as what they look for may be met."""
    if state.tag is not None:
        return
    strict = [rule for rule in state.around.rules if rule in STRICT]
    strict += ["classic protection"] * state.around.protected
    if strict and seen.head not in state.commits:
        page = "settings/branches" if state.around.protected else "rules"
        yield Problem(
            target.name,
            f"Rules protect the branch {seen.branch} of {seen.name}: {', '.join(strict)}.",
            "They may refuse the push of the release commit, and then nothing is sealed.",
            "Let the token's owner pass them, or reserve the DOI, commit its documents by your own"
            f" way and tag that:\n{state.server}/{seen.name}/{page}",
            severity="warning",
        )
    if state.around.tag_rules:
        yield Problem(
            target.name,
            f"Rulesets hold for tags of {seen.name}: {', '.join(state.around.tag_rules)}.",
            f"They may refuse the tag {target.release.tag}, and then nothing is sealed.",
            f"Look whether the token's owner may pass them: {state.server}/{seen.name}/rules",
            severity="warning",
        )


def switches(target: Target, state: GitHubState, seen: Repository) -> Iterator[Problem]:
    """Settings of the repository that change what publishing means."""
    if state.around.immutable:
        yield Problem(
            target.name,
            f"Releases of {seen.name} are immutable.",
            f"Once {target.release.tag} is out, its files and its tag can never change, and the tag"
            " can never be used again.",
            severity="note",
        )
    yield from _integration(target, state, seen)


INTEGRATION = "https://zenodo.org/account/settings/github/"


def integrates(target: Target) -> bool:
    """Whether Zenodo's own integration is to make the code's record."""
    said = target.settings.get("zenodo")
    return isinstance(said, Mapping) and said.get("mode") == "integration"


def _counted_on(target: Target, state: GitHubState, name: str) -> Iterator[Problem]:
    """The integration must be on where publish.toml counts on it, or there would be no record."""
    problem = partial(Problem, target.name)
    either = f'Switch it on at {INTEGRATION}, or take mode = "integration" out of publish.toml.'
    if state.around.hooks is None and state.repository is not None:
        if target.settings["zenodo"].get("webhook") != "on":
            yield problem(
                f"This token does not show whether Zenodo's own integration is on for {name}.",
                "publish.toml counts on it, and without it the code would get no record.",
                f"Look at {INTEGRATION}, then say so in publish.toml:"
                '\n\n    [targets.zenodo]\n    webhook = "on"',
            )
    elif not state.around.zenodo or state.repository is None:
        yield problem(
            f"Zenodo's own integration is not switched on for {name}.",
            "publish.toml counts on it, and without it the code would get no record.",
            either
            if state.repository is not None
            else "There is no such repository yet: make it, push to it, and then:\n" + either,
        )


def _integration(target: Target, state: GitHubState, seen: Repository) -> Iterator[Problem]:
    """Zenodo's own integration makes a record of every release, besides ours.

    Only its webhook tells, and not to every token: then publish.toml must say how it is. Nobody can
    have switched it on for a repository that this release made.
    """
    said = target.settings.get("zenodo")
    problem = partial(Problem, target.name)
    if integrates(target):
        yield from _counted_on(target, state, seen.name)
    elif state.around.zenodo:
        yield problem(
            f"Zenodo's own integration is switched on for {seen.name}.",
            "It makes a record of every release: this version would get two DOIs.",
            f"Switch it off for this repository at {INTEGRATION}",
        )
    elif (
        state.around.hooks is None
        and said is not None
        and said.get("webhook") != "off"
        and not state.made
    ):
        yield problem(
            f"This token does not show whether Zenodo's own integration is on for {seen.name}.",
            "With it on, Zenodo makes a record of this release too: two DOIs for one version.",
            f"Look at {INTEGRATION} and switch the repository off there. Then say so in"
            ' publish.toml:\n\n    [targets.zenodo]\n    webhook = "off"',
        )


def licence(target: Target, seen: Repository) -> Iterator[Problem]:
    """What GitHub reads out of the licence file, beside what publish.toml says."""
    wanted, found = target.artifact.license.spdx, seen.license
    if not wanted or not found:
        return
    known = found != "NOASSERTION"
    words = wanted.replace("(", " ").replace(")", " ").split()
    if known and _family(found) in map(_family, words):
        return  # Or one of `MIT OR Apache-2.0`: GitHub shows one licence only.
    yield Problem(
        target.name,
        f"GitHub shows the licence {found} for {seen.name}, and publish.toml says {wanted}."
        if known
        else f"GitHub does not know the licence in the LICENSE file of {seen.name}.",
        "Readers would not know which one holds.",
        f"Put the unchanged text of {wanted} into LICENSE.",
        severity="warning",
    )


def _family(spdx: str) -> str:
    """`GPL-3.0` for `GPL-3.0-or-later`: GitHub reads the text, which is the same."""
    return spdx.removesuffix("-only").removesuffix("-or-later").removesuffix("+")


def cargo(target: Target, state: GitHubState) -> Iterator[Problem]:
    """What is in the code that GitHub would refuse, or that would be missing in silence."""
    problem = partial(Problem, target.name)
    found = state.ours.cargo
    if found.submodules:
        yield problem(
            f"The code holds submodules: {_some(found.submodules)}.",
            "Their files lie in other repositories, so archive and record would lack them.",
            "Put the files into this repository (git subtree), or leave them out with\n\n"
            '    history = "snapshot"\n    exclude = ["' + found.submodules[0] + '"]',
        )
    if found.pointers:
        yield problem(
            f"Of some files git has only a pointer of Git LFS: {_some(found.pointers)}.",
            "The release's archive would hold the pointers and not the files.",
            "Release such files under [data] or [weights], and leave them out of the code with"
            '\n\n    history = "snapshot"\n    exclude = ["' + found.pointers[0] + '"]',
        )
    if found.large:
        names = [f"{path} ({size / 1024**2:.0f} MiB)" for path, size in found.large]
        yield problem(
            f"The code holds files that GitHub refuses: {_some(names)}.",
            "It takes up to 100 MiB in one file, in every commit that is pushed.",
            "Put them under [data] or [weights]; out of the past they go with\n\n"
            '    history = "snapshot"',
        )
    if found.size > MAX_PUSH:
        yield problem(
            f"The push would have about {found.size / 1024**3:.1f} GiB, and GitHub takes 2 GiB.",
            "It would be refused after all of it was sent.",
            "Push the older commits by hand first, some at a time.",
        )
    if not found.licensed and not state.tag_is_foreign:
        yield problem(
            "There is no LICENSE file at the top of the code.",
            "GitHub shows no licence without it, and readers may not use the code.",
            f"Add the text of {target.artifact.license.display or 'your licence'} as LICENSE.",
            severity="warning",
        )


def _some(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
