"""I1 to I15 of a release, as questions to the ground truth, the history and the exits. Pure.

Held at every instant: I1 and I2 (at most one), I6 (nothing that cannot be taken back before all
that it needs, and only what the claim names), I7 (what is another's stays as it is). Held in the
end (`ending.py`): I1 and I2 (exactly one, nothing left over), I3 (files), I4 (tags and
commits), I5 (DOIs and links). Of the runs: I8 (a failure ends its lane), I9 (one run more changes
nothing), I13 (two undisturbed runs are enough), I14 (an intent before each change), I15 (exit codes
tell the truth).

Not here, because they exist in real processes only: I10, a plan changes nothing
(`tests/release/test_release.py`), I11, no token in any byte (`tests/release/test_canary.py`), I12,
bytes are not sent twice (`tests/platforms/github/test_size.py`, `tests/bench`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from simulation import seen
from simulation.places import Held
from simulation.seen import SeenGitHub, SeenHub, SeenRecord, SeenRelease
from simulation.wanted import CARD, Record, Repository, Wanted, holds


@dataclass(frozen=True)
class Truth:
    """The three platforms at one moment."""

    records: Mapping[str, SeenRecord]
    github: Mapping[str, SeenGitHub]
    hub: Mapping[tuple[str, str], SeenHub]

    @classmethod
    def of(cls, held: Mapping[str, Held]) -> Truth:
        return cls(
            seen.records(held["zenodo"]),
            seen.github(held["github"]),
            seen.hub(held["huggingface"]),
        )

    def ours(self, record: Record) -> list[SeenRecord]:
        return [one for one in self.records.values() if record.mark in one.marks]

    def code(self, want: Wanted) -> SeenGitHub | None:
        return self.github.get(want.code.lower())

    def releases(self, want: Wanted) -> list[SeenRelease]:
        code = self.code(want)
        return [one for one in code.releases if want.mark in one.first] if code else []

    def repository(self, one: Repository) -> SeenHub | None:
        return self.hub.get((one.id, one.type))

    def claims(self, want: Wanted) -> list[str]:
        """The texts of the claims that the platforms keep of this version."""
        code = self.code(want)
        found = [code.claims.get(want.version, "")] if code else []
        for one in want.hub:
            there = self.repository(one)
            head = there.branches.get(f"pubflow/{want.version}") if there else None
            if there and head:
                digest = there.commits[head].files.get("claim.json")
                found.append(seen.stored(digest) if digest else "")
        return [text for text in found if text]


def new_in(want: Wanted, before: Truth) -> Wanted:
    """What is left to be released: an artifact whose very files are out stays where it is."""

    def out(one: Repository) -> bool:
        there = before.repository(one)
        own = {name: digest for name, digest in one.files.items() if digest}
        return there is not None and any(
            {name: d for name, d in there.commits[at].files.items() if name != CARD} == own
            for tag, at in there.tags.items()
            if tag != want.tag
        )

    return replace(want, hub=tuple(one for one in want.hub if not out(one)))


# At every instant

ACCEPTED = "accepted:"
"""Begins what no run could have known or kept from happening; see `taken.py`. No violation."""


def at_most_one(want: Wanted, now: Truth) -> Iterator[str]:
    """I1, I2: never two of what may exist once."""
    for record in want.records:
        out = [one.id for one in now.ours(record) if one.published]
        if len(out) > 1:
            yield f"I1 {record.target}: records {', '.join(out)} are both published"
    out = [str(one.id) for one in now.releases(want) if not one.draft]
    if len(out) > 1:
        yield f"I2 releases {', '.join(out)} are both out"


def early(
    want: Wanted,
    before: Truth,
    now: Truth,
    claims: tuple[str, ...] | None,
    path: str,
    excused: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """I6: what cannot be taken back, though something that it needs is not there.

    Asked at the moment of a call that may have such an effect; `path` is the call's. What is
    `excused` is told all the same, as ACCEPTED.
    """
    lacks = list(lacking(want, before, now))

    def told(what: str, lack: str) -> str:
        return f"{ACCEPTED if lack in excused else 'I6'} {what}, and {lack}"

    for what in opened(want, before, now) if lacks else ():
        for lack in lacks:
            yield told(what, lack)
    closed = list(_closed(want, now))
    for record in want.records:
        for one in now.ours(record):
            if not one.published or one.id in before.records:
                continue
            for lack in [*lacks, *closed]:
                yield told(f"{record.target}: record {one.id} is published", lack)
            known = claims is None or f"/{one.id}/" not in path
            if not known and not any(named(text, one.id) for text in claims or ()):
                yield f"I6 {record.target}: record {one.id} is published and in no claim"
    for release in now.releases(want):
        if release.draft:
            continue
        if f"refs/tags/{want.tag}" not in _refs(want, now):
            yield f"I6 release {release.id} is out without its tag"
        if not set(release.assets) >= want.assets:
            yield f"I6 release {release.id} is out and lacks files"
        known = claims is None or not path.endswith(f"/{release.id}")
        if not known and not any(named(text, str(release.id)) for text in claims or ()):
            yield f"I6 release {release.id} is out and in no claim"


def named(claim: str, number: str) -> bool:
    """Whether a claim names that id."""
    ids = json.loads(claim)["ids"]
    return any(number in values.values() for values in ids.values())


def _refs(want: Wanted, now: Truth) -> Mapping[str, str]:
    code = now.code(want)
    return code.refs if code else {}


def lacking(want: Wanted, before: Truth, now: Truth) -> Iterator[str]:
    """What is not uploaded yet."""
    for record in want.records:
        if not any(holds(one.files, record.files) for one in now.ours(record)):
            yield f"{record.target} lacks files"
    for one in want.hub:
        was, there = before.repository(one), now.repository(one)
        if was is not None and not was.private:
            continue  # What is public already gets its files by the commit that is a publication.
        if there is None or not holds(there.head.files, one.files):
            yield f"{one.target} lacks files"
    was_code = before.code(want)
    # An empty public repository takes no draft before its first commit, which is public.
    late = was_code is not None and not was_code.private and not was_code.head
    attached = any(set(release.assets) >= want.assets for release in now.releases(want))
    if want.code and not late and not attached:
        yield f"the release of {want.code} lacks files"


def opened(want: Wanted, before: Truth, now: Truth) -> Iterator[str]:
    """What a stranger can see now, or has been told, of this release."""
    was, code = before.code(want), now.code(want)
    if code is not None and not code.private:
        if was is None or was.private:
            yield f"{want.code} is public"
        tag = f"refs/tags/{want.tag}"
        if tag in code.refs and tag not in (was.refs if was else {}):
            yield f"{want.code} has the tag"
        if any(is_ours(commit.message, want) for commit in seen.history(code.head)):
            yield f"{want.code} has the release commit"
        if any(not release.draft for release in now.releases(want)):
            yield f"the release of {want.code} is out"
    for one in want.hub:
        old, there = before.repository(one), now.repository(one)
        if there is None:
            continue
        if not there.private and (old is None or old.private):
            yield f"{one.target} is public"
        if want.tag in there.tags and want.tag not in (old.tags if old else {}):
            yield f"{one.target} is tagged"
        if old is not None and not old.private and commits(one, there):
            yield f"{one.target} has the release commit in public"


def is_ours(message: str, want: Wanted) -> bool:
    return message.startswith(f"Release {want.tag}:")


def commits(one: Repository, there: SeenHub) -> list[str]:
    """Commits of main that are ours and of this version, the newest first."""
    return [oid for oid in there.history if one.mark in there.commits[oid].text]


def _closed(want: Wanted, now: Truth) -> Iterator[str]:
    """What must be open before a DOI is born that leads to it."""
    if want.code:
        code = now.code(want)
        if code is None or code.private:
            yield f"{want.code} is not public"
        if not any(not release.draft for release in now.releases(want)):
            yield f"the release of {want.code} is not out"
    for one in want.hub:
        there = now.repository(one)
        if there is None or there.private:
            yield f"{one.target} is not public"
        if there is None or want.tag not in there.tags:
            yield f"{one.target} is not tagged"


def touched(want: Wanted, before: Truth, now: Truth) -> Iterator[str]:
    """I7: what was there before, or another person's, and is not as it was."""
    marks = {record.mark for record in want.records}
    for number, record in before.records.items():
        there = now.records.get(number)
        if there is None:
            yield f"I7 record {number} is gone"
        elif record.published and marks & record.marks:  # This very version, edited.
            if (there.files, there.doi) != (record.files, record.doi):
                yield f"I7 the files or the DOI of record {number} changed"
        elif there.whole != record.whole:
            yield f"I7 record {number} changed"
    for name, code in before.github.items():
        yield from _repository_touched(name, want, code, now.github.get(name))
    for there in now.github.values():
        yield from _lost(there)
    for (name, kind), repository in before.hub.items():
        yield from _hub_touched(name, want, repository, now.hub.get((name, kind)))
    for (name, _), held in now.hub.items():
        reached = {*held.history, *held.branches.values(), *held.pulls.values()}
        for oid, commit in held.commits.items():
            if "pubflow: " not in commit.text and oid not in _reach(held, reached):
                yield f"I7 commit {oid[:8]} of {name} is in no branch any more"


def _reach(held: SeenHub, ends: set[str]) -> set[str]:
    found, left = set[str](), list(ends)
    while left:
        oid = left.pop()
        if oid not in found:
            found.add(oid)
            left += held.commits[oid].parents
    return found


def _repository_touched(
    name: str, want: Wanted, was: SeenGitHub, there: SeenGitHub | None
) -> Iterator[str]:
    if there is None:
        yield f"I7 {name} is gone"
        return
    for ref, sha in was.refs.items():
        moved = there.refs.get(ref)
        if ref == f"refs/heads/{was.branch}" and moved:
            if sha not in {commit.sha for commit in seen.history(moved)}:
                yield f"I7 {ref} of {name} does not lead to {sha[:8]} any more"
        elif moved != sha and ref != f"refs/pubflow/{want.version}":
            yield f"I7 {ref} of {name} moved"
    releases = {release.id: release for release in there.releases}
    for release in was.releases:
        now = releases.get(release.id)
        if now is None or (want.mark not in release.first and now.whole != release.whole):
            yield f"I7 release {release.id} of {name} changed"


def _lost(there: SeenGitHub) -> Iterator[str]:
    """Commits of a branch that no ref leads to any more. Claims come and go."""
    kept = {commit.sha for ref in there.refs.values() for commit in seen.history(seen.peeled(ref))}
    for end in there.arrived:
        commit = seen.peeled(end)
        if commit not in kept and not seen.is_claim(commit):
            yield f"I7 commit {commit[:8]} is in no branch any more"


def _hub_touched(name: str, want: Wanted, was: SeenHub, there: SeenHub | None) -> Iterator[str]:
    if there is None:
        yield f"I7 {name} is gone"
        return
    if there.history[-len(was.history) :] != was.history:
        yield f"I7 the history of {name} was written anew"
    for tag, commit in was.tags.items():
        if there.tags.get(tag) != commit:
            yield f"I7 the tag {tag} of {name} moved"
    if was.tags:
        return  # An earlier release: its files are ours.
    own = {CARD, *(path for one in want.hub if one.id == name for path in one.files)}
    for path, digest in was.head.files.items():
        if path not in own and there.head.files.get(path) != digest:
            yield f"I7 {path} of {name} changed"


def kept(want: Wanted, before: Truth, now: Truth, made: Sequence[str]) -> Iterator[str]:
    """I7: the drafts that another person made meanwhile, at these paths, are there."""
    records = [
        one
        for one in now.records.values()
        if one.id not in before.records and not any("urn:uuid:" in mark for mark in one.marks)
    ]
    code = now.code(want)
    releases = [r for r in code.releases if want.mark not in r.first] if code else []
    for there, end in ((records, "/api/records"), (releases, "/releases")):
        if len(there) < sum(path.endswith(end) for path in made):
            yield f"I7 a draft of another person is gone ({end})"


def seals(platform: str, method: str, path: str) -> bool:
    """Whether a call of that kind can have an effect that cannot be taken back."""
    match platform:
        case "zenodo":
            return path.endswith("/actions/publish")
        case "huggingface":
            return path.endswith("/settings") or "/tag/" in path or path.endswith("/commit/main")
        case _:
            return method == "PATCH" or path.endswith("/git-receive-pack")


def instant(
    want: Wanted,
    before: Truth,
    now: Truth,
    claims: tuple[str, ...] | None,
    path: str,
    excused: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """All that must hold at every instant.

    `claims` are those that computers keep, None for a script that keeps none; `path` is of the
    call, if it can have an effect that cannot be taken back; `excused` as in `early`.
    """
    yield from at_most_one(want, now)
    if path:
        kept = claims if claims is None else (*claims, *now.claims(want))
        yield from early(want, before, now, kept, path, excused)
    yield from touched(want, before, now)
