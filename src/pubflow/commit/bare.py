"""A bare repository of our own that reads the author's objects, and the questions we put to it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pubflow.errors import PubflowError, Refused
from pubflow.git import Checkout, run
from pubflow.manifest import Artifact

EXACT = "* -text -eol -ident -filter -working-tree-encoding -export-subst -export-ignore\n"
"""Attributes of the author's tree would change or leave out files of the archive; it must hold the
very tree that the SWHID names."""

WHOLE = "HEAD^{tree}"

CLEAN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}
"""In our repositories the user's own configuration must not change a byte."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the code comes from, and whether its past goes along."""

    folder: Path
    checkout: Checkout | None
    head: str
    """The commit that is checked out; empty outside of git."""
    keeps_history: bool

    @classmethod
    def of(cls, artifact: Artifact) -> Source:
        checkout = Checkout.around(artifact.path)
        head = checkout.head() if checkout else ""
        if checkout and not head:
            raise PubflowError(
                f"The checkout around {artifact.path} has no commit yet.",
                why="Of code in git only what is committed is released.",
                hint="Commit what belongs to it, then run again:\n\n    git add .\n    git commit",
            )
        if len(head) > 40:
            raise PubflowError(
                f"The checkout around {artifact.path} is one of git's sha256 format.",
                why="Releases on GitHub and the ids of Software Heritage are made of sha1 objects.",
                hint="Take its files without the history: put what `git archive HEAD` holds into a"
                " folder of its own, and name it as [code] path.",
            )
        full = artifact.history == "full" and checkout is not None
        source = cls(artifact.path, checkout, head, full)
        if checkout and source.below != WHOLE and not _in_git(checkout, source.below):
            raise PubflowError(
                f"Nothing of {artifact.path} is committed.",
                why="Of code in git only what is committed is released.",
                hint="Commit it, then run again. Where git ignores it, release it under [data] or"
                " [weights].",
            )
        return source

    @property
    def branch(self) -> str:
        """The author's branch; empty where a name of ours is as good."""
        return self.checkout.branch() if self.checkout and self.keeps_history else ""

    @property
    def below(self) -> str:
        """What `git rev-parse` calls the released tree, for instance `HEAD:code`."""
        if self.checkout is None:
            return ""
        path = self.folder.resolve().relative_to(self.checkout.root.resolve()).as_posix()
        return WHOLE if self.keeps_history or path == "." else f"HEAD:{path}"


def _in_git(checkout: Checkout, tree: str) -> bool:
    try:
        run(["cat-file", "-e", tree], cwd=checkout.root)
    except PubflowError:
        return False
    return True


def make_bare(into: Path, source: Source, lend: Sequence[Path]) -> None:
    """A new bare repository that can read the author's objects, and those of `lend`."""
    if into.exists():
        shutil.rmtree(into)
    into.mkdir(parents=True)
    ask(into, "-c", "init.defaultBranch=main", "init", "--quiet", "--bare", "--template=", ".")
    lenders = [_objects(source.checkout.root, {})] if source.checkout else []
    lenders += [_objects(repo, CLEAN) for repo in lend if repo.exists()]
    (into / "objects" / "info").mkdir(exist_ok=True)
    lines = "".join(f"{_quoted(folder)}\n" for folder, _ in lenders)
    (into / "objects" / "info" / "alternates").write_text(lines, "utf-8", newline="\n")
    (into / "info").mkdir(exist_ok=True)
    (into / "info" / "attributes").write_text(EXACT, newline="\n")
    # Where the lender's history ends, ours ends too; git push then says so to the other side.
    ends = sorted({line for _, shallow in lenders for line in _lines(shallow)})
    if ends:
        (into / "shallow").write_text("\n".join(ends) + "\n", newline="\n")


def _objects(repo: Path, env: Mapping[str, str]) -> tuple[Path, Path]:
    """Where a repository keeps its objects, and the list of commits whose parents it lacks."""
    paths = run(["rev-parse", "--git-path", "objects", "--git-path", "shallow"], cwd=repo, env=env)
    objects, shallow = (repo / os.fsdecode(line) for line in paths.splitlines())
    return objects.resolve(), shallow


def _quoted(folder: Path) -> str:
    text = str(folder)
    if any(c in text for c in '"\\\n') or text.startswith("#"):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return text


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def parents(repo: Path, commit: str) -> list[str]:
    head = run(["cat-file", "commit", commit], cwd=repo, env=CLEAN).split(b"\n\n", 1)[0]
    return [line[7:].decode() for line in head.split(b"\n") if line.startswith(b"parent ")]


def header(repo: Path, commit: str, key: str) -> str:
    head = run(["cat-file", "commit", commit], cwd=repo, env=CLEAN).split(b"\n\n", 1)[0]
    for line in head.split(b"\n"):
        if line.startswith(key.encode() + b" "):
            return line[len(key) + 1 :].decode("utf-8", "surrogateescape")
    raise Refused(f"The commit {commit[:10]} has no {key}.", why="git would not have made it so.")


def tree_of(repo: Path, commit: str) -> str:
    return header(repo, commit, "tree")


def has(repo: Path, commit: str) -> bool:
    try:
        ask(repo, "cat-file", "-e", f"{commit}^{{commit}}")
    except PubflowError:
        return False
    return True


def ask(
    repo: Path, *args: str, env: Mapping[str, str] | None = None, input: bytes | None = None
) -> str:
    return run(args, cwd=repo, env={**CLEAN, **(env or {})}, input=input).decode().strip()
