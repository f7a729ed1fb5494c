"""GitHub Enterprise by its address: the API below /api/v3, or under names of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.github.scene import Scene, git

from pubflow.errors import PubflowError
from pubflow.platforms.github import api_of, wanted
from pubflow.platforms.github.client import Client
from pubflow.platforms.github.state import Release
from pubflow.rehearsal import Rehearsal
from pubflow.rehearsal.github.enterprise import Enterprise
from pubflow.rehearsal.huggingface import Hub
from pubflow.rehearsal.zenodo import Zenodo
from pubflow.tokens import Secret

TOKEN = "gh" + "p_" + "e" * 36


@pytest.fixture
def enterprise(tmp_path: Path) -> Iterator[Scene]:
    makers = {
        "github": lambda folder, token: Enterprise(folder, token=token),
        "huggingface": lambda folder, token: Hub(folder, token=token),
        "zenodo": lambda folder, token: Zenodo(folder, token=token),
    }
    with Rehearsal.start(makers=makers) as rehearsal:
        rehearsal.env["GITHUB_API_URL"] = api_of(rehearsal.env["GITHUB_SERVER_URL"])
        made = Scene(rehearsal, tmp_path)
        made.checkout.mkdir()
        git(made.checkout, "init", "-q", "-b", "main")
        made.write("README.md", "# Optical digits\n")
        made.write("LICENSE", "Apache License\nVersion 2.0\n")
        yield made


def test_a_release_on_an_enterprise_server_is_whole_and_asks_below_its_api_only(
    enterprise: Scene,
) -> None:
    run = enterprise.run()

    run.release()

    look = enterprise.run().look()
    assert (look.ids, look.errors) == ([], [])
    asked = [line.split()[1] for line in enterprise.requests()]
    assert any(path.startswith("/api/uploads/repos/") for path in asked)
    known = ("/api/v3/", "/api/uploads/", f"/{enterprise.repo}.git/")
    assert [path for path in asked if not path.startswith(known)] == []
    assert list(run.platform.verify(look.target, look.links)) == []


def test_an_enterprise_server_is_discarded_like_any_other(enterprise: Scene) -> None:
    run = enterprise.run()
    for _ in range(2):
        look = run.look()
        run.remembered |= run.apply(look, look.actions[0]).remember
    look = run.look()

    for action in run.platform.undo(look.target, look.state):
        run.apply(look, action)

    assert enterprise.truth() == {}


@pytest.mark.parametrize(
    ("server", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://github.com/", "https://api.github.com"),
        ("https://lab.ghe.com", "https://api.lab.ghe.com"),
        ("https://github.lab.example", "https://github.lab.example/api/v3"),
        ("https://github.lab.example:8443", "https://github.lab.example:8443/api/v3"),
        ("https://notghe.com", "https://notghe.com/api/v3"),
    ],
)
def test_the_api_follows_from_the_server(server: str, api: str) -> None:
    assert api_of(server) == api


def test_the_token_is_looked_for_under_the_server_s_own_host() -> None:
    [one] = wanted((), {"GITHUB_SERVER_URL": "https://github.lab.example"})

    assert one.host == "github.lab.example"
    # Before the names under which a token for github.com may stand beside it.
    assert one.environment[:2] == ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
    assert one.command == ("gh", "auth", "token", "--hostname", "github.lab.example")
    assert one.page.startswith("https://github.lab.example/settings/")


@pytest.mark.parametrize(
    ("api", "upload"),
    [
        ("https://api.github.com", "https://uploads.github.com.evil.example/repos"),
        ("https://api.github.com", "https://evil.example/uploads.github.com"),
        ("https://api.github.com", "https://uploads.evil.example/repos"),
        ("https://api.github.com", "http://uploads.github.com/repos"),
        ("https://api.lab.ghe.com", "https://uploads.other.ghe.com/repos"),
        ("https://github.lab.example/api/v3", "https://uploads.github.com/repos"),
        ("https://github.lab.example/api/v3", "https://github.lab.example:8443/api/uploads"),
    ],
)
def test_a_file_and_the_token_go_to_no_host_but_github_s_own(
    api: str, upload: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    client = Client(api, "https://github.com", Secret(TOKEN))
    sent: list[int] = []

    with pytest.raises(PubflowError) as refused:
        client.upload(
            Release(1, "v1", upload_url=upload), "file", tmp_path / "file", 1, sent.append
        )

    assert refused.value.exit_code == 1
    assert sent == []
    assert TOKEN not in str(refused.value)
