"""Change single keys of somebody's YAML and leave every other byte as it is.

Round-trip emitters keep comments but still set lists, quotes and widths their own way. Here only
the lines of the keys that change are written anew.
"""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Mapping
from typing import Any

from pubflow.errors import PubflowError

_AMBIGUOUS = re.compile(
    r"(?i)y|n|yes|no|on|off|true|false|null|~|"
    r"[-+]?[0-9][0-9_,]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9][0-9_]*(e[-+]?[0-9]+)?|"
    r"0[xob][0-9a-f_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?\.inf|\.nan|"
    r"\d{4}-\d\d?-\d\d?.*|<<|="
)
"""Plain words that YAML 1.1 readers take for something else: GitHub and PyYAML still read 1.1."""


_PLAIN = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in (
        *("str", "int", "float", "bool", "null", "seq", "map"),
        *("binary", "timestamp", "set", "omap", "pairs", "merge"),
    )
)
"""What a value may be said to be: the types of YAML 1.1, which all safe readers know."""

MOST = 100_000
"""Values by which a text may grow by its aliases."""

_LOADING = threading.Lock()


def _load_library() -> None:
    """Import ruamel whole, by one thread at a time.

    Its modules import each other, and Python gives up (`_DeadlockError`) where two threads come
    into that ring at two places.
    """
    with _LOADING:
        import ruamel.yaml  # noqa: F401


def _engine(*, indent: bool = True) -> Any:
    _load_library()
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.allow_unicode = True
    if indent:
        yaml.indent(mapping=2, sequence=4, offset=2)
    else:
        yaml.indent(mapping=2, sequence=2, offset=0)
    return yaml


def parse(text: str, *, what: str) -> Any:
    """The mapping in the text, with ruamel's comments; `what` names it in errors.

    Raises PubflowError where it is not YAML or not a mapping, or more than plain values: tags of a
    program's own, which safe readers refuse, and aliases without an end.
    """
    _load_library()
    from ruamel.yaml.error import YAMLError

    try:
        if "!" in text or "&" in text:
            _check(text, what)
        found = _engine().load(text)
    except (YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise PubflowError(
            f"{what}{line} is not YAML: {problem}.",
            why="pubflow adds to that file and keeps what stands in it.",
            hint="Mend the file, or remove it so that pubflow writes it anew.",
        ) from None
    if found is None:
        from ruamel.yaml.comments import CommentedMap

        return CommentedMap()
    if not isinstance(found, dict):
        raise PubflowError(
            f"{what} is a {type(found).__name__.removeprefix('Commented')}, not a table of keys.",
            why="pubflow adds keys to it.",
            hint="Mend the file, or remove it so that pubflow writes it anew.",
        )
    return found


def _check(text: str, what: str) -> None:
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

    sizes: dict[str, int] = {}
    """Of what has an anchor; nothing as long as it is not at its end."""
    within: list[tuple[str, int]] = [("", 0)]
    """Of each collection that is not at its end: its anchor, and how many values it has so far."""
    grown = 0
    for event in _engine().parse(text):
        where = f"{what}, line {event.start_mark.line + 1}"
        if (tag := getattr(event, "tag", None)) not in (None, "!", *_PLAIN):
            shown = str(tag).replace("tag:yaml.org,2002:", "!!")
            raise PubflowError(
                f"{where} has the tag {shown}.",
                why="Safe readers of YAML refuse it, those of the platforms among them.",
                hint="Write the value without it.",
            )
        anchor, size = getattr(event, "anchor", None) or "", 0
        if isinstance(event, CollectionStartEvent):
            sizes.pop(anchor, None)
            within.append((anchor, 1))
            continue
        if isinstance(event, AliasEvent):
            if anchor in [name for name, _ in within]:
                raise PubflowError(
                    f"{where} holds itself: *{anchor} stands within &{anchor}.",
                    why="It would have no end.",
                    hint="Write it out without the alias.",
                )
            size = sizes.get(anchor, 0)
            if (grown := grown + size) > MOST:
                raise PubflowError(
                    f"{where} grows by more than {MOST:,} values by its aliases.",
                    why="Whoever reads it would be kept busy for long.",
                    hint="Write it out without the aliases.",
                )
        elif isinstance(event, CollectionEndEvent):
            anchor, size = within.pop()
        elif hasattr(event, "value"):
            size = 1
        sizes[anchor] = size
        within[-1] = (within[-1][0], within[-1][1] + size)


def emit(value: Any, *, indent: bool = True) -> str:
    """The value as YAML, ready to be read by readers of 1.1 and 1.2 alike."""
    stream = io.StringIO()
    _engine(indent=indent).dump(safe(value), stream)
    return stream.getvalue()


def safe(value: Any) -> Any:
    """The value with ambiguous words quoted; mappings and lists of ruamel's stay what they are."""
    _load_library()
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, ScalarString

    if isinstance(value, ScalarString):
        return value
    if isinstance(value, str):
        if _AMBIGUOUS.fullmatch(value):
            return DoubleQuotedScalarString(value)
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]", value):
            return DoubleQuotedScalarString(value)
        if "\n" in value:
            plain = not re.search(r"^\s|[ \t]$|\t", value, re.MULTILINE)
            return LiteralScalarString(value) if plain else DoubleQuotedScalarString(value)
        return value
    if isinstance(value, dict):
        for key in list(value) if hasattr(value, "ca") else ():
            value[key] = safe(value[key])
        return value if hasattr(value, "ca") else {key: safe(value[key]) for key in value}
    if isinstance(value, list | tuple):
        if hasattr(value, "ca") and isinstance(value, list):
            value[:] = [safe(item) for item in value]
            return value
        return [safe(item) for item in value]
    return value


def put(row: Any, key: str, value: Any) -> None:
    """Set a key of a mapping that `parse` read; what stands below its last line stays below.

    ruamel hangs blank lines and comments on the key before them, so a new key would come after.
    """
    _load_library()
    from ruamel.yaml.tokens import CommentToken

    last = next(reversed(row), None) if key not in row else None
    row[key] = value
    tokens = row.ca.items.get(last) if last is not None and hasattr(row, "ca") else None
    token = tokens[2] if tokens and len(tokens) > 2 else None
    if token is None or isinstance(token, list):
        return
    own, _, below = token.value.partition("\n")
    if not below:
        return
    row.ca.items[key] = [None, None, CommentToken("\n" + below, token.start_mark), None]
    if own.strip():
        token.value = own + "\n"
    else:
        del row.ca.items[last]


def finite(value: Any) -> bool:
    """Whether it is a number that every format can carry."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def update(text: str, changes: Mapping[str, Any], *, what: str) -> str:
    """The text with those top-level keys set, new ones at the end; `what` as for `parse`.

    Keys whose value is the one they have are left alone. Line ends stay what they are.
    """
    unix = text.replace("\r\n", "\n")
    document = parse(unix, what=what)
    wanted = {k: v for k, v in changes.items() if k not in document or document[k] != v}
    if not wanted:
        return text
    made = _surgery(unix, document, wanted, what)
    return made.replace("\n", "\r\n") if "\r\n" in text else made


def _surgery(text: str, document: Any, wanted: dict[str, Any], what: str) -> str:
    expected = {**plain(document), **{key: plain(value) for key, value in wanted.items()}}
    made = _replaced(text, document, wanted)
    if made is not None:
        try:
            if plain(parse(made, what=what)) == expected:
                return made
        except PubflowError:
            pass  # An alias to a replaced anchor, say: write the whole anew.
    for key, value in wanted.items():
        document[key] = safe(value)
    return emit(document, indent=_indented(text))


def _replaced(text: str, document: Any, wanted: dict[str, Any]) -> str | None:
    """The text with the keys' own lines replaced; None where keys do not own their lines."""
    starts = {key: document.lc.data[key][0] for key in document if key in document.lc.data}
    columns = {document.lc.data[key][1] for key in starts}
    if len(starts) != len(document) or len(set(starts.values())) != len(starts) or columns - {0}:
        return None
    if document and document.fa.flow_style():
        return None
    lines = text.split("\n")
    if not document:  # Nothing can stand below a mapping that is written as `{}`.
        lines = [line for line in lines if not re.fullmatch(r"\{\s*\}\s*", line)]
    edges = sorted([*starts.values(), _end(lines)])
    spans = {}
    for key, start in starts.items():
        stop = edges[edges.index(start) + 1]
        while stop > start + 1 and re.match(r"\s*$|#", lines[stop - 1]):
            stop -= 1
        spans[key] = (start, stop)
    indent = _indented(text)
    after = max((stop for _, stop in spans.values()), default=_end(lines))
    fresh: list[str] = []
    for key in wanted:
        if key not in spans:
            fresh += _lines({key: wanted[key]}, indent)
    lines[after:after] = fresh
    for key in sorted(set(wanted) & set(spans), key=lambda name: -spans[name][0]):
        start, stop = spans[key]
        if more := _more(document[key], wanted[key], lines[start:stop]):
            lines[stop:stop] = more
            continue
        new = _lines({key: wanted[key]}, indent)
        while len(new) > 1 and re.match(r"\s*$|#", new[-1]):
            new.pop()  # What stands between this key and the next stays where it is.
        if comment := _comment(document, key, lines[start]):
            new[0] += comment
        lines[start:stop] = new
    return "\n".join(lines)


def _more(old: Any, new: Any, lines: list[str]) -> list[str]:
    """The lines of the items that a list in block style gets at its end; empty if it is more."""
    flow = getattr(old, "fa", None)
    if not isinstance(old, list) or not isinstance(new, list) or (flow and flow.flow_style()):
        return []
    if not old or len(new) <= len(old) or plain(new[: len(old)]) != plain(old):
        return []
    dash = next((found[1] for line in lines[1:] if (found := re.match(r"( *)-(\s|$)", line))), None)
    if dash is None:
        return []
    made = emit([plain(one) for one in new[len(old) :]], indent=False).rstrip("\n").split("\n")
    return [dash + line if line else line for line in made]


def _end(lines: list[str]) -> int:
    """The line at which a new key can still be put: before `...` and blank lines at the end."""
    stop = len(lines)
    while stop and re.match(r"\s*$|\.\.\.\s*$", lines[stop - 1]):
        stop -= 1
    return stop


def _lines(mapping: dict[str, Any], indent: bool) -> list[str]:
    return emit(mapping, indent=indent).rstrip("\n").split("\n")


def _comment(document: Any, key: str, line: str) -> str:
    """The comment behind a value on the key's own line, with the blanks before it."""
    tokens = document.ca.items.get(key)
    token = tokens[2] if tokens and len(tokens) > 2 else None
    if token is None or isinstance(token, list):
        return ""
    first = str(token.value).split("\n")[0].rstrip()
    if not first.startswith("#") or not line.rstrip().endswith(first):
        return ""
    before = line.rstrip()[: -len(first)]
    return before[len(before.rstrip()) :] + first


def _indented(text: str) -> bool:
    """Whether lists under a key stand further in than the key; yes where there is none."""
    found = re.search(r"^[\w-]+:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*([ \t]*)-(?:\s|$)", text, re.M)
    return not found or bool(found[1])


def plain(value: Any) -> Any:
    """The value in Python's own types, dates as ISO text, as CITATION.cff's schema wants them."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
