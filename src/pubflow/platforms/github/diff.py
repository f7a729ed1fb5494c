"""What a repository on GitHub still needs. Pure: everything it knows is in its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.links import Links
from pubflow.manifest import File, Target
from pubflow.platform import Problem
from pubflow.platforms.github import blockers, tags, texts
from pubflow.platforms.github.state import GitHubState, Ours, Repository

MAX_ASSET = 2 * 1024**3
"""An asset must be smaller than 2 GiB; docs.github.com, "About releases", 2026-11."""

MAX_ASSETS = 1000
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_]|-(?=[A-Za-z0-9])){0,38}/[A-Za-z0-9._-]{1,100}")
"""An underscore comes before an enterprise's short code: `ada_lab`; docs.github.com, "Username
considerations for external authentication", 2026-11."""
_ASSET = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_+-]*(?:\.[A-Za-z0-9_+-]+)*")
"""Names that GitHub keeps as they are; it replaces other characters and leading dots by its own,
and takes several dots in a row for one, and none at the end."""

Item = Action | Kept | Problem


def check(target: Target) -> Iterator[Problem]:
    """What GitHub would never take, seen without asking it."""
    problem = partial(Problem, target.name)
    name = texts.repository_name(target)
    if not _NAME.fullmatch(name) or name.endswith((".git", "/.", "/..")):
        yield problem(
            f"{name!r} is no repository on GitHub.",
            "A repository is named owner/name, of letters, digits, dots, dashes and underscores.",
            'Write it as\n\n    [targets.github]\n    owner = "..."',
        )
    if len(target.files) > MAX_ASSETS:
        yield problem(f"A release on GitHub holds {MAX_ASSETS} files, not {len(target.files)}.")
    seen: set[str] = set()
    for file in target.files:
        if not _ASSET.fullmatch(file.name) or len(file.name) > 255:
            yield problem(
                f"GitHub would rename the file {file.name!r}.",
                "The checksums and links would name a file that is not there.",
                "Use letters, digits, dots, dashes, underscores and plus signs only.",
            )
        if file.name in seen:
            yield problem(f"Two files would be called {file.name}.")
        seen.add(file.name)
        if not file.promised and not file.size:
            yield problem(f"{file.name} is empty, and GitHub takes no empty files.")
        if file.size >= MAX_ASSET:
            yield problem(
                f"{file.name} has {file.size} bytes; on GitHub a file must be smaller than 2 GiB.",
                hint="Put large files under [data] or [weights].",
            )


def diff(target: Target, state: GitHubState, links: Links) -> Iterator[Item]:
    """All that is left, in order. Nothing of it can be seen by a stranger before PUBLISH."""
    yield from _blockers(target, state)
    act = partial(Action, target.name)
    release, seen = target.release, state.repository
    name = seen.name if seen else state.wanted
    if state.release and state.settled and not state.release.draft:
        yield Kept(target.name, f"release {release.tag} of {name} is out")
        for stray in state.strays:
            says = "delete a draft release that another run of this release left behind"
            yield act(Stage.PUBLISH, "tidy", str(stray), wave=Wave.FOLLOW, says=says, mark="-")
        return
    if seen is None:
        yield act(Stage.RESERVE, "create", says=f"create the private repository {name}")
    else:
        kind = "private" if seen.private else "public"
        yield Kept(target.name, f"{kind} repository {name}")
    if not state.begun:
        yield act(Stage.RESERVE, "claim", says=f"claim version {release.version} in {name}")
    hidden = seen is None or seen.private
    opens = hidden and target.settings.get("visibility") != "private"
    pushes = state.tag is None
    news = f"{state.ours.news} commit{'s' * (state.ours.news != 1)} and " * bool(state.ours.news)
    branch = state.facts["branch"]
    if hidden and pushes and not _pushed(target, seen, state):
        says = f"push {news}the release commit to {branch}, still private"
        yield act(Stage.UPLOAD, "commit", says=says)
    yield from _fill(target, state, links)
    yield from _describe(target, state)
    if opens:
        says = f"make {name} public"
        yield act(Stage.PUBLISH, "open", wave=Wave.OPEN, says=says, mark="~")
    seal = partial(act, Stage.PUBLISH, wave=Wave.SEAL)
    if pushes and (hidden or state.head_is_ours):
        # One sentence before and after `open`, which is what a person approves.
        yield seal("push", says=f"push the tag {release.tag}")
    elif pushes:
        yield seal("push", says=f"push {news}the release commit to {branch}, and the tag")
    if _late(state):
        yield from _fill(target, state, links, late=True)
    kind = "prerelease" if release.prerelease else "release"
    yield seal("publish", says=f"publish the {kind} {release.tag}")


def _pushed(target: Target, seen: Repository | None, state: GitHubState) -> bool:
    """Whether the branch is at our release commit, as the claim knows it and the build makes it.

    Before it is made nobody can know, and the plan promises the push.
    """
    if seen is None or not seen.head or seen.head not in state.commits:
        return False
    return target.revision is not None and target.revision.commit == seen.head


def _late(state: GitHubState) -> bool:
    """An empty public repository takes no draft before its first push, which is public."""
    seen = state.repository
    return seen is not None and not seen.private and not seen.head


def _fill(
    target: Target, state: GitHubState, links: Links, *, late: bool = False
) -> Iterator[Item]:
    """The draft release: itself, its files and its notes."""
    if _late(state) != late:
        return
    where = (Stage.PUBLISH, Wave.SEAL) if late else (Stage.UPLOAD, None)
    act = partial(Action, target.name, where[0], wave=where[1])
    draft = state.release
    if draft is None or not state.settled:
        verb = "create" if draft is None else "go on with"
        yield act("draft", says=f"{verb} a draft of the release {target.release.tag}")
    for file in target.files:
        if draft is not None and holds(state, file):
            yield Kept(target.name, "is uploaded", file.name, file.size)
        else:
            size = None if file.promised else file.size
            yield act("upload", file.name, says=f"attach {file.name}", size=size)
    known = links.settled and target.revision is not None
    if draft is not None and not (known and texts.same_body(draft.body, texts.body(target, links))):
        yield act("notes", says="write the release notes", mark="~")


def holds(state: GitHubState, file: File) -> bool:
    """Whether the draft has this very file, whole. What nobody knows the digest of is not it."""
    asset = state.release.asset(file.name) if state.release else None
    return (
        asset is not None
        and not file.promised
        and asset.state == "uploaded"
        and asset.size == file.size
        and asset.digest == f"sha256:{file.sha256}"
    )


def described(target: Target, seen: Repository) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Description, homepage and topics to set. The owner's own words stay: None leaves as is."""
    description = None if seen.description else texts.description(target)
    paper = target.release.paper.address
    homepage = paper if paper and not seen.homepage else None
    new = [topic for topic in texts.topics(target) if topic not in seen.topics]
    topics = (*seen.topics, *new[: max(0, texts.TOPICS - len(seen.topics))])
    return description, homepage, topics


def _describe(target: Target, state: GitHubState) -> Iterator[Item]:
    seen = state.repository or Repository(0, state.wanted)
    description, homepage, topics = described(target, seen)
    parts = ["description"] * bool(description) + ["homepage"] * bool(homepage)
    parts += ["topics"] * (topics != seen.topics)
    if not parts:
        return
    words = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    if not blockers.may_administer(state):
        yield Problem(
            target.name,
            f"The token may not set the {words} of {seen.name}.",
            "The release goes on without.",
            f"Give it {state.token.needs('administration')}, or set them by hand.",
            severity="warning",
        )
        return
    says = f"set its {words}"
    if seen.private:
        yield Action(target.name, Stage.UPLOAD, "describe", says=says, mark="~")
    else:
        yield Action(target.name, Stage.PUBLISH, "describe", says=says, mark="~", wave=Wave.OPEN)


def _blockers(target: Target, state: GitHubState) -> Iterator[Problem]:
    """What was found by looking and forbids the release."""
    problem = partial(Problem, target.name)
    seen, tag, ours = state.repository, state.tag, state.ours
    yield from blockers.closed(target, state)
    if seen is None:
        yield from tags.own(target, state)
        yield from tags.beside(target, state)
        yield from blockers.unmade(target, state)
        yield from blockers.cargo(target, state)
        yield from _cut_off(target, state)
        return
    out = state.release is not None and state.settled and not state.release.draft
    if seen.name.lower() != state.wanted.lower():
        yield problem(
            f"{state.wanted} was renamed to {seen.name}.",
            "The old name leads there only until somebody takes it.",
            texts.follow(target, seen.name),
            severity="warning",
        )
    if out:
        yield from blockers.licence(target, seen)
        yield from _not_whole(target, state, seen)
        return
    if state.replaced:
        yield problem(
            f"{seen.name} is not the repository that pubflow released into by this name.",
            "That one was renamed or deleted, and another took its name.",
            f'If this one is to take its place, take the lines "{state.place}" out of'
            " publish.lock, and delete the folder .pubflow. If that one was renamed: "
            + texts.follow(target, "its new name"),
        )
    yield from tags.own(target, state)
    yield from tags.beside(target, state)
    yield from blockers.rights(target, state, seen)
    if not state.tag_is_foreign:
        yield from blockers.cargo(target, state)
        yield from blockers.rules(target, state, seen)
    yield from blockers.switches(target, state, seen)
    yield from _not_ours(target, state)
    if state.taken:
        yield problem(
            f"{seen.name} has a release {target.release.tag} already, not made by pubflow.",
            "A published release belongs to whoever made it, and a tag has only one.",
            "Delete that release (the tag can stay), or raise the version.",
        )
    if tag is not None and not state.tag_is_ours:
        yield from tags.foreign(target, state, tag.commit, seen)
    elif tag is None and seen.head and not ours.descends:
        if ours.unrelated:
            yield problem(
                f"{seen.branch} of {seen.name} has no commit in common with this checkout.",
                "It may be of something else, and nothing of it may be lost.",
                "If it is, name another repository, as repo in [targets.github]. If it was only"
                " begun on GitHub, say with a licence, bring the two together:"
                "\n\n    git pull --no-rebase --allow-unrelated-histories origin " + seen.branch,
            )
        elif ours.keeps_history:
            yield problem(
                f"{seen.branch} of {seen.name} has commits that this checkout does not have.",
                "The release commit goes on top of yours, and nothing of theirs may be lost.",
                _take_over(ours, seen),
            )
        else:
            yield problem(
                f"{seen.branch} of {seen.name} holds commits that pubflow did not make.",
                "A snapshot would take the place of all its files.",
                "Give it a repository of its own: [targets.github] repo.",
            )
    else:
        yield from _cut_off(target, state)


def _cut_off(target: Target, state: GitHubState) -> Iterator[Problem]:
    """GitHub takes no history whose beginning it lacks: `shallow update not allowed`."""
    if state.tag is None and state.ours.shallow:
        yield Problem(
            target.name,
            f"This clone has only the last commits, and {state.wanted} does not have those before.",
            "git would refuse to push a history without its beginning.",
            "Get all of it, then look again:\n\n    git fetch --unshallow",
        )


def _take_over(ours: Ours, seen: Repository) -> str:
    if ours.shallow:
        return "This clone lacks history. Get it, then look again:\n\n    git fetch --unshallow"
    other = "" if ours.branch == seen.branch else f" origin {seen.branch}"
    return f"Take them over, then look again:\n\n    git pull{other}"


def _not_whole(target: Target, state: GitHubState, seen: Repository) -> Iterator[Problem]:
    """What is out with fewer files than it has was published by hand, or lost them later."""
    assets = state.release.assets if state.release else ()
    there = {asset.name for asset in assets if asset.state == "uploaded"}
    lacks = [file.name for file in target.files if file.name not in there]
    if lacks and len(there) < len(target.files):  # As many of other names: it was renamed.
        tag = target.release.tag
        yield Problem(
            target.name,
            f"The release {tag} of {seen.name} is out without {', '.join(lacks)}.",
            "Somebody published its draft before it was whole, or deleted what was in it.",
            "If nobody used it yet, delete the release and its tag, and run again; else attach the"
            f" files by hand: {state.server}/{seen.name}/releases/tag/{tag}",
        )


def _not_ours(target: Target, state: GitHubState) -> Iterator[Problem]:
    """What somebody put into our draft stays there: it may be meant so."""
    wanted = {file.name for file in target.files}
    others = [a.name for a in state.release.assets] if state.release and state.settled else []
    if more := [name for name in others if name not in wanted]:
        yield Problem(
            target.name,
            f"The draft of {target.release.tag} holds {', '.join(more)} too.",
            "That is no file of this release, and it would become public with it.",
            "Delete it from the draft if it should not.",
            severity="warning",
        )
