"""Cases: what happens in which order, and what came of it; with names that bring them back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulation.faults import Fault
from simulation.scenarios import SCENARIOS
from simulation.world import Call, World


@dataclass(frozen=True, slots=True)
class Sitting:
    """One run, or several at once."""

    faults: tuple[Fault, ...] = ()
    runs: int = 1
    turns: tuple[tuple[int, int], ...] = ()
    homes: tuple[int, ...] = ()
    lost: tuple[str, ...] = ()
    until: str = "publish"
    other: tuple[int, ...] = ()

    def home(self, run: int) -> int:
        return self.homes[run] if run < len(self.homes) else run

    def __str__(self) -> str:
        words = [f"-{what}" for what in self.lost]
        words += [f"runs={self.runs}"] * (self.runs != 1)
        if self.turns:
            words.append("turns=" + ",".join(f"{run}:{count}" for run, count in self.turns))
        if self.homes:
            words.append("homes=" + ",".join(map(str, self.homes)))
        if self.other:
            words.append("other=" + ",".join(map(str, self.other)))
        words += [f"until={self.until}"] * (self.until != "publish")
        return " ".join([*words, *map(str, self.faults)])

    @classmethod
    def of(cls, text: str) -> Sitting:
        made: dict[str, Any] = {"faults": (), "lost": ()}
        for word in text.split():
            name, _, value = word.partition("=")
            if word.startswith("-"):
                made["lost"] += (word[1:],)
            elif "!" in word:
                made["faults"] += (Fault.of(word),)
            elif name == "runs":
                made["runs"] = int(value)
            elif name == "turns":
                pairs = (pair.split(":") for pair in value.split(","))
                made["turns"] = tuple((int(run), int(count)) for run, count in pairs)
            elif name in ("homes", "other"):
                made[name] = tuple(map(int, value.split(",")))
            elif name == "until":
                made["until"] = value
            else:
                raise ValueError(f"{word!r} is no part of a case")
        return cls(**made)


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario, and what happens in it, sitting by sitting."""

    scenario: str
    sittings: tuple[Sitting, ...] = ()
    lag: int = 0

    def __str__(self) -> str:
        head = self.scenario + (f" lag={self.lag}" if self.lag else "")
        return " | ".join([head, *map(str, self.sittings)])

    @classmethod
    def of(cls, name: str) -> Case:
        head, *rest = name.split("|")
        scenario, _, lag = head.strip().partition(" lag=")
        if scenario not in SCENARIOS:
            raise ValueError(f"there is no scenario {scenario!r}: {', '.join(SCENARIOS)}")
        return cls(scenario, tuple(map(Sitting.of, rest)), int(lag or 0))


@dataclass(frozen=True, slots=True)
class Exit:
    """How one run ended."""

    sitting: int
    run: int
    code: int
    error: str = ""
    crash: str = ""
    changes: int = 0
    boundaries: int = 0


@dataclass(slots=True)
class Outcome:
    """What came of a case."""

    case: Case
    world: World
    exits: tuple[Exit, ...]
    resumes: int
    released: bool

    @property
    def history(self) -> tuple[Call, ...]:
        return tuple(self.world.history)

    @property
    def counts(self) -> dict[str, int]:
        calls = [call for call in self.world.history if call.sort == "call" and call.by == "run"]
        changes = sum(call.applied for call in calls)
        return {"reads": len(calls) - changes, "changes": changes}

    def lines(self) -> Iterator[str]:
        """The story of it, for people."""
        yield f"case: {self.case}"
        shown = -1
        for call in self.world.history:
            if call.sitting != shown:
                shown = call.sitting
                yield f"sitting {shown}"
            yield str(call)
        for end in self.exits:
            yield f"run {end.sitting}.{end.run} ended with {end.code} {end.error}".rstrip()
            if end.crash:
                yield end.crash
