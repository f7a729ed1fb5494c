"""User text in Markdown and HTML: shown as typed, never more than text."""

from __future__ import annotations

import html
import re

import pytest
from documents.releases import NASTY
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pubflow.documents import markdown
from pubflow.rehearsal.zenodo import markup


def shown(text: str) -> str:
    """What a reader sees of the Markdown, also where GitHub's tables are known."""
    made = MarkdownIt("commonmark").enable("table").render(text)
    return html.unescape(re.sub(r"<[^>]*>", "", made)).strip()


LINE = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
MARKUP = st.text(alphabet="ab1 `*_[]()<>!#@|~$&;:\\-+=.\"'{}%", max_size=40)


@settings(max_examples=300, deadline=None)
@given(text=LINE | MARKUP)
def test_escaped_text_is_shown_as_it_was_typed(text: str) -> None:
    assert shown(markdown.escape(text)) == " ".join(text.split())


@settings(max_examples=200, deadline=None)
@given(text=LINE | MARKUP)
def test_escaped_text_stays_in_its_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| x {markdown.escape(text)} | y |"
    made = MarkdownIt("commonmark").enable("table").render(table)
    assert made.count("<td>") == 2
    assert "<td>y</td>" in made


@pytest.mark.parametrize(
    "text", [NASTY, "---", "# a", "1. a", "+ a", "===", "@a #1 GH-2", ":tada:"]
)
def test_nobody_is_called_and_nothing_is_opened(text: str) -> None:
    made = markdown.escape(text)
    assert not re.search(r"@\w|#\d|GH-\d|:tada:|<script|(?<!\\)\|", made)
    assert shown(made) == " ".join(text.split())


def test_html_keeps_the_harmless_and_drops_the_rest() -> None:
    made = markdown.to_html(
        "# T\n\nH<sub>2</sub>O *a* **b** `c` [d](https://e.org) [m](mailto:a@b.c)\n\n- one\n\n"
        "> q\n\n<script>alert(1)</script><img src=x onerror=y><p onclick=z>ok</p>"
        "[j](javascript:alert(1)) [f](file:///etc) [r](../x) <a href='data:x'>u</a>"
        "<iframe src=x></iframe>"
    )
    for kept in (
        "<h1>T</h1>",
        "<sub>2</sub>",
        "<em>a</em>",
        'href="https://e.org"',
        "<li>one</li>",
    ):
        assert kept in made
    assert 'href="mailto:a@b.c"' in made
    for gone in (
        "script",
        "img",
        "onclick",
        "onerror",
        'href="javascript',
        "file:",
        "../x",
        "data:",
    ):
        assert gone not in re.sub(r">[^<]*<", "><", made)
    assert made.endswith("\n")
    assert not made.endswith("\n\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Term[^1].\n\n[^1]: Note.", "<p>Term<sup>1</sup>.</p>\n<p><sup>1</sup> Note.</p>\n"),
        (
            "A[^a]\n\n[^a]: https://example.org/x",
            "<p>A<sup>a</sup></p>\n<p><sup>a</sup> https://example.org/x</p>\n",
        ),
        (
            "B[^b]\n\n[^b]: One *word*\n[^c]: two",
            "<p>B<sup>b</sup></p>\n<p><sup>b</sup> One <em>word</em>\n<br>\n<sup>c</sup> two</p>\n",
        ),
        ("No note[^1] and `[^1]`", "<p>No note[^1] and <code>[^1]</code></p>\n"),
        ("[a][b]\n\n[b]: https://example.org", '<p><a href="https://example.org">a</a></p>\n'),
    ],
)
def test_footnotes_are_raised_names_and_never_links(text: str, shown: str) -> None:
    assert markdown.to_html(text) == shown


def test_tables_struck_words_and_the_words_of_pictures_come_out() -> None:
    made = markdown.to_html(
        "| a | b |\n|---|:-:|\n| 1 | ~~2~~ |\n\n###### six\n\n![a *map* & <b>](https://e.org/m.png)"
    )
    cells = re.sub(r"\s+", "", made)
    assert "<table><tr><th>a</th><th>b</th></tr><tbody><tr><td>1</td>" in cells
    assert "<td><strike>2</strike></td>" in made
    assert "<h5>six</h5>" in made
    assert "<p>a map &amp; &lt;b&gt;</p>" in made


@pytest.mark.parametrize(
    "text", ["| a |\n|---|\n| 1 |", "###### six", "~~x~~ ![y](z)", "<h6>s</h6>"]
)
def test_html_is_as_an_inveniordm_keeps_it(text: str) -> None:
    made = markdown.to_html(text).strip()
    assert markup.cleaned(made) == made


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=80) | MARKUP)
def test_html_of_any_text_has_only_the_listed_tags(text: str) -> None:
    made = markdown.to_html(text)
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", made)) <= markdown.TAGS
    assert markdown.to_html(text) == made


@pytest.mark.parametrize("text", ["```\nopen", "<!-- open", "<div>\nopen", "~~~~\n```", "<script>"])
def test_text_that_leaves_a_block_open_does_not_swallow_what_follows(text: str) -> None:
    made = MarkdownIt("commonmark").render(markdown.contained(text) + "\n\nafter")
    assert "<p>after</p>" in made


def test_contained_text_stays_markdown() -> None:
    text = "We *map* `a@b <i>` [x](https://y.org), H<sub>2</sub>O <https://e.org>, 1 < 2.\n\n- one"
    assert markdown.contained(text) == text


def test_contained_text_shows_html_instead_of_obeying_it() -> None:
    made = markdown.contained("a <script>b</script> <img src=x> <!-- pubflow:end -->")
    assert made == "a &lt;script>b&lt;/script> &lt;img src=x> &lt;!-- pubflow:end -->"


def test_addresses_cannot_leave_their_brackets() -> None:
    made = markdown.link("a ] b", "https://x.org/a)b (c) <d>")
    assert made == r"[a \] b](https://x.org/a%29b%20%28c%29%20%3Cd%3E)"
    assert markdown.link("a", "javascript:alert(1)") == "a"


@given(text=st.text(alphabet="`~a\n", max_size=40))
def test_a_fence_is_longer_than_what_it_holds(text: str) -> None:
    made = MarkdownIt("commonmark").parse(markdown.fenced(text, "text") + "\n\nafter")
    assert made[0].type == "fence"
    assert made[-2].content == "after"
