"""Which servers publish.toml may name. It is untrusted: tokens go only where the person allows."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from pubflow.load.findings import mistake, quoted

ALWAYS = frozenset({"zenodo.org", "sandbox.zenodo.org", "github.com", "huggingface.co"})
_PORT = {"https": 443, "http": 80}
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")


def allowed_hosts(hosts: Iterable[str], env: Mapping[str, str]) -> frozenset[str]:
    """What the person allows: `--allow-host`, and PUBFLOW_ALLOW_HOSTS with commas; `*` is all."""
    named = [*hosts, *env.get("PUBFLOW_ALLOW_HOSTS", "").split(",")]
    return frozenset(entry.strip().lower().rstrip(".") for entry in named if entry.strip())


def endpoint(text: str, allowed: frozenset[str], named: str = "") -> str:
    """The server's address without a final slash. Raises `mistake` unless it may be used.

    An allowed `host` means its usual port, `host:port` that port. `named` is the address that the
    environment has for the same platform: the token goes there whatever publish.toml says.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in _PORT or not _HOST.fullmatch(host):
        hint = 'Write it like "https://zenodo.org".'
        raise mistake(f"{quoted(_bare(text))} is no server's address", "tokens go there", hint)
    if "@" in parts.netloc:
        hint = "Take out what stands before the @; tokens belong into the environment."
        raise mistake("The address holds a user name or password", "the file is shared", hint)
    if parts.query or parts.fragment or not re.fullmatch(r"[\w./~-]*", parts.path):
        what = f"The address of {host} has more than a path behind it"
        raise mistake(what, "pubflow adds its own path to it", f'Write "{parts.scheme}://{host}".')
    if parts.scheme == "http" and not is_loopback(host):
        what, why = f"The address of {host} begins with http://", "tokens would go there readable"
        raise mistake(what, why, "Write https://.")
    shown = f"[{host}]" if ":" in host else host
    usual = port in (None, _PORT[parts.scheme])
    entry = shown if usual else f"{shown}:{port}"
    names = {entry, f"{shown}:{port or _PORT[parts.scheme]}"}
    if "*" in allowed:
        names |= allowed
    address = f"{parts.scheme}://{entry}{parts.path.rstrip('/')}"
    known = address == named or (usual and parts.scheme == "https" and host in ALWAYS)
    if not names & allowed and not known:
        raise mistake(
            f"publish.toml sends to {entry}",
            "tokens would go to a server that you did not name yourself",
            f"If you trust it, add to the command:\n\n    --allow-host {entry}",
        )
    return address


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bare(text: str) -> str:
    return re.sub(r"//[^/]*@", "//***@", text)
