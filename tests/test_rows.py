"""Rows of tables: Parquet by its footer, texts by counting, the rest not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubflow import rows
from pubflow.tree import files_below


def counted(folder: Path) -> int | None:
    return rows.count(files_below(folder))


def test_the_lines_of_csv_and_tsv_count_without_their_head(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text('a,b\n1,2\n3,"four\nlines, one row"\n\n5,6\n')
    (tmp_path / "test.tsv").write_text("a\tb\r\n1\t2\r\n")
    assert counted(tmp_path) == 4


def test_json_lines_count_each(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"a": 1}\n{"a": 2}\n\n{"a": 3}')
    assert counted(tmp_path) == 3


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def footer(num_rows: int) -> bytes:
    """FileMetaData: version 2, two schema elements, num_rows, and what comes after it."""
    element = b"\x48\x05label\x15\x02\x00"  # name (field 4, binary), num_children (5, i32), stop
    typed = b"\x15\x04\x25\x00\x18\x01x\x00"  # type (1), repetition (3), name (4), stop
    many = b"\x19" + bytes([2 << 4 | 12]) + element + typed
    return b"\x15\x04" + many + b"\x16" + varint(num_rows * 2) + b"\x19\x0c\x00"


def parquet(num_rows: int) -> bytes:
    end = footer(num_rows)
    return b"PAR1" + b"columns" * 9 + end + len(end).to_bytes(4, "little") + b"PAR1"


@pytest.mark.parametrize("number", [0, 1, 63, 64, 1797, 3_000_000_000])
def test_parquet_says_it_at_its_end(tmp_path: Path, number: int) -> None:
    (tmp_path / "train.parquet").write_bytes(parquet(number))
    assert counted(tmp_path) == number


def test_many_schema_elements_and_maps_are_passed_over(tmp_path: Path) -> None:
    elements = b"\x48\x01c\x00" * 20
    deep = b"\x19" + bytes([15 << 4 | 12]) + varint(20) + elements
    end = b"\x15\x04" + deep + b"\x16" + varint(84) + b"\x00"
    content = b"PAR1" + end + len(end).to_bytes(4, "little") + b"PAR1"
    (tmp_path / "train.parquet").write_bytes(content)
    assert counted(tmp_path) == 42


BROKEN = {
    "empty": b"",
    "short": b"PAR1",
    "no magic": b"PAR1" + b"x" * 40,
    "a length beyond the file": b"PAR1" + (10**6).to_bytes(4, "little") + b"PAR1",
    "garbage": b"PAR1" + b"\xff" * 20 + (20).to_bytes(4, "little") + b"PAR1",
    "ends early": b"PAR1" + b"\x19\xfc" + (2).to_bytes(4, "little") + b"PAR1",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_table_makes_the_number_unknown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "train.parquet").write_bytes(content)
    (tmp_path / "test.csv").write_text("a\n1\n")
    assert counted(tmp_path) is None


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_footer_ends_in_a_number_or_in_none(junk: bytes) -> None:
    found = None
    with contextlib.suppress(ValueError, IndexError, RecursionError):
        found = rows._Compact(junk).field(3)
    assert found is None or isinstance(found, int)


def test_what_is_no_table_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    assert counted(tmp_path) is None


def test_more_text_than_is_worth_reading_stays_uncounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train.csv").write_text("a\n" + "1\n" * 100)
    assert counted(tmp_path) == 100
    monkeypatch.setattr(rows, "MOST", 50)
    assert counted(tmp_path) is None
