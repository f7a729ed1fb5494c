"""How the world looks in JSON: accounts, repositories, releases and assets. Pure but for the
licence, which is read from the default branch."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from typing import Any

from . import licences
from .store import Store
from .world import USER, Asset, Release, Repository

Url = Callable[[str], str]
"""From a path to an address on this origin."""

_REPOSITORY_LINKS = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "contributors_url": "contributors",
    "deployments_url": "deployments",
    "downloads_url": "downloads",
    "events_url": "events",
    "forks_url": "forks",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "hooks_url": "hooks",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "languages_url": "languages",
    "merges_url": "merges",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "stargazers_url": "stargazers",
    "statuses_url": "statuses/{sha}",
    "subscribers_url": "subscribers",
    "subscription_url": "subscription",
    "tags_url": "tags",
    "teams_url": "teams",
    "trees_url": "git/trees{/sha}",
}
_ACCOUNT_LINKS = {
    "events_url": "events{/privacy}",
    "followers_url": "followers",
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "organizations_url": "orgs",
    "received_events_url": "received_events",
    "repos_url": "repos",
    "starred_url": "starred{/owner}{/repo}",
    "subscriptions_url": "subscriptions",
}
_SWITCHES: dict[str, Any] = {
    "has_issues": True,
    "has_projects": True,
    "has_wiki": True,
    "has_downloads": True,
    "has_discussions": False,
    "is_template": False,
}
_FULL_SWITCHES: dict[str, Any] = {
    "allow_auto_merge": False,
    "allow_forking": True,
    "allow_merge_commit": True,
    "allow_rebase_merge": True,
    "allow_squash_merge": True,
    "allow_update_branch": False,
    "delete_branch_on_merge": False,
    "merge_commit_message": "PR_TITLE",
    "merge_commit_title": "MERGE_MESSAGE",
    "squash_merge_commit_message": "COMMIT_MESSAGES",
    "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
    "use_squash_pr_title_as_default": False,
    "web_commit_signoff_required": False,
    "pull_request_creation_policy": "all",
}
_SINCE = "2020-01-01T00:00:00Z"


def node_id(kind: str, number: int | str) -> str:
    return base64.b64encode(f"0:{kind}:{number}".encode()).decode()


def account_id(login: str) -> int:
    """The same number for the same name, on every run."""
    return 10_000 + zlib.crc32(login.lower().encode())


def account(login: str, url: Url) -> dict[str, Any]:
    here = f"/users/{login}"
    return {
        "login": login,
        "id": account_id(login),
        "node_id": node_id("User", account_id(login)),
        "avatar_url": url(f"/avatars/{login}"),
        "gravatar_id": "",
        "url": url(here),
        "html_url": url(f"/{login}"),
        "type": "User" if login.lower() == USER else "Organization",
        "user_view_type": "public",
        "site_admin": False,
        **{name: url(f"{here}/{tail}") for name, tail in _ACCOUNT_LINKS.items()},
    }


def person(login: str, url: Url, repositories: int, private: bool) -> dict[str, Any]:
    told = account(login, url) | {
        "name": login,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": repositories,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": _SINCE,
        "updated_at": _SINCE,
    }
    if private:
        told |= {
            "user_view_type": "private",
            "collaborators": 0,
            "disk_usage": 0,
            "owned_private_repos": 0,
            "private_gists": 0,
            "total_private_repos": 0,
            "two_factor_authentication": True,
        }
    return told


def organisation(login: str, url: Url, repositories: int) -> dict[str, Any]:
    here = f"/orgs/{login}"
    links = ("events", "hooks", "issues", "repos")
    return {
        "login": login,
        "id": account_id(login),
        "node_id": node_id("Organization", account_id(login)),
        "avatar_url": url(f"/avatars/{login}"),
        "url": url(here),
        "html_url": url(f"/{login}"),
        **{f"{name}_url": url(f"{here}/{name}") for name in links},
        "members_url": url(f"{here}/members{{/member}}"),
        "public_members_url": url(f"{here}/public_members{{/member}}"),
        "description": None,
        "name": login,
        "type": "Organization",
        "public_repos": repositories,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "members_can_create_repositories": True,
        "members_can_create_public_repositories": True,
        "members_can_create_private_repositories": True,
        "archived_at": None,
        "created_at": _SINCE,
        "updated_at": _SINCE,
    }


def licence(found: licences.Licence, url: Url) -> dict[str, Any]:
    known = found is not licences.OTHER
    return {
        "key": found.key,
        "name": found.name,
        "spdx_id": found.spdx,
        "url": url(f"/licenses/{found.key}") if known else None,
        "node_id": node_id("License", found.key),
    }


def repository(
    it: Repository, store: Store, url: Url, *, known: bool, full: bool = False
) -> dict[str, Any]:
    api = f"/repos/{it.full_name}"
    git = url(f"/{it.full_name}.git")
    found = licences.of_branch(store, it.default_branch)
    told = {
        "id": it.id,
        "node_id": node_id("Repository", it.id),
        "name": it.name,
        "full_name": it.full_name,
        "private": it.private,
        "visibility": "private" if it.private else "public",
        "owner": account(it.owner, url),
        "html_url": url(f"/{it.full_name}"),
        "url": url(api),
        "description": it.description,
        "homepage": it.homepage,
        "fork": False,
        "git_url": git,
        "ssh_url": f"git@{git.partition('://')[2].partition('/')[0]}:{it.full_name}.git",
        "clone_url": git,
        "svn_url": url(f"/{it.full_name}"),
        "mirror_url": None,
        "language": None,
        "license": None if found is None else licence(found[0], url),
        "topics": it.topics,
        "default_branch": it.default_branch,
        "archived": it.archived,
        "disabled": False,
        "has_pages": False,
        "size": 0,
        "forks": 0,
        "forks_count": 0,
        "open_issues": 0,
        "open_issues_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "created_at": it.created_at,
        "updated_at": it.updated_at,
        "pushed_at": it.pushed_at,
        "permissions": {
            "admin": known,
            "maintain": known,
            "push": known,
            "triage": known,
            "pull": True,
        },
        **{name: url(f"{api}/{tail}") for name, tail in _REPOSITORY_LINKS.items()},
        **{name: it.settings.get(name, usual) for name, usual in _SWITCHES.items()},
    }
    if full:
        told |= {"network_count": 0, "subscribers_count": 0}
        if it.owner.lower() != USER:
            told["organization"] = account(it.owner, url)
        if known:
            told |= {n: it.settings.get(n, usual) for n, usual in _FULL_SWITCHES.items()}
    return told


def asset(it: Asset, release: Release, of: Repository, url: Url) -> dict[str, Any]:
    place = release.untagged if release.draft else release.tag
    return {
        "url": url(f"/repos/{of.full_name}/releases/assets/{it.id}"),
        "id": it.id,
        "node_id": node_id("ReleaseAsset", it.id),
        "name": it.name,
        "label": it.label,
        "uploader": account(USER, url),
        "content_type": it.content_type,
        "state": it.state,
        "size": it.size,
        "digest": it.digest,
        "download_count": it.downloads,
        "created_at": it.created_at,
        "updated_at": it.updated_at or it.created_at,
        "browser_download_url": url(f"/{of.full_name}/releases/download/{place}/{it.name}"),
    }


def release(it: Release, of: Repository, url: Url) -> dict[str, Any]:
    """Assets that are not complete are left out, as GitHub has done (itchio/gothub #1)."""
    here = f"/repos/{of.full_name}/releases/{it.id}"
    place = it.untagged if it.draft else it.tag
    balls = {
        f"{kind}_url": None if it.draft else url(f"/repos/{of.full_name}/{kind}/{it.tag}")
        for kind in ("tarball", "zipball")
    }
    return {
        "url": url(here),
        "assets_url": url(f"{here}/assets"),
        # A prefix of its own: who computes this address instead of reading it is refused, as on
        # GitHub, where uploads have another host.
        "upload_url": url(f"/uploads{here}/assets") + "{?name,label}",
        "html_url": url(f"/{of.full_name}/releases/tag/{place}"),
        "id": it.id,
        "node_id": node_id("Release", it.id),
        "author": account(USER, url),
        "tag_name": it.tag,
        "target_commitish": it.target,
        "name": it.name,
        "body": it.body,
        "draft": it.draft,
        "immutable": it.immutable,
        "prerelease": it.prerelease,
        "created_at": it.created_at,
        "updated_at": it.updated_at or it.created_at,
        "published_at": it.published_at,
        "assets": [asset(a, it, of, url) for a in it.assets if a.state == "uploaded"],
        **balls,
    }
