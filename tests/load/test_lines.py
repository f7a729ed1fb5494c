"""Every key of a TOML text is found at its line, however it is written."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pubflow.load.lines import Lines

TEXT = '''\
a = 1 # first
"b c" = """
[not.a.table]
x = 1
"""
[t]
d.e = { f = 1, "g" = [1, {h = 2}] }
list = [
  "x", # comment ]
  """y
  z""",
  [1,
   2],
]
[[n.m]]
k = \'\'\'
]\'\'\'
[[n.m]]
k = 2
  [n.m.sub]
  deep = '#'
  [[n.m.more]]
  x = 1979-05-27 07:32:00
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("a",), 1),
        (("b c",), 2),
        (("t",), 6),
        (("t", "d", "e"), 7),
        (("t", "d", "e", "g", 1, "h"), 7),
        (("t", "list"), 8),
        (("t", "list", 0), 9),
        (("t", "list", 1), 10),
        (("t", "list", 2, 1), 13),
        (("n", "m", 0), 15),
        (("n", "m", 0, "k"), 16),
        (("n", "m", 1), 18),
        (("n", "m", 1, "k"), 19),
        (("n", "m", 1, "sub"), 20),
        (("n", "m", 1, "sub", "deep"), 21),
        (("n", "m", 1, "more", 0, "x"), 23),
        (("n", "m", 1, "more", 0, "unknown"), 22),
        (("unknown",), 1),
    ],
)
def test_a_key_stands_where_it_was_written(place, line):
    tomllib.loads(TEXT)
    assert Lines.in_text(TEXT).of(place) == line


def _write(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_key(k)} = {_write(v)}" for k, v in value.items()) + "}"
        case list():
            return "[\n" + "".join(_write(item) + ",\n" for item in value) + "]"
        case str():
            return _key(value)
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _key(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08X}" if c in '"\\\n' else c for c in text) + '"'


_TEXT = st.text(st.sampled_from("ab[]{}#='\"\\\n., "), max_size=8)
_VALUES = st.recursive(
    st.booleans() | st.integers(-5, 5) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(_TEXT, _VALUES, max_size=5))
def test_top_keys_are_found_whatever_their_values_are(values):
    text, wanted = "", {}
    for key, value in values.items():
        wanted[key] = text.count("\n") + 1
        text += f"{_key(key)} = {_write(value)}\n"
    assert tomllib.loads(text) == values

    lines = Lines.in_text(text)

    assert {key: lines.of((key,)) for key in values} == wanted
