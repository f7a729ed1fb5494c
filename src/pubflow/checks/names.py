"""Which files are never published, by their names alone. Pure.

Two kinds: files that programs keep secrets in, and litter that programs leave behind. What an
example of such a file is called (`.env.example`) is no such file.
"""

from __future__ import annotations

import re
from typing import Literal

Why = Literal["secret", "litter", ""]

_KEEPER = re.compile(
    r"\.env(?:rc|[._-].*)?|\.?netrc|_netrc|\.npmrc|\.yarnrc\.yml|\.pypirc|\.git-credentials"
    r"|\.pgpass|\.my\.cnf|\.dockercfg|\.s3cfg|\.boto|\.htpasswd|\.vault-token|kaggle\.json"
    r"|id_[a-z0-9_-]+|.*\.(?:pem|p12|pfx|ppk|jks|keystore|kdbx)"
    r"|credentials(?:[._-].*)?\.(?:json|toml|ya?ml|ini|csv|txt|xml|cfg|conf|properties|enc)"
    r"|credentials|client_secrets?(?:[._-].*)?\.json|secrets\.(?:json|toml|ya?ml|ini|env)",
    re.IGNORECASE,
)
_KEEPERS = (
    ".aws",
    ".azure",
    ".gnupg",
    ".ssh",
    ".kaggle",
    ".env",
    ".config/gcloud",
    ".docker/config.json",
    ".kube/config",
    ".streamlit/secrets.toml",
)
_SHOWS = re.compile(r".*[._-](?:example|sample|template|tmpl|dist|pub)", re.IGNORECASE)
_LITTER = (".git", "__pycache__", ".ipynb_checkpoints", "wandb", ".cache/huggingface")
_LITTER_FILE = re.compile(r".*\.(?:sqlite3?|py[co])|\.DS_Store", re.IGNORECASE)

PUBLIC_PART = ".pem"
"""Such a file may hold certificates alone, which are public: only its bytes can tell."""


def never(name: str) -> Why:
    """Why a file of that name, a posix path, stays here; empty if it may go."""
    last = name.rpartition("/")[2]
    around = f"/{name}/"
    if any(f"/{folder}/" in around for folder in _KEEPERS):
        return "secret"
    if _KEEPER.fullmatch(last) and not _SHOWS.fullmatch(last):
        return "secret"
    if any(f"/{folder}/" in around for folder in _LITTER) or _LITTER_FILE.fullmatch(last):
        return "litter"
    return ""


def public_only(name: str, content: bytes) -> bool:
    """Whether a `.pem` holds nothing but certificates and public keys."""
    return (
        name.lower().endswith(PUBLIC_PART)
        and b"-----BEGIN " in content
        and b"PRIVATE KEY" not in content
    )
