"""The claim's register in a git ref, `refs/pubflow/<version>`: no branch, no page, one small file.

Each write is a commit with `claim.json` whose parent is the write before. It is pushed with a lease
on what was read: created only if absent, else moved only from there. Works in an empty repository.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from pubflow.claim import Entry, Moved
from pubflow.errors import PubflowError, Transient
from pubflow.git import run
from pubflow.platforms.github.push import NotPushed, Remote, Update

SPACE = "refs/pubflow/"
FILE = "claim.json"
_AUTHOR = "pubflow <noreply@pubflow.invalid> 946684800 +0000"
"""No name and no clock: a claim says nothing of who made it, or when."""


class GitRegister:
    """`claim.Register` over a remote. Safe to use from many threads of one process."""

    def __init__(self, remote: Remote, version: str, repo: Path, where: str) -> None:
        self._remote = remote
        self._ref = SPACE + version
        self._repo = repo
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}
        """Commit -> text, which can never change."""
        self._listed: dict[str, str] | None = None
        """What the last look found: other versions' claims do not move during a run."""
        self.where = f"{self._ref} of {where}"

    def read(self) -> Entry | None:
        with self._lock:
            return self._read()

    def write(self, text: str, expected: str | None) -> str:
        with self._lock:
            repo = self._own()
            commit = _commit(repo, text, expected)
            try:
                self._remote.push(repo, [Update(self._ref, commit, expected or "")])
            except NotPushed as refused:
                now = self._list().get(self._ref)
                if now == commit:
                    return self._wrote(commit, text)
                if now != expected:
                    raise Moved(f"{self.where} was written by another run.") from None
                raise PubflowError(
                    f"{self.where} could not be written.",
                    why=refused.why or refused.what,
                    hint="A rule of the repository may forbid it, or the token may not push.",
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
        if self._ref not in refs:
            return None
        self._bring({self._ref: refs[self._ref]})
        return Entry(refs[self._ref], self._text(refs[self._ref]))

    def _list(self) -> dict[str, str]:
        self._listed = self._remote.refs(SPACE + "*") or {}
        return self._listed

    def _bring(self, refs: Mapping[str, str]) -> None:
        repo = self._own()
        lacking = [
            ref for ref, sha in refs.items() if sha not in self._texts and not _there(repo, sha)
        ]
        if lacking:
            # The whole of its history, which is a handful of tiny commits: from a shallow one
            # git could not push.
            self._remote.fetch(repo, lacking, depth=None)
        if any(not _there(repo, refs[ref]) for ref in lacking):
            raise Transient(f"{self.where} moved while it was read.")

    def _text(self, commit: str) -> str:
        if commit not in self._texts:
            blob = run(["cat-file", "blob", f"{commit}:{FILE}"], cwd=self._repo)
            self._texts[commit] = blob.decode("utf-8", "replace")
        return self._texts[commit]

    def _own(self) -> Path:
        """The bare repository that claims are written in; made when first needed."""
        if not (self._repo / "HEAD").exists():
            self._repo.mkdir(parents=True, exist_ok=True)
            run(["init", "--quiet", "--bare", "--template=", "."], cwd=self._repo)
        return self._repo


def _commit(repo: Path, text: str, parent: str | None) -> str:
    env = {"GIT_CONFIG_GLOBAL": os.devnull}

    def put(kind: str, data: bytes) -> str:
        args = ["hash-object", "-t", kind, "-w", "--stdin"]
        return run(args, cwd=repo, env=env, input=data).decode().strip()

    blob = put("blob", text.encode())
    tree = put("tree", b"100644 %s\0" % FILE.encode() + bytes.fromhex(blob))
    lines = [f"tree {tree}", *([f"parent {parent}"] if parent else [])]
    lines += [f"author {_AUTHOR}", f"committer {_AUTHOR}", "", "claim", ""]
    return put("commit", "\n".join(lines).encode())


def _there(repo: Path, sha: str) -> bool:
    try:
        run(["cat-file", "-e", sha], cwd=repo)
    except PubflowError:
        return False
    return True
