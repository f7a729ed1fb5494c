"""The simulated git is held to git itself: the same pushes and fetches, with the same ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from pubflow.errors import PubflowError
from pubflow.platforms.github.push import Bare, NotPushed, Remote, Update
from pubflow.rehearsal import Rehearsal
from pubflow.tokens import Secret
from simulation import World
from simulation.places import TOKENS
from simulation.remote import Line
from simulation.run import Run

REPO = "simulated-lab/pushed"
MAIN, TAG, CLAIM = "refs/heads/main", "refs/tags/v1", "refs/pubflow/1.0.0"
Said = list[Any]


class Hand:
    """Commits, and what came of each order."""

    def __init__(self, remote: Remote, folder: Path) -> None:
        self.remote = remote
        self.bare: Bare = remote.bare(folder)
        self.said: Said = []
        blob = self.bare.put("blob", b"text\n")
        self.tree = self.bare.put("tree", b"100644 a\0" + bytes.fromhex(blob))
        self.first = self.commit("first")
        self.second = self.commit("second", self.first)
        self.other = self.commit("other")
        lines = f"object {self.first}\ntype commit\ntag v1\ntagger A <a@b.c> 0 +0000\n\nv1\n"
        self.tag = self.bare.put("tag", lines.encode())

    def commit(self, text: str, *parents: str) -> str:
        who = "A <a@b.c> 1700000000 +0000"
        lines = [f"tree {self.tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {who}", f"committer {who}", "", text, ""]
        return self.bare.put("commit", "\n".join(lines).encode())

    def push(self, *updates: Update) -> None:
        try:
            self.remote.push(self.bare.path, updates)
        except NotPushed as no:
            self.said.append(sorted((one.ref, one.reason) for one in no.refused))
        except PubflowError as no:
            self.said.append((type(no).__name__, no.what.partition("http")[0]))
        else:
            self.said.append("pushed")
        self.look()

    def look(self) -> None:
        try:
            self.said.append(dict(self.remote.listing.now() or {}))
        except PubflowError as no:
            self.said.append(type(no).__name__)

    def fetch(self, *refs: str) -> None:
        try:
            self.remote.fetch(self.bare.path, refs, depth=None)
        except PubflowError as no:
            self.said.append(type(no).__name__)
        else:
            self.said.append("fetched")


def create_twice(hand: Hand) -> None:
    hand.push(Update(CLAIM, hand.first, ""))
    hand.push(Update(CLAIM, hand.other, ""))


def move_with_a_lease(hand: Hand) -> None:
    hand.push(Update(CLAIM, hand.first, ""))
    hand.push(Update(CLAIM, hand.other, hand.second))
    hand.push(Update(CLAIM, hand.second, hand.first))


def go_back_without_a_lease(hand: Hand) -> None:
    hand.push(Update(MAIN, hand.second))
    hand.push(Update(MAIN, hand.first))
    hand.push(Update(MAIN, hand.other))


def go_forward_without_a_lease(hand: Hand) -> None:
    hand.push(Update(MAIN, hand.first))
    hand.push(Update(MAIN, hand.second))
    hand.push(Update(MAIN, hand.second))


def branch_and_tag_or_neither(hand: Hand) -> None:
    hand.push(Update(MAIN, hand.first), Update(TAG, hand.tag, ""))
    hand.push(Update(MAIN, hand.second), Update(TAG, hand.second, ""))


def a_tag_that_is_there(hand: Hand) -> None:
    hand.push(Update(TAG, hand.tag))
    hand.push(Update(TAG, hand.second))


def delete_with_a_lease(hand: Hand) -> None:
    hand.push(Update(CLAIM, hand.first, ""))
    hand.push(Update(CLAIM, "", hand.other))
    hand.push(Update(CLAIM, "", hand.first))


def fetch_what_is_there_and_what_is_not(hand: Hand) -> None:
    hand.push(Update(MAIN, hand.second))
    hand.fetch(MAIN)
    hand.fetch("refs/heads/nothing")


SITUATIONS: tuple[Callable[[Hand], None], ...] = (
    create_twice,
    move_with_a_lease,
    go_back_without_a_lease,
    go_forward_without_a_lease,
    branch_and_tag_or_neither,
    a_tag_that_is_there,
    delete_with_a_lease,
    fetch_what_is_there_and_what_is_not,
)


def simulated(folder: Path, token: bool = True, repo: str = REPO) -> Hand:
    world = World.empty()
    owner, _, name = REPO.partition("/")
    world.hand("github", "POST", f"/orgs/{owner}/repos", body={"name": name, "private": True})
    run = Run(world)
    run.expired = not token
    url = f"https://github.com/{repo}.git"
    return Hand(Line(run, folder, lambda: url, Secret(TOKENS["github"])), folder)


@pytest.fixture(scope="module")
def served() -> Iterator[Rehearsal]:
    with Rehearsal.start() as rehearsal:
        yield rehearsal


def real(served: Rehearsal, folder: Path, token: str = "", repo: str = REPO) -> Hand:
    requests.post(f"{served.control}/reset", json={}, timeout=10)
    owner, _, name = REPO.partition("/")
    answer = requests.post(
        f"{served.env['GITHUB_API_URL']}/orgs/{owner}/repos",
        json={"name": name, "private": True},
        headers={"Authorization": f"Bearer {served.env['GITHUB_TOKEN']}"},
        timeout=10,
    )
    assert answer.ok
    url = f"{served.env['GITHUB_SERVER_URL']}/{repo}.git"
    return Hand(Remote(lambda: url, Secret(token or served.env["GITHUB_TOKEN"])), folder)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_a_push_ends_as_with_git_itself(
    served: Rehearsal, tmp_path: Path, situation: Callable[[Hand], None]
) -> None:
    ours, theirs = simulated(tmp_path / "ours"), real(served, tmp_path / "theirs")
    situation(ours)
    situation(theirs)

    assert ours.said == theirs.said


def test_a_wrong_token_and_a_missing_repository_are_told_alike(
    served: Rehearsal, tmp_path: Path
) -> None:
    told = []
    for hand in (
        simulated(tmp_path / "a", token=False),
        real(served, tmp_path / "b", token="wrong"),
        simulated(tmp_path / "c", repo="simulated-lab/nothing"),
        real(served, tmp_path / "d", repo="simulated-lab/nothing"),
    ):
        hand.push(Update(MAIN, hand.first))
        told.append(hand.said)

    assert told[0] == told[1]
    assert told[2] == told[3]
