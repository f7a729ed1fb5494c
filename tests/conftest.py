"""What many tests need: a shelf in memory, and a way to release to it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import shelf
from hypothesis import settings
from rehearsal.github.watching import github_is_obeyed, watch

from pubflow import engine
from pubflow.actions import Stage
from pubflow.claim import Claim, LocalRegister, marker
from pubflow.journal import Journal
from pubflow.links import Links
from pubflow.lockfile import Locked
from pubflow.manifest import Manifest
from pubflow.plan import Plan
from pubflow.platform import State

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts a job in the background has it ignore Ctrl-C, and so would every pubflow
    # that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.load_profile("ci")
"""The same examples every time; for new ones, `pytest --hypothesis-profile default`."""

HELD = (watch, github_is_obeyed)
"""Every exchange with a stand-in for GitHub, in any test, obeys GitHub's own description."""


class Telling:
    """Names what failed at once: a run that is cut off later has said it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write_line(f"\nfailed: {report.nodeid} ({report.when})")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Telling(config))


def as_it_is(
    manifest: Manifest, links: Links, states: dict[str, State]
) -> tuple[Manifest, tuple[()]]:
    """A build of a release that needs no made files."""
    return manifest, ()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `-n auto` means here: most tests wait for processes and sockets, so two more than there
    are processors. On two of them that takes a sixth off.
    """
    return (os.cpu_count() or 1) + 2


Open = Callable[..., engine.World]


@pytest.fixture
def shelf_world() -> shelf.World:
    return shelf.World()


@pytest.fixture
def opened(shelf_world: shelf.World, tmp_path: Path) -> Open:
    """Open the release, as a new process would."""

    def open_it(
        journal: str = "journal.db",
        *,
        jobs: int = 1,
        registers: bool = True,
        manifest: Manifest | None = None,
        **more: object,
    ) -> engine.World:
        manifest = manifest or shelf.a_manifest()
        release = manifest.release
        book = Journal(
            tmp_path / ".pubflow" / journal, str(marker(release.identity, "", release.version))
        )
        claim = Claim(release.identity, release.version, date(2026, 11, 20))
        platform = shelf.Shelf(shelf_world, claim, registers=registers)
        register = platform.register(manifest.targets[0])
        claim.attach(register or LocalRegister(book))
        settings = {"watch": shelf.Notes(), "budget": 5.0, **more}
        return engine.World(
            manifest=manifest,
            platforms={"shelf": platform},
            claim=claim,
            journal=book,
            locked=Locked(),
            build=as_it_is,  # type: ignore[arg-type]
            jobs=jobs,
            **settings,  # type: ignore[arg-type]
        )

    return open_it


def release(
    world: engine.World,
    until: Stage = Stage.PUBLISH,
    only: frozenset[str] = frozenset(),
    approve: Callable[[Plan], None] = lambda plan: None,
) -> engine.Seen:
    return engine.release(
        world,
        until=until,
        only=only,
        baseline=lambda plan: None,
        approve=approve,
        settled=lambda seen: None,
        unchanged=lambda manifest: None,
    )
