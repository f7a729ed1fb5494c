"""The person's word: before anything becomes public, and to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from pubflow.errors import Interrupted, Refused

if TYPE_CHECKING:
    from pubflow.actions import Stage
    from pubflow.engine import Watch
    from pubflow.plan import Plan
    from pubflow.saved import Saved

_LATER = "When it is time:\n\n    pubflow release"


class Gate:
    """Shows what is about to happen, and asks for the tag before anything becomes public.

    Nobody to ask and no `yes` is refused before the first change; so is more than what a plan that
    was `kept` holds.
    """

    def __init__(
        self, tag: str, watch: Watch, until: Stage, *, yes: bool, kept: Saved | None = None
    ) -> None:
        self._tag = tag
        self._watch = watch
        self._until = until
        self._yes = yes
        self._kept = kept

    def baseline(self, plan: Plan) -> None:
        from pubflow.views import plan as plan_view
        from pubflow.views import progress, text

        if self._kept is not None:
            self._kept.holds(plan)
        if plan and not self._yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise Refused(
                "Nobody can be asked here before things become public, as this is no terminal.",
                why="Publishing cannot be undone. Nothing was changed.",
                hint="Say yes beforehand, or stop before anything is public:\n\n"
                "    pubflow release --yes\n    pubflow release --until upload",
            )
        if isinstance(self._watch, progress.Plain):
            with contextlib.suppress(OSError, ValueError):
                text.say(plan_view.ahead(plan, self._until), sys.stderr)

    def approve(self, plan: Plan) -> None:
        from pubflow.views import plan as plan_view
        from pubflow.views import text

        if self._yes:
            return
        with getattr(self._watch, "paused", contextlib.nullcontext)(), _interruptible():
            prompt = f"Type the tag {self._tag} to publish, anything else to leave it: "
            try:
                text.say(plan_view.gate(plan), sys.stderr)
                sys.stderr.write(text.fit(prompt, sys.stderr))
                sys.stderr.flush()
                typed = sys.stdin.readline()
            except KeyboardInterrupt:
                print(file=sys.stderr)
                raise Interrupted(
                    "Stopped before anything became public.",
                    why="What is uploaded stays as it is.",
                    hint=_LATER,
                ) from None
        if not typed.endswith("\n"):
            print(file=sys.stderr)
        if typed.strip() != self._tag:
            raise Refused(
                "Not published.",
                why="What is uploaded stays as it is.",
                hint=_LATER,
            )


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """While the person is asked nothing is in flight, and Ctrl-C ends the question."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def ctrl_c(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C finishes what is in flight; the second ends at once, with 130."""

    def stopping(signum: int, frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):
            if stop.is_set():
                if os.isatty(2):
                    os.write(2, b"\x1b[?25h\n")  # The bars had hidden the cursor.
                os._exit(130)
            stop.set()
            os.write(2, b"\nStopping: finishing what is in flight. Once more to stop at once.\n")

    before = signal.signal(signal.SIGINT, stopping)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
