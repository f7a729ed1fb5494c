from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from pubflow.tokens import Secret, Wanted, find, redact

CANARY = "can" + "ary-" + "7f3a9b21" * 3


def wanted(**places: object) -> Wanted:
    return Wanted("Shelf", "shelf.example", ("SHELF_TOKEN", "OTHER_TOKEN"), **places)  # type: ignore[arg-type]


def test_a_secret_shows_nowhere_but_where_it_is_revealed() -> None:
    secret = Secret(CANARY)

    for text in (str(secret), repr(secret), f"{secret}", f"{secret:>40}", repr({"t": secret})):
        assert CANARY not in text
    assert secret.reveal() == CANARY
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_known_secret_is_taken_out_of_any_text() -> None:
    Secret(CANARY)

    assert redact(f"GET /?access_token={CANARY} failed") == "GET /?access_token=*** failed"


@pytest.mark.parametrize(
    "token",
    [
        "gh" + "p_" + "a1B2" * 9,
        "gh" + "s_1234567_ey" + "J" + "a1-B" * 30 + ".eyJ" + "a1_B" * 60 + "." + "a1B2" * 30,
        "github" + "_pat_" + "a1B2" * 9,
        "h" + "f_" + "a1B2" * 9,
    ],
)
def test_what_looks_like_a_token_is_taken_out_too(token: str) -> None:
    assert redact(f"Authorization: {token}.") in {"Authorization: ***.", "Authorization: ***"}


def test_ordinary_text_stays_as_it_is() -> None:
    text = (
        "uploaded hf_model.safetensors to lab/digits; basic idea: https://doi.org/10.5281/zenodo.1"
    )

    assert redact(text) == text


def test_the_environment_comes_first_and_empty_is_nothing() -> None:
    env = {"SHELF_TOKEN": " ", "OTHER_TOKEN": CANARY, "PUBFLOW_KEYRING": "0"}

    found = find(wanted(), env)

    assert found is not None
    assert found.reveal() == CANARY
    assert found.source == "the environment variable OTHER_TOKEN"


def test_a_tool_or_a_file_of_the_platform_gives_the_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(CANARY + "\n")
    env = {"PUBFLOW_KEYRING": "0"}

    by_file = find(wanted(file=file), env)
    by_tool = find(wanted(command=(sys.executable, "-c", f"print('{CANARY}')")), env)

    assert by_file is not None
    assert by_tool is not None
    assert by_file.reveal() == by_tool.reveal() == CANARY


def test_no_token_anywhere_is_none(tmp_path: Path) -> None:
    places = wanted(command=("no-such-program",), file=tmp_path / "none")

    assert find(places, {"PUBFLOW_KEYRING": "0"}) is None
