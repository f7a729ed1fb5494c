"""Contents of git's objects, one after the other, from one process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pubflow.commit.cargo import started
from pubflow.errors import PubflowError


def contents(where: Path, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Id and bytes of each object, in that order; one in memory at a time. Raises PubflowError."""
    if not ids:
        return
    with tempfile.TemporaryFile() as names:
        names.write("".join(f"{name}\n" for name in ids).encode())
        names.seek(0)
        with started(where, ["cat-file", "--buffer", "--batch"], names) as child:
            assert child.stdout is not None
            for name in ids:
                facts = child.stdout.readline().split()
                if len(facts) != 3:
                    child.kill()
                    raise PubflowError(
                        f"git could not read the object {name[:10]} in {where}.",
                        why="What is pushed is looked through for secrets first.",
                        hint="Fetch what is missing, or look:\n\n    git fsck",
                    )
                size = int(facts[2])
                yield name, child.stdout.read(size + 1)[:size]
