"""The git database over REST: references and objects, read and written one by one."""

from __future__ import annotations

import base64
import binascii
import subprocess
import time
from datetime import datetime

from ..wire import Response
from .call import Call, Route
from .gitshapes import blob_shape, git_commit_shape, place, ref_shape, tag_shape, tree_shape
from .releases import is_ref_name
from .replies import empty_repository, failed, no_content, not_found, problem
from .store import Missing, Store
from .world import USER, Repository


def opened(call: Call, write: bool = False) -> tuple[Repository, Store]:
    repository = call.repository(write)
    return repository, call.stores.of(repository)


def filled(call: Call, write: bool = False) -> tuple[Repository, Store]:
    """For operations that an empty repository answers with 409."""
    repository, store = opened(call, write)
    if not store.branches():
        raise empty_repository()
    return repository, store


def read_ref(call: Call) -> Response:
    repository, store = filled(call)
    ref = f"refs/{call.args['ref']}"
    sha = store.refs().get(ref)
    if sha is None:
        raise not_found()
    return Response.of(ref_shape(call, repository, store, ref, sha))


def matching_refs(call: Call) -> Response:
    repository, store = filled(call)
    start = f"refs/{call.args.get('ref', '')}"
    found = [(ref, sha) for ref, sha in store.refs().items() if ref.startswith(start)]
    return call.page([ref_shape(call, repository, store, ref, sha) for ref, sha in found])


def create_ref(call: Call) -> Response:
    repository, store = filled(call, write=True)
    fields = call.fields()
    ref, sha = fields["ref"], fields["sha"]
    if not ref.startswith("refs/") or ref.count("/") < 2 or not is_ref_name(ref):
        raise problem(422, f"{ref} is not a valid ref name.")
    _there(store, sha)
    if ref in store.refs():
        raise problem(422, "Reference already exists")
    store.set_ref(ref, sha)
    repository.pushed_at = call.now
    told = ref_shape(call, repository, store, ref, sha)
    return Response.of(told, 201, location=told["url"])


def _there(store: Store, sha: str) -> str:
    try:
        return store.kind(sha)
    except Missing:
        raise problem(422, "Object does not exist") from None


def move_ref(call: Call) -> Response:
    repository, store = filled(call, write=True)
    fields = call.fields()
    ref, sha = f"refs/{call.args['ref']}", fields["sha"]
    _there(store, sha)
    old = store.refs().get(ref)
    if old is None:
        raise problem(422, "Reference does not exist")
    _unlocked(repository, ref)
    if not fields.get("force", False) and not store.is_ancestor(old, sha):
        raise problem(422, "Update is not a fast forward")
    store.set_ref(ref, sha, old)
    repository.pushed_at = call.now
    return Response.of(ref_shape(call, repository, store, ref, sha))


def delete_ref(call: Call) -> Response:
    repository, store = filled(call, write=True)
    ref = f"refs/{call.args['ref']}"
    if ref not in store.refs():
        raise problem(422, "Reference does not exist")
    _unlocked(repository, ref)
    if ref == f"refs/heads/{repository.default_branch}":
        raise problem(422, "Cannot delete the default branch")
    store.delete_ref(ref)
    repository.pushed_at = call.now
    return no_content()


def _unlocked(repository: Repository, ref: str) -> None:
    if ref.removeprefix("refs/tags/") in repository.burnt_tags:
        raise problem(422, "Cannot change a tag of an immutable release.")


def read_tag(call: Call) -> Response:
    repository, store = filled(call)
    try:
        return Response.of(tag_shape(call, repository, store.tag(call.args["tag_sha"])))
    except Missing:
        raise not_found() from None


def _signed(told: dict[str, str] | None) -> str:
    told = told or {"name": USER, "email": f"{USER}@users.noreply.localhost"}
    for name in ("name", "email"):
        if set(told.get(name, "")) & set("<>\n"):
            raise failed("Commit", name, "invalid")
    seconds = int(time.time())
    if "date" in told:
        try:
            seconds = int(datetime.fromisoformat(told["date"]).timestamp())
        except ValueError:
            raise failed("Commit", "date", "invalid") from None
    return f"{told.get('name', USER)} <{told.get('email', '')}> {seconds} +0000"


def create_tag(call: Call) -> Response:
    """Makes the object and no reference: "does not create the reference" (OpenAPI)."""
    repository, store = filled(call, write=True)
    fields = call.fields()
    if _there(store, fields["object"]) != fields["type"]:
        raise failed("Tag", "type", "invalid")
    if not is_ref_name(fields["tag"]):
        raise failed("Tag", "tag", "invalid")
    head = f"object {fields['object']}\ntype {fields['type']}\ntag {fields['tag']}"
    text = f"{head}\ntagger {_signed(fields.get('tagger'))}\n\n{fields['message']}\n"
    sha = store.write("tag", text.encode())
    told = tag_shape(call, repository, store.tag(sha))
    return Response.of(told, 201, location=told["url"])


def read_git_commit(call: Call) -> Response:
    repository, store = filled(call)
    try:
        commit = store.commit(call.args["commit_sha"])
    except Missing:
        raise not_found() from None
    return Response.of(git_commit_shape(call, repository, commit))


def create_commit(call: Call) -> Response:
    repository, store = filled(call, write=True)
    fields = call.fields()
    parents = fields.get("parents", [])
    if _there(store, fields["tree"]) != "tree":
        raise failed("Commit", "tree", "invalid")
    if any(_there(store, sha) != "commit" for sha in parents):
        raise failed("Commit", "parents", "invalid")
    author = _signed(fields.get("author"))
    committer = _signed(fields["committer"]) if "committer" in fields else author
    lines = [f"tree {fields['tree']}", *(f"parent {sha}" for sha in parents)]
    lines += [f"author {author}", f"committer {committer}", "", fields["message"]]
    sha = store.write("commit", "\n".join(lines).encode())
    told = git_commit_shape(call, repository, store.commit(sha))
    return Response.of(told, 201, location=told["url"])


def read_tree(call: Call) -> Response:
    repository, store = filled(call)
    name = call.args["tree_sha"]
    try:
        tree = name if _has_tree(store, name) else store.resolve(name).tree
    except Missing:
        raise not_found() from None
    deep = bool(call.request.arg("recursive"))
    return Response.of(tree_shape(call, repository, store, tree, deep))


def _has_tree(store: Store, name: str) -> bool:
    try:
        return len(name) == 40 and store.kind(name) == "tree"
    except Missing:
        return False


def create_tree(call: Call) -> Response:
    """Entries over a base tree, as git's index does it; a null sha takes a path away."""
    repository, store = filled(call, write=True)
    fields = call.fields()
    index = {"GIT_INDEX_FILE": str(store.path / f"index-{call.world.new_id()}")}
    try:
        if base := fields.get("base_tree"):
            _there(store, base)
            store.git("read-tree", base, more=index)
        lines = []
        for entry in fields["tree"]:
            sha = entry.get("sha")
            if "content" in entry:
                sha = store.write("blob", entry["content"].encode())
            mode = entry.get("mode", "100644") if sha else "0"
            lines.append(f"{mode} {sha or '0' * 40}\t{entry.get('path', '')}\n")
        store.git("update-index", "--index-info", data="".join(lines).encode(), more=index)
        tree = store.git("write-tree", more=index)
    except subprocess.CalledProcessError:
        raise problem(422, "Invalid tree info") from None
    finally:
        (store.path / index["GIT_INDEX_FILE"]).unlink(missing_ok=True)
    told = tree_shape(call, repository, store, tree, deep=False)
    return Response.of(told, 201, location=told["url"])


def read_blob(call: Call) -> Response:
    repository, store = filled(call)
    sha = call.args["file_sha"]
    try:
        kind, data = store.read(sha)
    except Missing:
        raise not_found() from None
    if kind != "blob":
        raise not_found()
    return Response.of(blob_shape(call, repository, sha, data))


def create_blob(call: Call) -> Response:
    repository, store = filled(call, write=True)
    fields = call.fields()
    data = fields["content"].encode()
    if fields.get("encoding", "utf-8") == "base64":
        try:
            data = base64.b64decode(data)
        except binascii.Error:
            raise problem(422, "content is not valid Base64") from None
    sha = store.write("blob", data)
    url = place(call, repository, "blobs", sha)
    return Response.of({"sha": sha, "url": url}, 201, location=url)


_G = "/repos/{owner}/{repo}/git"
ROUTES = (
    Route("GET", f"{_G}/ref/{{ref+}}", read_ref),
    Route("GET", f"{_G}/matching-refs/{{ref+}}", matching_refs),
    Route("POST", f"{_G}/refs", create_ref),
    Route("PATCH", f"{_G}/refs/{{ref+}}", move_ref),
    Route("DELETE", f"{_G}/refs/{{ref+}}", delete_ref),
    Route("GET", f"{_G}/tags/{{tag_sha}}", read_tag),
    Route("POST", f"{_G}/tags", create_tag),
    Route("GET", f"{_G}/commits/{{commit_sha}}", read_git_commit),
    Route("POST", f"{_G}/commits", create_commit),
    Route("GET", f"{_G}/trees/{{tree_sha+}}", read_tree),
    Route("POST", f"{_G}/trees", create_tree),
    Route("GET", f"{_G}/blobs/{{file_sha}}", read_blob),
    Route("POST", f"{_G}/blobs", create_blob),
)
