"""Condense recorded conversations with InvenioRDM to what the replay needs.

    python condense_inveniordm.py RECORDING.json ... --to FOLDER [--only /api/records/]

Each input is `{"about": ..., "steps": [{"step", "request", "status", "headers", "body"}]}`; the
output has the same name. Dropped, as no client of ours reads it: `ui` and `aggregations` (texts and
facets for the web pages), titles in other languages than English, all but the first hit of a
search and what that record says about itself (the recorded instance had other records). Record ids
become `${384}`, in a record's own body `${id}` and `${parent}`; the
host becomes `${base}`. A value that repeats stands once, in `shared`, and is called `#number`.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

KEPT_HEADERS = ("content-type", "etag", "link", "location")
WORTH_SHARING = 60
"""Characters from which on a repeated value is kept once."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--only", default="", help="steps whose address begins so")
    options = parser.parse_args()
    for path in options.recordings:
        recording = json.loads(path.read_text(encoding="utf-8"))
        steps = recording["steps"]
        recording["steps"] = [s for s in steps if s["request"]["path"].startswith(options.only)]
        target = options.to / path.name
        target.write_text(condensed(recording), encoding="utf-8")
        print(f"{target}: {target.stat().st_size} bytes")


def condensed(recording: dict[str, Any]) -> str:
    known = identifiers(recording["steps"])
    steps = [step(entry, known) for entry in recording["steps"]]
    shared: list[str] = []
    counts: Counter[str] = Counter()
    for entry in steps:
        count(entry, counts)
    lines = [json.dumps(share(entry, counts, shared), ensure_ascii=False) for entry in steps]
    said = re.sub(r" of \.\./\S+ section \d+", "", recording["about"])
    about = json.dumps(said, ensure_ascii=False)
    return (
        f'{{"about": {about},\n"shared": [\n'
        + ",\n".join(shared)
        + '\n],\n"steps": [\n'
        + ",\n".join(lines)
        + "\n]}\n"
    )


def identifiers(steps: list[dict[str, Any]]) -> list[str]:
    """The ids of all records and parents that the conversation made."""
    found = set()
    for entry in steps:
        body = entry["body"]
        if is_record(body):
            found |= {body["id"], body["parent"]["id"]}
    return sorted(found, key=lambda name: (-len(name), name))


def is_record(body: Any) -> bool:
    return isinstance(body, dict) and {"id", "parent", "links"} <= set(body)


def step(entry: dict[str, Any], known: list[str]) -> dict[str, Any]:
    request = entry["request"]
    headers = {name.lower(): value for name, value in request["headers"].items()}
    out: dict[str, Any] = {"step": entry["step"]}
    if "instance" in entry:
        out["instance"] = entry["instance"]
    out["method"] = request["method"]
    out["path"] = template(request["path"], known)
    out["accept"] = headers.get("accept")
    if entry["step"].startswith("error: no content type"):
        headers["content-type"] = "text/plain"
    if "content-type" in headers:
        out["type"] = headers["content-type"]
    out["as"] = client(entry["step"], headers)
    if "json" in request:
        out["json"] = slim(request["json"], known)
    if "data_bytes" in request:
        out["bytes"] = request["data_bytes"]
    out["status"] = entry["status"]
    named = {name.lower(): value for name, value in entry["headers"].items()}
    out["headers"] = {name: template(named[name], known) for name in KEPT_HEADERS if name in named}
    body = entry["body"]
    if is_record(body):
        out["binds"] = [body["id"], body["parent"]["id"]]
        body = own(slim(body, known), *out["binds"])
    elif isinstance(body, dict) and "hits" in body:
        body = listing(slim(body, known), body["hits"]["hits"])
    else:
        body = slim(body, known)
    out["body"] = body
    return out


def client(name: str, headers: dict[str, str]) -> str:
    """Who asked; the recordings hide the token, but name the step after it."""
    if "authorization" not in headers:
        return "query" if "token in query string" in name else "stranger"
    if "without Bearer" in name:
        return "bare"
    return "wrong" if "wrong token" in name or "other user" in name else "owner"


def listing(body: dict[str, Any], hits: list[dict[str, Any]]) -> dict[str, Any]:
    """A search: the form of its first hit, without what depends on the record."""
    for hit, before in zip(body["hits"]["hits"][:1], hits, strict=False):
        for name in ("metadata", "files", "custom_fields", "errors"):
            hit.pop(name, None)
        parent = before.get("parent", {}).get("id", "")
        body["hits"]["hits"] = [own(hit, before["id"], parent)]
    return body


def own(body: Any, identifier: str, parent: str) -> Any:
    """A record's body with its own ids as `${id}` and `${parent}`."""
    if isinstance(body, dict):
        return {key: own(item, identifier, parent) for key, item in body.items()}
    if isinstance(body, list):
        return [own(item, identifier, parent) for item in body]
    if isinstance(body, str):
        for name, label in ((identifier, "id"), (parent, "parent")):
            body = body.replace("${" + name + "}", "${" + label + "}") if name else body
            body = marked(body, name, label) if name else body
    return body


def slim(value: Any, known: list[str], name: str = "") -> Any:
    if isinstance(value, dict):
        if name == "title" and "en" in value:
            return {"en": value["en"]}
        return {
            key: slim(item, known, key)
            for key, item in value.items()
            if key not in ("ui", "aggregations")
        }
    if isinstance(value, list):
        return [slim(item, known, name) for item in value]
    return template(value, known) if isinstance(value, str) else value


def template(text: str, known: list[str]) -> str:
    text = text.replace("https://BASE", "${base}")
    for name in known:
        text = marked(text, name, name)
    return text


def marked(text: str, name: str, label: str) -> str:
    """`${label}` for an id where it stands as one: alone, or in an address, DOI or message."""
    quoted = re.escape(name)
    pattern = rf"(?:^|(?<=records/)|(?<=uploads/)|(?<=zenodo\.)|(?<=10\.5072/)|(?<=[:'])){quoted}"
    return re.sub(pattern + r"(?=$|[/?&'\":<>%])", "${" + label + "}", text)


def count(value: Any, counts: Counter[str]) -> None:
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False)
        if len(text) >= WORTH_SHARING:
            counts[text] += 1
        for item in value.values() if isinstance(value, dict) else value:
            count(item, counts)


def share(value: Any, counts: Counter[str], shared: list[str], top: bool = True) -> Any:
    """The value with repeated parts replaced; `shared` grows, parts before what holds them."""
    if not isinstance(value, dict | list):
        return value
    text = json.dumps(value, ensure_ascii=False)
    often = not top and counts[text] > 1
    if isinstance(value, dict):
        small: Any = {key: share(item, counts, shared, False) for key, item in value.items()}
    else:
        small = [share(item, counts, shared, False) for item in value]
    if not often:
        return small
    line = json.dumps(small, ensure_ascii=False)
    if line not in shared:
        shared.append(line)
    return f"#{shared.index(line)}"


if __name__ == "__main__":
    main()
