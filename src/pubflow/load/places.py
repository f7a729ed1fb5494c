"""The shape of the tables that name platforms: `[targets.<p>]` and `[<artifact>.target.<p>]`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from pubflow.load import identifiers, texts
from pubflow.load.findings import mistake


def shape(value: object) -> str:
    """Which branch of a choice a value takes; the names cannot be keys that anyone writes."""
    match value:
        case bool():
            return "?flag"
        case str():
            return "?text"
        case list():
            return "?list"
        case dict() | BaseModel():
            return "?table"
        case _:
            return "?other"


def listed(value: str | list[str] | None) -> tuple[str, ...]:
    """One or many, as many."""
    return (value,) if isinstance(value, str) else tuple(value or ())


T = TypeVar("T")
OneOrMany = Annotated[
    Annotated[T, Tag("?text")] | Annotated[list[T], Tag("?list")], Discriminator(shape)
]

Line = Annotated[str, AfterValidator(texts.line)]
Lines = OneOrMany[Line]
Prose = Annotated[str, AfterValidator(texts.prose)]
Visibility = Literal["private", "public"]


class Table(BaseModel):
    """A table whose keys are all known: a mistyped key would be lost without a word."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Settings(BaseModel):
    """A table of platforms. Names that are not ours may be those of an added platform."""

    model_config = ConfigDict(extra="allow", strict=True)


class GithubAccount(Table):
    """Where on GitHub. The token is in the environment: GITHUB_TOKEN."""

    owner: Line | None = Field(
        default=None, description="User or organisation. Default: the git remote's."
    )
    repo: Line | None = Field(
        default=None, description="Repository of the code: name, or owner/name."
    )
    url: str | None = Field(
        default=None,
        description="Address of a GitHub Enterprise: a server, or https://NAME.ghe.com.",
    )


class HuggingfaceAccount(Table):
    """Where on the Hugging Face Hub. The token is in the environment: HF_TOKEN."""

    owner: Line | None = Field(
        default=None, description="User or organisation. Default: who is logged in."
    )
    xet: bool | None = Field(
        default=None, description="false: send large files by LFS, not by xet."
    )
    url: str | None = Field(default=None, description="Address of another Hub.")


class ZenodoAccount(Table):
    """Where on Zenodo, or another InvenioRDM. The token is in the environment: ZENODO_TOKEN."""

    url: str | None = Field(default=None, description="Address of another InvenioRDM server.")
    sandbox: bool | None = Field(
        default=None, description="true: sandbox.zenodo.org, whose DOIs do not last."
    )
    publisher: Line | None = Field(
        default=None,
        description="Who publishes the records. Default: Zenodo, else the server's name.",
    )
    communities: list[Line] | None = Field(
        default=None, description="Communities that the records are offered to."
    )
    record: Annotated[str, AfterValidator(identifiers.record)] | None = Field(
        default=None,
        description="DOI, or address, of a record made by hand, of which this is the next version.",
    )
    webhook: Literal["on", "off"] | None = Field(
        default=None,
        description='"off": you have looked, and Zenodo\'s GitHub integration is off.'
        " Default: GitHub is asked.",
    )
    mode: Literal["api", "integration"] | None = Field(
        default=None,
        description='"integration": Zenodo\'s GitHub integration makes the record of the code.'
        " Default: api.",
    )


class KaggleAccount(Table):
    """Where on Kaggle. Known, but not in this version."""

    owner: Line | None = Field(default=None, description="User or organisation.")


class Accounts(Settings):
    """Under whose name, and on which servers. Tokens are never here but in the environment."""

    github: GithubAccount | None = None
    huggingface: HuggingfaceAccount | None = None
    zenodo: ZenodoAccount | None = None
    kaggle: KaggleAccount | None = None


class GithubPlace(Table):
    """This artifact on GitHub."""

    repo: Line | None = Field(default=None, description="Repository: name, or owner/name.")
    visibility: Visibility | None = Field(
        default=None, description='"private": stays so after release.'
    )


def _offered(words: list[str]) -> list[str]:
    if not words:
        why = "readers could not answer, and so never get in"
        raise mistake("The list to choose from is empty", why, "Add to it, or take it out.")
    return words


Question = Annotated[
    Annotated[Literal["text", "checkbox", "country", "date_picker"], Tag("?text")]
    | Annotated[list[Line], AfterValidator(_offered), Tag("?list")],
    Discriminator(shape),
]
"""What a reader answers with; hub-docs models-gated.md, 2026-08: a list is one to choose from."""


class Form(Table):
    """How readers ask for access, and what they are asked."""

    access: Literal["auto", "manual"] = Field(
        description='"auto" lets all in who ask, "manual" asks you.'
    )
    heading: Line | None = Field(default=None, description="Heading of the form.")
    description: Prose | None = Field(default=None, description="What stands below the heading.")
    prompt: Prose | None = Field(default=None, description="What readers agree to; Markdown.")
    button: Line | None = Field(default=None, description="What stands on its button.")
    fields: dict[Line, Question] = Field(
        default_factory=dict,
        description='Question -> "text", "checkbox", "country", "date_picker", or a list to choose'
        " from.",
    )


Gated = Annotated[
    Annotated[bool, Tag("?flag")]
    | Annotated[Literal["auto", "manual"], Tag("?text")]
    | Annotated[Form, Tag("?table")],
    Discriminator(shape),
]
GATED = 'Readers must ask: "auto" lets all in who do, "manual" asks you; or a table, with a form.'


class HuggingfacePlace(Table):
    """This artifact on the Hub."""

    repo: Line | None = Field(
        default=None, description="Repository: name, or owner/name. Default: the id."
    )
    gated: Gated | None = Field(default=None, description=GATED)
    xet: bool | None = Field(
        default=None, description="false: send large files by LFS, not by xet."
    )
    visibility: Visibility | None = Field(
        default=None, description='"private": stays so after release.'
    )


class ZenodoPlace(Table):
    """This artifact on Zenodo."""

    title: Line | None = Field(
        default=None,
        description="The record's title. Default: <paper title>: <artifact title or id>.",
    )
    record: Annotated[str, AfterValidator(identifiers.record)] | None = Field(
        default=None,
        description="DOI, or address, of a record made by hand, of which this is the next version.",
    )
    communities: list[Line] | None = Field(
        default=None, description="Communities that the record is offered to."
    )
    publisher: Line | None = Field(default=None, description="Who publishes the record.")
    resource_type: Literal["software", "dataset", "model"] | None = Field(
        default=None,
        description="What the record says it is. Default: by the kind of the artifact.",
    )
    visibility: Visibility | None = Field(
        default=None, description='"private": the files stay restricted after release.'
    )


class KagglePlace(Table):
    """This artifact on Kaggle. Known, but not in this version."""

    repo: Line | None = Field(default=None, description="owner/name")


class Places(Settings):
    """What is different for this artifact on one platform."""

    github: GithubPlace | None = None
    huggingface: HuggingfacePlace | None = None
    zenodo: ZenodoPlace | None = None
    kaggle: KagglePlace | None = None


def given(table: BaseModel | None) -> dict[str, Any]:
    """The settings that the author wrote, and no defaults."""
    return table.model_dump(exclude_unset=True) if table else {}
