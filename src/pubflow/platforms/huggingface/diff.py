"""What a repository on the Hub still needs. Pure: everything it knows is in its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from pubflow.actions import Action, Kept, Stage, Wave
from pubflow.documents.card import split
from pubflow.links import Links
from pubflow.manifest import File, Target
from pubflow.platform import Problem
from pubflow.platforms.huggingface import access, foresight
from pubflow.platforms.huggingface.checking import crowded, listed
from pubflow.platforms.huggingface.state import (
    ATTRIBUTES,
    CARD,
    HubState,
    by_path,
    carried,
    fingerprint,
    payload,
    wanted_name,
)

Item = Action | Kept | Problem
_FORM = re.compile(r"^extra_gated_(?:prompt|fields)\s*:", re.MULTILINE)


def diff(target: Target, state: HubState, links: Links) -> Iterator[Item]:
    """All that is left, in order. Nothing of it can be seen by a stranger before PUBLISH."""
    act = partial(Action, target.name)
    seen, tag = state.repository, target.release.tag
    if state.kept:
        yield Kept(target.name, f"unchanged since {state.kept} of {state.name}", size=_size(target))
        yield from _visibility(target, state)
        yield from _afterwards(target, state)
        return
    if state.tagged is not None:
        yield from _released(target, state, links)
        yield from _afterwards(target, state)
        return
    yield from _examined(target, state)
    name = state.name or wanted_name(target)
    kind = "data set" if state.kind == "dataset" else "model"
    if seen is None:
        yield act(Stage.RESERVE, "create", says=f"create the private {kind} repository {name}")
        if state.gone:
            yield access.gone(target, state)
        if state.trusted is not None:
            yield access.distrusted(target, state)
        elif not state.may_create:
            yield access.unmakable(target, name)
        if state.keeps and target.release.date is None:
            yield act(Stage.RESERVE, "claim", says="fix the release date")
    else:
        yield Kept(target.name, f"{'private' if seen.private else 'public'} repository {name}")
        if seen.doi:
            yield Kept(target.name, f"{seen.doi}, the Hub's own DOI, stays with its own revision")
        yield from _strangers(target, state)
        if state.trusted is False:
            yield access.distrusted(target, state)
        elif not seen.may_write:
            yield access.closed(target, name)
        if target.release.date is None:
            yield act(Stage.RESERVE, "claim", says="fix the release date")
        yield from _together(target, state)
    yield from foresight.problems(target, state)
    yield from _fill(target, state, links)
    yield from _visibility(target, state)
    yield act(Stage.PUBLISH, "tag", wave=Wave.SEAL, says=f"tag the commit {tag}")
    yield from _afterwards(target, state)


def _examined(target: Target, state: HubState) -> Iterator[Problem]:
    """What the Hub said of the card, asked before anything is made."""
    for said in state.refused:
        yield Problem(
            target.name,
            f"The Hub would refuse the card of {target.artifact.key}: {said}",
            "Nothing can be committed with a card that it does not take.",
            "Change it in publish.toml, or in the head of your own card.",
        )
    for said in state.advised:
        yield Problem(
            target.name,
            f"The Hub will complain of the card of {target.artifact.key}: {said}",
            severity="warning",
        )
    head, _ = split(target.artifact.card_text)
    if _FORM.search(head or "") and not (gate(target) or _gated(state)):
        yield Problem(
            target.name,
            f"The card of {target.artifact.key} has questions for readers, and nobody is asked.",
            "They are shown only where readers must ask for access.",
            'Add gated = "auto", or "manual", or take extra_gated_ out of the card.',
            severity="warning",
        )
    if state.broken:
        yield Problem(
            target.name,
            f"{listed(state.broken)} is not a whole .safetensors file."
            if len(state.broken) == 1
            else f"{listed(state.broken)} are not whole .safetensors files.",
            "Nobody could load the weights.",
            "Write them again, or see whether they were copied whole.",
            severity="warning",
        )


def _afterwards(target: Target, state: HubState) -> Iterator[Item]:
    """What makes the release easier to find. It may fail without harm."""
    act = partial(Action, target.name, Stage.PUBLISH, wave=Wave.FOLLOW, last=True)
    if state.predecessor:
        says = f"name {state.name} as the new version in the card of {state.predecessor}"
        yield act("succeed", says=says, mark="~")
    wanted = state.collecting
    if wanted is None or wanted.done:
        return
    if state.trusted is not None:
        yield Problem(
            target.name,
            f"{state.name} is not put into the collection “{wanted.title}” of {wanted.owner}.",
            "A trusted publisher's token reaches one repository, and no collection.",
            "Run it once more with HF_TOKEN, or put it there by hand.",
            severity="note",
        )
        return
    name = state.name or wanted_name(target)
    says = f"put {name} into the collection “{wanted.title}”"
    says += f" of {wanted.owner}" if wanted.owner else ""
    yield act("collect", says=says)


def _released(target: Target, state: HubState, links: Links) -> Iterator[Item]:
    """The tag stands: nothing of the files can change any more, only the card."""
    tag = target.release.tag
    tagged = by_path(state.tagged or ())
    files = payload(target.files)
    different = [f.name for f in files if f.name not in tagged or not tagged[f.name].holds(f)]
    if different:
        yield Problem(
            target.name,
            f"The tag {tag} of {state.name} does not hold {listed(different)} as it is here.",
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
        for file in carried(target.files)
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
    anew = {file.name for file in new}
    there = [file for file in carried(target.files) if file.name not in anew]
    if there:
        count = len(there)
        says = there[0].name if count == 1 else f"{count} files"
        says += " is there already" if count == 1 else " are there already"
        yield Kept(target.name, says, size=sum(file.size for file in there))
    if not new and not old:
        return
    hidden = state.repository is None or state.repository.private
    size = sum(file.size for file in payload(new))
    early = foresight.ahead(state, new)
    if not hidden and early and state.staged != fingerprint(payload(target.files)):
        way = f" by {state.foreseen.way}" if state.foreseen else ""
        says = f"send {listed([file.name for file in early])} ahead{way}"
        says += "; nothing is visible before the commit"
        early_size = sum(file.size for file in early)
        yield Action(target.name, Stage.UPLOAD, "stage", says=says, size=early_size)
    names = [file.name for file in new]
    yield _commit(target, state, names, list(old), size if hidden else None)


def _commit(
    target: Target, state: HubState, names: list[str], deleted: list[str], size: int | None
) -> Action:
    """One action with one id; when it happens depends on who can see the repository."""
    hidden = state.repository is None or state.repository.private
    parts = [f"{listed(names)}"] * bool(names)
    parts += [f"without {listed(deleted)}"] * bool(deleted)
    says = f"commit {', '.join(parts)}" + ", still private" * hidden
    says += foresight.sentence(state.foreseen, names, early=not hidden)
    there = by_path(state.repository.files if state.repository else ())
    changed = deleted or any(name in there for name in names)
    return Action(
        target.name,
        Stage.UPLOAD if hidden else Stage.PUBLISH,
        "commit",
        says=says,
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
    regated = asks is not None and _gated(state) != asks
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
        yield Kept(target.name, f"{listed(kept)}, which pubflow did not put there")
    replaced = [
        entry.path
        for entry in others
        if entry.path in wanted and not entry.holds(wanted[entry.path])
    ]
    if replaced:
        yield Problem(
            target.name,
            f"{listed(replaced)} in {state.name} would be replaced, which pubflow did not write.",
            "The old content stays in the repository's history.",
            f"Take over what you need from it{' into your own card' * (CARD in replaced)}.",
            severity="warning",
        )


def _together(target: Target, state: HubState) -> Iterator[Problem]:
    """Folders that are too full with what is there. Where they are so by themselves, that is told
    without looking."""
    assert state.repository is not None
    wanted = {file.name for file in carried(target.files)}
    kept = {entry.path for entry in state.repository.files} - {*surplus(target, state)}
    if not any(crowded(target, wanted)):
        yield from crowded(target, wanted | kept)


def opens(target: Target) -> bool:
    """Whether the repository is to become public."""
    return target.settings.get("visibility") != "private"


def _gated(state: HubState) -> str:
    return state.repository.gated if state.repository else ""


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
