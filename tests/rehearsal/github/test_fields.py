"""The table of request fields says what GitHub's description says."""

from __future__ import annotations

from typing import Any

import pytest
from rehearsal.github.openapi import description

from pubflow.rehearsal.github.fields import BODIES, check
from pubflow.rehearsal.github.replies import Refusal

TYPES = {"string": str, "boolean": bool, "integer": int}


def as_described(schema: dict[str, Any]) -> Any:
    if "oneOf" in schema:  # A string or a number: the string is what clients send.
        schema = schema["oneOf"][0]
    if "enum" in schema:
        return tuple(schema["enum"])
    if schema["type"] == "array":
        return [as_described(schema["items"])]
    if schema["type"] == "object":
        if "properties" not in schema:
            return dict
        needed = schema.get("required", [])
        return {
            name + "!" * (name in needed): as_described(inner)
            for name, inner in schema["properties"].items()
        }
    if schema.get("nullable"):
        return (TYPES[schema["type"]], None)
    return TYPES[schema["type"]]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with what it refers to in its place."""
    if "$ref" in schema:
        return dict(description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "properties" in schema:
        inner = {name: resolved(one) for name, one in schema["properties"].items()}
        return schema | {"properties": inner}
    return schema


@pytest.mark.parametrize("operation", BODIES, ids=" ".join)
def test_request_fields_are_those_that_github_describes(operation: tuple[str, str]) -> None:
    method, path = operation
    content = description()["paths"][path][method.lower()]["requestBody"]["content"]
    schema = dict(content["application/json"]["schema"])
    properties = dict(schema["properties"])
    # Kept as one switch whose inside nobody reads here.
    if "security_and_analysis" in properties:
        properties["security_and_analysis"] = {"type": "object"}
    if path.endswith("/rulesets"):
        properties |= {
            "conditions": {"type": "object"},
            "bypass_actors": {"type": "array", "items": {"type": "object"}},
            "rules": {"type": "array", "items": {"type": "object"}},
        }
    properties = {name: resolved(inner) for name, inner in properties.items()}

    assert dict(BODIES[operation]) == as_described(schema | {"properties": properties})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tag_name": 1},
        {"tag_name": "v1", "draft": "true"},
        {"tag_name": "v1", "make_latest": True},
        {"tag_name": "v1", "drafts": True},
    ],
)
def test_a_release_with_a_wrong_field_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refusal:
        check(body, BODIES["POST", "/repos/{owner}/{repo}/releases"])

    assert refusal.value.response.status == 422


def test_a_persons_repository_has_no_field_visibility() -> None:
    with pytest.raises(Refusal):
        check({"name": "x", "visibility": "private"}, BODIES["POST", "/user/repos"])


def test_nested_fields_are_held_too() -> None:
    known = BODIES["POST", "/repos/{owner}/{repo}/git/trees"]

    check({"tree": [{"path": "a", "sha": None}]}, known)
    with pytest.raises(Refusal):
        check({"tree": [{"path": "a", "mode": "777"}]}, known)
