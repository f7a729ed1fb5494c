"""What can happen to a repository on GitHub behind the release's back."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..tamper import BadTamper, Tamper, not_here, spoil
from ..wire import Blobs
from .store import Missing, Store, Stores
from .world import Asset, Release, Repository, World

_WHO = "Somebody <somebody@example.org> 1700000000 +0000"


def tamper(world: World, stores: Stores, blobs: Blobs, order: Tamper) -> str:
    """Change a repository. Raises BadTamper."""
    repository = _found(world, order)
    store = stores.of(repository)
    match order.kind:
        case "byte-changed":
            asset = _asset(_release(repository), order)
            spoil(blobs, asset.sha256)
            return f"a byte of {asset.name} in {repository.full_name} changed"
        case "file-removed":
            release = _release(repository)
            asset = _asset(release, order)
            release.assets.remove(asset)
            return f"{asset.name} is gone from {repository.full_name}"
        case "text-edited":
            _commit(repository, store, "README.md", lambda text: text + "\nEdited by hand.\n")
        case "licence-gone":
            _commit(repository, store, "LICENSE", lambda text: None)
        case "link-removed":
            wanted = re.escape(order.value) if order.value else r"https?://[^)\s]+"
            release = _release(repository)
            release.body = re.sub(wanted, "#", release.body or "")
            _commit(repository, store, "README.md", lambda text: re.sub(wanted, "#", text))
        case "link-dead":
            world.remove(repository)
            stores.remove(repository)
        case "visibility-off":
            repository.private = True
        case "tag-moved":
            tag = _release(repository).tag
            commit = store.resolve(tag)
            text = (
                f"tree {commit.tree}\nparent {commit.sha}\nauthor {_WHO}\ncommitter {_WHO}\n\nNew"
            )
            now = store.refs()[f"refs/tags/{tag}"]
            store.set_ref(f"refs/tags/{tag}", store.write("commit", text.encode() + b"\n"), now)
        case "tag-removed":
            store.delete_ref(f"refs/tags/{_release(repository).tag}")
        case "release-gone":
            repository.releases.remove(_release(repository))
        case "renamed":
            name = order.value or f"{repository.name}-renamed"
            stores.move(repository, name)
            world.rename(repository, name)
        case _:
            raise not_here(order, "GitHub")
    return f"{order.kind} in {repository.full_name}"


def _found(world: World, order: Tamper) -> Repository:
    for repository in world:
        if order.name in ("", repository.full_name):
            return repository
    raise BadTamper(f"there is no repository {order.name}".rstrip())


def _release(repository: Repository) -> Release:
    found = [release for release in repository.releases if not release.draft]
    if not found:
        raise BadTamper(f"{repository.full_name} has no public release")
    return found[-1]


def _asset(release: Release, order: Tamper) -> Asset:
    for asset in release.assets:
        if order.file in ("", asset.name):
            return asset
    raise BadTamper(f"there is no asset {order.file}".rstrip())


def _commit(
    repository: Repository, store: Store, path: str, change: Callable[[str], str | None]
) -> None:
    """A commit to the default branch that changes one file at the root, or removes it."""
    branch = f"refs/heads/{repository.default_branch}"
    head = store.resolve(branch)
    try:
        entry = store.entry(head.tree, path)
    except Missing:
        raise BadTamper(f"{repository.full_name} has no {path}") from None
    text = change(store.read(entry.sha)[1].decode("utf-8"))
    blob = store.write("blob", text.encode("utf-8")) if text is not None else ""
    rows = []
    for row in store.git("ls-tree", head.tree).splitlines():
        facts, _, name = row.partition("\t")
        if name != path:
            rows.append(row)
        elif blob:
            rows.append(f"{facts.rsplit(' ', 1)[0]} {blob}\t{name}")
    tree = store.git("mktree", data="\n".join(rows).encode() + b"\n").strip()
    made = f"tree {tree}\nparent {head.sha}\nauthor {_WHO}\ncommitter {_WHO}\n\nEdit {path}\n"
    store.set_ref(branch, store.write("commit", made.encode()), head.sha)
