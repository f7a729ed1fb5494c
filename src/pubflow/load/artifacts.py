"""Weights and data: the tables of publish.toml and the files they name -> Artifact."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from pubflow.errors import Blocked
from pubflow.load import infer, paths, people, schema
from pubflow.load.described import Reader, own_license, shared, text_of
from pubflow.load.findings import Findings, did_you_mean, quoted
from pubflow.load.lines import Place
from pubflow.load.places import listed
from pubflow.manifest import Artifact, Kind, License
from pubflow.tree import Tree, matches, survey
from pubflow.tree.names import not_on_windows

_NOT_YET = "not yet in this version"
_LEFT_ALONE = ("publish.toml", "publish.lock")
"""Ours, and changing while we work: never part of an artifact that lies beside them."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """An artifact whose files are known by name and not read yet."""

    artifact: Artifact
    table: schema.Artifact
    place: Place
    tree: Tree | None = None


def read_files(
    reader: Reader,
    kind: Kind,
    key: str,
    table: schema.Files,
    inherited: License,
    findings: Findings,
) -> Surveyed:
    """Weights or data from their table; `inherited` is the code's licence, for weights."""
    place: Place = (kind.value, key)
    path, tree = _survey(reader, place, table, findings)
    artifact = shared(reader, kind, ".".join((kind.value, key)), path, table, place, findings)
    artifact = _licensed(reader, artifact, table, place, inherited, findings)
    artifact = replace(
        artifact,
        language=listed(table.language),
        task=listed(table.task),
        exclude=tuple(table.exclude),
    )
    card = table.card or (f"{table.path}/README.md" if _has(tree, "README.md") else "")
    if card and findings.sound(*place, "card"):
        text = text_of(reader, card, (*place, "card"), findings)
        artifact = replace(artifact, card=reader.root / card, card_text=text)
    if isinstance(table, schema.Weights):
        artifact = _weights(reader, artifact, table, place, findings)
    if isinstance(table, schema.Data):
        artifact = _data(artifact, table, place, tree, findings)
    return Surveyed(artifact, table, place, tree)


def _licensed(
    reader: Reader,
    artifact: Artifact,
    table: schema.Files,
    place: Place,
    inherited: License,
    findings: Findings,
) -> Artifact:
    if not findings.sound(*place, "license"):
        return artifact
    if table.license is not None:
        own = own_license(reader, table.license, (*place, "license"), findings)
        return replace(artifact, license=own)
    if artifact.kind is Kind.WEIGHTS and table.license is None and inherited.display:
        what = f"{artifact.key} inherits the code's licence {inherited.display}"
        why = "it names none of its own"
        findings.note(place, what, why, 'If that is wrong, add: license = "..."')
        return replace(artifact, license=inherited)
    if artifact.kind is Kind.WEIGHTS and not findings.sound("code", "license"):
        return artifact
    if table.license is None:
        code = artifact.kind is Kind.WEIGHTS
        why = "nobody could know what they may do with it"
        why += ", and the code has none that it could inherit" if code else ""
        hint = f'Add to [{artifact.key}]: license = "{"Apache-2.0" if code else "CC-BY-4.0"}"'
        findings.error(place, f"{artifact.key} has no licence", why, f"{hint}, or another.")
    return artifact


def _survey(
    reader: Reader, place: Place, table: schema.Files, findings: Findings
) -> tuple[Path, Tree | None]:
    here = (*place, "path")
    path = reader.root / table.path
    if not findings.sound(*here):
        return path, None
    if remote := paths.REMOTE.match(table.path):
        what = f"{remote[1].lower()}:// paths are {_NOT_YET}"
        findings.error(here, what, "the files must lie here to be hashed", "Download them first.")
        return path, None
    found = paths.found(reader.root, table.path)
    if not isinstance(found, Path):
        if not (reader.absent and not os.path.lexists(path)):
            people.tell(findings, here, found)
        return path, None
    exclude = tuple(table.exclude)
    if found == reader.root:
        exclude += tuple(f"/{name}" for name in (*_LEFT_ALONE, reader.manifest))
    try:
        tree = survey(found, exclude=exclude)
    except Blocked as blocked:
        for problem in blocked.problems:
            what = f"In {quoted(table.path)}: {problem.what}"
            findings.error(here, what, problem.why, problem.hint)
        return found, None
    if not tree.files:
        what, why = f"{quoted(table.path)} holds no file", "there is nothing to publish"
        hint = "Look at `exclude`, or at where the files are." if table.exclude else ""
        findings.error(here, what, why, hint)
    if bad := [item.name for item in tree.files if not_on_windows(item.name)]:
        shown = ", ".join(map(quoted, bad[:3])) + (", ..." if len(bad) > 3 else "")
        what = f"Windows cannot store {shown} of {quoted(table.path)}"
        why = "who works with it can neither download nor clone the whole"
        findings.warn(here, what, why, "Rename them, if you may.")
    if tree.left_out:
        shown = ", ".join(tree.left_out[:3]) + (", ..." if len(tree.left_out) > 3 else "")
        what = f"{'.'.join(map(str, place))} is released without {shown}"
        findings.note(here, what, "programs left it behind")
    return found, tree


def _weights(
    reader: Reader, artifact: Artifact, table: schema.Weights, place: Place, findings: Findings
) -> Artifact:
    said = infer.Weights()
    if findings.sound(*place, "path") and artifact.path.is_dir():
        said = infer.weights(reader.root, table.path)
    library, task = table.library or said.library, artifact.task
    base = listed(table.base_model)
    relation: str = table.relation or ""
    taken = {} if table.library or not said.library else {"library": said.library}
    if table.task is None and said.task:
        task = (said.task,)
        taken["task"] = said.task
    if table.base_model is None and said.base_model:
        base, relation = (said.base_model,), relation or said.relation
        taken["base_model"] = said.base_model
    if taken:
        values = ", ".join(f"{key} = {quoted(value)}" for key, value in taken.items())
        why = "its configuration file says so"
        findings.note(place, f"{artifact.key} gets {values}", why, "Give the key to change it.")
    if relation and not base and findings.sound(*place, "base_model"):
        what, why = "relation is given without base_model", "it says how weights come from another"
        findings.error((*place, "relation"), what, why, 'Add: base_model = "owner/name"')
    evaluation: Mapping[str, Any] = {}
    if table.evaluation and findings.sound(*place, "evaluation"):
        evaluation = _evaluation(reader, table.evaluation, (*place, "evaluation"), findings)
    return replace(
        artifact,
        library=library,
        task=task,
        base_model=base,
        relation=relation,
        trained_on=listed(table.trained_on),
        evaluation=evaluation,
    )


def _data(
    artifact: Artifact, table: schema.Data, place: Place, tree: Tree | None, findings: Findings
) -> Artifact:
    for split, pattern in table.splits.items():
        here = (*place, "splits", split)
        if not findings.sound(*here):
            continue
        if not all(part.isidentifier() or part.isdigit() for part in split.split(".")):
            what = f"{quoted(split)} cannot be the name of a split"
            why = "the Hub's viewer takes letters, digits, _ and . only"
            findings.error(here, what, why)
        elif tree and not any(matches(file.name, pattern) for file in tree.files):
            what = f"No file of {quoted(table.path)} matches {quoted(pattern)}"
            near = did_you_mean(pattern, (file.name for file in tree.files[:2000]))
            findings.error(here, what, f"the split {quoted(split)} would be empty", near)
    responsible = table.responsible.model_dump(exclude_unset=True) if table.responsible else {}
    if "derived_from" in responsible:
        responsible["derived_from"] = list(listed(responsible["derived_from"]))
    return replace(artifact, splits=dict(table.splits), responsible=responsible)


def _evaluation(reader: Reader, name: str, place: Place, findings: Findings) -> Mapping[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    text = text_of(reader, name, place, findings)
    if not findings.sound(*place):
        return {}
    try:
        read = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        what, why = f"{quoted(name)}{line} is not JSON", "measured values are read from it"
        findings.error(place, what, why, "NaN and Infinity are not JSON either.")
        return {}
    if not isinstance(read, dict):
        what = f"{quoted(name)} holds no JSON object"
        findings.error(place, what, "measured values have names", 'Begin it with "{".')
        return {}
    return read


def _has(tree: Tree | None, name: str) -> bool:
    return bool(tree) and any(file.name == name for file in (tree.files if tree else ()))


def references(known: Sequence[str], surveyed: Sequence[Surveyed], findings: Findings) -> None:
    """Every `@data.x` must name an artifact of this release, and not itself."""
    for item in surveyed:
        table = item.table
        named: dict[str, tuple[str, ...]] = {}
        if isinstance(table, schema.Weights):
            named = {"trained_on": item.artifact.trained_on, "base_model": listed(table.base_model)}
        if isinstance(table, schema.Data) and table.responsible:
            named = {"responsible.derived_from": listed(table.responsible.derived_from)}
        for key, sources in named.items():
            for n, source in enumerate(sources):
                if not source.startswith("@"):
                    continue
                place = (*item.place, *key.split("."), n)
                if source[1:] == item.artifact.key:
                    what = f"{item.artifact.key} refers to itself"
                    findings.error(place, what, "nothing is made from itself")
                elif source[1:] not in known:
                    what = f"There is no {quoted(source)} in this release"
                    near = did_you_mean(source, [f"@{name}" for name in known])
                    hint = near or "Here are " + ", ".join(f"@{name}" for name in known) + "."
                    findings.error(place, what, "links to it could not be made", hint)
