"""`init` and `check`: a first publish.toml, and whether a release could begin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import Exit

from pubflow.cli.opening import MANIFEST, File, there
from pubflow.errors import PubflowError


def init(
    file: Annotated[
        Path,
        typer.Argument(
            help="Where it is written. Without it: publish.toml, in this folder.",
            metavar="PUBLISH.TOML",
            show_default=False,
        ),
    ] = MANIFEST,
) -> None:
    """Write a publish.toml from what this folder already says.

    Title, authors, version, licence and remote by CITATION.cff, README, pyproject.toml, LICENSE and
    git; weights and data by the folders that hold such files. Comments tell what came from where,
    and what is a guess. Writes over nothing, and asks nobody.
    """
    import pubflow
    from pubflow.load.draft import write
    from pubflow.views import readiness as view
    from pubflow.views import text

    text.about("" if file == MANIFEST else str(file))
    write(file)
    text.say(view.begun(str(file), pubflow.check(file)))


def check(
    file: File = MANIFEST,
    online: Annotated[
        bool, typer.Option("--online", help="Ask the platforms too, with your tokens.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="HOST[:PORT]", help="As for plan. Repeatable."),
    ] = None,
) -> None:
    """What would fail or embarrass later. Asks nobody and changes nothing.

    Mistakes in publish.toml with their lines; names, sizes and licences that a platform would
    refuse; secrets and unwanted files; what your own CITATION.cff, README and cards say otherwise.
    Exit code 1 if anything speaks against a release ([checks] fail_on says how grave it must be).
    """
    from pubflow import readiness
    from pubflow.ci import report
    from pubflow.views import lines, progress, text
    from pubflow.views import readiness as view

    try:
        watch, hosts = progress.for_stream(), frozenset(allow_host or ())
        with report.told(os.environ, file), watch.shown():
            there(file)
            found = readiness.check(file, online=online, env=os.environ, hosts=hosts, watch=watch)
    except PubflowError as error:
        if as_json:
            lines.say(view.failed(error, file.name))
        raise
    if as_json:
        lines.say(view.as_json(found))
    else:
        text.say(view.human(found))
    report.verified(os.environ, file, found.problems)
    if not found.ready:
        raise Exit(1)


def schema() -> None:
    """Print the JSON Schema of publish.toml, for editors."""
    import json

    from pubflow.load import json_schema
    from pubflow.views import text

    text.document(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
