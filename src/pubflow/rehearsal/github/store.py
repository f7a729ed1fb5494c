"""The bare repositories on disk: `<folder>/git/<owner>/<name>.git`.

References and small objects are read as files (gitrepository-layout(5)), so that most answers need
no child process; the git command reads what is packed and writes everything.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import objects
from .hook import HOOK
from .world import Repository

PUSH_MOST = 2 * 1024**3
"""Bytes in one push (github/docs #40706)."""
_CACHED = 4000
_CACHED_SIZE = 256 * 1024
_SHA = re.compile(r"[0-9a-f]{40}")

_CONFIG = f"""\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[gc]
\tauto = 0
[receive]
\tautogc = false
\tfsckObjects = true
\tadvertisePushOptions = true
\thideRefs = refs/pull
\tmaxInputSize = {PUSH_MOST}
[receive "fsck"]
\tzeroPaddedFilemode = ignore
\tbadTimezone = ignore
\tmissingSpaceBeforeDate = ignore
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[http]
\treceivepack = true
"""


def environment(home: Path) -> dict[str, str]:
    """For a child git: nothing of the user's or the system's configuration."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


class Missing(LookupError):
    """There is no such object, reference or file."""


class Store:
    """One bare repository."""

    def __init__(self, path: Path, cache: _Cache) -> None:
        self.path = path
        self._cache = cache

    def git(self, *arguments: str, data: bytes = b"", more: Mapping[str, str] | None = None) -> str:
        """The output of a git command in this repository; CalledProcessError if it fails."""
        done = subprocess.run(
            ["git", "--git-dir", str(self.path), *arguments],
            input=data,
            capture_output=True,
            check=True,
            env=environment(self.path) | dict(more or {}),
        )
        return done.stdout.decode().strip()

    def refs(self) -> dict[str, str]:
        """Every reference with its object, sorted by name."""
        found: dict[str, str] = {}
        packed = self.path / "packed-refs"
        if packed.exists():
            for line in packed.read_text().splitlines():
                if line and line[0] not in "#^":
                    sha, _, name = line.partition(" ")
                    found[name] = sha
        for folder, _, names in os.walk(self.path / "refs"):
            for name in names:
                path = Path(folder, name)
                if name.endswith(".lock"):
                    continue
                try:
                    sha = path.read_text().strip()
                except FileNotFoundError:
                    continue
                if _SHA.fullmatch(sha):
                    found[path.relative_to(self.path).as_posix()] = sha
        return dict(sorted(found.items()))

    def branches(self) -> dict[str, str]:
        return self._under("refs/heads/")

    def tags(self) -> dict[str, str]:
        return self._under("refs/tags/")

    def _under(self, prefix: str) -> dict[str, str]:
        found = self.refs().items()
        return {name[len(prefix) :]: sha for name, sha in found if name.startswith(prefix)}

    def set_head(self, branch: str) -> None:
        new = self.path / "HEAD.new"
        new.write_text(f"ref: refs/heads/{branch}\n")
        os.replace(new, self.path / "HEAD")

    def protect(self, on: bool) -> None:
        """Whether a push with a secret in it is refused (docs, "Push protection", 2026-11)."""
        mark = self.path / "push-protection"
        if on:
            mark.touch()
        else:
            mark.unlink(missing_ok=True)

    def lock_tag(self, tag: str) -> None:
        with (self.path / "locked-tags").open("a") as file:
            file.write(f"refs/tags/{tag}\n")

    def read(self, sha: str) -> tuple[str, bytes]:
        """Kind and content of an object."""
        if not _SHA.fullmatch(sha):
            raise Missing(sha)
        key = (str(self.path), sha)
        if (known := self._cache.get(key)) is not None:
            return known
        loose = self.path / "objects" / sha[:2] / sha[2:]
        try:
            data = zlib.decompress(loose.read_bytes())
            head, _, content = data.partition(b"\0")
            found = (head.split(b" ")[0].decode(), content)
        except FileNotFoundError:
            found = self._read_packed(sha)
        self._cache.put(key, found)
        return found

    def _read_packed(self, sha: str) -> tuple[str, bytes]:
        done = subprocess.run(
            ["git", "--git-dir", str(self.path), "cat-file", "--batch"],
            input=f"{sha}\n".encode(),
            capture_output=True,
            check=True,
            env=environment(self.path),
        )
        head, _, rest = done.stdout.partition(b"\n")
        words = head.decode().split()
        if len(words) != 3:
            raise Missing(sha)
        return words[1], rest[: int(words[2])]

    def kind(self, sha: str) -> str:
        return self.read(sha)[0]

    def commit(self, sha: str) -> objects.Commit:
        """The commit that `sha` is, or that the tag object `sha` leads to."""
        kind, data = self.read(sha)
        while kind == "tag":
            sha = objects.tag(sha, data).object
            kind, data = self.read(sha)
        if kind != "commit":
            raise Missing(sha)
        return objects.commit(sha, data)

    def tag(self, sha: str) -> objects.Tag:
        kind, data = self.read(sha)
        if kind != "tag":
            raise Missing(sha)
        return objects.tag(sha, data)

    def tree(self, sha: str) -> tuple[objects.Entry, ...]:
        kind, data = self.read(sha)
        if kind != "tree":
            raise Missing(sha)
        return objects.tree(data)

    def resolve(self, name: str) -> objects.Commit:
        """The commit behind a sha, branch, tag or full reference."""
        refs = self.refs()
        for full in (name, f"refs/{name}", f"refs/heads/{name}", f"refs/tags/{name}"):
            if full in refs:
                return self.commit(refs[full])
        if name == "HEAD":
            return self.resolve((self.path / "HEAD").read_text().removeprefix("ref:").strip())
        if _SHA.fullmatch(name):
            return self.commit(name)
        raise Missing(name)

    def entry(self, tree: str, path: str) -> objects.Entry:
        """What lies at `path`; the tree itself for the empty path."""
        entry = objects.Entry("40000", "", tree)
        for part in filter(None, path.split("/")):
            if entry.type != "tree":
                raise Missing(path)
            entry = next((e for e in self.tree(entry.sha) if e.name == part), _NONE)
            if entry is _NONE:
                raise Missing(path)
        return entry

    def walk(self, tree: str, prefix: str = "") -> Iterator[tuple[str, objects.Entry]]:
        for entry in self.tree(tree):
            yield prefix + entry.name, entry
            if entry.type == "tree":
                yield from self.walk(entry.sha, f"{prefix}{entry.name}/")

    def log(self, start: str, path: str = "") -> list[str]:
        limit = ["--", path] if path else ["--"]
        return self.git("rev-list", start, *limit).split()

    def is_ancestor(self, old: str, new: str) -> bool:
        try:
            self.git("merge-base", "--is-ancestor", old, new)
        except subprocess.CalledProcessError:
            return False
        return True

    def write(self, kind: str, data: bytes) -> str:
        return self.git("hash-object", "-w", "-t", kind, "--stdin", data=data)

    def set_ref(self, ref: str, sha: str, old: str = "") -> None:
        """Move `ref` from `old` (nothing: create it); CalledProcessError if it was elsewhere."""
        self.git("update-ref", ref, sha, old or "0" * 40)

    def delete_ref(self, ref: str) -> None:
        self.git("update-ref", "-d", ref)


_NONE = objects.Entry("", "", "")


class _Cache:
    """The last objects read: a sha means the same for ever."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[str, str], tuple[str, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> tuple[str, bytes] | None:
        with self._lock:
            return self._found.get(key)

    def put(self, key: tuple[str, str], value: tuple[str, bytes]) -> None:
        if len(value[1]) > _CACHED_SIZE:
            return
        with self._lock:
            self._found[key] = value
            if len(self._found) > _CACHED:
                self._found.popitem(last=False)

    def forget(self, path: Path) -> None:
        with self._lock:
            for key in [key for key in self._found if key[0] == str(path)]:
                del self._found[key]


class Stores:
    """All bare repositories."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._cache = _Cache()

    def of(self, repository: Repository) -> Store:
        return Store(self._path(repository), self._cache)

    def _path(self, repository: Repository) -> Path:
        return self.folder / repository.owner.lower() / f"{repository.name.lower()}.git"

    def create(self, repository: Repository) -> Store:
        # What lies here without being in the world was left by a process that ended early.
        self.remove(repository)
        path = self._path(repository)
        for inner in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "hooks"):
            (path / inner).mkdir(parents=True)
        (path / "config").write_text(_CONFIG)
        (path / "HEAD").write_text(f"ref: refs/heads/{repository.default_branch}\n")
        hook = path / "hooks" / "pre-receive"
        hook.write_text(HOOK)
        hook.chmod(0o755)
        return Store(path, self._cache)

    def move(self, repository: Repository, name: str) -> None:
        old = self._path(repository)
        self._cache.forget(old)
        new = old.with_name(f"{name.lower()}.git")
        if new != old:
            old.rename(new)

    def remove(self, repository: Repository) -> None:
        path = self._path(repository)
        self._cache.forget(path)
        shutil.rmtree(path, ignore_errors=True)

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._cache = _Cache()
