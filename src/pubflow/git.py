"""The few questions we ask git. Nothing here writes, locks, prompts or reaches a network.

`run` is the one door to the git command: a clean environment, no prompts, English messages, bytes
in and bytes out. What changes a repository builds on it elsewhere, in repositories of our own.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pubflow.errors import PubflowError

_KEPT = (
    "PATH",
    "HOME",
    "USERPROFILE",
    "XDG_CONFIG_HOME",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "COMSPEC",
    "PATHEXT",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
)
"""What git may see of our environment: named, so that no token and no GIT_DIR gets in."""

_FIXED = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    # What is looked at must be what is pushed, and a push knows neither replacements nor grafts.
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": f"{os.devnull}/grafts",  # Not there; of a file that is, git would say more.
    # A clone without all objects would fetch them by being read; git 2.44 and newer obey.
    "GIT_NO_LAZY_FETCH": "1",
    # A checkout may belong to another user (containers, CI); git 2.35.2 and newer would refuse it.
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}

# A checkout that is not ours may name programs in its config; these run unasked by mere reading.
_HARMLESS = ("-c", "core.quotepath=off", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=")

_OURS = ("publish.toml", "publish.lock")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")


class _Failed(PubflowError):
    """git said no; the caller may know why that is fine."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which git runs: chosen names only, no prompts, then `extra` over it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **_FIXED, **(extra or {})}


def run(
    args: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    input: bytes | None = None,
) -> bytes:
    """What `git <args>` prints. `env` is added to a clean environment, which holds no token.

    Raises PubflowError with the last lines of git's own words; credentials in addresses are masked.
    """
    command = ["git", *_HARMLESS, *args]
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environment(env),
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            check=False,
            start_new_session=True,  # Ctrl-C is for us: what is in flight is finished.
        )
    except FileNotFoundError:
        if not cwd.is_dir():
            raise PubflowError(f"The folder {cwd} is not there.") from None
        raise PubflowError(
            "The git command was not found.",
            why="pubflow asks it about the code's history.",
            hint="Install git, https://git-scm.com/downloads, and run again.",
        ) from None
    except OSError as error:
        raise PubflowError(f"git could not be run in {cwd}: {error.strerror}.") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-5:]
        verb = next((word for word in args if not word.startswith("-")), "")
        words = _CREDENTIALS.sub("***", "\n".join(said)) or f"exit code {done.returncode}"
        raise _Failed(f"git {verb} failed in {cwd}.", why=words)
    return done.stdout


@dataclass(frozen=True, slots=True)
class Checkout:
    """A working copy of a git repository, looked at and never touched."""

    root: Path
    git_dir: Path

    @classmethod
    def around(cls, path: Path) -> Checkout | None:
        """The checkout that `path` (a file or folder) lies in; None if it lies in none.

        Raises PubflowError for one that git cannot read: without git's knowledge of what is
        committed and what is ignored, everything that lies there would be released.
        """
        folder = path.resolve()
        if not folder.is_dir():
            folder = folder.parent
        places = (above / ".git" for above in (folder, *folder.parents))
        near = next((place for place in places if place.exists()), None)
        if near is None:
            return None
        try:
            both = _line(run(["rev-parse", "--show-toplevel", "--absolute-git-dir"], cwd=folder))
            root, _, git_dir = both.partition("\n")
            if "\n" in git_dir:  # A name above holds a line break: which one ends the first path?
                root = _line(run(["rev-parse", "--show-toplevel"], cwd=folder))
                git_dir = both.removeprefix(root + "\n")
        except _Failed as no:
            if near.is_dir() and not (near / "HEAD").exists():
                return None
            raise PubflowError(
                f"git does not read the repository around {folder}.",
                why=f"Of code in git only what is committed is released. git said: {no.why}",
                hint=f"Mend it. To release the folder with all that lies there, remove {near}",
            ) from None
        return cls(Path(root), Path(git_dir)) if root else None

    def head(self) -> str:
        """The commit that is checked out, 40 hex digits; empty before the first commit."""
        return self._ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")

    def branch(self) -> str:
        """The branch's short name; empty when HEAD is detached."""
        return self._ask("symbolic-ref", "--quiet", "--short", "HEAD")

    def tag(self, name: str) -> str:
        """What the tag points to: an annotated tag's own id, else a commit; empty for no tag."""
        return self._ask("rev-parse", "--verify", "--quiet", f"refs/tags/{name}")

    def is_shallow(self) -> bool:
        """Whether its history ends somewhere, as `git clone --depth` makes it."""
        return self._ask("rev-parse", "--is-shallow-repository") == "true"

    def tags_at_head(self) -> tuple[str, ...]:
        """All tags of the commit that is checked out, highest version first."""
        args = ("tag", "--points-at", "HEAD", "--sort=-version:refname")
        return tuple(self._ask(*args, "--format=%(refname:strip=2)").splitlines())

    def tag_at_head(self) -> str:
        """The tag of the commit that is checked out, the highest where there are several."""
        return next(iter(self.tags_at_head()), "")

    def remote(self, server: str = "") -> str:
        """`owner/name` of the remote on GitHub; empty where there is none.

        `server` is GitHub's address, by default the environment's or https://github.com. The
        branch's own remote comes first, then `origin`, then the others by name. An address that is
        not GitHub's is read once more as git's `url.<base>.insteadOf` makes it.
        """
        server = server or server_of(os.environ) or "https://github.com"
        urls = self._remotes()
        own = self._ask("config", "--get", f"branch.{self.branch()}.remote")
        for name in sorted(urls, key=lambda name: (name != own, name != "origin", name)):
            told = self._ask("ls-remote", "--get-url", name)  # Talks to nobody.
            if repository := repository_of(urls[name], server) or repository_of(told, server):
                return repository
        return ""

    def dirty(self, commit: str = "") -> tuple[str, ...]:
        """Tracked files whose content is not HEAD's, from the root; pubflow's own are not told.

        With `commit`, those whose content is not as that commit has it.
        """
        if commit:
            names = run(("diff-index", "--name-only", "--no-renames", "-z", commit), cwd=self.root)
            return _without_ours(os.fsdecode(name) for name in names.split(b"\0") if name)
        args = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
        entries = run(args, cwd=self.root).split(b"\0")
        return _without_ours(os.fsdecode(entry[3:]) for entry in entries if entry)

    def untracked(self) -> tuple[str, ...]:
        """Files that git neither knows nor ignores, from the root; pubflow's own are not told."""
        names = run(("ls-files", "--others", "--exclude-standard", "-z"), cwd=self.root)
        return _without_ours(os.fsdecode(name) for name in names.split(b"\0") if name)

    def _ask(self, *args: str) -> str:
        try:
            return _line(run(args, cwd=self.root))
        except _Failed:
            return ""

    def _remotes(self) -> dict[str, str]:
        try:
            answer = run(("config", "-z", "--get-regexp", r"^remote\..*\.url$"), cwd=self.root)
        except _Failed:
            return {}
        found: dict[str, str] = {}
        for entry in answer.split(b"\0"):
            key, _, url = os.fsdecode(entry).partition("\n")
            if url:
                found.setdefault(key.removeprefix("remote.").removesuffix(".url"), url)
        return found


def server_of(env: Mapping[str, str]) -> str:
    """GitHub's address in the environment, without a slash at its end; empty where none is named.

    GITHUB_SERVER_URL says it. Where only GITHUB_API_URL is given it follows from that: the API is
    at `api.<host>` for github.com and GHE.com, below `/api/v3` on a server of one's own.
    """
    if named := env.get("GITHUB_SERVER_URL", "").strip().rstrip("/"):
        return named
    api = env.get("GITHUB_API_URL", "").strip().rstrip("/")
    return re.sub(r"^(https?://)api\.", r"\1", api.removesuffix("/api/v3"))


def repository_of(url: str, server: str = "https://github.com") -> str:
    """`owner/name` from a remote's address if it lies on `server`; else empty.

    Reads `https://host/o/r.git`, `ssh://git@host:22/o/r.git` and `git@host:o/r.git`. GitHub's ssh
    over port 443 uses the host `ssh.github.com` (docs.github.com, 2026-11).
    """
    home = urlsplit(server)
    try:
        if "://" in url:
            parts = urlsplit(url)
            host, port, path = parts.hostname or "", parts.port, parts.path
        elif match := re.fullmatch(r"(?:[^@/\s]+@)?([^:/\s]+):(?!//)(.+)", url):
            parts, (host, path), port = urlsplit("ssh://"), match.groups(), None
        else:
            return ""
        home_port = home.port
    except ValueError:
        return ""
    host = host.lower()
    if host not in ((home.hostname or "").lower(), f"ssh.{home.hostname}"):
        return ""
    if parts.scheme in ("http", "https") and port != home_port:
        return ""
    below = path.strip("/").removeprefix(home.path.strip("/")).strip("/")
    owner, _, name = below.removesuffix(".git").partition("/")
    return f"{owner}/{name}" if owner and name and "/" not in name else ""


def _line(answer: bytes) -> str:
    return os.fsdecode(answer).removesuffix("\n")


def _without_ours(names: Iterable[str]) -> tuple[str, ...]:
    kept = set()
    for name in names:
        folders, _, last = name.rpartition("/")
        if last not in _OURS and ".pubflow" not in (*folders.split("/"), last):
            kept.add(name)
    return tuple(sorted(kept))
