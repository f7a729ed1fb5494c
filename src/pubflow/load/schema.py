"""The shape of publish.toml: every key, its type, and the sentence that editors show for it.

A name here is the name in the file. Values are checked one by one; what depends on several keys,
or on the disk, is checked where the manifest is made.
"""

from __future__ import annotations

from datetime import date as Date
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from pubflow.load import identifiers, licenses, paths, texts
from pubflow.load.findings import did_you_mean, mistake
from pubflow.load.places import (
    GATED,
    Accounts,
    Gated,
    Line,
    Lines,
    OneOrMany,
    Places,
    Prose,
    Table,
    Visibility,
    shape,
)

RelativePath = Annotated[str, AfterValidator(paths.relative)]
Pattern = Annotated[str, AfterValidator(texts.pattern)]
Identifier = Annotated[str, AfterValidator(texts.identifier)]
Source = Annotated[str, AfterValidator(identifiers.source)]
Model = Annotated[str, AfterValidator(identifiers.model)]
Word = Annotated[str, AfterValidator(texts.word)]
Language = Annotated[str, AfterValidator(texts.language)]
Sources = OneOrMany[Source]
Models = OneOrMany[Model]
Words = OneOrMany[Word]
Languages = OneOrMany[Language]


def _role(text: str) -> str:
    if text not in texts.CREDIT:
        why = "the roles are those of CRediT, credit.niso.org"
        raise mistake(
            f'"{texts.line(text)[:60]}" is no role', why, did_you_mean(text, texts.CREDIT)
        )
    return text


class File(Table):
    """A text in a file of its own."""

    file: RelativePath = Field(description="Path of a UTF-8 file.")


Text = Annotated[
    Annotated[Prose, Tag("?text")] | Annotated[File, Tag("?table")], Discriminator(shape)
]


class OwnLicense(Table):
    """A licence that SPDX does not know."""

    name: Line = Field(description="What it is called.")
    file: RelativePath | None = Field(default=None, description="Path of its text.")
    url: Annotated[str, AfterValidator(identifiers.address)] | None = Field(
        default=None, description="Address of its text."
    )


License = Annotated[
    Annotated[str, AfterValidator(licenses.spdx), Tag("?text")]
    | Annotated[OwnLicense, Tag("?table")],
    Discriminator(shape),
]


class AuthorTable(Table):
    """A person (given, family) or an organisation (name)."""

    given: Line | None = Field(default=None, description="Given names.")
    family: Line | None = Field(default=None, description="Family name.")
    name: Line | None = Field(default=None, description="Name of an organisation.")
    orcid: Annotated[str, AfterValidator(identifiers.orcid)] | None = Field(
        default=None, description="ORCID iD, 0000-0002-1825-0097."
    )
    affiliation: Lines | None = Field(default=None, description="Key or keys of [affiliations].")
    email: Annotated[str, AfterValidator(identifiers.email)] | None = Field(
        default=None, description="E-mail address; it becomes public."
    )
    corresponding: bool = Field(
        default=False, description="Whether readers should write to this author."
    )
    roles: list[Annotated[str, AfterValidator(_role)]] = Field(
        default_factory=list, description="CRediT roles: software, data-curation, ..."
    )


Author = Annotated[
    Annotated[Line, Tag("?text")] | Annotated[AuthorTable, Tag("?table")], Discriminator(shape)
]
_AUTHORS = 'Tables, or texts like "Ada Lovelace <0000-0002-1825-0097>", split at the last blank.'


class Affiliation(Table):
    """Where authors work; named by its key."""

    name: Line = Field(description="Its full name.")
    ror: Annotated[str, AfterValidator(identifiers.ror)] | None = Field(
        default=None, description="ROR id, https://ror.org/01ggx4157."
    )


class Grant(Table):
    """Who paid."""

    funder: Line = Field(description="ROR id of the funder, or its name.")
    number: Line = Field(description="Number of the grant.")
    title: Line | None = Field(default=None, description="Title of the grant.")


class Paper(Table):
    """The paper that all artifacts belong to."""

    title: Line = Field(description="Title of the paper.")
    abstract: Text | None = Field(default=None, description="Markdown, or { file = ... }.")
    authors: list[Author] | None = Field(
        default=None, description=f"{_AUTHORS} Default: those of CITATION.cff or pyproject.toml."
    )
    venue: Line | None = Field(default=None, description="Conference or journal, NeurIPS 2026.")
    status: Literal["under-review", "accepted", "published"] = Field(
        default="accepted", description='While "under-review", a release stops before it is public.'
    )
    type: Literal[
        "conference-paper", "journal-article", "preprint", "thesis", "report", "other"
    ] = Field(default="preprint", description="What kind of publication it is.")
    arxiv: Annotated[str, AfterValidator(identifiers.arxiv)] | None = Field(
        default=None, description="arXiv id, 2605.01234."
    )
    doi: Annotated[str, AfterValidator(identifiers.doi)] | None = Field(
        default=None, description="DOI that the publisher gave to the paper."
    )
    url: Annotated[str, AfterValidator(identifiers.address)] | None = Field(
        default=None, description="Where the paper is read, if it has neither DOI nor arXiv id."
    )
    keywords: list[Line] = Field(default_factory=list, description="Keywords.")
    grants: list[Grant] = Field(default_factory=list, description="Who paid.")


class Embargo(Table):
    """Files that become public later than their record."""

    until: Date = Field(description="The day on which they do, 2026-12-01.")
    reason: Line | None = Field(default=None, description="Why.")


class Defaults(Table):
    """What holds for all artifacts."""

    version: Annotated[str, AfterValidator(texts.version)] | None = Field(
        default=None, description="1.0.0. Default: the git tag, pyproject.toml, CITATION.cff."
    )
    communities: list[Line] | None = Field(default=None, description="Zenodo communities.")
    visibility: Visibility | None = Field(
        default=None,
        description='Until `pubflow release` all is private; "private" says just that.',
    )
    embargo: Embargo | None = Field(default=None, description="Keep the files back until a day.")


class Artifact(Table):
    """What code, weights and data have in common."""

    title: Line | None = Field(
        default=None, description="Title. Default: the id; of code the paper's."
    )
    description: Text | None = Field(
        default=None, description="Markdown, or { file = ... }. Default: the paper's abstract."
    )
    license: License | None = Field(
        default=None,
        description="SPDX id or expression, hf:<id> of the Hub, or { name, file or url }."
        " Default: for code LICENSE, for weights the code's; data needs one.",
    )
    authors: list[Author] | None = Field(
        default=None, description=f"{_AUTHORS} Default: the paper's authors."
    )
    contributors: list[Author] | None = Field(
        default=None, description="Who helped and is no author, with roles."
    )
    keywords: list[Line] | None = Field(default=None, description="Keywords. Default: the paper's.")
    version: Annotated[str, AfterValidator(texts.version)] | None = Field(
        default=None, description="A version of its own; not in this version of pubflow."
    )
    exclude: list[Pattern] = Field(
        default_factory=list,
        description='What is left out: "drafts/", "*.ckpt"; of code with history = "snapshot".',
    )
    embargo: Embargo | None = Field(default=None, description="Keep the files back until a day.")
    visibility: Visibility | None = Field(
        default=None, description='"private": not opened by the release.'
    )
    targets: list[str] | None = Field(
        default=None, description="Platforms. Default: zenodo, and github (code) or huggingface."
    )
    target: Places | None = Field(default=None, description="What is different on one platform.")


class Code(Artifact):
    """The code. Left out, it is the checkout that publish.toml lies at the top of."""

    path: RelativePath = Field(default=".", description="Its folder.")
    history: Literal["full", "snapshot"] | None = Field(
        default=None,
        description='"full" keeps all commits, "snapshot" is one clean commit.'
        " Default: full in a git checkout, else snapshot.",
    )
    languages: Lines | None = Field(default=None, description="Programming languages.")
    development: texts.Development | None = Field(
        default=None, description="Where the project stands, in a word of repostatus.org."
    )


class Files(Artifact):
    """Weights or data: a folder, or one file."""

    path: RelativePath = Field(description="Its folder, or its one file.")
    card: RelativePath | None = Field(
        default=None,
        description="Your words for its page; pubflow adds head and links."
        " Default: the README.md in its folder, if there is one.",
    )
    task: Words | None = Field(
        default=None, description="The Hub's word for what it does: image-segmentation."
    )
    language: Languages | None = Field(default=None, description="Human languages: en, pt-BR.")
    gated: Gated | None = Field(default=None, description=GATED)


class Weights(Files):
    """A set of weights."""

    library: Word | None = Field(default=None, description="What loads them: transformers.")
    base_model: Models | None = Field(
        default=None, description="The model they were made from: owner/name on the Hub."
    )
    relation: Literal["finetune", "adapter", "quantized", "merge"] | None = Field(
        default=None, description="How they were made from base_model."
    )
    trained_on: Sources | None = Field(
        default=None, description="@data.<id>, hf:datasets/owner/name, a DOI or an address."
    )
    evaluation: RelativePath | None = Field(
        default=None, description="A JSON file of measured values."
    )


class Responsible(Table):
    """What readers must know before they use the data (Croissant RAI; venues ask for it)."""

    collection: Prose | None = Field(default=None, description="How it was collected.")
    limitations: Prose | None = Field(default=None, description="What it cannot show.")
    biases: Prose | None = Field(default=None, description="What is over- or under-represented.")
    sensitive: Prose | None = Field(
        default=None, description='Personal or sensitive content, or "none".'
    )
    uses: Prose | None = Field(default=None, description="What it is for.")
    social_impact: Prose | None = Field(default=None, description="Good and harm that it may do.")
    synthetic: bool | None = Field(default=None, description="Whether any of it was generated.")
    derived_from: Sources | None = Field(default=None, description="Where it came from.")
    rights: Prose | None = Field(default=None, description="Whose rights are in it.")
    consent: Prose | None = Field(default=None, description="Whether the people in it agreed.")


class Data(Files):
    """A data set."""

    splits: dict[Line, Pattern] = Field(
        default_factory=dict, description='Split -> files: { train = "train-*.parquet" }.'
    )
    responsible: Responsible | None = Field(
        default=None, description="What readers must know first."
    )


class Release(Table):
    """The release as a whole."""

    id: Line | None = Field(
        default=None, description="What release this is. Default: the repository."
    )
    tag: str = Field(
        default="v{version}", description="Name of the git tag; {version} is filled in."
    )
    date: Date | None = Field(default=None, description="Default: the day on which it is reserved.")
    acceptance: Literal["manual", "openreview", "date"] = Field(
        default="manual",
        description='By what the paper is accepted; only "manual" in this version.',
    )
    links: Literal["all"] = Field(default="all", description="Every page links every other.")


class Ignored(Table):
    """A check that does not count here."""

    id: Line = Field(description="Id of the check: SEC001, SEC002 or REP012.")
    path: Pattern | None = Field(
        default=None,
        description="In which files, as in exclude, from this file's folder. SEC... needs it.",
    )
    reason: Line = Field(description="Why; it appears in every report.")


class Checks(Table):
    """What `pubflow check` looks at."""

    profile: Literal[
        "basic", "default", "neurips", "joss", "acm-available", "acm-reusable", "fair-software"
    ] = Field(default="default", description="Without effect in this version: all rules count.")
    fail_on: Literal["error", "warning", "never"] = Field(
        default="error", description="From what on `pubflow check` exits with 1."
    )
    ignore: list[Ignored] = Field(default_factory=list, description="Checks that do not count.")
    limits: dict[str, str | int] = Field(
        default_factory=dict, description="Without effect in this version."
    )


class Document(Table):
    """One paper's release of code, weights and data, for pubflow."""

    format: Literal[1] = Field(
        alias="schema", description="The version of this file's own format: 1."
    )
    paper: Paper
    affiliations: dict[Identifier, Affiliation] = Field(
        default_factory=dict, description="Where the authors work, by key."
    )
    defaults: Defaults = Defaults()
    targets: Accounts = Accounts()
    code: Code | None = None
    weights: dict[Identifier, Weights] = Field(
        default_factory=dict, description="Sets of weights, by id."
    )
    data: dict[Identifier, Data] = Field(default_factory=dict, description="Data sets, by id.")
    release: Release = Release()
    checks: Checks = Checks()
