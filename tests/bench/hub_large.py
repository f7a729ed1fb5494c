"""Two GiB of weights to the Hub's stand-in: wall time and peak memory, by LFS and by xet.

Run it alone: `python tests/bench/hub_large.py [GiB] [lfs] [xet]`. The stand-ins run in a process of
their own; each measurement is a process of its own too. Printed per path: the client's own
`upload_file`, pubflow's first release with all its hashing, the commit alone, a second release, and
the ratios that a release is held to.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

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
start = time.perf_counter()
api.upload_file(path_or_fileobj=sys.argv[1], path_in_repo="model.safetensors", repo_id="lab/own")
took = time.perf_counter() - start
print(json.dumps({"seconds": took, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""

RELEASE = """
import contextlib, json, os, resource, sys, time
from pathlib import Path
from pubflow.assemble import open_release

class Watch:
    def __init__(self): self.at, self.took = {}, {}
    def started(self, action): self.at[action.verb] = time.perf_counter()
    def sent(self, action, size): pass
    def waiting(self, action, seconds, why): print(why, file=sys.stderr)
    def finished(self, action):
        self.took[action.verb] = time.perf_counter() - self.at[action.verb]
    def failed(self, action, error): print(error, error.why, file=sys.stderr)

def read():
    with open("/proc/self/io") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("rchar"))

watch, start = Watch(), time.perf_counter()
with open_release(Path(sys.argv[1]), env=os.environ, watch=watch) as opened:
    loaded = time.perf_counter() - start
    opened.release(baseline=lambda plan: None, approve=lambda plan: None)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": time.perf_counter() - start, "loading": loaded, "verbs": watch.took,
                  "peak": peak, "read": read()}))
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
    """Random bytes behind a header that makes them one tensor."""
    block = os.urandom(1 << 20)
    size = int(gib * 1024) << 20
    entry = {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}
    head = json.dumps({"w": entry}).encode()
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for number in range(int(gib * 1024)):
            # Different blocks, or xet would send one of them.
            file.write(number.to_bytes(8, "little") + os.urandom(4096) + block[4104:])


def serve() -> tuple[subprocess.Popen[str], dict[str, str]]:
    served = subprocess.Popen(
        [sys.executable, "-m", "pubflow", "rehearse", "--serve", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert served.stdout is not None
    return served, dict(json.loads(served.stdout.readline())["env"])


def run(path: str, gib: float, folder: Path) -> None:
    served, given = serve()
    try:
        home = {"HF_HOME": str(folder / "home"), "HF_HUB_DISABLE_TELEMETRY": "1"}
        env = {**os.environ, **given, **home, "PUBFLOW_KEYRING": "0"}
        weights = folder / "weights" / "model.safetensors"
        filled(weights, gib)
        extra = {"HF_HUB_DISABLE_XET": "1"} if path == "lfs" else {}
        own = measured(OWN, weights, env | extra)
        (folder / "publish.toml").write_text(
            MANIFEST.format(xet="false" if path == "lfs" else "true"), "utf-8"
        )
        # Other bytes than before, or xet would find them all.
        with weights.open("r+b") as file:
            for number in range(int(gib * 1024)):
                file.seek((number << 20) + 4096)
                file.write(os.urandom((1 << 20) - 8192))
        first = measured(RELEASE, folder / "publish.toml", env)
        second = measured(RELEASE, folder / "publish.toml", env)
        commit = first["verbs"]["commit"]
        print(f"{path}: upload_file {own['seconds']:.1f} s, peak {own['peak'] / 1024:.0f} MiB")
        print(
            f"{path}: release {first['seconds']:.1f} s (reading {first['loading']:.1f} s, commit"
            f" {commit:.1f} s), peak {first['peak'] / 1024:.0f} MiB"
        )
        print(
            f"{path}: ratio of the commit {commit / own['seconds']:.2f}, of reading and commit"
            f" {(commit + first['loading']) / own['seconds']:.2f}"
        )
        print(
            f"{path}: again {second['seconds']:.1f} s, {second['read'] / 2**20:.0f} MiB read,"
            f" did {sorted(second['verbs'])}",
            flush=True,
        )
    finally:
        served.terminate()
        served.wait()


def main(arguments: list[str]) -> None:
    gib = next((float(word) for word in arguments if word[0].isdigit()), 2.0)
    print(time.strftime("%F"), f"{gib} GiB, {os.cpu_count()} cores", flush=True)
    for path in [word for word in arguments if word in ("lfs", "xet")] or ["lfs", "xet"]:
        folder = Path(tempfile.mkdtemp(prefix="pubflow-bench-"))
        try:
            run(path, gib, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
