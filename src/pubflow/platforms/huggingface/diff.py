"""What a repository on the Hub still needs. Pure: everything it knows is in its arguments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath

from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.links import Links
from pubflow.manifest import File, Kind, Target
from pubflow.platform import Problem
from pubflow.platforms.huggingface.state import (
    ATTRIBUTES,
    CARD,
    HubState,
    by_path,
    fingerprint,
    payload,
    wanted_name,
)

MANY_FILES = 100_000
"""More are advised against; hub-docs storage-limits.md, 2026-08, as are the next three."""
MAX_IN_FOLDER = 10_000
LARGE_FILE = 200 * 10**9
MAX_FILE = 500 * 10**9
MAX_IN_COMMIT = 25_000
"""Large files in one commit; docstring of create_commit, huggingface_hub 2.4."""

_NAME = re.compile(r"(?![-.])[A-Za-z0-9._-]{1,96}(?<![-.])")
_FORBIDDEN = frozenset({".git", ".cache", "..", "."})
"""Parts of a path that huggingface_hub 2.4 does not send (_validate_path_in_repo)."""

Item = Action | Kept | Problem


def check(target: Target) -> Iterator[Problem]:
    """What the Hub would never take, seen without asking it."""
    problem = partial(Problem, target.name)
    if target.artifact.kind is Kind.CODE:
        yield problem(
            "The Hub takes weights and data here, not code.",
            hint='Take "huggingface" out of the targets of [code].',
        )
    repo = wanted_name(target)
    parts = repo.split("/")
    if len(parts) > 2 or not all(_NAME.fullmatch(part) and _allowed(part) for part in parts):
        yield problem(
            f"{repo!r} cannot be a repository on the Hub.",
            "A name has letters, digits, dots, dashes and underscores, at most 96, without"
            " -- or .., and no .git at its end.",
            'Write it as repo = "owner/name".',
        )
    files = payload(target.files)
    for file in files:
        if _FORBIDDEN & set(PurePosixPath(file.name).parts):
            yield problem(
                f"The Hub would not take {file.name}.",
                "No part of a path there may be called .git or .cache.",
                "Rename it, or leave it out.",
            )
        if file.size > MAX_FILE:
            yield problem(
                f"The Hub would not take {file.name}: {_bytes(file.size)}, and a file there holds"
                f" {_bytes(MAX_FILE)}.",
                hint="Split it.",
            )
        elif file.size > LARGE_FILE:
            yield problem(
                f"{file.name} has {_bytes(file.size)}; the Hub advises at most"
                f" {_bytes(LARGE_FILE)} for one file.",
                hint="Split it.",
                severity="warning",
            )
    for folder, count in sorted(_entries(files).items()):
        if count > MAX_IN_FOLDER:
            yield problem(
                f"{'The folder ' + folder if folder != '.' else 'The top folder'} would have"
                f" {count} entries, and a folder on the Hub holds {MAX_IN_FOLDER}.",
                hint="Spread them over folders, or pack them into archives or Parquet.",
            )
    if len(files) > MANY_FILES:
        yield problem(
            f"{len(files)} files; the Hub advises at most {MANY_FILES} in a repository.",
            hint="Pack them into archives or Parquet.",
            severity="warning",
        )
    elif len(files) > MAX_IN_COMMIT:
        yield problem(
            f"{len(files)} files; a commit on the Hub holds {MAX_IN_COMMIT} large ones.",
            "All files of a release go into one commit.",
            "Pack them into archives or Parquet.",
            severity="warning",
        )


def _allowed(name: str) -> bool:
    return "--" not in name and ".." not in name and not name.endswith(".git")


def _entries(files: Sequence[File]) -> Counter[str]:
    """Folder -> how many files and folders lie right in it."""
    counts: Counter[str] = Counter()
    folders: set[PurePosixPath] = set()
    for file in files:
        path = PurePosixPath(file.name)
        counts[str(path.parent)] += 1
        for folder in path.parents:
            if folder not in folders and folder != PurePosixPath("."):
                folders.add(folder)
                counts[str(folder.parent)] += 1
    return counts


def diff(target: Target, state: HubState, links: Links) -> Iterator[Item]:
    """All that is left, in order. Nothing of it can be seen by a stranger before PUBLISH."""
    act = partial(Action, target.name)
    seen, tag = state.repository, target.release.tag
    if state.kept:
        yield Kept(target.name, f"unchanged since {state.kept} of {state.name}", size=_size(target))
        yield from _visibility(target, state)
        return
    if state.tagged is not None:
        yield from _released(target, state, links)
        return
    name = state.name or wanted_name(target)
    kind = "data set" if state.kind == "dataset" else "model"
    if seen is None:
        yield act(Stage.RESERVE, "create", says=f"create the private {kind} repository {name}")
    else:
        yield Kept(target.name, f"{'private' if seen.private else 'public'} repository {name}")
        yield from _strangers(target, state)
        if not seen.may_write:
            yield Problem(
                target.name,
                f"The token may not write to {name}.",
                "Nothing can be uploaded with it.",
                "Give it write access to the repository.",
            )
        if target.release.date is None:
            yield act(Stage.RESERVE, "claim", says="fix the release date")
    yield from _fill(target, state, links)
    yield from _visibility(target, state)
    yield act(Stage.PUBLISH, "tag", wave=Wave.SEAL, says=f"tag the commit {tag}")


def _released(target: Target, state: HubState, links: Links) -> Iterator[Item]:
    """The tag stands: nothing of the files can change any more, only the card."""
    tag = target.release.tag
    tagged = by_path(state.tagged or ())
    files = payload(target.files)
    different = [f.name for f in files if f.name not in tagged or not tagged[f.name].holds(f)]
    if different:
        yield Problem(
            target.name,
            f"The tag {tag} of {state.name} does not hold {_listed(different)} as it is here.",
            "A version that is out never changes.",
            "Raise the version in publish.toml; or delete the tag, if you made it by hand.",
        )
        return
    yield Kept(target.name, f"{tag} of {state.name} is out", size=_size(target))
    card = _card(target)
    if card is not None and target.release.date is None and links.settled:
        yield Problem(
            target.name,
            f"The card of {state.name} was not compared: the release date is not known here.",
            "A card made with another date would be another card.",
            "Bring back publish.lock, or set [release] date.",
            severity="note",
        )
    elif card is not None and _to_edit(target, state, links, card):
        yield _commit(target, state, [card.name], [], None)
    yield from _visibility(target, state)


def _to_edit(target: Target, state: HubState, links: Links, card: File) -> bool:
    """Whether the card has to follow what changed in publish.toml after the release.

    A card that somebody edited on the Hub stays, as long as the tag has ours.
    """
    if card.promised or not links.settled:
        return True
    there = [*(state.repository.files if state.repository else ()), *(state.tagged or ())]
    return not any(entry.path == CARD and entry.holds(card) for entry in there)


def missing(target: Target, state: HubState, links: Links) -> tuple[File, ...]:
    """The files that `main` does not hold as they should be, the promised ones among them."""
    seen = by_path(state.repository.files if state.repository else ())
    return tuple(
        file
        for file in target.files
        if file.name not in seen
        or not seen[file.name].holds(file)
        or (file.name == CARD and not links.settled)
    )


def surplus(target: Target, state: HubState) -> tuple[str, ...]:
    """Files of ours that are no longer wanted. Those of others are never touched."""
    wanted = {file.name for file in target.files} | {CARD, ATTRIBUTES}
    return tuple(
        entry.path
        for entry in (state.repository.files if state.repository else ())
        if entry.path in state.ours and entry.path not in wanted
    )


def _fill(target: Target, state: HubState, links: Links) -> Iterator[Item]:
    """The one commit with all that is new, and before it the bytes."""
    new, old = missing(target, state, links), surplus(target, state)
    there = [file for file in target.files if file not in new]
    if there:
        count = len(there)
        says = there[0].name if count == 1 else f"{count} files"
        says += " is there already" if count == 1 else " are there already"
        yield Kept(target.name, says, size=sum(file.size for file in there))
    if not new and not old:
        return
    hidden = state.repository is None or state.repository.private
    own = payload(new)
    size = sum(file.size for file in own)
    if not hidden and own and state.staged != fingerprint(payload(target.files)):
        says = f"send {_listed([f.name for f in own])} ahead; nothing is visible before the commit"
        yield Action(target.name, Stage.UPLOAD, "stage", says=says, size=size)
    names = [file.name for file in new]
    yield _commit(target, state, names, list(old), size if hidden else None)


def _commit(
    target: Target, state: HubState, names: list[str], deleted: list[str], size: int | None
) -> Action:
    """One action with one id; when it happens depends on who can see the repository."""
    hidden = state.repository is None or state.repository.private
    parts = [f"{_listed(names)}"] * bool(names)
    parts += [f"without {_listed(deleted)}"] * bool(deleted)
    says = f"commit {', '.join(parts)}"
    there = by_path(state.repository.files if state.repository else ())
    changed = deleted or any(name in there for name in names)
    return Action(
        target.name,
        Stage.UPLOAD if hidden else Stage.PUBLISH,
        "commit",
        says=f"{says}, still private" if hidden else says,
        size=size,
        wave=None if hidden else Wave.SEAL,
        mark="~" if changed else "+",
    )


def _visibility(target: Target, state: HubState) -> Iterator[Item]:
    """Who may read it. A repository that is public stays so, whatever publish.toml says."""
    seen = state.repository
    act = partial(Action, target.name, Stage.PUBLISH, wave=Wave.OPEN, mark="~")
    asks = gate(target)
    if not opens(target):
        if seen is not None and not seen.private:
            yield Problem(
                target.name,
                f"{state.name} is public already, though publish.toml wants it private.",
                "pubflow closes nothing that others may be using.",
                f"The Hub has locked it, for it minted the DOI {seen.doi}."
                if seen.doi
                else "Make it private on its settings page, if that is what you want.",
                severity="warning",
            )
        return
    regated = asks is not None and (seen.gated if seen else "") != asks
    if seen is None or seen.private:
        name = state.name or wanted_name(target)
        says = f"make {name} public"
        if asks:
            says += f"; readers must ask ({asks})"
        yield act("open", says=says)
    elif regated:
        says = f"let readers of {state.name} ask for access ({asks})"
        yield act("gate", says=says if asks else f"let everybody read {state.name}")


def _strangers(target: Target, state: HubState) -> Iterator[Item]:
    """Files that others put there: those of other names are kept, the others replaced."""
    assert state.repository is not None
    wanted = {file.name: file for file in target.files}
    others = [
        entry
        for entry in state.repository.files
        if entry.path not in state.ours and entry.path != ATTRIBUTES
    ]
    kept = [entry.path for entry in others if entry.path not in wanted and entry.path != CARD]
    if kept:
        yield Kept(target.name, f"{_listed(kept)}, which pubflow did not put there")
    replaced = [
        entry.path
        for entry in others
        if entry.path in wanted and not entry.holds(wanted[entry.path])
    ]
    if replaced:
        yield Problem(
            target.name,
            f"{_listed(replaced)} in {state.name} would be replaced, which pubflow did not write.",
            "The old content stays in the repository's history.",
            f"Take over what you need from it{' into your own card' * (CARD in replaced)}.",
            severity="warning",
        )


def opens(target: Target) -> bool:
    """Whether the repository is to become public."""
    return target.settings.get("visibility") != "private"


def gate(target: Target) -> str | None:
    """`auto`, `manual`, empty for no gate; None to leave it as it is."""
    match target.settings.get("gated"):
        case None:
            return None
        case bool() as asked:
            return "auto" if asked else ""
        case kind:
            return str(kind)


def _card(target: Target) -> File | None:
    return next((file for file in target.files if file.name == CARD), None)


def _size(target: Target) -> int:
    return sum(file.size for file in payload(target.files))


def _listed(names: Sequence[str], most: int = 3) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 4 files more`."""
    if len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most} files more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _bytes(size: int) -> str:
    return f"{size / 1e9:.0f} GB"
