"""The card's prose where the author wrote none, and the block of links and citation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pubflow.documents import bibtex, blocks, licenses
from pubflow.documents.card import configs
from pubflow.documents.card.head import evaluations
from pubflow.documents.facts import (
    NOUN,
    PLATFORM,
    authors,
    badge,
    doi_url,
    hub_id,
    one_line,
    paper_links,
    title,
)
from pubflow.documents.markdown import contained, escape, fenced, link, url
from pubflow.documents.readme import snippet
from pubflow.links import Link, Links, address_of
from pubflow.manifest import Kind, Person, Target
from pubflow.tensors import Tensors

UNKNOWN = "not stated"


def block(target: Target, links: Links) -> str:
    """Paper, repository, DOI and siblings, then BibTeX of the paper and of this artifact."""
    artifact, release = target.artifact, target.release
    parts = ["## Links", "\n".join(_links(target, links))]
    entries = bibtex.of(release, links, [artifact.key])
    parts += ["## Citation", fenced(entries, "bibtex")]
    return blocks.wrap("\n\n".join(parts))


def _links(target: Target, links: Links) -> Iterable[str]:
    artifact, release = target.artifact, target.release
    picture, leads = badge(links, artifact.key)
    if picture:
        yield f"[![DOI]({url(picture)})]({url(leads)})\n"
    papers = paper_links(release.paper)
    shown = ", ".join(link(address, address) for address in papers.values())
    yield f"- **Paper:** {escape(release.paper.title)}" + (f", {shown}" if shown else "")
    for other in release.artifacts:
        if other.kind is Kind.CODE and "github" in links.of(other.key):
            address = links.of(other.key)["github"].url
            yield f"- **Repository:** {link(address, address)}"
    for platform, found in links.of(artifact.key).items():
        if platform != target.platform:
            yield f"- **This version on {PLATFORM.get(platform, platform)}:** {_cited(found)}"
        if found.doi and found.concept_doi and found.concept_doi != found.doi:
            yield f"- **DOI of all versions:** {_doi(found.concept_doi)}"
    for other in release.artifacts:
        if other.key == artifact.key:
            continue
        for platform, found in links.of(other.key).items():
            if other.kind is Kind.CODE and platform == "github":
                continue
            where = PLATFORM.get(platform, platform)
            name = escape(title(release, other))
            yield f"- **{NOUN[other.kind]}:** {name}, on {where}: {_cited(found)}"
    yield f"- **Version:** {escape(release.version)}"


def _cited(found: Link) -> str:
    return _doi(found.doi) if found.doi else link(found.url, found.url)


def _doi(doi: str) -> str:
    return link(doi, doi_url(doi))


def written(target: Target, links: Links, tensors: Tensors | None = None) -> str:
    """A body in the order of the Hub's template (huggingface_hub 2.4.0), of known facts only."""
    data = target.artifact.kind is Kind.DATA
    sections = _data(target, links) if data else _weights(target, links, tensors)
    lines = [f"# {escape(title(target.release, target.artifact))}"]
    if target.artifact.description.strip():
        lines.append(contained(target.artifact.description))
    for heading, text in sections:
        lines.append(heading)
        if text is not None:
            lines.append(text or UNKNOWN)
    return "\n\n".join(lines)


Sections = Iterable[tuple[str, str | None]]


def _weights(target: Target, links: Links, tensors: Tensors | None) -> Sections:
    artifact = target.artifact
    says = artifact.responsible
    base = ", ".join(_source(name, target, links) for name in artifact.base_model) or UNKNOWN
    yield "## Model Details", None
    yield (
        "### Model Description",
        "\n".join(
            [
                f"- **Developed by:** {_people(authors(target.release, artifact))}",
                f"- **Funded by:** {_funding(target)}",
                f"- **Model type:** {_words(artifact.task)}",
                f"- **Library:** {escape(artifact.library) or UNKNOWN}",
                f"- **Language(s):** {_words(artifact.language)}",
                f"- **License:** {_license(target)}",
                f"- **Derived from model:** {base}"
                + (f" ({escape(artifact.relation)})" if artifact.relation else ""),
            ]
        ),
    )
    yield "## Uses", None
    yield "### Direct Use", _said(says.get("uses"))
    yield "### Out-of-Scope Use", _said(says.get("out_of_scope"))
    yield "## Bias, Risks, and Limitations", _risks(says)
    yield "## How to Get Started with the Model", _start(target, links)
    yield "## Training Details", None
    yield "### Training Data", _training(target, links)
    yield "### Training Procedure", _said(says.get("training"))
    yield "## Evaluation", _results(target)
    yield "## Environmental Impact", _said(says.get("environmental_impact"))
    parts = [_tensors(tensors), _files(target)]
    yield "## Technical Specifications", "\n".join(part for part in parts if part)


def _data(target: Target, links: Links) -> Sections:
    artifact = target.artifact
    says = artifact.responsible
    derived = says.get("derived_from", ())
    sources = [derived] if isinstance(derived, str) else derived
    yield "## Dataset Details", None
    yield (
        "### Dataset Description",
        "\n".join(
            [
                f"- **Curated by:** {_people(authors(target.release, artifact))}",
                f"- **Funded by:** {_funding(target)}",
                f"- **Language(s):** {_words(artifact.language)}",
                f"- **License:** {_license(target)}",
            ]
        ),
    )
    yield "## Uses", None
    yield "### Direct Use", _said(says.get("uses"))
    yield "### Out-of-Scope Use", _said(says.get("out_of_scope"))
    yield "## Dataset Structure", _splits(target)
    yield "## Dataset Creation", None
    yield "### Curation Rationale", _said(says.get("rationale"))
    yield "### Source Data", "\n".join(f"- {_source(str(one), target, links)}" for one in sources)
    yield "#### Data Collection and Processing", _said(says.get("collection"))
    yield "### Annotations", _said(says.get("annotations"))
    yield "#### Personal and Sensitive Information", _sensitive(says)
    yield "## Bias, Risks, and Limitations", _risks(says)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes." if value else "No."
    if isinstance(value, list | tuple):
        return "\n".join(f"- {escape(str(one))}" for one in value)
    return contained(str(value)) if value not in (None, "") else ""


def _risks(says: Any) -> str:
    named = (
        ("Limitations", "limitations"),
        ("Biases", "biases"),
        ("Social impact", "social_impact"),
    )
    return "\n\n".join(f"**{name}:** {_said(says.get(key)) or UNKNOWN}" for name, key in named)


def _sensitive(says: Any) -> str:
    named = (
        ("Sensitive information", "sensitive"),
        ("Consent", "consent"),
        ("Rights", "rights"),
        ("Synthetic", "synthetic"),
    )
    return "\n\n".join(f"**{name}:** {_said(says.get(key)) or UNKNOWN}" for name, key in named)


def _people(people: Iterable[Person]) -> str:
    found = []
    for person in people:
        where = f"https://orcid.org/{person.orcid}" if person.orcid else ""
        name = link(person.display, where)
        places = ", ".join(escape(a.name) for a in person.affiliations)
        found.append(f"{name} ({places})" if places else name)
    return "; ".join(found) or UNKNOWN


def _funding(target: Target) -> str:
    found = []
    for grant in target.release.paper.grants:
        about = f" ({escape(grant.title)})" if grant.title else ""
        found.append(f"{link(grant.funder, grant.funder)}, {escape(grant.number)}{about}")
    return "; ".join(found) or UNKNOWN


def _license(target: Target) -> str:
    found = target.artifact.license
    return link(found.display, licenses.spdx_url(found)) if found.display else UNKNOWN


def _words(words: Iterable[str]) -> str:
    return ", ".join(escape(word) for word in words) or UNKNOWN


def _source(reference: str, target: Target, links: Links) -> str:
    sibling = next((a for a in target.release.artifacts if f"@{a.key}" == reference), None)
    if sibling:
        found = links.of(sibling.key)
        page = found.get("huggingface") or next(iter(found.values()), None)
        return link(title(target.release, sibling), page.url if page else "")
    address = address_of(reference)
    shown = reference.removeprefix("hf:").removeprefix("datasets/")
    return link(shown, doi_url(address) if address.startswith("10.") else address)


def _training(target: Target, links: Links) -> str:
    return "\n".join(f"- {_source(one, target, links)}" for one in target.artifact.trained_on)


def _start(target: Target, links: Links) -> str:
    hub = hub_id(links.of(target.artifact.key).get("huggingface"))
    return fenced(snippet(target.artifact, hub, target.release.tag), "python") if hub else ""


def _results(target: Target) -> str:
    rows = []
    for result in evaluations(target.artifact):
        given = result.get("dataset", "")
        name = str(given.get("name", "")) if isinstance(given, dict) else str(given)
        sibling = next((a for a in target.release.artifacts if f"@{a.key}" == name), None)
        shown = escape(title(target.release, sibling) if sibling else name) or UNKNOWN
        split = escape(str(result.get("split", "")))
        for metric in result["metrics"]:
            label = escape(metric.get("name", metric["type"]))
            rows.append(f"| {shown} | {split} | {label} | {metric['value']} |")
    if not rows:
        return ""
    return "\n".join(["| Data | Split | Metric | Value |", "| --- | --- | --- | --- |", *rows])


def _splits(target: Target) -> str:
    found = configs.of(target.artifact)
    if not found:
        return _files(target)
    several = len(found) > 1
    rows = [
        f"| {escape(config.name)} " * several
        + f"| {escape(split)} | {', '.join(f'`{_code(path)}`' for path in paths)} |"
        for config in found
        for split, paths in config.splits.items()
    ]
    heads = ["| Config " * several + "| Split | Files |", "| --- " * several + "| --- | --- |"]
    return "\n".join([*heads, *rows])


def _tensors(found: Tensors | None) -> str:
    if found is None or found.broken or not found.parameters:
        return ""
    types = ", ".join(
        f"{escape(one_line(name))} {count:,}" if len(found.dtypes) > 1 else escape(one_line(name))
        for name, count in found.dtypes.items()
    )
    shards = f" in {found.shards} shards" if found.shards > 1 else ""
    return f"- **Parameters:** {found.parameters:,} ({types}){shards}"


def _files(target: Target) -> str:
    files = target.artifact.files
    if not files:
        return ""
    size = sum(file.size for file in files)
    return f"- **Files:** {len(files)}, {size:,} bytes"


def _code(text: str) -> str:
    return one_line(text).replace("`", "'").replace("|", "\\|")
