"""A platform as a value: the stand-in's own logic, asked in process, over worlds that never change.

`Place.ask` takes what a platform holds and a request, and gives what it holds then and the answer.
The stand-in is asked once for each pair of them; what was asked before is remembered, so that cases
which have much in common cost little. Holding on to a `Held` is a snapshot.
"""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pubflow.http import Answer
from pubflow.rehearsal.body import BodyLost
from pubflow.rehearsal.huggingface import Hub
from pubflow.rehearsal.wire import Request
from pubflow.rehearsal.zenodo import Zenodo
from simulation.store import MemoryGitHub

MOST = 40_000
"""So many answers are remembered; then all of them are forgotten."""


def secret(*parts: str) -> str:
    """A token that is put together only now, so that none stands in a file."""
    return "".join(parts)


TOKENS = {
    "github": secret("gh", "p_", "Simulated" * 4),
    "huggingface": secret("h", "f_", "Simulated" * 4),
    "zenodo": secret("simulated-", "zenodo-", "token"),
}
BASES = {
    "github": "https://api.github.com",
    "git": "https://github.com",
    "huggingface": "https://huggingface.co",
    "zenodo": "https://zenodo.org",
}


class Told(Answer):
    """An answer whose JSON is read once. What it says is shared, and never written to."""

    __slots__ = ("_parsed", "_words")

    def json(self) -> Any:
        try:
            return self._parsed
        except AttributeError:
            parsed = super().json()
            object.__setattr__(self, "_parsed", parsed)
            return parsed

    @property
    def text(self) -> str:
        try:
            return self._words
        except AttributeError:
            words = super().text
            object.__setattr__(self, "_words", words)
            return words


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, with its body; `size` is the length it announces where that is another."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    known: bool = True
    """Whether the token is the right one."""
    breaks: bool = False
    """Whether the connection breaks in the middle of the body."""

    @property
    def where(self) -> str:
        if not self.query:
            return self.path
        return f"{self.path}?" + "&".join([f"{name}={value}" for name, value in self.query])


class Breaking(io.BytesIO):
    """A body whose sender goes away half way through."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise BodyLost("the client went away")
        return super().read(len(self.getvalue()) // 2)

    def readline(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise BodyLost("the client went away")
        return super().readline(size)


class Held:
    """What one platform holds at one moment. Never changes."""

    __slots__ = ("blob", "memo", "truth")

    def __init__(self, blob: bytes) -> None:
        self.blob = blob
        self.memo: dict[Any, tuple[Held, Told]] = {}
        self.truth: dict[str, Any] | None = None


@dataclass
class Place:
    """One platform's stand-in, and what is remembered of its answers."""

    name: str
    standin: Any
    take: Callable[[], Any]
    """Everything that it holds."""
    put: Callable[[Any], None]
    plain: Callable[[Any], Any] = lambda state: state
    """The same as values that can be compared."""
    remembered: list[Held] = field(default_factory=list)
    answers: int = 0
    _loaded: Held | None = None
    now: float = 0.0

    def start(self) -> Held:
        """An empty platform."""
        return Held(pickle.dumps(self._empty, 5))

    def __post_init__(self) -> None:
        self._empty = pickle.loads(pickle.dumps(self.take(), 5))

    def ask(self, held: Held, asked: Asked, now: float, tick: int, lag: int) -> tuple[Held, Told]:
        """The platform after the request, the same object if nothing changed; and its answer."""
        acts = asked.method not in ("GET", "HEAD")
        late = lag and self.name != "huggingface" and (acts or _lists(asked))
        key = (asked, now if acts else 0.0, tick if late else 0, lag)
        known = held.memo.get(key)
        if known is None:
            known = self._ask(held, asked, now, tick, lag, acts)
            if self.answers >= MOST:
                self.forget()
            if not held.memo:
                self.remembered.append(held)
            held.memo[key] = known
            self.answers += 1
        return known

    def _ask(
        self, held: Held, asked: Asked, now: float, tick: int, lag: int, acts: bool
    ) -> tuple[Held, Told]:
        self._load(held)
        self.now = now
        if self.name != "huggingface":
            self.standin.tick(tick, lag)
        headers = {**HEADERS, **dict(asked.headers)}
        token = TOKENS[self.name] if asked.known else "expired"
        headers.setdefault("authorization", f"Bearer {token}")
        if acts:
            headers.setdefault("content-length", str(len(asked.body)))
        query: dict[str, list[str]] = {}
        for name, value in asked.query:
            query.setdefault(name, []).append(value)
        body = Breaking(asked.body) if asked.breaks else io.BytesIO(asked.body)
        base = BASES[self.name]
        request = Request(asked.method, asked.path, query, headers, body, base)
        try:
            answer = self.standin.handle(request)
        except BodyLost:
            told = Told(0, {}, b"", base)
        else:
            content = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
            told = Told(answer.status, answer.headers, content, base + asked.path)
        if not acts:
            if lag and _lists(asked):
                self._loaded = None  # A late search forgets what it has shown.
            return held, told
        if not self.standin.changes(request):
            return held, told
        blob = pickle.dumps(self.take(), 5)
        if blob == held.blob or self._same(held):
            return held, told
        self._loaded = Held(blob)
        return self._loaded, told

    def _same(self, held: Held) -> bool:
        """Whether what it holds now is what `held` was; equal worlds may be pickled differently."""
        return bool(self.plain(pickle.loads(held.blob)) == self.plain(self.take()))

    def truth(self, held: Held) -> dict[str, Any]:
        """What `GET /world` says of it."""
        if held.truth is None:
            self._load(held)
            held.truth = self.standin.world()
        return held.truth

    def _load(self, held: Held) -> None:
        if self._loaded is not held:
            self.put(pickle.loads(held.blob))
            self._loaded = held

    def forget(self) -> None:
        for held in self.remembered:
            held.memo = {}
        self.remembered = []
        self.answers = 0


def _lists(asked: Asked) -> bool:
    """Whether a question is one of those whose answers are late; others say what is."""
    return asked.path.endswith(("/records", "/versions", "/releases"))


HEADERS: Mapping[str, str] = {"user-agent": "pubflow"}


class LateZenodo(Zenodo):
    """Search is late by a number of requests that the caller counts; and nothing is named by
    chance, so that worlds in which the same happened are the same."""

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, **more)
        self._instance.token = lambda: "00000000-0000-4000-8000-000000000000"  # type: ignore[method-assign]

    def tick(self, tick: int, lag: int) -> None:
        self._instance.state.tick = tick
        self._instance.lag = lag

    def take(self) -> Any:
        self._instance.state.tick = 0
        return self._instance.state

    def put(self, state: Any) -> None:
        self._instance.state = state


def places(folder: Path) -> dict[str, Place]:
    """The three platforms; bytes of files go below `folder`, for all worlds alike."""
    made: dict[str, Place] = {}

    def clock(name: str) -> Callable[[], float]:
        return lambda: made[name].now if name in made else 0.0

    github = MemoryGitHub(folder / "github", token=TOKENS["github"], clock=clock("github"))
    hub = Hub(folder / "hub", token=TOKENS["huggingface"], clock=clock("huggingface"))
    zenodo = LateZenodo(folder / "zenodo", token=TOKENS["zenodo"], clock=clock("zenodo"))

    def put(state: Any) -> None:
        hub._stores.state = state

    made["github"] = Place("github", github, github.take, github.put, github.plain)
    made["huggingface"] = Place("huggingface", hub, lambda: hub._stores.state, put)
    made["zenodo"] = Place("zenodo", zenodo, zenodo.take, zenodo.put)
    return made


def encoded(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
