"""Some files are never published, whatever is in them."""

from __future__ import annotations

import pytest

from pubflow.checks.names import never, public_only


@pytest.mark.parametrize(
    "name",
    [
        ".env", "app/.env", ".env.local", ".env.production", ".envrc", ".ENV",
        "server.pem", "keys/id_rsa", "id_ed25519", "id_deploy", ".netrc", "_netrc", ".npmrc",
        ".pypirc", ".git-credentials", "credentials", "credentials.json", "credentials-prod.yaml",
        ".aws/credentials", "home/.aws/config", ".ssh/known_hosts", ".docker/config.json",
        "kaggle.json", "client_secret_123.apps.json", ".streamlit/secrets.toml", "secrets.yaml",
        ".htpasswd", "release.keystore", "my.p12", "vault.kdbx",
    ],
)  # fmt: skip
def test_a_place_for_secrets_stays_here(name: str) -> None:
    assert never(name) == "secret"


@pytest.mark.parametrize(
    "name",
    [
        ".git/config", "sub/.git/HEAD", "src/__pycache__/a.cpython-311.pyc", "a.pyc",
        "wandb/run-1/files/config.yaml", ".cache/huggingface/token", "runs.sqlite", "x.sqlite3",
    ],
)  # fmt: skip
def test_what_programs_leave_behind_stays_here(name: str) -> None:
    assert never(name) == "litter"


@pytest.mark.parametrize(
    "name",
    [
        ".env.example", ".env.sample", ".env.template", "environment.yml", "env.py", "id_rsa.pub",
        "id_mapping.csv", "src/credentials.py", "docs/credentials.md", "credentials.rst",
        "src/wandb_logger.py", "tests/netrc_test.py", "secrets.py", "weights.safetensors",
        ".gitignore", ".github/workflows/ci.yml", "data/grid.parquet", "identity.txt",
    ],
)  # fmt: skip
def test_an_ordinary_file_may_go(name: str) -> None:
    assert never(name) == ""


def test_a_pem_of_certificates_alone_is_public() -> None:
    certificate = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    key = b"-----BEGIN PRIVATE " + b"KEY-----\nMIIB\n"

    assert public_only("ca.pem", certificate)
    assert not public_only("ca.pem", certificate + key)
    assert not public_only("ca.pem", b"what is this")
    assert not public_only("id_rsa", certificate)
