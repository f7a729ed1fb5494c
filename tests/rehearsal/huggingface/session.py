"""A publishing session with the real huggingface_hub, run as a program of its own.

HF_ENDPOINT and HF_HUB_DISABLE_XET are read when the library is imported, so the test sets them and
starts this file. It prints one JSON object: what each step gave.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    get_hf_file_metadata,
    hf_hub_url,
)
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

REPO, DATA = "lab/digits", "lab/digits-data"
CARD = b"---\nlicense: mit\n---\n# Digits\n[Paper](https://arxiv.org/abs/2401.12345)\n"
WEIGHTS = random.Random(1).randbytes(5_000_000)
TABLE = random.Random(2).randbytes(200_000)


def status(call: Callable[[], Any]) -> int:
    """The status with which a call is refused; 0 if it is not."""
    try:
        call()
    except HfHubHTTPError as error:
        return int(error.response.status_code)
    return 0


def operations() -> list[CommitOperationAdd]:
    return [
        CommitOperationAdd("README.md", CARD),
        CommitOperationAdd("config.json", b"{}"),
        CommitOperationAdd("model.safetensors", WEIGHTS),
        CommitOperationAdd("sub/table.bin", TABLE),
    ]


def session(api: HfApi, seen: dict[str, Any]) -> None:
    stranger = HfApi(token=False)
    seen["user"] = api.whoami()["name"]
    seen["before"] = api.repo_exists(REPO)
    api.create_repo(REPO, private=True)
    api.create_repo(REPO, private=True, exist_ok=True)
    seen["again"] = status(lambda: api.create_repo(REPO, private=True))
    first = api.repo_info(REPO).sha
    made = api.create_commit(REPO, operations(), commit_message="v1", parent_commit=first)
    again = api.create_commit(REPO, operations(), commit_message="v1")
    seen["second upload is no commit"] = again.oid == made.oid
    seen["stale"] = status(
        lambda: api.create_commit(
            REPO, [CommitOperationAdd("x", b"x")], commit_message="late", parent_commit=first
        )
    )
    api.create_commit(
        REPO,
        [
            CommitOperationCopy("model.safetensors", "copy.safetensors"),
            CommitOperationDelete("config.json"),
        ],
        commit_message="copy",
    )
    api.create_tag(REPO, tag="v1.0", revision=made.oid, tag_message="First")
    api.create_tag(REPO, tag="v1.0", exist_ok=True)
    refs = api.list_repo_refs(REPO)
    seen["tags"] = [ref.name for ref in refs.tags if ref.target_commit == made.oid]
    seen["titles"] = [commit.title for commit in api.list_repo_commits(REPO)]
    seen["files"] = sorted(api.list_repo_files(REPO))
    info = api.model_info(REPO, files_metadata=True)
    seen["tags of the card"] = sorted(info.tags or [])
    by_name = {file.rfilename: file for file in info.siblings or []}
    lfs = by_name["model.safetensors"].lfs
    seen["size"] = lfs.size if lfs else None
    held = Path(api.hf_hub_download(REPO, "model.safetensors", revision="v1.0")).read_bytes()
    seen["weights are whole"] = held == WEIGHTS
    folder = Path(api.snapshot_download(REPO))
    seen["table is whole"] = (folder / "sub/table.bin").read_bytes() == TABLE
    seen["card is whole"] = (folder / "README.md").read_bytes() == CARD

    try:
        stranger.model_info(REPO)
    except RepositoryNotFoundError:
        seen["private"] = True
    api.update_repo_settings(REPO, private=False)
    seen["public"] = stranger.model_info(REPO).private is False
    api.update_repo_settings(REPO, gated="auto")
    try:
        get_hf_file_metadata(hf_hub_url(REPO, "README.md"), token=False)
    except GatedRepoError:
        seen["gated"] = True
    api.auth_check(REPO, write=True)

    request = api.create_pull_request(REPO, title="A change")
    api.create_commit(
        REPO,
        [CommitOperationAdd("note.txt", b"n")],
        commit_message="note",
        revision=request.git_reference,
    )
    api.change_discussion_status(REPO, request.num, "open")
    seen["not yet merged"] = api.file_exists(REPO, "note.txt")
    api.merge_pull_request(REPO, request.num)
    seen["merged"] = api.file_exists(REPO, "note.txt")

    collection = api.create_collection("Our paper", namespace="lab")
    api.add_collection_item(collection.slug, REPO, "model", note="weights")
    api.add_collection_item(collection.slug, REPO, "model", exists_ok=True)
    [listed] = api.list_collections(owner="lab")
    seen["collection"] = [item.item_id for item in api.get_collection(listed.slug).items]

    api.create_repo(DATA, repo_type="dataset", private=True)
    wrong = [CommitOperationAdd("README.md", b"---\nlicense: GPL-3.0-only\n---\n")]
    try:
        api.create_commit(DATA, wrong, commit_message="v1", repo_type="dataset")
    except ValueError:
        seen["wrong card"] = "refused"
    with tempfile.TemporaryDirectory() as name:
        for number in range(30):
            (Path(name) / f"{number}.csv").write_text(str(number))
        api.upload_folder(repo_id=DATA, folder_path=name, repo_type="dataset")
    seen["rows"] = len(list(api.list_repo_tree(DATA, repo_type="dataset", expand=True)))
    api.delete_repo(DATA, repo_type="dataset")
    seen["deleted"] = not api.repo_exists(DATA, repo_type="dataset")


if __name__ == "__main__":
    found: dict[str, Any] = {}
    session(HfApi(), found)
    print(json.dumps(found))
