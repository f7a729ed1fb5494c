"""Looking at a released repository on the Hub as anybody would: without a token."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote

from pubflow.links import Link
from pubflow.manifest import Target
from pubflow.platform import Problem
from pubflow.platforms.huggingface import diff as decide
from pubflow.platforms.huggingface.api import Api
from pubflow.platforms.huggingface.state import CARD, by_path, kind_of


def verify(api: Api, target: Target, link: Link, *, endpoint: str) -> Iterator[Problem]:
    """Public, tagged, and every file at the tag with the digest that it has here."""
    problem = partial(Problem, target.name)
    kind = kind_of(target)
    name = link.url.removeprefix(f"{endpoint}/").removeprefix("datasets/")
    about = api.about(name, kind)
    if about is None:
        if decide.opens(target):
            yield problem(f"{link.url} cannot be seen by a stranger.", "Readers cannot open it.")
        else:
            yield problem(
                f"{link.url} is not readable by a stranger, as intended.", severity="note"
            )
        return
    if about.gated:
        if decide.gate(target) in (None, about.gated):
            yield problem(
                f"The files of {name} are not readable by a stranger, as intended: readers ask"
                f" first ({about.gated}).",
                severity="note",
            )
        else:
            yield problem(f"Readers of {name} must ask first ({about.gated}).")
        return
    tag = unquote(link.version_url.rpartition("/tree/")[2])
    commit = api.tags(name, kind).get(tag)
    if commit is None:
        yield problem(f"There is no tag {tag} in {name}.", "The link to this version is dead.")
        return
    held = by_path(api.tree(name, kind, commit))
    here = tag == target.release.tag
    for file in target.files:
        if file.promised or (file.name == CARD and not here):
            continue
        entry = held.get(file.name)
        if file.name == CARD and (entry is None or not entry.holds(file)):
            entry = by_path(api.tree(name, kind, about.head)).get(CARD)
        if entry is None:
            yield problem(f"{file.name} is not in {name} at {tag}.")
        elif not entry.holds(file):
            found = entry.sha256 or f"git {entry.git_sha1}"
            yield problem(
                f"{file.name} in {name} at {tag} is another file: {found[:16]}...",
                f"It should have sha256 {file.sha256[:12]}...",
            )
