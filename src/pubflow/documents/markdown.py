"""User text in Markdown and HTML: what it may do there, and what not."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from pubflow.documents.facts import one_line, prose

TAGS = frozenset(
    {"p", "br", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "sub", "sup"}
    | {"h1", "h2", "h3", "h4", "h5", "strike", "table", "tbody", "tr", "th", "td"}
)
"""Of those that InvenioRDM keeps (invenio-config, 2026-11); it takes out all others, h6 and thead
among them."""
SCHEMES = frozenset({"http", "https", "mailto"})
SPLIT = "<!-- -->"
"""Put between `@` and a name, or `#` and a number, it keeps GitHub from finding a mention there;
GitHub looks in the rendered text, so a backslash does not help. It is not seen."""

_MENTION = re.compile(r"@(?=[A-Za-z0-9])|#(?=\d)|(?<=\bGH-)(?=\d)|(?<=\bgh-)(?=\d)")
_EMOJI = re.compile(r":(?=[\w+-]+:)")
_TAG = re.compile(
    r"<(?=[A-Za-z/!?])(?!/?(?:sub|sup|br|em|strong|b|i)\s*/?>)(?!(?:https?:|mailto:)[^\s<>]*>)"
)
"""Where HTML begins that is neither a harmless tag without attributes nor `<https://...>`."""
_FOOTNOTE = re.compile(r"\[\^([^\s\[\]]+)\](:?)")
_NOTES = re.compile(r"^ {0,3}\[\^([^\s\[\]]+)\]:", re.MULTILINE)
_ENTITY = re.compile(r"&(?=#?\w+;)")


def to_html(text: str) -> str:
    """Markdown (CommonMark, tables, `~~struck~~`) as HTML with a few harmless tags; links to the
    web and mail only. Of a picture its words are kept.

    Raw HTML is read and cleaned, so `H<sub>2</sub>O` works and a script does not.
    """
    import nh3
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import reference

    def links(state: Any, first: int, last: int, silent: bool) -> bool:
        """The rule for `[label]: address`, without those of footnotes."""
        if state.src.startswith("[^", state.bMarks[first] + state.tShift[first]):
            return False
        return reference(state, first, last, silent)

    text = prose(text)
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    reader.add_render_rule("image", _words)
    reader.block.ruler.at("reference", links)
    reader.inline.ruler.before("link", "footnote", _footnote)
    tokens = reader.parse(text, {"notes": set(_NOTES.findall(text))})
    for block in tokens:
        for token in (block, *(block.children or ())):
            token.tag = {"h6": "h5", "s": "strike"}.get(token.tag, token.tag)
    clean = nh3.clean(
        reader.renderer.render(tokens, reader.options, {}),
        tags=set(TAGS),
        attributes={"a": {"href"}},
        attribute_filter=_absolute,
        url_schemes=set(SCHEMES),
        link_rel=None,
        strip_comments=True,
    )
    return clean.strip() + "\n"


def _footnote(state: Any, silent: bool) -> bool:
    """`[^1]` where there is a note of that name, and what begins the note, as a raised 1."""
    found = _FOOTNOTE.match(state.src, state.pos)
    if not found or found[1] not in state.env["notes"]:
        return False
    begins = bool(found[2]) and state.src[: state.pos].rpartition("\n")[2].strip() == ""
    if not silent:
        if begins and state.pos:
            state.push("hardbreak", "br", 0)
        state.push("sup_open", "sup", 1)
        state.push("text", "", 0).content = found[1]
        state.push("sup_close", "sup", -1)
    state.pos = found.end() if begins else found.end(1) + 1
    return True


def _words(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
    return html.escape(renderer.renderInlineAsText(tokens[at].children, options, env), quote=False)


def _absolute(tag: str, attribute: str, value: str) -> str | None:
    return value if urlsplit(value).scheme.lower() in SCHEMES else None


def escape(text: str) -> str:
    """User text as one line of Markdown that shows exactly that text, also in a table's cell."""
    text = one_line(text)
    text = _ENTITY.sub("&amp;", text)
    text = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", text)
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"^([#+\-=:])", r"\\\1", text)
    text = re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", text)
    return _EMOJI.sub(":" + SPLIT, _MENTION.sub(lambda found: found[0] + SPLIT, text))


def url(address: str) -> str:
    """The address as it may stand in `[text](address)`; empty if it is not of web or mail."""
    address = one_line(address).replace(" ", "%20")
    if not address.lower().startswith(("http://", "https://", "mailto:")):
        return ""
    return quote(address, safe="%/:;?#@!$&'*+,=~._-")


def link(text: str, address: str) -> str:
    """`[text](address)`, or the text alone where the address leads nowhere."""
    target = url(address)
    return f"[{escape(text)}]({target})" if target else escape(text)


def fenced(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def contained(text: str) -> str:
    """User Markdown that stays Markdown but cannot reach beyond itself.

    HTML and comments are shown, not obeyed (our markers are comments), nobody is called by name,
    and text that leaves a block open is shown as it was typed.
    """
    text = prose(text).replace("<!--", "&lt;!--")
    parts = re.split(r"(`+[^`]*`+)", text)
    parts[::2] = [_MENTION.sub(r"\g<0>" + SPLIT, _TAG.sub("&lt;", part)) for part in parts[::2]]
    text = "".join(parts)
    if _closed(text):
        return text
    return "\n\n".join(escape(line) for line in text.splitlines() if line.strip())


def _closed(text: str) -> bool:
    """Whether a paragraph put after the text is a paragraph, outside of any block."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(text + "\n\nend")
    last = tokens[-2] if len(tokens) > 1 else None
    return bool(last and last.type == "inline" and last.content == "end" and last.level == 1)
