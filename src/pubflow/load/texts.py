"""Words that readers will see: titles, names, prose, ids, patterns. Checked, never rewritten."""

from __future__ import annotations

import re
from typing import Literal

from pubflow.load.findings import mistake, quoted
from pubflow.tree import hidden_character

_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_WORD = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")

Development = Literal[
    "concept", "wip", "suspended", "abandoned", "active", "inactive", "unsupported", "moved"
]
"""Where a project stands, in the words of repostatus.org, which InvenioRDM has too."""

CREDIT = (
    "conceptualization",
    "data-curation",
    "formal-analysis",
    "funding-acquisition",
    "investigation",
    "methodology",
    "project-administration",
    "resources",
    "software",
    "supervision",
    "validation",
    "visualization",
    "writing-original-draft",
    "writing-review-editing",
)
"""The contributor roles of ANSI/NISO Z39.104-2022, credit.niso.org, as slugs (2026-11)."""


def line(text: str) -> str:
    """One line that people read: a title, a name, a keyword."""
    if not text.strip():
        raise mistake("The text is empty", "there would be nothing to show")
    if hidden := hidden_character(text):
        what = f"The text holds the hidden character {hidden}"
        raise mistake(what, "it could mislead readers or break a page", "Take it out.")
    if len(text) > 1000:
        raise mistake("The text is longer than 1000 characters", "it must fit on one line")
    return text.strip()


def prose(text: str) -> str:
    """Markdown of many lines. Writing from right to left needs its marks, so these may stand."""
    for character in text:
        if character in "\n\r\t":
            continue
        hidden = hidden_character(character)
        if hidden and not hidden.startswith(("U+20", "U+061C")):
            what = f"The text holds the control character {hidden}"
            raise mistake(what, "pages and metadata could not hold it", "Take it out.")
    return text


def identifier(text: str) -> str:
    """The id of an artifact or affiliation: it becomes part of names and addresses."""
    if not _ID.fullmatch(text):
        what, why = f"{quoted(text)} cannot be an id", "it becomes part of names and addresses"
        hint = "Use letters, digits, and - _ . between them; at most 96."
        raise mistake(what, why, hint)
    return text


def version(text: str) -> str:
    """`1.0.0`, without a leading `v`."""
    bare = re.sub(r"^[vV](?=[0-9])", "", text.strip())
    if not _VERSION.fullmatch(bare):
        what, why = f"{quoted(text)} cannot be a version", "it becomes part of the tag"
        raise mistake(what, why, 'Use letters, digits and . + - _, like "1.0.0".')
    return bare


def pattern(text: str) -> str:
    """A glob below the artifact's folder."""
    parts = text.split("/")
    if not text.strip() or hidden_character(text) or len(text) > 500:
        raise mistake(f"{quoted(text)} is no pattern", "it must be one line of visible text")
    if text.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", text):
        what, why = f"The pattern {quoted(text)} leaves the artifact's folder", "it counts below it"
        raise mistake(what, why, "Write it relative to the artifact's `path`.")
    if "\\" in text:
        what, why = f"The pattern {quoted(text)} holds a backslash", "folders are divided by /"
        raise mistake(what, why, f"Write {quoted(text.replace(chr(92), '/'))}.")
    return text


def language(text: str) -> str:
    """A language tag, `en` or `pt-BR` (BCP 47, its shape only)."""
    if not _LANGUAGE.fullmatch(text):
        what, why = f"{quoted(text)} is no language code", "the platforms know codes only"
        raise mistake(what, why, 'Write it like "en" or "deu".')
    return text


def word(text: str) -> str:
    """A lower-case term of the Hub: a task or a library, `image-segmentation`."""
    if not _WORD.fullmatch(text):
        what, why = (
            f"{quoted(text)} is no term of the Hub",
            "terms there are lower-case-with-dashes",
        )
        slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
        raise mistake(what, why, f'Did you mean "{slug}"?' if _WORD.fullmatch(slug) else "")
    return text


def ref_trouble(name: str) -> str:
    """Why git would refuse a tag of that name, else empty (git-check-ref-format(1), 2.39)."""
    rules = (
        (not name, "it is empty"),
        (bool(re.search(r"[\x00-\x20\x7f~^:?*\[\\]", name)), "it holds a blank or one of ~^:?*[\\"),
        (bool(hidden_character(name)), "it holds a hidden character"),
        (".." in name, "it holds two dots in a row"),
        ("@{" in name or name == "@", "it holds @{"),
        (name.startswith(("-", "/")), "it begins with a dash or slash"),
        (name.endswith((".", "/")), "it ends with a dot or slash"),
        ("//" in name, "it holds two slashes in a row"),
        (any(part.startswith(".") for part in name.split("/")), "a part begins with a dot"),
        (any(part.endswith(".lock") for part in name.split("/")), "a part ends with .lock"),
        (len(name) > 200, "it is longer than 200 characters"),
    )
    return next((why for broken, why in rules if broken), "")


def slug(title: str) -> str:
    """`SeaGrassNet: mapping` -> `seagrassnet-mapping`; letters of any script stay."""
    return re.sub(r"[^\w]+", "-", title.casefold()).strip("-_")[:80].rstrip("-_") or "release"
