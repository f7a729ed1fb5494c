"""Looks for secrets in the bytes of a text file. Pure; never gives the secret itself away."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pubflow.checks.notebooks import is_notebook
from pubflow.checks.shapes import SHAPES, Shape

LARGEST = 5 * 1024**2
"""Bytes. Longer texts are data, which nobody typed a password into."""

LARGEST_NOTEBOOK = 64 * 1024**2
"""Bytes. Pictures make a notebook long, and what its cells were given or printed stands between."""

MOST = 20
"""Findings told for one file; who has more takes the whole file out."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b\x08"
_PROBE = 8192

# A header alone is a program that looks for keys. A key goes on, perhaps inside of a string.
_KEY_GOES_ON = re.compile(
    rb"(?:[\s\"'+,>#]|\\[nrt]|\\\\n){1,40}"
    rb"(?:(?:Proc-Type|DEK-Info|Version|Comment): ?[^\n]{1,80}\s{1,4}){0,4}[A-Za-z0-9+/=]{16}"
)
_HEADER = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks like a secret, without the secret."""

    line: int
    """From 1; 0 where the whole file is meant."""
    name: str
    shown: str
    """What may be printed: `ghp_*** (40 characters)`."""
    page: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    shape: Shape
    anchors: tuple[bytes, ...]
    pattern: re.Pattern[bytes]


_RULES = tuple(
    _Rule(
        shape,
        tuple(anchor.encode() for anchor in shape.anchors),
        re.compile(shape.pattern.encode(), re.IGNORECASE if shape.anycase else 0),
    )
    for shape in SHAPES
    if shape.scanned
)


def looked_through(name: str, size: int) -> bool:
    """Whether a file of that many bytes is short enough to be read for secrets."""
    return size <= (LARGEST_NOTEBOOK if is_notebook(name) else LARGEST)


def unpacked(content: bytes) -> bytes:
    """What gzip packed, at most `LARGEST` bytes of it; anything else as it is."""
    if not content.startswith(_GZIP):
        return content
    try:
        return zlib.decompressobj(wbits=31).decompress(content, LARGEST)
    except zlib.error:
        return content


def is_text(content: bytes) -> bool:
    """Whether the bytes are text: no zero byte near the beginning, as git judges it."""
    return content.startswith(_UTF16) or b"\0" not in content[:_PROBE]


def secrets_in(content: bytes) -> tuple[Finding, ...]:
    """All that looks like a secret, in the order of lines, each place once."""
    if content.startswith(_UTF16):
        content = content.decode("utf-16", "replace").encode("utf-8", "surrogatepass")
    # A notebook holds its lines as strings of JSON: "token = \\"...\\"\\n". Lines stay lines.
    content = content.replace(b'\\n"', b'"').replace(b'\\"', b'"')
    lowered = content.lower()
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, Finding]] = []
    for rule in _RULES:
        for start, end, shown in _matches(
            rule, lowered if rule.shape.anycase else content, content
        ):
            if any(start < b and a < end for a, b in taken):
                continue
            taken.append((start, end))
            line = content.count(b"\n", 0, start) + 1
            found.append((start, Finding(line, rule.shape.name, shown, rule.shape.page)))
            if len(found) >= MOST:
                return _in_order(found)
    return _in_order(found)


def _in_order(found: list[tuple[int, Finding]]) -> tuple[Finding, ...]:
    return tuple(finding for _, finding in sorted(found, key=lambda item: item[0]))


def _matches(rule: _Rule, searched: bytes, content: bytes) -> Iterator[tuple[int, int, str]]:
    """Where the secret begins and ends, and what of it may be shown."""
    grouped = rule.pattern.groups > 0
    for anchor in rule.anchors:
        at = searched.find(anchor)
        while at >= 0:
            match = rule.pattern.match(content, at)
            after = at + len(anchor)
            if match is not None:
                group = 1 if grouped and match.start(1) >= 0 else 0
                secret = match.group(group)
                if _real(rule.shape, secret, content, match):
                    key = match.group()[: match.start(group) - match.start()] if group else anchor
                    yield match.start(group), match.end(group), _shown(key, secret, bool(group))
                after = max(after, match.end()) if not rule.shape.anycase else after
            at = searched.find(anchor, after)


def _real(shape: Shape, secret: bytes, content: bytes, match: re.Match[bytes]) -> bool:
    if secret.startswith(_HEADER):
        return _KEY_GOES_ON.match(content, match.end()) is not None
    text = secret.decode("utf-8", "replace")
    if _stands_in(text) or (shape.mixed and not _random_looking(text)):
        return False
    quoted = content[match.end() : match.end() + 1] in (b'"', b"'")
    return shape.name != "a password" or _typed(text, quoted)


_EXPRESSION = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|.*[%$\\].*|.*://.*")
_NAME = re.compile(r"[A-Za-z_]\w*")


def _typed(value: str, quoted: bool) -> bool:
    """Whether somebody typed or pasted this value, and it is no name or expression of code."""
    if _EXPRESSION.fullmatch(value):
        return False
    runs = len(re.findall(r"\d+", value))
    named = not quoted and _NAME.fullmatch(value) is not None
    return runs >= (3 if named else 1) and sum(c.isdigit() for c in value) >= 2


def _shown(key: bytes, secret: bytes, named: bool) -> str:
    if secret.startswith(_HEADER):
        return secret.decode("ascii", "replace")
    before = re.sub(r"[^\x20-\x7e]", "?", key.decode("ascii", "replace"))[:40]
    return f"{before}*** ({len(secret)} characters)"


_STAND_INS = re.compile(
    r"example|placeholder|redacted|dummy|sample|changeme|change_me|your[_-]|my[_-]?(?:token|secret)"
    r"|x{6}|\*{4}|\.{3}|test[_-]?(?:token|secret|key)|fake",
    re.IGNORECASE,
)


def _stands_in(secret: str) -> bool:
    """Whether it only shows where a secret would stand, as manuals do: `ghp_xxxxxxxxxxxxxxxx`."""
    body = secret[-16:] if len(secret) > 24 else secret[4:]
    return bool(_STAND_INS.search(secret)) or len(set(body)) < 4


def _random_looking(secret: str) -> bool:
    """Whether it has the order of chance: small letters, capitals and digits, or much of two."""
    letters = (any(map(str.islower, secret)), any(map(str.isupper, secret)))
    if not any(letters) or not any(map(str.isdigit, secret)):
        return False
    return _bits(secret) >= 3.0 and (all(letters) or len(secret) >= 24)


def _bits(text: str) -> float:
    """Shannon entropy in bits for each character."""
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values())
