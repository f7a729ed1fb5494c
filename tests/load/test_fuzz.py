"""Whatever is in publish.toml, the answer is a manifest or a list of problems, never a crash."""

from __future__ import annotations

import tempfile
from pathlib import Path

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from pubflow.errors import Blocked
from pubflow.load import load
from pubflow.platform import Problem

FULL = (Path(__file__).parent / "full.toml").read_text()
KEYS = sorted(
    {"schema", "paper", "title", "authors", "given", "family", "orcid", "affiliation", "license"}
    | {"path", "targets", "target", "zenodo", "github", "huggingface", "url", "code", "data"}
    | {"weights", "x", "release", "tag", "date", "defaults", "version", "embargo", "until", "file"}
    | {"checks", "splits", "exclude", "trained_on", "token", "", "?text", "[key]", "name"}
)
TEXTS = st.sampled_from(
    ["", "x", "@data.x", "../..", "/", "hf:x", "10.5281/z", "https://u:p@h", "*"]
)
VALUES = st.recursive(
    TEXTS | st.text(max_size=10) | st.integers() | st.booleans() | st.dates() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)


def answer(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "publish.toml"
        path.write_bytes(data)
        (Path(folder) / "x").mkdir()
        problems: tuple[Problem, ...] = ()
        try:
            problems = load(path, env={}).notes
        except Blocked as blocked:
            problems = blocked.problems
            assert problems
        for problem in problems:
            assert problem.where.startswith("publish.toml")
            assert problem.what


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data):
    answer(data)


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8))
def test_any_tables_are_answered(values):
    try:
        text = tomlkit.dumps(values)
    except (ValueError, TypeError, KeyError):
        return
    answer(text.encode("utf-8", "replace"))


@settings(deadline=None, max_examples=80)
@given(st.integers(0, len(FULL)), st.integers(0, 40), st.text(max_size=6))
def test_any_change_to_a_real_file_is_answered(start, length, text):
    answer((FULL[:start] + text + FULL[start + length :]).encode("utf-8", "replace"))
