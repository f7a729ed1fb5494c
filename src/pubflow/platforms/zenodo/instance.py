"""Which InvenioRDM a target goes to, and what can be told from its address alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pubflow.manifest import Kind, Target
from pubflow.packing import Packing, pack

PRODUCTION = "https://zenodo.org"
SANDBOX = "https://sandbox.zenodo.org"
TOKEN_PAGE = "/account/settings/applications/tokens/new/"
SCOPES = "deposit:write and deposit:actions"
"""Zenodo's. An InvenioRDM has no such scopes: any token of an account may deposit (14.0.5)."""

MOST_FILES = 100
"""Files in one record, on Zenodo and by InvenioRDM's default (RDM_RECORDS_MAX_FILES_COUNT,
2026-08). No instance tells its own limit."""

MOST_BYTES = 50 * 10**9
"""Bytes in one record on Zenodo (help.zenodo.org, 2026-11)."""
MOST_ASKED = 200 * 10**9
"""The same with all that an account may add to its records, 150 GB, given to one of them
(zenodo-rdm, invenio.cfg, 2026-08-13)."""


_OF_PREFIX = {"10.5281/": PRODUCTION, "10.5072/": SANDBOX}
"""What comes before `zenodo.<id>` in the DOIs of Zenodo (zenodo-rdm, invenio.cfg, 2026-08)."""


def base_of(settings: Mapping[str, Any], env: Mapping[str, str]) -> str:
    """The instance's address without a slash at its end.

    ZENODO_URL is the person's own word and wins over `url` and `sandbox` in publish.toml.
    """
    given = env.get("ZENODO_URL", "").strip() or str(settings.get("url") or "")
    if given:
        return given.rstrip("/")
    return SANDBOX if settings.get("sandbox") else PRODUCTION


def is_zenodo(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    return host == "zenodo.org" or host.endswith(".zenodo.org")


def is_stand_in(base: str) -> bool:
    """Whether nobody else loads the server: plain http, which is spoken on this computer alone. An
    InvenioRDM that runs here for real answers by https."""
    return base.startswith("http:") and is_loopback(base)


def is_loopback(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def scopes_of(base: str) -> str:
    """What to choose where a token is made, in words."""
    return SCOPES if is_zenodo(base) else f"{SCOPES}, where the server has such scopes"


def publisher_of(target: Target, base: str) -> str:
    """Who publishes the record: as given, Zenodo on its own hosts, else the host's name."""
    given = str(target.settings.get("publisher") or "")
    if given:
        return given
    return "Zenodo" if is_zenodo(base) else urlsplit(base).hostname or base


def integrates(target: Target) -> bool:
    """Whether Zenodo's GitHub integration makes the record: of the code, when GitHub's release is
    out, with the files that it takes there itself."""
    return target.artifact.kind is Kind.CODE and target.settings.get("mode") == "integration"


def record_id(text: str) -> str:
    """`10.5281/zenodo.123`, an address of the record's page, or the id itself -> the id.

    A DOI ends with the id, on Zenodo behind `zenodo.`; InvenioRDM's default is `prefix/id`.
    """
    plain = re.split("[?#]", text.strip(), maxsplit=1)[0]
    last = plain.rstrip("/").rsplit("/", 1)[-1]
    return last.rsplit(".", 1)[-1]


def elsewhere(record: str, base: str) -> str:
    """The host that `record` in publish.toml is of, if that is another one than the target's.

    A DOI tells it on Zenodo alone. A server on this computer may stand for any other.
    """
    if is_loopback(base):
        return ""
    if "://" in record:
        host = urlsplit(record).netloc
    else:
        host = urlsplit(_OF_PREFIX.get(record.lower().partition("zenodo.")[0], "")).netloc
    return host if host and host != urlsplit(base).netloc.lower() else ""


def communities_of(target: Target) -> tuple[str, ...]:
    """The slugs of the communities that the record shall be in, each once."""
    given = target.settings.get("communities") or ()
    slugs = [given] if isinstance(given, str) else list(given)
    return tuple(dict.fromkeys(str(slug) for slug in slugs if slug))


def packed(target: Target) -> Packing | None:
    """How the author's files are packed where a record would not take them as they are.

    More than fit, or an empty one: Zenodo refuses such, other instances take them (2026-11-20), and
    an archive that is the same everywhere is worth more than one that is not needed.
    """
    return pack(target.artifact) if is_packed(target) else None


def is_packed(target: Target) -> bool:
    files = target.artifact.files
    return len(files) > MOST_FILES or not all(file.size for file in files)


def room_of(target: Target, base: str) -> int:
    """How many whole GB the record must be able to hold, where that has to be asked for; else 0.

    Zenodo alone lets the owner of a record ask, and gives it at once (zenodo-rdm, 2026-08).
    """
    size = target.artifact.size
    if size <= MOST_BYTES or not (is_zenodo(base) or is_loopback(base)):
        return 0
    return size // 10**9 + 1
