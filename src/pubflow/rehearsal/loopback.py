"""What keeps a rehearsal on this computer: no other address is reached, no real token is seen."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pubflow.errors import PubflowError

_SECRET_WORDS = frozenset(
    {
        "TOKEN",
        "TOKENS",
        "PAT",
        "SECRET",
        "SECRETS",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "CREDENTIAL",
        "CREDENTIALS",
        "APIKEY",
        "NETRC",
        "ASKPASS",
        "OIDC",
    }
)
_SECRET_ENDINGS = ("_API_KEY", "_ACCESS_KEY", "_ACCESS_KEY_ID", "_PRIVATE_KEY", "KAGGLE_KEY")
_IN_THE_WAY = frozenset(
    {
        "GH_HOST",
        "GH_CONFIG_DIR",
        "SSH_AUTH_SOCK",
        "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE",
        "HF_DEBUG",
    }
)


class NotLoopback(PubflowError):
    """Something tried to leave this computer.

    No OSError, so that no library takes it for bad weather and tries again.
    """


_lock = threading.Lock()
_depth = 0
_originals: dict[str, Any] = {}


@contextlib.contextmanager
def loopback_only() -> Iterator[None]:
    """While it lasts, this process opens no connection but to itself: raises NotLoopback.

    Holds for all threads and for every library that uses Python's sockets; Unix sockets pass.
    Names other than localhost are not looked up either, as that asks a server too. Child
    processes and libraries with sockets of their own (git, hf_xet) are not held back: for them
    there is `clean_environment`, which leaves no address but the stand-ins'.
    """
    global _depth
    with _lock:
        _depth += 1
        if _depth == 1:
            _guard()
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if not _depth:
                _unguard()


def _guard() -> None:
    for name, place in (("connect", 0), ("connect_ex", 0), ("sendto", -1)):
        _originals[name] = getattr(socket.socket, name)
        setattr(socket.socket, name, _checked(_originals[name], place))
    _originals["getaddrinfo"] = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check_host(host, resolving=True)
        return _originals["getaddrinfo"](host, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def _unguard() -> None:
    socket.getaddrinfo = _originals.pop("getaddrinfo")
    for name, original in _originals.items():
        setattr(socket.socket, name, original)
    _originals.clear()


def _checked(method: Callable[..., Any], place: int) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family != getattr(socket, "AF_UNIX", None) and args:
            address = args[place]
            _check_host(address[0] if isinstance(address, tuple) else address)
        return method(self, *args)

    return guarded


def _check_host(host: Any, *, resolving: bool = False) -> None:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host == "localhost" or (resolving and not host):
        return
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        pass
    else:
        mapped = getattr(address, "ipv4_mapped", None)
        if resolving or (mapped or address).is_loopback:
            return  # To "resolve" an address asks nobody; connecting to it is checked apart.
    raise NotLoopback(
        f"A rehearsal does not leave this computer, and something tried to reach {host}.",
        why="Nothing was sent there.",
        hint="This is a mistake in pubflow, unless publish.toml names that address itself.",
    )


def clean_environment(
    env: Mapping[str, str], outer: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment for the rehearsal's children: `outer`'s, the rehearsal's `env` over it.

    `outer` is this process's environment unless given. What holds a secret (by the words in its
    name), a proxy, another endpoint or a store of logins is left out, so that the stand-ins are
    all that a child can reach with a token. HOME stays, as git and Python want it.
    """
    kept = {
        name: value
        for name, value in (os.environ if outer is None else outer).items()
        if not _unwanted(name)
    }
    kept.update(
        # Also stops Python and curl from asking the system's settings for a proxy.
        NO_PROXY="127.0.0.1,localhost,::1",
        no_proxy="127.0.0.1,localhost,::1",
        NETRC=os.devnull,
        GIT_TERMINAL_PROMPT="0",
        HF_HUB_DISABLE_TELEMETRY="1",
        HF_HUB_DISABLE_UPDATE_CHECK="1",
        DO_NOT_TRACK="1",
    )
    kept.update(env)
    return kept


def _unwanted(name: str) -> bool:
    upper = name.upper()
    return (
        not _SECRET_WORDS.isdisjoint(upper.split("_"))
        or upper.endswith(_SECRET_ENDINGS)
        or upper.endswith("_PROXY")
        or upper in _IN_THE_WAY
    )
