"""GitHub Enterprise by its address: the API below /api/v3, or under names of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.github.scene import DAY, Scene, git
from release.conftest import Stage

from pubflow.claim import Claim
from pubflow.errors import PubflowError
from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, Paper, Target
from pubflow.manifest import Release as Version
from pubflow.platform import Problem
from pubflow.platforms.github import GitHub, addresses, api_of, wanted
from pubflow.platforms.github import diff as decide
from pubflow.platforms.github.client import Client
from pubflow.platforms.github.state import GitHubState, Release
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


CODE = Artifact("code", Kind.CODE, Path())


def at(url: str, **settings: str) -> Target:
    release = Version("digits", "1.0.0", "v1.0.0", Paper("Digits", ()), (CODE,))
    return Target(CODE, "github", release, {"repo": "lab/digits", "url": url, **settings})


@pytest.mark.parametrize(
    ("url", "env", "found"),
    [
        ("https://acme.ghe.com", {}, ("https://acme.ghe.com", "https://api.acme.ghe.com")),
        ("https://git.lab", {}, ("https://git.lab", "https://git.lab/api/v3")),
        ("", {}, ("https://github.com", "https://api.github.com")),
        (
            "",
            {"GITHUB_API_URL": "https://api.acme.ghe.com/"},
            ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ),
        (
            "",
            {"GITHUB_API_URL": "https://git.lab/api/v3"},
            ("https://git.lab", "https://git.lab/api/v3"),
        ),
        (
            "https://acme.ghe.com",
            {"GITHUB_SERVER_URL": "http://127.0.0.1:9", "GITHUB_API_URL": "http://127.0.0.1:8"},
            ("http://127.0.0.1:9", "http://127.0.0.1:8"),
        ),
    ],
)
def test_one_address_is_enough(url: str, env: dict[str, str], found: tuple[str, str]) -> None:
    assert addresses([at(url)], env) == found


def test_the_token_of_ghe_com_is_the_one_that_gh_uses_there() -> None:
    [one] = wanted([at("https://acme.ghe.com")], {})

    assert one.host == "acme.ghe.com"
    # The others are for a server of one's own: cli.github.com/manual/gh_help_environment.
    assert one.environment == ("GITHUB_TOKEN", "GH_TOKEN")
    assert one.page.startswith("https://acme.ghe.com/settings/")


@pytest.mark.parametrize("url", ["https://acme.ghe.com", "https://git.lab"])
def test_publish_toml_and_the_environment_must_not_name_two_servers(
    url: str, tmp_path: Path
) -> None:
    """In Actions the environment names the runner's own GitHub, whatever publish.toml says."""
    actions = {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_API_URL": "https://api.github.com",
    }
    for env, agree in ((actions, False), ({}, True), ({"GITHUB_SERVER_URL": url}, True)):
        server, api = addresses([at(url)], env)
        platform = GitHub(
            api_url=api,
            server_url=server,
            token=None,
            claim=Claim("digits", "1.0.0", DAY),
            workdir=tmp_path,
            manifest_root=tmp_path,
        )

        errors = [problem for problem in platform.check(at(url)) if problem.severity == "error"]

        assert [url in error.what for error in errors] == [True] * (not agree)
        assert all(f"export GITHUB_SERVER_URL={url} " in error.hint for error in errors)


def test_nothing_is_planned_to_become_public_where_nothing_can_be() -> None:
    state = GitHubState("lab/digits", "https://acme.ghe.com", "v1.0.0")

    def errors(target: Target) -> list[str]:
        found = decide.diff(target, state, Links({}))
        return [p.what for p in found if isinstance(p, Problem) and p.severity == "error"]

    [error] = errors(at("https://acme.ghe.com"))
    assert "acme.ghe.com can be made public" in error
    assert errors(at("https://acme.ghe.com", visibility="private")) == []


def test_the_server_that_publish_toml_names_gets_the_release(
    enterprise: Scene, tmp_path: Path
) -> None:
    """With its consent only, and by that one address: nothing else says where GitHub is."""
    rehearsal = enterprise.rehearsal
    server = rehearsal.env.pop("GITHUB_SERVER_URL")
    del rehearsal.env["GITHUB_API_URL"], rehearsal.env["PUBFLOW_ALLOW_HOSTS"]
    folder = enterprise.checkout
    git(folder, "remote", "add", "origin", f"{server}/{enterprise.repo}.git")
    (folder / "publish.toml").write_text(
        f"""schema = 1
[paper]
title = "Digits"
authors = ["Ada Lovelace"]
[defaults]
version = "1.0.0"
[code]
targets = ["github"]
license = "Apache-2.0"
[targets.github]
url = "{server}"
"""
    )
    stage = Stage(rehearsal, folder)

    refused = stage.pubflow("release", "--yes", expect=1)
    host = server.removeprefix("http://")
    stage.pubflow("release", "--yes", "--allow-host", host)

    assert f"--allow-host {host}" in refused.err
    [release] = enterprise.truth()["releases"]
    assert (release["tag"], release["draft"]) == ("v1.0.0", False)
    asked = [line.split()[1] for line in enterprise.requests()]
    assert any(path.startswith("/api/v3/") for path in asked)
    stage.pubflow("verify", "--allow-host", host)


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
