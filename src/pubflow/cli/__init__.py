"""The command line: options -> library -> view -> exit code. Dull on purpose.

Everything heavy is imported inside the commands, so that `--help` is quick.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import Exit

from pubflow import __version__
from pubflow.cli import beginning, ending, proving, releasing, taking_back
from pubflow.cli.opening import ABOUT, MANIFEST, File, there

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


def rehearse(
    file: Annotated[
        Path | None,
        typer.Argument(help=ABOUT, metavar="PUBLISH.TOML", show_default=False),
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
    there(file or MANIFEST)
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
    releasing.plan,
    releasing.release,
    taking_back.discard,
    proving.status,
    proving.cite,
    proving.verify,
    rehearse,
    ci,
    beginning.schema,
):
    app.command()(_command)


def main() -> NoReturn:
    """Run a command and exit with its code."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from pubflow.ci import guard

        guard.stand()
    ending.run(app)
