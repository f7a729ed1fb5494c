"""What must be true when a release says that it is done: I1 to I5. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simulation import seen
from simulation.invariants import Truth, commits, is_ours
from simulation.seen import SeenHub, SeenRecord
from simulation.wanted import CARD, SUMS, Repository, Wanted, holds


@dataclass(frozen=True)
class Company:
    """Who took part in a case."""

    several: bool = False
    """Runs at once: two of them may make a collection of one name, as the Hub has no other way to
    make one than blindly."""
    disturbed: bool = False
    """Runs at once, one of which died or failed: a draft of its own may be shown, and deleted, only
    after the release said that it is done."""
    late: bool = False
    """Lists are late: a draft that a run left may be shown, and deleted, only after the release
    said that it is done; one of a run among others not even when all are over."""
    two: bool = False
    """Two manifests: what one committed while all was private the other may have replaced, and the
    Hub's main, which is no version, may show the files of the one that came too late."""


def ended(want: Wanted, before: Truth, now: Truth, company: Company) -> Iterator[str]:
    """I1 to I5: everything is out, once, whole and linked, and nothing is left over."""
    published: dict[str, SeenRecord] = {}
    for record in want.records:
        ours = now.ours(record)
        out = [one for one in ours if one.published]
        if len(out) != 1:
            yield f"I1 {record.target} has {len(out)} published records"
            continue
        published[record.target] = out[0]
        for one in ours:
            if not one.published and not (company.disturbed and company.late):
                yield f"I2 {record.target}: draft {one.id} is left over"
        if set(out[0].files) != set(record.files) or not holds(out[0].files, record.files):
            yield f"I3 {record.target} holds {sorted(out[0].files)}"
        if out[0].pending:
            yield f"I3 {record.target}: {sorted(out[0].pending)} did not arrive"
    if want.code:
        yield from _code_ended(want, now, published, company)
    for one in want.hub:
        yield from _hub_ended(one, want, before, now, published, company)
    yield from _linked(want, now, published)


def _code_ended(
    want: Wanted, now: Truth, published: Mapping[str, SeenRecord], company: Company
) -> Iterator[str]:
    code = now.code(want)
    if code is None or code.private:
        yield f"I2 {want.code} is not public"
        return
    releases = now.releases(want)
    out = [release for release in releases if not release.draft]
    if len(out) != 1:
        yield f"I2 {len(out)} releases are out"
    for release in releases:
        if release.draft:
            yield f"I2 draft release {release.id} is left over"
        if release.broken or set(release.assets) != want.assets:
            yield f"I3 release {release.id} holds {sorted(release.assets)}"
        sums = seen.stored(release.assets[SUMS]) if SUMS in release.assets else ""
        for name, digest in release.assets.items():
            if name != SUMS and f"{digest}  {name}" not in sums:
                yield f"I3 {name} is not what {SUMS} says"
    tag = code.refs.get(f"refs/tags/{want.tag}")
    if tag is None:
        yield f"I4 {want.code} has no tag {want.tag}"
        return
    commit = seen.peeled(tag)
    lineage = seen.history(code.head)
    ours = [c.sha for c in lineage if is_ours(c.message, want)]
    if commit not in ours or (len(ours) > 1 and not company.two):
        yield f"I4 the tag is at {commit[:8]}, and our commits are {[o[:8] for o in ours]}"
    cited = seen.content(commit, "CITATION.cff")
    for target, record in published.items():
        if target.startswith("code@") and record.doi not in cited:
            yield f"I5 CITATION.cff does not name {record.doi}"


def _hub_ended(
    one: Repository,
    want: Wanted,
    before: Truth,
    now: Truth,
    published: Mapping[str, SeenRecord],
    company: Company,
) -> Iterator[str]:
    there = now.repository(one)
    if there is None or there.private:
        yield f"I3 {one.target} is not public"
        return
    if not holds(there.head.files, one.files) and not company.two:
        yield f"I3 {one.target} holds {sorted(there.head.files)}"
    was = before.repository(one)
    theirs = {
        path
        for oid in there.history
        if "pubflow: " not in there.commits[oid].text
        for path in there.commits[oid].files
    } - _earlier(one, was)
    if extra := set(there.head.files) - set(one.files) - theirs:
        yield f"I3 {one.target} holds {sorted(extra)} too"
    tagged = there.tags.get(want.tag)
    ours = commits(one, there)
    if tagged not in there.history or not holds(there.commits[tagged].files, one.files):
        yield f"I4 the tag of {one.target} is not at the release"
        return
    if not ours or (len(ours) > 1 and not company.two):
        yield f"I4 {one.target} has {len(ours)} commits of this release"
    for oid in ours:
        parents = there.commits[oid].parents
        if parents and there.commits[parents[0]].files == there.commits[oid].files:
            yield f"I4 commit {oid[:8]} of {one.target} changes nothing"
    if len(there.collections) != len(set(there.collections)) and not company.several:
        yield f"I4 {one.target} is in two collections of one name"
    card = seen.stored(there.commits[tagged].files[CARD])
    for target, record in published.items():
        same = target.partition("@")[0] == one.target.partition("@")[0]
        if same and record.doi not in card:
            yield f"I5 the card of {one.target} does not name {record.doi}"


def _earlier(one: Repository, was: SeenHub | None) -> set[str]:
    """Paths that an earlier release of ours left."""
    return set(was.head.files) if was is not None and was.tags else set()


def _linked(want: Wanted, now: Truth, published: Mapping[str, SeenRecord]) -> Iterator[str]:
    for target, record in published.items():
        artifact = target.partition("@")[0]
        for other, its in published.items():
            if other.partition("@")[0] != artifact and its.doi not in record.related:
                yield f"I5 {target} does not name {its.doi}"
        pages = [f"{want.code}/tree/{want.tag}"] * bool(want.code) + [one.id for one in want.hub]
        for page in pages:
            if not any(page in name for name in record.related):
                yield f"I5 {target} does not name {page}"
