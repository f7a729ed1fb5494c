"""Which licence a repository has, from a few sure phrases of the licence's own text.

GitHub compares whole texts (licensee) and says NOASSERTION when it finds a licence file that it
does not know; here a phrase is enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import objects
from .store import Missing, Store

_FILE = re.compile(r"(un)?licen[cs]e([-.](md|txt|rst))?|copying([-.](md|txt))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Licence:
    key: str
    name: str
    spdx: str


_PHRASES = (
    (Licence("apache-2.0", "Apache License 2.0", "Apache-2.0"), ("apache license version 2.0",)),
    (
        Licence("gpl-3.0", "GNU General Public License v3.0", "GPL-3.0"),
        ("gnu general public license version 3, 29 june 2007",),
    ),
    (
        Licence("cc-by-4.0", "Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
        ("attribution 4.0 international",),
    ),
    (
        Licence("bsd-3-clause", 'BSD 3-Clause "New" or "Revised" License', "BSD-3-Clause"),
        ("redistribution and use in source and binary forms", "neither the name of"),
    ),
    (
        Licence("mit", "MIT License", "MIT"),
        ("permission is hereby granted, free of charge, to any person obtaining a copy",),
    ),
)
OTHER = Licence("other", "Other", "NOASSERTION")


def recognise(text: str) -> Licence:
    flat = re.sub(r"[\s,]+", " ", text.lower())
    for licence, phrases in _PHRASES:
        if all(re.sub(r"[\s,]+", " ", phrase) in flat for phrase in phrases):
            return licence
    return OTHER


def detect(store: Store, commit: str) -> tuple[Licence, objects.Entry] | None:
    """The licence at the root of a commit, and its file; None if there is no such file."""
    entries = store.tree(store.commit(commit).tree)
    for entry in sorted(entries, key=lambda e: len(e.name)):
        if entry.type == "blob" and _FILE.fullmatch(entry.name):
            return recognise(store.read(entry.sha)[1].decode("utf-8", "replace")), entry
    return None


def of_branch(store: Store, branch: str) -> tuple[Licence, objects.Entry] | None:
    try:
        return detect(store, store.resolve(f"refs/heads/{branch}").sha)
    except Missing:
        return None
