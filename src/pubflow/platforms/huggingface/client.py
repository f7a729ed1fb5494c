"""What is changed on the Hub, over huggingface_hub.

Nothing is repeated here: repeating is the engine's decision, after a look. Only bytes under their
own digest (LFS, xet) are sent again by the library itself, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from pubflow.errors import PubflowError
from pubflow.manifest import File
from pubflow.platforms.huggingface.api import Collection, Parcel, Told
from pubflow.platforms.huggingface.library import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfHubHTTPError,
    get_session,
    hf_raise_for_status,
    is_xet_available,
    own_token_only,
)
from pubflow.platforms.huggingface.reader import Reader
from pubflow.platforms.huggingface.refusals import Behind, translated
from pubflow.platforms.huggingface.send import TOGETHER, Sending, lots, parcels
from pubflow.platforms.huggingface.xet import send as send_by_xet

NOTHING_IGNORED = "# All files of the release are wanted.\n"
"""Sent in place of the repository's .gitignore, by which the library would leave files out."""


class Client(Reader):
    """An `Api`."""

    @translated
    def create(self, repo: str, kind: str) -> None:
        # The library asks without a pause and without an end while the Hub makes another one. And
        # without a visibility it would be what the organisation's settings say.
        owner, _, name = repo.partition("/")
        wanted = {"name": name, "organization": owner, "visibility": "private"}
        answer = get_session().post(
            f"{self._api.endpoint}/api/repos/create",
            json=wanted if kind == "model" else {**wanted, "type": kind},
            headers=self._api._build_hf_headers(),
        )
        hf_raise_for_status(answer)
        answer.json()["url"]

    @translated
    def set(self, repo: str, kind: str, *, public: bool = False, gated: str | None = None) -> None:
        asks: Any = None if gated is None else gated or False
        visibility: Literal["public"] | None = "public" if public else None
        self._api.update_repo_settings(repo, repo_type=kind, visibility=visibility, gated=asks)

    def _ahead(self, repo: str, kind: str, large: list[Sending]) -> None:
        """Send the bytes, to be named by a commit."""
        if is_xet_available():
            send_by_xet(
                large,
                endpoint=self._api.endpoint,
                repo=repo,
                kind=kind,
                headers=self._api._build_hf_headers(),
                silence=self._silence,
            )
        else:
            additions = cast(list[CommitOperationAdd], large)
            with own_token_only():
                self._api.preupload_lfs_files(
                    repo, additions, repo_type=kind, revision="main", free_memory=False
                )

    @translated
    def send(self, repo: str, kind: str, files: Sequence[File], told: Told) -> tuple[Parcel, ...]:
        sending = [Sending(file, told) for file in files]
        self._ask(repo, kind, sending, NOTHING_IGNORED)
        if ignored := [one.path_in_repo for one in sending if one.ignored]:
            # The library would leave them out of the commit without a word.
            raise PubflowError(
                f"The Hub would leave {', '.join(ignored[:5])} out of {repo}.",
                why="The release would not be whole. Nothing was sent.",
                hint="Rename it, or leave it out with `exclude`, then run again:"
                "\n\n    pubflow release",
            )
        large = [file for file in sending if file.ahead]
        for lot in lots(large, 1 if is_xet_available() else TOGETHER):
            self._ahead(repo, kind, lot)
            for file in lot:
                file.arrived()
        for file in sending:
            file.arrived()
        return tuple(Parcel(tuple(parcel)) for parcel in parcels(sending, self._limits))

    @translated
    def commit(
        self,
        repo: str,
        kind: str,
        *,
        parent: str,
        title: str,
        text: str,
        parcel: Parcel,
        deleted: Sequence[str] = (),
        revision: str = "main",
    ) -> str:
        gone = (CommitOperationDelete(path, is_folder=False) for path in deleted)
        made = self._api.create_commit(
            repo,
            [*parcel.content, *gone],
            commit_message=title,
            commit_description=text,
            repo_type=kind,
            revision=revision,
            parent_commit=parent,
        )
        return str(made.oid)

    @translated
    def tag(self, repo: str, kind: str, name: str, commit: str) -> None:
        self._api.create_tag(repo, tag=name, revision=commit, repo_type=kind, exist_ok=False)

    @translated
    def branch(self, repo: str, kind: str, name: str) -> bool:
        try:
            self._api.create_branch(repo, branch=name, repo_type=kind, exist_ok=False)
        except HfHubHTTPError as refused:
            if refused.response.status_code != 409:
                raise
            return False
        return True

    @translated
    def write(
        self, repo: str, kind: str, *, revision: str, parent: str, path: str, text: str, title: str
    ) -> str:
        file = CommitOperationAdd(path, text.encode())
        # Not by the library, which leaves out what the repository's own .gitignore names.
        self._ask(repo, kind, [file], NOTHING_IGNORED, revision)
        try:
            made = self._api.create_commit(
                repo,
                [file],
                commit_message=title,
                repo_type=kind,
                revision=revision,
                parent_commit=parent,
            )
        except HfHubHTTPError as refused:
            if refused.response.status_code != 412:
                raise
            raise Behind(f"Somebody else wrote to {revision} of {repo} a moment ago.") from None
        return str(made.oid)

    @translated
    def propose(self, repo: str, kind: str, title: str, text: str) -> int:
        made = self._api.create_pull_request(repo, title, description=text, repo_type=kind)
        return int(made.num)

    @translated
    def decide(self, repo: str, kind: str, number: int, status: str) -> None:
        if status == "merged":
            try:
                self._api.merge_pull_request(repo, number, repo_type=kind)
            except HfHubHTTPError as refused:
                if refused.response.status_code != 409:
                    raise
                raise Behind(f"{repo} changed where the pull request changes it.") from None
        else:
            to = cast(Any, status)
            self._api.change_discussion_status(repo, number, to, repo_type=kind)

    @translated
    def collect(self, owner: str, title: str) -> Collection:
        made = self._api.create_collection(title, namespace=owner, private=False)
        return Collection(made.slug)

    @translated
    def add(self, collection: str, repo: str, kind: str) -> None:
        self._api.add_collection_item(collection, repo, cast(Any, kind), exists_ok=True)
