"""Tokens go only to servers that the person running pubflow named, or that everybody knows."""

from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from pubflow.errors import Blocked
from pubflow.load.hosts import allowed_hosts, endpoint


@pytest.mark.parametrize(
    ("url", "allowed", "wanted"),
    [
        ("https://zenodo.org/", set(), "https://zenodo.org"),
        ("https://sandbox.zenodo.org", set(), "https://sandbox.zenodo.org"),
        ("https://ZENODO.org:443", set(), "https://zenodo.org"),
        ("http://127.0.0.1:8080", {"127.0.0.1:8080"}, "http://127.0.0.1:8080"),
        ("http://[::1]:8080/x/", {"[::1]:8080"}, "http://[::1]:8080/x"),
        ("https://inv.example", {"inv.example"}, "https://inv.example"),
        ("https://inv.example", {"inv.example:443"}, "https://inv.example"),
    ],
)
def test_a_named_server_is_used(url, allowed, wanted):
    assert endpoint(url, frozenset(allowed)) == wanted


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://inv.example", set()),
        ("https://inv.example:8443", {"inv.example"}),
        ("http://127.0.0.1:8080", set()),
        ("http://127.0.0.1:8081", {"127.0.0.1:8080"}),
        ("http://inv.example", {"inv.example"}),
        ("https://zenodo.org:8443", set()),
        ("https://zenodo.org.evil.example", set()),
        ("https://zenodo.org@evil.example", {"evil.example"}),
        ("https://u:p@zenodo.org", set()),
        ("https://zenodo.org/?x=1", set()),
        ("https://zenodo.org/#x", set()),
        ("ftp://zenodo.org", set()),
        ("zenodo.org", set()),
        ("https://zenodo.org:99999", set()),
        ("https://[::1", set()),
        ("https://zen\u043edo.org", set()),
        ("", set()),
    ],
)
def test_any_other_server_is_refused(url, allowed):
    with pytest.raises(PydanticCustomError):
        endpoint(url, frozenset(allowed))


def test_the_environment_names_servers_too(folder):
    text = folder.sound_but("targets.zenodo.url = 'http://127.0.0.1:9/'")

    env = {"PUBFLOW_ALLOW_HOSTS": "a.example, 127.0.0.1:9"}

    [_, zenodo] = folder.load(text, env=env).manifest.targets
    assert zenodo.settings["url"] == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("platform", "variable", "value"),
    [
        ("github", "GITHUB_SERVER_URL", "https://lab.example"),
        ("github", "GITHUB_API_URL", "https://lab.example/api/v3"),
        ("huggingface", "HF_ENDPOINT", "https://lab.example"),
        ("zenodo", "ZENODO_URL", "https://lab.example/"),
    ],
)
def test_the_server_that_the_environment_names_needs_no_other_word(
    folder, platform, variable, value
):
    text = folder.sound_but(f"targets.{platform}.url = 'https://lab.example/'")

    assert folder.load(text, env={variable: value}).manifest.targets

    other = "HF_ENDPOINT" if platform == "zenodo" else "ZENODO_URL"
    for env in ({other: value}, {variable: value.replace("lab", "labs")}):
        with pytest.raises(Blocked):
            folder.load(text, env=env)


def test_names_are_compared_without_case():
    assert allowed_hosts(["Inv.Example."], {}) == {"inv.example"}
