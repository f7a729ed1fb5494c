"""The JSON Schema that editors use is the one that pubflow checks by."""

from __future__ import annotations

import json
import runpy
import tomllib
from pathlib import Path

import jsonschema
import pytest

from pubflow.load import json_schema, schema

ROOT = Path(__file__).parents[2]


def test_the_committed_schema_is_true():
    made = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"

    assert (ROOT / "docs" / "publish.schema.json").read_text() == made


def test_it_is_a_json_schema_and_knows_no_null():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert '"null"' not in json.dumps(json_schema())


@pytest.mark.parametrize(
    "path", [ROOT / "publish.example.toml", Path(__file__).parent / "full.toml"]
)
def test_real_files_are_valid_by_it(path):
    values = json.loads(json.dumps(tomllib.loads(path.read_text()), default=str))

    jsonschema.validate(values, json_schema())


REFERENCE = ROOT / "docs" / "reference"
BY_PLATFORM = ("Accounts", "Places")


def test_the_reference_is_made_from_the_schema():
    made = runpy.run_path(str(REFERENCE / "make.py"))["page"]()

    assert (ROOT / "docs" / "reference.md").read_text("utf-8") == made


def test_the_examples_of_the_reference_are_accepted():
    schema.Document.model_validate(tomllib.loads((REFERENCE / "keys.toml").read_text("utf-8")))


def test_every_key_stands_in_the_reference_with_an_example():
    page = (ROOT / "docs" / "reference.md").read_text("utf-8")
    tables = [table for name, table in json_schema()["$defs"].items() if name not in BY_PLATFORM]
    keys = {
        key
        for table in tables
        for key, field in table["properties"].items()
        if "not in this version" not in field.get("description", "") + table["description"]
    }

    assert {key for key in keys if f"\n| `{key}` |" not in page} == set()
    assert "`null`" not in page


def test_a_mistyped_key_is_not_valid_by_it():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": 1, "paper": {"title": "T", "titel": "T"}}, json_schema())


def test_every_key_is_explained():
    def unexplained(node, name=""):
        for key, field in node.get("properties", {}).items():
            if "description" not in field and "$ref" not in field:
                yield f"{name}.{key}"

    schema = json_schema()
    found = [*unexplained(schema)]
    for name, definition in schema["$defs"].items():
        found += unexplained(definition, name)
    assert found == []
