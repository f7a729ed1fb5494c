"""A secret in publish.toml is refused, told where it belongs, and never printed."""

from __future__ import annotations

import pytest

TOKENS = {
    "GitHub": ("gh" + "p_" + "a1B2" * 9, "GITHUB_TOKEN"),
    "fine-grained": ("github" + "_pat_" + "a1B2_" * 9, "GITHUB_TOKEN"),
    "Hub": ("h" + "f_" + "aBcD" * 9, "HF_TOKEN"),
    "Zenodo": ("a1B2c3" * 10, "ZENODO_TOKEN"),
    "AWS": ("AK" + "IA" + "ABCD" * 4, "environment"),
    "key file": ("-----BEGIN RSA PRIV" + "ATE KEY-----", "environment"),
}


def everything(problems):
    return "\n".join(f"{p.where} {p.what} {p.why} {p.hint}" for p in problems)


@pytest.mark.parametrize(("token", "home"), TOKENS.values(), ids=list(TOKENS))
@pytest.mark.parametrize("key", ["paper.venue", "data.d.unknown", "paper.doi", "data.d.license"])
def test_a_value_that_looks_like_a_secret_is_refused_and_not_printed(folder, token, home, key):
    line = f'{key} = "{token}" # here'
    text = folder.sound_but(line, without=(key,))

    problems = folder.errors(text)

    wanted = text.splitlines().index(line) + 1
    assert [p.where for p in problems if "secret" in p.what] == [f"publish.toml:{wanted}"]
    assert home in everything(problems)
    assert token not in everything(problems)
    assert token[4:20] not in everything(problems)


@pytest.mark.parametrize(
    "key", ["token", "api_key", "ZENODO_TOKEN", "password", "client_secret", "access-key"]
)
def test_a_key_that_is_named_like_a_secret_is_refused_at_any_depth(folder, key):
    value = "only-" + "we-know-this"
    lines = [f"targets.zenodo.{key} = '{value}'", f"data.d.target.github.{key} = '{value}'"]

    problems = folder.errors(folder.sound_but(*lines))

    assert [problem.where for problem in problems] == ["publish.toml:7", "publish.toml:8"]
    assert "ZENODO_TOKEN" in problems[0].hint
    assert "GITHUB_TOKEN" in problems[1].hint
    assert value not in everything(problems)


def test_a_secret_in_a_list_or_an_escape_is_found(folder):
    token = "gh" + "p_" + "z9" * 18
    hidden = "\\u0067" + token[1:]

    problems = folder.errors(folder.sound_but(f'paper.keywords = [\n"a",\n"{hidden}",\n]'))

    assert [problem.where for problem in problems] == ["publish.toml:9"]
    assert token not in everything(problems)


def test_a_secret_in_a_comment_is_found(folder):
    token = "h" + "f_" + "QwEr" * 8

    problems = folder.errors(folder.sound_but(f"# my token: {token}"))

    assert [problem.where for problem in problems] == ["publish.toml:7"]
    assert "comment" in problems[0].what
    assert token not in everything(problems)


def test_a_secret_used_as_a_name_is_not_printed(folder):
    token = "gh" + "p_" + "z9" * 18

    problems = folder.errors(folder.sound_but(f"data.{token}.pth = 'd'"))

    assert problems
    assert token not in everything(problems)


@pytest.mark.parametrize(
    "line",
    [
        "data.tokens = { path = 'd', license = 'MIT' }",
        "paper.venue = 'The Secret Life of Tokens'",
        "paper.keywords = ['tokenizer', 'sk-learn-compatible-models-for-everyone']",
        "paper.title = 'hf_transfer and ghp_ prefixes'",
    ],
)
def test_ordinary_words_are_no_secrets(folder, line):
    without = ("paper.title",) if line.startswith("paper.title") else ()

    assert folder.errors(folder.sound_but(line, without=without)) == ()
