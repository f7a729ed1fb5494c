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
    from pubflow.discard import Found
    from pubflow.engine import Watch
    from pubflow.plan import Plan
    from pubflow.saved import Saved
    from pubflow.views.progress import Plain

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
        stays = "What is uploaded stays as it is."
        with getattr(self._watch, "paused", contextlib.nullcontext)():
            try:
                text.say(plan_view.gate(plan), sys.stderr)
                typed = asked(f"Type the tag {self._tag} to publish, anything else to leave it: ")
            except KeyboardInterrupt:
                print(file=sys.stderr)
                what = "Stopped before anything became public."
                raise Interrupted(what, why=stays, hint=_LATER) from None
        if typed != self._tag:
            raise Refused("Not published.", why=stays, hint=_LATER)


class Discarding:
    """Shows what would be deleted, and asks for the tag before anything is."""

    def __init__(self, tag: str, watch: Plain, *, yes: bool, quiet: bool) -> None:
        self._tag = tag
        self._watch = watch
        self._yes = yes
        self._quiet = quiet
        self.found: Found | None = None
        """What was shown."""

    def approve(self, found: Found) -> None:
        from pubflow.views import discard as view
        from pubflow.views import text

        self.found = found
        if not self._quiet:
            with contextlib.suppress(OSError, ValueError), self._watch.paused():
                text.say(view.ahead(found), sys.stderr)
        if self._yes:
            return
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise Refused(
                "Nobody can be asked here before it is deleted, as this is no terminal.",
                why="Deleted drafts do not come back, nor do their DOIs. Nothing was changed.",
                hint="Say yes beforehand:\n\n    pubflow discard --yes",
            )
        try:
            with self._watch.paused():
                typed = asked(f"Type the tag {self._tag} to delete it, anything else to leave it: ")
        except KeyboardInterrupt:
            print(file=sys.stderr)
            raise Interrupted("Stopped. Nothing was deleted.") from None
        if typed != self._tag:
            raise Refused("Nothing was deleted.", hint="Go on with:\n\n    pubflow release")


def asked(prompt: str) -> str:
    """The line that the person types. Raises KeyboardInterrupt for Ctrl-C."""
    from pubflow.views import text

    with _interruptible():
        sys.stderr.write(text.fit(prompt, sys.stderr))
        sys.stderr.flush()
        typed = sys.stdin.readline()
    if not typed.endswith("\n"):
        print(file=sys.stderr)
    return typed.strip()


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
