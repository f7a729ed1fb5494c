"""Write docs/reference.md: every key of publish.toml, from its JSON Schema, each with an example.

    python docs/reference/make.py

The examples are those of keys.toml beside this file. Same input, same bytes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pubflow.load import json_schema

HERE = Path(__file__).parent
PAGE = HERE.parent / "reference.md"

HEAD = """\
# Every key of publish.toml

Made from the schema by `docs/reference/make.py`, so do not edit it here. Editors complete and check
the same keys when a first line `#:schema` names a copy of what this prints:

```sh
pubflow schema
```

[publish.example.toml](../publish.example.toml) is a whole file that can be rehearsed.

Paths count from the folder of publish.toml and do not lead out of it. A key that is not listed here
is an error. Tokens never stand in this file. "Text, or list" takes one text or several.
"""

Sections = tuple[tuple[str, str, tuple[str, ...]], ...]
LONG = 130
"""Of an example longer than that, the parts stand in a section of their own."""
COMMON = ("code", "weights.kelpnet", "data.kelp")
SECTIONS: Sections = (
    ("`[paper]`", "Paper", ("paper",)),
    ("An author: `[[paper.authors]]`", "AuthorTable", ("code.authors.0", "code.authors.1")),
    ("`[[paper.grants]]`", "Grant", ("paper.grants.0",)),
    ("`[affiliations]`: `<key> = { ... }`", "Affiliation", ("affiliations.brown",)),
    ("`[defaults]`", "Defaults", ("defaults",)),
    ("`[targets.github]`", "GithubAccount", ("targets.github",)),
    ("`[targets.huggingface]`", "HuggingfaceAccount", ("targets.huggingface",)),
    ("`[targets.zenodo]`", "ZenodoAccount", ("targets.zenodo",)),
    ("`[code]`, `[weights.<id>]` and `[data.<id>]`", "Code Weights Data", COMMON),
    ("`[code]` alone", "Code", ("code",)),
    ("`[weights.<id>]` and `[data.<id>]`", "Weights Data", COMMON[1:]),
    ("`[weights.<id>]` alone", "Weights", ("weights.kelpnet",)),
    ("`[data.<id>]` alone", "Data", ("data.kelp",)),
    ("`[data.<id>.responsible]`", "Responsible", ("data.kelp.responsible",)),
    ("`[code.target.github]`", "GithubPlace", ("code.target.github",)),
    (
        "`[<artifact>.target.huggingface]`",
        "HuggingfacePlace",
        ("weights.kelpnet.target.huggingface",),
    ),
    ("`[<artifact>.target.zenodo]`", "ZenodoPlace", ("weights.kelpnet.target.zenodo",)),
    ("A form: `gated = { ... }`", "Form", ("weights.kelpnet.gated",)),
    ("An embargo: `embargo = { ... }`", "Embargo", ("defaults.embargo",)),
    ("A licence of your own: `license = { ... }`", "OwnLicense", ("weights.kelpnet.license",)),
    ("A text in a file: `{ file = ... }`", "File", ("paper.abstract",)),
    ("`[release]`", "Release", ("release",)),
    ("`[checks]`", "Checks", ("checks",)),
    ("`[[checks.ignore]]`", "Ignored", ("checks.ignore.0",)),
)
"""Heading, the tables of the schema whose keys it shows, and where its examples stand."""


def page() -> str:
    """The whole page."""
    schema, values = json_schema(), tomllib.loads((HERE / "keys.toml").read_text("utf-8"))
    lines, told = [HEAD], set[tuple[str, str]]()
    lines += [*_table("The file", {"schema": schema["properties"]["schema"]}, ["schema"], [values])]
    for heading, names, places in SECTIONS:
        tables = [schema["$defs"][name] for name in names.split()]
        if len(tables) > 1:
            lines += [f"## {heading}", "", "What they have in common.", ""]
        else:
            lines += [f"## {heading}", "", tables[0].get("description", ""), ""]
        keys = {
            key: field
            for key, field in tables[0]["properties"].items()
            if all(key in table["properties"] for table in tables[1:])
            and "not in this version" not in field.get("description", "")
            and not all((name, key) in told for name in names.split())
        }
        # `path` has a default in one of them only, and is told there.
        keys = {k: v for k, v in keys.items() if len(tables) == 1 or _same(k, tables)}
        told |= {(name, key) for name in names.split() for key in keys}
        required = [key for table in tables for key in table.get("required", ())]
        examples = [_at(values, place) for place in places]
        lines += [*_rows(keys, required, examples), ""]
    return "\n".join(lines).rstrip() + "\n"


def _same(key: str, tables: list[Mapping[str, Any]]) -> bool:
    return all(table["properties"][key] == tables[0]["properties"][key] for table in tables)


def _table(
    heading: str, keys: Mapping[str, Any], required: list[str], examples: list[Any]
) -> Iterator[str]:
    yield from (f"## {heading}", "", *_rows(keys, required, examples), "")


def _rows(
    keys: Mapping[str, Any], required: Iterable[str], examples: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    yield from ("| key | type | default | meaning | example |", "|---|---|---|---|---|")
    for key, field in keys.items():
        meaning, _, default = f" {field.get('description', '')}".partition(" Default: ")
        if key in required:
            default = "required"
        elif not default and "default" in field:
            default = f"`{_toml(field['default'])}`"
        given = next((table[key] for table in examples if key in table), None)
        example = f"`{_toml(given)}`"
        if len(example) > LONG:
            example = "its own table"
        words = [text.strip().replace("<", "&lt;") for text in (default.rstrip("."), meaning)]
        cells = (f"`{key}`", _type(field), *words, example)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(field: Mapping[str, Any]) -> str:
    if "enum" in field:
        return " or ".join(f"`{_toml(word)}`" for word in field["enum"])
    if "const" in field:
        return f"`{_toml(field['const'])}`"
    if "$ref" in field:
        return "table"
    if choice := field.get("oneOf") or field.get("anyOf"):
        return ", or ".join(dict.fromkeys(map(_type, choice)))
    match field.get("type"):
        case "array":
            inner = _type(field["items"])
            return "list" if inner == "text" else f"list of: {inner}"
        case "object":
            return "table"
        case "string":
            return "day" if field.get("format") == "date" else "text"
        case "boolean":
            return "true or false"
        case other:
            return {"integer": "number"}.get(str(other), str(other))


def _toml(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | date():
            return str(value)
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            pairs = ", ".join(f"{_key(key)} = {_toml(inner)}" for key, inner in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"


def _key(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalnum() else _toml(key)


def _at(values: Any, place: str) -> Any:
    for step in place.split("."):
        values = values[int(step) if step.isdigit() else step]
    return values


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
