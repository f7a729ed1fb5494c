"""HTML as a running InvenioRDM 14.0.5 kept it, sent to it and read back."""

from __future__ import annotations

import pytest

from pubflow.rehearsal.zenodo.markup import cleaned


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("<p>a<script>x</script><b>c</b></p>", "<p>ax<b>c</b></p>"),
        ("<h1>a</h1><h2>b</h2><h6>c</h6>", "<h1>a</h1><h2>b</h2>\nc"),
        ('<p><img src="https://e.org/a.png"></p>', "<p></p>"),
        (
            '<a href="https://e.org/?a=1&amp;b=2" title="t" target="_blank">x</a>',
            '<a href="https://e.org/?a=1&amp;b=2" title="t">x</a>',
        ),
        ('<a href="javascript:x">x</a>', "<a>x</a>"),
        (
            '<a href="mailto:a@b.org">x</a><a href="ftp://x.org">y</a><a href="/rel">z</a>'
            '<a href="#f">w</a>',
            '<a href="mailto:a@b.org">x</a><a>y</a><a href="/rel">z</a><a href="#f">w</a>',
        ),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("<p>a<!-- c -->b</p>", "<p>ab</p>"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "a\nb"),
        ('<ol start="3" type="a"><li>x</li></ol>', "<ol><li>x</li></ol>"),
        (
            '<div class="a"><span style="color:red">x</span></div>',
            '<div class="a"><span>x</span></div>',
        ),
        ("<p>y <del>y</del> <s>z</s> <u>u</u> <br/></p>", "<p>y y z <u>u</u> <br></p>"),
    ],
)
def test_html_is_cleaned_as_the_server_cleaned_it(sent: str, kept: str) -> None:
    assert cleaned(sent) == kept
