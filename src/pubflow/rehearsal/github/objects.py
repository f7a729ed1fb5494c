"""Git objects as data: what a commit, a tree and a tag say. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_PERSON = re.compile(r"(?P<name>.*?) ?<(?P<email>[^>]*)> (?P<time>\d+) [+-]\d{4}")

KINDS = {"40000": "tree", "160000": "commit"}
"""Tree entry modes; every other mode is a blob."""


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    email: str
    date: str


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True, slots=True)
class Tag:
    sha: str
    object: str
    type: str
    name: str
    tagger: Signature
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    mode: str
    name: str
    sha: str

    @property
    def type(self) -> str:
        return KINDS.get(self.mode, "blob")


def signature(text: str) -> Signature:
    match = _PERSON.fullmatch(text)
    if match is None:
        return Signature(text, "", "1970-01-01T00:00:00Z")
    date = datetime.fromtimestamp(int(match["time"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Signature(match["name"], match["email"], date)


def _headers(data: bytes) -> tuple[list[tuple[str, str]], str]:
    head, _, message = data.decode("utf-8", "replace").partition("\n\n")
    lines: list[tuple[str, str]] = []
    for line in head.split("\n"):
        if line.startswith(" ") and lines:
            lines[-1] = (lines[-1][0], lines[-1][1] + "\n" + line[1:])
        else:
            name, _, value = line.partition(" ")
            lines.append((name, value))
    return lines, message


def commit(sha: str, data: bytes) -> Commit:
    lines, message = _headers(data)
    told = dict(reversed(lines))
    parents = tuple(value for name, value in lines if name == "parent")
    author, committer = signature(told["author"]), signature(told["committer"])
    return Commit(sha, told["tree"], parents, author, committer, message.rstrip("\n"))


def tag(sha: str, data: bytes) -> Tag:
    lines, message = _headers(data)
    told = dict(reversed(lines))
    tagger = signature(told.get("tagger", ""))
    return Tag(sha, told["object"], told["type"], told["tag"], tagger, message.rstrip("\n"))


def tree(data: bytes) -> tuple[Entry, ...]:
    entries = []
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        name = data[space + 1 : end].decode("utf-8", "replace")
        entries.append(Entry(data[at:space].decode(), name, data[end + 1 : end + 21].hex()))
        at = end + 21
    return tuple(entries)
