"""A first publish.toml, from what the folder already says.

What a file of the author's says is taken over, and a comment names the file; what is only guessed
has a comment that says so. A licence is never guessed: where nothing says it, the line is left for
the author to write, and loading the draft says what is missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from pubflow.errors import PubflowError
from pubflow.git import Checkout
from pubflow.load import identifiers, infer, licenses, paths, texts
from pubflow.tree.names import is_junk

DEPTH = 3
"""How far down folders of weights and data are looked for."""
MOST = 50_000
"""Files that are looked at before the search ends."""
WEIGHTS = (".safetensors", ".gguf", ".onnx", ".pt", ".pth", ".ckpt", ".h5", ".keras")
TABLES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".arrow", ".npz", ".hdf5", ".nc")
DATA = ("data", "dataset", "datasets")
"""Names of folders in which data is looked for; tables lie about elsewhere too."""
NOT_HERE = frozenset({"build", "dist", "docs", "env", "node_modules", "site-packages", "tests"})
_HEADING = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """A folder of weights or data, by its path below the root."""

    path: str
    files: int
    license: str = ""


def write(path: Path) -> str:
    """Write the draft to `path`, and return it. Raises PubflowError where something is there."""
    text = draft(path.resolve().parent)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        if path.is_dir():
            inside = shlex.quote(str(path / "publish.toml"))
            raise PubflowError(
                f"{path} is a folder; the draft is a file in it.",
                hint=f"Name the file:\n\n    pubflow init {inside}",
            ) from None
        raise PubflowError(
            f"{path} is there already.",
            why="What you wrote into it is not written over.",
            hint="See what is left to do in it:\n\n    pubflow check",
        ) from None
    except OSError as error:
        raise PubflowError(
            f"{path} cannot be written: {error.strerror}.",
            hint="Run it in a folder that is there and in which you may write.",
        ) from None
    return text


def draft(root: Path) -> str:
    """The text of a publish.toml for the folder `root`. Changes nothing."""
    checkout = Checkout.around(root)
    remote = checkout.remote() if checkout and checkout.root.resolve() == root else ""
    parts = [
        ["schema = 1"],
        list(_paper(root)),
        list(_version(root, checkout)),
        list(_accounts(remote)),
        *(list(part) for part in _artifacts(root, remote)),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _paper(root: Path) -> Iterator[str]:
    cited = infer.citation(root)
    preferred = cited.get("preferred-citation")
    paper = preferred if isinstance(preferred, dict) else {}
    yield "[paper]"
    title, by = _title(root, cited, paper)
    yield _said("title", title, by)
    if abstract := cited.get("abstract") if isinstance(cited.get("abstract"), str) else "":
        yield _said("abstract", " ".join(str(abstract).split()), "CITATION.cff")
    for key in ("journal", "collection-title"):
        if venue := _line(paper.get(key)):
            yield _said("venue", venue, "CITATION.cff")
            break
    with contextlib.suppress(PydanticCustomError):
        yield _said("doi", identifiers.doi(str(paper.get("doi", ""))), "CITATION.cff")
    words = cited.get("keywords")
    if keywords := [word for word in map(_line, words if isinstance(words, list) else ()) if word]:
        yield _said("keywords", keywords, "CITATION.cff")
    yield '# status = "under-review"    # keeps everything private until you take it out'
    people, by = infer.authors(root)
    if not people:
        yield '# authors = ["Ada Lovelace <0000-0002-1825-0097>"]    # nothing here says who'
    for person in people:
        yield f"\n[[paper.authors]]    # from {by}"
        for key in ("given", "family", "name", "orcid"):
            if person.get(key):
                yield f"{key} = {_toml(person[key])}"


def _title(root: Path, cited: dict[str, Any], paper: dict[str, Any]) -> tuple[str, str]:
    for given in (paper.get("title"), cited.get("title")):
        if title := _line(given):
            return title, "CITATION.cff"
    for name in ("README.md", "README.rst", "README.txt", "README"):
        text = paths.read_text(root, name)
        heading = _HEADING.search(text) if isinstance(text, str) else None
        if heading and (
            title := _line(re.sub(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]", r"\1", heading[1]))
        ):
            return title, name
    project = infer.pyproject(root).get("project")
    if isinstance(project, dict) and (title := _line(project.get("name"))):
        return title, "pyproject.toml"
    return _line(root.name) or "Untitled", ""


def _version(root: Path, checkout: Checkout | None) -> Iterator[str]:
    said = infer.version(root, checkout, "v{version}")
    yield "[defaults]"
    yield _said("version", said.value if said else "1.0.0", said.by if said else "")


def _accounts(remote: str) -> Iterator[str]:
    if remote:
        yield "[targets.github]"
        yield _said("owner", remote.partition("/")[0], "the git remote")
        yield ""
    yield "# [targets.huggingface]"
    yield '# owner = "..."    # your user name or organisation; without it, who is logged in'


def _artifacts(root: Path, remote: str) -> Iterator[Iterable[str]]:
    spdx, file = licenses.detect(root, ".")
    if not spdx:
        spdx, file = _stated(root)
    if remote:
        yield _table("code", [], spdx, file)
    weights, data = _search(root)
    names: set[str] = set()
    for found in weights:
        own = (found.license, f"its own folder's {file}") if found.license else (spdx, file)
        what = f"{found.files} file{'s' * (found.files != 1)} of weights"
        lines = [f"path = {_toml(found.path)}    # {what}"]
        yield _table(f"weights.{_id(found.path, names)}", lines, *own)
    for found in data:
        lines = [f"path = {_toml(found.path)}    # {found.files} file{'s' * (found.files != 1)}"]
        by = f"the licence file in {found.path}"
        yield _table(f"data.{_id(found.path, names)}", lines, found.license, by)


def _table(name: str, lines: list[str], license: str, by: str) -> list[str]:
    if license:
        said = _said("license", license, by)
    else:
        said = '# license = "..."    # nothing here says it; an SPDX id, such as "CC-BY-4.0"'
    return [f"[{name}]", *lines, said]


def _stated(root: Path) -> tuple[str, str]:
    """The licence that CITATION.cff or pyproject.toml names."""
    project = infer.pyproject(root).get("project")
    stated = project.get("license") if isinstance(project, dict) else None
    for given, by in (
        (infer.citation(root).get("license"), "CITATION.cff"),
        (stated, "pyproject.toml"),
    ):
        if isinstance(given, str):
            with contextlib.suppress(PydanticCustomError):
                return licenses.spdx(given), by
    return "", ""


def _search(root: Path) -> tuple[list[Found], list[Found]]:
    """Folders of weights, and folders of data, none of them within another."""
    weights: dict[str, int] = {}
    data: dict[str, int] = {}
    looked = 0
    for folder, below, files in os.walk(root):
        here = Path(folder).relative_to(root).as_posix()
        parts = () if here == "." else tuple(here.split("/"))
        below[:] = sorted(
            name
            for name in below
            if not name.startswith(".")
            and name not in NOT_HERE
            and not is_junk(f"{name}/x")
            and not (Path(folder) / name / "pyvenv.cfg").exists()
            and len(parts) < DEPTH
        )
        looked += len(files)
        if looked > MOST:
            break
        if not parts:
            continue
        if count := sum(name.lower().endswith(WEIGHTS) for name in files):
            weights[here] = count
            below.clear()
        elif any(part.lower() in DATA for part in parts) and any(
            name.lower().endswith(TABLES) for name in files
        ):
            data[here] = len(files)
    return _founds(root, weights), _founds(root, _joined(data))


def _joined(data: dict[str, int]) -> dict[str, int]:
    """Folders below one that is data itself belong to it; else those below `data` are their own,
    and splits in folders of their own (`train`, `test`) are one."""
    joined: dict[str, int] = {}
    splits = ("train", "training", "test", "validation", "valid", "val", "dev", "eval")
    for path, count in sorted(data.items()):
        parent, _, name = path.rpartition("/")
        home = parent if parent and name.lower() in splits else path
        outer = next((one for one in joined if f"{home}/".startswith(f"{one}/")), home)
        joined[outer] = joined.get(outer, 0) + count
    return joined


def _founds(root: Path, folders: dict[str, int]) -> list[Found]:
    return [
        Found(path, count, licenses.detect(root, path)[0])
        for path, count in sorted(folders.items())
    ]


def _id(path: str, taken: set[str]) -> str:
    """An id that no other has, from the last part of the path that says something."""
    parts = path.split("/")
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", parts[-1]).strip("-_").lower() or "files"
    name = words
    while name in taken:
        name = f"{words}-{len(taken) + 1}"
    taken.add(name)
    return name


def _said(key: str, value: str | list[str], by: str) -> str:
    comment = f"from {by}" if by else "a guess; nothing here says it"
    return f"{key} = {_toml(value)}    # {comment}"


def _toml(value: str | list[str]) -> str:
    """A text or a list of texts as TOML, whose basic strings are JSON's but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(value: object) -> str:
    try:
        return texts.line(" ".join(value.split())) if isinstance(value, str) else ""
    except PydanticCustomError:
        return ""
