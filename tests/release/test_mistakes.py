"""A manifest full of mistakes: all of them told at once, and nothing sent."""

from __future__ import annotations

import re

import pytest
from release.conftest import Stage

MISTAKES = """\
schema = 1

[paper]
titel = "A word misspelt"
title = "Ten mistakes"
arxiv = "26.05"
authors = ["Ada Lovelace <0000-0002-1825-0098>"]

[affiliations]
lab = { name = "Lab", ror = "https://ror.org/05gq02988" }

[code]
path = "docs/example/code"
history = "snapshot"
license = "Apache 2"
targets = ["github"]

[code.target.github]
repo = "lab/one"

[weights.w]
path = "no/such/folder"
license = "MIT"

[data.d]
path = "docs/example/data/optical-digits"
targets = ["huggingface", "zenod"]

[data.e]
path = "../outside"
license = "CC-BY-4.0"

[targets.zenodo]
token = "SECRET"

[release]
tag = "v {version}"
"""


def test_ten_mistakes_are_ten_messages_with_lines_and_no_request(stage: Stage) -> None:
    secret = "ze" + "no" + "0123456789abcdef" * 3
    toml = MISTAKES.replace("SECRET", secret)
    (stage.folder / "publish.toml").write_text(toml, "utf-8")

    done = stage.pubflow("plan", expect=1)

    lines = {int(n) for n in re.findall(r"^publish\.toml:(\d+): ", done.err, re.MULTILINE)}
    numbered = dict(enumerate(toml.splitlines(), 1))
    told = " ".join(numbered[n] for n in sorted(lines))
    for word in (
        "titel",
        "arxiv",
        "authors",
        "lab =",
        "Apache 2",
        "no/such",
        "zenod",
        "../outside",
    ):
        assert word in told, f"{word} was not told:\n{done.err}"
    assert "[data.d]" in told or "CC-BY" not in told  # A data set without a licence.
    assert "token" in told
    assert "v {version}" in told
    assert len(lines) >= 10
    assert secret not in done.err + done.out
    assert "ZENODO_TOKEN" in done.err
    assert stage.requests == 0


def test_a_program_reads_the_mistakes_as_json(stage: Stage) -> None:
    (stage.folder / "publish.toml").write_text(MISTAKES, "utf-8")

    plan = stage.pubflow("plan", "--json", expect=1).json

    assert len(plan["problems"]) >= 10
    assert plan["actions"] == []


@pytest.mark.parametrize("command", ["plan", "release", "discard"])
@pytest.mark.parametrize(
    "names", [("GITHUB", "HF", "ZENODO"), ("GITHUB", "ZENODO"), ("HF", "ZENODO")]
)
def test_tokens_that_are_not_accepted_are_told_together_each_with_its_remedy(
    stage: Stage, command: str, names: tuple[str, ...]
) -> None:
    stage.extra |= {f"{name}_TOKEN": "wrong" for name in names}

    done = stage.pubflow(command, "--json", expect=1)

    problems = done.json["problems"] if command != "release" else []
    said = done.err.split("\n")
    for name, refusal, remedy in (
        ("GITHUB", "code@github: 127.0.0.1", "into GITHUB_TOKEN."),
        ("HF", "The Hub does not accept the token.", "into HF_TOKEN."),
        ("ZENODO", "permission denied.", "Check ZENODO_TOKEN"),
    ):
        assert sum(refusal in line for line in said) == (name in names)
        assert sum(remedy in line for line in said) == (name in names)
    assert len(problems) == (len(names) if command != "release" else 0)
    assert stage.changes == 0
