"""Preupload and commit: how files get into a repository.

A commit's body is NDJSON: a header, then one operation per line (huggingface_hub 2.4,
_commit_api.py). Bytes are stored before the lock is taken; the commit itself happens at once or
not at all. LFS or not: what .gitattributes says, what is larger than 10 MiB, and what looks binary
(a NUL in the first 512 bytes); the limit is known from two third-party servers, not from the Hub.
That a commit to a tag or an oid is refused with 400 is a guess.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
from fnmatch import fnmatchcase
from typing import Any, BinaryIO, cast

from pubflow.rehearsal.huggingface import cards, gitnames
from pubflow.rehearsal.huggingface.bodies import NDJSON, fields, needs_type
from pubflow.rehearsal.huggingface.call import Call
from pubflow.rehearsal.huggingface.ignore import ignored
from pubflow.rehearsal.huggingface.refusals import (
    POINTER_WITHOUT_BYTES,
    STALE_PARENT,
    Refusal,
    no_entry,
)
from pubflow.rehearsal.huggingface.state import Commit, Discussion, Entry, Repository, Tree
from pubflow.rehearsal.wire import Response

REGULAR_LIMIT = 10 * 2**20
FOLDER_LIMIT = 10_000
"""Entries in one folder (hub-docs storage-limits.md, 2026-08)."""
PREUPLOAD_LIMIT = 1000
LONGEST_LINE = 64 * 2**20

_LFS_PATTERNS = (
    "*.7z *.arrow *.avro *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lz4 *.mlmodel *.model "
    "*.msgpack *.npy *.npz *.onnx *.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar "
    "*.safetensors *.tar *.tar.* *.tflite *.tgz *.wasm *.xz *.zip *.zst *tfevents*"
)
LFS_PATTERNS = _LFS_PATTERNS.split()
"""What a new repository's .gitattributes sends to LFS, but for some rare suffixes."""


_MARKS = " filter=lfs diff=lfs merge=lfs -text"


def attributes() -> bytes:
    return "".join(f"{pattern}{_MARKS}\n" for pattern in LFS_PATTERNS).encode()


def stored(call: Call, content: bytes) -> Entry:
    blob = call.stores.regular.put(io.BytesIO(content), len(content))
    return Entry(blob.size, blob.sha256, blob.git_sha1, lfs=False)


def small_text(call: Call, tree: Tree, path: str) -> str:
    """A regular file's text; empty if it is not there."""
    entry = tree.get(path)
    file = call.stores.regular.open(entry.sha256) if entry and not entry.lfs else None
    if file is None:
        return ""
    with file:
        return file.read().decode("utf-8", "replace")


Patterns = tuple[frozenset[str], list[str]]
"""Names and paths as they are, which may be many; and those with wild letters."""


def _lfs_patterns(call: Call, tree: Tree) -> Patterns:
    found = []
    for line in small_text(call, tree, ".gitattributes").splitlines():
        pattern, *marks = line.split() or [""]
        if "filter=lfs" in marks:
            found.append(pattern.replace("[[:space:]]", " "))
    wild = [pattern for pattern in found if set("*?[") & set(pattern)]
    return frozenset(found), wild


def _is_lfs(path: str, patterns: Patterns, size: int, sample: bytes) -> bool:
    name = path.rpartition("/")[2]
    plain, wild = patterns
    listed = path in plain or name in plain
    listed = listed or any(fnmatchcase(path if "/" in one else name, one) for one in wild)
    return listed or size > REGULAR_LIMIT or b"\0" in sample


def check_path(path: str) -> str:
    parts = path.split("/")
    if not path or any(part in ("", ".", "..", ".git") for part in parts) or "\0" in path:
        raise Refusal(400, f"Not a path in a repository: {path!r}")
    return path


def _decoded(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, f"{where}: not base64") from None


def preupload(call: Call) -> Response:
    body = fields(call.body, needs={"files": list}, may={"gitIgnore": str, "gitAttributes": str})
    repository = call.repository()
    commit = repository.at(call.args["rev"])
    if len(body["files"]) > PREUPLOAD_LIMIT:
        raise Refusal(422, f'"files" must hold at most {PREUPLOAD_LIMIT} items')
    patterns = _lfs_patterns(call, commit.tree)
    rules = body.get("gitIgnore") or small_text(call, commit.tree, ".gitignore")
    answers = []
    for number, item in enumerate(body["files"]):
        where = f"files[{number}]"
        item = fields(item, needs={"path": str, "size": int, "sample": str}, where=where)
        path = check_path(item["path"])
        lfs = _is_lfs(path, patterns, item["size"], _decoded(item["sample"], where))
        answer: dict[str, Any] = {
            "path": path,
            "uploadMode": "lfs" if lfs else "regular",
            "shouldIgnore": ignored(path, rules),
        }
        if path in commit.tree:
            answer["oid"] = commit.tree[path].held_oid
        answers.append(answer)
    return Response.of({"files": answers, "commitOid": commit.oid})


Change = tuple[str, str, Any]
"""What to do, where, and with what: an Entry, the oid and size of an LFS object, or nothing."""


def _read(call: Call) -> tuple[dict[str, Any], list[Change]]:
    header: dict[str, Any] | None = None
    changes: list[Change] = []
    while line := call.request.body.readline(LONGEST_LINE):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError:
            raise Refusal(400, "A line of the commit is not JSON") from None
        item = fields(item, needs={"key": str, "value": dict}, where="line")
        if item["key"] == "header":
            if header is not None or changes:
                raise Refusal(400, "The header must be the first line, and the only one")
            header = fields(
                item["value"],
                needs={"summary": str},
                may={"description": str, "parentCommit": str},
                where="header",
            )
        elif header is None:
            raise Refusal(400, "The first line must be the header")
        else:
            changes.append(_operation(call, item["key"], item["value"]))
    if header is None or not header["summary"].strip():
        raise Refusal(400, "A commit needs a header with a summary")
    return header, changes


def _operation(call: Call, key: str, value: Any) -> Change:
    if key in ("deletedFile", "deletedFolder", "deletedEntry"):
        value = fields(value, needs={"path": str}, where=key)
        return key, check_path(value["path"].removesuffix("/")), None
    if key == "file":
        value = fields(value, needs={"path": str, "content": str}, may={"encoding": str}, where=key)
        if value.get("encoding", "utf-8") not in ("utf-8", "base64"):
            raise Refusal(400, 'file: "encoding" must be utf-8 or base64')
        text = value["content"]
        base64_text = value.get("encoding") == "base64"
        content = _decoded(text, "file") if base64_text else text.encode()
        if len(content) > REGULAR_LIMIT:
            raise Refusal(400, f"{value['path']} is larger than 10 MiB: upload it with LFS")
        return key, check_path(value["path"]), stored(call, content)
    if key == "lfsFile":
        value = fields(
            value, needs={"path": str, "algo": str, "oid": str}, may={"size": int}, where=key
        )
        if value["algo"] != "sha256":
            raise Refusal(400, 'lfsFile: "algo" must be sha256')
        return key, check_path(value["path"]), (value["oid"], value.get("size"))
    raise Refusal(400, f"{key} is not an operation of a commit")


def _with_objects(call: Call, changes: list[Change]) -> list[Change]:
    """LFS changes with their entries: the bytes came by LFS, or xet left them and they are read
    once, to check and to keep them."""
    named = {content[0] for key, _, content in changes if key == "lfsFile"}
    for oid, size, file in call.stores.xet.files(named - set(call.state.objects)):
        blob = call.stores.objects.put(cast(BinaryIO, file), size)
        if blob.sha256 == oid:
            with call.stores.lock:
                call.state.objects[oid] = blob.size
    return [
        (key, path, _pointed(call, *content) if key == "lfsFile" else content)
        for key, path, content in changes
    ]


def _pointed(call: Call, oid: str, size: int | None) -> Entry:
    known = call.state.objects.get(oid)
    if known is None or (size is not None and size != known):
        raise Refusal(400, POINTER_WITHOUT_BYTES)
    return Entry(known, oid, gitnames.blob(gitnames.pointer(oid, known)), lfs=True)


def applied(tree: Tree, changes: list[Change]) -> Tree:
    """The tree after the changes. Raises Refusal for what is not there or cannot be."""
    result = dict(tree)
    for key, path, content in changes:
        if content is not None:
            result[path] = content
            continue
        inside = [name for name in result if name.startswith(f"{path}/")]
        if key == "deletedFile" or (key == "deletedEntry" and path in result):
            if result.pop(path, None) is None:
                raise no_entry(path)
            continue
        if not inside:
            raise no_entry(path)
        for name in inside:
            del result[name]
    counts: dict[str, set[str]] = {}
    for path in result:
        folder, _, name = path.rpartition("/")
        counts.setdefault(folder, set()).add(name)
        while folder:
            if folder in result:
                raise Refusal(400, f"{folder} cannot be both a file and a folder")
            folder, _, name = folder.rpartition("/")
            counts.setdefault(folder, set()).add(name)
    for folder, names in counts.items():
        if len(names) > FOLDER_LIMIT:
            raise Refusal(400, f"/{folder} would hold {len(names)} entries; {FOLDER_LIMIT} is most")
    return result


def _attributed(call: Call, tree: Tree) -> Tree:
    """The tree with a line in .gitattributes for each LFS file that no pattern there fits, as the
    Hub writes it (huggingface_hub issue 2666)."""
    patterns = _lfs_patterns(call, tree)
    own = [
        path
        for path, entry in sorted(tree.items())
        if entry.lfs and not _is_lfs(path, patterns, 0, b"")
    ]
    if not own:
        return tree
    lines = "".join(f"{path.replace(' ', '[[:space:]]')}{_MARKS}\n" for path in own)
    text = small_text(call, tree, ".gitattributes") + lines
    return {**tree, ".gitattributes": stored(call, text.encode())}


def _check_card(call: Call, kind: str, before: Tree, after: Tree) -> None:
    """Refuse a changed README.md whose metadata the Hub would not take."""
    if after.get("README.md") == before.get("README.md"):
        return
    errors, _ = cards.examine(small_text(call, after, "README.md"), kind)
    if errors:
        raise Refusal(
            400,
            "Invalid metadata in README.md: " + "; ".join(errors),
            extra={"errors": [{"message": text} for text in errors]},
        )


def commit(call: Call) -> Response:
    needs_type(call.request, NDJSON)
    with call.stores.lock:
        call.repository()
    header, changes = _read(call)
    changes = _with_objects(call, changes)
    with call.stores.lock:
        repository = call.repository()
        rev, as_pull = call.args["rev"], call.request.arg("create_pr") in ("1", "true")
        parent = repository.at(rev)
        branch = rev.removeprefix("refs/heads/")
        if not as_pull and branch not in repository.branches and rev not in repository.pulls:
            raise Refusal(400, f"{rev} is neither a branch nor a pull request")
        if header.get("parentCommit", parent.oid) != parent.oid:
            raise Refusal(412, STALE_PARENT)
        tree = _attributed(call, applied(parent.tree, changes))
        _check_card(call, repository.type, parent.tree, tree)
        title, text = header["summary"], header.get("description", "")
        made = Commit.make(tree, title, text, (parent.oid,), call.now)
        repository.commits[made.oid] = made
        repository.modified = call.now
        answer: dict[str, Any] = {
            "success": True,
            "commitOid": made.oid,
            "commitUrl": f"{call.request.base}/{repository.place}/commit/{made.oid}",
            "hookOutput": "",
        }
        if as_pull:
            thread = new_thread(repository, title, text, True, "open", call.now)
            repository.pulls[f"refs/pr/{thread.num}"] = made.oid
            address = f"{call.request.base}/{repository.place}/discussions/{thread.num}"
            answer |= {"pullRequestUrl": address, "pullRequestNum": thread.num}
        elif rev in repository.pulls:
            repository.pulls[rev] = made.oid
        else:
            repository.branches[branch] = made.oid
        return Response.of(answer)


def new_thread(
    repository: Repository, title: str, text: str, pull: bool, status: str, when: float
) -> Discussion:
    num = len(repository.discussions) + 1
    thread = Discussion(num, title, text, pull, status, when)
    repository.discussions.append(thread)
    return thread


def validate_yaml(call: Call) -> Response:
    body = fields(call.body, needs={"content": str}, may={"repoType": str})
    if body.get("repoType", "model") not in ("model", "dataset", "space"):
        raise Refusal(400, '"repoType" must be model, dataset or space')
    errors, warnings = cards.examine(body["content"], body.get("repoType", "model"))
    answer = {
        "errors": [{"message": text} for text in errors],
        "warnings": [{"message": text} for text in warnings],
    }
    return Response.of(answer, 400 if errors else 200)
