"""`status`, `verify` and `cite`: what the release says of itself, and whether it holds."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Exit

from pubflow.cli import ending
from pubflow.cli.opening import MANIFEST, there
from pubflow.errors import PubflowError

if TYPE_CHECKING:
    from pubflow.links import Links
    from pubflow.lockfile import Locked
    from pubflow.manifest import Manifest

_ABOUT = "What was released. Without it: publish.toml, in this folder."
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}

File = Annotated[Path, typer.Argument(help=_ABOUT, metavar="PUBLISH.TOML", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")]


def status(file: File = MANIFEST, as_json: Json = False) -> None:
    """What is out, what was begun, what comes next. Asks nobody."""
    from pubflow.known import status as known
    from pubflow.views import done, lines, text

    try:
        there(file)
        seen = known(file, env=os.environ)
    except PubflowError as error:
        if as_json:
            lines.say(lines.unknown(error, file.name))
        raise
    if as_json:
        lines.say(lines.status(seen))
    else:
        text.say(done.status(seen))


def verify(
    file: File = MANIFEST,
    sample: Annotated[
        str | None,
        typer.Option(
            "--sample",
            metavar="SIZE",
            help="Of files above this size, such as 2GB, compare only both ends.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="TARGET", help="Only this: weights.x@zenodo. Repeatable."),
    ] = None,
    as_json: Json = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="HOST[:PORT]", help="As for plan. Repeatable."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=64, metavar="N", help="Targets at the same time.")
    ] = 4,
) -> None:
    """Look at the release as a stranger. Changes nothing.

    Every page, link, byte and name; no token is sent. Exit code 1 if anything is not as it was
    released; made for a weekly job.
    """
    from pubflow.ci import report as ci
    from pubflow.verify import verify as look
    from pubflow.views import lines, progress, text
    from pubflow.views import verify as view

    try:
        there(file)
        watch = progress.for_stream()
        with ci.told(os.environ, file), watch.shown():
            report = look(
                file,
                env=os.environ,
                hosts=frozenset(allow_host or ()),
                sample=_size(sample) if sample else None,
                only=frozenset(only or ()),
                jobs=jobs,
                told=watch.looking,
            )
    except PubflowError as error:
        if as_json:
            lines.say(view.failed(error, file.name))
        raise
    if as_json:
        lines.say(view.as_json(report))
    else:
        text.say(view.human(report))
    ci.verified(os.environ, file, report.problems)
    if report.errors:
        raise Exit(1)


def cite(
    file: File = MANIFEST,
    bibtex: Annotated[
        bool, typer.Option("--bibtex", help="BibTeX for the paper and each artifact (default).")
    ] = False,
    latex: Annotated[
        bool,
        typer.Option("--latex", help="Macros such as \\codeurl, and an availability paragraph."),
    ] = False,
    as_text: Annotated[bool, typer.Option("--text", help="Plain text.")] = False,
    croissant: Annotated[
        str | None,
        typer.Option("--croissant", metavar="DATA", help="Croissant 1.1 of a data set: data.x."),
    ] = None,
    ro_crate: Annotated[
        bool, typer.Option("--ro-crate", help="RO-Crate 1.2 of the whole release.")
    ] = False,
    zenodo_json: Annotated[
        bool,
        typer.Option("--zenodo-json", help="A .zenodo.json, for those who keep the webhook."),
    ] = False,
    check: Annotated[
        Path | None,
        typer.Option(
            "--check",
            metavar="PAPER.PDF",
            help="Are the links and DOIs in the compiled paper there, whole, and the right ones?",
            show_default=False,
        ),
    ] = None,
) -> None:
    """How to cite the release, from reserved DOIs already. Asks nobody."""
    chosen = sum(map(bool, (bibtex, latex, as_text, croissant, ro_crate, zenodo_json, check)))
    if chosen > 1:
        ending.usage("Choose one form.")
    from pubflow.views import text

    there(file)
    manifest, links, locked = _known(file)
    if check is not None:
        _checked(check, manifest, links, locked)
        return
    text.document(_cited(manifest, links, latex, as_text, croissant, ro_crate, zenodo_json))


def _cited(
    manifest: Manifest,
    links: Links,
    latex: bool,
    as_text: bool,
    croissant: str | None,
    ro_crate: bool,
    zenodo_json: bool,
) -> str:
    from pubflow.documents import bibtex
    from pubflow.documents import latex as tex

    release = manifest.release
    if latex:
        return tex.macros(release, links)
    if as_text:
        return tex.text(release, links)
    if croissant:
        from pubflow.documents import croissant as recipe

        key = croissant if "." in croissant else f"data.{croissant}"
        found = [target for target in manifest.targets if target.artifact.key == key]
        if not found or found[0].artifact.kind != "data":
            known = ", ".join(a.key for a in release.artifacts if a.kind == "data") or "none"
            raise PubflowError(
                f"There is no data set {key}.", hint=f"Data sets of this release: {known}."
            )
        return recipe.render(found[0], links)
    if ro_crate:
        from pubflow.documents import rocrate

        return rocrate.render(release, links)
    if zenodo_json:
        from pubflow.documents import zenodojson

        return zenodojson.render(release, links)
    return bibtex.entries(release, links)


def _checked(pdf: Path, manifest: Manifest, links: Links, locked: Locked) -> None:
    import logging

    from pubflow.verify import paper
    from pubflow.views import problems, text
    from pubflow.views.text import Line, count

    # What is wrong with the file is told once, in our words.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    found = list(paper.check(paper.read(pdf), manifest.release, links, locked, pdf.name))
    if not found:
        words = f"{pdf.name} leads to all that was released, and to nothing else of its kind."
        text.say([Line(words, "good")])
        return
    text.say([*problems.told(found), Line(), Line(f"{count(len(found), 'problem')}.", "bold")])
    raise Exit(1)


def _known(file: Path) -> tuple[Manifest, Links, Locked]:
    """The manifest, dated as it was reserved, and the addresses that publish.lock keeps."""
    from dataclasses import replace

    from pubflow import lockfile
    from pubflow.assemble import LOCK
    from pubflow.known import remembered
    from pubflow.links import Link, Links
    from pubflow.load import load
    from pubflow.views import text

    with remembered(file.resolve().parent) as (_, hashes):
        everywhere = frozenset({"*"})
        loaded = load(file, env=os.environ, hosts=everywhere, hashes=hashes, absent=True)
    manifest = loaded.manifest
    locked = lockfile.read(file.resolve().parent / LOCK)
    version = manifest.release.version
    rows = locked.releases.get(version, {}).get("targets", {})
    keys = ("url", "version_url", "doi", "concept_doi")
    found = {
        target.name: Link(*(str(rows[target.name].get(key) or "") for key in keys))
        if target.name in rows
        else None
        for target in manifest.targets
    }
    links = Links(found)
    if not links.settled:
        words = [
            f"Addresses and DOIs of {version} are not all known yet. Get them, nothing public:",
            "",
            "    pubflow release --until reserve",
            "",
        ]
        text.say(words, sys.stderr)
    release = replace(manifest.release, date=locked.date(version) or manifest.release.date)
    targets = tuple(replace(target, release=release) for target in manifest.targets)
    return replace(manifest, release=release, targets=targets), links, locked


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?B?)", text.strip().upper())
    if found is None:
        ending.usage(f"{text} is no size. Write it as 500MB or 2GB.")
    unit = found[2] if found[2] in _UNITS else f"{found[2]}B"
    return int(float(found[1]) * _UNITS[unit])
