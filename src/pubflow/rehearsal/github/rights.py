"""What the token may do, and how each refusal looks. By default everything.

Kinds of tokens differ in what they say of themselves: classic ones name their scopes in a header of
every answer, fine-grained ones and those of workflows only say what an operation would have needed
(REST docs, "Troubleshooting", 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass

from .replies import Refusal, not_found, problem

_ADMINISTRATION = {
    ("PATCH", "/repos/{owner}/{repo}"),
    ("DELETE", "/repos/{owner}/{repo}"),
    ("PUT", "/repos/{owner}/{repo}/topics"),
    ("GET", "/repos/{owner}/{repo}/actions/permissions"),
    ("GET", "/repos/{owner}/{repo}/immutable-releases"),
    ("PUT", "/repos/{owner}/{repo}/immutable-releases"),
    ("DELETE", "/repos/{owner}/{repo}/immutable-releases"),
    ("GET", "/repos/{owner}/{repo}/hooks"),
    ("POST", "/repos/{owner}/{repo}/hooks"),
    ("POST", "/repos/{owner}/{repo}/rulesets"),
    ("GET", "/user/repository_invitations"),
    ("POST", "/user/repos"),
    ("POST", "/orgs/{org}/repos"),
}
"""Webhooks have a permission of their own; whoever administers has it here."""

_DELETE, _LOSES = ("DELETE", "/repos/{owner}/{repo}"), "delete_repo"
"""A classic token needs a scope of its own for it (REST docs, "Delete a repository", 2026-11)."""


@dataclass(frozen=True, slots=True)
class Rights:
    kind: str = "classic"
    """`classic`, `fine-grained`, or `workflow`: the token that Actions gives to a job."""
    contents: bool = True
    administration: bool = True
    scopes: tuple[str, ...] = ("repo", "workflow", "delete_repo")
    """Of a classic token."""

    @property
    def headers(self) -> dict[str, str]:
        return {"x-oauth-scopes": ", ".join(self.scopes)} if self.kind == "classic" else {}

    def may(self, permission: str, *, private: bool) -> bool:
        if self.kind == "classic":
            return "repo" in self.scopes or (not private and "public_repo" in self.scopes)
        if permission == "administration" and self.kind == "workflow":
            return False
        return self.administration if permission == "administration" else self.contents

    def allow(self, method: str, template: str, *, private: bool) -> None:
        """Raises the refusal that GitHub gives to an operation that the token may not do."""
        if self.kind == "workflow" and template == "/user":
            raise self._refusal("")
        if (method, template) in _ADMINISTRATION:
            needed = "administration"
        elif method == "GET" or template.endswith("/generate-notes"):
            return
        else:
            needed = "contents"
        if (method, template) == _DELETE and self.kind == "classic" and _LOSES not in self.scopes:
            # As `gh repo delete` is answered, which then says what scope it lacks; 2026-11.
            raise problem(403, "Must have admin rights to Repository.")
        if not self.may(needed, private=private):
            raise self._refusal(f"{needed}={'read' if method == 'GET' else 'write'}")

    def _refusal(self, needed: str) -> Refusal:
        if self.kind == "classic":
            return not_found()
        who = "integration" if self.kind == "workflow" else "personal access token"
        refusal = problem(403, f"Resource not accessible by {who}")
        if needed:
            refusal.response.headers["x-accepted-github-permissions"] = needed
        return refusal


ALL = Rights()
