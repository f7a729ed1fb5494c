"""The recorded requests of two clients get the recorded statuses and shapes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from rehearsal.huggingface.asking import Asker, Reply

RECORDING = Path(__file__).parents[2] / "contracts" / "huggingface-traffic.json"

STATUSES = {
    "HEAD /alice/m-lfs/resolve/main/model.safetensors": (
        200,
        "Bytes are answered directly: a redirect to the same host name loses X-Repo-Commit.",
    ),
    "GET /datasets/alice/js-a/resolve/main/d/x.bin": (200, "As above."),
}

MISSING = {
    "modelId": "Only models have it; the recording server gave it to datasets too.",
    "diffUrl": "No client reads it.",
    "fineGrained": "The rehearsal's token has the role write, and no list of scopes.",
}
EXPANDED = "GET /api/datasets/alice/js-a?expand[]=likes"


def payload(size: int) -> bytes:
    unit = b"%d\0" % size
    return (unit * (size // len(unit) + 1))[:size]


def oid(size: int) -> str:
    return hashlib.sha256(payload(size)).hexdigest()


class Replay:
    def __init__(self, ask: Asker) -> None:
        self.ask = ask
        self.actions: dict[str, Any] = {}
        self.slug = self.head = ""

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, str):
            return value
        if match := re.fullmatch(r"\{oid:(\d+)\}", value):
            return oid(int(match[1]))
        if match := re.fullmatch(r"\{sample:(\d+)\}", value):
            return base64.b64encode(payload(int(match[1]))[:512]).decode()
        return value.replace("{head}", self.head).replace("{slug}", self.slug)

    def send(self, exchange: dict[str, Any]) -> Reply:
        method, target = self.filled(exchange["request"]).split(" ", 1)
        body = self.filled(exchange["body"])
        kind = exchange["type"] or "application/json"
        if match := re.fullmatch(r"\{(upload|verify):(\d+)\}", target):
            size = int(match[2])
            target = self.actions[oid(size)][match[1]]["href"]
            if match[1] == "upload":
                body = payload(size)
        if kind == "application/x-ndjson":
            body = "\n".join(json.dumps(line) for line in body).encode()
        elif isinstance(body, str):
            body = body.encode()
        token = {} if exchange["signed"] else {"token": None}
        reply = self.ask(method, target, body, kind=kind, **token)
        self.learn(target, reply)
        return reply

    def learn(self, target: str, reply: Reply) -> None:
        if not reply.headers.get("content-type", "").endswith("json") and "+json" not in (
            reply.headers.get("content-type", "")
        ):
            return
        value = reply.json if reply.data else {}
        if target.endswith("/objects/batch"):
            for item in value["objects"]:
                self.actions[item["oid"]] = item.get("actions", {})
        if isinstance(value, dict):
            self.slug = value.get("slug", self.slug)
            self.head = value.get("sha", value.get("commitOid", self.head))


def differences(shape: Any, value: Any, path: str = "") -> list[str]:
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path}: no object"]
        found = []
        for key, inner in shape.items():
            if key in value:
                found += differences(inner, value[key], f"{path}.{key}")
            elif key not in MISSING:
                found.append(f"{path}.{key}: missing")
        return found
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path}: no list"]
        return [
            line
            for item in value[:1]
            for line in (differences(shape[0], item, f"{path}[]") if shape else [])
        ]
    kinds = {"str": str, "int": int, "bool": bool, "null": type(None), "float": float}
    # The recording's first "gated" is false; it is a word when a repository is gated.
    ok = isinstance(value, kinds[shape]) or path.endswith((".gated", ".description"))
    return [] if ok else [f"{path}: {value!r} is no {shape}"]


def test_the_recorded_requests_get_the_recorded_answers(ask: Asker) -> None:
    replay = Replay(ask)
    wrong = []

    for exchange in json.loads(RECORDING.read_text())["exchanges"]:
        request = exchange["request"]
        reply = replay.send(exchange)
        status, _ = STATUSES.get(request, (exchange["status"], ""))
        if reply.status != status:
            wrong.append(f"{request}: {reply.status}, not {status}: {reply.data[:200]!r}")
        elif exchange["answer"] is not None and request != EXPANDED:
            wrong += [f"{request}{line}" for line in differences(exchange["answer"], reply.json)]
        if reply.status < 300 and status == exchange["status"]:
            names = {name.lower() for name in exchange["headers"]}
            wrong += [f"{request}: no header {name}" for name in names - set(reply.headers)]

    assert wrong == []
