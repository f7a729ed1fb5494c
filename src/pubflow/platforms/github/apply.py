"""Changing GitHub: one function per verb of `diff`, each one change, none repeated blindly."""

from __future__ import annotations

from functools import partial

from pubflow.actions import Action, Receipt
from pubflow.claim import Claim
from pubflow.clock import Time
from pubflow.errors import PubflowError, Refused, Transient
from pubflow.links import Links
from pubflow.manifest import File, Revision, Target
from pubflow.platform import Progress
from pubflow.platforms.github import texts
from pubflow.platforms.github.api import Api
from pubflow.platforms.github.diff import described, holds
from pubflow.platforms.github.look import (
    AUTHORS,
    COMMIT,
    DIGEST,
    MADE,
    RELEASE,
    claimed,
    numbered,
    settle,
    tag_in,
)
from pubflow.platforms.github.push import Remote, Update
from pubflow.platforms.github.register import GitRegister
from pubflow.platforms.github.state import Asset, GitHubState, Release, Repository

VISIBLE = 10
"""Seconds for which a new repository may be unknown to GitHub itself; others' reports, 2026-11."""


class Hand:
    """What may change things: the API, git, and the claim."""

    def __init__(
        self,
        api: Api,
        remote: Remote,
        claim: Claim,
        register: GitRegister,
        clock: Time | None = None,
    ) -> None:
        self._api = api
        self._clock = clock or Time()
        self._register = register
        self._remote = remote
        self._claim = claim

    def apply(
        self, action: Action, target: Target, state: GitHubState, links: Links, progress: Progress
    ) -> Receipt:
        """Do it once. What is remembered are ids, and the next action of the lane sees it."""
        match action.verb:
            case "create":
                return self._create(state)
            case "claim":
                self._begin(target, state)
                return Receipt({"claimed": target.release.version, **state.placed})
            case "commit":
                return self._commit(target, state)
            case "draft":
                return self._draft(target, state, links)
            case "upload":
                file = target.file(action.subject)
                return self._upload(file, _draft_of(state), state, action, progress)
            case "notes":
                body = texts.body(target, links)
                self._api.edit_body(_seen(state).name, _draft_of(state).id, body)
            case "describe":
                self._describe(target, _seen(state))
            case "open":
                self._api.open(_seen(state).name)
            case "push":
                return self._push(target, state)
            case "publish":
                return self._publish(target, state)
            case "discard" if action.subject == "repository":
                return self._delete_repository(target, state)
            case "discard" if action.subject == "claim":
                self._delete_claim(target, state)
            case "tidy" | "discard":
                self._delete(target, state, int(action.subject))
            case verb:
                raise ValueError(f"GitHub knows no action {verb!r}")
        return Receipt()

    def _create(self, state: GitHubState) -> Receipt:
        owner = state.wanted.partition("/")[0]
        personal = self._api.login().lower() == owner.lower()
        try:
            self._remote.listing.pushed()
            self._api.create_repository(state.wanted, personal=personal)
        except Transient:
            raise
        except PubflowError as no:
            if self._api.repository(state.wanted) is None:
                raise _not_made(state, no) from None
            return Receipt({"repository": state.wanted})  # Another run was first.
        for _ in range(VISIBLE + 1):
            if (made := self._api.repository(state.wanted)) is not None:
                break
            self._clock.sleep(1)
        told = dict.fromkeys((MADE, state.place), str(made.id)) if made else {}
        return Receipt({"repository": state.wanted} | told)

    def _begin(self, target: Target, state: GitHubState) -> None:
        """The first claim; it says too if the repository is this release's own making."""
        if state.made and state.repository is not None:
            self._claim.settle(target.name, MADE, str(state.repository.id))
        else:
            self._claim.begin()

    def _commit(self, target: Target, state: GitHubState) -> Receipt:
        """The branch of a private repository moves to the release commit.

        Forward; only an earlier one of our own, on top of older code, makes way.
        """
        made, seen = _revision(target), _seen(state)
        self._still_private(seen)
        self._settle_commit(target, made, state)
        branch = f"refs/heads/{state.facts['branch']}"
        stands = seen.head if state.ours.replaces else None
        self._remote.push(made.repository, [Update(branch, made.commit, stands)])
        return Receipt({"branch": branch.removeprefix("refs/heads/")})

    def _still_private(self, seen: Repository) -> None:
        now = self._api.repository(seen.name)
        if now is None or not now.private:
            raise Refused(
                f"{seen.name} is no longer private.",
                why="What is uploaded now would be public at once.",
                hint="Look at the new plan:\n\n    pubflow plan",
            )

    def _settle_commit(self, target: Target, made: Revision, state: GitHubState) -> None:
        """Name the commit in the claim, so that a later run knows its own tag."""
        if made.commit == state.ours.head:
            settle(self._claim, target.name, AUTHORS, made.commit, lambda other: True)
        settle(self._claim, target.name, COMMIT, made.commit, lambda other: True)

    def _push(self, target: Target, state: GitHubState) -> Receipt:
        """Tag and branch in one atomic push. The tag is only ever created."""
        made, seen = _revision(target), _seen(state)
        self._settle_commit(target, made, state)
        updates = [Update(f"refs/tags/{target.release.tag}", made.tag, expected="")]
        if seen.head != made.commit:
            updates.insert(0, Update(f"refs/heads/{state.facts['branch']}", made.commit))
        self._remote.push(made.repository, updates)
        return Receipt({"tag": made.tag})

    def _draft(self, target: Target, state: GitHubState, links: Links) -> Receipt:
        """A draft that counts once its id stands in the claim; one too many is deleted again."""
        name = _seen(state).name

        def gone(other: str) -> bool:
            return self._api.release(name, int(other)) is None

        if state.release is None and (known := claimed(self._claim, target.name, RELEASE, gone)):
            return Receipt({RELEASE: known})
        draft = state.release or self._api.create_draft(
            name,
            tag=target.release.tag,
            title=target.release.tag,
            body=texts.body(target, links),
            prerelease=target.release.prerelease,
        )
        counts = settle(self._claim, target.name, RELEASE, str(draft.id), gone)
        if counts != str(draft.id):
            self._api.delete_release(name, draft.id)
        return Receipt({RELEASE: counts})

    def _upload(
        self, file: File, draft: Release, state: GitHubState, action: Action, progress: Progress
    ) -> Receipt:
        """Attach one file. What is left of a broken upload goes away in the same attempt.

        Where the server says no digest, what was sent is remembered by the asset's id.
        """
        name = _seen(state).name
        if (old := draft.asset(file.name)) is not None and not holds(state, file):
            self._api.delete_asset(name, old.id)
        sent = partial(progress, action.id)
        made = self._api.upload(draft, file.name, file.source, file.size, sent)
        if made is None:
            now = self._api.release(name, draft.id)
            made = now.asset(file.name) if now else None
            if made is not None and not _same(made, file):
                self._api.delete_asset(name, made.id)
                made = self._api.upload(draft, file.name, file.source, file.size, sent)
        if made is None or not _arrived(made, file):
            arrived = f"{made.size} bytes, {made.digest or made.state}" if made else "nothing"
            raise PubflowError(
                f"{file.name} did not arrive at GitHub as it is here: {arrived}.",
                why=f"It had {file.size} bytes and sha256:{file.sha256} when it was hashed.",
                hint="Run again, and it is sent again:\n\n    pubflow release",
            )
        return Receipt({} if made.digest else {f"{DIGEST}{made.id}": f"sha256:{file.sha256}"})

    def _describe(self, target: Target, seen: Repository) -> None:
        description, homepage, topics = described(target, seen)
        if description is not None or homepage is not None:
            self._api.describe(seen.name, description=description, homepage=homepage)
        if topics != seen.topics:
            self._api.set_topics(seen.name, topics)

    def _publish(self, target: Target, state: GitHubState) -> Receipt:
        """Un-draft the claimed release, once its tag and every file have been seen in place."""
        name, tag = _seen(state).name, target.release.tag
        draft = _draft_of(state)
        if str(draft.id) not in numbered(self._claim.ids(target.name), RELEASE):
            raise Refused(f"The draft release {draft.id} is not in the claim.")
        now = self._api.release(name, draft.id)
        now = now and now.recalling({asset.id: asset.digest for asset in draft.assets})
        there = tag_in(self._remote.listing.now() or {}, tag)
        made = target.revision
        if there is None or (made is not None and there.commit != made.commit):
            raise Refused(
                f"The tag {tag} of {name} is not where this release put it.",
                why="Publishing would make a tag elsewhere, or name other code.",
                hint="Look at the new plan:\n\n    pubflow plan",
            )
        whole = now is not None and all(
            (asset := now.asset(file.name)) is not None and _same(asset, file)
            for file in target.files
        )
        if now is None or not whole:
            raise Refused(
                f"The draft release {tag} of {name} does not hold every file as it is here.",
                why="A published release may never be changed again.",
                hint="Run again, and what is missing is uploaded:\n\n    pubflow release",
            )
        others = [r for r in self._api.releases(name) if r.id != draft.id]
        for other in others:
            if other.draft and texts.carries(other.body, target):
                self._api.delete_release(name, other.id)
        if now.draft:
            out = [r.tag for r in others if not r.draft and not r.prerelease]
            early = target.release.prerelease
            latest = texts.latest_word(tag, out, prerelease=early)
            self._api.publish(name, draft.id, tag=tag, prerelease=early, latest=latest)
        return Receipt({RELEASE: str(draft.id), **state.placed})

    def _delete(self, target: Target, state: GitHubState, number: int) -> None:
        """Only a draft, and only one that carries our mark at this very moment."""
        name = _seen(state).name
        now = self._api.release(name, number)
        if now is not None and now.draft and texts.carries(now.body, target):
            self._api.delete_release(name, number)

    def _delete_claim(self, target: Target, state: GitHubState) -> None:
        """Only our own, as it was read last, and never one of a release that is out."""
        now = self._api.release(_seen(state).name, state.release.id) if state.release else None
        if now is not None and not now.draft:
            raise Refused(f"The release {target.release.tag} is out, so its claim stays.")
        self._claim.refresh()
        entry = self._register.read()
        if entry is not None and self._claim.begun:  # Raises where it is another release's.
            self._register.remove(entry.token)
            self._claim.refresh()

    def _delete_repository(self, target: Target, state: GitHubState) -> Receipt:
        """Only what this release made, private, without a branch, tag or release of others.

        Where that is refused, the claim goes alone, and the repository is from then on nobody's.
        """
        seen = _seen(state)
        now = self._api.repository(seen.name)
        if now is None:
            return Receipt()
        refs = set(self._remote.listing.now() or {}) - {self._register.ref}
        others = [r for r in self._api.releases(seen.name) if not texts.carries(r.body, target)]
        made = self._claim.get(target.name, MADE) or (str(seen.id) if state.made else "")
        if refs or others or not now.private or str(now.id) != made:
            raise Refused(
                f"{seen.name} is not deleted.",
                why="It holds more than pubflow put there, or pubflow did not make it.",
                hint=f"Its owner can: {state.server}/{seen.name}/settings",
            )
        self._remote.listing.pushed()
        try:
            self._api.delete_repository(seen.name)
            stays = self._api.repository(seen.name) is not None  # Some refusals are a 404, too.
        except Transient:
            raise
        except PubflowError:
            stays = True
        finally:
            self._remote.listing.pushed()
            self._claim.refresh()
        if stays:
            self._delete_claim(target, state)
            return Receipt({MADE: ""})
        return Receipt()


def _not_made(state: GitHubState, no: PubflowError) -> PubflowError:
    """It is the first change of all, so nothing is left over."""
    owner, needs = state.wanted.partition("/")[0], state.token.needs("administration")
    there = "already exists" in no.what
    do = "It is there, and the token does not see it: give it access, or take another name."
    if not there:
        do = f"Give the token {needs}, for all repositories of {owner}; its owner may have to allow"
        do += f" it. Or make an empty private repository {state.wanted} by hand, for the token too."
    return PubflowError(
        f"GitHub did not create {state.wanted}." + " Nothing exists yet." * (not there),
        why=f"{no.what} {no.why}".rstrip(),
        hint=f"{do} Then run again:\n\n    pubflow release",
    )


def _same(asset: Asset, file: File) -> bool:
    """Whether an asset that was found is this file."""
    return bool(asset.digest) and _arrived(asset, file)


def _arrived(asset: Asset, file: File) -> bool:
    """Whether an asset that was just sent is whole."""
    digest = asset.digest in ("", f"sha256:{file.sha256}")
    return asset.state == "uploaded" and asset.size == file.size and digest


def _seen(state: GitHubState) -> Repository:
    if state.repository is None:
        raise PubflowError(
            f"There is no repository {state.wanted} yet.",
            why="GitHub may not show for seconds what it has just made.",
            hint="Run again:\n\n    pubflow release",
        )
    return state.repository


def _draft_of(state: GitHubState) -> Release:
    if state.release is None:
        raise PubflowError(
            f"There is no draft of the release {state.tag_name} yet.",
            why="GitHub may not show for seconds what it has just made.",
            hint="Run again:\n\n    pubflow release",
        )
    return state.release


def _revision(target: Target) -> Revision:
    if target.revision is None or not target.revision.ours:
        raise RuntimeError(f"{target.name}: nothing of ours to push")
    return target.revision
