"""README.md of a model or data set on the Hub: a YAML head, prose, and a block of links.

The head's keys are those of modelcard.md and datasetcard.md of github.com/huggingface/hub-docs,
2026-08.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pubflow.documents import blocks, yamltext
from pubflow.documents.card import body, head
from pubflow.errors import PubflowError
from pubflow.links import Links
from pubflow.manifest import Target
from pubflow.tensors import Tensors

_HEAD = re.compile(r"\ufeff?\s*---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
"""Blank lines may stand before it (REGEX_YAML_BLOCK of huggingface_hub 2.4)."""
_OPEN = re.compile(r"\ufeff?\s*---[ \t]*[\r\n]+(?:#.*[\r\n]+)*[a-z][\w-]*:(?:\s|$)")
"""A head that begins, whether or not it ends. The Hub's keys are in small letters."""
_KEY = re.compile(r"^[^\s#].*?:(\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Card:
    text: str
    conflicts: tuple[str, ...] = ()
    """A sentence for each key of the author's head that differs from publish.toml."""
    notes: tuple[str, ...] = ()
    """What the Hub cannot say of this artifact: a lossy licence."""


def render(
    target: Target, links: Links, *, rows: int | None = None, tensors: Tensors | None = None
) -> Card:
    """The card of `target`, a model's or a data set's by its kind.

    The author's text stays byte for byte, its own head keeps keys, comments and order; what the
    head lacks is added. Without an author's text the body is made of the manifest's facts, with
    “not stated” where there are none. `rows` of a data set, if known, give its size category, and
    `tensors` its parameters.
    Raises PubflowError when the head is not YAML or has no end, or the markers in the text are not
    one pair.
    """
    what = f"The card of {target.artifact.key}"
    made, notes = head.document(target, links, rows=rows)
    theirs, prose = split(target.artifact.card_text)
    if theirs is None and _OPEN.match(prose):
        raise PubflowError(
            f"The head of {what[0].lower()}{what[1:]} has no end.",
            why="The Hub would show its keys as text, and know none of them.",
            hint="Put a line with nothing but --- below the last key.",
        )
    conflicts: tuple[str, ...] = ()
    if theirs is None:
        top = yamltext.emit(made, indent=False)
    else:
        guessed = frozenset() if target.artifact.splits else frozenset({"configs"})
        of = f"The head of {what[0].lower()}{what[1:]}"
        licence = target.artifact.license
        top, conflicts = head.merge(made, theirs, what=of, guessed=guessed, licence=licence)
    if prose.strip():
        text = blocks.put(prose, body.block(target, links), what=what)
    else:
        text = f"\n{body.written(target, links, tensors)}\n\n{body.block(target, links)}"
    newline = "\r\n" if "\r\n" in (theirs or prose) else "\n"
    top = top.replace("\r\n", "\n").rstrip("\n").replace("\n", newline)
    return Card(f"---{newline}{top}{newline}---{newline}{text}", conflicts, notes)


def split(text: str) -> tuple[str | None, str]:
    """(the head's YAML or None, the rest): a head is what stands between two lines of `---`.

    A text that begins with a rule, which is no mapping of keys, has no head. Comments alone are
    one, and so is `{}` below them: the Hub's own template begins so.
    """
    found = _HEAD.match(text)
    if found and (_KEY.search(found[1]) or _says_nothing(found[1])):
        return found[1], text[found.end() :]
    return None, text.removeprefix("\ufeff")


def _says_nothing(head: str) -> bool:
    lines = (line.strip() for line in head.splitlines() if not line.startswith("#"))
    return set(lines) <= {"", "{}"}
