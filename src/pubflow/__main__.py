"""`pubflow`, and `python -m pubflow`: Ctrl-C is heard from the first moment on."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import NoReturn


def main() -> NoReturn:
    """Run a command and exit with its code. Whoever stops it while it loads sees no traceback."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # Else the one who started us has it ignored.
        signal.signal(signal.SIGINT, _leave)
    from pubflow import cli

    signal.signal(signal.SIGINT, before)
    cli.main()


def _leave(signum: int, frame: FrameType | None) -> NoReturn:
    os._exit(130)


if __name__ == "__main__":
    main()
