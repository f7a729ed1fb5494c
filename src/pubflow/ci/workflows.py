"""What `pubflow ci` writes: workflows for GitHub Actions, from the templates beside this file.

Actions are pinned to commits, as a tag can be moved to other code while the secrets stay. The
commits are those of the upstream repositories' own tags, read in 2026-11.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pubflow.errors import PubflowError, Refused
from pubflow.git import Checkout, repository_of

NAMES = ("release.yml", "plan.yml", "comment.yml", "verify.yml")
PREFIX = "pubflow-"
"""Before each name, so that workflows of the author's own are never meant."""

PINNED = {
    "checkout": "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "upload": "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0",
    "download": "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
}

_ACTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+@[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Written:
    """Files that were written, those that were there already, and the folder of the checkout."""

    root: Path
    new: tuple[Path, ...]
    kept: tuple[Path, ...]


def write(manifest: Path, action: str, *, force: bool) -> Written:
    """Put the workflows into the checkout around `manifest`.

    `action` is pubflow's Action as `owner/name@commit`; empty means the one that this pubflow was
    installed from. A file with other content is left alone, and Refused raised, unless `force`.
    """
    folder = manifest.resolve().parent
    checkout = Checkout.around(folder)
    if checkout is None:
        raise PubflowError(
            f"{folder} lies in no git checkout.",
            why="Workflows belong to a repository on GitHub.",
            hint="Run it in a clone of the repository.",
        )
    root = checkout.root
    texts = render(
        _named(action),
        manifest.resolve().relative_to(root.resolve()).as_posix(),
        _tags(manifest),
    )
    place = root / ".github" / "workflows"
    paths = {place / f"{PREFIX}{name}": text for name, text in texts.items()}
    same = tuple(path for path, text in paths.items() if _read(path) == text)
    other = [path for path in paths if path not in same and os.path.lexists(path)]
    if other and not force:
        raise Refused(
            "There are workflows already: " + ", ".join(path.name for path in other) + ".",
            why="They may hold changes of yours. Nothing was written.",
            hint="Keep them under another name, or write over them:\n\n    pubflow ci --force",
        )
    place.mkdir(parents=True, exist_ok=True)
    new = tuple(path for path in paths if path not in same)
    for path in new:
        path.unlink(missing_ok=True)  # A link would lead elsewhere.
        path.write_text(paths[path], "utf-8", newline="\n")
    return Written(root, new, same)


def told(written: Written) -> Iterator[str]:
    """What was written, and what is left to do by hand."""
    for path in written.new:
        yield f"+ {path.relative_to(written.root).as_posix()}"
    for path in written.kept:
        yield f"= {path.relative_to(written.root).as_posix()}"
    yield ""
    yield "On GitHub, under Settings, Environments, make:"
    yield ""
    yield "    pubflow-prepare    secrets PUBFLOW_GITHUB_TOKEN (if needed), HF_TOKEN, ZENODO_TOKEN"
    yield "    pubflow-publish    the same secrets, and required reviewers: they approve the plan"
    yield ""
    yield "The files say what each is for. Then commit them, and release by pushing a tag:"
    yield ""
    yield "    git add .github/workflows"


def render(action: str, manifest: str, tags: str) -> dict[str, str]:
    """Name -> text of every workflow. Pure but for reading the templates.

    `tags` is a pattern of GitHub's filters. What comes from the author is written as a JSON text,
    which is YAML that nothing can leave.
    """
    values = {**PINNED, "action": action, "manifest": _yaml(manifest), "tags": _yaml(tags)}
    folder = resources.files("pubflow.ci") / "templates"
    return {name: _filled((folder / name).read_text("utf-8"), values) for name in NAMES}


def _filled(template: str, values: dict[str, str]) -> str:
    return re.sub(r"<<(\w+)>>", lambda hole: values[hole[1]], template)


def _yaml(text: str) -> str:
    if "${{" in text:
        raise Refused(
            f"{text!r} holds ${{{{, which GitHub would compute.",
            why="A workflow that names it would run what the name says.",
            hint="Rename it.",
        )
    return json.dumps(text)


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _tags(manifest: Path) -> str:
    """The filter for the tags of publish.toml's releases: `v{version}` becomes `v*`."""
    try:
        said = tomllib.loads(manifest.read_text("utf-8")).get("release", {})
    except FileNotFoundError:
        raise PubflowError(
            f"There is no {manifest.name}.",
            why="The workflows release what it says.",
            hint="Write it first; publish.example.toml shows how.",
        ) from None
    except (OSError, ValueError) as wrong:
        raise PubflowError(
            f"{manifest.name} cannot be read: {wrong}", hint="pubflow plan says more."
        ) from None
    pattern = said.get("tag", "v{version}") if isinstance(said, dict) else ""
    if not isinstance(pattern, str) or "{version}" not in pattern:
        raise PubflowError(
            f'{manifest.name} has a tag without "{{version}}".',
            why="The workflow could not tell which tags are releases.",
            hint='Write in [release]: tag = "v{version}"',
        )
    # Signs with a meaning in filter patterns; docs.github.com, "Workflow syntax", 2026-11.
    plain = (re.sub(r"[\\*?+\[\]!]", r"\\\g<0>", part) for part in pattern.split("{version}"))
    return "*".join(plain)


def _named(action: str) -> str:
    found = action or _installed_from()
    if _ACTION.fullmatch(found):
        return found
    raise PubflowError(
        f"{found!r} does not name pubflow's Action at a commit."
        if found
        else "Which Action the workflows shall use is not known: this pubflow was not installed"
        " from GitHub.",
        why="A tag can be moved to other code, a commit cannot.",
        hint="Name it, with the 40 digits of the commit:\n\n"
        "    pubflow ci --action OWNER/pubflow@COMMIT",
    )


def _installed_from() -> str:
    """`owner/name@commit` where pip was given an address on GitHub or a clone of it; else empty.

    pip keeps it in direct_url.json (packaging.python.org, "Recording the Direct URL Origin").
    """
    try:
        text = importlib.metadata.distribution("pubflow").read_text("direct_url.json")
        said = json.loads(text or "{}")
        url, commit = str(said.get("url", "")), str(said.get("vcs_info", {}).get("commit_id", ""))
    except (importlib.metadata.PackageNotFoundError, ValueError, AttributeError):
        return ""
    if urlsplit(url).scheme == "file":
        checkout = Checkout.around(Path(url2pathname(urlsplit(url).path)))
        name, commit = (checkout.remote(), checkout.head()) if checkout else ("", "")
    else:
        name = repository_of(url)
    return f"{name}@{commit}" if name and commit else ""
