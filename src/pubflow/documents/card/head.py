"""The card's YAML head: what the Hub's own pages, tags and viewer are made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pubflow.documents import licenses, yamltext
from pubflow.documents.card import configs
from pubflow.documents.facts import (
    hub_dataset,
    hub_model,
    kebab,
    license_file,
    one_line,
    title,
)
from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, License, Release, Target

RELATIONS = ("adapter", "merge", "quantized", "finetune")
LISTS = (
    *("tags", "datasets", "language", "language_bcp47", "base_model"),
    *("task_categories", "size_categories"),
)
NO_LICENCE = License()
VIEWER = frozenset({"configs", "dataset_info", "viewer"})
"""Keys by which an author says what the Hub's viewer shows (hub-docs datasetcard.md, 2026-08)."""
SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)


def document(
    target: Target, links: Links, *, rows: int | None = None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(the head as plain data in the Hub's order, sentences on what it cannot say)."""
    artifact, release = target.artifact, target.release
    found = licenses.hub(artifact.license, file=license_file(target))
    made: dict[str, Any] = {
        "license": found.id,
        "license_name": found.name,
        "license_link": _license_link(found.link, target, links),
        **_languages(artifact),
    }
    if artifact.kind is Kind.DATA:
        made |= _data(artifact, release, rows)
    else:
        made |= _weights(artifact, release, links)
    made |= _form(target.settings.get("form") or {})
    made = {key: value for key, value in made.items() if value not in (None, "", [], {})}
    return made, (found.lossy,) if found.lossy else ()


def _languages(artifact: Artifact) -> dict[str, list[str]]:
    """The Hub refuses all but a code of ISO 639 in small letters, and has another key for tags that
    say more (its own words, seen 2026: “If you want to use BCP-47 identifiers, you can specify them
    in language_bcp47”)."""
    return {
        "language": list(dict.fromkeys(tag.partition("-")[0].lower() for tag in artifact.language)),
        "language_bcp47": list(dict.fromkeys(tag for tag in artifact.language if "-" in tag)),
    }


def _license_link(link: str, target: Target, links: Links) -> str:
    """The Hub takes a file of two names only (hub-docs modelcard.md, 2026-08): another one is given
    by its address there, as soon as that is known."""
    if link in ("", "LICENSE", "LICENSE.md") or "://" in link:
        return link
    here = links.get(target.name)
    return f"{here.url}/blob/main/{quote(link)}" if here else "LICENSE"


def merge(
    ours: dict[str, Any],
    text: str,
    *,
    what: str,
    guessed: frozenset[str] = frozenset(),
    licence: License = NO_LICENCE,
) -> tuple[str, tuple[str, ...]]:
    """(the author's head with what it lacks, a sentence for each key that differs).

    Lists are joined, since a tag more is no contradiction; single values stay the author's. Nothing
    is said of keys that are only `guessed`, and those of the viewer stand back behind any of the
    author's own.
    """
    theirs = yamltext.parse(text.replace("\r\n", "\n"), what=what)
    changes: dict[str, Any] = {}
    conflicts = []
    for key, mine in ours.items():
        if key in guessed and VIEWER & set(theirs):
            continue
        if key not in theirs:
            # A name and link belong to `other` only, and the author may say another licence.
            if key.startswith("license_") and _one(theirs.get("license", "other")) != "other":
                continue
            if key == "base_model_relation" and "base_model" in theirs and "base_model" not in ours:
                continue
            changes[key] = mine
            continue
        own = yamltext.plain(theirs[key])
        if key in LISTS:
            listed = own if isinstance(own, list) else [own] if own is not None else []
            known = [*listed, *(kebab(str(one)) for one in listed if key == "tags")]
            more = [one for one in mine if one not in known]
            if more:
                joined = theirs[key] if isinstance(theirs[key], list) else listed
                joined = _copy(joined)
                joined.extend(more)
                changes[key] = joined
        elif own is None:  # The key alone says nothing, and the Hub refuses it so.
            changes[key] = mine
        elif key == "license" and licenses.is_choice(licence, own):
            continue
        elif _one(own) != _one(mine):
            conflicts.append(
                f"{what} and publish.toml differ in {key}: “{_short(own)}” there, "
                f"“{_short(mine)}” here. The card's stays; make the two equal."
            )
    return yamltext.update(text, changes, what=what), tuple(conflicts)


def size_category(rows: int) -> str:
    """The Hub's word for so many rows: `1K<n<10K`."""
    return next((word for limit, word in SIZES if rows < limit), "n>1T")


def _weights(artifact: Artifact, release: Release, links: Links) -> dict[str, Any]:
    models = [hub for name in artifact.base_model if (hub := hub_model(name, links))]
    datasets = (hub_dataset(name, release, links) for name in artifact.trained_on)
    return {
        "library_name": artifact.library,
        "pipeline_tag": artifact.task[0] if artifact.task else "",
        "tags": _tags(artifact, release, artifact.task[1:]),
        "datasets": list(dict.fromkeys(filter(None, datasets))),
        "base_model": list(dict.fromkeys(models)),
        "base_model_relation": artifact.relation if models else "",
        "model-index": _index(artifact, release, links),
    }


def _data(artifact: Artifact, release: Release, rows: int | None) -> dict[str, Any]:
    return {
        "pretty_name": one_line(artifact.title) or artifact.id,
        "task_categories": list(dict.fromkeys(artifact.task)),
        "size_categories": [size_category(rows)] if rows is not None else [],
        "tags": _tags(artifact, release, ()),
        "configs": [
            {
                "config_name": config.name,
                "data_files": [
                    {"split": split, "path": paths[0] if len(paths) == 1 else list(paths)}
                    for split, paths in config.splits.items()
                ],
            }
            for config in configs.of(artifact)
        ],
    }


def _form(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What readers of a gated repository are asked (hub-docs models-gated.md, 2026-08)."""
    return {
        "extra_gated_heading": asked.get("heading"),
        "extra_gated_description": asked.get("description"),
        "extra_gated_prompt": asked.get("prompt"),
        "extra_gated_fields": {
            question: {"type": "select", "options": list(kind)} if isinstance(kind, list) else kind
            for question, kind in asked.get("fields", {}).items()
        },
        "extra_gated_button_content": asked.get("button"),
    }


def _tags(artifact: Artifact, release: Release, more: tuple[str, ...]) -> list[str]:
    words = artifact.keywords or release.paper.keywords
    return list(dict.fromkeys(filter(None, (kebab(word) for word in (*more, *words)))))


def _index(artifact: Artifact, release: Release, links: Links) -> list[dict[str, Any]]:
    """`model-index`, where the evaluation says on which data; the Hub asks for type and name."""
    results = []
    for result in evaluations(artifact):
        dataset = _evaluated_on(result, release, links)
        task = str(result.get("task") or next(iter(artifact.task), ""))
        if not dataset or not task or not result["metrics"]:
            continue
        metrics = [
            {key: metric[key] for key in ("type", "value", "name") if key in metric}
            for metric in result["metrics"]
        ]
        results.append({"task": {"type": task}, "dataset": dataset, "metrics": metrics})
    return [{"name": title(release, artifact), "results": results}] if results else []


def evaluations(artifact: Artifact) -> list[dict[str, Any]]:
    """The evaluation file as a list of `{task, dataset, split, metrics: [{type, value, name}]}`.

    It may hold one such object, a list of them under `results`, or metric names with numbers.
    Values that are no finite numbers are left out.
    """
    given: Any = artifact.evaluation
    rows = given.get("results") if isinstance(given.get("results"), list) else [given]
    found = []
    for row in rows or []:
        if not isinstance(row, dict) or not row:
            continue
        metrics = row.get("metrics", {} if "dataset" in row else row)
        if isinstance(metrics, dict):
            metrics = [{"type": name, "value": value} for name, value in metrics.items()]
        kept = []
        for metric in metrics if isinstance(metrics, list) else []:
            if (
                isinstance(metric, dict)
                and metric.get("type")
                and yamltext.finite(metric.get("value"))
            ):
                named = {"type": str(metric["type"]), "value": metric["value"]}
                if metric.get("name"):
                    named["name"] = one_line(str(metric["name"]))
                kept.append(named)
        found.append({**row, "metrics": kept})
    return [row for row in found if row["metrics"]]


def _evaluated_on(result: dict[str, Any], release: Release, links: Links) -> dict[str, str]:
    given = result.get("dataset")
    made: dict[str, str] = {}
    if isinstance(given, dict):
        if given.get("type") and given.get("name"):
            made = {key: str(given[key]) for key in ("type", "name", "config") if given.get(key)}
            made |= {"split": str(given["split"])} if given.get("split") else {}
    elif given:
        name = str(given)
        hub = hub_dataset(name, release, links)
        sibling = next((a for a in release.artifacts if f"@{a.key}" == name), None)
        shown = title(release, sibling) if sibling else hub or name
        made = {"type": hub or kebab(sibling.id if sibling else name), "name": shown}
    if made and result.get("split"):
        made["split"] = str(result["split"])
    return made


def _one(value: Any) -> Any:
    """A list of one is that one: many cards write their licence so."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _copy(value: Any) -> Any:
    """A list of its own, with the comments of the other. ruamel.yaml's deepcopy takes all comments
    anew with each entry: 5,000 tags took a minute (0.19.1, 2026-11)."""
    made = type(value)(value)
    if hasattr(value, "copy_attributes"):
        value.copy_attributes(made)
    return made


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 90 else text[:87] + "..."
