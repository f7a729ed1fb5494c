"""What a record still needs. Pure: everything it knows is in its arguments.

Until all addresses are known, the description and the files made from them are promised, so that
the plan can shrink after approval and never grow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.links import Links
from pubflow.manifest import File, Kind, Target
from pubflow.platform import Problem
from pubflow.platforms.zenodo import blockers
from pubflow.platforms.zenodo.instance import communities_of, is_zenodo, packed, room_of
from pubflow.platforms.zenodo.likeness import differences, kept, same
from pubflow.platforms.zenodo.record import body
from pubflow.platforms.zenodo.state import Entry, Json, Record, ZenodoState

Item = Action | Kept | Problem

NOUN = {Kind.CODE: "code", Kind.WEIGHTS: "weights", Kind.DATA: "data set"}


def diff(target: Target, state: ZenodoState, links: Links) -> Iterator[Item]:
    """All that is left to do for `target`, in order, up to and including publishing."""
    if state.trouble is not None:
        yield blockers.trouble(target, state)
        return
    if state.late:
        yield from _late(target, state, links)
        yield from _follow(target, state)
        return
    if state.record is None and state.unchanged and state.previous is not None:
        previous = state.previous
        says = f"unchanged since version {previous.version}: {previous.doi or previous.id}"
        yield Kept(target.name, says, size=target.artifact.size)
        return
    yield from blockers.integration(target, state)
    if state.record is not None and state.record.published:
        yield from _published(target, state, links, state.record)
    else:
        yield from _draft(target, state, links)
    yield from _follow(target, state)


def wanted_body(target: Target, state: ZenodoState, links: Links) -> Json:
    """What the record shall say. A published record keeps its date."""
    date: object = target.release.date
    if state.record is not None and state.record.published:
        date = state.record.metadata.get("publication_date") or date
    return body(
        target,
        links,
        publisher=state.publisher,
        known=state.known,
        date=str(date) if date else None,
    )


def _comparable(target: Target, state: ZenodoState, links: Links) -> Json:
    """What the record is compared with: as far as the instance keeps it, which an open edit shows
    that was asked last."""
    wanted, last = wanted_body(target, state, links), state.edit or state.record
    return kept(last, wanted, state.asked) if last is not None else wanted


def _draft(target: Target, state: ZenodoState, links: Links) -> Iterator[Item]:
    """A record that is not public yet, or does not exist."""
    act = partial(Action, target.name)
    record = state.record
    yield from blockers.embargo(target, state)
    yield from blockers.review(target, state)
    yield from blockers.communities(target, state)
    yield from blockers.words(target, state, links)
    if record is None and is_zenodo(state.base):
        yield from blockers.external(target, state.previous)
    if record is None or not state.claimed or not state.marked:
        yield act(Stage.RESERVE, "draft", says=_begin(target, state))
    if record is None or not record.doi:
        yield act(Stage.RESERVE, "reserve", says="reserve a DOI")
    room = room_of(target, state.base)
    if room > state.room:
        says = f"ask for room for {room} GB, out of the account's 150 GB besides"
        yield act(Stage.UPLOAD, "enlarge", says=says)
    yield from _files(target, state)
    settled = links.settled and target.release.date is not None
    wanted = _comparable(target, state, links)
    if record is None or not settled or not same(record, wanted):
        yield act(Stage.UPLOAD, "describe", says="describe the record and link it to the others")
    else:
        yield from blockers.dropped(target, state, record, wanted_body(target, state, links))
    yield act(
        Stage.PUBLISH,
        "publish",
        says=f"publish the {NOUN[target.artifact.kind]} with its DOI, for ever",
        wave=Wave.SEAL,
        last=True,
    )


def _begin(target: Target, state: ZenodoState) -> str:
    noun = NOUN[target.artifact.kind]
    if state.record is not None:
        return f"take up draft {state.record.id} for the {noun}"
    if state.previous is not None:
        older = f" after {state.previous.version}" if state.previous.version else ""
        return f"create a draft of the next version of the {noun}{older}"
    return f"create a draft for the {noun}"


def _files(target: Target, state: ZenodoState) -> Iterator[Item]:
    """Files to take over, to take away, and to send."""
    act = partial(Action, target.name, Stage.UPLOAD)
    there = {entry.key: entry for entry in state.record.files} if state.record else {}
    wanted = {file.name: file for file in target.files}
    taken = importable(target, state)
    if taken:
        sure = all(not wanted[name].promised for name in taken)
        says = f"take over {_count(taken, 'unchanged file')} of the previous version"
        yield act("import", says=says if sure else "take over what the previous version has of it")
        assert state.previous is not None
        # A server takes over all files or none.
        there = {entry.key: entry for entry in state.previous.files}
    for key in sorted(set(there) - set(wanted)):
        says = f"remove {key}, which is not in this release"
        if taken:
            says = f"leave out {key} of the previous version"
        yield act("remove", key, says=says, mark="-")
    for name, file in wanted.items():
        if holds(there.get(name), file):
            says = f"{name} is unchanged" if taken else f"{name} is there"
            yield Kept(target.name, says, subject=name, size=file.size)
        else:
            yield act(
                "upload", name, says=f"upload {name}{_inside(target, name)}", size=_size(file)
            )


def _size(file: File) -> int | None:
    """None while nobody can know; the size of an archive is known before its bytes are."""
    return None if file.promised and not file.size else file.size


def _inside(target: Target, name: str) -> str:
    packing = packed(target)
    pack = packing.pack(name) if packing else None
    return f", with {_count(pack.members, 'file')} in it" if pack else ""


def holds(entry: Entry | None, file: File) -> bool:
    return entry is not None and not file.promised and entry.holds(file)


def importable(target: Target, state: ZenodoState) -> tuple[str, ...]:
    """The author's files that the previous version has too, while they can still be taken over.

    Only an empty draft can. Archives of many files count too; while one is promised, by its size.
    Other files that pubflow makes do not: they name addresses, so each version has its own.
    """
    if state.previous is None or (state.record is not None and state.record.files):
        return ()
    before = {entry.key: entry for entry in state.previous.files}
    packing = packed(target)
    if packing is not None:
        packs = {pack.name for pack in packing.packs}
        return tuple(
            file.name
            for file in target.files
            if holds(entry := before.get(file.name), file)
            or (file.name in packs and file.promised and entry and entry.size == file.size)
        )
    sent = {file.name for file in target.files}
    return tuple(
        f.name for f in target.artifact.files if f.name in sent and holds(before.get(f.name), f)
    )


def _count(names: Sequence[object], noun: str) -> str:
    return f"{len(names)} {noun}{'s' * (len(names) != 1)}"


def _published(target: Target, state: ZenodoState, links: Links, record: Record) -> Iterator[Item]:
    """A record that is out: its files stand for ever, its description can be edited."""
    if changed := differing(target, record):
        yield Problem(
            target.name,
            f"version {target.release.version} is published, and {_listed(changed)} changed since",
            why="the files of a published record cannot be replaced, as its DOI names them",
            hint="Raise the version, then run again:\n\n    pubflow release",
        )
        return
    wanted = _comparable(target, state, links)
    ready = links.settled
    if ready and same(record, wanted):
        yield Kept(target.name, f"published as {record.doi or record.id}")
        yield from blockers.dropped(target, state, record, wanted_body(target, state, links))
        return
    edit = state.edit
    begun = ready and edit is not None and same(edit, wanted)
    if edit is not None and not begun and not _untouched(edit, record):
        yield blockers.foreign_edit(target, state, differences(edit, _as_body(record)))
        return
    fields = ", ".join(differences(record, wanted)) if ready else "links"
    act = partial(Action, target.name, mark="~")
    if not begun:
        yield act(stage=Stage.UPLOAD, verb="describe", says=f"edit the record: {fields}")
    yield act(
        stage=Stage.PUBLISH,
        verb="publish",
        says="publish the edit; the DOI stays",
        wave=Wave.SEAL,
        last=True,
    )


def _late(target: Target, state: ZenodoState, links: Links) -> Iterator[Item]:
    """The record that Zenodo's GitHub integration makes: links and metadata are all we add."""
    record, tag = state.record, target.release.tag
    act = partial(Action, target.name, Stage.PUBLISH, "complete", wave=Wave.SEAL, last=True)
    yield from blockers.late(target, state)
    if record is None:
        yield act(
            says=f"wait for the record that Zenodo makes of {tag}, then add links and metadata"
        )
        return
    if not links.settled:
        yield act(says=f"edit the record that Zenodo made of {tag}: links", mark="~")
        return
    wanted = _comparable(target, state, links)
    if same(record, wanted):
        yield Kept(target.name, f"published by Zenodo's integration as {record.doi or record.id}")
        return
    edit = state.edit
    if edit is not None and not same(edit, wanted) and not _untouched(edit, record):
        yield blockers.foreign_edit(target, state, differences(edit, _as_body(record)))
        return
    fields = ", ".join(differences(record, wanted))
    yield act(says=f"edit the record that Zenodo made of {tag}: {fields}", mark="~")


def differing(target: Target, record: Record) -> list[str]:
    """Names of the files that differ from what a record has; what is not made yet cannot tell."""
    there = {entry.key: entry for entry in record.files}
    names = {file.name for file in target.files}
    changed = [
        file.name
        for file in target.files
        if not file.promised and not holds(there.get(file.name), file)
    ]
    return changed + sorted(set(there) - names)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _untouched(edit: Record, record: Record) -> bool:
    return same(edit, _as_body(record))


def _as_body(record: Record) -> Json:
    return {
        "metadata": dict(record.metadata),
        "access": dict(record.access),
        "custom_fields": dict(record.custom_fields),
    }


def _follow(target: Target, state: ZenodoState) -> Iterator[Item]:
    act = partial(Action, target.name, Stage.PUBLISH, wave=Wave.FOLLOW)
    for slug in communities_of(target):
        if slug not in state.joined:
            yield act("community", slug, says=f"put the record into the community {slug}")
    if state.record is not None and state.record.published:
        for stray in state.strays:
            says = f"delete draft {stray}, which an interrupted run left"
            yield act("discard", stray, says=says, mark="-")
    elif state.strays:
        yield Problem(
            target.name,
            f"an interrupted run left the draft {', '.join(state.strays)}",
            why="two drafts for one version could become two DOIs",
            hint="Nothing is to be done: it is deleted before the other one is published.",
            severity="note",
        )
