"""Reading a card: its YAML block, what the Hub refuses in it, and the tags it makes of it.

Refused with 400 are wrong values of license, language, base_model_relation and size_categories,
and an incomplete model-index; an unknown task is only warned of, unknown keys are kept (third-party
measurements of the real endpoint, 2026). A language is a bare code in small letters, no `zh-CN` and
no empty key, and a data set is an id, no title (espnet_model_zoo pull request 102, 2026-09); an
empty base_model (transformers pull request 25961), a widget that is no list (ai-toolkit issue 260)
and a data set's config that is no text (MDEL issue 34) are refused too. The sentences are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pubflow.rehearsal.huggingface.vocabulary import LICENCES, RELATIONS, SIZE_CATEGORIES, TASKS

FRONT = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)(?:^---[ \t]*(?:\r?\n|\Z))", re.DOTALL | re.MULTILINE
)
LANGUAGE = re.compile(r"[a-z]{2,3}|multilingual|code")
ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)
LINK = re.compile(r"^(?:LICENSE(?:\.md)?|https?://\S+)$", re.IGNORECASE)
PAPER = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf)|(?:hf\.co|huggingface\.co)/papers)/(\d{4}\.\d{4,5})", re.IGNORECASE
)

DEEPEST = 100
"""Levels of a card's data. An alias within what it stands for has no end, and no JSON."""


def split(card: str) -> tuple[str | None, str]:
    """The YAML block, None if there is none, and the text after it."""
    match = FRONT.match(card)
    return (match.group(1), card[match.end() :]) if match else (None, card)


def metadata(card: str) -> dict[str, Any]:
    """The card's data as JSON can hold it, not to be written to. Raises ValueError with what is
    wrong."""
    block, _ = split(card)
    return _read(block) if block is not None else {}


@lru_cache(256)
def _read(block: str) -> dict[str, Any]:
    """Every question about a repository asks for it, and the reading takes milliseconds."""
    try:
        value = YAML(typ="safe", pure=True).load(block)
    except YAMLError as error:
        first = str(error).splitlines()[0]
        raise ValueError(f"The YAML block cannot be read: {first}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("The YAML block must hold keys and values")
    plain = _plain(value)
    assert isinstance(plain, dict)
    return plain


def _plain(value: Any, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise ValueError("The YAML block has no end")
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item, depth + 1) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def texts(value: Any) -> list[str]:
    """One string or a list of them, as a list; anything else is dropped."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def examine(card: str, kind: str) -> tuple[list[str], list[str]]:
    """What the Hub would refuse and what it would only warn of, for a model, dataset or space."""
    try:
        data = metadata(card)
    except ValueError as error:
        return [str(error)], []
    if not data:
        return [], ["empty or missing yaml metadata in repo card"]
    return list(_errors(data, kind)), list(_warnings(data, kind))


def _choice(data: dict[str, Any], key: str, allowed: frozenset[str]) -> Iterator[str]:
    value = data.get(key)
    if value is None:
        return
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, str):
            yield f'"{key}" must be a string or a list of strings'
        elif item not in allowed:
            yield f'"{key}" must be one of [{", ".join(sorted(allowed))}], not {item}'


def _errors(data: dict[str, Any], kind: str) -> Iterator[str]:
    yield from _choice(data, "license", LICENCES)
    link = data.get("license_link")
    if link is not None and not (isinstance(link, str) and LINK.match(link)):
        yield '"license_link" must be LICENSE, LICENSE.md or a URL'
    if "language" in data:
        languages = data["language"]
        for item in languages if isinstance(languages, list) else [languages]:
            if not isinstance(item, str) or not LANGUAGE.fullmatch(item):
                yield f'"language" must hold ISO 639 codes, not {item} (see language_bcp47)'
    for key in ("tags", "datasets", "task_categories", "task_ids", "metrics"):
        value = data.get(key)
        if value is not None and not all(
            isinstance(item, str) for item in (value if isinstance(value, list) else [value])
        ):
            yield f'"{key}" must hold strings'
    for name in texts(data.get("datasets")):
        if kind == "model" and not ID.fullmatch(name):
            yield f'"datasets" must hold ids of data sets on the Hub, not {name}'
    if "" in texts(data.get("base_model")):
        yield '"base_model" must not be empty'
    if not isinstance(data.get("widget", []), list):
        yield '"widget" must be a list'
    for key in ("license_name", "pretty_name", "library_name", "pipeline_tag"):
        if not isinstance(data.get(key, ""), str):
            yield f'"{key}" must be a string'
    if kind == "model":
        yield from _choice(data, "base_model_relation", RELATIONS)
        yield from _model_index(data.get("model-index"))
    if kind == "dataset":
        yield from _choice(data, "size_categories", SIZE_CATEGORIES)
        yield from _configs(data.get("configs"))


def _model_index(value: Any) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, list):
        yield '"model-index" must be a list'
        return
    for number, model in enumerate(value):
        where = f'"model-index[{number}]'
        if not isinstance(model, dict) or not isinstance(model.get("name"), str):
            yield f'{where}.name" is required'
            continue
        results = model.get("results")
        for index, result in enumerate(results if isinstance(results, list) else []):
            spot = f"{where}.results[{index}]"
            if not isinstance(result, dict):
                yield f'{spot}" must be an object'
                continue
            source = result.get("source")
            if source is not None and not (isinstance(source, dict) and source.get("url")):
                yield f'{spot}.source.url" is required'
            dataset = result.get("dataset")
            for key in ("revision", "config"):
                named = dataset.get(key, "") if isinstance(dataset, dict) else ""
                if not isinstance(named, str):
                    yield f'{spot}.dataset.{key}" must be a string'
            metrics = result.get("metrics")
            for place, metric in enumerate(metrics if isinstance(metrics, list) else []):
                if not isinstance(metric, dict) or metric.get("value") is None:
                    yield f'{spot}.metrics[{place}].value" is required'


def _configs(value: Any) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, list):
        yield '"configs" must be a list'
        return
    for number, config in enumerate(value):
        if not isinstance(config, dict) or not isinstance(config.get("config_name"), str):
            yield f'"configs[{number}].config_name" must be a string'


def _warnings(data: dict[str, Any], kind: str) -> Iterator[str]:
    key = {"model": "pipeline_tag", "dataset": "task_categories"}.get(kind, "")
    for task in texts(data.get(key)):
        if task not in TASKS:
            yield f'"{key}" with the value {task} is not in the official list'
    if data.get("license") == "other" and not data.get("license_name"):
        yield '"license_name" should be given when the license is other'


def papers(card: str) -> list[str]:
    """arXiv ids that the body links to; the Hub makes `arxiv:` tags of them (model-cards.md)."""
    return list(dict.fromkeys(PAPER.findall(split(card)[1])))


def tags(card: str, kind: str) -> list[str]:
    """The tags that the Hub makes of a card; a YAML block that cannot be read gives none."""
    try:
        data = metadata(card)
    except ValueError:
        data = {}
    found: list[str] = []
    if kind == "model":
        found += texts(data.get("library_name")) + texts(data.get("tags"))
        found += texts(data.get("pipeline_tag")) + texts(data.get("language"))
        found += [f"dataset:{name}" for name in texts(data.get("datasets"))]
        found += [f"base_model:{name}" for name in texts(data.get("base_model"))]
    else:
        for key in ("task_categories", "task_ids", "annotations_creators", "source_datasets"):
            found += [f"{key}:{name}" for name in texts(data.get(key))]
        found += [f"language:{name}" for name in texts(data.get("language"))]
        found += [f"size_categories:{name}" for name in texts(data.get("size_categories"))]
        found += texts(data.get("tags"))
    found += [f"arxiv:{name}" for name in papers(card)]
    found += [f"license:{name}" for name in texts(data.get("license"))]
    return [*dict.fromkeys(found), "region:us"]
