"""A Hub in a folder of its own, with a clock that stands still, and one on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rehearsal.huggingface.asking import READ_TOKEN, TOKEN, Asker

from pubflow.rehearsal.desk import Desk, Log
from pubflow.rehearsal.faults import Faults
from pubflow.rehearsal.huggingface import Hub
from pubflow.rehearsal.server import Server


class Clock:
    """Starts in November 2026 and moves when told."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(tmp_path: Path, clock: Clock) -> Hub:
    return Hub(tmp_path / "hub", token=TOKEN, read_token=READ_TOKEN, clock=clock)


@pytest.fixture
def ask(hub: Hub) -> Asker:
    return Asker(hub)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[Hub, str]]:
    """A Hub on a real socket that asks for parts above 4 MB."""
    served = Hub(tmp_path / "served", token=TOKEN, multipart_above=4_000_000, part_size=1_500_000)
    desk = Desk(served, Log(["huggingface"]), Faults(["huggingface"]))
    server = Server(desk.answer)
    try:
        yield served, server.url
    finally:
        server.close()
