"""A whole release to GitHub in a process of its own, which tells how much memory it took.

`python one_release.py <checkout> <folder>` with the stand-in's variables in the environment prints
`{"peak": bytes, "children": bytes, "seconds": ..., "actions": ...}`; with LOG, all logs on stderr.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).parents[2]))

from platforms.github.scene import REPO, Run, Scene


def peak() -> int:
    """Bytes that this process held at most. Not ru_maxrss: Linux begins it with the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(checkout: str, folder: str) -> None:
    if os.environ.get("LOG"):
        logging.basicConfig(level="DEBUG")
    stage: Any = SimpleNamespace(env=dict(os.environ))
    root = Path(folder)
    root.mkdir(exist_ok=True)
    if not (root / "paper").exists():
        (root / "paper").symlink_to(checkout)
    scene = Scene(cast(Any, stage), root, repo=os.environ.get("REPO", REPO))
    scene.history, scene.below = os.environ.get("HISTORY", "full"), os.environ.get("BELOW", ".")
    began = time.monotonic()
    done = Run(scene, root / f"run-{os.getpid()}").release()
    told = {
        "peak": peak(),
        "children": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
        "seconds": time.monotonic() - began,
        "actions": len(done),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
