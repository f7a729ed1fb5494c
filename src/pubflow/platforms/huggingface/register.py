"""The claim's register on the Hub: a branch `pubflow/<version>` with one small file.

A branch is created only if absent (409), and each write is a commit onto the head that was read
(412 if it moved): so it moves only forward, and of two runs one wins. The Hub has no refs that are
not shown; what the file holds tells nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from pubflow.claim import Entry, Moved
from pubflow.errors import Transient
from pubflow.platforms.huggingface.api import Api
from pubflow.platforms.huggingface.refusals import Behind

SPACE = "pubflow/"
FILE = "claim.json"


class HubRegister:
    """`claim.Register` over a repository, which has to be there before the first write."""

    def __init__(
        self, api: Callable[[], Api], repo: Callable[[], str], kind: str, version: str
    ) -> None:
        self._api = api
        self._repo = repo
        self._kind = kind
        self._branch = SPACE + version
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}
        """Commit -> text, which can never change."""
        self._listed: dict[str, str] | None = None
        """What the last look found: other versions' claims do not move during a run."""
        self.where = f"the branch {self._branch} on the Hub"

    def read(self) -> Entry | None:
        with self._lock:
            head = self._list().get(self._branch)
            text = self._text(head) if head else ""
            # A branch without the file was made by a run that ended before it wrote.
            return Entry(head, text) if head and text else None

    def write(self, text: str, expected: str | None) -> str:
        with self._lock:
            parent = expected or self._begun()
            try:
                made = self._api().write(
                    self._repo(),
                    self._kind,
                    revision=self._branch,
                    parent=parent,
                    path=FILE,
                    text=text,
                    title="claim",
                )
            except Behind:
                raise Moved(f"{self.where} was written by another run.") from None
            self._texts[made] = text
            return made

    def history(self) -> Mapping[str, str]:
        """Version -> claim text, of every claim that the repository holds."""
        with self._lock:
            heads = self._list() if self._listed is None else self._listed
            found = {branch: self._text(head) for branch, head in heads.items()}
            return {branch.removeprefix(SPACE): text for branch, text in found.items() if text}

    def _begun(self) -> str:
        """The head of the branch before anything was claimed there; made if need be."""
        head = self._list().get(self._branch)
        if head is None:
            self._api().branch(self._repo(), self._kind, self._branch)
            head = self._list().get(self._branch)
        if head is None:
            raise Transient(f"{self.where} cannot be seen yet.")
        if self._text(head):
            raise Moved(f"{self.where} was written by another run.")
        return head

    def _list(self) -> dict[str, str]:
        branches = self._api().branches(self._repo(), self._kind)
        self._listed = {name: at for name, at in branches.items() if name.startswith(SPACE)}
        return self._listed

    def _text(self, commit: str) -> str:
        if commit not in self._texts:
            self._texts[commit] = self._api().text(self._repo(), self._kind, commit, FILE)
        return self._texts[commit]
