"""Text as HTML that is safe to show: what a README or release notes say is anybody's."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

from ..wire import Response

_LINK = re.compile(r"https?://[^\s<>\"')\]}]+[^\s<>\"')\]}.,;:]")


def anchor(address: str, text: str) -> str:
    return f'<a href="{html.escape(quote(address, safe="/:#?=&%~+,;@"))}">{html.escape(text)}</a>'


def linked(text: str) -> str:
    """Escaped, with its addresses as links."""
    parts = []
    at = 0
    for match in _LINK.finditer(text):
        address = html.escape(match[0])
        parts += [html.escape(text[at : match.start()]), f'<a href="{address}">{address}</a>']
        at = match.end()
    return "".join(parts) + html.escape(text[at:])


def markdown(text: str, root: str) -> str:
    """Safe HTML; comments vanish, relative links start at `root`, bare addresses become links."""
    import nh3
    from markdown_it import MarkdownIt

    base = f"http://relative.invalid{root}"
    told = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    cleaned = nh3.clean(told, url_relative=("rewrite_with_base", base))
    cleaned = cleaned.replace(f"{base}#", "#").replace("http://relative.invalid", "")
    # GitHub shows pictures of the repository from their bytes, not from their page.
    shown = f'src="{root}'
    raw = shown.replace("/blob/", "/raw/", 1)
    cleaned = re.sub(r"<img [^>]*>", lambda it: it[0].replace(shown, raw), cleaned)
    pieces = re.split(r"(<a [^>]*>.*?</a>|<[^>]+>)", cleaned, flags=re.DOTALL)
    return "".join(
        piece if piece.startswith("<") else linked(html.unescape(piece)) for piece in pieces
    )


def document(title: str, text: str, status: int = 200) -> Response:
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
        f"</title></head><body>{text}</body></html>"
    )
    headers = {"content-type": "text/html; charset=utf-8"}
    return Response(status, page.encode(), headers)
