"""`python tests/simulation`: the whole matrix, or one case of it, or the controls.

python tests/simulation --cases 100000 --jobs 2
python tests/simulation --replay 'first | 39!killed-applied'
python tests/simulation --controls
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import shutil
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulation import Case, judge, naive, removed
from simulation.cases import KINDS, TWO_RUNS, Kind, cases
from simulation.invariants import ACCEPTED
from simulation.verdict import charged
from simulation.world import folder

COMMAND = "python tests/simulation"
SHOWN = 10
"""Failures that are told one by one."""
CHUNK = 250
"""Cases after which a process says how far it is."""


@dataclass
class Line:
    """One line of the table."""

    cases: int = 0
    failed: int = 0
    accepted: int = 0
    """Cases in which a file was taken after the last look; see `taken.py`."""
    seconds: float = 0.0
    failures: list[tuple[str, str]] = field(default_factory=list)
    """(name of the case, what it violates)"""

    def add(self, other: Line) -> None:
        self.cases += other.cases
        self.failed += other.failed
        self.accepted += other.accepted
        self.seconds += other.seconds
        self.failures += other.failures


@dataclass(frozen=True)
class Job:
    """A part of one kind, for one process."""

    kind: str
    seed: int
    count: int
    part: int
    parts: int
    until: float
    """When to stop, by the clock."""


def share(kind: Kind, whole: int) -> int:
    return round(kind.share * whole)


def played(job: Job) -> Iterator[Line]:
    """Play a part, and tell from time to time."""
    kind = next(kind for kind in KINDS if kind.name == job.kind)
    line, begun = Line(), time.perf_counter()
    for case in cases(kind, job.seed, job.count, job.part, job.parts):
        heard = judge.heard(case)
        said = charged(heard)
        line.cases += 1
        line.accepted += any(one.startswith(ACCEPTED) for one in heard)
        if said:
            line.failed += 1
            line.failures.append((str(case), said[0]))
        if line.cases == CHUNK or time.time() > job.until:
            line.seconds = time.perf_counter() - begun
            yield line
            if time.time() > job.until:
                return
            line, begun = Line(), time.perf_counter()
    line.seconds = time.perf_counter() - begun
    yield line


News = tuple[str, Line] | int | str
"""What became of some cases of a kind; or how a process ended: the cases it played, or why not."""


def _work(jobs: Sequence[Job], told: multiprocessing.Queue[News]) -> None:
    count = 0
    try:
        for job in jobs:
            for line in played(job):
                told.put((job.kind, line))
                count += line.cases
    except BaseException:
        told.put(traceback.format_exc(limit=-3))
        raise
    finally:
        shutil.rmtree(folder(), ignore_errors=True)  # A child process ends without `atexit`.
    told.put(count)


def whole(
    count: int, seed: int, jobs: int, minutes: float, kinds: Sequence[Kind]
) -> dict[str, Line]:
    """Play so many cases of these kinds, in so many processes. Returns the table."""
    until = time.time() + minutes * 60
    total = sum(kind.share for kind in kinds)
    parts = [
        [
            Job(kind.name, seed, round(kind.share / total * count), part, jobs, until)
            for kind in kinds
        ]
        for part in range(jobs)
    ]
    told: multiprocessing.Queue[News] = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=_work, args=(part, told), daemon=True) for part in parts
    ]
    for worker in workers:
        worker.start()
    table = {kind.name: Line() for kind in kinds}
    working, done, due, begun = jobs, 0, 0, time.time()
    while working:
        news = told.get()
        if isinstance(news, str):
            raise SystemExit(f"a process broke:\n{news[:2000]}")
        if isinstance(news, int):
            working, due = working - 1, due + news
            continue
        name, line = news
        table[name].add(line)
        done += line.cases
        for case, said in line.failures[: max(0, SHOWN - _failed(table) + line.failed)]:
            print(f"\nviolated: {said}\n    {COMMAND} --replay '{case}'\n", flush=True)
        print(
            f"{done} of {count}, {_failed(table)} violations, {time.time() - begun:.0f} s", end="\r"
        )
    for worker in workers:
        worker.join()
    if done != due:
        raise SystemExit(f"{due} cases were played, and {done} were told of.")
    return table


def _failed(table: dict[str, Line]) -> int:
    return sum(line.failed for line in table.values())


def shown(table: dict[str, Line], seconds: float, jobs: int, seed: int) -> None:
    says = {kind.name: kind.says for kind in KINDS}
    print(f"\n{'kind':11}{'what':36}{'cases':>8}{'violated':>10}{'accepted':>10}{'ms each':>9}")
    for name, line in table.items():
        each = line.seconds / line.cases * 1000 if line.cases else 0.0
        counts = f"{line.cases:8}{line.failed:10}{line.accepted:10}"
        print(f"{name:11}{says[name]:36}{counts}{each:9.1f}")
    count = sum(line.cases for line in table.values())
    accepted = sum(line.accepted for line in table.values())
    print(f"{'all':11}{'':36}{count:8}{_failed(table):10}{accepted:10}")
    print(f"{seconds:.0f} seconds in {jobs} process{'es' * (jobs > 1)}, seed {seed}")


def replay(name: str) -> int:
    """Play one case from its start, and tell its story."""
    outcome, said = judge.whole(Case.of(name))
    for line in outcome.lines():
        print(line)
    print("\n".join(f"violated: {line}" for line in said) or "Nothing is violated.")
    if accepted := [line for line in judge.heard(outcome.case) if line.startswith(ACCEPTED)]:
        print("\n".join(accepted))
    return bool(said)


def controls(count: int, seed: int) -> int:
    """What has to fail: the ordinary script, and pubflow with one rule removed."""
    found = list(naive.matrix())
    random.Random(seed).shuffle(found)
    kept, failed = Counter[str](), Counter[str]()
    for case in found[:count]:
        _, said = judge.whole(case, naive.script)
        lost = "notes lost" if len(case.sittings) > 1 else "notes kept"
        kept[lost] += 1
        failed[lost] += bool(said)
    for name in sorted(kept):
        print(f"the ordinary script, {name}: fails in {failed[name]} of {kept[name]}")
    bad = sum(failed.values()) * 2 <= sum(kept.values())
    for rule in removed.RULES:
        caught = removed.caught(rule)
        if caught is None:
            bad = True
            print(f"without {rule.name!r}: NOT CAUGHT ({rule.says})")
        else:
            print(f"without {rule.name!r}: {caught.said}\n    after {caught.tried}: {caught.case}")
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--seed", type=int, default=1, help="which (1)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--minutes", type=float, default=600, help="at most")
    parser.add_argument("--kinds", default="", help=", ".join(kind.name for kind in KINDS))
    parser.add_argument("--two-runs", action="store_true", help="only kinds with runs at once")
    parser.add_argument("--replay", metavar="CASE", help="one case, with its history")
    parser.add_argument("--controls", action="store_true", help="what has to fail")
    asked = parser.parse_args()
    if asked.replay:
        return replay(asked.replay)
    if asked.controls:
        return controls(asked.cases, asked.seed)
    names = set(filter(None, asked.kinds.split(","))) or {kind.name for kind in KINDS}
    kinds = [k for k in KINDS if k.name in names and (k in TWO_RUNS or not asked.two_runs)]
    begun = time.time()
    table = whole(asked.cases, asked.seed, asked.jobs, asked.minutes, kinds)
    shown(table, time.time() - begun, asked.jobs, asked.seed)
    return bool(_failed(table))


if __name__ == "__main__":
    sys.exit(main())
