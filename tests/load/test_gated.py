"""A repository on the Hub whose readers must ask first: how, and what they are asked."""

from __future__ import annotations

from typing import Any

import pytest
from load.conftest import Folder

QUESTIONS = """
[data.d.gated]
access = "manual"
heading = "Ask for the meadows"
description = "We answer within a week."
prompt = "You agree:\\n\\n1. to cite us"
button = "Ask"
fields = { Name = "text", Country = "country", Why = ["Research", "no"], "I agree" = "checkbox" }
"""


def settings(folder: Folder, text: str) -> dict[str, Any]:
    loaded = folder.load(folder.sound_but() + text)
    [hub] = [t for t in loaded.manifest.targets if t.platform == "huggingface"]
    return dict(hub.settings)


def test_a_form_has_questions_in_their_order_and_choices(folder: Folder) -> None:
    found = settings(folder, QUESTIONS)
    assert found["gated"] == "manual"
    assert found["form"]["heading"] == "Ask for the meadows"
    assert list(found["form"]["fields"]) == ["Name", "Country", "Why", "I agree"]
    assert found["form"]["fields"]["Why"] == ["Research", "no"]
    assert "access" not in found["form"]


def test_a_form_may_stand_with_the_place_too(folder: Folder) -> None:
    text = '[data.d.target.huggingface]\ngated = { access = "auto", button = "Get it" }\n'
    found = settings(folder, text)
    assert (found["gated"], found["form"]) == ("auto", {"button": "Get it"})


@pytest.mark.parametrize("given", ['"auto"', '"manual"', "true", "false"])
def test_a_gate_without_questions_stays_one_word(folder: Folder, given: str) -> None:
    loaded = folder.load(folder.sound_but(f"data.d.gated = {given}"))
    [hub] = [t for t in loaded.manifest.targets if t.platform == "huggingface"]
    assert hub.settings["gated"] in ("auto", "manual", True, False)
    assert "form" not in hub.settings


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ('access = "manuel"', '"access" cannot be "manuel"', 'Did you mean "manual"?'),
        ('promt = "x"', 'There is no key "promt" in [data.d.gated]', 'Did you mean "prompt"?'),
        ('fields = { Age = "number" }', '"Age" cannot be "number"', ""),
        ("fields = { Age = [] }", "The list to choose from is empty", "Add to it, or take it out."),
        ("fields = { Age = 3 }", '"Age" is a number', "Put it in quotes."),
    ],
)
def test_a_mistake_in_a_form_is_told_with_its_line(
    folder: Folder, line: str, what: str, hint: str
) -> None:
    lines = ["[data.d.gated]", line]
    if not line.startswith("access"):
        lines.append('access = "auto"')
    text = folder.sound_but() + "\n".join(lines) + "\n"
    [problem] = folder.errors(text)
    number = text.splitlines().index(line) + 1
    assert (problem.where, problem.what, problem.hint) == (f"publish.toml:{number}", what, hint)


def test_how_readers_get_in_is_never_guessed(folder: Folder) -> None:
    [problem] = folder.errors(folder.sound_but() + '[data.d.gated]\nprompt = "Ask"\n')
    assert problem.what == '"access" is missing in [data.d.gated]'
