"""The journal in memory says what the one on disk says, whatever was written to them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pubflow.actions import Action, Receipt, Stage
from pubflow.journal import Journal
from simulation import World
from simulation.run import Book, Run

RELEASES = ("1.0.0", "1.1.0")


@pytest.mark.parametrize("seed", range(20))
def test_the_journal_in_memory_is_the_journal(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    run = Run(World.empty())
    path = tmp_path / "journal.db"
    pairs = [(Journal(path, release), Book(run, release)) for release in RELEASES]
    tokens: list[int | None] = [None, 1, 2, 3]
    for _ in range(40):
        journal, book = chance.choice(pairs)
        target = chance.choice(("code@here", "data@there"))
        action = Action(target, Stage.UPLOAD, "upload", chance.choice("ab"))
        match chance.choice(("begin", "commit", "commit", "claim")):
            case "begin":
                journal.begin(action)
                book.begin(action)
            case "commit":
                name = chance.choice(("record", "release"))
                receipt = Receipt(chance.choice(({}, {name: str(chance.randint(1, 9))})))
                journal.commit(action, receipt)
                book.commit(action, receipt)
            case _:
                text, expected = str(chance.random()), chance.choice(tokens)
                assert book.put_claim(text, expected) == journal.put_claim(text, expected)
        for on_disk, in_memory in pairs:
            assert in_memory.claim() == on_disk.claim()
            assert in_memory.done() == on_disk.done()
            assert in_memory.unfinished() == on_disk.unfinished()
            for one in ("code@here", "data@there"):
                assert in_memory.memory(one) == on_disk.memory(one)
    for on_disk, _ in pairs:
        on_disk.close()
