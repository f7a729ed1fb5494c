"""The calls to the Hub, over huggingface_hub. Importing this module is what loads the library.

Nothing is repeated here: repeating is the engine's decision, after a look. Only bytes under their
own digest (LFS, xet) are sent again by the library itself, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from pubflow import __version__
from pubflow.manifest import File
from pubflow.platforms.huggingface.api import About, Collection, Commit, Parcel, Proposal, Told
from pubflow.platforms.huggingface.library import (
    SILENCE,
    CommitOperationAdd,
    CommitOperationDelete,
    EntryNotFoundError,
    GatedRepoError,
    HfApi,
    HfHubHTTPError,
    RepoFile,
    RepositoryNotFoundError,
    configure,
    get_session,
    hf_hub_url,
    hf_raise_for_status,
)
from pubflow.platforms.huggingface.refusals import Behind, one_line, translated
from pubflow.platforms.huggingface.send import Limits, Sending, lots, parcels
from pubflow.platforms.huggingface.state import Entry
from pubflow.tokens import Secret

NOTHING_IGNORED = "# All files of the release are wanted.\n"
"""Sent in place of the repository's .gitignore, by which the library would leave files out."""


class Client:
    """An `Api`. Without a token it is a stranger."""

    def __init__(
        self,
        endpoint: str,
        token: Secret | None,
        *,
        env: Mapping[str, str],
        xet: bool = True,
        silence: float = SILENCE,
        limits: Limits | None = None,
    ) -> None:
        configure(endpoint, env, xet=xet, silence=silence)
        self._silence = silence
        self._limits = limits or Limits()
        self._api = HfApi(
            endpoint=endpoint,
            token=token.reveal() if token else False,
            library_name="pubflow",
            library_version=__version__,
        )

    @translated
    def user(self) -> str:
        return str(self._api.whoami(cache=True)["name"])

    @translated
    def about(self, repo: str, kind: str) -> About | None:
        try:
            # Its own default for the timeout is to wait for ever.
            info = self._api.repo_info(
                repo,
                repo_type=kind,
                timeout=self._silence,
                expand=cast(Any, ["private", "gated", "sha", "tags"]),
            )
        except GatedRepoError:
            raise
        except RepositoryNotFoundError:
            return None
        tags = getattr(info, "tags", None) or []
        return About(
            id=info.id,
            head=str(info.sha),
            private=bool(info.private),
            gated=str(getattr(info, "gated", "") or ""),
            doi=next((tag.removeprefix("doi:") for tag in tags if tag.startswith("doi:")), ""),
        )

    @translated
    def may_write(self, repo: str, kind: str) -> bool:
        try:
            self._api.auth_check(repo, repo_type=kind, write=True)
        except HfHubHTTPError as refused:
            if refused.response.status_code not in (401, 403, 404):
                raise
            return False
        return True

    @translated
    def tags(self, repo: str, kind: str) -> dict[str, str]:
        refs = self._api.list_repo_refs(repo, repo_type=kind)
        return {tag.name: tag.target_commit for tag in refs.tags}

    @translated
    def tree(self, repo: str, kind: str, revision: str) -> tuple[Entry, ...]:
        found = self._api.list_repo_tree(repo, recursive=True, revision=revision, repo_type=kind)
        return tuple(
            Entry(item.path, item.size, item.blob_id, item.lfs.sha256 if item.lfs else "")
            for item in found
            if isinstance(item, RepoFile)
        )

    @translated
    def history(self, repo: str, kind: str) -> tuple[Commit, ...]:
        return tuple(
            Commit(commit.commit_id, commit.message or "")
            for commit in self._api.list_repo_commits(repo, repo_type=kind)
        )

    @translated
    def create(self, repo: str, kind: str) -> None:
        # Without a visibility it would be what the organisation's settings say.
        self._api.create_repo(repo, repo_type=kind, visibility="private", exist_ok=False)

    @translated
    def set(self, repo: str, kind: str, *, public: bool = False, gated: str | None = None) -> None:
        asks: Any = None if gated is None else gated or False
        visibility: Literal["public"] | None = "public" if public else None
        self._api.update_repo_settings(repo, repo_type=kind, visibility=visibility, gated=asks)

    @translated
    def send(self, repo: str, kind: str, files: Sequence[File], told: Told) -> tuple[Parcel, ...]:
        sending = [Sending(file, told) for file in files]
        for lot in lots(sending):
            self._api.preupload_lfs_files(
                repo,
                cast(list[CommitOperationAdd], lot),
                repo_type=kind,
                revision="main",
                free_memory=False,
                gitignore_content=NOTHING_IGNORED,
            )
            for file in lot:
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
    def branches(self, repo: str, kind: str) -> dict[str, str]:
        try:
            refs = self._api.list_repo_refs(repo, repo_type=kind, include_pull_requests=True)
        except RepositoryNotFoundError:
            return {}
        found = {branch.name: branch.target_commit for branch in refs.branches}
        return found | {pull.ref: pull.target_commit for pull in refs.pull_requests or ()}

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
    def text(self, repo: str, kind: str, revision: str, path: str) -> str:
        address = hf_hub_url(
            repo, path, repo_type=kind, revision=revision, endpoint=self._api.endpoint
        )
        headers = self._api._build_hf_headers()
        answer = get_session().get(address, headers=headers)
        try:
            hf_raise_for_status(answer)
        except EntryNotFoundError:
            return ""
        return answer.content.decode("utf-8", "replace")

    @translated
    def write(
        self, repo: str, kind: str, *, revision: str, parent: str, path: str, text: str, title: str
    ) -> str:
        try:
            made = self._api.create_commit(
                repo,
                [CommitOperationAdd(path, text.encode())],
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
    def examine(self, card: str, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        # The library's own way says what is wrong in one text, and warnings to everybody.
        answer = get_session().post(
            f"{self._api.endpoint}/api/validate-yaml",
            json={"content": card, "repoType": kind},
            headers=self._api._build_hf_headers(),
        )
        if answer.status_code != 400:
            hf_raise_for_status(answer)
        said = answer.json()

        def words(key: str) -> tuple[str, ...]:
            return tuple(one_line(str(item["message"])) for item in said.get(key) or ())

        return words("errors"), words("warnings")

    @translated
    def proposals(self, repo: str, kind: str, title: str) -> tuple[Proposal, ...]:
        # Whether the Hub counts drafts among the open ones is not documented: all are asked for.
        found = self._api.get_repo_discussions(repo, discussion_type="pull_request", repo_type=kind)
        alike = [
            Proposal(one.num, one.title, one.status)
            for one in found
            if one.title == title and one.status in ("draft", "open")
        ]
        return tuple(sorted(alike, key=lambda one: one.number))

    @translated
    def proposal(self, repo: str, kind: str, number: int) -> Proposal:
        one = self._api.get_discussion_details(repo, number, repo_type=kind)
        return Proposal(one.num, one.title, one.status)

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
    def collection(self, owner: str, title: str) -> Collection | None:
        alike = [one.slug for one in self._api.list_collections(owner=owner) if one.title == title]
        if not alike:
            return None
        # A list shows at most four items of each.
        whole = self._api.get_collection(min(alike))
        items = frozenset((item.item_type, item.item_id) for item in whole.items)
        return Collection(whole.slug, items)

    @translated
    def collect(self, owner: str, title: str) -> Collection:
        made = self._api.create_collection(title, namespace=owner, private=False)
        return Collection(made.slug)

    @translated
    def add(self, collection: str, repo: str, kind: str) -> None:
        self._api.add_collection_item(collection, repo, cast(Any, kind), exists_ok=True)
