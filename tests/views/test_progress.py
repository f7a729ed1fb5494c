"""What a person sees while it runs: bars on a real terminal, lines anywhere else."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import termios
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from views.scene import CODE, PLANNED, RECORD, Gone, Pipe, Terminal, canary

from pubflow.actions import Action, Stage, Wave
from pubflow.errors import Refused
from pubflow.views import progress

UPLOAD = PLANNED[4]


def test_anything_but_a_terminal_gets_a_line_for_each_action() -> None:
    out = Pipe()
    watch = progress.for_stream(out)

    with watch.shown():
        watch.started(UPLOAD)
        watch.sent(UPLOAD.id, 100)
        watch.waiting(UPLOAD, 3.4, "The shelf was busy.")
        watch.waiting(UPLOAD, 0.2, "The shelf was busy")
        watch.finished(UPLOAD)
        watch.finished(PLANNED[2])
        with watch.paused():
            watch.failed(PLANNED[0], Refused("It is another's."))

    assert out.getvalue().splitlines() == [
        f"  {RECORD}: The shelf was busy. Waiting 3 s, then looking again.",
        f"  {RECORD}: The shelf was busy. Looking again.",
        f"+ {RECORD}: upload leaves.bin (19.6 kB)",
        f"~ {CODE}: set its topics",
        f"! {CODE}: create the private repository lab/leaves: It is another's.",
    ]


def test_what_stops_no_release_is_told_with_its_cause_and_remedy_at_once() -> None:
    out = Pipe()
    listing = PLANNED[-1]
    assert listing.wave is Wave.FOLLOW

    progress.Plain(out).failed(listing, Refused("No.", why="For members only.", hint="Join, then:"))

    assert out.getvalue().splitlines() == [
        f"! {listing.target}: {listing.says}: No.",
        "    For members only.",
        "    Join, then:",
    ]


def test_lines_show_no_secret_and_drive_no_terminal() -> None:
    secret = canary()
    out = Pipe("ascii")
    watch = progress.Plain(out)
    action = Action(CODE, Stage.UPLOAD, "upload", "x", says=f"upload {secret}\x1b[2J é")

    watch.finished(action)
    watch.waiting(action, 1, secret)
    watch.failed(action, Refused(secret))

    assert secret not in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert out.getvalue().startswith(f"+ {CODE}: upload ***\\x1b[2J ?\n")


def test_nobody_listening_does_not_stop_a_release() -> None:
    watch = progress.Plain(Gone())

    watch.finished(UPLOAD)
    watch.failed(UPLOAD, Refused("no"))


@dataclass
class Screen:
    """The other side of a terminal of 80 columns."""

    stream: object
    seen: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        return self.seen.decode("utf-8", "replace")

    @property
    def plain(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text)

    def shows(self, words: str) -> bool:
        for _ in range(1000):
            if words in self.plain:
                return True
            time.sleep(0.02)
        return False


@contextlib.contextmanager
def a_terminal(encoding: str = "utf-8", columns: int = 80) -> Iterator[Screen]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    stream = os.fdopen(slave, "w", encoding=encoding)
    screen = Screen(stream)

    def read() -> None:
        with contextlib.suppress(OSError):
            while data := os.read(master, 4096):
                screen.seen.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield screen
    finally:
        stream.close()
        reader.join(5)
        os.close(master)


@pytest.fixture(autouse=True)
def _an_ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def test_a_terminal_gets_bars_with_bytes_and_finished_actions_above() -> None:
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        assert isinstance(watch, progress.Bars)
        with watch.shown():
            watch.started(UPLOAD)
            watch.sent(UPLOAD.id, 9800)
            assert screen.shows("leaves.bin to weights.le...")
            assert screen.shows("9.8 kB of 19.6 kB")
            watch.finished(UPLOAD)
            watch.failed(PLANNED[0], Refused("It is another's."))
        assert screen.shows(f"+ {RECORD}: upload leaves.bin (19.6 kB)")
        assert screen.shows("It is another's.")


def test_the_cursor_is_back_at_the_end() -> None:
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with contextlib.suppress(RuntimeError), watch.shown():
            watch.started(UPLOAD)
            raise RuntimeError
        assert screen.shows("")
    assert screen.text.rfind("\x1b[?25h") > screen.text.rfind("\x1b[?25l") >= 0


def test_the_cursor_is_back_even_if_ctrl_c_comes_while_the_bars_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def pressed(live: object) -> None:
        raise KeyboardInterrupt

    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        monkeypatch.setattr("rich.live.Live.refresh", pressed)
        with contextlib.suppress(KeyboardInterrupt), watch.shown():
            pass
        monkeypatch.undo()
        assert screen.shows("")
    assert screen.text.rfind("\x1b[?25h") > screen.text.rfind("\x1b[?25l") >= 0


def test_bars_go_away_while_a_person_is_asked_and_come_back() -> None:
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with watch.shown():
            with watch.paused():
                screen.stream.write("Type the tag: ")  # type: ignore[attr-defined]
                screen.stream.flush()  # type: ignore[attr-defined]
                assert screen.shows("Type the tag: ")
                before = len(screen.seen)
                time.sleep(0.25)
                assert len(screen.seen) == before, "nothing is drawn over the question"
            watch.started(UPLOAD)
            assert screen.shows("leaves.bin to")


def test_a_second_attempt_starts_its_bar_again() -> None:
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with watch.shown():
            watch.started(UPLOAD)
            watch.sent(UPLOAD.id, 19_600)
            watch.waiting(UPLOAD, 2, "The shelf was busy.")
            watch.sent(UPLOAD.id, 4_900)
            assert screen.shows("4.9 kB of 19.6 kB")
        assert screen.shows("Waiting 2 s")


def test_a_bar_fits_into_eighty_columns() -> None:
    long = Action(
        RECORD, Stage.UPLOAD, "upload", "a/very/long/path/" * 5 + "x.bin", size=999_900_000
    )
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with watch.shown():
            watch.started(long)
            for _ in range(5):
                watch.sent(long.id, 100_000_000)
                time.sleep(0.05)
            assert screen.shows("500.0 MB of 999.9 MB")
    rows = re.split(r"[\r\n]+", screen.plain)
    assert max(len(row.rstrip()) for row in rows) <= 80
    assert "a/very/long/path/a/" in screen.plain


def test_bytes_told_after_the_end_are_no_accident() -> None:
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with watch.shown():
            watch.started(UPLOAD)
            watch.finished(UPLOAD)
            watch.sent(UPLOAD.id, 1)
            watch.waiting(UPLOAD, 1, "late")
            watch.sent("never/begun", 1)


def test_bars_show_no_secret_and_obey_no_markup() -> None:
    secret = canary()
    odd = Action(CODE, Stage.UPLOAD, "upload", f"[red]{secret}\x1b]0;x", says=f"[bold]{secret}")
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with watch.shown():
            watch.started(odd)
            assert screen.shows("[red]***\\x1b]0;x to")
            watch.finished(odd)
            watch.failed(odd, Refused(secret))
        assert screen.shows("[bold]***")
    assert secret not in screen.text


def test_without_colour_bars_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with watch.shown():
            watch.started(UPLOAD)
            watch.failed(UPLOAD, Refused("no"))
        assert screen.shows("! ")
    assert not re.search(r"\x1b\[(?:\d+;)*3[0-9]", screen.text)


def test_a_terminal_without_unicode_is_no_obstacle() -> None:
    odd = Action(CODE, Stage.UPLOAD, "upload", "é" * 60, says="upload é", size=10)
    with a_terminal("ascii") as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with watch.shown():
            watch.started(odd)
            assert screen.shows("???...")
            watch.finished(odd)
        assert screen.shows("upload ?")
    assert screen.text.isascii()


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")

    assert type(progress.for_stream(Terminal())) is progress.Plain


def test_what_is_looked_at_is_said_on_a_terminal_and_wiped_away() -> None:
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with watch.shown():
            watch.looking("leaves.bin", 1_000_000)
            assert screen.shows("Reading leaves.bin")
            assert screen.shows("1.0 MB, 1 file")
            time.sleep(2 * progress.PAUSE)
            watch.looking("roots.bin", 1_000_000)
            assert screen.shows("Reading roots.bin")
            assert screen.shows("2.0 MB, 2 files")
            time.sleep(2 * progress.PAUSE)
            watch.looking(RECORD, 0)
            assert screen.shows(f"Asking {RECORD}")
            watch.started(UPLOAD)
            before = len(screen.plain)
            assert screen.shows("leaves.bin to")
            time.sleep(0.3)
            assert "Asking" not in screen.plain[before:].partition("leaves.bin to")[2]
        watch.finished(UPLOAD)
        assert screen.shows(f"+ {RECORD}: upload leaves.bin")
    assert re.search(r"\x1b\[2K[^\n]*\+ [^\n]*\r?\n$", screen.text), "the line before is wiped away"


def test_looking_at_a_hundred_thousand_blocks_takes_no_time() -> None:
    with a_terminal() as screen:
        watch = progress.for_stream(screen.stream)  # type: ignore[arg-type]
        with watch.shown():
            begun = time.process_time()
            for number in range(100_000):
                watch.looking(f"{number}.txt", 1)
            assert time.process_time() - begun < 2


def test_what_is_looked_at_is_no_line_in_a_log() -> None:
    out = Pipe()
    watch = progress.for_stream(out)

    with watch.shown():
        watch.looking("leaves.bin", 1_000_000)
        watch.looking(RECORD, 0)

    assert out.getvalue() == ""
