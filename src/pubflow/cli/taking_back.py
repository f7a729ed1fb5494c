"""`discard`: what is not public yet goes, after a question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pubflow.cli.opening import MANIFEST, opened
from pubflow.errors import PubflowError

if TYPE_CHECKING:
    from pubflow.cli.gate import Discarding

_ABOUT = "Whose drafts are deleted. Without it: publish.toml, in this folder."


def discard(
    file: Annotated[
        Path, typer.Argument(help=_ABOUT, metavar="PUBLISH.TOML", show_default=False)
    ] = MANIFEST,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before it is deleted.")] = (
        False
    ),
    as_json: Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="HOST[:PORT]", help="As for plan. Repeatable."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=64, metavar="N", help="Targets at the same time.")
    ] = 4,
) -> None:
    """Take back a release that is not public yet.

    Deleted are drafts with their reserved DOIs, the claim, and a repository of pubflow's own making
    while it is empty. What else was made is listed, with the page where its owner can delete it.
    """
    from pubflow import discard as library
    from pubflow.cli.gate import Discarding, ctrl_c
    from pubflow.views import discard as view
    from pubflow.views import lines, progress, text

    gate: Discarding | None = None
    try:
        watch = progress.for_stream()
        with (
            watch.shown(),
            opened(file, watch, allow_host, jobs, absent=True) as found,
            ctrl_c(found.world.stop),
        ):
            tag = found.world.manifest.release.tag
            gate = Discarding(tag, watch, yes=yes, quiet=as_json)
            made = library.discard(found, gate.approve)
    except PubflowError as error:
        if as_json:
            lines.say(view.failed(error, file.name, gate.found if gate else None))
        raise
    if as_json:
        lines.say(view.as_json(made))
    else:
        text.say(view.done(made))
