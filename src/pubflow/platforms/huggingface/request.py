"""A commit that one commit cannot hold: a pull request of several, merged as one.

The Hub numbers pull requests itself, so the number that stands in the claim is the one that
counts; one that was made and not written down is found by its title and filled, not made again.
Nothing of it reaches `main` before the merge, which squashes. The text of that one commit lists the
titles of those that it is made of, `- title (sha)`, and nothing else that is ours (seen on the Hub:
commit a6e817b of chowdhuryshaif/AI_Camp_NLP). So each of these titles carries our mark.
"""

from __future__ import annotations

from collections.abc import Sequence

from pubflow.claim import Claim
from pubflow.errors import Transient
from pubflow.manifest import File, Target
from pubflow.platforms.huggingface.api import Api, Parcel, Told
from pubflow.platforms.huggingface.refusals import Behind
from pubflow.platforms.huggingface.state import Repository, by_path, kind_of

KEY = "pull"


def title_of(target: Target, text: str) -> str:
    """Tells the release, and by the end of its mark that it is ours."""
    return f"Release {target.release.tag} ({text.rpartition('-')[2]})"


def begun(claim: Claim, target: Target) -> bool:
    return bool(claim.get(target.name, KEY))


def commit(
    api: Api,
    claim: Claim,
    target: Target,
    seen: Repository,
    *,
    text: str,
    files: Sequence[File],
    deleted: Sequence[str],
    told: Told,
    ready: tuple[Parcel, ...] = (),
) -> None:
    """Bring `files` to `main` as one merge, going on where an earlier run ended.

    `ready` are the parcels of all the files, if they were sent already.
    """
    kind = kind_of(target)
    title = title_of(target, text)
    number = _number(api, claim, target, seen, title, text)
    ref = f"refs/pr/{number}"
    head = api.branches(seen.id, kind, pulls=True).get(ref)
    if head is None:
        raise Transient(f"The pull request {number} of {seen.id} cannot be seen yet.")
    held = by_path(api.tree(seen.id, kind, head))
    left = [f for f in files if f.name not in held or not held[f.name].holds(f)]
    gone = [path for path in deleted if path in held]
    if len(left) < len(files) or not ready:
        ready = api.send(seen.id, kind, left, told)
    for count, parcel in enumerate(ready, start=1):
        if not parcel.content and not gone:
            continue
        head = api.commit(
            seen.id,
            kind,
            parent=head,
            title=f"{title}, part {count}: {text}",
            text=text,
            parcel=parcel,
            deleted=gone,
            revision=ref,
        )
        gone = []
    now = api.about(seen.id, kind)
    try:
        if now is None or now.head != seen.head:
            raise Behind(f"Somebody else committed to {seen.id} a moment ago.")
        if api.proposal(seen.id, kind, number).status == "draft":
            api.decide(seen.id, kind, number, "open")
        api.decide(seen.id, kind, number, "merged")
    except Behind as behind:
        api.decide(seen.id, kind, number, "closed")
        what = behind.what
    else:
        return
    raise Transient(what)


def _number(api: Api, claim: Claim, target: Target, seen: Repository, title: str, text: str) -> int:
    """The one pull request that counts; any other of ours is closed."""
    kind = kind_of(target)
    settled = claim.get(target.name, KEY)
    if settled and api.proposal(seen.id, kind, int(settled)).status in ("draft", "open"):
        return int(settled)
    found = [one.number for one in api.proposals(seen.id, kind, title)]
    number = found[0] if found else api.propose(seen.id, kind, title, text)
    if settled:
        claim.move(target.name, KEY, str(number))
    holds = int(claim.settle(target.name, KEY, str(number)))
    for other in {*found, number} - {holds}:
        api.decide(seen.id, kind, other, "closed")
    return holds
