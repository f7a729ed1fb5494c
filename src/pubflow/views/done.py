"""The end of a run: what is where now, how to cite it, and what comes next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from pubflow.actions import Stage
from pubflow.assemble import Status
from pubflow.engine import Seen
from pubflow.views.text import Line, visible

_WIDTH = 80


def human(seen: Seen, until: Stage) -> Iterator[Line]:
    """A box of links and DOIs, a BibTeX entry, and the next command."""
    release = seen.manifest.release
    words = {
        Stage.RESERVE: "reserved; nothing is public",
        Stage.UPLOAD: "uploaded and compared; nothing is public",
        Stage.PUBLISH: "released",
    }
    yield from _box(
        f"{visible(release.paper.title)} {release.version}: {words[until]}", list(_addresses(seen))
    )
    if seen.plan.links.settled:
        from pubflow.documents import bibtex

        yield Line()
        for line in bibtex.entries(release, seen.plan.links).rstrip("\n").split("\n"):
            yield Line(line)
    yield Line()
    if until is Stage.RESERVE:
        yield Line("The DOIs may be printed now; they lead somewhere once it is published. Next:")
        yield from (Line(), Line("    pubflow release --until upload"))
    elif until is Stage.UPLOAD:
        yield Line("Everything is in place. Make it public when the time has come:")
        yield from (Line(), Line("    pubflow release"))
    else:
        yield Line("A new DOI can take minutes, at times hours, until it leads to its page.")
        yield Line("Keep the receipt for the next version:")
        yield from (Line(), Line("    git add publish.lock"))


def _addresses(seen: Seen) -> Iterator[tuple[str, str]]:
    for target in seen.manifest.targets:
        link = seen.plan.links.get(target.name)
        if link is None:
            continue
        yield target.name, link.version_url or link.url
        if link.doi:
            yield (
                "",
                f"doi:{link.doi}"
                + (f"  (all versions: doi:{link.concept_doi})" if link.concept_doi else ""),
            )


def _box(title: str, rows: list[tuple[str, str]]) -> Iterator[Line]:
    wide = max((len(name) for name, _ in rows), default=0)
    body = [f"{name:{wide}}  {words}" for name, words in rows]
    heads = textwrap.wrap(title, _WIDTH - 4) or [title]
    inner = max(len(line) for line in [*heads, *body])
    edge = "+" + "-" * (inner + 2) + "+"
    yield Line(edge)
    for line in heads:
        yield Line(f"| {line:{inner}} |", "bold")
    if body:
        yield Line(f"| {'':{inner}} |")
    for line in body:
        yield Line(f"| {line:{inner}} |")
    yield Line(edge)


def status(seen: Status) -> Iterator[Line]:
    """What is known on this computer, without asking anybody."""
    yield Line(f"{visible(seen.identity)} {seen.version}", "bold")
    releases = seen.locked.releases
    if not releases and not seen.done:
        yield Line("Nothing was released or reserved from here yet. See what would happen:")
        yield from (Line(), Line("    pubflow plan"))
        return
    for version in sorted(releases):
        targets = releases[version].get("targets", {})
        yield Line()
        yield Line(f"{version}, tag {releases[version].get('tag', '')}")
        width = max((len(name) for name in targets), default=0)
        for name in sorted(targets):
            said = targets[name]
            address = f"doi:{said['doi']}" if said.get("doi") else said.get("url", "")
            yield Line(f"  {name:{width}}  {said.get('state', ''):9}  {address}")
    if seen.unfinished:
        yield Line()
        yield Line("Begun and not finished here; the next run looks whether it happened:")
        for action in seen.unfinished:
            yield Line(f"  {action}")
    states = {
        said.get("state") for said in releases.get(seen.version, {}).get("targets", {}).values()
    }
    if seen.unfinished or states != {"published"}:
        yield Line()
        yield Line("Go on with:")
        yield from (Line(), Line("    pubflow release"))
