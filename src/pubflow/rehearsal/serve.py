"""The three stand-ins together: started, kept on disk, served until stopped."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import string
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from pubflow.rehearsal.control import Control
from pubflow.rehearsal.desk import Answer, Desk, Log
from pubflow.rehearsal.faults import Faults
from pubflow.rehearsal.server import Server
from pubflow.rehearsal.state import WORLD, Keeper, kept, read, temporary, write
from pubflow.rehearsal.wire import Standin

_LETTERS = string.ascii_letters
_ALNUM = string.ascii_letters + string.digits

Maker = Callable[[Path, str], Standin]
"""From a folder and a token to a stand-in."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One platform: the form of its tokens, and the variables that hold address and token."""

    prefix: str
    length: int
    letters: str
    urls: tuple[str, ...]
    token: str

    def fresh_token(self) -> str:
        return self.prefix + "".join(secrets.choice(self.letters) for _ in range(self.length))


# Forms as GitHub, the Hub and Zenodo issue them, 2026: clients and scanners look at the prefix.
_KINDS: Mapping[str, _Kind] = {
    "github": _Kind(
        "gh" + "p_", 36, _ALNUM, ("GITHUB_API_URL", "GITHUB_SERVER_URL"), "GITHUB_TOKEN"
    ),
    "huggingface": _Kind("h" + "f_", 34, _LETTERS, ("HF_ENDPOINT",), "HF_TOKEN"),
    "zenodo": _Kind("", 60, _ALNUM, ("ZENODO_URL",), "ZENODO_TOKEN"),
}


def _makers() -> dict[str, Maker]:
    from pubflow.rehearsal.github import GitHub
    from pubflow.rehearsal.huggingface import Hub
    from pubflow.rehearsal.zenodo import Zenodo

    return {
        "github": lambda folder, token: GitHub(folder, token=token),
        "huggingface": lambda folder, token: Hub(folder, token=token),
        "zenodo": lambda folder, token: Zenodo(folder, token=token),
    }


class Rehearsal:
    """Stand-ins for all platforms on loopback ports, until closed. A context manager.

    `env` holds the variables that point any client at them, `control` the control address.
    With a state directory the worlds, tokens and (where still free) ports are those of the last
    run; without one everything is gone at the end.
    """

    env: dict[str, str]
    control: str

    @classmethod
    def start(
        cls, state: Path | None = None, *, makers: Mapping[str, Maker] | None = None
    ) -> Rehearsal:
        """Start all stand-ins. `makers` puts other stand-ins in their places, by platform.

        Raises PubflowError when `state` cannot be used.
        """
        return cls(state, makers or _makers())

    def __init__(self, state: Path | None, makers: Mapping[str, Maker]) -> None:
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(temporary() if state is None else kept(state))
            notes = read(folder / "rehearsal.json")
            tokens = {
                name: str(notes.get("tokens", {}).get(name) or kind.fresh_token())
                for name, kind in _KINDS.items()
            }
            standins = {
                name: _standin(makers[name], folder / name, tokens[name]) for name in _KINDS
            }
            # GitHub's calls of webhooks reach Zenodo's GitHub integration.
            if hasattr(standins["github"], "deliver") and hasattr(standins["zenodo"], "receive"):
                standins["github"].deliver = standins["zenodo"].receive
            self._log = Log(_KINDS, tokens.values())
            self._faults = faults = Faults(tuple(_KINDS))
            keeper = None
            if state is not None:
                keeper = Keeper({name: (s, folder / name) for name, s in standins.items()})
                stack.callback(keeper.close)

            def changed(*names: str) -> None:
                if keeper is not None:
                    keeper.mark(*names)

            ports = notes.get("ports", {})
            servers = {}
            for name, standin in standins.items():
                desk = Desk(standin, self._log, faults, changed)
                servers[name] = _serve(desk.answer, ports.get(name, 0))
                stack.callback(servers[name].close)

            self._control = Control(
                tuple(standins.values()), self._log, faults, lambda: changed(*standins)
            )
            servers["control"] = _serve(
                lambda request, target: Answer(self._control.handle(request)),
                ports.get("control", 0),
            )
            stack.callback(servers["control"].close)
            ports = {name: server.port for name, server in servers.items()}
            write(folder / "rehearsal.json", {"tokens": tokens, "ports": ports})
            self._stack = stack.pop_all()
        self._folder, self._standins = folder, standins
        self.control = servers.pop("control").url
        self.env = {}
        for name, kind in _KINDS.items():
            self.env.update(dict.fromkeys(kind.urls, servers[name].url))
            self.env[kind.token] = tokens[name]
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers.values())
        self.env["PUBFLOW_ALLOW_HOSTS"] = hosts

    def world(self) -> dict[str, Any]:
        """The ground truth, as `GET /world` gives it."""
        return self._control.world()

    def log(self) -> list[dict[str, Any]]:
        """Every request so far, as `GET /world` lists them."""
        return self._log.shown()

    def counters(self) -> dict[str, dict[str, int]]:
        """Reads and changes per platform, as `GET /counters` gives them."""
        return self._log.counters()

    def number_next(self, number: str) -> None:
        """The next record on Zenodo gets this number, if none has it."""
        zenodo: Any = self._standins["zenodo"]
        zenodo.number_next(number)

    def keep(self, into: Path) -> None:
        """Write all worlds with their bytes to the new folder `into`, for `back_to`.

        For a moment at which no request is being answered.
        """
        into.mkdir()
        for name, standin in self._standins.items():
            shutil.copytree(self._folder / name, into / name)
            write(into / f"{name}.json", standin.dump())

    def back_to(self, kept: Path) -> None:
        """Make all worlds what they were at `keep`; the log is emptied, no fault stays armed."""
        for name, standin in self._standins.items():
            standin.reset()
            shutil.copytree(kept / name, self._folder / name, dirs_exist_ok=True)
            standin.load(read(kept / f"{name}.json"))
        self.disarm()
        self._log.reset()

    def disarm(self) -> None:
        """No fault that has not been met yet will be."""
        self._faults.clear()

    def close(self) -> None:
        """Hang up, write what is to be kept, remove what is not. Twice is once."""
        self._stack.close()

    def __enter__(self) -> Rehearsal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def serve(
    state: Path | None,
    as_json: bool,
    out: TextIO,
    *,
    makers: Mapping[str, Maker] | None = None,
) -> None:
    """Serve the stand-ins until SIGINT or SIGTERM; then return.

    `out` gets one JSON line and nothing more, or lines that a shell can evaluate. Instructions
    go to stderr. Call it from the main thread, where signals arrive.
    """
    with _until_signal() as wait, Rehearsal.start(state, makers=makers) as rehearsal:
        if as_json:
            print(json.dumps({"env": rehearsal.env, "control": rehearsal.control}), file=out)
        else:
            for name, value in rehearsal.env.items():
                print(f"export {name}='{value}'", file=out)
            print(f"# control: {rehearsal.control}", file=out)
        out.flush()
        lasts = f"The world is kept in {state}." if state else "The world is gone when this ends."
        print(
            "Stand-ins for GitHub, the Hugging Face Hub and Zenodo are up. "
            f"{lasts}\nAny client with the variables above talks to them, for any owner. "
            "Ctrl-C stops them.",
            file=sys.stderr,
            flush=True,
        )
        wait()


@contextlib.contextmanager
def _until_signal() -> Iterator[Callable[[], None]]:
    """Gives a function that returns once SIGINT or SIGTERM came.

    Through a pipe: an Event set by a handler can wait for a lock that the interrupted code holds.
    """
    reading, writing = os.pipe()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: _poke(writing)) for number in signals]
    try:
        yield lambda: _wait(reading)
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def _poke(pipe: int) -> None:
    os.write(pipe, b".")


def _wait(pipe: int) -> None:
    os.read(pipe, 1)


def _standin(maker: Maker, folder: Path, token: str) -> Standin:
    folder.mkdir(mode=0o700, exist_ok=True)
    standin = maker(folder, token)
    world = read(folder / WORLD)
    if world:
        standin.load(world)
    return standin


def _serve(answer: Callable[..., Answer], port: int) -> Server:
    """At the port of last time, or at a free one if it is taken."""
    try:
        return Server(answer, port)
    except OSError:
        return Server(answer)
