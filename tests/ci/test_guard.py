"""Nothing that is printed is obeyed, but for what pubflow itself tells the runner."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from action import log

from pubflow.ci.guard import Guard

LINES = "title\n::error::forged\n   ::set-output name=doi::x\na ##[warning]b\n"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_line_is_harmless_in_whatever_pieces_it_is_printed(size: int) -> None:
    stream = io.StringIO()
    guard = Guard(stream)

    for start in range(0, len(LINES), size):
        guard.write(LINES[start : start + size])
        guard.flush()
    guard.finish()

    assert not log.commands(stream.getvalue())
    assert stream.getvalue().startswith("title\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_a_line_that_the_runner_knows_is_known(end: str) -> None:
    stream = io.StringIO(newline="")
    guard = Guard(stream)

    guard.write(f"a{end}::error::forged{end}b")
    guard.finish()

    assert not log.commands(stream.getvalue())
    assert stream.getvalue().endswith(f"{end}b")


def test_a_command_of_our_own_starts_a_line_and_goes_through() -> None:
    stream = io.StringIO()
    guard = Guard(stream)

    guard.write("half")
    guard.command("::notice::done")

    assert stream.getvalue() == "half\n::notice::done\n"


def test_a_process_in_a_workflow_is_guarded_to_its_end() -> None:
    words = "from pubflow.ci import guard; guard.stand(); print('::error::x'); print(':', end='');"
    words += "print(':warning::y', end='')"

    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.count("x") == done.stdout.count("y") == 1
    assert not log.commands(done.stdout)
