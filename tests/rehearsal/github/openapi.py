"""Holds one exchange with the stand-in for GitHub to GitHub's own description of its API.

`Contract().check(...)` raises `Mismatch` with what is wrong. What is let pass although the
description says otherwise stands in EXCEPTIONS, with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

SUBSET = Path(__file__).parents[2] / "contracts" / "github-openapi-subset.json"
API = "https://api.github.com"
UPLOADS = "https://uploads.github.com"

EXCEPTIONS: Mapping[str, str] = {
    "status 400": "described for a few operations only; malformed JSON gets it everywhere",
    "status 401": "a wrong token gets it everywhere",
    "status 403": "no User-Agent, archived repository: everywhere",
    "status 404": "a repository that is not there, or not for this token: everywhere",
    "status 409": "an empty repository, for all git data",
    "status 422": "refused fields are not described for every operation that takes fields",
    "status 429": "too many requests: everywhere",
    "status 301": "a renamed repository: every GET",
    "status 307": "a renamed repository: every other method",
    "status 5xx": "faults of the service are described nowhere",
    "asset state": "the enum says uploaded or open; the prose says starter for a broken upload",
    "upload content type": "only application/octet-stream is described; the prose asks for the "
    "file's own type",
    "body of 422 on upload": "no body is described; GitHub sends a validation error",
    "octets": "a GET of an asset that accepts octets answers 302 without a body",
    "bare sha": "described under its media type, but as a string of JSON",
}


class Mismatch(AssertionError):
    """An exchange that the description does not allow."""


@cache
def description() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(SUBSET.read_text())
    return told


class Contract:
    def __init__(self) -> None:
        self._api = _read()
        self._paths = _paths()

    def operation(self, method: str, path: str) -> str | None:
        """The template of the operation, None if there is none."""
        for template, address, _ in self._paths:
            if address.fullmatch(path) and method.lower() in description()["paths"][template]:
                return template
        return None

    def check(
        self,
        method: str,
        url: str,
        request_headers: Mapping[str, str],
        request_body: bytes,
        status: int,
        response_headers: Mapping[str, str],
        response_body: bytes,
    ) -> str | None:
        """The template of the operation that the exchange belongs to.

        A request that was refused (400 and above) is not held to anything, its answer is. An
        address that is not described may only be answered 404, with an error's body.
        """
        method = "GET" if method == "HEAD" else method
        parts = urlsplit(url)
        path, host = unquote(parts.path), API
        if path.startswith("/uploads/"):
            path, host = path.removeprefix("/uploads"), UPLOADS
        path = path.rstrip("/")
        if path.endswith("/contents"):
            path += "/"
        template = self.operation(method, path)
        if template is None:
            if status != 404:
                raise Mismatch(f"{method} {parts.path} is not described, and answers {status}")
            _error_body(method, path, status, response_body)
            return None
        segments = next(rest for known, _, rest in self._paths if known == template)
        path = _one_segment(template, path, segments)
        request = _Request(method, host, path, parts.query, request_headers, request_body)
        name = f"{method} {template}"
        if status < 400:
            self._hold(name, [*self._api.iter_request_errors(request)])
            _known_keys(name, template, method, request_body)
        self._answer(name, template, request, status, response_headers, response_body)
        return template

    def _answer(
        self,
        name: str,
        template: str,
        request: _Request,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        described = description()["paths"][template][request.method]["responses"]
        if str(status) not in described:
            kind = "status 5xx" if status >= 500 else f"status {status}"
            if kind not in EXCEPTIONS:
                raise Mismatch(f"{name}: {status} is not described")
            _error_body(request.method, template, status, body)
            return
        content = headers.get("content-type", "")
        if status == 302:
            return
        if status >= 400 and "content" not in _resolved(described, status):
            _error_body(request.method, template, status, body)
            return
        if "vnd.github" in content:
            return
        if b'"starter"' in body:
            body = re.sub(rb'"state": ?"starter"', b'"state": "uploaded"', body)
        response = _Response(status, headers, body)
        self._hold(name, [*self._api.iter_response_errors(request, response)])

    @staticmethod
    def _hold(name: str, errors: list[Exception]) -> None:
        if errors:
            raise Mismatch(f"{name}: " + "; ".join(_told(error) for error in errors))


def _resolved(described: dict[str, Any], status: int) -> dict[str, Any]:
    it: dict[str, Any] = described[str(status)]
    if "$ref" in it:
        return dict(description()["components"]["responses"][it["$ref"].rpartition("/")[2]])
    return it


def _told(error: BaseException) -> str:
    causes = [error.__cause__] if error.__cause__ else []
    inner = getattr(error.__cause__, "schema_errors", None) or getattr(error, "schema_errors", [])
    more = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in inner]
    return " / ".join([str(error), *map(str, causes), *more])


def _error_body(method: str, path: str, status: int, body: bytes) -> None:
    if status < 400 or not body.startswith(b"{"):
        return
    told = json.loads(body)
    if not isinstance(told.get("message"), str):
        raise Mismatch(f"{method} {path}: the body of {status} has no message")


def _known_keys(name: str, template: str, method: str, body: bytes) -> None:
    """The description lets unknown keys pass; here they are mistakes."""
    operation = description()["paths"][template][method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None or not body:
        return
    unknown = set(json.loads(body)) - set(schema.get("properties", {}))
    if unknown:
        raise Mismatch(f"{name}: these keys are not described: {sorted(unknown)}")


@cache
def _read() -> OpenAPI:
    return OpenAPI.from_dict(_readable(description()))


def _readable(told: Any) -> Any:
    """The description in the form that the library reads right: `nullable` beside `oneOf` as one
    more choice, and no discriminators, which it also looks for in lists."""
    if isinstance(told, list):
        return [_readable(it) for it in told]
    if not isinstance(told, dict):
        return told
    read = {name: _readable(value) for name, value in told.items() if name != "discriminator"}
    if told.get("nullable") is True and isinstance(told.get("oneOf"), list):
        read["oneOf"].append({"type": "object", "nullable": True, "enum": [None]})
    return read


@cache
def _paths() -> tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...]:
    """Templates with their patterns, the more literal ones first."""
    found = []
    components = description()["components"]["parameters"]
    for template, operations in description()["paths"].items():
        many = set()
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                told = parameter
                if "$ref" in parameter:
                    told = components[parameter["$ref"].rpartition("/")[2]]
                if told.get("x-multi-segment"):
                    many.add(told["name"])
        names = re.findall(r"\{(\w+)\}", template)
        text = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
        for name in names:
            each = ".*" if name in many else "[^/]+"
            text = text.replace("{" + name + "}", f"(?P<{name}>{each})")
        found.append((template, re.compile(text), tuple(sorted(many))))
    found.sort(key=lambda it: (bool(it[2]), it[0].count("{"), -len(it[0])))
    return tuple(found)


def _one_segment(template: str, path: str, many: tuple[str, ...]) -> str:
    """The path with the slashes inside such parameters encoded, which the library needs."""
    match = next(p for t, p, _ in _paths() if t == template).fullmatch(path)
    assert match is not None
    values = {name: quote(value, safe="") for name, value in match.groupdict().items()}
    for name in many:
        values[name] = values[name] or "%2F"
    return re.sub(r"\{(\w+)\}", lambda it: values[it[1]], template)


class _Request:
    def __init__(
        self,
        method: str,
        host: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        self.method = method.lower()
        self.host_url = host
        self.path = path
        self.body = body or None
        told = {name.lower(): value for name, value in headers.items()}
        # Exceptions "upload content type"; and requests without a body say no type.
        content_type = told.get("content-type", "application/json")
        if host == UPLOADS:
            content_type = "application/octet-stream"
        self.content_type = content_type
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qs(query, keep_blank_values=True)),
            header=Headers(told),
            cookie=ImmutableMultiDict(),
        )


class _Response:
    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status_code = status
        self.headers = Headers(dict(headers))
        self.content_type = self.headers.get("content-type", "application/json").partition(";")[0]
        self.data = body
