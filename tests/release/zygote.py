"""A process that has everything imported and forks one pubflow for each line it reads.

`{"args": [...], "cwd": "...", "env": {...}, "log": "..."}` -> `{"pid": n}` at once; the child waits
for the line `go`, so that a fault can be armed for it before its first request. `{"pid": n,
"code": n}` follows when it has ended (-9 for a SIGKILL). A fresh interpreter costs most of a
second; a fork costs nothing, so sweeps over thousands of kill points become possible.

What the child says goes to `log`; with `"err": "..."`, what it says on stderr to that file.
With `"writes": "..."` the child appends a byte to that file for each durable write of its own
(journal, publish.lock); with `"die": [n, "before" | "after"]` it kills itself at the n-th. With
`"room": n` the system lets it write no file that is longer than so many bytes.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pkgutil
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pubflow
import pubflow.cli
from pubflow import lockfile
from pubflow.journal import Journal
from pubflow.load import licenses

PR_SET_CHILD_SUBREAPER = 36
"""Orphans below become our children; prctl(2), linux/prctl.h."""


def warm() -> None:
    """Import and read what any run might."""
    for module in pkgutil.walk_packages(pubflow.__path__, "pubflow."):
        if not module.name.startswith(("pubflow.__main__", "pubflow.rehearsal")):
            import_module(module.name)
    import_module("tomlkit")
    licenses.spdx("MIT")  # Reads all licences there are.


def counted(file: str, die: list[Any]) -> None:
    """Write down each durable write, and die at the one that is named."""
    at, when = die or (0, "")
    seen = 0

    def around(write: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **more: Any) -> Any:
            nonlocal seen
            seen += 1
            with open(file, "ab") as writes:
                writes.write(b".")
            if (seen, "before") == (at, when):
                os.kill(os.getpid(), signal.SIGKILL)
            done = write(*args, **more)
            if (seen, "after") == (at, when):
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return wrapped

    for name in ("begin", "commit", "put_claim"):
        setattr(Journal, name, around(getattr(Journal, name)))
    lockfile.write = around(lockfile.write)


def child(order: dict[str, Any], go: int) -> None:
    os.read(go, 1)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    tempfile.tempdir = None
    log = _new(order["log"])
    err = _new(order["err"]) if order.get("err") else log
    null = os.open(os.devnull, os.O_RDONLY)
    for number, handle in enumerate((null, log, err)):
        os.dup2(handle, number)
    sys.argv = ["pubflow", *order["args"]]
    if order.get("room"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["room"], order["room"]))
    if order.get("writes"):
        counted(order["writes"], order.get("die") or [])
    try:
        pubflow.cli.main()
    except SystemExit as ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    os._exit(99)


def _new(file: str) -> int:
    return os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)


def main() -> None:
    warm()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for line in sys.stdin:
        order = json.loads(line)
        os.close(_new(order["log"]))  # Who dies before it began has said nothing.
        waiting, go = os.pipe()
        pid = os.fork()
        if not pid:
            child(order, waiting)
        print(json.dumps({"pid": pid}), flush=True)
        sys.stdin.readline()
        os.write(go, b".")
        _, status = os.waitpid(pid, 0)
        # A git that outlived its run may still be pushing; what it does belongs to that run.
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()
        for end in (waiting, go):
            os.close(end)
        print(json.dumps({"pid": pid, "code": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
