"""What is asked of the Hub, over huggingface_hub. Importing this module loads the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from pubflow import __version__
from pubflow.errors import PubflowError
from pubflow.manifest import File
from pubflow.platforms.huggingface.api import About, Collection, Commit, Proposal
from pubflow.platforms.huggingface.library import (
    SILENCE,
    CommitOperationAdd,
    EntryNotFoundError,
    GatedRepoError,
    HfApi,
    HfHubHTTPError,
    RepoFile,
    RepositoryNotFoundError,
    configure,
    fetch_upload_modes,
    get_session,
    hf_hub_url,
    hf_raise_for_status,
    is_xet_available,
)
from pubflow.platforms.huggingface.refusals import one_line, translated
from pubflow.platforms.huggingface.send import Limits, Sending, parcels
from pubflow.platforms.huggingface.state import IGNORE, Entry, Foreseen
from pubflow.tokens import Secret


def _may_write_for(owner: str, scopes: Any) -> bool:
    """Whether nothing in a fine-grained token's scopes speaks against it.

    `{"global": [...], "scoped": [{"entity": {"type": "org", "name": ...}, "permissions": [...]}]}`
    with `repo.write` among the permissions, as several clients of others read it (2026-11).
    """
    if not isinstance(scopes, dict) or not isinstance(scopes.get("scoped"), list):
        return True
    named = [
        (one.get("entity") or {}).get("name")
        for one in (*scopes["scoped"], {"permissions": scopes.get("global")})
        if "repo.write" in (one.get("permissions") or ())
    ]
    return any(name is None or name.lower() == owner.lower() for name in named)


class Reader:
    """The half of an `Api` that changes nothing. Without a token it is a stranger."""

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
        return str(self._whoami()["name"])

    @translated
    def may_create(self, owner: str) -> bool:
        said = self._whoami()
        token = (said.get("auth") or {}).get("accessToken") or {}
        if token.get("role") == "read" or not _may_write_for(owner, token.get("fineGrained")):
            return False
        if owner.lower() == str(said.get("name")).lower():
            return True
        org = next((o for o in said.get("orgs") or () if o["name"].lower() == owner.lower()), None)
        if org is None:
            # Only a classic token surely sees all organisations of its account.
            return token.get("role") != "write"
        # Who may only read may still write within a resource group.
        return org.get("roleInOrg") not in ("read", "no_access") or bool(org.get("resourceGroups"))

    def _whoami(self) -> dict[str, Any]:
        if not self._api.token:
            # The library would take a token that lies about on this computer.
            raise PubflowError("No token says whose account on the Hub is meant.")
        return self._api.whoami(cache=True)

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
    def branches(self, repo: str, kind: str, *, pulls: bool = False) -> dict[str, str]:
        try:
            refs = self._api.list_repo_refs(repo, repo_type=kind, include_pull_requests=pulls)
        except RepositoryNotFoundError:
            return {}
        found = {branch.name: branch.target_commit for branch in refs.branches}
        return found | {pull.ref: pull.target_commit for pull in refs.pull_requests or ()}

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

        refused = words("errors")
        if answer.status_code == 400 and not refused:
            hf_raise_for_status(answer)
        return refused, words("warnings")

    @translated
    def foresee(self, repo: str, kind: str, files: Sequence[File]) -> Foreseen:
        sending = [Sending(file, lambda size: None) for file in files]
        # As in a commit by the library: the release's own rules, else those that lie on the Hub.
        own = next((file.source for file in files if file.name == IGNORE), None)
        self._ask(repo, kind, sending, own.read_text("utf-8", "replace") if own else None)
        return Foreseen(
            ahead=frozenset(one.path_in_repo for one in sending if one.ahead),
            ignored=tuple(one.path_in_repo for one in sending if one.ignored),
            way="xet" if is_xet_available() else "LFS",
            parts=len(parcels(sending, self._limits)),
        )

    def _ask(
        self,
        repo: str,
        kind: str,
        files: Sequence[CommitOperationAdd],
        rules: str | None,
        revision: str = "main",
    ) -> None:
        """Preupload, which changes nothing: in lots of 256, and each file then knows its answer."""
        fetch_upload_modes(
            files,
            repo_type=kind,
            repo_id=repo,
            headers=self._api._build_hf_headers(),
            revision=quote(revision, safe=""),
            endpoint=self._api.endpoint,
            gitignore_content=rules,
        )

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
    def collection(self, owner: str, title: str) -> Collection | None:
        alike = [one.slug for one in self._api.list_collections(owner=owner) if one.title == title]
        if not alike:
            return None
        # A list shows at most four items of each.
        whole = self._api.get_collection(min(alike))
        items = frozenset((item.item_type, item.item_id) for item in whole.items)
        return Collection(whole.slug, items)
