"""How every command begins: the publish.toml that it is about, found and opened."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pubflow.errors import PubflowError

if TYPE_CHECKING:
    from pubflow.assemble import Opened
    from pubflow.engine import Watch

MANIFEST = Path("publish.toml")
ABOUT = "What is to be released. Without it: publish.toml, in this folder."

File = Annotated[Path, typer.Argument(help=ABOUT, metavar="PUBLISH.TOML", show_default=False)]


def there(file: Path) -> None:
    """Says how to begin where there is no publish.toml yet. What is told later names this file."""
    from pubflow.views import text

    text.about("" if file == MANIFEST else str(file))
    if file.exists() or file.is_symlink():
        return
    above = (folder / file for folder in Path.cwd().parents)
    if file == MANIFEST and (found := next((one for one in above if one.is_file()), None)):
        raise PubflowError(
            f"There is no {file} in this folder, but in {found.parent}.",
            why="Its paths count from the folder that it lies in.",
            hint=f"Go there:\n\n    cd {shlex.quote(str(found.parent))}",
        )
    raise PubflowError(
        f"There is no {file}.",
        why="It says what is to be released, and lies beside it.",
        hint="Begin with what this folder says already:\n\n    pubflow init\n\n"
        "Or watch a release of the example, in a clone of pubflow's repository:\n\n"
        "    pubflow rehearse publish.example.toml",
    )


@contextlib.contextmanager
def opened(
    file: Path,
    watch: Watch,
    hosts: list[str] | None,
    jobs: int,
    *,
    offline: bool = False,
    absent: bool = False,
    looking: bool = False,
    commit: bool = False,
) -> Iterator[Opened]:
    from pubflow.assemble import open_release
    from pubflow.ci import report

    with report.told(os.environ, file):
        there(file)
        with open_release(
            file,
            env=os.environ,
            watch=watch,
            hosts=frozenset(hosts or ()),
            jobs=jobs,
            offline=offline,
            absent=absent,
            looking=looking,
            code_on=("worktree",) if commit else (),
        ) as release:
            yield release
