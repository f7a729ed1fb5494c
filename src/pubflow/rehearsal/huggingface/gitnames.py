"""The names git gives to content: blob, tree and commit, computed as git computes them.

The Hub's repositories are git repositories, so a commit's oid commits to its whole tree and its
parents here as there (git-scm.com, "Git Internals - Git Objects"). An LFS file stands in the tree
as its pointer text (git-lfs docs/spec.md, version 1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping


def _name(kind: str, content: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).hexdigest()


def blob(content: bytes) -> str:
    return _name("blob", content)


def pointer(sha256: str, size: int) -> bytes:
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
    )


def trees(blobs: Mapping[str, str]) -> dict[str, str]:
    """The oid of every folder of a tree given as path -> blob oid; the root is ""."""
    children: dict[str, dict[str, tuple[str, str]]] = {"": {}}
    for path, oid in blobs.items():
        folder, _, name = path.rpartition("/")
        children.setdefault(folder, {})[name] = ("100644", oid)
        while folder:
            folder = folder.rpartition("/")[0]
            children.setdefault(folder, {})
    found: dict[str, str] = {}
    for folder in sorted(children, key=lambda path: -len(path)):
        entries = children[folder]
        # Git sorts a folder as if its name ended in a slash.
        ordered = sorted(
            entries.items(), key=lambda item: item[0] + ("/" if item[1][0] == "40000" else "")
        )
        content = b"".join(
            f"{mode} {name}\0".encode() + bytes.fromhex(oid) for name, (mode, oid) in ordered
        )
        found[folder] = _name("tree", content)
        if folder:
            parent, _, name = folder.rpartition("/")
            children[parent][name] = ("40000", found[folder])
    return found


def commit(tree: str, parents: Iterable[str], author: str, when: int, message: str) -> str:
    who = f"{author} <{author}@users.noreply.huggingface.co> {when} +0000"
    lines = [f"tree {tree}", *(f"parent {oid}" for oid in parents)]
    lines += [f"author {who}", f"committer {who}", "", message]
    return _name("commit", "\n".join(lines).encode())
