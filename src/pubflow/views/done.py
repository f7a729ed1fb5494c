"""The end of a run: what is where now, how to cite it, and what comes next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pubflow.actions import Action, Stage
from pubflow.engine import Seen
from pubflow.known import Status
from pubflow.views.text import WIDTH, Line, columns, count, padded, table, visible, width

_SAID = {
    Stage.RESERVE: "reserved; nothing is public",
    Stage.UPLOAD: "uploaded and compared; nothing is public",
    Stage.PUBLISH: "released",
}


def human(seen: Seen, until: Stage) -> Iterator[Line]:
    """A box of links and DOIs, a BibTeX entry, and the next command.

    What the plan still holds up to `until` is said too: a release with `only` leaves the others.
    """
    until, left = _reached(seen, until)
    targets = seen.manifest.targets
    yield from summary(seen, until)
    yield Line()
    if left:
        names = ", ".join(dict.fromkeys(action.target for action in left))
        yield Line(f"{count(len(left), 'change')} left for {names}. Go on with:")
        yield from (Line(), Line("    pubflow release"))
    elif until is Stage.RESERVE:
        yield Line("The DOIs may be printed now; they lead somewhere once it is published.")
        yield Line("For the paper, and to go on:")
        yield from (Line(), Line("    pubflow cite --latex"))
        yield Line("    pubflow release --until upload")
    elif until is Stage.UPLOAD:
        yield Line("Everything is in place. Make it public when the time has come:")
        yield from (Line(), Line("    pubflow release"))
    else:
        yield Line("A new DOI can take minutes, at times hours, until it leads to its page.")
        if any(t.revision and t.revision.ours and t.artifact.history == "full" for t in targets):
            yield Line("Take over the release commit, and keep the receipt for the next version:")
            yield from (Line(), Line("    git pull"), Line("    git add publish.lock"))
        else:
            yield Line("Keep the receipt for the next version:")
            yield from (Line(), Line("    git add publish.lock"))


def summary(seen: Seen, until: Stage) -> Iterator[Line]:
    """The box of links and DOIs, and the BibTeX entries."""
    until, left = _reached(seen, until)
    release = seen.manifest.release
    said = "not finished yet" if left else _SAID[until]
    title = f"{visible(release.paper.title)} {release.version}: {said}"
    yield from _box(title, list(_addresses(seen)))
    if seen.plan.links.settled:
        from pubflow.documents import bibtex

        yield Line()
        for line in bibtex.entries(release, seen.plan.links.afterwards()).rstrip("\n").split("\n"):
            yield Line(line)


def _reached(seen: Seen, until: Stage) -> tuple[Stage, list[Action]]:
    """How far the release really is, and what is left of what was asked for."""
    if not seen.plan:
        until = Stage.PUBLISH
    return until, [action for action in seen.plan if action.stage <= until]


def _addresses(seen: Seen) -> Iterator[str]:
    for target in seen.manifest.targets:
        link = seen.plan.links.get(target.name)
        if link is None:
            continue
        yield target.name
        yield f"  {visible(link.version_url or link.url)}"
        if link.doi:
            yield f"  doi:{link.doi}"
        if link.concept_doi:
            yield f"  doi:{link.concept_doi} (all versions)"


def _box(title: str, body: Sequence[str]) -> Iterator[Line]:
    """In a frame, where the terminal has room for one."""
    heads = textwrap.wrap(title, width() - 4) or [title]
    inner = max(columns(line) for line in [*heads, *body])
    if inner + 4 > width() < WIDTH:
        yield from (Line(line, "bold") for line in heads)
        yield from (Line(line) for line in ["", *body])
        return
    edge = "+" + "-" * (inner + 2) + "+"
    yield Line(edge)
    for line in heads:
        yield Line(f"| {padded(line, inner)} |", "bold")
    for line in ["", *body] if body else ():
        yield Line(f"| {padded(line, inner)} |")
    yield Line(edge)


def status(seen: Status) -> Iterator[Line]:
    """What is known on this computer, without asking anybody."""
    yield Line(f"{seen.identity} {seen.version}", "bold")
    releases = seen.locked.releases
    if not releases and not seen.done and not seen.unfinished:
        yield Line("Nothing was released or reserved from here yet. See what would happen:")
        yield from (Line(), Line("    pubflow plan"))
        return
    for version in sorted(releases):
        targets = releases[version].get("targets", {})
        yield Line()
        yield Line(f"{version}, tag {releases[version].get('tag', '')}")
        yield from map(
            Line, table([(name, _whereabouts(targets[name])) for name in sorted(targets)])
        )
    if seen.unfinished:
        yield Line()
        yield Line("Begun and not finished here; the next run looks whether it happened:")
        for action in seen.unfinished:
            yield Line(f"  {action}")
    states = {
        said.get("state") for said in releases.get(seen.version, {}).get("targets", {}).values()
    }
    yield Line()
    if not states and not seen.unfinished and not seen.done:
        yield Line(f"Nothing of {seen.version} was released or reserved from here yet.")
        yield Line("See what would happen:")
        yield from (Line(), Line("    pubflow plan"))
    elif not seen.unfinished and states == {"published"}:
        yield Line(f"{seen.version} is out. To release again, raise the version in publish.toml.")
    elif "reserved" in states and states <= {"reserved", "uploaded"}:
        yield Line("Upload first, or carry all of it out:")
        yield Line()
        yield from (Line("    pubflow release --until upload"), Line("    pubflow release"))
    elif not seen.unfinished and states == {"uploaded"}:
        yield Line("Everything is in place. Make it public when the time has come:")
        yield from (Line(), Line("    pubflow release"))
    else:
        yield Line("Go on with:")
        yield from (Line(), Line("    pubflow release"))


def _whereabouts(said: Mapping[str, Any]) -> str:
    address = f"doi:{said['doi']}" if said.get("doi") else said.get("url", "")
    return f"{said.get('state', ''):9}  {address}".rstrip()
