"""What is wrong or worth saying, each at the line of its key.

A place in publish.toml is a path of keys and list positions: `("paper", "authors", 0, "orcid")`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal

from pydantic_core import PydanticCustomError

from pubflow.load.lines import Lines, Place
from pubflow.platform import Problem
from pubflow.tree import printable

LONGEST_QUOTE = 60
"""Characters of the author's text that a message repeats."""


def mistake(what: str, why: str = "", hint: str = "") -> PydanticCustomError:
    """A wrong value, told in our words; `Findings` hears of it through pydantic."""
    return PydanticCustomError("mistake", "{what}", {"what": what, "why": why, "hint": hint})


def quoted(text: object) -> str:
    """The author's text for a message: in quotes, short, with nothing hidden in it."""
    shown = printable(str(text))
    if len(shown) > LONGEST_QUOTE:
        shown = shown[:LONGEST_QUOTE] + "..."
    return f'"{shown}"'


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like this one; empty when none is near."""
    words = {choice.casefold(): choice for choice in known}
    near = difflib.get_close_matches(word.casefold()[:200], words, n=1, cutoff=0.6)
    return words[near[0]] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean "license"?`, or an empty text when nothing is near."""
    near = nearest(word, known)
    return f"Did you mean {quoted(near)}?" if near else ""


def choices(known: Iterable[str]) -> str:
    """`a, b or c`"""
    words = list(known)
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


class Findings:
    """All problems of one publish.toml, and which places are too broken to look at further."""

    def __init__(self, name: str, lines: Lines) -> None:
        self._name = name
        self._lines = lines
        self._found: list[tuple[int, Problem]] = []
        self._broken: set[Place] = set()

    def error(self, place: Place, what: str, why: str = "", hint: str = "") -> None:
        self._add("error", place, what, why, hint)
        self._broken.add(place)

    def error_at(self, line: int, what: str, why: str = "", hint: str = "") -> None:
        """An error that belongs to no key, such as one in a comment."""
        self._found.append((line, Problem(f"{self._name}:{line}", what, why, hint)))

    def distrust(self, place: Place) -> None:
        """Make `sound` say no here, without a message: another one already explains it."""
        self._broken.add(place)

    def warn(self, place: Place, what: str, why: str = "", hint: str = "") -> None:
        self._add("warning", place, what, why, hint)

    def note(self, place: Place, what: str, why: str = "", hint: str = "") -> None:
        self._add("note", place, what, why, hint)

    def sound(self, *place: str | int) -> bool:
        """Whether no error was found at this place or below it: its value can be relied on."""
        return not any(broken[: len(place)] == place for broken in self._broken)

    def covered(self, place: Place) -> bool:
        """Whether an error at this place, or at what it lies in, was already told."""
        return any(place[:end] in self._broken for end in range(1, len(place) + 1))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """All errors in the order of their lines, each once."""
        return tuple(problem for problem in self._sorted() if problem.severity == "error")

    @property
    def notes(self) -> tuple[Problem, ...]:
        """All warnings and notes in the order of their lines, each once."""
        return tuple(problem for problem in self._sorted() if problem.severity != "error")

    def _sorted(self) -> list[Problem]:
        ordered = sorted(self._found, key=lambda found: found[0])
        return list(dict.fromkeys(problem for _, problem in ordered))

    def _add(
        self,
        severity: Literal["error", "warning", "note"],
        place: Place,
        what: str,
        why: str,
        hint: str,
    ) -> None:
        line = self._lines.of(place)
        problem = Problem(f"{self._name}:{line}", what, why, hint, severity)
        self._found.append((line, problem))
