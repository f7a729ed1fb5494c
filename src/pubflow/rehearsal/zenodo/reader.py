"""Reading what a client sent, one value at a time, and gathering every complaint."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from pubflow.rehearsal.zenodo import identifiers
from pubflow.rehearsal.zenodo.answers import fault
from pubflow.rehearsal.zenodo.state import Json

MISSING = "Missing data for required field."
UNKNOWN = "Unknown field."
BAD_DATE = "Please provide a valid date or interval."
NO_STRING = "Not a valid string."

Read = Callable[["Reader", Any, str], Any]
"""Reads one value at a path; None means dropped."""


_STRAIGHT = str.maketrans("ʼ‘’‚‛“”„‟", "'''''\"\"\"\"", "\u200b\ufeff")


_LIGATURES = re.compile("[\ufb00-\ufb06\uff01-\uff5e\u3000]")
"""And letters as wide as ideographs."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _mended(text: str) -> str:
    """`CafÃ©` -> `Café`: UTF-8 that was read as Windows-1252, if all of the text was."""
    try:
        return text.encode("cp1252").decode()
    except UnicodeError:
        return text


def plain(value: Any) -> Any:
    """Every text of a value as marshmallow-utils' SanitizedUnicode leaves it, which runs ftfy:
    quotation marks are straight, what has no width is gone, misread text is mended, and outside of
    HTML the names of characters are the characters (2026-08).
    """
    if isinstance(value, str):
        text = _mended(value if "<" in value else html.unescape(value)).translate(_STRAIGHT)
        text = _LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
        return unicodedata.normalize("NFC", _CONTROLS.sub("", text))
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


class Reader:
    """Gathers every complaint while the values are read."""

    def __init__(self) -> None:
        self.errors: list[Json] = []
        self.words: list[tuple[str, str]] = []
        """(vocabulary, id) of all that must be known."""

    def complain(self, path: str, *messages: str) -> None:
        self.errors.append(fault(path, *messages))

    def text(self, value: Any, path: str, least: int = 0, most: int = 0) -> str | None:
        if not isinstance(value, str):
            self.complain(path, NO_STRING)
            return None
        text = value.strip()
        if len(text) < least:
            self.complain(path, f"Shorter than minimum length {least}.")
            return None
        if most and len(text) > most:
            self.complain(path, f"Longer than maximum length {most}.")
            return None
        return text

    def word(self, value: Any, path: str, vocabulary: str) -> Json | None:
        """`{"id": ...}` of a vocabulary. A `title`, as the answers show it, is dropped."""
        found = self.keys(value, path, {"id", "title"})
        if found is None:
            return None
        if not isinstance(found.get("id"), str):
            self.complain(f"{path}.id", MISSING)
            return None
        self.words.append((vocabulary, found["id"]))
        return {"id": found["id"]}

    def keys(self, value: Any, path: str, known: set[str]) -> Json | None:
        """The known part of an object; unknown keys are told and dropped."""
        if not isinstance(value, dict):
            self.complain(path, "Invalid input type.")
            return None
        for key in value:
            if key not in known:
                self.complain(f"{path}.{key}", UNKNOWN)
        return {key: item for key, item in value.items() if key in known and item is not None}

    def many(self, value: Any, path: str, one: Callable[[Any, str], Any]) -> list[Any] | None:
        if not isinstance(value, list):
            self.complain(path, "Not a valid list.")
            return None
        items = (one(item, f"{path}.{number}") for number, item in enumerate(value))
        return [item for item in items if item is not None]

    def identifier(self, value: Json, path: str, allowed: frozenset[str]) -> Json:
        """`identifier` and `scheme` of an object, in normal form."""
        text = value.get("identifier")
        if not isinstance(text, str) or not text.strip():
            self.complain(f"{path}.identifier", MISSING)
            return {}
        scheme = value.get("scheme") or identifiers.detect(text, allowed)
        if scheme not in allowed:
            self.complain(f"{path}.scheme", "Invalid scheme.")
            return {"identifier": text} | ({"scheme": scheme} if scheme else {})
        text, complaint = identifiers.normal(scheme, text)
        if complaint:
            self.complain(f"{path}.identifier", complaint)
        return {"identifier": text, "scheme": scheme}
