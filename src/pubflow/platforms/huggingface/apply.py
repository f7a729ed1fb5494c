"""Changing one thing on the Hub: one function per verb.

A commit is made onto the head that was seen, so that two runs, or a run and a person, cannot
overwrite each other: the later one is told (412) and looks again.
"""

from __future__ import annotations

from pubflow.actions import Action, Receipt
from pubflow.claim import Claim
from pubflow.errors import PubflowError, Transient
from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.platform import Progress
from pubflow.platforms.huggingface import card, foresight, request
from pubflow.platforms.huggingface import diff as decide
from pubflow.platforms.huggingface.api import Api, Parcel, Told
from pubflow.platforms.huggingface.look import signature
from pubflow.platforms.huggingface.state import (
    ATTRIBUTES,
    CARD,
    HubState,
    Repository,
    carried,
    fingerprint,
    kind_of,
    payload,
)


def apply(
    api: Api,
    claim: Claim,
    action: Action,
    target: Target,
    state: HubState,
    links: Links,
    progress: Progress,
) -> Receipt:
    """Carry out one action of the diff. Raises Transient when it may or may not have happened."""

    def told(size: int) -> None:
        progress(action.id, size)

    kind = kind_of(target)
    match action.verb:
        case "create":
            return _create(api, claim, target, state)
        case "claim":
            claim.begin()
        case "stage":
            _stage(api, claim, target, state, links, told)
        case "commit":
            return _commit(api, claim, target, state, links, told)
        case "gate":
            api.set(_there(state).id, kind, gated=decide.gate(target))
        case "open":
            api.set(_there(state).id, kind, public=True, gated=decide.gate(target))
        case "tag":
            return _tag(api, target, state)
        case "succeed":
            _succeed(api, target, state)
        case "collect":
            _collect(api, target, state)
        case verb:
            raise ValueError(f"the Hub has no {verb!r}")
    return Receipt()


def _create(api: Api, claim: Claim, target: Target, state: HubState) -> Receipt:
    kind = kind_of(target)
    if not state.keeps:
        claim.begin()
    api.create(state.id, kind)
    seen = api.about(state.id, kind)
    if seen is not None and not seen.private and _empty(api, state.id, kind, seen.head):
        raise PubflowError(
            f"The Hub made {state.id} public, though it was asked for a private repository.",
            why="It is empty still, but what is uploaded there could be read before the release.",
            hint="Look at the settings of the organisation, make it private, then run again:"
            "\n\n    pubflow release",
        )
    return Receipt({"repository": state.id})


def _empty(api: Api, repo: str, kind: str, head: str) -> bool:
    """False where another run has filled and opened it since."""
    return all(entry.path == ATTRIBUTES for entry in api.tree(repo, kind, head))


def _stage(
    api: Api, claim: Claim, target: Target, state: HubState, links: Links, told: Told
) -> None:
    """The Hub does not say which bytes it holds that no commit names, so the claim does: it is
    written when all were sent. If it is lost they are sent again, which stores nothing twice."""
    files = foresight.ahead(state, decide.missing(target, state, links))
    api.send(_there(state).id, kind_of(target), files, told)
    claim.move(target.name, "staged", fingerprint(payload(target.files)))


def _commit(
    api: Api, claim: Claim, target: Target, state: HubState, links: Links, told: Told
) -> Receipt:
    seen, tag, kind = _there(state), target.release.tag, kind_of(target)
    files = decide.missing(target, state, links)
    edit = state.tagged is not None
    if edit:
        files = tuple(file for file in files if file.name == CARD)
    if promised := [file.name for file in files if file.promised]:
        raise PubflowError(f"{', '.join(promised)} of {target.name} could not be made yet.")
    deleted = () if edit else decide.surplus(target, state)
    text = signature(target)
    ready: tuple[Parcel, ...] = ()
    if edit or not request.begun(claim, target):
        ready = api.send(seen.id, kind, files, told)
    if len(ready) == 1:
        made = api.commit(
            seen.id,
            kind,
            parent=seen.head,
            title=f"Update the card of {tag}" if edit else f"Release {tag}",
            text=text,
            parcel=ready[0],
            deleted=deleted,
        )
        return Receipt({"commit": made})
    request.commit(
        api,
        claim,
        target,
        seen,
        text=text,
        files=files,
        deleted=deleted,
        told=told,
        ready=ready,
    )
    return Receipt({"repository": seen.id})


def _tag(api: Api, target: Target, state: HubState) -> Receipt:
    """The head that was seen, and only if it holds what is released."""
    seen = _there(state)
    held = {entry.path: entry for entry in seen.files}
    files = carried(target.files)
    absent = [f.name for f in files if f.name not in held or not held[f.name].holds(f)]
    if absent:
        raise Transient(f"{seen.id} does not show {', '.join(absent[:5])} yet.")
    api.tag(seen.id, kind_of(target), target.release.tag, seen.head)
    return Receipt({"tag": target.release.tag, "commit": seen.head, "repository": seen.id})


def _succeed(api: Api, target: Target, state: HubState) -> None:
    """One key more in the head of the predecessor's card; every other byte stays."""
    kind, old = kind_of(target), state.predecessor
    about = api.about(old, kind)
    if about is None:
        raise PubflowError(f"{old} cannot be seen on the Hub any more.")
    text = api.text(old, kind, about.head, CARD)
    new = card.succeeded(text, state.name, what=f"The card of {old}")
    api.write(
        old,
        kind,
        revision="main",
        parent=about.head,
        path=CARD,
        text=new,
        title=f"Name {state.name} as the new version",
    )


def _collect(api: Api, target: Target, state: HubState) -> None:
    """The collection is looked for once more: a sibling may have made it a moment ago."""
    wanted = state.collecting
    if wanted is None:
        return
    found = api.collection(wanted.owner, wanted.title) or api.collect(wanted.owner, wanted.title)
    api.add(found.slug, _there(state).id, kind_of(target))


def _there(state: HubState) -> Repository:
    if state.repository is None:
        raise Transient(
            f"{state.id} cannot be seen on the Hub.",
            why="A repository that was just made can take a moment to appear.",
        )
    return state.repository
