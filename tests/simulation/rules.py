"""pubflow's rules, and for each what stands in its place where it is taken out.

Where to look for the damage is said with it: parts of the matrix, scenarios, kinds of fault.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pubflow import engine
from pubflow.actions import Action, Receipt
from pubflow.claim import Claim
from pubflow.errors import PubflowError, Transient
from pubflow.plan import Plan
from pubflow.platforms.github import apply as github_apply
from pubflow.platforms.github import look as github_look
from pubflow.platforms.github import texts
from pubflow.platforms.github.push import Remote
from pubflow.platforms.github.register import GitRegister
from pubflow.platforms.huggingface import apply as hub_apply
from pubflow.platforms.huggingface.register import HubRegister
from pubflow.platforms.zenodo import diff as zenodo_diff
from pubflow.platforms.zenodo import doing, looking, reserving, sending
from pubflow.platforms.zenodo import state as zenodo_state
from simulation import SCENARIOS, Case
from simulation.cases import BY_NAME, cases
from simulation.run import Book

SEED = 7
MOST = 400
"""Cases that are tried before a rule counts as not missed."""

Patch = tuple[Any, str, Any]
"""Whose, which name, and what stands there instead."""


@dataclass(frozen=True)
class Rule:
    name: str
    says: str
    patches: Callable[[], list[Patch]]
    parts: tuple[str, ...] = ("singles",)
    """Of the matrix."""
    scenarios: tuple[str, ...] = ("first",)
    kinds: tuple[str, ...] = ()
    """Only cases with one of these faults; empty: any."""

    def cases(self) -> Iterator[Case]:
        """Where the damage is looked for, the parts in turn."""
        found = [
            (case for case in cases(BY_NAME[part], SEED, 10**6) if self._fits(case))
            for part in self.parts
        ]
        mixed = (case for some in itertools.zip_longest(*found) for case in some if case)
        return itertools.islice(mixed, MOST)

    def _fits(self, case: Case) -> bool:
        kinds = {fault.kind for sitting in case.sittings for fault in sitting.faults}
        fits = not self.kinds or bool(kinds & set(self.kinds))
        return case.scenario in self.scenarios and fits


def _no_look() -> list[Patch]:
    def perform(world: Any, action: Action, target: Any, state: Any, links: Any, left: Any) -> Any:
        platform = world.platforms[target.platform]

        def attempt() -> Receipt:
            found: Receipt = platform.apply(action, target, state, links, world.watch.sent)
            return found

        world.journal.begin(action)
        receipt = engine.patient(world, attempt, action)
        world.journal.commit(action, receipt)
        return engine.observe(world, target) if receipt.remember else state

    return [(engine, "perform", perform)]


def _no_settling() -> list[Patch]:
    """Each run takes its own draft for the one that counts."""

    def settle(self: Claim, target: str, key: str, value: str, **more: object) -> str:
        self.move(target, key, value)
        return value

    return [(Claim, "settle", settle)]


def _overwriting() -> list[Patch]:
    """The claim is written over whatever stands there."""
    with_lease, onto = GitRegister.write, HubRegister.write

    def write(self: GitRegister, text: str, expected: str | None) -> str:
        entry = self.read()
        return with_lease(self, text, entry.token if entry else None)

    def commit(self: HubRegister, text: str, expected: str | None) -> str:
        entry = self.read()
        return onto(self, text, entry.token if entry else None)

    return [(GitRegister, "write", write), (HubRegister, "write", commit)]


def _by_search() -> list[Patch]:
    """The record is searched for each time, in place of asking for the number that is known."""

    def unknown(self: looking.Looker, state: Any, number: str) -> Any:
        return state

    return [(looking.Looker, "_known_record", unknown)]


def _not_compared() -> list[Patch]:
    """A file counts as uploaded once it is there, whatever arrived."""

    def holds(self: zenodo_state.Entry, file: Any) -> bool:
        return self.status == "completed"

    return [(zenodo_state.Entry, "holds", holds)]


def _lane_goes_on() -> list[Patch]:
    """After a failure the next action of the target is tried all the same."""

    def lane(world: Any, seen: Any, actions: Any) -> Any:
        target, links = seen.manifest.target(actions[0].target), seen.plan.links
        state, failures = seen.states[target.name], []
        left = partial(world.platforms[target.platform].diff, target, links=links)
        for action in actions:
            try:
                state = engine.perform(world, action, target, state, links, left)
            except PubflowError as error:
                failures.append(error)
        return next(iter(failures), None)

    return [(engine, "_lane", lane)]


def _dois_not_last() -> list[Patch]:
    """A DOI is published when its lane comes to it."""
    whole = zenodo_diff.diff

    def diff(target: Any, state: Any, links: Any) -> Iterator[Any]:
        for item in whole(target, state, links):
            yield replace(item, last=False) if isinstance(item, Action) else item

    return [(zenodo_diff, "diff", diff)]


def _half_kept() -> list[Patch]:
    """What is left of an upload that broke off stays where it is."""

    def upload(self: Any, file: Any, draft: Any, state: Any, action: Action, progress: Any) -> None:
        def told(size: int) -> None:
            progress(action.id, size)

        made = self._api.upload(draft, file.name, file.source, file.size, told)
        if made is None:
            raise Transient(f"{file.name} is there already.")

    return [(github_apply.Hand, "_upload", upload)]


def _anybodys() -> list[Patch]:
    """A draft release at our tag is taken for ours, whoever made it."""
    return [(texts, "carries", lambda body, target: True)]


def _no_lease() -> list[Patch]:
    """Refs are pushed wherever they stand."""
    pushed = Remote.push

    def push(self: Any, repo: Any, updates: Any) -> None:
        now = self.listing.now() or {}
        forced = [replace(u, expected=now.get(u.ref, "")) for u in updates]
        pushed(self, repo, forced)

    return [(Remote, "push", push)]


def _no_parent() -> list[Patch]:
    """A commit on the Hub goes onto whatever is there by then."""
    made = hub_apply._commit

    def commit(api: Any, claim: Any, target: Any, state: Any, links: Any, told: Any) -> Receipt:
        seen = state.repository
        about = api.about(seen.id, state.kind)
        state = replace(state, repository=replace(seen, head=about.head))
        return made(api, claim, target, state, links, told)

    return [(hub_apply, "_commit", commit)]


def _damage_kept() -> list[Patch]:
    """What the server says it received is not compared."""
    return [(sending.Sender, "_compare", lambda self, record, file, got: None)]


def _release_by_tag() -> list[Patch]:
    """A draft release is known by its tag, not by the number in the claim."""
    whole = github_look.numbered

    def numbered(ids: Any, key: str) -> list[str]:
        return [] if key == github_look.RELEASE else whole(ids, key)

    return [(github_look, "numbered", numbered)]


def _sent_again() -> list[Patch]:
    """A request that got no clear answer is sent again, as HTTP libraries do by default."""
    from simulation.run import NoAnswer, Run

    once = Run.ask

    def ask(self: Run, platform: str, asked: Any, change: bool, sends: int = 0) -> Any:
        for _ in range(3):
            try:
                told = once(self, platform, asked, change, sends)
            except NoAnswer:
                continue
            if told.status < 500:
                return told
        return once(self, platform, asked, change, sends)

    return [(Run, "ask", ask)]


RULES = (
    Rule(
        "no library sends again",
        "a request without an answer is sent again",
        _sent_again,
        kinds=("silent-applied", "error-applied"),
    ),
    Rule(
        "the claim decides",
        "each run publishes its own draft",
        _no_settling,
        ("pairs", "thrice"),
        ("first", "register"),
    ),
    Rule(
        "compare and swap",
        "the claim is overwritten",
        _overwriting,
        ("pairs", "thrice"),
        ("first", "register"),
    ),
    Rule("by number, not by search", "records are searched for", _by_search, ("late",)),
    Rule(
        "release by number",
        "a draft release is not known by its number",
        _release_by_tag,
        ("singles", "late", "pairs"),
    ),
    Rule(
        "digests decide",
        "a file that is there counts as right",
        _not_compared,
        kinds=("corrupted", "truncated", "cut"),
    ),
    Rule(
        "the first failure ends a lane",
        "the next action is tried all the same",
        _lane_goes_on,
        kinds=("refused",),
    ),
    Rule(
        "intent before request",
        "nothing is written down before a change",
        lambda: [(Book, "begin", lambda self, action: None)],
    ),
    Rule("DOIs last", "a DOI is born before the pages it leads to are open", _dois_not_last),
    Rule(
        "problems stop",
        "errors that a look finds are not minded",
        lambda: [(engine, "_passable", lambda found: None)],
        kinds=("moved", "foreign"),
    ),
    Rule("half an upload goes", "the rest of a broken upload stays", _half_kept, kinds=("cut",)),
    Rule(
        "wait for the search",
        "a record that is not shown yet is made again",
        lambda: [(reserving.Reserver, "_missed", lambda self, target, state: None)],
        ("late",),
        ("alone",),
    ),
    Rule("only what is ours", "drafts of others are taken up", _anybodys, kinds=("foreign",)),
    Rule("leases", "refs are pushed wherever they stand", _no_lease, ("pairs", "thrice", "crowds")),
    Rule(
        "tidy before publishing",
        "left drafts stay",
        lambda: [(doing.Doer, "_only_one", lambda self, state, record: None)],
        ("late",),
        kinds=("killed-applied",),
    ),
)

SPARE = (
    Rule(
        "what was approved",
        "the plan may grow",
        lambda: [(Plan, "within", lambda self, approved: self)],
        ("pairs", "crowds"),
        ("first", "next", "public"),
    ),
    Rule(
        "the gate",
        "nobody looks whether all is uploaded",
        lambda: [(engine, "gate", lambda plan, only: None)],
        ("pairs", "crowds"),
    ),
    Rule(
        "parent commit",
        "a commit goes onto whatever is there",
        _no_parent,
        ("strangers",),
        ("first", "register", "public"),
    ),
    Rule(
        "look before repeating",
        "after an unclear answer the action is done again",
        _no_look,
        ("singles", "late"),
        kinds=("silent-applied", "error-applied"),
    ),
    Rule(
        "what arrived",
        "what the server received is not compared",
        _damage_kept,
        kinds=("corrupted", "truncated"),
    ),
)
"""Rules that no case misses, as another one holds the same: each action looks for itself before
it makes something, what arrived is compared by every look that follows, an error in any lane ends
the run before the gate, what a run commits onto another's head is the same content, and what a plan
may grow by is safe by itself (that it was not shown is told in `tests/test_engine.py`)."""

assert all(scenario in SCENARIOS for rule in (*RULES, *SPARE) for scenario in rule.scenarios)
