"""The bench itself: a process that dies, whenever it dies, is told as one that died."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from release.conftest import Stage, example
from release.sweep import Zygote

from pubflow.rehearsal import Rehearsal


def test_a_run_that_dies_before_it_began_has_said_nothing(tmp_path: Path) -> None:
    zygote = Zygote()
    try:
        with Rehearsal.start() as rehearsal:
            stage = Stage(rehearsal, example(tmp_path / "project"))
            pid = zygote.start(stage, "plan", wait=True)
            os.kill(pid, signal.SIGKILL)
            zygote.go()
            assert zygote.ended(stage, pid) == (-signal.SIGKILL, "")
    finally:
        zygote.close()
