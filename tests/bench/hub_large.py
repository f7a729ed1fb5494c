"""Two GiB of weights to the Hub's stand-in: wall time and peak memory, by LFS and by xet.

Run it alone: `python tests/bench/hub_large.py [GiB] [lfs] [xet] [--pairs N]`. In each pair new
bytes go once by the client's own `upload_file` and once by a release, each in a process of its own
and to fresh stand-ins, as whoever comes second to the same ones is slower; which of the two is
first alternates. Two ratios are told, of each the median of the pairs: of the commit alone, for
which the digests are known since the plan, and of reading and commit. By LFS `upload_file` reads
for its digest too; by xet it takes it while it sends. The import of what either is made of does not
count. The processor's seconds stand beside: on a busy computer they tell more than the clock's.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pubflow.tree.digests import RACY

MANIFEST = """schema = 1

[paper]
title = "A large set of weights"
[[paper.authors]]
given = "Ada"
family = "Lovelace"

[defaults]
version = "1.0.0"

[targets.huggingface]
owner = "lab"
xet = {xet}

[weights.large]
path = "weights"
license = "MIT"
targets = ["huggingface"]
"""

OWN = """
import sys, time, json, resource
from huggingface_hub import HfApi
api = HfApi()
api.create_repo("lab/own", private=True)
start, worked = time.perf_counter(), time.process_time()
api.upload_file(path_or_fileobj=sys.argv[1], path_in_repo="model.safetensors", repo_id="lab/own")
took, worked = time.perf_counter() - start, time.process_time() - worked
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": took, "cpu": worked, "peak": peak}))
"""

RELEASE = """
import json, os, resource, sys, time
from pathlib import Path
import pubflow.load.schema
import pubflow.platforms.huggingface.client
from pubflow.assemble import open_release

class Watch:
    def __init__(self): self.at, self.took, self.cpu = {}, {}, {}
    def looking(self, at, size): pass
    def started(self, action):
        self.at[action.verb] = time.perf_counter()
        self.cpu[action.verb] = -time.process_time()
    def sent(self, action, size): pass
    def waiting(self, action, seconds, why): print(why, file=sys.stderr)
    def finished(self, action):
        self.took[action.verb] = time.perf_counter() - self.at[action.verb]
        self.cpu[action.verb] += time.process_time()
    def failed(self, action, error): print(error, error.why, file=sys.stderr)

def read():
    with open("/proc/self/io") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("rchar"))

watch, start, worked = Watch(), time.perf_counter(), time.process_time()
with open_release(Path(sys.argv[1]), env=os.environ, watch=watch) as opened:
    loaded, worked = time.perf_counter() - start, time.process_time() - worked
    opened.release(baseline=lambda plan: None, approve=lambda plan: None)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": time.perf_counter() - start, "loading": loaded, "verbs": watch.took,
                  "cpu": worked + watch.cpu.get("commit", 0), "peak": peak, "read": read()}))
"""


def measured(script: str, argument: Path, env: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", script, str(argument)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def filled(path: Path, gib: float) -> None:
    """Random bytes behind a header that makes them one tensor; others each time, or xet would find
    them all. They are as old as weights are: what was written just now is read twice."""
    size = int(gib * 1024) << 20
    entry = {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}
    head = json.dumps({"w": entry}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    os.sync()
    time.sleep(RACY + 0.5)


def serve() -> tuple[subprocess.Popen[str], dict[str, str]]:
    served = subprocess.Popen(
        [sys.executable, "-m", "pubflow", "rehearse", "--serve", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert served.stdout is not None
    return served, dict(json.loads(served.stdout.readline())["env"])


def pair(path: str, gib: float, folder: Path, *, own_first: bool) -> tuple[float, float]:
    """Both ways once. Returns how much longer the commit, and reading and commit, took than
    `upload_file`."""
    weights, manifest = folder / "weights" / "model.safetensors", folder / "publish.toml"
    manifest.write_text(MANIFEST.format(xet="false" if path == "lfs" else "true"), "utf-8")
    extra = {"HF_HUB_DISABLE_XET": "1"} if path == "lfs" else {}
    own: dict[str, Any] = {}
    first: dict[str, Any] = {}
    for of_own in (own_first, not own_first):
        filled(weights, gib)
        served, given = serve()
        home = {"HF_HOME": str(folder / "home"), "HF_HUB_DISABLE_TELEMETRY": "1"}
        env = {**os.environ, **given, **home, "PUBFLOW_KEYRING": "0"}
        try:
            if of_own:
                own = measured(OWN, weights, env | extra)
            else:
                first = measured(RELEASE, manifest, env)
                second = measured(RELEASE, manifest, env)
        finally:
            served.terminate()
            served.wait()
    commit, reading = first["verbs"]["commit"], first["loading"]
    ratios = commit / own["seconds"], (commit + reading) / own["seconds"]
    print(
        f"{path}: upload_file {own['seconds']:.1f} s ({own['cpu']:.2f} of the processor), peak"
        f" {own['peak'] / 1024:.0f} MiB; release {first['seconds']:.1f} s (reading {reading:.1f} s,"
        f" commit {commit:.1f} s, {first['cpu']:.2f} of the processor), peak"
        f" {first['peak'] / 1024:.0f} MiB, {first['read'] / 2**20:.0f} MiB read; ratio of the"
        f" commit {ratios[0]:.2f}, with reading {ratios[1]:.2f}"
    )
    print(
        f"{path}: again {second['seconds']:.1f} s, {second['read'] / 2**20:.0f} MiB read,"
        f" did {sorted(second['verbs'])}",
        flush=True,
    )
    return ratios


def main(arguments: list[str]) -> None:
    pairs = 5
    if "--pairs" in arguments:
        pairs = int(arguments.pop(arguments.index("--pairs") + 1))
    gib = next((float(word) for word in arguments if word[0].isdigit()), 2.0)
    print(time.strftime("%F"), f"{gib} GiB, {os.cpu_count()} cores", flush=True)
    for path in [word for word in arguments if word in ("lfs", "xet")] or ["lfs", "xet"]:
        ratios = []
        for number in range(pairs):
            folder = Path(tempfile.mkdtemp(prefix="pubflow-bench-"))
            try:
                ratios.append(pair(path, gib, folder, own_first=number % 2 == 0))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        commits, wholes = (statistics.median(told) for told in zip(*ratios, strict=True))
        print(
            f"{path}: medians of {pairs} pairs {commits:.2f}, with reading {wholes:.2f}", flush=True
        )


if __name__ == "__main__":
    main(sys.argv[1:])
