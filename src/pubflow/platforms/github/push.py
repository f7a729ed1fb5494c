"""The git side of a repository on GitHub: look at its refs, fetch, and push by the git command.

The token reaches git through a temporary GIT_ASKPASS program and one variable in the environment of
that one child; it is in no address, argument, file or configuration. Nobody's credential helper,
configuration or `.netrc` takes part, nothing prompts, and redirects are not followed, as the token
would go along.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pubflow.commit.bare import CLEAN
from pubflow.errors import PubflowError, Transient
from pubflow.git import environment, run
from pubflow.platforms.github import refusals
from pubflow.platforms.github.answers import wait_asked
from pubflow.platforms.github.listing import Listing
from pubflow.platforms.github.refusals import UNTOLD
from pubflow.tokens import Secret, redact

VARIABLE = "PUBFLOW_GIT_TOKEN"
ASKPASS = f"""#!/bin/sh
case "$1" in
  Username*) echo x-access-token ;;
  *) printf '%s\\n' "${VARIABLE}" ;;
esac
"""

STALLED = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "120"}
"""git gives up after two minutes without a byte."""


@dataclass(frozen=True, slots=True)
class Update:
    """What one ref should become: `source` is the id of a commit or tag; empty deletes it."""

    ref: str
    source: str
    expected: str | None = None
    """The id that must stand there now, empty for none; None: any that it can move forward from."""


@dataclass(frozen=True, slots=True)
class Rejected:
    ref: str
    reason: str
    """git's word: `stale info`, `non-fast-forward`, `pre-receive hook declined`."""


class NotPushed(PubflowError):
    """The server refused; with --atomic nothing of it was done."""

    def __init__(self, what: str, refused: Sequence[Rejected], said: str, hint: str) -> None:
        super().__init__(what, why=said, hint=hint)
        self.refused = tuple(refused)


class Bare:
    """A bare repository of our own, for what is fetched and what is about to be pushed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """Where it lies; made when first needed."""
        if not (self._folder / "HEAD").exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            args = ["init", "--quiet", "--bare", "--template=", "."]
            run(args, cwd=self._folder, env=CLEAN)
        return self._folder

    def has(self, sha: str) -> bool:
        if (self.path / "objects" / sha[:2] / sha[2:]).is_file():  # gitrepository-layout(5)
            return True  # Most are: git packs only what is fetched in large numbers.
        try:
            run(["cat-file", "-e", sha], cwd=self.path, env=CLEAN)
        except PubflowError:
            return False
        return True

    def put(self, kind: str, data: bytes) -> str:
        """Write an object. Returns its id."""
        args = ["hash-object", "-t", kind, "-w", "--stdin"]
        return run(args, cwd=self.path, env=CLEAN, input=data).decode().strip()

    def blob(self, commit: str, name: str) -> bytes:
        """A file's bytes; none if it is not there."""
        try:
            return run(["cat-file", "blob", f"{commit}:{name}"], cwd=self.path, env=CLEAN)
        except PubflowError:
            return b""


class Remote:
    """One repository's git address. `url` is asked for late, as a rename must be known first."""

    def __init__(
        self,
        url: Callable[[], str],
        token: Secret | None,
        read: Callable[[], Mapping[str, str] | None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._token = token
        self.listing = Listing(read or self._refs, now)
        """All refs. Read by git itself where there is no quicker way."""

    def bare(self, folder: Path) -> Bare:
        """The repository at `folder` that is fetched into and pushed from."""
        return Bare(folder)

    def _refs(self) -> dict[str, str] | None:
        """Ref -> id of all refs; peeled tags end in `^{}`. None: no such repository."""
        done = self._git(["ls-remote", self._url()])
        if done.returncode:
            if _missing(done.stderr):
                return None
            raise self._failure("look at", done)
        pairs = (line.split("\t", 1) for line in _text(done.stdout).splitlines())
        return {ref: sha for sha, ref in pairs}

    def fetch(self, into: Path, refs: Sequence[str], *, depth: int | None = 1) -> None:
        """Bring these refs' objects into the bare repository `into`, under `refs/seen/`."""
        specs = [f"+{ref}:refs/seen/{ref.removeprefix('refs/')}" for ref in refs]
        how = [f"--depth={depth}"] if depth else []
        args = ["fetch", "--quiet", "--no-tags", *how]
        done = self._git([*args, self._url(), *specs], into)
        if done.returncode:
            raise self._failure("fetch from", done)

    def push(self, repo: Path, updates: Sequence[Update]) -> None:
        """Move all these refs at once, or none.

        Raises NotPushed where the server refused, Transient where its answer was lost.
        """
        leases = [
            f"--force-with-lease={u.ref}:{u.expected}" for u in updates if u.expected is not None
        ]
        specs = [f"{update.source}:{update.ref}" for update in updates]
        args = ["push", "--atomic", "--porcelain", "--no-verify", *leases, self._url(), *specs]
        self.listing.pushed()
        try:
            done = self._git(args, repo)
        finally:
            self.listing.pushed()
        if done.returncode == 0:
            return
        refused = list(_refused(_text(done.stdout)))
        if refused and not any(r.reason == UNTOLD for r in refused):
            # libcurl sends again by itself when a kept connection breaks (seen with git 2.39), and
            # the second time the refs have already moved: that no was a yes.
            now = self.listing.now() or {}
            if all(now.get(update.ref, "") == update.source for update in updates):
                return
            said = _said(done.stderr)
            raise NotPushed(
                f"{self._url()} did not take the push: "
                + ", ".join(f"{r.ref} ({r.reason})" for r in refused),
                refused,
                said,
                refusals.advice([r.reason for r in refused], said),
            )
        raise self._failure("push to", done)

    def _git(
        self, args: Sequence[str], cwd: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        fixed = ["-c", "credential.helper=", "-c", "http.followRedirects=false"]
        fixed += ["-c", "core.hooksPath=", "-c", "protocol.version=2", "-c", "gc.auto=0"]
        with self._environment() as env:
            try:
                return subprocess.run(
                    ["git", *fixed, *args],
                    cwd=cwd or env["HOME"],
                    env=env,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    check=False,
                    start_new_session=True,  # Ctrl-C is for us: a push in flight is finished.
                )
            except FileNotFoundError:
                raise PubflowError(
                    "The git command was not found.",
                    why="The code's history is pushed with it.",
                    hint="Install git, https://git-scm.com/downloads, and run again.",
                ) from None

    @contextmanager
    def _environment(self) -> Iterator[Mapping[str, str]]:
        """An environment for one child, with a home of its own that vanishes with it."""
        with tempfile.TemporaryDirectory(prefix="pubflow-") as home:
            extra = {"HOME": home, "GIT_CONFIG_GLOBAL": os.devnull, **STALLED}
            extra["XDG_CONFIG_HOME"] = home  # For git before 2.32, which knows only these two.
            # A repository around the temporary folder must not lend its configuration.
            extra["GIT_CEILING_DIRECTORIES"] = str(Path(home).parent)
            if bundle := os.environ.get("REQUESTS_CA_BUNDLE"):
                extra["GIT_SSL_CAINFO"] = bundle
            if self._token is not None:
                program = Path(home) / "askpass"
                program.write_text(ASKPASS, newline="\n")
                program.chmod(0o700)
                extra |= {"GIT_ASKPASS": str(program), VARIABLE: self._token.reveal()}
            yield {**environment(), **extra}

    def _failure(self, verb: str, done: subprocess.CompletedProcess[bytes]) -> PubflowError:
        """git's words, as there is nothing else to tell the reason from (LC_ALL=C keeps them)."""
        url, said = self._url(), _said(done.stderr)
        low = said.lower()
        if _missing(done.stderr):
            return PubflowError(
                f"There is no repository at {url}, or the token may not see it.",
                hint="Check the name, and that the token has access to this repository.",
            )
        if (
            "authentication failed" in low
            or "could not read username" in low
            or "error: 401" in low
        ):
            return PubflowError(
                f"{url} does not accept the token.",
                why=said,
                hint=refusals.RENEW,
            )
        limited = 429 if "error: 429" in low else 403
        if f"error: {limited}" in low and (wait := wait_asked(limited, {}, said)) is not None:
            return Transient(f"{url} asks us to wait.", why=said, wait=wait)
        if "error: 403" in low or "permission to" in low:
            return PubflowError(
                f"The token may not {verb} {url}.",
                why=said,
                hint=refusals.advice([], said)
                or "It needs the permission contents: write for this repository.",
            )
        if re.search(r"returned error: 3\d\d|unable to update url base from redirection", low):
            return PubflowError(
                f"{url} was renamed or moved.",
                why="git is not allowed to follow, as the token would be sent along.",
                hint="Write its new name into publish.toml.",
            )
        if refusals.too_large(low):
            return PubflowError(
                f"{url} did not take the push: it is too large.",
                why=said,
                hint=refusals.advice([], said),
            )
        if refusals.unclear(low + _text(done.stdout)):
            return Transient(f"git could not {verb} {url}.", why=said)
        return PubflowError(f"git could not {verb} {url}.", why=said)


def _missing(stderr: bytes) -> bool:
    low = _text(stderr).lower()
    return "repository not found" in low or ("fatal: repository" in low and "not found" in low)


def _refused(porcelain: str) -> Iterator[Rejected]:
    """The lines `!\\t<from>:<to>\\t[rejected] (<reason>)`; git-push(1), OUTPUT."""
    for line in porcelain.splitlines():
        flag, _, rest = line.partition("\t")
        if flag == "!":
            refs, _, summary = rest.partition("\t")
            reason = summary.partition("(")[2].rstrip(")") or summary
            yield Rejected(refs.rpartition(":")[2], redact(reason))


def _said(stderr: bytes) -> str:
    """What the server said, without git's own wrapping and without any secret."""
    lines = [line.strip() for line in _text(stderr).splitlines()]
    told = [line.removeprefix("remote:").strip() for line in lines]
    kept = [line for line in told if line and not line.startswith(("To ", "Everything up"))]
    return redact("\n".join(kept[-12:]))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
