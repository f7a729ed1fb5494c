"""Two runs of one release at once, on two computers: `python tests/release/pairs.py --seeds 1000`.

Two processes start together against the same stand-ins, each with a folder, a home and a journal of
its own. A seed says when one of them stands still for a while (SIGSTOP, SIGCONT), at which request,
or dies. Afterwards each computer runs once more, alone. There must be one record for each artifact,
one release, nothing twice; whoever did not finish says why, and that to run again goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from release import truth
from release.conftest import Stage, example
from release.sweep import PLATFORMS, VERSIONS, Zygote, next_version

from pubflow.rehearsal import Rehearsal

CLEAN = frozenset({0, 3, 75})
"""Done, refused, or to be run again: how a run may end beside another one."""


@dataclass
class Met:
    """What came of one seed: how both runs ended, and what the second ones had to do."""

    seed: int
    codes: tuple[int, ...] = ()
    said: list[str] = field(default_factory=list)
    """Last words of the runs that did not finish."""
    failure: str = ""


class Pair:
    """Two computers and one set of stand-ins."""

    def __init__(self, rehearsal: Rehearsal, folder: Path, version: str = "first") -> None:
        self._rehearsal = rehearsal
        self._folder = folder
        self._version = version
        self._zygotes = (Zygote(), Zygote())
        self._kept = folder / "kept"
        project = example(folder / "author" / "project")
        if version == "next":
            code, said = self._zygotes[0].run(Stage(rehearsal, project), "release", "--yes")
            assert code == 0, said
            shutil.rmtree(project / ".pubflow")
            next_version(project)
        self._project = project
        rehearsal.keep(self._kept)

    def close(self) -> None:
        for zygote in self._zygotes:
            zygote.close()

    def play(self, seed: int) -> Met:
        chance = random.Random(seed)
        met = Met(seed)
        self._rehearsal.back_to(self._kept)
        stages = []
        for name in ("one", "two"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
            shutil.copytree(self._project, self._folder / name / "project")
            stages.append(Stage(self._rehearsal, self._folder / name / "project"))
        try:
            self._together(stages, chance, met)
            for zygote, stage in zip(self._zygotes, stages, strict=True):
                code, said = zygote.run(stage, "release", "--yes")
                assert code == 0, f"alone, it exited {code}\n{said}"
                self._true(stage)
        except AssertionError as wrong:
            met.failure = "".join(traceback.format_exception_only(wrong))
        return met

    def _together(self, stages: list[Stage], chance: random.Random, met: Met) -> None:
        jobs = [str(chance.choice((1, 4))) for _ in stages]
        pids = [
            zygote.start(stage, "release", "--yes", "--jobs", job, wait=True)
            for zygote, stage, job in zip(self._zygotes, stages, jobs, strict=True)
        ]
        stages[0].post("/faults", list(faults(chance, pids)))
        order = [0, 1] if chance.random() < 0.5 else [1, 0]
        for number in order:
            self._zygotes[number].go()
            time.sleep(chance.choice((0, 0, 0.1, 0.4)))
        ends = [
            zygote.ended(stage, pid)
            for zygote, stage, pid in zip(self._zygotes, stages, pids, strict=True)
        ]
        stages[0].rehearsal.disarm()
        met.codes = tuple(sorted(code for code, _ in ends))
        truth.nothing_twice(stages[0].world, drafts=False)
        truth.nothing_early(stages[0].world, stages[0].folder, VERSIONS[self._version])
        for code, said in ends:
            if code:
                met.said.append(f"{code}: " + said[-900:])
            assert code in CLEAN | {-9}, f"beside the other it exited {code}\n{said}"
            assert code in (0, -9) or "\n    pubflow " in said, f"it gives no advice\n{said}"

    def _true(self, stage: Stage) -> None:
        if self._version == "first":
            truth.released(stage.world, stage.folder)
        else:
            truth.released(stage.world, stage.folder, "v1.1.0", records=5)


def faults(chance: random.Random, pids: list[int]) -> Iterator[dict[str, Any]]:
    """One to three pauses, and at times a death."""
    for _ in range(chance.randint(1, 3)):
        yield {
            "platform": chance.choice(PLATFORMS),
            "at": chance.randint(1, 60),
            "kind": "pause",
            "pid": chance.choice(pids),
            "seconds": chance.choice((0.1, 0.3, 1.0, 2.5)),
        }
    if chance.random() < 0.25:
        when = chance.choice(("before", "after"))
        place = {"platform": chance.choice(PLATFORMS), "at": chance.randint(1, 60)}
        yield {**place, "kind": "kill", "pid": chance.choice(pids), "when": when}


@contextlib.contextmanager
def pairing(folder: Path, version: str = "first") -> Iterator[Pair]:
    with Rehearsal.start() as rehearsal:
        pair = Pair(rehearsal, folder, version)
        try:
            yield pair
        finally:
            pair.close()


def main() -> int:
    """Play the seeds that are asked for. 1 if anything failed."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--seeds", type=int, default=100, metavar="N", help="how many")
    asked.add_argument("--first", type=int, default=0, metavar="SEED", help="which to begin with")
    asked.add_argument("--version", choices=tuple(VERSIONS), default="first")
    options = asked.parse_args()
    begun = time.monotonic()
    ends: Counter[tuple[int, ...]] = Counter()
    words: dict[str, str] = {}
    failed = 0
    with (
        tempfile.TemporaryDirectory(prefix="pubflow-pairs-") as folder,
        pairing(Path(folder) / "own", options.version) as pair,
    ):
        for seed in range(options.first, options.first + options.seeds):
            met = pair.play(seed)
            ends[met.codes] += 1
            for said in met.said:
                words.setdefault(said[:3], said)
            if met.failure:
                failed += 1
                again = f"python {sys.argv[0]} --version {options.version} --seeds 1 --first {seed}"
                print(f"seed {seed}: {met.failure}\nPlay it again:\n\n    {again}\n", flush=True)
    for said in words.values():
        print(said, "\n")
    for codes, count in ends.most_common():
        print(f"{count:5} times exit codes {' and '.join(map(str, codes))}")
    print(f"{options.seeds} pairs, {failed} violations; {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
