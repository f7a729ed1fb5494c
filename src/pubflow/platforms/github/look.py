"""Looking at GitHub with our token: everything that `diff` decides by. Changes nothing there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from pubflow.claim import Claim
from pubflow.clock import Time
from pubflow.commit import Source
from pubflow.commit.cargo import Cargo
from pubflow.errors import PubflowError, Transient
from pubflow.git import Checkout, run
from pubflow.manifest import Target
from pubflow.platforms.github import texts
from pubflow.platforms.github.api import Api
from pubflow.platforms.github.listing import Refs
from pubflow.platforms.github.preflight import Preflight
from pubflow.platforms.github.push import Remote
from pubflow.platforms.github.state import (
    Around,
    GitHubState,
    Ours,
    Release,
    Repository,
    Tag,
    place,
)

COMMIT = "commit"
AUTHORS = "authors"
"""A release commit that the author made, as the documents were in it already: it never makes way
for another one."""
RELEASE = "release"
MADE = "made"
"""The id of a repository that this release made, so that `discard` may delete it again."""

DIGEST = "digest."
"""Before the id of an asset: the digest of what we sent as it, for servers that do not say. Its
content never changes, while another one of that name and size may be of an earlier build."""

CLAIMS = "refs/pubflow/"

FIRST = 5
"""First commits that are asked for; nearly every history has one."""


def numbered(ids: Mapping[str, str], key: str) -> list[str]:
    """The values of `key`, `key.2`, `key.3` ... in that order.

    A claim is written once; where a draft was deleted by hand, or the code changed before anything
    of it was public, the next one gets the next number.
    """
    found: list[str] = []
    while (value := ids.get(key if not found else f"{key}.{len(found) + 1}", "")) != "":
        found.append(value)
    return found


def settle(claim: Claim, target: str, key: str, value: str, passed: Callable[[str], bool]) -> str:
    """Write `value` under the first free number. Returns the value that counts.

    That is another run's if it stood there first, unless it may be `passed` over.
    """
    number = 1
    while True:
        holds = claim.settle(target, key if number == 1 else f"{key}.{number}", value)
        if holds == value or not passed(holds):
            return holds
        number += 1


def claimed(claim: Claim, target: str, key: str, passed: Callable[[str], bool]) -> str:
    """What counts by now, as another run may have settled it since the last look; else empty."""
    claim.refresh()
    return next((value for value in numbered(claim.ids(target), key) if not passed(value)), "")


def observe(
    api: Api,
    remote: Remote,
    claim: Claim,
    target: Target,
    memory: Mapping[str, str],
    preflight: Preflight,
    *,
    server: str,
    folder: Path,
    patience: float,
    clock: Time,
) -> GitHubState:
    """See the repository, the tag and our release.

    All refs come from one list, so that branch and tag are of one moment. Objects that the build
    will need and the checkout lacks are fetched into `folder`.
    """
    name, tag_name = texts.repository_name(target), target.release.tag
    source = Source.of(target.artifact)
    ids = claim.ids(target.name)
    commits, authors = tuple(numbered(ids, COMMIT)), numbered(ids, AUTHORS)
    replaceable = frozenset(commits) - frozenset(authors)
    begun = claim.begun
    seen = api.repository(name)
    if seen is None:
        cargo = preflight.cargo(source, target.artifact, "")
        around, personal = preflight.absent(api, name.partition("/")[0])
        return GitHubState(
            name,
            server,
            tag_name,
            ours=_ours(source, None, tag_name, replaceable, memory, cargo, api),
            begun=begun,
            commits=commits,
            token=api.token(),
            around=around,
            personal=personal,
        )
    refs = remote.listing.look() or {}
    seen = replace(seen, head=refs.get(f"refs/heads/{seen.branch}", ""))
    if not seen.head and commits and source.branch not in ("", seen.branch):
        # The first branch pushed becomes the default one; until then we know where ours is.
        head = refs.get(f"refs/heads/{source.branch}", "")
        seen = replace(seen, branch=source.branch, head=head)
    if seen.head not in ("", *commits) and CLAIMS + target.release.version in refs:
        # Another run may have pushed since the claim was read; what it pushed is in the claim.
        claim.refresh()
        ids = claim.ids(target.name)
        commits, authors = tuple(numbered(ids, COMMIT)), numbered(ids, AUTHORS)
        replaceable = frozenset(commits) - frozenset(authors)
    tag = tag_in(refs, tag_name)
    release, settled, taken, strays = _release(
        api, seen.name, target, numbered(ids, RELEASE), patience, clock
    )
    if release is not None:
        sent = {key: value for key, value in memory.items() if key.startswith(DIGEST)}
        release = release.recalling({int(key[len(DIGEST) :]): sent[key] for key in sent})
    made = str(seen.id) in (ids.get(MADE), memory.get(MADE))
    around, cargo = Around(), Cargo()
    if release is None or not settled or release.draft:  # Else nothing is left to be refused.
        around = preflight.around(api, seen, made=made)
        if tag is None or tag.commit not in commits:  # Else all of it is pushed.
            # What lies below our own commit was there before, unless all of it came from here.
            ours = source.keeps_history and seen.head in commits and not made
            below = preflight.parents(api, seen) if ours else ()
            known = next((c for c in (seen.head, *below) if _knows(source, c)), "")
            cargo = preflight.cargo(source, target.artifact, known)
    return GitHubState(
        wanted=name,
        server=server,
        tag_name=tag_name,
        repository=seen,
        tag=tag,
        ours=_ours(source, seen, tag_name, replaceable, memory, cargo, api),
        begun=begun,
        commits=commits,
        beside=beside(refs, tag_name),
        release=release,
        settled=settled,
        taken=taken,
        strays=strays,
        made=made,
        replaced=_known(memory, place(server, name)) not in ("", str(seen.id)),
        bare=set(refs) <= {CLAIMS + target.release.version},
        token=api.token(),
        around=around,
        fetched=_fetched(remote, source, tag_name, seen, tag, folder),
    )


def tag_in(refs: Refs, name: str) -> Tag | None:
    """The tag of that name, and the commit that it leads to."""
    found = refs.get(f"refs/tags/{name}")
    if found is None:
        return None
    inner = refs.get(f"refs/tags/{name}^{{}}")
    return Tag(inner, found) if inner else Tag(found)


def beside(refs: Refs, tag: str) -> tuple[str, ...]:
    """The branch of the tag's name, and tags of which the one's name is a folder of the other's."""
    own = f"refs/tags/{tag}"
    return tuple(
        ref
        for ref in refs
        if ref == f"refs/heads/{tag}" or ref.startswith(f"{own}/") or own.startswith(f"{ref}/")
    )


def _release(
    api: Api, name: str, target: Target, numbers: list[str], patience: float, clock: Time
) -> tuple[Release | None, bool, bool, tuple[int, ...]]:
    """Our release, by claimed id or by its mark; whether the claim names it; and what else stands.

    Never by tag: that finds no drafts. A claimed draft that cannot be seen is waited for, as GitHub
    may not know for seconds what it has just made.
    """
    deadline = clock.now() + patience
    while True:
        known = next((r for n in numbers if (r := api.release(name, int(n)))), None)
        if known is not None and known.draft:
            return known, True, False, ()
        everything = api.releases(name)
        mine = [r for r in everything if texts.carries(r.body, target)]
        if known is not None:
            return known, True, False, _drafts(mine, known.id)
        if not numbers or mine or clock.now() >= deadline:
            break
        clock.sleep(1)
    out = next((r for r in mine if not r.draft), None)
    best = out or min((r for r in mine), key=lambda r: r.id, default=None)
    taken = any(r.tag == target.release.tag and not r.draft and r not in mine for r in everything)
    if best is None:
        return None, False, taken, ()
    whole = api.release(name, best.id) or best
    return whole, not whole.draft, taken, _drafts(mine, best.id)


def _drafts(mine: list[Release], but: int) -> tuple[int, ...]:
    return tuple(sorted(r.id for r in mine if r.draft and r.id != but))


def _ours(
    source: Source,
    seen: Repository | None,
    tag_name: str,
    replaceable: frozenset[str],
    memory: Mapping[str, str],
    cargo: Cargo,
    api: Api,
) -> Ours:
    """The checkout beside the remote branch."""
    head = seen.head if seen else ""
    if source.checkout is None or not source.keeps_history:
        before = {value for key, value in memory.items() if key.startswith(f"previous.{COMMIT}")}
        return Ours(
            source.head, descends=not head or head in replaceable or head in before, cargo=cargo
        )
    checkout = source.checkout
    contained = not head or _count(checkout, head, "^HEAD") == 0
    news = _count(checkout, "HEAD", *([f"^{head}"] if head and contained else []))
    apart = not contained and head not in replaceable
    shallow = checkout.is_shallow() and (apart or _ends(api, seen, checkout, contained))
    return Ours(
        head=source.head,
        branch=source.branch,
        keeps_history=True,
        descends=contained or head in replaceable,
        replaces=not contained and head in replaceable,
        shallow=shallow,
        unrelated=seen is not None and apart and not shallow and _unrelated(api, seen, checkout),
        tagged=checkout.tag(tag_name),
        news=0 if head in replaceable else (news or 0),
        cargo=cargo,
    )


def _ends(api: Api, seen: Repository | None, checkout: Checkout, contained: bool) -> bool:
    """Whether a shallow history ends among commits that the remote lacks."""
    below = [seen.head] if seen and seen.head else []
    if seen and not contained:  # Of our release commit only what it stands on can be known here.
        parents = api.parents(seen.name, seen.head) or ()
        below = [commit for commit in parents if _there(checkout.root, commit)]
    # Where it ends, git sees a first commit.
    return bool(_count(checkout, "--max-parents=0", "HEAD", *(f"^{c}" for c in below)))


def _unrelated(api: Api, seen: Repository, checkout: Checkout) -> bool:
    first = run(["rev-list", "--max-parents=0", "HEAD", "--"], cwd=checkout.root).decode().split()
    return all(api.parents(seen.name, commit) is None for commit in first[:FIRST])


def _known(memory: Mapping[str, str], key: str) -> str:
    """What is remembered, of this version or the one before; empty where nobody does."""
    return memory.get(key) or memory.get(f"previous.{key}", "")


def _knows(source: Source, commit: str) -> bool:
    return bool(commit and source.checkout and _there(source.checkout.root, commit))


def _count(checkout: Checkout, *commits: str) -> int | None:
    """How many commits these words reach; None where the checkout does not know them."""
    try:
        return int(run(["rev-list", "--count", *commits, "--"], cwd=checkout.root))
    except PubflowError:
        return None


def _fetched(
    remote: Remote, source: Source, tag_name: str, seen: Repository, tag: Tag | None, folder: Path
) -> str:
    """Bring what the build needs of the remote: the tag's commit, and a snapshot's parent."""
    need: dict[str, str] = {}
    if tag is not None:
        need[f"refs/tags/{tag_name}"] = tag.commit
    if seen.head and not source.keeps_history:
        need[f"refs/heads/{seen.branch}"] = seen.head
    if source.checkout is not None:
        root = source.checkout.root
        need = {ref: sha for ref, sha in need.items() if not _there(root, sha)}
    if not need:
        return ""
    bare = remote.bare(folder)
    if not all(map(bare.has, need.values())):
        remote.fetch(bare.path, sorted(need))
        if not all(map(bare.has, need.values())):
            raise Transient(f"{seen.name} moved while we looked at it.")
    return str(bare.path)


def _there(repo: Path, sha: str) -> bool:
    try:
        run(["cat-file", "-e", f"{sha}^{{commit}}"], cwd=repo)
    except PubflowError:
        return False
    return True
