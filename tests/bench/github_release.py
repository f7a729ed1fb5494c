"""How many requests, seconds and bytes of memory a release to GitHub takes, against the stand-in.

`python tests/bench/github_release.py`. Prints requests by kind, and memory for a small checkout
and for one with 20,000 files and a 1 GiB asset: the ratio says whether memory grows with the size.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from platforms.github.scene import Scene
from platforms.github.test_size import GIB, history, released

from pubflow.rehearsal import Rehearsal

MIB = 1024**2


def measured(name: str, files: int, commits: int, bulk: int) -> tuple[float, float]:
    """Seconds and peak bytes."""
    with Rehearsal.start() as rehearsal, tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        checkout.mkdir()
        history(checkout, files, commits, bulk)
        scene = Scene(rehearsal, Path(folder))
        told = released(scene, checkout, name)
        seen = scene.requests()
        kinds = Counter(re.sub(r"[0-9a-f]{40}|\b\d{4,}\b", "N", line) for line in seen)
        print(f"{name}: {files} files, {bulk / MIB:.0f} MiB more, {told['actions']} actions")
        print(f"  {len(seen)} requests, {told['seconds']:.1f} s")
        print(f"  peak {told['peak'] / MIB:.0f} MiB; git children {told['children'] / MIB:.0f} MiB")
        for kind, count in kinds.most_common(5):
            print(f"  {count:3} {kind[:90]}")
        return told["seconds"], told["peak"]


def main() -> None:
    _, small = measured("small", 100, 10, 0)
    _, large = measured("large", 20_000, 200, GIB)
    print(f"memory, large to small: {large / small:.2f}")


if __name__ == "__main__":
    main()
