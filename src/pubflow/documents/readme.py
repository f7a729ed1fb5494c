"""The README's block: badges, what there is and where, how to load it, how to cite it."""

from __future__ import annotations

import json

from pubflow.documents import bibtex, blocks
from pubflow.documents.facts import (
    NOUN,
    PLATFORM,
    badge,
    doi_url,
    hub_id,
    paper_links,
    title,
)
from pubflow.documents.markdown import escape, fenced, link, url
from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, Release

WHAT = "README.md"
HUB_BADGES = "https://huggingface.co/datasets/huggingface/badges/resolve/main/"


def block(release: Release, links: Links) -> str:
    """The block with its markers. Badges lead to all versions, the table and BibTeX to this one."""
    parts = [
        _badges(release, links),
        "## Artifacts",
        table(release, links),
        _loading(release, links),
        "## Citation",
        fenced(bibtex.entries(release, links), "bibtex"),
    ]
    return blocks.wrap("\n\n".join(part for part in parts if part))


def merge(existing: str | None, block: str, title: str) -> str:
    """The README with the block in its place: where its markers are, else at the end.

    Without a README, one with the title. Every other byte stays; CRLF files stay CRLF.
    Raises PubflowError when the markers in it are not one pair.
    """
    if existing is None or not existing.strip():
        return f"# {escape(title)}\n\n{block}"
    return blocks.put(existing, block, what=WHAT)


def table(release: Release, links: Links) -> str:
    """Markdown table: artifact, pages, DOI of this version, licence; the paper first."""
    rows = ["| What | Where | DOI | Licence |", "| --- | --- | --- | --- |"]
    paper = release.paper
    where = ", ".join(link(name, to) for name, to in paper_links(paper).items() if name != "DOI")
    doi = link(paper.identifier, doi_url(paper.identifier)) if paper.identifier else ""
    rows.append(f"| Paper: {escape(paper.title)} | {where} | {doi} | |")
    for artifact in release.artifacts:
        rows.append(_row(release, links, artifact))
    return "\n".join(rows)


def _row(release: Release, links: Links, artifact: Artifact) -> str:
    found = links.of(artifact.key)
    where = ", ".join(link(PLATFORM.get(name, name), to.url) for name, to in found.items())
    dois = dict.fromkeys(to.doi for to in found.values() if to.doi)
    doi = ", ".join(link(one, doi_url(one)) for one in dois)
    what = f"{NOUN[artifact.kind]}: {escape(title(release, artifact))}"
    return f"| {what} | {where} | {doi} | {escape(artifact.license.display)} |"


def _badges(release: Release, links: Links) -> str:
    """Pictures that lead to the DOI of all versions, the Hub's pages and the paper."""
    found = []
    for artifact in release.artifacts:
        noun = NOUN[artifact.kind]
        picture, leads = badge(links, artifact.key)
        if picture:
            found.append(f"[![DOI of the {noun.lower()}]({url(picture)})]({url(leads)})")
    for artifact in release.artifacts:
        hub = links.of(artifact.key).get("huggingface")
        if hub and artifact.kind is not Kind.CODE:
            kind = "dataset" if artifact.kind is Kind.DATA else "model"
            picture = f"{HUB_BADGES}{kind}-on-hf-sm.svg"
            found.append(f"[![{kind.capitalize()} on Hugging Face]({picture})]({url(hub.url)})")
    if release.paper.arxiv:
        picture = f"https://img.shields.io/badge/arXiv-{release.paper.arxiv}-b31b1b.svg"
        found.append(f"[![arXiv]({url(picture)})](https://arxiv.org/abs/{release.paper.arxiv})")
    return "\n".join(dict.fromkeys(found))


def _loading(release: Release, links: Links) -> str:
    """How to get each artifact at this version, as far as there is a command for it."""
    shell, python = [], []
    for artifact in release.artifacts:
        found = links.of(artifact.key)
        if artifact.kind is Kind.CODE and "github" in found:
            shell.append(f"git clone --branch {release.tag} {url(found['github'].url)}")
        elif hub := hub_id(found.get("huggingface")):
            python.append(f"{escape(title(release, artifact))}:")
            python.append(fenced(snippet(artifact, hub, release.tag), "python"))
    parts = []
    if shell or python:
        parts.append("## Use")
    if shell:
        parts.append(fenced("\n".join(shell), "sh"))
    return "\n\n".join(parts + python)


def snippet(artifact: Artifact, hub: str, tag: str) -> str:
    """Python that loads the artifact from the Hub at this version."""
    name, revision = (json.dumps(text, ensure_ascii=False) for text in (hub, tag))
    if artifact.kind is Kind.DATA and artifact.splits:
        return (
            f"from datasets import load_dataset\n\ndata = load_dataset({name}, revision={revision})"
        )
    kind = ', repo_type="dataset"' if artifact.kind is Kind.DATA else ""
    return (
        "from huggingface_hub import snapshot_download\n\n"
        f"folder = snapshot_download({name}{kind}, revision={revision})"
    )
