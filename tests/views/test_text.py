"""How lines reach a stream."""

from __future__ import annotations

import pytest
from views.scene import Pipe, Terminal, canary

from pubflow.views.text import (
    Line,
    columns,
    count,
    fit,
    folded,
    has_colour,
    padded,
    say,
    size,
    table,
    visible,
)


@pytest.mark.parametrize(
    ("bytes_", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (19_600, "19.6 kB"),
        (999_949, "999.9 kB"),
        (999_960, "1.0 MB"),
        (2_000_000_000, "2.0 GB"),
        (62 * 10**12, "62.0 TB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_are_told_in_the_units_of_the_platforms_limits(bytes_: int, told: str) -> None:
    assert size(bytes_) == told


def test_one_is_not_many() -> None:
    assert count(1, "file") == "1 file"
    assert count(1200, "file") == "1,200 files"
    assert count(2, "repository") == "2 repositories"


def test_control_characters_are_seen_and_do_nothing() -> None:
    assert visible("a\x1b[2Jb\r\n\t\x07") == "a\\x1b[2Jb\\r\\n\\t\\x07"
    assert visible("turned \u202e around") == "turned \\u202e around"
    assert visible("Tomás – 図") == "Tomás – 図"


def test_the_spaces_of_typesetting_are_just_spaces() -> None:
    assert visible("12\N{NO-BREAK SPACE}kg\N{THIN SPACE}!") == "12 kg !"


def test_a_stream_that_cannot_print_a_letter_gets_another() -> None:
    out = Pipe("ascii")
    say([Line("Tomás ✓", "good")], out)

    assert out.getvalue() == "Tom?s ?\n"


def test_a_lone_surrogate_of_a_file_name_is_no_obstacle() -> None:
    assert fit("a\udcffb", Pipe()) == "a\\udcffb"


def test_secrets_reach_no_stream() -> None:
    secret = canary()
    shaped = "gh" + "p_" + "a1" * 18
    for out in (Pipe(), Terminal(), Pipe("ascii")):
        say([f"one {secret}", Line(f"two {shaped}", "bad")], out)
        assert secret not in out.getvalue()
        assert shaped not in out.getvalue()
        assert out.getvalue().count("***") == 2


def test_only_a_terminal_that_wants_it_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal, pipe = Terminal(), Pipe()
    say([Line("x", "bad")], terminal)
    say([Line("x", "bad")], pipe)

    assert terminal.getvalue() == "\x1b[31mx\x1b[0m\n"
    assert pipe.getvalue() == "x\n"
    assert not has_colour(Terminal(), {"TERM": "xterm", "NO_COLOR": "1"})
    assert has_colour(Terminal(), {"TERM": "xterm", "NO_COLOR": ""})
    assert not has_colour(Terminal(), {"TERM": "dumb"})


def test_long_lines_are_folded_below_themselves_and_addresses_stay_whole() -> None:
    address = "https://hub.example/" + "x" * 90
    lines = list(folded(f"    + {'word ' * 20}{address}", "      "))

    assert lines[0].startswith("    + word")
    assert all(line.startswith("      ") for line in lines[1:])
    assert all(len(line) <= 80 for line in lines if address not in line)
    assert any(address in line for line in lines)
    assert list(folded("short", "  ")) == ["short"]


def test_wide_letters_count_twice_and_accents_not_at_all() -> None:
    assert columns("図書") == 4
    assert columns("e\N{COMBINING ACUTE ACCENT}") == 1
    assert columns(padded("図", 5)) == 5


def test_a_table_that_is_too_wide_is_told_below() -> None:
    assert list(table([("a", "one"), ("bb", "two")])) == ["  a   one", "  bb  two"]
    wide = "x" * 78
    assert list(table([("a", "one"), ("bb", wide)])) == ["  a", "    one", "  bb", f"    {wide}"]
    assert list(table([])) == []
