"""Somebody's YAML: only the lines of changed keys change."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pubflow.documents import yamltext
from pubflow.errors import PubflowError


def update(text: str, **changes: Any) -> str:
    return yamltext.update(text, changes, what="F")


def read(text: str, version: tuple[int, int] = (1, 2)) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    return yaml.load(io.StringIO(text))


TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=30)
WORDS = st.sampled_from(
    ["no", "Yes", "1e3", "0x1", "1_0", "1:30", "2026-01-01", "~", "null", ".5", "a: b", "- a", "#x"]
)
VALUE = st.recursive(
    TEXT | WORDS | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b-c"]), inner, min_size=1, max_size=2)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(value=VALUE)
def test_what_is_emitted_reads_back_the_same_in_yaml_1_1_and_1_2(value: Any) -> None:
    text = yamltext.emit({"key": value})
    assert read(text) == {"key": value}
    assert read(text, (1, 1)) == {"key": value}


@settings(max_examples=100, deadline=None)
@given(value=VALUE, key=st.sampled_from(["first", "second", "list", "new"]))
def test_a_changed_key_leaves_the_others_alone(value: Any, key: str) -> None:
    theirs = "# top\nfirst: 'x'   # one\n\n# two\nsecond: |\n  text\n\nlist:\n  - a # b\n  - c\n"
    made = update(theirs, **{key: value})
    assert read(made) == {**read(theirs), key: value}
    for name, line in (
        ("first", "first: 'x'   # one\n"),
        ("second", "# two\nsecond: |\n  text\n\nlist:"),
        ("list", "list:\n  - a # b\n  - c\n"),
    ):
        assert name == key or line in made
    assert update(made, **{key: value}) == made


@pytest.mark.parametrize(
    ("theirs", "changes", "made"),
    [
        ("a: 1\n", {"a": 2}, "a: 2\n"),
        ("a: 1", {"b": 2}, "a: 1\nb: 2"),
        ("a: 1  # why\nb: 2\n", {"a": 3}, "a: 3  # why\nb: 2\n"),
        ("a: 1\n\n\n", {"b": 2}, "a: 1\nb: 2\n\n\n"),
        ("---\na: 1\n...\n", {"b": 2}, "---\na: 1\nb: 2\n...\n"),
        ("a: 1\n# end\n", {"b": 2}, "a: 1\nb: 2\n# end\n"),
        ("a:\n- x # y\nb: 2\n", {"a": ["x", "z"]}, "a:\n- x # y\n- z\nb: 2\n"),
        ("a:\n    - x\n", {"a": ["x", {"k": 1, "l": 2}]}, "a:\n    - x\n    - k: 1\n      l: 2\n"),
        ("a: [x, w]\n", {"a": ["x", "w", "z"]}, "a:\n  - x\n  - w\n  - z\n"),
        ("a: |\n  # text\n  b: c\nd: 1\n", {"d": 2}, "a: |\n  # text\n  b: c\nd: 2\n"),
        ("", {"a": 1}, "a: 1\n"),
        ("# only a comment\n", {"a": 1}, None),
        ("{a: 1, b: 2}\n", {"b": 3}, None),
        ("a: &x [1]\nb: *x\n", {"a": [2]}, None),
    ],
)
def test_lines_change_one_by_one(theirs: str, changes: dict[str, Any], made: str | None) -> None:
    found = update(theirs, **changes)
    assert read(found) == {**(read(theirs) or {}), **changes}
    if made is not None:
        assert found == made


def test_an_equal_value_changes_nothing() -> None:
    theirs = "a:   'x'\nb: [1,2]\n"
    assert update(theirs, a="x", b=[1, 2]) == theirs


@pytest.mark.parametrize("broken", ["a: [", "[1]", "text", "a: b: c", "a: *b", "[" * 1000, "%A"])
def test_what_is_no_table_of_keys_is_refused(broken: str) -> None:
    with pytest.raises(PubflowError) as caught:
        update(broken, a=1)
    assert caught.value.what.startswith("F")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: 1\nb: !!python/tuple [1]\n", "F, line 2 has the tag !!python/tuple."),
        ("a: !mine 3\n", "F, line 1 has the tag !mine."),
        ("a: &a [1, *a]\n", "F, line 1 holds itself: *a stands within &a."),
        ("a: &a {b: {c: *a}}\n", "F, line 1 holds itself: *a stands within &a."),
        (BOMB, "F, line 6 grows by more than 100,000 values by its aliases."),
    ],
)
def test_what_is_more_than_plain_values_is_refused_in_a_moment(text: str, what: str) -> None:
    with pytest.raises(PubflowError) as caught:
        yamltext.parse(text, what="F")
    assert caught.value.what == what
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "a: !!str 3\n",
        "a: ! 3\n",
        "a: !!binary aGk=\nb: !!set {x, y}\n",
        "a: &a [1]\nb: [*a, *a]\n",
        "a: 'R & D!'\n",
    ],
)
def test_tags_of_plain_types_and_aliases_with_an_end_are_read_and_kept(text: str) -> None:
    assert "a" in yamltext.parse(text, what="F")
    assert update(text, new=1) == text + "new: 1\n"
