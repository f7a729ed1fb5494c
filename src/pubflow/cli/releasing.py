"""`plan` and `release`: what would change, and changing it."""

from __future__ import annotations

import contextlib
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Exit

from pubflow.cli import ending
from pubflow.cli.opening import MANIFEST, File, opened
from pubflow.errors import PubflowError

if TYPE_CHECKING:
    from pubflow.actions import Stage
    from pubflow.assemble import Opened

AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        metavar="HOST[:PORT]",
        help="A host besides the platforms' own that publish.toml may name. Repeatable.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option("--jobs", min=1, max=64, metavar="N", help="How many targets at the same time."),
]
Commit = Annotated[bool, typer.Option("--commit", help="Commit its documents to your branch too.")]
Json = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")]


class Until(StrEnum):
    RESERVE = "reserve"
    UPLOAD = "upload"


def plan(
    file: File = MANIFEST,
    as_json: Json = False,
    detailed_exitcode: Annotated[
        bool,
        typer.Option(
            "--detailed-exitcode", help="Exit with 2 when there are changes to make, 0 when not."
        ),
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody: as if nothing had begun.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Keep it, for `release --plan FILE`."),
    ] = None,
    commit: Commit = False,
    allow_host: AllowHost = None,
    jobs: Jobs = 4,
) -> None:
    """Show exactly what would change. Changes nothing, ever."""
    from pubflow import saved
    from pubflow.ci import report
    from pubflow.views import lines, progress, text
    from pubflow.views import plan as plan_view

    if out is not None and out.is_dir():
        ending.usage(f"{out} is a folder. Name a file:\n\n    pubflow plan --out plan.json")
    try:
        watch, more = progress.for_stream(), {"offline": offline, "commit": commit, "looking": True}
        with (
            watch.shown(),
            opened(file, watch, allow_host, jobs, **more) as found,
        ):
            seen = found.plan()
            if out is not None:
                saved.write(out, found, seen, os.environ)
    except PubflowError as error:
        if as_json:
            lines.say(lines.failed(error, file.name))
        raise
    if as_json:
        lines.say(lines.plan(seen))
    else:
        text.say(plan_view.human(seen))
    report.plan(os.environ, file, seen, out)
    if seen.plan.errors:
        raise Exit(1)
    if detailed_exitcode and seen.plan:
        raise Exit(2)


def release(
    file: File = MANIFEST,
    until: Annotated[
        Until | None,
        typer.Option("--until", help="Stop before anything is public.", show_default=False),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="TARGET", help="Only this: weights.x@zenodo. Repeatable."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask before things become public.")
    ] = False,
    approved: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Do what this plan says, or nothing."),
    ] = None,
    commit: Commit = False,
    as_json: Json = False,
    allow_host: AllowHost = None,
    jobs: Jobs = 4,
) -> None:
    """Reserve, upload, publish. Run again to go on."""
    from pubflow import saved
    from pubflow.actions import Stage
    from pubflow.ci import report
    from pubflow.cli.gate import Gate, ctrl_c
    from pubflow.views import done, lines, progress, text

    if commit and until is Until.RESERVE:
        ending.usage(
            "--commit comes after the reserving:\n\n    pubflow release --until upload --commit"
        )
    watch: progress.Plain | lines.JsonLines
    watch = lines.JsonLines() if as_json else progress.for_stream()
    try:
        timed = report.Timed(watch)
        with (
            getattr(watch, "shown", contextlib.nullcontext)(),
            opened(file, timed, allow_host, jobs, commit=commit) as found,
            ctrl_c(found.world.stop),
        ):
            last = _stage(found, until)
            kept = saved.read(approved) if approved else None
            if kept:
                kept.fresh(saved.basis(found, os.environ))
            tag = found.world.manifest.release.tag
            gate = Gate(tag, watch, last, yes=yes or last < Stage.PUBLISH, kept=kept)
            seen = found.release(
                until=last,
                only=frozenset(only or ()),
                baseline=gate.baseline,
                approve=gate.approve,
            )
    except PubflowError as error:
        ending.stays_until(error, until)
        if isinstance(watch, lines.JsonLines):
            watch.error(error)
        raise
    if isinstance(watch, lines.JsonLines):
        watch.done(seen, last.name.lower())
    else:
        text.say(done.human(seen, last))
    report.release(os.environ, file, seen, last, timed)


def _stage(opened: Opened, until: Until | None) -> Stage:
    """Where this run stops: where it was told to, or before the public while under review."""
    from pubflow.actions import Stage
    from pubflow.views import text

    if until is not None:
        return Stage[until.name]
    if opened.world.manifest.release.paper.status == "under-review":
        words = 'The paper is "under-review" in publish.toml: stopping before anything is public.'
        text.say([words], sys.stderr)
        return Stage.UPLOAD
    return Stage.PUBLISH
