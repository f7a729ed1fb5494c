"""The tokens as canaries: looked for in every byte that a run leaves, says or shows to others."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from release.conftest import Stage

from pubflow.platforms.github.push import VARIABLE

TOKENS = ("GITHUB_TOKEN", "HF_TOKEN", "ZENODO_TOKEN")


def canaries(env: Mapping[str, str]) -> dict[str, bytes]:
    """What must show nowhere: every token, and how a header or an address would carry it."""
    found: dict[str, bytes] = {}
    for name in TOKENS:
        token = env[name]
        found[name] = token.encode()
        found[f"{name} quoted"] = quote(token, safe="").encode()
        for user in ("", "x-access-token:", ":", "git:"):
            pair = base64.b64encode(f"{user}{token}".encode()).rstrip(b"=")
            found[f"{name} as Basic {user}"] = pair
    return found


def seen(data: bytes, hidden: Mapping[str, bytes]) -> set[str]:
    return {name for name, canary in hidden.items() if canary in data}


def on_disk(folder: Path, hidden: Mapping[str, bytes]) -> set[str]:
    """Where they stand in the files below `folder`: names, bytes, and what git has packed."""
    found = set()
    for path in folder.rglob("*"):
        told = path.relative_to(folder).as_posix()
        found |= {f"{name} in the name {told}" for name in seen(os.fsencode(told), hidden)}
        if path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        with contextlib.suppress(zlib.error):
            data += zlib.decompress(data)
        found |= {f"{name} in {told}" for name in seen(data, hidden)}
        if path.suffix == ".pack":
            found |= {f"{name} in {told}" for name in seen(unpacked(path), hidden)}
    return found


def unpacked(pack: Path) -> bytes:
    """Every object of a pack, with the bare repository that it lies in."""
    git = ["git", "--git-dir", str(pack.parents[2]), "cat-file"]
    done = subprocess.run(
        [*git, "--batch", "--batch-all-objects"], capture_output=True, check=True, timeout=60
    )
    return done.stdout


def left_by(stage: Stage, worlds: Path, said: Iterable[bytes] = ()) -> set[str]:
    """Where they stand after a run: in what it said, on this computer, and at the platforms.

    `worlds` is a new folder for a copy of what the stand-ins hold. The project, the home and the
    temporary folder of the run lie beside each other.
    """
    hidden = canaries(stage.rehearsal.env)
    stage.rehearsal.keep(worlds)
    found = on_disk(stage.folder.parent, hidden)
    found |= {f"{where}, at a platform" for where in on_disk(worlds, hidden)}
    for text in said:
        found |= {f"{name} in what was said" for name in seen(text, hidden)}
    found |= {f"{name} in the world" for name in seen(repr(stage.world).encode(), hidden)}
    return found


class Watching:
    """Looks at every process below this one, from beginning to end (Linux).

    A run has its tokens in its own environment, where the person put them. Its children may have
    none; but for git, which finds GitHub's in the one variable that its askpass prints.
    """

    def __init__(self, hidden: Mapping[str, bytes]) -> None:
        self.found: set[str] = set()
        self.programs: set[str] = set()
        self._hidden = hidden
        self._allowed = f"{VARIABLE}=".encode() + hidden["GITHUB_TOKEN"]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watching:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            for process in below(os.getpid()):
                self._judge(*process)

    def _judge(self, depth: int, name: str, argv: bytes, environ: bytes) -> None:
        self.programs.add(name)
        told = seen(argv, self._hidden)
        self.found |= {f"{what} in the arguments of {name}" for what in told}
        if depth == 0 or b"\0-m\0pubflow\0" in argv:
            return  # A run, or a fork of it that is not yet another program.
        entries = [entry for entry in environ.split(b"\0") if entry != self._allowed]
        told = seen(b"\0".join(entries), self._hidden)
        self.found |= {f"{what} in the environment of {name}" for what in told}


def below(pid: int, depth: int = 0) -> Iterator[tuple[int, str, bytes, bytes]]:
    """Depth, name, arguments and environment of each process that descends from `pid`."""
    for child in children(pid):
        with contextlib.suppress(OSError):
            place = Path("/proc") / str(child)
            name = (place / "comm").read_text().strip()
            # In this order: a process that becomes another program changes both at once.
            argv = (place / "cmdline").read_bytes()
            yield depth, name, argv, (place / "environ").read_bytes()
        yield from below(child, depth + 1)


def children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # Gone meanwhile, and its children are somebody else's.
        for thread in os.listdir(f"/proc/{pid}/task"):
            text = Path(f"/proc/{pid}/task/{thread}/children").read_text()
            found += map(int, text.split())
    return found
