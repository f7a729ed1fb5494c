"""Which paths a .gitignore leaves out, as far as the Hub's preupload needs to know.

Blank lines, comments, negation, anchored and folder patterns and `**` (git-scm.com, gitignore).
"""

from __future__ import annotations

import re


def _expression(pattern: str) -> re.Pattern[str]:
    anchored = "/" in pattern.rstrip("/")
    only_folder = pattern.endswith("/")
    body = pattern.strip("/")
    parts: list[str] = []
    at = 0
    while at < len(body):
        if body.startswith("**/", at):
            parts.append("(?:.*/)?")
            at += 3
        elif body.startswith("**", at):
            parts.append(".*")
            at += 2
        elif body[at] == "*":
            parts.append("[^/]*")
            at += 1
        elif body[at] == "?":
            parts.append("[^/]")
            at += 1
        else:
            parts.append(re.escape(body[at]))
            at += 1
    start = "" if anchored else "(?:.*/)?"
    end = "/.*" if only_folder else "(?:/.*)?"
    return re.compile(f"{start}{''.join(parts)}{end}", re.DOTALL)


def ignored(path: str, rules: str) -> bool:
    """Whether the last rule that matches leaves `path` out."""
    out = False
    for line in rules.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        keep = pattern.startswith("!")
        if _expression(pattern.lstrip("!")).fullmatch(path):
            out = not keep
    return out
