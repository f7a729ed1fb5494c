"""The command line: options -> library -> view -> exit code. Dull on purpose.

Everything heavy is imported inside the commands, so that `--help` is quick.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.exceptions import Exit, TyperException

from pubflow import __version__
from pubflow.errors import Blocked, Interrupted, PubflowError, Refused

if TYPE_CHECKING:
    from pubflow.actions import Stage
    from pubflow.assemble import Opened
    from pubflow.engine import Watch
    from pubflow.plan import Plan
    from pubflow.views.progress import Plain

USAGE = 64
"""EX_USAGE of sysexits.h."""

app = typer.Typer(
    name="pubflow",
    help="""Publish a paper's code, weights and data as one release, each citing the others.

    One publish.toml; GitHub, the Hugging Face Hub and Zenodo. Start with a rehearsal, which needs
    no account and no network:

        pubflow rehearse

    Then look, which changes nothing; get the DOIs; have all ready; and release:

    \b
        pubflow plan
        pubflow release --until reserve
        pubflow release --until upload
        pubflow release
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

File = Annotated[Path, typer.Argument(help="The manifest.", metavar="[PUBLISH.TOML]")]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        metavar="HOST[:PORT]",
        help="A host besides the platforms' own that publish.toml may name. May be repeated.",
    ),
]
Jobs = Annotated[int, typer.Option(min=1, max=64, help="How many targets at the same time.")]
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


@app.command()
def plan(
    file: File = Path("publish.toml"),
    as_json: Json = False,
    detailed_exitcode: Annotated[
        bool, typer.Option(help="Exit with 2 when there are changes to make, with 0 when not.")
    ] = False,
    offline: Annotated[
        bool, typer.Option(help="Ask nobody: the plan of a release that has not begun.")
    ] = False,
    allow_host: AllowHost = None,
    jobs: Jobs = 4,
) -> None:
    """Look at all platforms and show exactly what would change. Changes nothing, ever."""
    from pubflow.views import lines, progress, text
    from pubflow.views import plan as plan_view

    try:
        with _opened(file, progress.Plain(), allow_host, jobs, offline=offline) as opened:
            seen = opened.plan()
    except Blocked as blocked:
        if as_json:
            print(lines.text(lines.blocked(blocked.problems)))
            raise Exit(1) from None
        raise
    if as_json:
        print(lines.text(lines.plan(seen)))
    else:
        text.say(plan_view.human(seen))
    if seen.plan.errors:
        raise Exit(1)
    if detailed_exitcode and seen.plan:
        raise Exit(2)


@app.command()
def release(
    file: File = Path("publish.toml"),
    until: Annotated[
        Until | None, typer.Option(help="Stop before anything is public.", show_default=False)
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="TARGET", help="Upload just this, as weights.x@zenodo. Repeatable."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask at the gate.")] = False,
    as_json: Json = False,
    allow_host: AllowHost = None,
    jobs: Jobs = 4,
) -> None:
    """Reserve, upload, compare, link; then open it all, the DOIs last. Run again to go on."""
    from pubflow.actions import Stage
    from pubflow.views import done, lines, progress, text

    watch: Plain | lines.JsonLines = lines.JsonLines() if as_json else progress.for_stream()
    try:
        with _opened(file, watch, allow_host, jobs) as opened, _ctrl_c(opened.world.stop):
            last = _stage(opened, until)
            asks = _Gate(opened, watch, yes=yes or last < Stage.PUBLISH)
            with getattr(watch, "shown", contextlib.nullcontext)():
                seen = opened.release(
                    until=last,
                    only=frozenset(only or ()),
                    baseline=asks.baseline,
                    approve=asks.approve,
                )
    except PubflowError as error:
        if isinstance(watch, lines.JsonLines):
            watch.error(error)
        raise
    if isinstance(watch, lines.JsonLines):
        watch.done(seen, last.name.lower())
    else:
        text.say(done.human(seen, last))


def _stage(opened: Opened, until: Until | None) -> Stage:
    """Where this run stops: where it was told to, or before the public while under review."""
    from pubflow.actions import Stage
    from pubflow.views import text

    if until is not None:
        return Stage[until.name]
    if opened.world.manifest.release.paper.status == "under-review":
        text.say(
            ['The paper is "under-review" in publish.toml: stopping before anything is public.'],
            sys.stderr,
        )
        return Stage.UPLOAD
    return Stage.PUBLISH


class _Gate:
    """The person's word before anything becomes public."""

    def __init__(self, opened: Opened, watch: Watch, *, yes: bool) -> None:
        self._release = opened.world.manifest.release
        self._watch = watch
        self._yes = yes

    def baseline(self, plan: Plan) -> None:
        """Nobody to ask later: refuse before the first change."""
        if plan and not self._yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise Refused(
                "Nobody can be asked here before things become public, as this is no terminal.",
                why="Publishing cannot be undone. Nothing was changed.",
                hint="Say yes beforehand, or stop before anything is public:\n\n"
                "    pubflow release --yes\n    pubflow release --until upload",
            )

    def approve(self, plan: Plan) -> None:
        from pubflow.views import plan as plan_view
        from pubflow.views import text

        if self._yes:
            return
        with getattr(self._watch, "paused", contextlib.nullcontext)():
            text.say(plan_view.gate(plan), sys.stderr)
            print(f"Type the tag {self._release.tag} to publish: ", end="", file=sys.stderr)
            sys.stderr.flush()
            typed = sys.stdin.readline().strip()
        if typed != self._release.tag:
            raise Refused(
                "Not published.",
                why="Everything stays uploaded and private.",
                hint="When it is time:\n\n    pubflow release",
            )


@app.command()
def status(file: File = Path("publish.toml"), as_json: Json = False) -> None:
    """What is out, what is left lying about, what comes next. Asks nobody."""
    from pubflow.assemble import status as known
    from pubflow.views import done, lines, text

    seen = known(file, env=os.environ)
    if as_json:
        print(
            lines.text(
                {
                    "schema": lines.SCHEMA,
                    "identity": seen.identity,
                    "version": seen.version,
                    "releases": _json(seen.locked.releases),
                    "unfinished": list(seen.unfinished),
                }
            )
        )
    else:
        text.say(done.status(seen))


def _json(value: object) -> object:
    """TOML values as JSON: dates become text."""
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


@app.command()
def rehearse(
    file: Annotated[
        Path | None, typer.Argument(help="The manifest.", metavar="[PUBLISH.TOML]")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Only start the stand-ins, and run until stopped.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --serve: their addresses as one line of JSON.")
    ] = False,
    state: Annotated[
        Path | None, typer.Option(help="With --serve: keep their world here between runs.")
    ] = None,
) -> None:
    """Play the whole release for real against stand-ins here: no account, no token, no network."""
    if serve:
        from pubflow.rehearsal.serve import serve as run

        run(state, as_json, sys.stdout)
        return
    if as_json or state is not None:
        _usage("--json and --state go with --serve.")
    from pubflow.rehearsal.play import play

    play(file or Path("publish.toml"), sys.stdout)


@app.command()
def schema() -> None:
    """Print the JSON Schema of publish.toml, for editors."""
    import json

    from pubflow.load import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@contextlib.contextmanager
def _opened(
    file: Path, watch: Watch, hosts: list[str] | None, jobs: int, *, offline: bool = False
) -> Iterator[Opened]:
    from pubflow.assemble import open_release

    with open_release(
        file,
        env=os.environ,
        watch=watch,
        hosts=frozenset(hosts or ()),
        jobs=jobs,
        offline=offline,
    ) as opened:
        yield opened


@contextlib.contextmanager
def _ctrl_c(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C finishes what is in flight; the second ends at once."""

    def stopping(signum: int, frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()
        os.write(2, b"\nStopping: finishing what is in flight. Once more to stop at once.\n")

    before = signal.signal(signal.SIGINT, stopping)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _usage(words: str) -> NoReturn:
    print(words, file=sys.stderr)
    raise Exit(USAGE)


def main() -> NoReturn:
    """Run a command and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = _run()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; nothing is left to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _run() -> int:
    from pubflow.views import problems, text

    try:
        done = app(standalone_mode=False)
    except Exit as ended:
        return ended.exit_code
    except TyperException as wrong:
        show = getattr(wrong, "show", None)
        show() if show else print(wrong, file=sys.stderr)
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        text.say(problems.failure(Interrupted("Stopped.")), sys.stderr)
        return 130
    except PubflowError as error:
        text.say(problems.failure(error), sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        raise
    except Exception as wrong:
        return _unexpected(wrong)
    return done if isinstance(done, int) else 0


def _unexpected(wrong: Exception) -> int:
    """A mistake of ours: one sentence; the whole trace only when it is asked for."""
    import traceback

    from pubflow.views import text

    words = [f"pubflow made a mistake: {type(wrong).__name__}: {wrong}"]
    if os.environ.get("PUBFLOW_DEBUG"):
        words += "".join(traceback.format_exception(wrong)).rstrip().split("\n")
    else:
        words += [
            "What was sent is in the journal. See more with:",
            "",
            "    export PUBFLOW_DEBUG=1",
        ]
    text.say(words, sys.stderr)
    return 1
