"""Every place at which a release can be killed, in real processes: `python tests/release/sweep.py`.

A place is a request to a stand-in, before or after it is applied, or a durable write of pubflow's
own (journal, publish.lock), before or after it is done; in the first release of the example, and in
its next version. The process dies there by SIGKILL. Then, from copies of that moment, a second run
follows with its journal, and another as on a new computer; each must finish. What must hold is read
from the stand-ins' ground truth: at the death, and at the end. What the dead run left is searched
for its tokens.

With `--jobs 1` request n is the same request each time, so a place names itself:
`next/zenodo/17/after`. A failure prints the command that plays its place again.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from release import canary, truth
from release.conftest import Stage, example

from pubflow.rehearsal import Rehearsal

PLATFORMS = ("github", "huggingface", "zenodo")
DISK = "disk"
VERSIONS = {"first": "1.0.0", "next": "1.1.0"}
PART = 8
"""Places that one worker plays in a row."""
RELEASE = ("release", "--yes", "--jobs", "1")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process dies: at the `at`-th request to a platform, or write to the disk."""

    version: str
    where: str
    at: int
    when: str

    def __str__(self) -> str:
        return f"{self.version}/{self.where}/{self.at}/{self.when}"

    @classmethod
    def of(cls, text: str) -> Place:
        version, where, at, when = text.split("/")
        return cls(version, where, int(at), when)


class Zygote:
    """Forks pubflow's processes; see zygote.py."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, stage: Stage, *args: str, kill: dict[str, Any] | None = None, **more: Any
    ) -> tuple[int, str]:
        """Run pubflow; `kill` is a fault that lacks only the pid. Exit code and output."""
        return self.ended(stage, self.start(stage, *args, kill=kill, **more))

    def start(
        self,
        stage: Stage,
        *args: str,
        kill: dict[str, Any] | None = None,
        wait: bool = False,
        **more: Any,
    ) -> int:
        """Begin a run, at `go` if it shall `wait`; its pid. `ended` must follow."""
        order = {"args": args, "cwd": str(stage.folder), "env": stage.env, "log": str(stage.log)}
        self._say(json.dumps({**order, **more}))
        pid = int(self._heard()["pid"])
        if kill is not None:
            stage.post("/faults", [{**kill, "kind": "kill", "pid": pid}])
        if not wait:
            self.go()
        return pid

    def go(self) -> None:
        self._say("go")

    def ended(self, stage: Stage, pid: int) -> tuple[int, str]:
        heard = self._heard()
        assert heard["pid"] == pid
        return heard["code"], stage.log.read_text("utf-8", "replace")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        heard: dict[str, Any] = json.loads(self._process.stdout.readline())
        return heard

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


def next_version(folder: Path) -> None:
    """The author raises the version, and changes a line of the data and one of the code."""
    manifest = folder / "publish.toml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('version = "1.0.0"', 'version = "1.1.0"'), "utf-8")
    for name in ("data/optical-digits/test.csv", "code/digits/__init__.py"):
        path = folder / "docs/example" / name
        path.write_text(path.read_text("utf-8").rstrip("\n") + "\n\n", "utf-8")


@dataclass
class Told:
    """What a sweep did."""

    kills: int = 0
    runs: int = 0
    same: int = 0
    """Second runs left out, as one from exactly the same world and disk had been judged."""
    failures: list[str] = field(default_factory=list)

    def __add__(self, other: Told) -> Told:
        return Told(
            self.kills + other.kills,
            self.runs + other.runs,
            self.same + other.same,
            self.failures + other.failures,
        )


class Sweep:
    """Plays places, one after the other, in a folder of its own and with stand-ins of its own."""

    def __init__(self, rehearsal: Rehearsal, zygote: Zygote, folder: Path) -> None:
        self._zygote = zygote
        self._kept = folder / "kept"
        self._kept.mkdir(parents=True)
        self.stage = Stage(rehearsal, example(folder / "play" / "project"))
        temporary = folder / "play" / "tmp"
        temporary.mkdir()
        self.stage.extra["TMPDIR"] = str(temporary)
        self.writes = folder / "play" / "writes"
        self._places: dict[str, list[tuple[Place, bool]]] = {}
        self._judged: set[str] = set()
        self._keep("first")
        self._release()
        truth.released(self.stage.world, self.stage.folder)
        next_version(self.stage.folder)
        self._keep("next")

    def places(self, version: str, *, changes_only: bool = False) -> list[Place]:
        """All places of a version's release, in the order in which they come."""
        if version not in self._places:
            self._back_to(version)
            self._release(writes=str(self.writes))
            self._finished(version)
            log = self.stage.world["log"]
            writes = self.writes.stat().st_size
            seen: Counter[str] = Counter()
            found = []
            for entry in log:
                seen[entry["platform"]] += 1
                found.append((entry["platform"], seen[entry["platform"]], entry["change"]))
            found += [(DISK, at, True) for at in range(1, writes + 1)]
            self._places[version] = [
                (Place(version, where, at, when), change)
                for where, at, change in found
                for when in ("before", "after")
            ]
        return [place for place, change in self._places[version] if change or not changes_only]

    def play(self, place: Place, *, every: bool = False) -> Told:
        """Die there; then a run that has the journal, and one that has nothing."""
        told = Told()
        try:
            self._die(place)
            told.kills = 1
            self._keep("death")
            self._no_token()
            for lose in (False, True):
                if lose:
                    self._back_to("death")
                    self.stage.forget()
                print_of = self._fingerprint()
                if print_of in self._judged and not every:
                    told.same += 1
                    continue
                told.runs += 1
                self._release()
                self._finished(place.version)
                self._judged.add(print_of)
        except AssertionError as wrong:
            told.failures.append(f"{place}: {''.join(traceback.format_exception_only(wrong))}")
        return told

    def _die(self, place: Place) -> None:
        self._back_to(place.version)
        kill, more = None, {}
        if place.where == DISK:
            more = {"writes": str(self.writes), "die": [place.at, place.when]}
        else:
            kill = {"platform": place.where, "at": place.at, "when": place.when}
        code, said = self._zygote.run(self.stage, *RELEASE, kill=kill, **more)
        assert code == -signal.SIGKILL, f"it did not die there, but exited {code}\n{said}"
        world = self.stage.world
        truth.nothing_twice(world)
        truth.nothing_early(world, self.stage.folder, VERSIONS[place.version])

    def _no_token(self) -> None:
        """Nothing that the dead run left here, said, or brought to a platform holds a token."""
        hidden = canary.canaries(self.stage.rehearsal.env)
        found = canary.on_disk(self._kept / "death", hidden)
        found |= canary.seen(self.stage.log.read_bytes(), hidden)
        assert not found, f"tokens: {sorted(found)}"

    def _release(self, **more: Any) -> None:
        code, said = self._zygote.run(self.stage, *RELEASE, **more)
        assert code == 0, f"the run exited {code}\n{said}"

    def _finished(self, version: str) -> None:
        world, folder = self.stage.world, self.stage.folder
        truth.nothing_early(world, folder, VERSIONS[version])
        if version == "first":
            truth.released(world, folder)
        else:
            truth.released(world, folder, "v1.1.0", records=5)

    # To go back in time

    def _keep(self, name: str) -> None:
        kept = self._kept / name
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        self.stage.rehearsal.keep(kept / "worlds")
        shutil.copytree(self.stage.folder.parent, kept / "play", symlinks=True)

    def _back_to(self, name: str) -> None:
        kept = self._kept / name
        self.stage.rehearsal.back_to(kept / "worlds")
        play = self.stage.folder.parent
        shutil.rmtree(play)
        shutil.copytree(kept / "play", play, symlinks=True)

    def _fingerprint(self) -> str:
        """Of all that a next run can meet: the worlds, and what lies on the disk."""
        stage = self.stage
        found: list[Any] = []
        for path in sorted((self._kept / "death" / "worlds").glob("*.json")):
            world = json.loads(path.read_text("utf-8"))
            # How many requests there were, and what a search lags behind: here it does not.
            found.append({key: world[key] for key in world if key not in ("tick", "index")})
        journal = stage.folder / ".pubflow" / "journal.db"
        if journal.exists():
            with sqlite3.connect(journal) as db:
                found += db.execute("select release, action, phase, remember from actions")
                found += db.execute("select * from claims")
            db.close()
        for name in ("publish.toml", "publish.lock"):
            path = stage.folder / name
            found.append(path.read_text("utf-8") if path.exists() else "")
        text = _TIME.sub("then", json.dumps(found, sort_keys=True, default=list))
        return hashlib.sha256(text.encode()).hexdigest()


@contextlib.contextmanager
def sweeping(folder: Path) -> Iterator[Sweep]:
    zygote = Zygote()
    try:
        with Rehearsal.start() as rehearsal:
            yield Sweep(rehearsal, zygote, folder)
    finally:
        zygote.close()


_of_this_process: list[Sweep] = []
_open = contextlib.ExitStack()


def _begin(folder: str) -> None:
    """In a worker: stand-ins and a zygote of its own, until the process ends."""
    own = Path(tempfile.mkdtemp(dir=folder))
    tempfile.tempdir = str(own)
    _of_this_process.append(_open.enter_context(sweeping(own / "sweep")))
    atexit.register(_open.close)


def _play(texts: Sequence[str], every: bool) -> Told:
    told = Told()
    for text in texts:
        told += _of_this_process[0].play(Place.of(text), every=every)
    return told


def _places(version: str, changes_only: bool) -> list[str]:
    return [str(p) for p in _of_this_process[0].places(version, changes_only=changes_only)]


def main() -> int:
    """Play the places that are asked for, and print what was seen. 1 if anything failed."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("place", nargs="*", help="such as next/zenodo/17/after; none: all there are")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--changes", action="store_true", help="leave out requests that only read")
    asked.add_argument(
        "--every",
        action="store_true",
        help="a second run after each death, also from a state that was gone on from before",
    )
    options = asked.parse_args()
    begun = time.monotonic()
    told = Told()
    with (
        tempfile.TemporaryDirectory(prefix="pubflow-sweep-") as folder,
        ProcessPoolExecutor(options.jobs, initializer=_begin, initargs=(folder,)) as pool,
    ):
        places = options.place or [
            place
            for version in VERSIONS
            for place in pool.submit(_places, version, options.changes).result()
        ]
        # Neighbours together, as they often leave the same state.
        parts = [places[at : at + PART] for at in range(0, len(places), PART)]
        for done in as_completed([pool.submit(_play, part, options.every) for part in parts]):
            part = done.result()
            told += part
            print(f"{told.kills} of {len(places)}", file=sys.stderr, flush=True)
            for failure in part.failures:
                place, _, what = failure.partition(": ")
                print(f"{what}\nPlay it again:\n\n    python {sys.argv[0]} {place}\n", flush=True)
    print(
        f"{told.kills} processes killed at {len(places)} places;"
        f" {told.runs + told.same} second runs judged"
        + (f", {told.same} of them by one from the same state" if told.same else "")
        + f"; {len(told.failures)} violations; {time.monotonic() - begun:.0f} s"
    )
    return 1 if told.failures else 0


if __name__ == "__main__":
    sys.exit(main())
