"""Which request bodies are taken: every key and type that GitHub's OpenAPI description knows.

A key that it does not know is refused with 422, a value of another type too: GitHub itself often
lets a misspelt key pass in silence, which is how mistakes survive a rehearsal. The table is held
to the description by a test (@octokit/openapi 23.0.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .replies import invalid_request

_PERSON = {"name!": str, "email!": str, "date": str}
_MERGES: dict[str, Any] = {
    "allow_auto_merge": bool,
    "allow_merge_commit": bool,
    "allow_rebase_merge": bool,
    "allow_squash_merge": bool,
    "delete_branch_on_merge": bool,
    "merge_commit_message": ("PR_BODY", "PR_TITLE", "BLANK"),
    "merge_commit_title": ("PR_TITLE", "MERGE_MESSAGE"),
    "squash_merge_commit_message": ("PR_BODY", "COMMIT_MESSAGES", "BLANK"),
    "squash_merge_commit_title": ("PR_TITLE", "COMMIT_OR_PR_TITLE"),
}
_ABOUT: dict[str, Any] = {
    "description": str,
    "homepage": str,
    "private": bool,
    "has_issues": bool,
    "has_projects": bool,
    "has_wiki": bool,
    "is_template": bool,
}
_NEW: dict[str, Any] = {
    **_MERGES,
    **_ABOUT,
    "name!": str,
    "auto_init": bool,
    "gitignore_template": str,
    "has_downloads": bool,
    "license_template": str,
    "team_id": int,
}
_RELEASE: dict[str, Any] = {
    "target_commitish": str,
    "name": str,
    "body": str,
    "draft": bool,
    "prerelease": bool,
    "discussion_category_name": str,
    "make_latest": ("true", "false", "legacy"),
}

BODIES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    # No `visibility` for a person's repository, and no `has_discussions` for an organisation's.
    ("POST", "/user/repos"): {**_NEW, "has_discussions": bool},
    ("POST", "/orgs/{org}/repos"): {
        **_NEW,
        "visibility": ("public", "private"),
        "custom_properties": dict,
        "use_squash_pr_title_as_default": bool,
    },
    ("PATCH", "/repos/{owner}/{repo}"): {
        **_MERGES,
        **_ABOUT,
        "name": str,
        "visibility": ("public", "private"),
        "allow_forking": bool,
        "allow_update_branch": bool,
        "archived": bool,
        "default_branch": str,
        "has_pull_requests": bool,
        "pull_request_creation_policy": ("all", "collaborators_only"),
        "security_and_analysis": dict,
        "use_squash_pr_title_as_default": bool,
        "web_commit_signoff_required": bool,
    },
    ("PUT", "/repos/{owner}/{repo}/topics"): {"names!": [str]},
    ("POST", "/repos/{owner}/{repo}/releases"): {
        **_RELEASE,
        "tag_name!": str,
        "generate_release_notes": bool,
    },
    ("PATCH", "/repos/{owner}/{repo}/releases/{release_id}"): {**_RELEASE, "tag_name": str},
    ("POST", "/repos/{owner}/{repo}/releases/generate-notes"): {
        "tag_name!": str,
        "target_commitish": str,
        "previous_tag_name": str,
        "configuration_file_path": str,
    },
    ("PATCH", "/repos/{owner}/{repo}/releases/assets/{asset_id}"): {
        "name": str,
        "label": str,
        "state": str,
    },
    ("POST", "/repos/{owner}/{repo}/hooks"): {
        "active": bool,
        "config": {"url": str, "content_type": str, "insecure_ssl": str, "secret": str},
        "events": [str],
        "name": str,
    },
    ("POST", "/repos/{owner}/{repo}/rulesets"): {
        "name!": str,
        "target": ("branch", "tag", "push"),
        "enforcement!": ("disabled", "active", "evaluate"),
        "bypass_actors": [dict],
        "conditions": dict,
        "rules": [dict],
    },
    ("POST", "/repos/{owner}/{repo}/git/refs"): {"ref!": str, "sha!": str},
    ("PATCH", "/repos/{owner}/{repo}/git/refs/{ref}"): {"sha!": str, "force": bool},
    ("POST", "/repos/{owner}/{repo}/git/blobs"): {"content!": str, "encoding": str},
    ("POST", "/repos/{owner}/{repo}/git/tags"): {
        "tag!": str,
        "message!": str,
        "object!": str,
        "type!": ("commit", "tree", "blob"),
        "tagger": _PERSON,
    },
    ("POST", "/repos/{owner}/{repo}/git/trees"): {
        "base_tree": str,
        "tree!": [
            {
                "path": str,
                "mode": ("100644", "100755", "040000", "160000", "120000"),
                "type": ("blob", "tree", "commit"),
                "sha": (str, None),
                "content": str,
            }
        ],
    },
    ("POST", "/repos/{owner}/{repo}/git/commits"): {
        "message!": str,
        "tree!": str,
        "parents": [str],
        "author": _PERSON,
        "committer": {"name": str, "email": str, "date": str},
        "signature": str,
    },
}
"""Keys that end in `!` must be there. A value is a type, a tuple of allowed words (`(str, None)`
where null is allowed), a list of one of these, or a table of the same form."""

_NAMES = {str: "a string", bool: "a boolean", int: "an integer", dict: "an object"}


def check(value: object, known: Mapping[str, Any], path: str = "properties") -> dict[str, Any]:
    """The body, or a 422 that names the first thing wrong with it."""
    if not isinstance(value, dict):
        raise invalid_request(f"For '{path}', {value!r} is not an object.")
    wanted = {name.rstrip("!"): kind for name, kind in known.items()}
    for name in known:
        if name.endswith("!") and name[:-1] not in value:
            raise invalid_request(f'"{name[:-1]}" wasn\'t supplied.')
    for name, part in value.items():
        if name not in wanted:
            raise invalid_request(f'"{name}" is not a permitted key.')
        _check_value(part, wanted[name], f"{path}/{name}")
    return value


def _check_value(value: object, kind: Any, path: str) -> None:
    if isinstance(kind, dict):
        check(value, kind, path)
    elif isinstance(kind, list):
        if not isinstance(value, list):
            raise invalid_request(f"For '{path}', {value!r} is not an array.")
        for part in value:
            _check_value(part, kind[0], f"{path}/items")
    elif kind == (str, None):
        if value is not None:
            _check_value(value, str, path)
    elif isinstance(kind, tuple):
        if value not in kind:
            raise invalid_request(f"For '{path}', {value!r} is not a member of {list(kind)}.")
    elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid_request(f"For '{path}', {value!r} is not {_NAMES[kind]}.")
