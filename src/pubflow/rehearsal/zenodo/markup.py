"""HTML as InvenioRDM keeps it: cleaned by bleach, with invenio-config's lists of tags and
attributes, which Zenodo's code leaves as they are (seen on a running InvenioRDM 14.0.5)."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_TAG_NAMES = (
    "a abbr acronym b blockquote br code div table tbody td th tr em h1 h2 h3 h4 h5 i li ol p "
    "pre span strike strong sub sup u ul"
)
_TAGS = frozenset(_TAG_NAMES.split())
_ATTRIBUTES = {
    "a": ("href", "title", "name", "class", "rel"),
    "abbr": ("class", "title"),
    "acronym": ("class", "title"),
}
_LINE_NAMES = (
    "article aside dd details dl dt fieldset figcaption figure footer form h6 header hr main "
    "nav section tfoot thead"
)
_LINES = frozenset(_LINE_NAMES.split())
"""Taken out, they leave the beginning of a line."""
_ADDRESS = re.compile(r"(?:https?|mailto):|[^:]*(?:[/?#]|$)", re.I)


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.kept.append("\n" if tag in _LINES else "")
            return
        allowed = _ATTRIBUTES.get(tag, ("class",))
        said = "".join(
            f' {name}="{html.escape(value or "")}"'
            for name, value in attrs
            if name in allowed and (name != "href" or _ADDRESS.match(value or ""))
        )
        self.kept.append(f"<{tag}{said}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _TAGS and tag != "br":
            self.kept.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.kept.append(html.escape(data, quote=False).replace("\xa0", "&nbsp;"))

    def handle_entityref(self, name: str) -> None:
        self.kept.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.kept.append(f"&#{name};")


def cleaned(text: str) -> str:
    """Only the tags that a description may have; what they enclosed stays."""
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return "".join(cleaner.kept).strip()
