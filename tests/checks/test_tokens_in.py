"""Secrets are found in text, and never shown."""

from __future__ import annotations

import json
import random
import string
import time

import pytest
from checks.seeds import KINDS, LETTERS, Mint

from pubflow.checks.tokens_in import MOST, is_text, secrets_in

AROUND = "import os\n\n{}\nprint('done')\n"


@pytest.mark.parametrize("seed", range(20))
def test_a_users_token_of_the_hub_is_found_though_no_digit_is_in_it(seed: int) -> None:
    body = "".join(random.Random(seed).choices(string.ascii_letters, k=34))

    [found] = secrets_in(AROUND.format(f"login('{'h' + 'f_' + body}')").encode())

    assert (found.line, found.name) == (3, "a token of the Hugging Face Hub")
    assert body not in str(found)


@pytest.mark.parametrize(
    "body", ["a" * 17 + "bcdefghijklmnopqr", "LoadTheConfig" * 3, "Ab" * 17 + "_x"]
)
def test_a_name_that_begins_like_a_token_of_the_hub_is_none(body: str) -> None:
    assert secrets_in(f"from m import {'h' + 'f_' + body}\n".encode()) == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_each_kind_of_secret_is_found_and_never_shown(kind: str, seed: int) -> None:
    text, secret = KINDS[kind](Mint(seed))

    found = secrets_in(AROUND.format(text).encode())

    assert found
    assert 3 <= found[0].line <= 5
    for finding in found:
        told = f"{finding.name} {finding.shown} {finding}"
        parts = [secret[at : at + 12] for at in range(12, len(secret) - 12)]
        assert secret.startswith("-----BEGIN") or not any(part in told for part in parts)


@pytest.mark.parametrize(
    "text",
    [
        "ghp_" + "x" * 36,
        "export HF_TOKEN=hf_" + "x" * 34,
        "AKIAIOSFODNN7" + "EXAMPLE",
        "sk-" + "your-api-key-goes-here-instead-of-this",
        "class='sk-toggleable__label sk-toggleable__label-arrow'",
        "from huggingface_hub import hf_hub_download, hf_hub_url",
        "hf_" + "transformersmodelcardtemplate",
        "if line.startswith('-----BEGIN RSA PRIVATE" + " KEY-----'):",
        "password = os.environ['PASSWORD']",
        "token = settings.tokens.GitHub2Token1",
        "secret_key = get_secret_value('prod/db2/key1')",
        "password: str | None = None",
        "tokenizer = AutoTokenizer.from_pretrained('gpt2-medium-1234')",
        "num_tokens = 1234567890123456",
        "postgresql://user:password@localhost/db",
        "see zenodo.org/record/1234567, sha256 " + "ab12" * 16,
        "wandb: commit " + "0a1b2c3d" * 5,
        'headers = {"Authorization": f"Bearer {self.token_for_2026_requests}"}',
        "machine example.org login ada password secret",
        "a ghs_1234 and a ghs_12_eyJ of no length",
        "token: ${{ secrets.GITHUB_TOKEN }}",
        "https://doi.org/10.5281/zenodo.10000001",
        "private_key: AllowedECKeys2 | Ed25519PrivateKey",
        'token = "<YOUR_TOKEN_12345678>"',
        "integrity: sha512-" + "Ab1+" * 21 + "Ab==",
    ],
)
def test_what_manuals_and_programs_say_is_no_secret(text: str) -> None:
    assert secrets_in(AROUND.format(text).encode()) == ()


ONE_LINE = [kind for kind in KINDS if "\n" not in KINDS[kind](Mint(3))[0]]


@pytest.mark.parametrize("kind", ONE_LINE)
def test_a_secret_in_a_cell_of_a_notebook_is_found(kind: str) -> None:
    text, _ = KINDS[kind](Mint(3))
    lines = ["import os\n", text.replace("'", '"') + "\n"]
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": lines}

    [found, *_] = secrets_in(json.dumps({"cells": [cell]}, indent=1).encode())

    assert found.line == 9


def test_a_secret_in_a_utf16_text_is_found() -> None:
    text, _ = KINDS["github"](Mint(1))

    content = f"a\r\nb\r\n{text}\r\n".encode("utf-16")

    assert is_text(content)
    assert [finding.line for finding in secrets_in(content)] == [3]


def test_bytes_are_no_text() -> None:
    assert not is_text(b"PK\x03\x04\x00\x00")
    assert is_text("Übung\n".encode("latin-1"))


def test_a_secret_is_told_once_whatever_rules_it_fits() -> None:
    token = "gh" + "p_" + Mint(2).of(LETTERS, 36)

    assert len(secrets_in(f'github_token = "{token}"'.encode())) == 1


def test_two_secrets_on_one_line_are_two() -> None:
    one, two = KINDS["github"](Mint(1))[0], KINDS["hub"](Mint(2))[0]

    assert [finding.line for finding in secrets_in(f"{one}; {two}".encode())] == [1, 1]


def test_a_file_full_of_secrets_is_told_in_short() -> None:
    text = "\n".join(KINDS["github"](Mint(seed))[0] for seed in range(100))

    assert len(secrets_in(text.encode())) == MOST


@pytest.mark.parametrize(
    "piece",
    [
        *("sk-", "zenodo", "token=", "aws_", "secret_", "wandb key", '"username":"', "hf_jwt_"),
        *("eyJ", "ghs_1_eyJ", "authorization: token ", "machine a login b ", "aws_session_token="),
    ],
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        content = (piece * (size // len(piece))).encode()
        begun = time.process_time()
        secrets_in(content)
        return time.process_time() - begun

    small, large = seconds(50_000), seconds(400_000)

    assert large < 8 * 4 * small + 0.2
