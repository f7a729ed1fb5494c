"""A release as GitHub's runner shows it: annotations, a summary in Markdown, outputs. Pure.

Everything here may hold words of strangers (titles, file names, answers of a server), and the
runner, Markdown and the next step's shell each have signs of their own. What leaves this module
cannot drive any of them. Commands and their escapes are those of actions/runner,
src/Runner.Common/ActionCommand.cs; files and limits those of docs.github.com, "Workflow commands"
(both 2026-11).
"""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from pubflow.actions import Action, Stage
from pubflow.engine import Seen
from pubflow.errors import Blocked, PubflowError
from pubflow.links import Link, Links
from pubflow.manifest import Kind, Release
from pubflow.platform import Problem
from pubflow.tokens import redact
from pubflow.views import lines
from pubflow.views.text import count, size, visible

LARGEST = 1024 * 1024
"""Bytes of one step's summary; with more, the runner takes none of it."""

SHOWN = 10
"""Annotations of one kind that a step shows; later ones are dropped (GitHub's forum, 2026-11)."""

CELL = 12
"""Changes told one by one in a cell of the summary; more are counted."""

Kinds = Literal["error", "warning", "notice"]
_KIND: Mapping[str, Kinds] = {"error": "error", "warning": "warning", "note": "notice"}


def annotation(
    kind: Kinds, message: str, *, title: str = "", file: str = "", line: int | None = None
) -> str:
    """The command that makes the runner show a message, at a file's line where that is known."""
    said = {"file": file, "line": str(line or ""), "title": title}
    properties = ",".join(f"{key}={_property(value)}" for key, value in said.items() if value)
    return f"::{kind}{' ' + properties if properties else ''}::{_data(redact(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(redact(text)).replace(":", "%3A").replace(",", "%2C")


def told(problems: Iterable[Problem], manifest: str) -> Iterator[str]:
    """An annotation for each problem, errors first; `manifest` is its path in the repository.

    What is told of a line of the manifest is shown there, all else at its head.
    """
    order = {"error": 0, "warning": 1, "note": 2}
    shown: dict[str, int] = {}
    for problem in sorted(problems, key=lambda problem: order[problem.severity]):
        kind = _KIND[problem.severity]
        shown[kind] = shown.get(kind, 0) + 1
        if shown[kind] > SHOWN:
            continue
        name = manifest.rpartition("/")[2]
        at = re.fullmatch(re.escape(name) + r":(\d+)", problem.where)
        words = "\n".join(filter(None, (problem.what, problem.why, problem.hint)))
        where = "" if at else f"{problem.where}: "
        yield annotation(
            kind, where + words, title="pubflow", file=manifest, line=int(at[1]) if at else None
        )


def failure(error: PubflowError) -> str:
    """The annotation of an error that ended the run."""
    words = "\n".join(filter(None, (error.what, error.why, error.hint)))
    return annotation("error", words, title="pubflow")


def harmless(line: str) -> str:
    """A line of the log that the runner does not take for a command.

    It obeys `::name::` at a line's start and `##[name]` anywhere in it.
    """
    if line.lstrip().startswith("::"):
        line = line.replace("::", ": :", 1)
    return line.replace("##[", "## [")


def output(name: str, value: str) -> str:
    """One entry for the file GITHUB_OUTPUT, under a delimiter that the value cannot know."""
    end = f"pubflow_{secrets.token_hex(16)}"
    if end in value:  # A chance of one in 2^128; then there is no safe way to write it.
        raise ValueError("the delimiter stands in the value")
    return f"{name}<<{end}\n{redact(value)}\n{end}\n"


def outputs(release: Release, links: Links) -> dict[str, str]:
    """What later steps want to know: DOIs of the first artifact that has one, pages, all links.

    Code comes before weights and weights before data; an artifact's page is where its files are
    read and worked with, so a page without a DOI comes before a record.
    """
    order, links = list(Kind), links.afterwards()
    keys = [a.key for a in sorted(release.artifacts, key=lambda a: order.index(a.kind))]
    cited = next((key for key in keys if links.doi(key)), "")
    return {
        "doi": links.doi(cited),
        "concept-doi": links.concept_doi(cited),
        "release-url": _page(release, links, Kind.CODE),
        "model-url": _page(release, links, Kind.WEIGHTS),
        "data-url": _page(release, links, Kind.DATA),
        "links": json.dumps(lines.links(links), ensure_ascii=True),
    }


def _page(release: Release, links: Links, kind: Kind) -> str:
    found = [
        link
        for artifact in release.artifacts
        if artifact.kind is kind
        for link in links.of(artifact.key).values()
    ]
    chosen: Link | None = next((link for link in found if not link.doi), next(iter(found), None))
    return (chosen.version_url or chosen.url) if chosen else ""


def markdown(text: str) -> str:
    """Foreign text as plain words inside Markdown: no markup, no mention, no reference, one line.

    Characters that mean something become entities, which every later reading leaves alone.
    """
    plain = redact(visible(text.replace("\r", " ").replace("\n", " ")))
    return _MEANS.sub(lambda sign: f"&#{ord(sign[0])};", plain)


_MEANS = re.compile(r"""[&<>"'\\`*_{}\[\]()#+|!~$:@/-]""")


def plan(seen: Seen) -> list[str]:
    """The plan in three columns, a row for each target, with problems and links below."""
    release, todo = seen.manifest.release, seen.plan
    parts = [f"## {markdown(release.paper.title)} {markdown(release.version)}\n\n"]
    parts += _problems(todo.problems)
    if todo:
        parts.append("| | Reserve | Upload | Publish |\n| :--- | :--- | :--- | :--- |\n")
        parts += [_row(target.name, todo) for target in seen.manifest.targets]
        sent = sum(action.size or 0 for action in todo)
        parts.append(f"\n{count(len(todo.actions), 'change')}, {size(sent)} to send.\n\n")
    elif not todo.errors:
        parts.append("No changes. Everything is released.\n\n")
    return parts + _links(seen)


def _row(name: str, actions: Iterable[Action]) -> str:
    own = [action for action in actions if action.target == name]
    cells = (_cell([action for action in own if action.stage is stage]) for stage in Stage)
    return f"| {markdown(name)} | " + " | ".join(cells) + " |\n" if own else ""


def _cell(actions: Sequence[Action]) -> str:
    told = []
    for action in actions[:CELL]:
        amount = f" ({size(action.size)})" if action.size is not None else ""
        told.append(f"{markdown(action.mark)} {markdown(action.says)}{amount}")
    if len(actions) > CELL:
        told.append(f"and {len(actions) - CELL} more")
    return "<br>".join(told)


def _problems(problems: Iterable[Problem]) -> list[str]:
    told = []
    for problem in problems:
        why = f" {markdown(problem.why)}" if problem.why else ""
        where, what = markdown(problem.where), markdown(problem.what)
        told.append(f"- **{problem.severity}** {where}: {what}{why}\n")
    return [*told, "\n"] if told else []


def _links(seen: Seen) -> list[str]:
    rows = []
    for target in seen.manifest.targets:
        if target.name in seen.plan.links.nowhere:
            continue
        link = seen.plan.links.get(target.name)
        if link is None:
            rows.append(f"| {markdown(target.name)} | | |\n")
            continue
        page, doi = link.version_url or link.url, link.doi
        cited = _anchor(f"https://doi.org/{doi}", doi) if doi else ""
        rows.append(f"| {markdown(target.name)} | {_anchor(page, page)} | {cited} |\n")
    return ["| | Page | DOI |\n| :--- | :--- | :--- |\n", *rows, "\n"] if rows else []


def _anchor(url: str, words: str) -> str:
    """A link, if the address is one of the web; else its words only."""
    if not re.fullmatch(r"https?://[^\s\"<>|`]+", url):
        return markdown(words)
    return f'<a href="{html.escape(url, quote=True)}">{markdown(words)}</a>'


def done(
    seen: Seen, until: Stage, took: Sequence[tuple[Action, float]], seconds: float
) -> list[str]:
    """The end of a run: what is where, what was sent, and how long each part took."""
    release = seen.manifest.release
    words = {
        Stage.RESERVE: "reserved; nothing is public",
        Stage.UPLOAD: "uploaded and compared; nothing is public",
        Stage.PUBLISH: "released",
    }
    title = f"{markdown(release.paper.title)} {markdown(release.version)}"
    parts = [f"## {title}: {words[until]}\n\n", *_links(seen)]
    sent = sum(action.size or 0 for action, _ in took)
    parts.append(
        f"{count(len(took), 'change')} made, {size(sent)} sent, {seconds:.1f} s in all.\n\n"
    )
    if took:
        parts.append("<details><summary>Each change</summary>\n\n")
        parts.append("| | | Size | Seconds |\n| :--- | :--- | ---: | ---: |\n")
        for action, each in took:
            amount = size(action.size) if action.size is not None else ""
            says = f"{markdown(action.mark)} {markdown(action.says)}"
            parts.append(f"| {markdown(action.target)} | {says} | {amount} | {each:.1f} |\n")
        parts.append("\n</details>\n\n")
    return parts


def failed(error: PubflowError) -> list[str]:
    """Why the run ended, and everything that is to be mended."""
    parts = [f"## {markdown(error.what)}\n\n"]
    parts += [f"{markdown(line)}\n\n" for line in error.why.split("\n") if line]
    if isinstance(error, Blocked):
        return parts + _problems(error.problems)
    return parts + [
        f"{markdown(line.strip())}\n\n" for line in error.hint.split("\n") if line.strip()
    ]


def fitted(parts: Iterable[str], room: int = LARGEST) -> str:
    """As many whole parts as fit into `room` bytes; what is left out is said."""
    end = "\n\nMore than a summary may hold. The rest is in the log.\n"
    kept: list[str] = []
    left = room - len(end.encode()) - 1
    for part in parts:
        left -= len(part.encode("utf-8", "replace"))
        if left < 0:
            return "".join(kept) + end
        kept.append(part)
    return "".join(kept)
