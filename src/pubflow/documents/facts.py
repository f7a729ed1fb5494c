"""Small questions that several documents ask of a release, answered in one place."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote, urlsplit

from pubflow.links import Link, Links
from pubflow.manifest import Artifact, Kind, Paper, Person, Release, Target

PLATFORM = {"github": "GitHub", "huggingface": "Hugging Face", "zenodo": "Zenodo"}
"""What a platform is called in prose. Others are shown by their own key."""

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
_ELSEWHERE = ("datasets/", "spaces/", "papers/", "collections/")
"""What stands first in the address of a page of the Hub that is no model's."""

NOUN = {Kind.CODE: "Code", Kind.WEIGHTS: "Weights", Kind.DATA: "Data"}


def one_line(text: str) -> str:
    """The text without line breaks, runs of blanks and control characters."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return " ".join(kept.split())


def prose(text: str) -> str:
    """The text with Unix line ends and without control characters; its paragraphs stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")
    ).strip()


def title(release: Release, artifact: Artifact) -> str:
    """The artifact's title; the code is called as the paper, others after it, unless they say."""
    if artifact.title:
        return one_line(artifact.title)
    paper = one_line(release.paper.title)
    return paper if artifact.kind is Kind.CODE else f"{paper}: {artifact.id}"


def authors(release: Release, artifact: Artifact) -> tuple[Person, ...]:
    return artifact.authors or release.paper.authors


def paper_year(release: Release) -> int | None:
    """The year in the venue's name, else an arXiv preprint's, else the release's."""
    paper = release.paper
    if found := re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", paper.venue):
        return int(found[0])
    of_arxiv = arxiv_year(paper)
    if paper.type == "preprint" and of_arxiv:
        return of_arxiv
    return release.date.year if release.date else of_arxiv


def arxiv_year(paper: Paper) -> int | None:
    """The year in an id of the present form, `2605.01234`; since 2007-04, info.arxiv.org."""
    found = re.match(r"(\d\d)\d\d\.\d{4,5}", paper.arxiv)
    return 2000 + int(found[1]) if found else None


def paper_links(paper: Paper) -> dict[str, str]:
    """`DOI`, `arXiv` and `Page` -> address, as far as there are such."""
    found = {}
    if paper.doi:
        found["DOI"] = doi_url(paper.doi)
    if paper.arxiv:
        found["arXiv"] = f"https://arxiv.org/abs/{paper.arxiv}"
    if paper.url:
        found["Page"] = paper.url
    return found


def doi_url(doi: str) -> str:
    return "https://doi.org/" + quote(doi, safe="/:;.()-_~@!*,+=$&'")


def page(links: Links, artifact: str, *, version: bool = False) -> str:
    """The artifact's page for people: where it is worked with, else where it is kept."""
    found = links.of(artifact)
    for platform in ("github", "huggingface", *found):
        if link := found.get(platform):
            return (link.version_url or link.url) if version else link.url
    return ""


def cite(links: Links, artifact: str) -> str:
    """The best address for citing this version: its DOI, else the page of the version."""
    doi = links.doi(artifact)
    return doi_url(doi) if doi else page(links, artifact, version=True)


def hub_id(link: Link | None) -> str:
    """`owner/name` of a Hub page, model or data set; empty if there is none."""
    if link is None:
        return ""
    parts = [unquote(part) for part in urlsplit(link.url).path.split("/") if part]
    if parts and parts[0] in ("datasets", "models"):
        parts = parts[1:]
    return "/".join(parts[:2]) if len(parts) >= 2 else ""


def hub_dataset(reference: str, release: Release, links: Links) -> str:
    """The Hub's id of a `trained_on` entry; empty where it is not a data set on the Hub."""
    if reference.startswith("@"):
        return hub_id(links.of(reference[1:]).get("huggingface"))
    for prefix in ("hf:datasets/", "https://huggingface.co/datasets/"):
        if reference.startswith(prefix):
            found = _HUB_ID.match(reference.removeprefix(prefix))
            return found[0] if found else ""
    return ""


def hub_model(reference: str, links: Links) -> str:
    """The Hub's id of a `base_model` entry; empty where it is not a model on the Hub."""
    if reference.startswith("@"):
        return hub_id(links.of(reference[1:]).get("huggingface"))
    page = "https://huggingface.co/"
    if reference.startswith(page):
        found = _HUB_ID.match(reference.removeprefix(page))
        return found[0] if found and not found[0].startswith(_ELSEWHERE) else ""
    reference = reference.removeprefix("hf:")
    plain = _HUB_ID.fullmatch(reference)
    return reference if plain and not reference.startswith("10.") else ""


def publisher(links: Links, artifact: str) -> str:
    """Who publishes it in a citation: the place of its DOI, else its first place; or empty.

    An instance of InvenioRDM that is not Zenodo's own goes by its host's name.
    """
    found = links.of(artifact)
    with_doi = [platform for platform, link in found.items() if link.doi]
    platform = next(iter(with_doi or found), "")
    if platform == "zenodo":
        host = urlsplit(found[platform].url).hostname or ""
        if not re.fullmatch(r"(.*\.)?zenodo\.org|localhost|127\.0\.0\.1|::1", host):
            return host
    return PLATFORM.get(platform, platform)


def badge(links: Links, artifact: str) -> tuple[str, str]:
    """(address of the picture, where it leads) of the DOI badge: of all versions if there is one.

    The picture is at `/badge/DOI/<doi>.svg` of the instance (zenodo.org, 2026-11).
    """
    for link in links.of(artifact).values():
        if doi := link.concept_doi or link.doi:
            parts = urlsplit(link.url)
            return f"{parts.scheme}://{parts.netloc}/badge/DOI/{doi}.svg", doi_url(doi)
    return "", ""


def kebab(text: str) -> str:
    """`Remote Sensing (SAR)` -> `remote-sensing-sar`; letters of any script stay."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\W_]+", "-", folded).strip("-")


def license_file(target: Target) -> str:
    """The name of the licence's text among the target's files; `LICENSE` where it is put there
    later, empty where there is none."""
    for file in target.files:
        if re.fullmatch(r"(?i)licen[cs]e(\.(md|txt))?", file.name):
            return file.name
    return "LICENSE" if target.artifact.license.file else ""
