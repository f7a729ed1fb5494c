"""What can happen to a repository on the Hub behind its owner's back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

from pubflow.rehearsal.huggingface.call import Stores
from pubflow.rehearsal.huggingface.state import Commit, Entry, Repository
from pubflow.rehearsal.tamper import BadTamper, Tamper, not_here, spoil

CARD = "README.md"


def tamper(stores: Stores, order: Tamper) -> str:
    """Change a repository. Raises BadTamper."""
    repository = _found(stores, order)
    match order.kind:
        case "byte-changed":
            path, entry = _file(_tagged(repository), order)
            spoil(stores.objects if entry.lfs else stores.regular, entry.sha256)
            return f"a byte of {path} in {repository.id} changed"
        case "file-removed":
            commit = _tagged(repository)
            path, _ = _file(commit, order)
            tree = {name: entry for name, entry in commit.tree.items() if name != path}
            repository.commits[commit.oid] = replace(commit, tree=tree)
            return f"{path} is gone from {repository.id}"
        case "text-edited":
            _edit(stores, repository, lambda text: text + (order.value or "\nEdited by hand.\n"))
        case "licence-gone":
            head = r"(?m)^license(_name|_link)?:.*\n"
            _edit(stores, repository, lambda text: re.sub(head, "", text))
        case "link-removed":
            wanted = re.escape(order.value) if order.value else r"https?://[^)\s]+"
            _edit(stores, repository, lambda text: re.sub(wanted, "#", text))
        case "author-renamed":
            name = order.value or "Somebody, Else"
            bib = r"(?m)^( *author *= )\{.*\}"
            _edit(stores, repository, lambda text: re.sub(bib, rf"\1{{{name}}}", text))
        case "title-changed":
            bib = r"(?m)^( *title *= )\{.*\}"
            _edit(stores, repository, lambda text: re.sub(bib, r"\1{{Another title}}", text))
        case "version-changed":
            bib = r"(?m)^( *version *= )\{.*\}"
            _edit(stores, repository, lambda text: re.sub(bib, r"\1{9.9.9}", text))
        case "link-dead":
            del stores.state.repositories[f"{repository.type}/{repository.id}"]
        case "visibility-off":
            repository.private = True
        case "tag-moved":
            tag = repository.tags[_tag(repository)]
            parents = repository.commits[tag["commit"]].parents
            if not parents:
                raise BadTamper("there is no earlier commit to move the tag to")
            tag["commit"] = parents[0]
        case "tag-removed":
            del repository.tags[_tag(repository)]
        case "renamed":
            old = f"{repository.type}/{repository.id}"
            repository.id = order.value or f"{repository.id}-renamed"
            new = f"{repository.type}/{repository.id}"
            stores.state.repositories[new] = stores.state.repositories.pop(old)
            stores.state.moved[old] = new
        case _:
            raise not_here(order, "the Hub")
    return f"{order.kind} in {repository.id}"


def _found(stores: Stores, order: Tamper) -> Repository:
    for key, repository in sorted(stores.state.repositories.items()):
        if order.name in ("", repository.id, key):
            return repository
    raise BadTamper(f"there is no repository {order.name}".rstrip())


def _tag(repository: Repository) -> str:
    if not repository.tags:
        raise BadTamper(f"{repository.id} has no tag")
    return max(repository.tags)


def _tagged(repository: Repository) -> Commit:
    return repository.commits[repository.tags[_tag(repository)]["commit"]]


def _file(commit: Commit, order: Tamper) -> tuple[str, Entry]:
    for path, entry in sorted(commit.tree.items()):
        if order.file == path or (not order.file and path not in (CARD, ".gitattributes")):
            return path, entry
    raise BadTamper(f"there is no file {order.file}".rstrip())


def _edit(stores: Stores, repository: Repository, change: Callable[[str], str]) -> None:
    """A commit to main with another card, as an owner makes in the browser."""
    head = repository.commits[repository.branches["main"]]
    entry = head.tree.get(CARD)
    file = stores.regular.open(entry.sha256) if entry else None
    if file is None:
        raise BadTamper(f"{repository.id} has no card")
    with file:
        text = file.read().decode("utf-8")
    data = change(text).encode("utf-8")
    blob = stores.regular.put(io.BytesIO(data), len(data))
    tree = {**head.tree, CARD: Entry(blob.size, blob.sha256, blob.git_sha1, lfs=False)}
    made = Commit.make(tree, "Update README.md", "", (head.oid,), stores.clock())
    repository.commits[made.oid] = made
    repository.branches["main"] = made.oid
