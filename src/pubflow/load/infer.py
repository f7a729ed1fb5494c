"""What publish.toml leaves unsaid and the files around it say. Nothing here is guessed silently:
what is taken from elsewhere becomes a note."""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from pubflow.git import Checkout
from pubflow.load import identifiers, paths, texts

_ARCHITECTURES = {
    "ForCausalLM": "text-generation",
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForImageClassification": "image-classification",
    "ForSemanticSegmentation": "image-segmentation",
    "ForInstanceSegmentation": "image-segmentation",
    "ForUniversalSegmentation": "image-segmentation",
    "ForObjectDetection": "object-detection",
    "ForDepthEstimation": "depth-estimation",
    "ForAudioClassification": "audio-classification",
    "ForSpeechSeq2Seq": "automatic-speech-recognition",
    "ForCTC": "automatic-speech-recognition",
}
"""Endings of transformers' class names -> the Hub's task (huggingface.co/tasks, 2026-11)."""


@dataclass(frozen=True, slots=True)
class Said:
    """A value, and which file says so."""

    value: str
    by: str


def version(root: Path, checkout: Checkout | None, pattern: str) -> Said | None:
    """The version by the tag of the commit checked out, pyproject.toml or CITATION.cff."""
    before, placeholder, after = pattern.partition("{version}")
    for tag in checkout.tags_at_head() if checkout else ():
        if placeholder and tag.startswith(before) and tag.endswith(after):
            inner = tag[len(before) : len(tag) - len(after) or None]
            if (found := _version(inner)) and re.match(r"v?\d", inner):
                return Said(found, f"the git tag {tag}")
    project = pyproject(root)
    poetry = _table(project.get("tool"), "poetry")
    for table in (_table(project, "project"), poetry):
        if found := _version(table.get("version")):
            return Said(found, "pyproject.toml")
    if found := _version(citation(root).get("version")):
        return Said(found, "CITATION.cff")
    return None


def authors(root: Path) -> tuple[list[dict[str, Any]], str]:
    """Author tables by CITATION.cff or pyproject.toml, and which of them; empty if neither says."""
    found = [_cff_person(entry) for entry in _list(citation(root).get("authors"))]
    if people := [person for person in found if person]:
        return people, "CITATION.cff"
    project = _table(pyproject(root), "project")
    names = [entry.get("name") for entry in _list(project.get("authors"))]
    people = []
    for name in names:
        if isinstance(name, str) and (person := _checked(name)):
            given, _, family = person.rpartition(" ")
            people.append({"given": given, "family": family} if given else {"name": person})
    return people, "pyproject.toml" if people else ""


@dataclass(frozen=True, slots=True)
class Weights:
    """What a folder of weights says of itself."""

    library: str = ""
    task: str = ""
    base_model: str = ""
    relation: str = ""


def weights(root: Path, folder: str) -> Weights:
    """Read config.json and adapter_config.json of transformers and peft, where they are."""
    adapter = _json(root, f"{folder}/adapter_config.json")
    if base := adapter.get("base_model_name_or_path"):
        known = isinstance(base, str) and re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", base)
        return Weights("peft", "", base if known else "", "adapter" if known else "")
    config = _json(root, f"{folder}/config.json")
    library = "transformers" if "transformers_version" in config else ""
    names = config.get("architectures")
    name = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""
    task = next((task for end, task in _ARCHITECTURES.items() if name.endswith(end)), "")
    return Weights(library, task)


def pyproject(root: Path) -> dict[str, Any]:
    """pyproject.toml beside publish.toml; empty where there is none that can be read."""
    text = paths.read_text(root, "pyproject.toml")
    if isinstance(text, str):
        with contextlib.suppress(ValueError, RecursionError):
            return tomllib.loads(text)
    return {}


def citation(root: Path) -> dict[str, Any]:
    """CITATION.cff beside publish.toml; empty where there is none that can be read."""
    text = paths.read_text(root, "CITATION.cff")
    if not isinstance(text, str):
        return {}
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        read = YAML(typ="safe", pure=True).load(StringIO(text))
    except (YAMLError, ValueError, RecursionError, KeyError, AttributeError, TypeError):
        return {}
    return read if isinstance(read, dict) else {}


def _cff_person(entry: dict[str, Any]) -> dict[str, Any]:
    if name := _checked(entry.get("name")):
        return {"name": name}
    family = " ".join(
        part for key in ("name-particle", "family-names") if (part := _checked(entry.get(key)))
    )
    if not family:
        return {}
    person = {"family": family}
    if given := _checked(entry.get("given-names")):
        person["given"] = given
    with contextlib.suppress(PydanticCustomError):
        person["orcid"] = identifiers.orcid(str(entry.get("orcid", "")))
    return person


def _checked(value: object) -> str:
    try:
        return texts.line(value) if isinstance(value, str) else ""
    except PydanticCustomError:
        return ""


def _version(value: object) -> str:
    try:
        return texts.version(str(value)) if isinstance(value, str | int | float) else ""
    except PydanticCustomError:
        return ""


def _table(value: object, key: str) -> dict[str, Any]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _list(value: object) -> Iterable[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _json(root: Path, name: str) -> dict[str, Any]:
    text = paths.read_text(root, name)
    if isinstance(text, str):
        with contextlib.suppress(ValueError, RecursionError):
            read = json.loads(text)
            return read if isinstance(read, dict) else {}
    return {}
