"""The local build: from the moment all addresses are known, the files that cite them.

Between RESERVE and UPLOAD the documents are rendered, the release commit, its tag, the source
archive and SHA256SUMS are made, and become files of their targets. Before that they are promised by
name. The same input gives the same bytes on any day and any computer; nothing is sent.

Facts that it reads of a target's state: `head`, the commit where the remote branch stands;
`commit`, the commit of our own tag; `tag`, the commit of a tag that was there before; `settled`,
commits that an earlier run made for this release; `lend`, a bare repository with what was fetched.
The engine reads `date`, the release date that a draft bears already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date as Date
from pathlib import Path
from typing import Any

from pubflow import packing
from pubflow.links import Links
from pubflow.manifest import Artifact, File, Kind, Manifest, Release, Revision, Target
from pubflow.pages import holes
from pubflow.plan import Platforms
from pubflow.platform import Problem, State
from pubflow.tree import Progress

SUMS = "SHA256SUMS"
CARD = "README.md"
LICENSE = "LICENSE"
"""Where the card of a custom licence points to."""
CITATION = "CITATION.cff"
CODEMETA = "codemeta.json"

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Code:
    """What was made of the code artifact."""

    revision: Revision
    archive: File


class Builder:
    """Makes the files of a release in a private folder. What was made once is kept."""

    def __init__(
        self,
        platforms: Platforms,
        workdir: Path,
        keep: Path | None = None,
        told: Progress = lambda name, size: None,
    ) -> None:
        """`keep` is a folder that outlives the run, for digests that are costly to take again;
        `told` hears of the bytes that are read for them.
        """
        self._told = told
        self._platforms = platforms
        self._folder = workdir / "build"
        self._keep = keep
        self._readme = ""
        """Of the release commit, where it is made now; one that is out already is left alone."""
        self._made: dict[Any, tuple[Manifest, tuple[Problem, ...]]] = {}

    def __call__(
        self, manifest: Manifest, links: Links, states: Mapping[str, State]
    ) -> tuple[Manifest, tuple[Problem, ...]]:
        """The manifest with every target's files, and what could not be merged."""
        facts: dict[str, str] = {}
        for target in manifest.targets:
            facts |= {k: v for k, v in states[target.name].facts.items() if v}
        key = (
            tuple(sorted((name, link) for name, link in links.items())),
            links.settled,
            manifest.release.date,
            tuple(sorted(facts.items())),
        )
        if key not in self._made:
            self._made = {key: self._build(manifest, links, facts)}
        return self._made[key]

    def _build(
        self, manifest: Manifest, links: Links, facts: Facts
    ) -> tuple[Manifest, tuple[Problem, ...]]:
        release = manifest.release
        ready = links.settled and release.date is not None
        problems: list[Problem] = []
        self._readme = ""
        code = self._code(manifest, links, facts, problems) if ready else None
        if not ready and not (facts.get("tag") or facts.get("commit")):
            problems += self._foreseen(manifest, links)
        targets = []
        for target in manifest.targets:
            made = self._platforms[target.platform].makes(target)
            own = target.artifact.files
            if "packs" in made:
                kept = self._keep / "packs.json" if self._keep else None
                own = packing.files_of(
                    target.artifact,
                    self._folder / target.name,
                    ready=ready,
                    kept=kept,
                    told=self._told,
                )
            files = {file.name: file for file in own}
            if "archive" in made:
                name = archive_name(release)
                files[name] = code.archive if code else File(name)
            if "sums" in made:
                files[SUMS] = self._sums(target, code) if code else File(SUMS)
            if "card" in made:
                licence = target.artifact.license.file
                if licence is not None and LICENSE not in files:
                    files[LICENSE] = _file(licence, LICENSE)
                files[CARD] = (
                    self._card(replace(target, files=tuple(files.values())), links, problems)
                    if ready
                    else File(CARD)
                )
            ordered = tuple(files[name] for name in sorted(files))
            revision = code.revision if code and "commit" in made else None
            targets.append(replace(target, files=ordered, revision=revision))
            text = self._readme if revision is not None else ""
            text = _text(files[CARD]) if ready and "card" in made else text
            if ready and text and target.name in links:
                problems += holes(targets[-1], links, text)
        return replace(manifest, targets=tuple(targets)), tuple(problems)

    def _foreseen(self, manifest: Manifest, links: Links) -> list[Problem]:
        """Where the author's own files say otherwise: told before anything is reserved."""
        from pubflow.documents import card

        found: list[Problem] = []
        for target in manifest.targets:
            made = self._platforms[target.platform].makes(target)
            if "commit" in made:
                documents(manifest.release, target.artifact, links, found)
            if "card" in made:
                conflicts = card.render(target, links).conflicts
                found += [Problem(target.name, said, severity="warning") for said in conflicts]
        return found

    def _code(
        self, manifest: Manifest, links: Links, facts: Facts, problems: list[Problem]
    ) -> _Code | None:
        release = manifest.release
        code = next((a for a in release.artifacts if a.kind is Kind.CODE), None)
        if code is None:
            return None
        revision = self._revision(manifest, code, links, facts, problems)
        return _Code(revision, self._archive(release, revision))

    def _revision(
        self,
        manifest: Manifest,
        code: Artifact,
        links: Links,
        facts: Facts,
        problems: list[Problem],
    ) -> Revision:
        from pubflow import commit as commits

        release = manifest.release
        into = self._folder / "code.git"
        lend = [Path(facts["lend"])] if facts.get("lend") else []
        there = facts.get("tag") or facts.get("commit")
        if there:
            # What a tag names never changes: its own files are the release.
            taken = commits.existing_commit(
                artifact=code, sha=there, into=into, lend=lend, branch=facts.get("branch", "")
            )
            tag = facts.get("tag_object", "")
            ours = "tag" not in facts
            return Revision(
                taken.sha, taken.tree, tag, taken.branch, into, ours=ours, parents=taken.parents
            )
        date = release.date or Date.min
        made = documents(release, code, links, problems)
        self._readme = made[CARD].decode("utf-8", "replace")
        commit = commits.build_commit(
            root=manifest.root,
            artifact=code,
            made=made,
            message=f"Release {release.tag}: {release.paper.title}",
            date=date,
            parent=facts.get("head") or None,
            into=into,
            branch=facts.get("branch", ""),
            settled=facts.get("settled", "").split(),
            lend=lend,
        )
        tag = commits.annotated_tag(
            into,
            commit=commit.sha,
            tag=release.tag,
            message=f"{release.paper.title} {release.version}",
        )
        return Revision(commit.sha, commit.tree, tag, commit.branch, into, parents=commit.parents)

    def _archive(self, release: Release, revision: Revision) -> File:
        from pubflow import commit as commits

        name = archive_name(release)
        out = self._folder / name
        commits.archive(revision.repository, revision.commit, name.removesuffix(".tar"), out)
        return _file(out, name)

    def _sums(self, target: Target, code: _Code) -> File:
        from pubflow.documents import sums

        others = [file for file in target.artifact.files if file.name != SUMS]
        return self._write(f"{target.name}/{SUMS}", SUMS, sums.render([*others, code.archive]))

    def _card(self, target: Target, links: Links, problems: list[Problem]) -> File:
        from pubflow import rows, tensors
        from pubflow.documents import card

        artifact = target.artifact
        found = tensors.read(artifact.files) if artifact.kind is Kind.WEIGHTS else None
        counted = rows.count(artifact.files) if artifact.kind is Kind.DATA else None
        made = card.render(target, links, rows=counted, tensors=found)
        problems += [Problem(target.name, said, severity="warning") for said in made.conflicts]
        problems += [Problem(target.name, said, severity="note") for said in made.notes]
        return self._write(f"{target.name}/{CARD}", CARD, made.text)

    def _write(self, below: str, name: str, text: str) -> File:
        out = self._folder / below
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, "utf-8", newline="")
        return _file(out, name)


def documents(
    release: Release, code: Artifact, links: Links, problems: list[Problem]
) -> dict[str, bytes]:
    """Path in the repository -> bytes, for the files that pubflow puts over the author's."""
    from pubflow.commit import existing_files
    from pubflow.documents import citation, codemeta, readme

    theirs = {
        name: content.decode("utf-8", "surrogateescape")
        for name, content in existing_files(code, (CITATION, CODEMETA, CARD)).items()
    }
    title = code.title or release.paper.title
    cff, cff_said = citation.render(release, links, theirs.get(CITATION))
    meta, meta_said = codemeta.merge(release, links, theirs.get(CODEMETA))
    text = readme.merge(theirs.get(CARD), readme.block(release, links), title)
    for name, sentences in ((CITATION, cff_said), (CODEMETA, meta_said)):
        problems += [Problem(name, said, severity="warning") for said in sentences]
    made = {CITATION: cff, CODEMETA: meta, CARD: text}
    return {name: content.encode("utf-8", "surrogateescape") for name, content in made.items()}


def archive_name(release: Release) -> str:
    """`optical-digits-1.0.0.tar`: the last part of the identity, safe on every platform."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", release.identity.rstrip("/").rsplit("/", 1)[-1])
    version = re.sub(r"[^A-Za-z0-9._-]+", "-", release.version)
    return f"{stem.strip('-.') or 'source'}-{version}.tar"


def _text(file: File) -> str:
    return file.source.read_text("utf-8", "replace")


def _file(path: Path, name: str) -> File:
    from pubflow.tree import files_below

    [file] = files_below(path)
    return replace(file, name=name)
