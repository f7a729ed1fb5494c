"""pubflow with one rule taken out, each rule by itself: then the matrix has to turn red.

A rule that could be taken out and nobody would notice is either not needed or not tested.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from simulation import Case, judge
from simulation.rules import RULES, Rule

__all__ = ["RULES", "Caught", "Rule", "caught", "removed"]


@contextlib.contextmanager
def removed(rule: Rule) -> Iterator[None]:
    """pubflow without the rule; what was played with it is forgotten, before and after."""
    with contextlib.ExitStack() as stack:
        for owner, name, instead in rule.patches():
            before = vars(owner)[name]
            setattr(owner, name, instead)
            stack.callback(setattr, owner, name, before)
        _forget()
        stack.callback(_forget)
        yield


def _forget() -> None:
    """What was released before the scenarios begin stays: that was pubflow with all its rules."""
    judge.forget()


@dataclass(frozen=True)
class Caught:
    case: Case
    said: str
    tried: int


def caught(rule: Rule) -> Caught | None:
    """The first case that turns red without the rule, and is green with it."""
    tried_on = list(rule.cases())
    at = 0
    while at < len(tried_on):
        said: judge.Verdict = ()
        with removed(rule):
            while at < len(tried_on) and not said:
                said = judge.judged(tried_on[at])
                at += 1
        if said and not judge.judged(tried_on[at - 1]):
            return Caught(tried_on[at - 1], said[0], at)
    return None
