"""What should stand on GitHub for a target: texts and names, derived from the manifest. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from pubflow.claim import marker
from pubflow.links import Links
from pubflow.manifest import Target

DESCRIPTION = 350
"""Characters that GitHub takes for a repository's description; its web form, 2026-11."""

TOPICS = 20
"""Topics per repository, each up to 50 of a-z, 0-9 and dashes; docs.github.com, 2026-11."""


def repository_name(target: Target) -> str:
    """`owner/name` as in publish.toml; empty where no owner is known."""
    return str(target.settings.get("repo") or "")


def follow(target: Target, name: str) -> str:
    """What to write where the repository is called otherwise now: the release is known by the old
    name ever after."""
    return (
        f"Write {name} into publish.toml as the repository, and keep what the release is known by:"
        f'\n\n    [release]\n    id = "{target.release.identity}"'
    )


def mark(target: Target) -> str:
    """By which our draft is known again, the same on every run."""
    release = target.release
    return str(marker(release.identity, target.artifact.key, release.version))


def carries(body: str, target: Target) -> bool:
    """Whether a release's notes begin with our mark, and so are of this very release."""
    return mark(target) in body.lstrip().partition("\n")[0]


def body(target: Target, links: Links) -> str:
    """The release notes, our mark in the first line; SWHIDs once the commit is made."""
    from pubflow.documents import notes

    made = target.revision.swhids if target.revision else ()
    words = {"dir": "directory", "rev": "revision", "rel": "release"}
    swhids = {words[swhid.split(":")[2]]: swhid for swhid in made}
    return notes.render(target.release, links, mark(target), swhids=swhids)


def same_body(seen: str, wanted: str) -> bool:
    """Whether notes say the same, line endings aside."""

    def plain(text: str) -> list[str]:
        return [line.rstrip() for line in text.strip().splitlines()]

    return plain(seen) == plain(wanted)


def description(target: Target) -> str:
    """One line for the repository: the code's own title, else what paper it belongs to."""
    text = target.artifact.title or f"Code of the paper: {target.release.paper.title}"
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= DESCRIPTION else line[: DESCRIPTION - 1].rstrip() + "…"


def topics(target: Target) -> tuple[str, ...]:
    """The keywords as GitHub spells topics, in order, each once."""
    words = (*target.release.paper.keywords, *target.artifact.keywords)
    return tuple(dict.fromkeys(filter(None, map(_topic, words))))


def _topic(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.casefold()).encode("ascii", "ignore").decode()
    plain = letters.replace("++", "pp").replace("#", "sharp")  # cpp and csharp, as others write.
    return re.sub(r"[^a-z0-9]+", "-", plain)[:50].strip("-")


def latest_word(tag: str, others: Iterable[str], *, prerelease: bool) -> str:
    """GitHub's `make_latest`: `false` for a prerelease or a backport, else `true`.

    `others` are the tags of what is released besides; those named otherwise, such as `data-v7`
    beside `v1.0`, are no versions of the same thing. `legacy` lets GitHub decide, where the tag is
    no plain version.
    """
    if prerelease:
        return "false"
    own = _version(tag)
    if own is None:
        return "legacy"
    versions = [version for other in others if (version := _version(other))]
    newer = any(name == own[0] and numbers > own[1] for name, numbers in versions)
    return "false" if newer else "true"


def _version(tag: str) -> tuple[str, tuple[int, ...]] | None:
    """What stands before a version and its numbers, for `v1.2.0` and `2026-11-20` alike."""
    match = re.fullmatch(r"(\D*?)v?(\d+(?:[.-]\d+)*)", tag.lower(), re.ASCII)
    if match is None:
        return None
    numbers = re.sub(r"([.-]0+)+$", "", match[2])  # v1.0 is v1.0.0.
    return match[1], tuple(map(int, re.split("[.-]", numbers)))
