"""Where everything is, or will be, and who cites whom in DataCite's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pubflow.manifest import Artifact, Kind, Release, Target


@dataclass(frozen=True, slots=True)
class Link:
    """The address of one target.

    `url` is the page for people, of all versions where there is such a page. `version_url` is the
    page of just this version. `doi` names this version, `concept_doi` all versions; both bare.
    """

    url: str
    version_url: str = ""
    doi: str = ""
    concept_doi: str = ""
    late: bool = field(default=False, kw_only=True)
    """Whether it is known only when the release is out: then nothing of the release cites it."""

    @property
    def cite(self) -> str:
        """How this version is best named: its DOI as an address, else its own page."""
        return f"https://doi.org/{self.doi}" if self.doi else self.version_url or self.url


NOWHERE = Link("")
"""Of a target that has no address and never will: nothing can lead there."""


class Links(Mapping[str, Link]):
    """Target name -> Link, for the targets whose address is already certain."""

    def __init__(self, known: Mapping[str, Link | None]) -> None:
        self._known = {target: link for target, link in known.items() if link and link.url}
        self.nowhere = frozenset(target for target, link in known.items() if link == NOWHERE)
        """Targets without an address."""
        self.settled = len(self._known) + len(self.nowhere) == len(known)
        """Whether every target has its address. Until then, promise the description."""

    def __getitem__(self, target: str) -> Link:
        return self._known[target]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def of(self, artifact: str) -> dict[str, Link]:
        """Platform -> Link, for one artifact's key, in platform order; those that can be cited."""
        ending = artifact + "@"
        return {
            name.removeprefix(ending): self[name]
            for name in sorted(self)
            if name.startswith(ending) and not self[name].late
        }

    def afterwards(self) -> Links:
        """The same for what is made when the release is out: late links are like the others."""
        return Links({name: replace(link, late=False) for name, link in self.items()})

    def doi(self, artifact: str) -> str:
        """The artifact's version DOI, bare; empty where it has none."""
        return next((link.doi for link in self.of(artifact).values() if link.doi), "")

    def concept_doi(self, artifact: str) -> str:
        """The artifact's DOI for all versions, bare; empty where it has none."""
        return next((link.concept_doi for link in self.of(artifact).values() if link.doi), "")


@dataclass(frozen=True, slots=True)
class Relation:
    """`this record <relation> <identifier>`, in DataCite's vocabulary, lower case as InvenioRDM."""

    identifier: str
    """A bare DOI, or an address."""
    scheme: str
    """`doi` or `url`."""
    relation: str
    resource_type: str
    """InvenioRDM's resource type of the thing pointed at; empty when not known."""


RESOURCE_TYPE = {Kind.CODE: "software", Kind.WEIGHTS: "model", Kind.DATA: "dataset"}

PAPER_TYPE = {
    "conference-paper": "publication-conferencepaper",
    "journal-article": "publication-article",
    "preprint": "publication-preprint",
    "thesis": "publication-dissertation",
    "report": "publication-report",
    "other": "publication-other",
}

_BETWEEN = {
    (Kind.WEIGHTS, Kind.CODE): "iscompiledby",
    (Kind.CODE, Kind.WEIGHTS): "compiles",
    (Kind.DATA, Kind.CODE): "isrequiredby",
    (Kind.CODE, Kind.DATA): "requires",
}
"""Relation by kind of (this, other); ../reference/metadata.md 1.3. All else: `references`."""


def relations(target: Target, links: Links) -> tuple[Relation, ...]:
    """All that the page of `target` should point at: paper, copies, siblings, and sources.

    Deterministic, each identifier once, in the order: paper, other copies of the same artifact,
    siblings in manifest order, base models, data from outside.
    """
    found: dict[str, Relation] = {}

    def add(identifier: str, relation: str, resource_type: str) -> None:
        if identifier:
            scheme = "doi" if identifier.startswith("10.") else "url"
            found.setdefault(identifier, Relation(identifier, scheme, relation, resource_type))

    release, artifact = target.release, target.artifact
    paper = release.paper
    add(paper.identifier or paper.url, "issupplementto", PAPER_TYPE.get(paper.type, ""))
    own = "issupplementto" if artifact.kind is Kind.CODE else "isidenticalto"
    for platform, link in links.of(artifact.key).items():
        if platform != target.platform:
            add(link.doi or link.version_url or link.url, own, RESOURCE_TYPE[artifact.kind])
    for other in release.artifacts:
        if other.key != artifact.key:
            word = between(artifact, other)
            for link in links.of(other.key).values():
                add(link.doi or link.version_url or link.url, word, RESOURCE_TYPE[other.kind])
    for model in artifact.base_model:
        add(address_of(model), "isderivedfrom", "model")
    for source in artifact.trained_on:
        if not source.startswith("@"):
            add(address_of(source), "isderivedfrom", "dataset")
    derived = artifact.responsible.get("derived_from", ())
    for source in [derived] if isinstance(derived, str) else derived:
        add(address_of(str(source)), "isderivedfrom", "")
    return tuple(found.values())


def between(this: Artifact, other: Artifact) -> str:
    """The relation from one artifact of a release to another."""
    if f"@{other.key}" in sources(this):
        return "isderivedfrom"
    if f"@{this.key}" in sources(other):
        return "issourceof"
    return _BETWEEN.get((this.kind, other.kind), "references")


def sources(artifact: Artifact) -> tuple[str, ...]:
    """What it was made from: base models, training data, data that it was drawn from."""
    derived = artifact.responsible.get("derived_from", ())
    listed = [derived] if isinstance(derived, str) else derived
    return (*artifact.base_model, *artifact.trained_on, *map(str, listed))


def address_of(reference: str) -> str:
    """`hf:datasets/o/n`, `owner/name`, DOI or address -> a bare DOI or an https address."""
    if reference.startswith("hf:"):
        return "https://huggingface.co/" + reference.removeprefix("hf:")
    for prefix in ("https://doi.org/", "http://doi.org/", "doi:"):
        if reference.lower().startswith(prefix):
            return reference[len(prefix) :]
    if reference.startswith(("10.", "http://", "https://")):
        return reference
    if reference.count("/") == 1:
        return "https://huggingface.co/" + reference
    return ""


def siblings(release: Release, links: Links, artifact: Artifact) -> dict[str, dict[str, Link]]:
    """Artifact key -> platform -> Link, for all artifacts of the release but this one."""
    return {a.key: links.of(a.key) for a in release.artifacts if a.key != artifact.key}
