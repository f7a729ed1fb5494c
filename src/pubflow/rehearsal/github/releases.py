"""Releases: drafts, publishing, and what cannot be taken back."""

from __future__ import annotations

import re
import secrets
import subprocess
from typing import Any

from ..wire import Response
from . import shapes
from .call import Access, Call, Route
from .replies import failed, needs_token, no_content, not_found, problem
from .store import Missing, Store
from .world import Release, Repository

BODY_MOST = 125_000
"""Characters in the notes: longer ones are refused (softprops and goreleaser both cut there)."""
_SHA = re.compile(r"[0-9a-f]{40}")
_BAD_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/.-]|[/.]$|\.lock$|/\.")


def is_ref_name(name: str) -> bool:
    """What git-check-ref-format(1) lets pass below refs/tags or refs/heads."""
    return bool(name) and name != "@" and not _BAD_REF.search(name)


def _shape(call: Call, repository: Repository, release: Release) -> dict[str, Any]:
    return shapes.release(release, repository, call.url)


def find(call: Call, repository: Repository, write: bool = False) -> Release:
    """The release with the number in the address; drafts are there only with the token."""
    number = call.number("release_id")
    found = next((r for r in repository.releases if r.id == number), None)
    if found is None or (found.draft and not call.known):
        raise not_found()
    if write and not call.known:
        raise needs_token()
    return found


def list_all(call: Call) -> Response:
    """A list may be late; by its number a release is there at once (softprops/action-gh-release
    #705, #746, #753 and esphome/workflows #166, 2026: lists without the draft just made)."""
    repository = call.repository()
    world = call.world
    seen = [r for r in repository.releases if call.known or not r.draft]
    seen = [r for r in seen if not world.lag or world.tick - r.born > world.lag]
    seen.sort(key=lambda r: (r.draft, r.created_at, r.id), reverse=True)
    return call.page([_shape(call, repository, release) for release in seen])


def read(call: Call) -> Response:
    repository = call.repository()
    return Response.of(_shape(call, repository, find(call, repository)))


def read_by_tag(call: Call) -> Response:
    """Only published ones: "Get a published release with the specified tag" (REST docs)."""
    repository = call.repository()
    found = repository.published(call.args["tag"])
    if found is None:
        raise not_found()
    return Response.of(_shape(call, repository, found))


def read_latest(call: Call) -> Response:
    repository = call.repository()
    found = repository.newest()
    if found is None:
        raise not_found()
    return Response.of(_shape(call, repository, found))


def _check(store: Store, fields: dict[str, Any]) -> None:
    tag = fields.get("tag_name")
    if tag is not None and not is_ref_name(tag):
        raise failed("Release", "tag_name", "custom", "tag_name is not well-formed")
    if len(fields.get("body", "")) > BODY_MOST:
        message = f"body is too long (maximum is {BODY_MOST} characters)"
        raise failed("Release", "body", "custom", message)
    if "discussion_category_name" in fields:
        raise failed("Release", "discussion_category_name", "invalid")
    target = fields.get("target_commitish")
    branches = store.branches()
    if target and branches and not is_commitish(store, target):
        raise failed("Release", "target_commitish", "invalid")


def is_commitish(store: Store, target: str) -> bool:
    """A branch or the full sha of a commit that is there; also for drafts.

    Tags, references and short shas are refused (Atypical-Consulting/VirtualFileSystem #161,
    permacommons/chabeau #362, 2026; github-release/github-release #12).
    """
    if target in store.branches():
        return True
    if not _SHA.fullmatch(target):
        return False
    try:
        return store.kind(target) == "commit"
    except Missing:
        return False


def _publish(call: Call, repository: Repository, store: Store, release: Release) -> None:
    """The checks and effects of a release becoming public; the caller clears `draft`."""
    there = repository.published(release.tag)
    if there is not None and there is not release:
        raise failed("Release", "tag_name", "already_exists")
    if release.tag in repository.burnt_tags:
        message = "tag_name was used by an immutable release"
        raise failed("Release", "tag_name", "custom", message)
    # An empty repository takes drafts, and refuses here (stablyai/orca #12375, 2026-08).
    if not store.branches():
        raise failed("Release", "", "custom", "Repository is empty.")
    if release.tag not in store.tags():
        if not is_commitish(store, release.target):
            raise failed("Release", "target_commitish", "invalid")
        try:
            store.set_ref(f"refs/tags/{release.tag}", store.resolve(release.target).sha)
        except subprocess.CalledProcessError:
            message = "Published releases must have a valid tag"
            raise failed("Release", "tag_name", "custom", message) from None
    release.published_at = call.now
    event = {
        "action": "published",
        "repository": {"id": repository.id, "full_name": repository.full_name},
        "release": {"tag_name": release.tag, "name": release.name, "body": release.body},
    }
    for hook in repository.hooks:
        if hook["active"] and "release" in hook["events"]:
            call.world.deliveries.append((str(hook["config"]["url"]), event))
    if repository.immutable_releases:
        release.immutable = True
        repository.burnt_tags.append(release.tag)
        store.lock_tag(release.tag)


def _latest(repository: Repository, release: Release, wish: str) -> None:
    if wish == "true" and not release.draft and not release.prerelease:
        repository.latest = release.id
    elif wish == "legacy" or (wish == "false" and repository.latest == release.id):
        repository.latest = None


def create(call: Call) -> Response:
    """Several drafts may have one tag; a second published release may not."""
    repository = call.repository(write=True)
    fields = call.fields()
    store = call.stores.of(repository)
    _check(store, fields)
    body = fields.get("body")
    if fields.get("generate_release_notes"):
        body = "\n\n".join(filter(None, [body, _notes(call, repository, fields["tag_name"])]))
    release = Release(
        id=call.world.new_id(),
        tag=fields["tag_name"],
        target=fields.get("target_commitish") or repository.default_branch,
        name=fields.get("name"),
        body=body,
        draft=fields.get("draft", False),
        prerelease=fields.get("prerelease", False),
        created_at=call.now,
        updated_at=call.now,
        untagged=f"untagged-{secrets.token_hex(10)}",
        born=call.world.tick,
    )
    if not release.draft:
        _publish(call, repository, store, release)
    repository.releases.append(release)
    _latest(repository, release, fields.get("make_latest", "true"))
    told = _shape(call, repository, release)
    return Response.of(told, 201, location=told["url"])


def change(call: Call) -> Response:
    """Only what is sent changes. An immutable release keeps all but title and notes."""
    repository = call.repository(write=True)
    release = find(call, repository, write=True)
    fields = call.fields()
    store = call.stores.of(repository)
    _check(store, fields)
    if release.immutable:
        same = {"tag_name": release.tag, "draft": False, "target_commitish": release.target}
        if any(fields.get(name, value) != value for name, value in same.items()):
            message = "Only release title and notes can be modified on an immutable release."
            raise problem(422, message)
    tag = fields.get("tag_name", release.tag)
    draft = fields.get("draft", release.draft)
    opening = release.draft and not draft
    moving = not release.draft and not draft and tag != release.tag
    before = (release.tag, release.target)
    release.tag = tag
    release.target = fields.get("target_commitish") or release.target
    if opening or moving:
        try:
            _publish(call, repository, store, release)
        except Exception:
            release.tag, release.target = before
            raise
    release.draft = draft
    release.name = fields.get("name", release.name)
    release.body = fields.get("body", release.body)
    release.prerelease = fields.get("prerelease", release.prerelease)
    release.updated_at = call.now
    # Publishing without a word about it makes the release the latest one (softprops #715).
    if opening or "make_latest" in fields:
        _latest(repository, release, fields.get("make_latest", "true"))
    return Response.of(_shape(call, repository, release))


def delete(call: Call) -> Response:
    """The tag stays."""
    repository = call.repository(write=True)
    repository.releases.remove(find(call, repository, write=True))
    return no_content()


def _notes(call: Call, repository: Repository, tag: str, previous: str = "") -> str:
    before = repository.newest()
    start = previous or (before.tag if before is not None else "")
    what = f"compare/{start}...{tag}" if start and start != tag else f"commits/{tag}"
    return f"**Full Changelog**: {call.url(f'/{repository.full_name}/{what}')}"


def generate_notes(call: Call) -> Response:
    """Reads only; nothing is kept."""
    repository = call.repository()
    fields = call.fields()
    tag = fields["tag_name"]
    body = _notes(call, repository, tag, fields.get("previous_tag_name", ""))
    return Response.of({"name": tag, "body": body})


_R = "/repos/{owner}/{repo}/releases"
ROUTES = (
    Route("GET", _R, list_all),
    Route("POST", _R, create),
    Route("POST", f"{_R}/generate-notes", generate_notes, Access.TOKEN),
    Route("GET", f"{_R}/latest", read_latest),
    Route("GET", f"{_R}/tags/{{tag+}}", read_by_tag),
    Route("GET", f"{_R}/{{release_id}}", read),
    Route("PATCH", f"{_R}/{{release_id}}", change),
    Route("DELETE", f"{_R}/{{release_id}}", delete),
)
