"""The command line: options -> library -> view -> exit code. Dull on purpose.

Everything heavy is imported inside the commands, so that `--help` is quick.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.exceptions import Exit

from pubflow import __version__
from pubflow.cli import beginning, ending, proving, taking_back
from pubflow.errors import PubflowError

if TYPE_CHECKING:
    from pubflow.actions import Stage
    from pubflow.assemble import Opened
    from pubflow.engine import Watch

app = typer.Typer(
    name="pubflow",
    help="""Publish a paper's code, weights and data as one release, each citing the others.

    One publish.toml; GitHub, the Hugging Face Hub and Zenodo. Five steps, the first without account
    or network, the first two without changing anything:

    \b
        pubflow rehearse                    play it here, against stand-ins
        pubflow plan                        see exactly what would change
        pubflow release --until reserve     get the DOIs; nothing is public
        pubflow release --until upload      have all in place; nothing is public
        pubflow release                     open it all, the DOIs last

    Stopped halfway? Run it again, and it goes on.
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

MANIFEST = Path("publish.toml")
ABOUT_FILE = "What is to be released. Without it: publish.toml, in this folder."

File = Annotated[Path, typer.Argument(help=ABOUT_FILE, metavar="PUBLISH.TOML", show_default=False)]
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


def _version(wanted: bool) -> None:
    if wanted:
        print(f"pubflow {__version__}")
        raise Exit(0)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Nothing but options that end the program."""


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

    try:
        watch, more = progress.Plain(), {"offline": offline, "commit": commit, "looking": True}
        with (
            contextlib.nullcontext() if offline else progress.looking(),
            _opened(file, watch, allow_host, jobs, **more) as opened,
        ):
            seen = opened.plan()
            if out is not None:
                saved.write(out, opened, seen, os.environ)
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
            _opened(file, timed, allow_host, jobs, commit=commit) as opened,
            ctrl_c(opened.world.stop),
        ):
            last = _stage(opened, until)
            kept = saved.read(approved) if approved else None
            if kept:
                kept.fresh(saved.basis(opened, os.environ))
            tag = opened.world.manifest.release.tag
            gate = Gate(tag, watch, last, yes=yes or last < Stage.PUBLISH, kept=kept)
            with getattr(watch, "shown", contextlib.nullcontext)():
                seen = opened.release(
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


def rehearse(
    file: Annotated[
        Path | None,
        typer.Argument(help=ABOUT_FILE, metavar="PUBLISH.TOML", show_default=False),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Only the stand-ins, for any owner, until stopped.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --serve: their addresses as one line of JSON.")
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="DIR", help="With --serve: keep their world here."),
    ] = None,
) -> None:
    """Play a whole release here, without account or network."""
    if serve:
        if file is not None:
            ending.usage("--serve plays no release: leave the file out.")
        from pubflow.rehearsal.serve import serve as run

        run(state, as_json, sys.stdout)
        return
    if as_json or state is not None:
        ending.usage("--json and --state go with --serve.")
    _there(file or MANIFEST)
    from pubflow.rehearsal.play import play

    play(file or MANIFEST, sys.stdout)


def ci(
    file: File = MANIFEST,
    action: Annotated[
        str,
        typer.Option("--action", metavar="OWNER/NAME@COMMIT", help="pubflow's Action, pinned."),
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Write over workflows that are there.")
    ] = False,
) -> None:
    """Write workflows for GitHub Actions.

    They release a tag, plan pull requests and verify weekly.
    """
    from pubflow.ci import workflows
    from pubflow.views import text

    text.say(workflows.told(workflows.write(file, action, force=force)))


for _command in (  # In this order they stand in the help, as in the README.
    beginning.init,
    beginning.check,
    plan,
    release,
    taking_back.discard,
    proving.status,
    proving.cite,
    proving.verify,
    rehearse,
    ci,
    beginning.schema,
):
    app.command()(_command)


def _there(file: Path) -> None:
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
def _opened(
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
        _there(file)
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
        ) as opened:
            yield opened


def main() -> NoReturn:
    """Run a command and exit with its code."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from pubflow.ci import guard

        guard.stand()
    ending.run(app)
