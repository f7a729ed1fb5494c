"""Two GiB to a record: wall time beside `curl -T` to the same sink, and peak memory.

Run it alone: `python tests/bench/zenodo_large.py [GiB] [rounds]`. The sink is a process that reads
bodies and forgets them. Digests are known beforehand, as after a plan; each round sends the file
once with curl and once as one upload action (announce, send, commit, compare), in turns.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SINK = """
import json, socket, sys
size = int(sys.argv[1])
entry = {"key": "large.bin", "size": size, "checksum": "md5:" + "0" * 32, "status": "completed"}
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
block = bytearray(1 << 20)
while True:
    peer, _ = server.accept()
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    file = peer.makefile("rb", buffering=1 << 20)
    while line := file.readline():
        left, words = 0, line.split()
        while (head := file.readline()) not in (b"\\r\\n", b""):
            name, _, value = head.partition(b":")
            if name.lower() == b"content-length":
                left = int(value)
            if name.lower() == b"expect":
                peer.sendall(b"HTTP/1.1 100 Continue\\r\\n\\r\\n")
        while left and (got := file.readinto1(memoryview(block)[: min(left, 1 << 20)])):
            left -= got
        body = json.dumps({**entry, "entries": []}).encode()
        peer.sendall(
            b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: "
            + str(len(body)).encode() + b"\\r\\n\\r\\n" + body
        )
    peer.close()
"""

UPLOAD = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
from pubflow.claim import Claim
from pubflow.http import Session
from pubflow.manifest import Artifact, File, Kind, Paper, Release, Target
from pubflow.platforms.zenodo.client import Client
from pubflow.platforms.zenodo.doing import Doer
from pubflow.platforms.zenodo.state import Record, ZenodoState
from pubflow.clock import Time

base, path = sys.argv[1], Path(sys.argv[2])
file = File("large.bin", path.stat().st_size, "0" * 64, "0" * 32, source=path)
data = Artifact("data.x", Kind.DATA, path, files=(file,))
release = Release("o/r", "1.0.0", "v1.0.0", Paper("P", ()), (data,))
target = Target(data, "zenodo", release, {}, (file,))
doer = Doer(Client(Session(base)), base, Claim("o/r", "1.0.0", date(2026, 11, 20)), Time())
sent = []
start = time.perf_counter()
doer.upload(target, ZenodoState(base, record=Record("1")), file, sent.append)
took = time.perf_counter() - start
assert sum(sent) == file.size
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": took, "peak": peak}))
"""


def curl(url: str, path: Path) -> float:
    done = subprocess.run(
        ["curl", "-sS", "-o", os.devnull, "-w", "%{time_total}", "-T", str(path), url],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def ours(base: str, path: Path) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", UPLOAD, base, str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    said = json.loads(done.stdout)
    return said["seconds"], said["peak"] / 1024


def main(arguments: list[str]) -> None:
    gib = float(arguments[0]) if arguments else 2.0
    rounds = int(arguments[1]) if len(arguments) > 1 else 9
    folder = Path(tempfile.mkdtemp(prefix="pubflow-bench-"))
    path = folder / "large.bin"
    block = os.urandom(1 << 20)
    with path.open("wb") as file:
        for _ in range(int(gib * 1024)):
            file.write(block)
    sink = subprocess.Popen(
        [sys.executable, "-c", SINK, str(path.stat().st_size)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert sink.stdout is not None
        base = f"http://127.0.0.1:{sink.stdout.readline().strip()}"
        socket.create_connection(("127.0.0.1", int(base.rsplit(":", 1)[1]))).close()
        curl(f"{base}/warm", path)
        theirs, mine, peaks = [], [], []
        for _ in range(rounds):
            theirs.append(curl(f"{base}/api/content", path))
            seconds, peak = ours(base, path)
            mine.append(seconds)
            peaks.append(peak)
        ratio = statistics.median(mine) / statistics.median(theirs)
        print(time.strftime("%F"), f"{gib} GiB, {rounds} rounds, {os.cpu_count()} cores")
        print(f"curl -T {statistics.median(theirs):.2f} s (best {min(theirs):.2f})")
        print(f"pubflow {statistics.median(mine):.2f} s (best {min(mine):.2f})")
        print(f"ratio {ratio:.2f} (of the best {min(mine) / min(theirs):.2f})")
        print(f"peak {max(peaks):.0f} MiB")
    finally:
        sink.kill()
        sink.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
