"""git, as GitHub's platform uses it, without a child process: `push.Remote` over the seam.

Everything of the real `Remote` but the command itself is used: it words the leases, reads the
command's porcelain output and judges its errors. What git itself would decide before it sends
(leases, fast-forwards; git-push(1), "--force-with-lease" and "OUTPUT") is decided here, from the
same list of refs.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pubflow.platforms.github import answers
from pubflow.platforms.github.push import Bare, Remote
from pubflow.rehearsal.github import objects
from pubflow.rehearsal.github.store import Missing
from pubflow.tokens import Secret
from simulation.places import Asked, Told, encoded
from simulation.run import NoAnswer, Run
from simulation.store import OBJECTS

Done = subprocess.CompletedProcess[bytes]

_WORDS = {
    401: "fatal: Authentication failed for '{url}'",
    404: "fatal: repository '{url}' not found",
}
_OTHER = "fatal: unable to access '{url}': The requested URL returned error: {status}"


class MemoryBare(Bare):
    """A repository of our own that holds names only: what they stand for is known to all."""

    def __init__(self, folder: Path, shown: Path, held: set[str]) -> None:
        super().__init__(folder)
        self._shown = shown
        self._held = held

    @property
    def path(self) -> Path:
        """A real one that holds the same objects, for the build to borrow from."""
        return self._shown

    def has(self, sha: str) -> bool:
        return sha in self._held

    def put(self, kind: str, data: bytes) -> str:
        sha = OBJECTS.put(kind, data)
        self._held.add(sha)
        return sha

    def blob(self, commit: str, name: str) -> bytes:
        if commit not in self._held:
            return b""
        try:
            tree = objects.commit(commit, OBJECTS.get(commit)[1]).tree
            for entry in objects.tree(OBJECTS.get(tree)[1]):
                if entry.name == name and entry.type == "blob":
                    return OBJECTS.get(entry.sha)[1]
        except (Missing, KeyError):
            pass
        return b""


class Line(Remote):
    """A `Remote` of one run."""

    def __init__(
        self,
        run: Run,
        bank: Path,
        url: Callable[[], str],
        token: Secret | None,
        read: Callable[[], Mapping[str, str] | None] | None = None,
        now: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(url, token, read, now or run.clock.now)
        self._run = run
        self._bank = bank
        self._held: set[str] = set()

    def bare(self, folder: Path) -> Bare:
        return MemoryBare(folder, self._bank, self._held)

    def _git(self, args: Sequence[str], cwd: Path | None = None) -> Done:
        words = [word for word in args if not word.startswith("-")]
        leases = [word for word in args if word.startswith("--force-with-lease=")]
        verb, url, specs = words[0], words[1], words[2:]
        path = unquote(urlsplit(url).path)
        service = "git-receive-pack" if verb == "push" else "git-upload-pack"
        try:
            listed = self._ask("GET", f"{path}/info/refs", (("service", service),))
            if not listed.ok:
                return _failed(url, listed.status)
            refs = answers.advertised(listed.content)
            if verb == "ls-remote":
                lines = "".join(f"{sha}\t{ref}\n" for ref, sha in refs.items())
                return Done([], 0, lines.encode(), b"")
            if verb == "fetch":
                return self._fetch(url, path, refs, specs)
            return self._push(url, path, refs, specs, leases)
        except NoAnswer:
            said = f"fatal: unable to access '{url}': Empty reply from server"
            return Done([], 128, b"", said.encode())

    def _ask(
        self,
        method: str,
        path: str,
        query: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        change: bool = False,
    ) -> Told:
        return self._run.ask("github", Asked(method, path, query, (), body), change)

    def _fetch(self, url: str, path: str, refs: Mapping[str, str], specs: list[str]) -> Done:
        names = [spec.removeprefix("+").partition(":")[0] for spec in specs]
        if absent := [name for name in names if name not in refs]:
            said = f"fatal: couldn't find remote ref {absent[0]}"
            return Done([], 128, b"", said.encode())
        wanted = [refs[name] for name in names]
        told = self._ask("POST", f"{path}/git-upload-pack", body=encoded(wanted))
        if not told.ok:
            return _failed(url, told.status)
        for sha in wanted:
            self._held |= OBJECTS.within(sha)
        return Done([], 0, b"", b"")

    def _push(
        self,
        url: str,
        path: str,
        refs: Mapping[str, str],
        specs: list[str],
        leases: list[str],
    ) -> Done:
        expected = dict(lease.partition("=")[2].split(":", 1) for lease in leases)
        orders: list[tuple[str, str, str]] = []
        refused: dict[str, str] = {}
        for spec in specs:
            source, _, ref = spec.partition(":")
            old = refs.get(ref, "")
            orders.append((ref, old, source))
            if ref in expected:
                if old != expected[ref]:
                    refused[ref] = "[rejected] (stale info)"
            elif old and ref.startswith("refs/tags/"):
                refused[ref] = "[rejected] (already exists)"
            elif old and old not in OBJECTS.within(source):
                known = old in self._held
                refused[ref] = f"[rejected] ({'non-fast-forward' if known else 'fetch first'})"
        if refused:
            return _rejected(url, specs, refused, "[rejected] (atomic push failed)")
        todo = [order for order in orders if order[1] != order[2]]
        if not todo:
            return Done([], 0, b"Done\n", b"")
        told = self._ask("POST", f"{path}/git-receive-pack", body=encoded(todo), change=True)
        if not told.ok:
            return _failed(url, told.status)
        said = {ref: f"[remote rejected] ({why})" for ref, why in told.json().items()}
        if said:
            return _rejected(url, specs, said, "[remote rejected] (atomic push failure)")
        return Done([], 0, b"Done\n", b"")


def _failed(url: str, status: int) -> Done:
    words = _WORDS.get(status, _OTHER).format(url=url, status=status)
    return Done([], 128, b"", words.encode())


def _rejected(url: str, specs: list[str], refused: Mapping[str, str], others: str) -> Done:
    lines = [f"To {url}"]
    for spec in specs:
        ref = spec.partition(":")[2]
        lines.append(f"!\t{spec}\t{refused.get(ref, others)}")
    said = f"error: failed to push some refs to '{url}'"
    return Done([], 1, "\n".join([*lines, "Done", ""]).encode(), said.encode())
