"""The rehearsal: a whole release, for real, against the stand-ins, and what came of it.

Plan, release, plan again; then every page is read as a stranger reads it. The user's files are read
in place and nothing of his is written; tokens, network and accounts take no part.
"""

from __future__ import annotations

import contextlib
import html
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from pubflow.actions import Stage
from pubflow.assemble import Opened, open_release
from pubflow.engine import Seen
from pubflow.errors import PubflowError
from pubflow.links import Link
from pubflow.rehearsal import Rehearsal, beforehand, clean_environment, loopback_only
from pubflow.rehearsal.wire import KEEP_BYTES
from pubflow.views import done, progress, text
from pubflow.views import plan as plan_view
from pubflow.views.text import Line


def play(path: Path, out: TextIO) -> None:
    """Rehearse the release that `path` describes. Results go to `out`, progress to stderr.

    Raises PubflowError when the release fails, a second plan is not empty, or a page does not lead
    to the others. Changes this process's environment: real tokens leave it.
    """
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="pubflow-rehearsal-") as folder,
        Rehearsal.start() as rehearsal,
    ):
        private = {"HF_HOME": str(Path(folder) / "hub"), "PUBFLOW_KEYRING": "0"}
        env = clean_environment({**rehearsal.env, **private})
        os.environ.clear()
        os.environ.update(env)
        with loopback_only():
            seen = _released(path, Path(folder) / "home", env, rehearsal, out)
            pages = list(_pages(seen))
        counters = rehearsal.counters()
    text.say(done.summary(seen, Stage.PUBLISH), out)
    text.say([Line(), Line("What the rehearsal saw", "bold")], out)
    asked = sum(count["reads"] + count["changes"] for count in counters.values())
    changed = sum(count["changes"] for count in counters.values())
    facts = [
        "the first plan changed nothing",
        f"{text.count(changed, 'changing request')} of {asked}, none of them twice",
        "a second plan is empty",
        *pages,
    ]
    text.say([Line(f"  ok  {fact}", "good") for fact in facts], out)
    seconds = time.monotonic() - started
    text.say(
        [
            Line(),
            Line(f"Rehearsed in {seconds:.0f} s. Nothing left this computer.", "bold"),
            Line("The addresses above were the stand-ins' and are gone now. For the real ones:"),
            Line(),
            Line("    pubflow plan"),
        ],
        out,
    )


def _released(
    path: Path, home: Path, env: Mapping[str, str], rehearsal: Rehearsal, out: TextIO
) -> Seen:
    watch = progress.for_stream(sys.stderr)
    with contextlib.ExitStack() as stack:
        with watch.shown():
            opened = stack.enter_context(open_release(path, env=env, watch=watch, home=home))
        text.say([*_needed(opened), Line()], out)
        beforehand.done(opened.world.manifest, env, rehearsal)
        before = _changes(rehearsal)
        with watch.shown():
            seen = opened.plan()
        text.say(plan_view.human(seen), out)
        if changes := _changes(rehearsal) - before:
            raise PubflowError(f"Planning made {changes} changes.", why="A plan must make none.")
        text.say([Line()], sys.stderr)
        with watch.shown():
            opened.release(baseline=lambda plan: None, approve=lambda plan: None)
    # As a new process would see it: nothing is remembered but what lies on the disk.
    with open_release(path, env=env, watch=watch, home=home) as opened:
        before = _changes(rehearsal)
        again = opened.plan()
        if again.plan or _changes(rehearsal) != before:
            left = ", ".join(action.id for action in again.plan) or "requests that change something"
            raise PubflowError(
                f"After the release there was still something to do: {left}.",
                why="A release must leave an empty plan.",
            )
        found = [
            problem
            for target in again.manifest.targets
            for problem in opened.world.platforms[target.platform].verify(target, again.plan.links)
            if problem.severity == "error"
        ]
        if found:
            from pubflow.errors import Blocked

            raise Blocked(found)
    text.say([Line()], out)
    return again


def _needed(opened: Opened) -> Iterator[Line]:
    manifest = opened.world.manifest
    sizes: dict[str, int] = {}
    for target in manifest.targets:
        sizes[target.platform] = sizes.get(target.platform, 0) + target.artifact.size
    needed = sum(min(size, KEEP_BYTES) for size in sizes.values())
    yield Line("A rehearsal: stand-ins on this computer, no account, no network.")
    yield Line(f"It takes about {text.size(needed)} of disk in {tempfile.gettempdir()} meanwhile.")


def _changes(rehearsal: Rehearsal) -> int:
    return sum(count["changes"] for count in rehearsal.counters().values())


def _pages(seen: Seen) -> Iterator[str]:
    """Read every page without a token; each must be there and lead to all the others."""
    from pubflow.http import Session

    links = seen.plan.links
    read: dict[str, str] = {}
    dead: list[str] = []
    for name, link in links.items():
        for address in dict.fromkeys((link.url, link.version_url or link.url)):
            parts = address.split("/", 3)
            answer = Session("/".join(parts[:3])).request("GET", address)
            if not answer.ok:
                dead.append(f"{name}: {address} answered {answer.status}")
            read[name] = read.get(name, "") + html.unescape(answer.text)
    missing = [
        f"{name} does not lead to {other}"
        for name, page in read.items()
        for other, link in links.items()
        if other != name and not link.late and not _leads(page, link)
    ]
    if dead or missing:
        raise PubflowError(
            "The pages do not fit together: " + "; ".join([*dead, *missing]) + ".",
            why="A reader who has one page must find the others.",
        )
    yield f"{text.count(len(read), 'page')} open to a stranger"
    # A page that was not there when the others were made is led to by none of them.
    led = sum(other != name and not link.late for name in read for other, link in links.items())
    if led:
        yield f"{text.count(led, 'link')}: every page leads to all the others"


def _leads(page: str, link: Link) -> bool:
    addresses = [link.doi, link.version_url, link.url]
    return any(address and address in page for address in addresses)
