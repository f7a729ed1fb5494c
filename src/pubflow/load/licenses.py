"""Licences as publish.toml writes them, and the one that a LICENSE file holds."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pubflow.load import paths
from pubflow.load.findings import did_you_mean, mistake, quoted

if TYPE_CHECKING:
    from license_expression import Licensing  # type: ignore[import-untyped]

NEWER = ("OpenMDW-1.0",)
"""In SPDX 3.28.0 (2026-02-20) and not yet in license-expression 30.4.4."""

_FILE = re.compile(r"(?:licen[cs]e|copying|unlicense)(?:\.(?:txt|md|rst))?", re.IGNORECASE)
_HUB = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")

_TITLES = (
    ("apache license version 2 0 january 2004", "Apache-2.0"),
    ("gnu lesser general public license version 3", "LGPL-3.0-only"),
    ("gnu lesser general public license version 2 1", "LGPL-2.1-only"),
    ("gnu affero general public license version 3", "AGPL-3.0-only"),
    ("gnu general public license version 3", "GPL-3.0-only"),
    ("gnu general public license version 2", "GPL-2.0-only"),
    ("mozilla public license version 2 0", "MPL-2.0"),
    ("cc0 1 0 universal", "CC0-1.0"),
    ("attribution 4 0 international", "CC-BY-4.0"),
    ("this is free and unencumbered software released into the public domain", "Unlicense"),
)
"""What the official texts begin with; the GNU texts alone do not say "or later"."""

_MIT = "permission is hereby granted free of charge to any person obtaining a copy of this software"
_BSD = "redistribution and use in source and binary forms with or without modification"


def spdx(text: str) -> str:
    """An SPDX id or expression in its canonical form; `hf:<id>` is left as it is."""
    if text.startswith("hf:"):
        if not _HUB.fullmatch(text[3:]):
            why = "the Hub's ids are lower-case, like hf:llama3.1"
            raise mistake(f"{quoted(text)} is no licence id of the Hub", why)
        return text
    why = "every platform must be able to say what readers may do"
    own = 'For a licence of your own write { name = "...", file = "..." }.'
    if not text.strip() or len(text) > 500:
        raise mistake(f"{quoted(text)} is no SPDX licence", why, own)
    from license_expression import ExpressionError, ExpressionParseError

    licensing = _licensing()
    try:
        parsed = licensing.parse(text)
        unknown = licensing.unknown_license_keys(parsed)
        if not unknown:
            return str(licensing.parse(text, validate=True, strict=True).render())
    except (ExpressionError, ExpressionParseError, AttributeError, TypeError, RecursionError):
        # An expression that ends too early makes version 30.4.4 fail with AttributeError.
        unknown = []
    word = str(next(iter(unknown), text))
    raise mistake(f"{quoted(word)} is no SPDX licence", why, did_you_mean(word, _spdx_ids()) or own)


@cache
def _licensing() -> Licensing:
    from license_expression import LicenseSymbol, Licensing, get_spdx_licensing

    known = get_spdx_licensing().known_symbols.values()
    return Licensing([*known, *(LicenseSymbol(key) for key in NEWER)])


def _spdx_ids() -> list[str]:
    return [str(key) for key in _licensing().known_symbols if "scancode" not in str(key)]


def detect(root: Path, folder: str) -> tuple[str, str]:
    """(SPDX id, name of the file) of the one licence file of a folder below `root`.

    The id is empty where the text is not surely one of those that we know; both are empty where
    there is no file, or more than one.
    """
    top = paths.found(root, folder or ".")
    if not isinstance(top, Path) or not top.is_dir():
        return "", ""
    try:
        names = [name for name in sorted(os.listdir(top)) if _FILE.fullmatch(name)]
    except OSError:
        return "", ""
    if len(names) != 1:
        return "", ""
    text = paths.read_text(root, f"{folder or '.'}/{names[0]}")
    return (recognised(text) if isinstance(text, str) else ""), names[0]


def recognised(text: str) -> str:
    """The SPDX id of an official licence text; empty unless it is surely that and no more."""
    words = re.sub(r"[^a-z0-9]+", " ", text.casefold()).strip()
    if "commons clause" in words:
        return ""
    head = words[:500]
    for title, found in _TITLES:
        if title in head and not _restricted(head):
            return found
    # A text much longer than the licence says something more.
    if _MIT in words and "this permission notice shall be included" in words:
        return "MIT" if len(words) < 1700 else ""
    if _BSD in words and len(words) < 2200 and "advertising materials" not in words:
        return "BSD-3-Clause" if "neither the name" in words else "BSD-2-Clause"
    return ""


def _restricted(head: str) -> bool:
    title = head[:200]
    return any(word in title for word in ("noncommercial", "sharealike", "noderivatives"))
