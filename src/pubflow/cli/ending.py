"""How a run ends: every error once, on stderr, in plain words and without secrets; and its code.

0 done; 1 an error; 2 only from `plan --detailed-exitcode`; 3 refused; 64 usage (EX_USAGE of
sysexits.h); 75 try again (EX_TEMPFAIL); 130 Ctrl-C. `pubflow` alone shows its help and is a usage
error, so that a script whose command turned out empty does not pass as done.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

import typer
from typer.exceptions import Exit, TyperException

from pubflow.errors import Interrupted, PubflowError

if TYPE_CHECKING:
    from pubflow.views.text import Line

USAGE = 64
_RELEASE = re.compile(r"^    pubflow release$", re.MULTILINE)


def run(app: typer.Typer) -> NoReturn:
    """Run the command that the arguments name, and exit with its code."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # Closed by whoever started us.
            nothing = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nothing, "r" if name == "stdin" else "w"))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    code = _code(app)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as wrong:
            # What is left in the buffer would fail again when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if not isinstance(wrong, BrokenPipeError):
                code = code or 1
    sys.exit(code)


def usage(words: str) -> NoReturn:
    """End as for a wrong option."""
    _complain(words.split("\n"))
    raise Exit(USAGE)


def stays_until(error: PubflowError, until: str | None) -> None:
    """Who was to stop early is not told to go on to what is public."""
    if until:
        error.hint = _RELEASE.sub(rf"\g<0> --until {until}", error.hint)


def _code(app: typer.Typer) -> int:
    try:
        # Not standalone: the code of an Exit is returned, errors come through.
        code = app(standalone_mode=False, prog_name="pubflow")
    except Exit as ended:
        return ended.exit_code
    except TyperException as wrong:
        told = io.StringIO()
        show = getattr(wrong, "show", None)
        show(told) if show else told.write(str(wrong))
        _complain(told.getvalue().rstrip("\n").split("\n"))
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        return _failed(Interrupted("Stopped."))
    except PubflowError as error:
        return _failed(error)
    except SystemExit as ended:
        # Typer's own answer to a reader who has seen enough, and to us that is no error.
        if isinstance(ended.__context__, BrokenPipeError):
            return 0
        raise
    except OSError as wrong:
        named = f" ({wrong.filename})" if wrong.filename else ""
        return _unexpected(f"This computer would not: {wrong.strerror or wrong}{named}", wrong)
    except Exception as wrong:
        return _unexpected(f"pubflow made a mistake: {type(wrong).__name__}: {wrong}", wrong)
    if code == Interrupted.exit_code:  # What Typer makes of Ctrl-C.
        return _failed(Interrupted("Stopped."))
    return code if isinstance(code, int) else 0


def _failed(error: PubflowError) -> int:
    from pubflow.views import problems

    _complain(problems.failure(error))
    if debugging():
        _complain(_trace(error))
    return error.exit_code


def _unexpected(what: str, wrong: Exception) -> int:
    """One sentence; the whole trace only when it is asked for."""
    if debugging():
        _complain([what, *_trace(wrong)])
    else:
        _complain([what, "Run it again to go on, or see where it happened with:", ""])
        _complain(["    export PUBFLOW_DEBUG=1"])
    return 1


def debugging() -> bool:
    """Whether the person wants to see the inside of errors."""
    return os.environ.get("PUBFLOW_DEBUG", "0") not in ("", "0")


def _trace(wrong: BaseException) -> list[str]:
    """Never with local variables, which hold tokens."""
    import traceback

    return "".join(traceback.format_exception(wrong)).rstrip().split("\n")


def _complain(lines: Iterable[Line | str]) -> None:
    """Say it on stderr; if nobody listens there, the exit code still tells."""
    from pubflow.views import text

    with contextlib.suppress(OSError, ValueError):
        text.say(lines, sys.stderr)
