"""Where the token and the server come from, and what importing the platform costs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pubflow.claim import Claim
from pubflow.errors import PubflowError
from pubflow.manifest import Artifact, Kind, Paper, Release, Target
from pubflow.platforms import huggingface
from pubflow.platforms.huggingface import library
from pubflow.tokens import Secret, find


def targets(**settings: Any) -> tuple[Target, ...]:
    artifact = Artifact("weights.w", Kind.WEIGHTS, Path("w"))
    release = Release("w", "1.0.0", "v1.0.0", Paper("P", ()), (artifact,))
    return (Target(artifact, "huggingface", release, settings),)


def test_the_token_is_found_where_the_hubs_own_tool_puts_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token\n")
    env = {"HF_HOME": str(tmp_path), "PUBFLOW_KEYRING": "0"}
    [wanted] = huggingface.wanted(targets(), env)
    found = find(wanted, env)
    assert found is not None
    assert found.reveal() == "a-token"
    assert wanted.page == "https://huggingface.co/settings/tokens"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("HF_TOKEN_PATH", "~/token"),
        ("HF_HOME", "~"),
        ("HF_HOME", "$PLACE"),
        ("HF_HOME", "${PLACE}/"),
    ],
)
def test_its_place_may_be_named_as_the_hubs_own_tool_reads_it(
    tmp_path: Path, name: str, given: str
) -> None:
    (tmp_path / "token").write_text("a-token\n")
    env = {name: given, "HOME": str(tmp_path), "PLACE": str(tmp_path), "PUBFLOW_KEYRING": "0"}
    [wanted] = huggingface.wanted(targets(), env)
    found = find(wanted, env)
    assert found is not None
    assert found.reveal() == "a-token"


@pytest.mark.parametrize("name", ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"])
def test_the_token_is_found_in_the_environment(name: str) -> None:
    env = {name: "a-token"}
    [wanted] = huggingface.wanted(targets(), env)
    assert isinstance(find(wanted, env), Secret)


def test_the_hubs_own_token_goes_to_no_other_server(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token\n")
    env = {"HF_HOME": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"}
    [wanted] = huggingface.wanted(targets(), env)
    assert wanted.host == "127.0.0.1:9"
    assert find(wanted, {**env, "PUBFLOW_KEYRING": "0"}) is None


@pytest.mark.parametrize(
    ("settings", "env", "address"),
    [
        ({}, {}, "https://huggingface.co"),
        ({"url": "https://hub.example"}, {}, "https://hub.example"),
        (
            {"url": "https://hub.example"},
            {"HF_ENDPOINT": "http://127.0.0.1:9/"},
            "http://127.0.0.1:9",
        ),
    ],
)
def test_the_environment_says_which_server(
    settings: Mapping[str, Any], env: Mapping[str, str], address: str
) -> None:
    [target] = targets(repo="lab/w", **settings)
    platform = huggingface.HuggingFace(
        endpoint=huggingface._endpoint((target,), env), token=None, claim=_claim(), env=env
    )
    link = platform.unseen(target).link
    assert link is not None
    assert link.url == f"{address}/lab/w"
    assert link.version_url == f"{address}/lab/w/tree/v1.0.0"


@pytest.mark.parametrize(
    ("settings", "env", "xet"),
    [
        ({}, {}, True),
        ({"xet": False}, {}, False),
        ({}, {"HF_HUB_DISABLE_XET": "1"}, False),
        ({}, {"HF_ENDPOINT": "http://127.0.0.1:9"}, False),
        ({"xet": True}, {"HF_ENDPOINT": "http://127.0.0.1:9"}, True),
    ],
)
def test_large_files_go_by_xet_unless_told_otherwise(
    settings: Mapping[str, Any], env: Mapping[str, str], xet: bool
) -> None:
    assert huggingface._xet(targets(**settings), env) is xet


@pytest.mark.parametrize("name", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_who_keeps_the_hubs_tools_from_the_network_is_obeyed(name: str) -> None:
    for said in ("1", "true", "ON"):
        with pytest.raises(PubflowError, match=f"{name} is set") as caught:
            library.configure("https://hub.example", {name: said}, xet=True, silence=5.0)
        assert f"Unset {name}" in caught.value.hint
    library.configure("https://hub.example", {name: "0"}, xet=True, silence=5.0)
    library.configure("http://127.0.0.1:9", {name: "1"}, xet=False, silence=5.0)


def test_a_switch_of_old_makes_no_noise() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import pubflow.platforms.huggingface.library"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HF_HUB_ENABLE_HF_TRANSFER": "1"},
    )
    assert done.stderr == ""


def _claim() -> Claim:
    from datetime import date

    return Claim("w", "1.0.0", date(2026, 11, 20))


def test_importing_the_platform_loads_no_network_library() -> None:
    code = (
        "import sys, pubflow.platforms.huggingface as it; it.wanted((), {});"
        "print(sorted({m.partition('.')[0] for m in sys.modules}"
        " & {'requests', 'huggingface_hub', 'httpx2', 'github', 'hf_xet', 'yaml'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
