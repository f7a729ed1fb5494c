"""The author's own checkout, only where it is asked for: the release commit becomes its newest one.

The commit is the very one that is released, so nothing is made twice. It comes as a fast-forward of
the branch that is checked out, by git's own two-tree merge: what is changed here and not committed
is never written over. No hook runs, as a hook could change what the plan had shown, and the commit
is not signed, as it must have the same id everywhere.

Killed between the two steps (index and files, then the branch) the files are there and the branch
is not: `.pubflow/commit` names the commit, and a second run completes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pubflow.actions import Action, Kept, Receipt, Stage
from pubflow.build import CARD, CITATION, CODEMETA
from pubflow.errors import PubflowError, Refused
from pubflow.git import Checkout, run
from pubflow.links import NOWHERE, Link, Links
from pubflow.manifest import Target
from pubflow.platform import Made, Problem, Progress
from pubflow.tokens import Wanted

if TYPE_CHECKING:
    from pubflow.assemble import Kit
    from pubflow.claim import Register
    from pubflow.pages import Page
    from pubflow.verify.eyes import Eyes

NOTE = "commit"
"""In the folder of pubflow's own: the commit that is being taken over."""

FAR = 1000
"""How many commits of the branch are looked through for one that was taken over before."""

_BUSY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisect",
}

_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false")


def wanted(targets: Sequence[Target], env: Mapping[str, str]) -> tuple[Wanted, ...]:
    return ()


def make(kit: Kit) -> Worktree:
    return Worktree(kit.workdir.parent)


@dataclass(frozen=True, slots=True)
class WorktreeState:
    """The checkout around the code, as it lies here."""

    inside: bool = False
    """Whether the code lies in git, with a first commit."""
    head: str = ""
    branch: str = ""
    """Empty when HEAD is detached."""
    past: frozenset[str] = frozenset()
    """The newest commits of the branch."""
    busy: str = ""
    """What git is in the middle of: `a merge`."""
    lock: str = ""
    """A lock of the index that stands there now."""
    changed: tuple[str, ...] = ()
    """Tracked files that are neither as HEAD has them nor as a run that was killed left them."""
    loose: tuple[str, ...] = ()
    """Files that git does not know, where the release commit has its own."""

    @property
    def link(self) -> Link:
        return NOWHERE

    @property
    def facts(self) -> Mapping[str, str]:
        return {}


class Worktree:
    """A `Platform` without an address and without a network."""

    def __init__(self, home: Path) -> None:
        self._note = home / NOTE

    def makes(self, target: Target) -> tuple[Made, ...]:
        return ("commit",)

    def is_test(self, target: Target) -> bool:
        return False

    def register(self, target: Target) -> Register | None:
        return None

    def unseen(self, target: Target) -> WorktreeState:
        """What lies here is there, whatever the platforms have."""
        return self.observe(target, {})

    def check(self, target: Target) -> Iterable[Problem]:
        if target.artifact.history == "snapshot":
            yield Problem(
                target.name,
                "The release commit of a snapshot does not belong into this checkout.",
                "It has no part in its history.",
                'Leave out --commit, or keep the history:\n\n    history = "full"',
            )

    def observe(self, target: Target, memory: Mapping[str, str]) -> WorktreeState:
        checkout = Checkout.around(target.artifact.path)
        if checkout is None or not (head := checkout.head()):
            return WorktreeState()
        root = checkout.root
        paths = {name: _path(root, name) for name in (*_BUSY, "index.lock")}
        past = run(["rev-list", f"--max-count={FAR}", "HEAD"], cwd=root).decode().split()
        changed = checkout.dirty()
        if changed and (begun := self._begun(root, head)):
            changed = checkout.dirty(begun)
        return WorktreeState(
            inside=True,
            head=head,
            branch=checkout.branch(),
            past=frozenset(past),
            busy=next((what for name, what in _BUSY.items() if paths[name].exists()), ""),
            lock=str(paths["index.lock"]) if paths["index.lock"].exists() else "",
            changed=changed,
            loose=tuple(_untracked(root)),
        )

    def diff(
        self, target: Target, state: WorktreeState, links: Links
    ) -> Iterable[Action | Kept | Problem]:
        return diff(target, state, links)

    def undo(self, target: Target, state: WorktreeState) -> Iterable[Action]:
        """Nothing: a commit of the author's branch is the author's."""
        return ()

    def left(self, target: Target, state: WorktreeState) -> Iterable[Problem]:
        return ()

    def apply(
        self,
        action: Action,
        target: Target,
        state: WorktreeState,
        links: Links,
        progress: Progress,
    ) -> Receipt:
        """Objects first, which nobody sees; then index and files; the branch last."""
        made, checkout = target.revision, Checkout.around(target.artifact.path)
        if made is None or checkout is None:
            raise RuntimeError(f"{target.name}: nothing to commit")
        now = self.observe(target, {})
        if now.head == made.commit:
            return Receipt()
        if (now.head, now.branch) != (state.head, state.branch) or now.changed or now.loose:
            raise Refused(
                "The checkout changed meanwhile.",
                why="What is there now is not what the release was made from.",
                hint="Look at the new plan:\n\n    pubflow plan --commit",
            )
        root, old, new = checkout.root, now.head, made.commit
        revisions = f"{new}\n^{old}\n".encode()
        pack = run(
            ["pack-objects", "--revs", "--stdout", "-q"], cwd=made.repository, input=revisions
        )
        run([*_QUIET, "unpack-objects", "-q"], cwd=root, input=pack)
        self._begin(new)
        try:
            run([*_QUIET, "read-tree", "-m", "-u", old, new], cwd=root)
        except PubflowError as no:
            raise Refused(
                f"git would not write the release commit into {root}.",
                why=no.why,
                hint="Move aside or commit what it names, then run again:\n\n"
                "    pubflow release --commit",
            ) from None
        committer = _committer(root, new)
        words = ["-m", f"pubflow: release {target.release.tag}"]
        ref = f"refs/heads/{now.branch}"
        run([*_QUIET, "update-ref", *words, ref, new, old], cwd=root, env=committer)
        self._note.unlink(missing_ok=True)
        return Receipt()

    def visit(
        self, target: Target, links: Links, eyes: Eyes, known: Mapping[str, str]
    ) -> Iterable[Problem | Page]:
        return ()

    def verify(self, target: Target, links: Links) -> Iterable[Problem]:
        return ()

    def _begin(self, commit: str) -> None:
        partial_note = self._note.with_name(f"{NOTE}.new")
        partial_note.write_text(f"{commit}\n", "utf-8")
        os.replace(partial_note, self._note)

    def _begun(self, root: Path, head: str) -> str:
        """The commit that a run which was killed was taking over, if HEAD is still before it."""
        try:
            commit = self._note.read_text("utf-8").strip()
            before = run(["rev-parse", "--verify", f"{commit}^"], cwd=root).decode().strip()
        except (OSError, UnicodeDecodeError, PubflowError):
            return ""
        return commit if head == before else ""


def diff(target: Target, state: WorktreeState, links: Links) -> Iterator[Action | Kept | Problem]:
    """The one commit, or what stands in its way. Pure."""
    problem = partial(Problem, target.name)
    if not state.inside:
        yield problem(
            "The code does not lie in a git checkout.",
            "So there is nothing to commit to.",
            "Leave out --commit, or begin:\n\n    git init && git add . && git commit",
        )
        return
    made = target.revision
    if made is not None and (made.commit == state.head or made.commit in state.past):
        yield Kept(
            target.name, f"the release commit is on {state.branch or 'HEAD'} of this checkout"
        )
        return
    if made is not None and not made.ours:
        yield problem(
            f"The tag {target.release.tag} was there before, so nothing is committed here.",
            "What is released is the tag's own content.",
            severity="note",
        )
        return
    if not state.branch:
        yield problem(
            "HEAD of this checkout is detached.",
            "The commit would be on no branch.",
            "Go to your branch, then run again:\n\n    git switch main",
        )
    if state.busy:
        yield problem(
            f"This checkout is in the middle of {state.busy}.",
            "A commit now would become part of it.",
            "Finish it first:\n\n    git status",
        )
    if state.lock:
        yield problem(
            "Another git is at work in this checkout, or one was killed.",
            "Its lock forbids any commit.",
            f"Wait until it has ended. If none is running, delete {state.lock}",
        )
    if state.changed:
        more = f" and {len(state.changed) - 3} more" if len(state.changed) > 3 else ""
        yield problem(
            f"{', '.join(state.changed[:3])}{more}: changed here and not committed.",
            "The release commit goes on top of what is committed, and nothing is written over.",
            "Commit it, or put it aside:\n\n    git stash",
        )
    if state.loose:
        yield problem(
            f"{', '.join(state.loose)}: here, and not known to git.",
            "The release commit has a file of that name, and nothing is written over.",
            "Commit it, and it is merged; or move it aside.",
        )
    if made is not None and made.parents and state.head not in made.parents:
        yield problem(
            f"The release commit {made.commit[:10]} does not follow on the commit that is checked"
            f" out, {state.head[:10]}.",
            "It was made from an older one, and is out.",
            "Take it over by hand:\n\n    git pull",
        )
        return
    branch = state.branch or "HEAD"
    says = f"commit CITATION.cff, codemeta.json and README block to {branch} of this checkout"
    yield Action(target.name, Stage.UPLOAD, "commit", says=f"{says}; no hooks run")


def _path(root: Path, name: str) -> Path:
    return root / os.fsdecode(run(["rev-parse", "--git-path", name], cwd=root)).strip()


def _untracked(root: Path) -> Iterator[str]:
    """Of the files that pubflow writes, those that are here and that git does not know."""
    args = ("ls-files", "--others", "-z", "--", CITATION, CODEMETA, CARD)
    for name in run(args, cwd=root).split(b"\0"):
        if name:
            yield os.fsdecode(name)


def _committer(root: Path, commit: str) -> dict[str, str]:
    """Who the reflog names: whom the commit names, as git may know nobody here."""
    said = run(["show", "-s", "--format=%cn%n%ce", commit], cwd=root).decode("utf-8", "replace")
    name, _, address = said.strip().partition("\n")
    return {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": address}
