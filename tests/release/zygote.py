"""A process that has everything imported and forks one pubflow for each line it reads.

`{"args": [...], "cwd": "...", "env": {...}, "log": "..."}` -> `{"pid": n}` at once, and
`{"pid": n, "code": n}` when that child has ended (-9 for a SIGKILL). A fresh interpreter costs most
of a second; a fork costs nothing, so sweeps over hundreds of kill points become possible.
"""

from __future__ import annotations

import json
import os
import sys

import github
import keyring
import pydantic
import requests
import tomlkit

import pubflow.assemble
import pubflow.cli
import pubflow.documents.bibtex
import pubflow.platforms.github
import pubflow.platforms.zenodo
import pubflow.views.done

READY = (github, keyring, pydantic, requests, tomlkit, pubflow.assemble)


def child(order: dict[str, object]) -> None:
    os.chdir(str(order["cwd"]))
    os.environ.clear()
    os.environ.update(order["env"])  # type: ignore[call-overload]
    log = os.open(str(order["log"]), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for number, handle in enumerate((null, log, log)):
        os.dup2(handle, number)
    sys.argv = ["pubflow", *order["args"]]  # type: ignore[misc]
    try:
        pubflow.cli.main()
    except SystemExit as ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    os._exit(99)


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            child(json.loads(line))
        print(json.dumps({"pid": pid}), flush=True)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"pid": pid, "code": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()
