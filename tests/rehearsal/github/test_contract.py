"""Every route, driven by PyGithub and by plain requests, obeys GitHub's own description."""

from __future__ import annotations

import base64
from pathlib import Path

import github
import pytest
from rehearsal.github.openapi import EXCEPTIONS, Contract, Mismatch, description
from rehearsal.github.place import OWNER, TOKEN, Place

NOT_PART_OF_THE_REHEARSAL = {
    "GET /repos/{owner}/{repo}/compare/{basehead}": "git itself answers this after a fetch",
    "PUT /repos/{owner}/{repo}/contents/{path}": "files come by push",
    "DELETE /repos/{owner}/{repo}/contents/{path}": "files come by push",
    "POST /repos/{owner}/{repo}/pulls": "a release makes no pull request here",
    "PUT /repos/{owner}/{repo}/actions/permissions": "settings of workflows are the person's own",
    "PATCH /orgs/{org}": "organisations are fixed",
    "DELETE /orgs/{org}": "organisations are fixed",
    "PATCH /user": "the account is fixed",
}


def client(place: Place) -> github.Github:
    return github.Github(
        base_url=place.url,
        auth=github.Auth.Token(TOKEN),
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )


def test_every_described_route_is_answered_as_described(place: Place, tmp_path: Path) -> None:
    hub = client(place)
    me = hub.get_user()
    assert me.login == OWNER
    assert hub.get_user("some-lab").type == "Organization"
    assert hub.get_rate_limit().rate.limit == 5000
    assert hub.get_organization("some-lab").login == "some-lab"
    place.call("GET", "/meta")

    lab = hub.get_organization("some-lab").create_repo("tools", visibility="private")
    assert lab.private
    assert [r.full_name for r in hub.get_organization("some-lab").get_repos()] == ["some-lab/tools"]
    lab.delete()

    made = me.create_repo("paper", private=True, description="A paper", has_wiki=False)
    assert made.get_branches().totalCount == 0
    licence = "Permission is hereby granted, free of charge, to any person obtaining a copy"
    work = place.checkout({"README.md": "# Paper\n", "LICENSE": licence, "src/a.py": "1\n"})
    place.git("push", "--atomic", made.clone_url, "main", "v1", cwd=work)
    commit = place.commit(work)

    repo = hub.get_repo(f"{OWNER}/paper")
    assert repo.license is not None
    assert repo.license.spdx_id == "MIT"
    assert repo.get_license().license.spdx_id == "MIT"
    assert [r.name for r in me.get_repos()] == ["paper"]
    repo.edit(description="Digits", homepage="https://example.org", visibility="public")
    repo.replace_topics(["digits", "Reproducibility"])
    assert repo.get_topics() == ["digits", "reproducibility"]
    assert not hub.get_repo(f"{OWNER}/paper").private

    assert repo.get_branch("main").commit.sha == commit
    assert [b.name for b in repo.get_branches()] == ["main"]
    assert [t.commit.sha for t in repo.get_tags()] == [commit]
    assert [c.sha for c in repo.get_commits()] == [commit]
    assert repo.get_commit("main").sha == commit
    assert repo.get_git_commit(commit).message == "First"
    tree = repo.get_git_tree("main", recursive=True)
    assert [e.path for e in tree.tree] == ["LICENSE", "README.md", "src", "src/a.py"]
    assert base64.b64decode(repo.get_git_blob(tree.tree[1].sha).content) == b"# Paper\n"
    assert repo.get_readme().decoded_content == b"# Paper\n"
    file = repo.get_contents("src/a.py", ref="v1")
    assert not isinstance(file, list)
    assert file.decoded_content == b"1\n"
    folder = repo.get_contents("")
    assert isinstance(folder, list)
    assert [f.type for f in folder] == ["file", "file", "dir"]

    tag = repo.get_git_ref("tags/v1")
    assert tag.object.type == "tag"
    assert repo.get_git_tag(tag.object.sha).object.sha == commit
    assert [r.ref for r in repo.get_git_matching_refs("heads")] == ["refs/heads/main"]
    blob = repo.create_git_blob("two\n", "utf-8")
    element = github.InputGitTreeElement("src/b.py", "100644", "blob", sha=blob.sha)
    new_tree = repo.create_git_tree([element], repo.get_git_tree("main"))
    new = repo.create_git_commit("Second", new_tree, [repo.get_git_commit(commit)])
    branch = repo.create_git_ref("refs/heads/next", new.sha)
    branch.edit(commit, force=True)
    branch.delete()
    repo.create_git_tag("v9", "Nine", commit, "commit")

    notes = repo.generate_release_notes("v2")
    draft = repo.create_git_release("v2", "Two", notes.body, draft=True)
    path = tmp_path / "weights.bin"
    path.write_bytes(b"w" * 1000)
    asset = draft.upload_asset(str(path), label="The weights")
    assert asset.digest is not None
    assert asset.digest.startswith("sha256:")
    assert [a.name for a in draft.get_assets()] == ["weights.bin"]
    assert repo.get_release_asset(asset.id).size == 1000
    asset.update_asset("weights2.bin", "Weights")
    hub.requester.requestJsonAndCheck("PATCH", draft.url, input={"draft": False})
    assert repo.get_latest_release().id == draft.id
    assert repo.get_release("v2").tag_name == "v2"
    assert repo.get_release(draft.id).name == "Two"
    assert [r.tag_name for r in repo.get_releases()] == ["v2"]
    asset.delete_asset()
    draft.delete_release()

    assert list(repo.get_hooks()) == []
    repo.create_hook("web", {"url": "https://example.org/hook"}, ["release"])
    assert [hook.config["url"] for hook in repo.get_hooks()] == ["https://example.org/hook"]
    assert repo.get_pulls().totalCount == 0
    assert repo.get_collaborator_permission(OWNER) == "admin"
    assert place.call("GET", "/user/repository_invitations").json() == []
    here = f"/repos/{OWNER}/paper"
    for rules in ("rulesets", "rules/branches/main"):
        assert place.call("GET", f"{here}/{rules}").json() == []
    ruleset = {
        "name": "Reviewed",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [{"type": "required_signatures"}],
    }
    assert place.call("POST", f"{here}/rulesets", json=ruleset).status_code == 201
    [made] = place.call("GET", f"{here}/rulesets").json()
    whole = place.call("GET", f"{here}/rulesets/{made['id']}").json()
    assert (whole["name"], whole["current_user_can_bypass"]) == ("Reviewed", "never")
    [rule] = place.call("GET", f"{here}/rules/branches/main").json()
    assert rule["type"] == "required_signatures"
    assert place.call("GET", f"{here}/rules/branches/next").json() == []
    assert place.call("GET", f"{here}/actions/permissions").json()["enabled"]
    assert place.call("GET", f"{here}/attestations/sha256:00").json() == {"attestations": []}
    assert place.call("GET", f"{here}/immutable-releases").status_code == 404
    assert place.call("PUT", f"{here}/immutable-releases").status_code == 204
    assert place.call("GET", f"{here}/immutable-releases").json()["enabled"]
    assert place.call("DELETE", f"{here}/immutable-releases").status_code == 204
    repo.delete()
    with pytest.raises(github.UnknownObjectException):
        hub.get_repo(f"{OWNER}/paper")

    described = {
        f"{method.upper()} {path}"
        for path, operations in description()["paths"].items()
        for method in operations
    }
    assert described - place.seen == set(NOT_PART_OF_THE_REHEARSAL)


def hold(method: str, path: str, status: int, answer: bytes, body: bytes = b"") -> str | None:
    headers = {"content-type": "application/json"}
    url = f"http://127.0.0.1:1{path}"
    return Contract().check(method, url, headers, body, status, headers, answer)


def test_the_contract_refuses_an_answer_of_the_wrong_shape() -> None:
    with pytest.raises(Mismatch, match="topics"):
        hold("GET", "/repos/o/r/topics", 200, b'{"names": "digits"}')


def test_the_contract_refuses_a_key_that_is_not_described() -> None:
    with pytest.raises(Mismatch, match="nams"):
        hold("PUT", "/repos/o/r/topics", 200, b'{"names": []}', b'{"names": [], "nams": []}')


def test_the_contract_refuses_an_address_that_is_not_described() -> None:
    with pytest.raises(Mismatch, match="not described"):
        hold("GET", "/repos/o/r/secrets", 200, b"{}")


def test_the_contract_refuses_an_upload_to_the_address_of_the_api() -> None:
    with pytest.raises(Mismatch):
        hold("POST", "/repos/o/r/releases/1/assets?name=a", 201, b"{}", b"bytes")


def test_the_contract_lets_a_fault_of_the_service_pass() -> None:
    assert hold("GET", "/user", 502, b'{"message": "Server Error"}') == "/user"
    assert all(EXCEPTIONS.values())
