"""What the author wrote stays as it was written: the released file differs by our lines only."""

from __future__ import annotations

import difflib
import urllib.request
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from release import truth
from release.conftest import Stage, git

from pubflow.documents import blocks, citation

CITATION = """\
# How to cite us. The order is ours: people first!
authors:
  # The one who did the work.
  - given-names: Josiah      # as on the title page
    family-names: Carberry
    orcid: https://orcid.org/0000-0002-1825-0097
    affiliation: Brown University
    email: carberry@brown.example   # until 2030
  - {family-names: Okonjo-Lindqvist, given-names: Mirela}
  - family-names: "Vela Ibarrondo"
    given-names: 'Tomás'


version: "0.9"   # raised by hand until now
title: >-
  Training
  code

message: 'If you use it, cite it -- please.'
cff-version: 1.2.0
identifiers:
# An older archive, kept.
- {type: swh, value: "swh:1:rev:0000000000000000000000000000000000000000"}
keywords: [digits,   "old words"]   # not publish.toml's

date-released: 2020-02-29
license: Apache-2.0
# The end.
"""

README = """\
Optical digits
==============

[![build](https://ci.example.org/b.svg)](https://ci.example.org)   <!-- keep -->

Text with two blanks at the end  
and a fence that shows our markers:

```markdown
<!-- pubflow:begin -->
<!-- pubflow:end -->
```

* odd   list
   + inside

<!-- pubflow:begin -->
An old block.
<!-- pubflow:end -->

Licence
-------
Apache-2.0, without a line end"""

CARD = """\
---
# Our own head, in our own order.
tags:
    - ours            # first of all
    - "handwritten digits"
pipeline_tag:   image-classification   # what it does
license: apache-2.0
extra_gated_prompt: |
    Be kind.

    Always.
model_name: 'MLP: the small one'
---

# A card of our own

| a|b |
|--|---|
| 1 | 2|
"""


def released(stage: Stage, into: Path) -> Path:
    """A stranger's clone of the tag, with the model's card beside it."""
    server = stage.env["GITHUB_SERVER_URL"]
    address = f"{server}/{truth.REPOSITORY}.git"
    off = "core.autocrlf=false"
    git(stage.folder, "-c", off, "clone", "-q", "-b", "v1.0.0", address, str(into))
    card = f"{stage.env['HF_ENDPOINT']}/{truth.MODEL}/resolve/v1.0.0/README.md"
    with urllib.request.urlopen(card, timeout=30) as answer:
        (into / "card.md").write_bytes(answer.read())
    return into


def today() -> date:
    """The day of the release, as pubflow counts days."""
    return datetime.now(UTC).date()


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """(lines that are gone, lines that are new)."""
    found = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return (
        [line[2:] for line in found if line.startswith("- ")],
        [line[2:] for line in found if line.startswith("+ ")],
    )


def without_block(text: str) -> str:
    start = text.rindex(blocks.BEGIN)
    stop = text.rindex(blocks.END) + len(blocks.END)
    return text[:start] + text[stop:]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_released_file_of_the_author_s_differs_by_our_lines_only(
    stage: Stage, newline: str
) -> None:
    code = stage.folder / "docs/example/code"
    (code / "CITATION.cff").write_text(CITATION, "utf-8", newline=newline)
    (code / "README.md").write_text(README, "utf-8", newline=newline)
    (stage.folder / "docs/example/cards/model.md").write_text(CARD, "utf-8", newline=newline)

    days = [today()]
    foretold = stage.pubflow("plan").out
    done = stage.pubflow("release", "--yes")
    days.append(today())

    clone = released(stage, stage.folder.parent / "clone")
    dois = truth.dois(stage.world)
    texts = {}
    for name in ("CITATION.cff", "README.md", "card.md"):
        data = (clone / name).read_bytes().decode("utf-8")
        assert data.count("\r\n") == (data.count("\n") if newline == "\r\n" else 0), name
        texts[name] = data.replace("\r\n", "\n")

    assert citation.problems(texts["CITATION.cff"]) == []
    gone, new = changed(CITATION, texts["CITATION.cff"])
    prefix = dois["software"].rpartition(".")[0]
    [concept] = [
        f"{prefix}.{record['concept']}"
        for record in stage.world["zenodo"]["records"]
        if record["resource_type"] == "software"
    ]
    both = "University of Utopia; Brown University"
    assert gone == [
        "  - {family-names: Okonjo-Lindqvist, given-names: Mirela}",
        'version: "0.9"   # raised by hand until now',
        "date-released: 2020-02-29",
    ]
    [dated] = [line for line in new if line.startswith("date-released:")]
    assert dated in {f'date-released: "{day}"' for day in days}
    first = new.index(dated)
    assert new[:first] == [
        f"  - {{family-names: Okonjo-Lindqvist, given-names: Mirela, affiliation: {both}}}",
        "    affiliation: University of Utopia",
        "version: 1.0.0   # raised by hand until now",
        "- type: doi",
        f"  value: {concept}",
        "  description: All versions",
        "- type: url",
        f"  value: {stage.env['GITHUB_SERVER_URL']}/{truth.REPOSITORY}/tree/v1.0.0",
        "  description: The code of version 1.0.0",
    ]
    keys = [line.partition(":")[0] for line in new[first:] if line[0].isalpha()]
    assert keys == [
        "date-released",
        "doi",
        "type",
        "abstract",
        "repository-code",
        "url",
        "references",
        "preferred-citation",
    ]
    assert f"doi: {dois['software']}" in new

    assert without_block(texts["README.md"]) == without_block(README)
    assert dois["software"] in texts["README.md"]
    assert "An old block." not in texts["README.md"]

    gone, new = changed(CARD, without_block(texts["card.md"]))
    assert gone == []
    head = new[: new.index("model-index:")]
    assert head == [
        "    - image-classification",
        "    - perceptron",
        "    - data-splits",
        "library_name: numpy",
        "datasets:",
        f"  - {truth.REPOSITORY}",
    ]
    assert {line[:1] for line in new[len(head) + 1 :]} <= {" ", ""}

    for said in (foretold, done.err):
        assert "differ in keywords: “digits, old words” there" in " ".join(said.split())
    assert (code / "CITATION.cff").read_bytes().decode("utf-8") == CITATION.replace("\n", newline)
    assert stage.pubflow("plan", "--detailed-exitcode").code == 0
