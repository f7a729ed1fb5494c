"""The claim's register in a git ref, `refs/pubflow/<version>`: no branch, no page, one small file.

Each write is a commit with `claim.json` whose parent is the write before. It is pushed with a lease
on what was read: created only if absent, else moved only from there. Works in an empty repository.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from pubflow.claim import Entry, Moved
from pubflow.errors import PubflowError, Transient
from pubflow.platforms.github.push import Bare, NotPushed, Remote, Update

SPACE = "refs/pubflow/"
FILE = "claim.json"
_AUTHOR = "pubflow <noreply@pubflow.invalid> 946684800 +0000"
"""No name and no clock: a claim says nothing of who made it, or when."""


class GitRegister:
    """`claim.Register` over a remote. Safe to use from many threads of one process."""

    def __init__(
        self, remote: Remote, version: str, repo: Path, where: str, *, page: str = ""
    ) -> None:
        self._remote = remote
        self.ref = SPACE + version
        self._bare = remote.bare(repo)
        self._lock = threading.Lock()
        self._page = page
        self._texts: dict[str, str] = {}
        """Commit -> text, which can never change."""
        self._listed: dict[str, str] | None = None
        """What the last look found: other versions' claims do not move during a run."""
        self.where = f"{self.ref} of {where}"

    def read(self) -> Entry | None:
        with self._lock:
            return self._read()

    def write(self, text: str, expected: str | None) -> str:
        with self._lock:
            commit = _commit(self._bare, text, expected)
            try:
                self._remote.push(self._bare.path, [Update(self.ref, commit, expected or "")])
            except NotPushed as refused:
                now = self._list(fresh=True).get(self.ref)
                if now == commit:
                    return self._wrote(commit, text)
                if now != expected:
                    raise Moved(f"{self.where} was written by another run.") from None
                raise PubflowError(
                    f"{self.where} could not be written.",
                    why="The claim says which drafts are ours; without it two runs could make two"
                    f" of each. The server said: {refused.why or refused.what}",
                    hint="Let the token push this ref: it needs contents: write, and no push"
                    f" ruleset may forbid it.\n{self._page}".rstrip(),
                ) from None
            return self._wrote(commit, text)

    def history(self) -> Mapping[str, str]:
        """Version -> claim text, of every claim that the repository holds."""
        with self._lock:
            refs = self._list() if self._listed is None else self._listed
            self._bring(refs)
            return {ref.removeprefix(SPACE): self._text(sha) for ref, sha in refs.items()}

    def _wrote(self, commit: str, text: str) -> str:
        self._texts[commit] = text
        return commit

    def _read(self) -> Entry | None:
        refs = self._list()
        if self.ref not in refs:
            return None
        self._bring({self.ref: refs[self.ref]})
        return Entry(refs[self.ref], self._text(refs[self.ref]))

    def _list(self, *, fresh: bool = False) -> dict[str, str]:
        listing = self._remote.listing
        refs = (listing.now() if fresh else listing.claim()) or {}
        self._listed = {ref: sha for ref, sha in refs.items() if ref.startswith(SPACE)}
        return self._listed

    def remove(self, expected: str) -> None:
        """Delete the claim if it is still what was read; one that is gone is fine.

        Raises Moved when it is not.
        """
        with self._lock:
            try:
                self._remote.push(self._bare.path, [Update(self.ref, "", expected)])
            except NotPushed as refused:
                now = self._list(fresh=True).get(self.ref)
                if now not in (None, expected):
                    raise Moved(f"{self.where} was written by another run.") from None
                if now == expected:
                    raise PubflowError(
                        f"{self.where} could not be deleted.",
                        why=refused.why or refused.what,
                    ) from None

    def _bring(self, refs: Mapping[str, str]) -> None:
        has = self._bare.has
        lacking = [ref for ref, sha in refs.items() if sha not in self._texts and not has(sha)]
        if lacking:
            # The whole of its history, which is a handful of tiny commits: from a shallow one
            # git could not push.
            self._remote.fetch(self._bare.path, lacking, depth=None)
        if any(not has(refs[ref]) for ref in lacking):
            raise Transient(f"{self.where} moved while it was read.")

    def _text(self, commit: str) -> str:
        if commit not in self._texts:
            blob = self._bare.blob(commit, FILE)
            # None where it is not of our making; the claim says that it cannot be read.
            self._texts[commit] = blob.decode("utf-8", "replace")
        return self._texts[commit]


def _commit(bare: Bare, text: str, parent: str | None) -> str:
    blob = bare.put("blob", text.encode())
    tree = bare.put("tree", b"100644 %s\0" % FILE.encode() + bytes.fromhex(blob))
    lines = [f"tree {tree}", *([f"parent {parent}"] if parent else [])]
    lines += [f"author {_AUTHOR}", f"committer {_AUTHOR}", "", "claim", ""]
    return bare.put("commit", "\n".join(lines).encode())
