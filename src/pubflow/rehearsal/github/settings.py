"""Webhooks and rulesets of a repository, and what rulesets do to a push."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from ..wire import Response
from .call import Access, Call, Route
from .replies import failed, not_found
from .store import Store
from .world import Repository

_LOOKED_INTO = {"non_fast_forward", "deletion", "max_file_size", "max_file_path_length"}
"""Rules that a plain push of new commits meets."""


def list_hooks(call: Call) -> Response:
    repository = call.repository()
    if not call.known:
        raise not_found()
    return call.page(repository.hooks)


def make_hook(call: Call) -> Response:
    repository = call.repository(write=True)
    fields = call.fields()
    if not (fields.get("config") or {}).get("url"):
        raise failed("Hook", "url", "missing_field")
    number = call.world.new_id()
    here = call.url(f"/repos/{repository.full_name}/hooks/{number}")
    made = {
        "type": "Repository",
        "id": number,
        "name": "web",
        "active": fields.get("active", True),
        "events": fields.get("events") or ["push"],
        "config": {"content_type": "form", "insecure_ssl": "0", **fields["config"]},
        "created_at": call.now,
        "updated_at": call.now,
        "url": here,
        "test_url": f"{here}/test",
        "ping_url": f"{here}/pings",
        "deliveries_url": f"{here}/deliveries",
        "last_response": {"code": None, "status": "unused", "message": None},
    }
    repository.hooks.append(made)
    return Response.of(made, 201, location=here)


def list_rulesets(call: Call) -> Response:
    """Without rules and conditions, as the list of GitHub is."""
    repository = call.repository()
    wanted = (call.request.arg("targets") or "branch,tag,push").split(",")
    return call.page(
        [
            {key: value for key, value in one.items() if key not in ("rules", "conditions")}
            for one in repository.rulesets
            if one["target"] in wanted
        ]
    )


def read_ruleset(call: Call) -> Response:
    """Whoever asks is a bypass actor if there is any."""
    number = call.number("ruleset_id")
    found = next((one for one in call.repository().rulesets if one["id"] == number), None)
    if found is None:
        raise not_found()
    passes = "always" if found["bypass_actors"] else "never"
    return Response.of({**found, "current_user_can_bypass": passes})


def make_ruleset(call: Call) -> Response:
    repository = call.repository(write=True)
    fields = call.fields()
    made = {
        "id": call.world.new_id(),
        "name": fields["name"],
        "target": fields.get("target", "branch"),
        "source_type": "Repository",
        "source": repository.full_name,
        "enforcement": fields["enforcement"],
        "bypass_actors": fields.get("bypass_actors") or [],
        "conditions": fields.get("conditions") or {"ref_name": {"include": [], "exclude": []}},
        "rules": fields.get("rules") or [],
        "created_at": call.now,
        "updated_at": call.now,
    }
    repository.rulesets.append(made)
    enforce(repository, call.stores.of(repository))
    return Response.of(made, 201)


def rules_of_branch(call: Call) -> Response:
    repository = call.repository()
    ref = f"refs/heads/{call.args['branch']}"
    found = []
    for one in repository.rulesets:
        if one["target"] == "branch" and one["enforcement"] == "active":
            if not any(fnmatchcase(ref, pattern) for pattern in _patterns(repository, one)):
                continue
            source = {
                "ruleset_source_type": "Repository",
                "ruleset_source": repository.full_name,
                "ruleset_id": one["id"],
            }
            found += [{**rule, **source} for rule in one["rules"]]
    return call.page(found)


def _patterns(repository: Repository, ruleset: dict[str, Any]) -> list[str]:
    kind = "heads" if ruleset["target"] == "branch" else "tags"
    named = {
        "~ALL": f"refs/{kind}/*",
        "~DEFAULT_BRANCH": f"refs/heads/{repository.default_branch}",
    }
    include = ruleset["conditions"].get("ref_name", {}).get("include", [])
    return [named.get(pattern, pattern) for pattern in include]


def enforce(repository: Repository, store: Store) -> None:
    """Write down for the hook which refs no push may move."""
    lines = []
    for one in repository.rulesets:
        strict = [r["type"] for r in one["rules"] if r["type"] not in _LOOKED_INTO]
        if one["enforcement"] == "active" and strict and not one["bypass_actors"]:
            lines += [pattern + "\n" for pattern in _patterns(repository, one)]
    (store.path / "ruled-refs").write_text("".join(lines))


def protect(repository: Repository, store: Store, branch: str) -> None:
    """Classic branch protection: changes come by pull requests only, the owner's too."""
    repository.protected.append(branch)
    lines = [f"refs/heads/{name}\n" for name in repository.protected]
    (store.path / "protected-refs").write_text("".join(lines))


_R = "/repos/{owner}/{repo}"
ROUTES = (
    Route("GET", f"{_R}/hooks", list_hooks),
    Route("POST", f"{_R}/hooks", make_hook, Access.TOKEN),
    Route("GET", f"{_R}/rulesets", list_rulesets),
    Route("POST", f"{_R}/rulesets", make_ruleset, Access.TOKEN),
    Route("GET", f"{_R}/rulesets/{{ruleset_id}}", read_ruleset),
    Route("GET", f"{_R}/rules/branches/{{branch+}}", rules_of_branch),
)
