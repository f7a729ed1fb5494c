"""Looking at one repository on the Hub, with our token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from pubflow.claim import marker
from pubflow.errors import PubflowError
from pubflow.manifest import File, Target, version_order
from pubflow.platforms.huggingface import card
from pubflow.platforms.huggingface.api import Api, Commit
from pubflow.platforms.huggingface.state import (
    ATTRIBUTES,
    CARD,
    Collecting,
    Entry,
    HubState,
    Repository,
    by_path,
    kind_of,
    payload,
)

_LINE = re.compile(
    r"^(?:- Release .*: )?pubflow: ([0-9a-f-]{36}) ([0-9a-f-]{36})(?: \([0-9a-f]+\))?$",
    re.MULTILINE,
)
"""Alone, or in the list of what a merged pull request was made of."""


def signature(target: Target) -> str:
    """The line in a commit's text by which it is known as ours: artifact, then version."""
    release = target.release
    artifact = marker(release.identity, target.artifact.key, "")
    return f"pubflow: {artifact} {marker(release.identity, target.artifact.key, release.version)}"


def observe(
    api: Api,
    target: Target,
    memory: Mapping[str, str],
    *,
    endpoint: str,
    repo: str,
    collecting: Collecting | None = None,
) -> HubState:
    """Three requests; some more as long as there is something left to do."""
    kind, tag = kind_of(target), target.release.tag
    nothing = HubState(
        endpoint, kind, repo, tag, staged=memory.get("staged", ""), collecting=collecting
    )
    about = api.about(repo, kind)
    before = _predecessor(api, target, memory, about.id if about else repo)
    if about is None:
        return replace(nothing, predecessor=before, gone=_was_filled(memory, repo))
    name = about.id
    files = api.tree(name, kind, about.head)
    tags = api.tags(name, kind)

    def at(commit: str) -> tuple[Entry, ...]:
        return files if commit == about.head else api.tree(name, kind, commit)

    tagged = at(tags[tag]) if tag in tags else None
    ours: frozenset[str] = frozenset()
    committed, kept = False, ""
    if tagged is None:
        history = cache(lambda: api.history(name, kind))
        ours = frozenset(_ours(api, target, name, files, history))
        if not about.private and CARD in by_path(files):  # Every commit of ours has a card.
            committed = any(signature(target) in commit.text for commit in history())
        earlier = _tag_before(target, memory.get("previous.version", ""), tags)
        if earlier and _same(target, at(tags[earlier]), files, ours):
            kept = earlier
    seen = Repository(
        id=name,
        head=about.head,
        private=about.private,
        gated=about.gated,
        doi=about.doi,
        files=files,
        tags=tags,
        may_write=tagged is not None or bool(kept) or api.may_write(name, kind),
    )
    out = tagged is not None or bool(kept)
    return replace(
        nothing,
        repository=seen,
        tagged=tagged,
        ours=ours,
        committed=committed,
        kept=kept,
        predecessor=before,
        collecting=_collected(api, collecting, name, kind) if out else collecting,
    )


def absent(target: Target, seen: Repository) -> tuple[File, ...]:
    """The author's files that `main` does not hold as they are here."""
    held = by_path(seen.files)
    return tuple(
        file
        for file in payload(target.artifact.files)
        if file.name not in held or not held[file.name].holds(file)
    )


def _predecessor(api: Api, target: Target, memory: Mapping[str, str], name: str) -> str:
    """The repository of the version before, if it is another one that does not point here yet."""
    old, kind = memory.get("previous.repository", ""), kind_of(target)
    if kind != "model" or not old or old.lower() == name.lower():
        return ""
    about = api.about(old, kind)
    if about is None or about.id == name:
        return ""
    head = api.text(old, kind, about.head, CARD)
    known = card.names_successor(head, name, what=f"The card of {about.id}")
    return "" if known else about.id


def _was_filled(memory: Mapping[str, str], repo: str) -> bool:
    """By this version or the one before. One that was made a moment ago may only be late."""
    names = [memory.get("previous.repository", "")]
    names += [memory.get("repository", "")] if "commit" in memory else []
    return repo.lower() in map(str.lower, names)


def _collected(api: Api, collecting: Collecting | None, name: str, kind: str) -> Collecting | None:
    if collecting is None:
        return None
    found = api.collection(collecting.owner, collecting.title)
    return replace(collecting, done=found is not None and (kind, name) in found.items)


def examined(api: Api, target: Target) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Why the Hub would refuse the card, and what it would complain of; asked of a provisional one,
    so that it is known before anything is made."""
    try:
        text = card.provisional(target)
    except PubflowError as wrong:
        return (wrong.what,), ()
    return api.examine(text, kind_of(target))


def _tag_before(target: Target, version: str, tags: Iterable[str]) -> str:
    """The tag of the version before, in the manner of this one's; empty if there is none.

    A version in which nothing changed here made none: then it is the newest one before that.
    """
    if not version:
        return ""
    release = target.release
    own = release.tag.endswith(release.version)
    manner = release.tag.removesuffix(release.version) if own else "v"
    versions = [tag.removeprefix(manner) for tag in tags if tag.startswith(manner)]
    before = [v for v in versions if v[:1].isdigit() and version_order(v) <= version_order(version)]
    return manner + max(before, key=version_order) if before else ""


def _same(
    target: Target, before: tuple[Entry, ...], now: tuple[Entry, ...], ours: frozenset[str]
) -> bool:
    """Whether a version before has the author's files of this one, all of them and no other."""
    held = by_path(before)
    files = payload(target.artifact.files)
    names = {file.name for file in files} | {CARD}
    return all(file.name in held and held[file.name].holds(file) for file in files) and not any(
        entry.path in ours and entry.path not in names for entry in now
    )


def _ours(
    api: Api,
    target: Target,
    name: str,
    files: tuple[Entry, ...],
    history: Callable[[], Sequence[Commit]],
) -> Iterator[str]:
    """Paths whose content now was written by a commit of ours.

    Compares each of our commits with the one before it, the newest first. What a person changed
    afterwards is theirs.
    """
    wanted = {file.name: file for file in payload(target.artifact.files)}
    doubtful = {
        entry.path: entry
        for entry in files
        if entry.path != ATTRIBUTES
        and (entry.path not in wanted or not entry.holds(wanted[entry.path]))
    }
    if not doubtful:
        return
    kind = kind_of(target)
    known = by_path(files)
    for number, commit in enumerate(commits := history()):
        if not _made_here(target, commit):
            continue
        after = known if number == 0 else by_path(api.tree(name, kind, commit.id))
        parent = commits[number + 1].id if number + 1 < len(commits) else ""
        before = by_path(api.tree(name, kind, parent)) if parent else {}
        for path in [p for p, entry in doubtful.items() if after.get(p) == entry]:
            if before.get(path) != doubtful[path]:
                del doubtful[path]
                yield path
        if not doubtful:
            return


def _made_here(target: Target, commit: Commit) -> bool:
    artifact = str(marker(target.release.identity, target.artifact.key, ""))
    return any(found[1] == artifact for found in _LINE.finditer(commit.text))
