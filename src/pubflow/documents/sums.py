"""SHA256SUMS: what `sha256sum -c` reads."""

from __future__ import annotations

from collections.abc import Iterable

from pubflow.manifest import File


def render(files: Iterable[File]) -> str:
    """One line for each file, in the order of their names' bytes; empty for no file.

    A name with a backslash or a line break is escaped and its line begins with a backslash, as
    coreutils do (manual of coreutils 9, "cksum output modes"). Raises ValueError for a file whose
    digest is not known yet.
    """
    return "".join(_line(file) for file in sorted(files, key=lambda file: file.name.encode()))


def _line(file: File) -> str:
    if file.promised:
        raise ValueError(f"{file.name!r} has no digest yet")
    name = file.name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if name != file.name else ""
    return f"{mark}{file.sha256}  {name}\n"
