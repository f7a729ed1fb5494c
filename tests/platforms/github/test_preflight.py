"""What stands in the way is found out before the first change, and told by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from platforms.github.scene import Scene, git

from pubflow.errors import PubflowError
from pubflow.platforms.github.push import NotPushed
from pubflow.rehearsal import Rehearsal
from pubflow.rehearsal.github import GitHub
from pubflow.rehearsal.github.rights import Rights
from pubflow.rehearsal.huggingface import Hub
from pubflow.rehearsal.zenodo import Zenodo

TOKENS = {
    "classic": "gh" + "p_" + "c" * 36,
    "fine-grained": "github" + "_pat_" + "f" * 59,
    "workflow": "gh" + "s_" + "w" * 36,
}


@pytest.fixture
def standin(scene: Scene, tmp_path: Path) -> Iterator[GitHub]:
    """The stand-in itself, whose rights a test may lessen once the stage is set."""
    made: list[GitHub] = []

    def maker(folder: Path, token: str) -> GitHub:
        made.append(GitHub(folder, token=token))
        return made[0]

    makers = {
        "github": maker,
        "huggingface": lambda folder, token: Hub(folder, token=token),
        "zenodo": lambda folder, token: Zenodo(folder, token=token),
    }
    with Rehearsal.start(makers=makers) as rehearsal:
        scene.rehearsal = rehearsal
        yield made[0]


def given(scene: Scene, standin: GitHub, rights: Rights) -> None:
    """From now on there is only a token of this kind, with these rights."""
    token = TOKENS[rights.kind]
    standin.rights = rights
    standin._token = token
    scene.rehearsal.env["GITHUB_TOKEN"] = token


def test_a_fine_grained_token_that_may_only_read_is_found_out(
    scene: Scene, standin: GitHub
) -> None:
    scene.existing(private=False)
    given(scene, standin, Rights("fine-grained", contents=False, administration=False))
    before = scene.changes

    look = scene.run().look()

    [error] = [p for p in look.problems if p.severity == "error"]
    assert "may not write" in error.what
    assert "contents: write" in error.hint
    assert scene.changes == before


def test_a_fine_grained_token_without_administration_releases_what_is_public(
    scene: Scene, standin: GitHub
) -> None:
    scene.existing(private=False)
    given(scene, standin, Rights("fine-grained", administration=False))

    look = scene.run().look()
    done = scene.run().release()

    [warning] = [p for p in look.problems if p.severity == "warning"]
    assert "administration: write" in warning.hint
    assert "describe" not in done
    assert scene.run().look().ids == []


def test_a_fine_grained_token_without_administration_opens_nothing(
    scene: Scene, standin: GitHub
) -> None:
    scene.existing(private=True)
    given(scene, standin, Rights("fine-grained", administration=False))

    [error] = scene.run().look().errors

    assert "may not make utopia-lab/optical-digits public" in error


@pytest.mark.parametrize(("owner", "severity"), [("", "error"), ("utopia-lab", "warning")])
def test_a_fine_grained_token_that_may_make_no_repository_is_found_out(
    scene: Scene, standin: GitHub, owner: str, severity: str
) -> None:
    owner = owner or scene.hand("GET", "/user")["login"]
    scene.repo = f"{owner}/optical-digits"
    given(scene, standin, Rights("fine-grained", administration=False))

    [problem] = [p for p in scene.run().look().problems if "may not make" in p.what]

    assert problem.severity == severity
    assert "administration: write" in problem.why
    assert "Nothing exists yet" in problem.hint
    assert scene.changes == 0


def test_a_fine_grained_token_that_may_make_repositories_is_not_suspected(
    scene: Scene, standin: GitHub
) -> None:
    given(scene, standin, Rights("fine-grained"))

    scene.run().release()

    assert [r["draft"] for r in scene.truth()["releases"]] == [False]
    asked = [line for line in scene.requests() if "repository_invitations" in line]
    assert len(asked) == 1


def test_a_repository_that_may_not_be_made_is_told_with_the_permission_and_what_is_there(
    scene: Scene, standin: GitHub
) -> None:
    given(scene, standin, Rights("fine-grained", administration=False))
    run = scene.run()
    look = run.look()

    with pytest.raises(PubflowError, match="Nothing exists yet") as refused:
        run.apply(look, look.actions[0])

    assert look.ids[0] == "create"
    assert "administration=write" in refused.value.why
    assert "administration: write" in refused.value.hint
    assert scene.truth() == {}


def test_the_token_of_a_workflow_makes_no_repository(scene: Scene, standin: GitHub) -> None:
    given(scene, standin, Rights("workflow"))

    [error] = scene.run().look().errors

    assert "can never make one" in error
    assert scene.changes == 0


def test_the_token_of_a_workflow_releases_into_its_own_repository(
    scene: Scene, standin: GitHub
) -> None:
    scene.existing(private=False)
    given(scene, standin, Rights("workflow"))

    scene.run().release()

    assert [r["draft"] for r in scene.truth()["releases"]] == [False]
    assert scene.run().look().ids == []


def test_the_token_of_a_workflow_never_pushes_workflow_files(scene: Scene, standin: GitHub) -> None:
    scene.existing(private=False)
    given(scene, standin, Rights("workflow"))
    scene.write(".github/workflows/ci.yml", "on: push\n")

    [error] = scene.run().look().errors

    assert "change workflow files" in error


def test_a_classic_token_without_the_scope_repo_is_found_out(scene: Scene, standin: GitHub) -> None:
    given(scene, standin, Rights("classic", scopes=("read:org",)))

    [error] = scene.run().look().errors

    assert "may not make the repository" in error
    assert scene.changes == 0


def ruleset(
    scene: Scene, target: str, include: str, rule: str, bypass: Sequence[dict[str, Any]] = ()
) -> None:
    scene.hand(
        "POST",
        f"/repos/{scene.repo}/rulesets",
        {
            "name": "Ours",
            "target": target,
            "enforcement": "active",
            "conditions": {"ref_name": {"include": [include], "exclude": []}},
            "rules": [{"type": rule}],
            "bypass_actors": list(bypass),
        },
    )


@pytest.mark.parametrize(
    ("target", "include", "words"),
    [("branch", "~DEFAULT_BRANCH", "Rules protect the branch main"), ("tag", "~ALL", "for tags")],
)
def test_a_ruleset_is_told_before_and_explained_when_it_refuses(
    scene: Scene, target: str, include: str, words: str
) -> None:
    scene.existing(private=False)
    ruleset(scene, target, include, "required_signatures")
    before = scene.truth()
    run = scene.run()

    [warning] = [p for p in run.look().problems if p.severity == "warning"]
    with pytest.raises(NotPushed) as refused:
        run.release()

    assert words in warning.what
    assert "GH013" in refused.value.why
    assert "rule" in refused.value.hint
    now = scene.truth()
    assert (now["branches"], now["tags"]) == (before["branches"], before["tags"])
    assert [r["draft"] for r in now["releases"]] == [True]


@pytest.mark.parametrize(
    ("target", "include", "rule"),
    [
        ("branch", "~DEFAULT_BRANCH", "pull_request"),
        ("tag", "~ALL", "creation"),
    ],
)
def test_a_ruleset_that_the_owner_of_the_token_may_pass_is_no_matter(
    scene: Scene, target: str, include: str, rule: str
) -> None:
    scene.existing(private=False)
    actor = {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
    ruleset(scene, target, include, rule, bypass=[actor])

    assert [p.what for p in scene.run().look().problems] == []
    scene.run().release()

    assert [r["draft"] for r in scene.truth()["releases"]] == [False]


def test_a_ruleset_that_only_keeps_tags_where_they_are_is_no_matter(scene: Scene) -> None:
    scene.existing(private=False)
    ruleset(scene, "tag", "~ALL", "deletion")
    ruleset(scene, "tag", "~ALL", "non_fast_forward")

    assert [p.what for p in scene.run().look().problems] == []
    scene.run().release()

    assert [r["draft"] for r in scene.truth()["releases"]] == [False]


def test_classic_protection_of_the_branch_is_told_before_and_explained_when_it_refuses(
    scene: Scene, standin: GitHub
) -> None:
    scene.existing(private=False)
    standin.protect(scene.repo, "main")
    before = scene.truth()["branches"]
    run = scene.run()

    [warning] = [p for p in run.look().problems if p.severity == "warning"]
    with pytest.raises(NotPushed) as refused:
        run.release()

    assert "protect the branch main" in warning.what
    assert "classic protection" in warning.what
    assert warning.hint.endswith("/settings/branches")
    assert "GH006" in refused.value.why
    assert "protected" in refused.value.hint
    assert scene.truth()["branches"] == before


def test_a_secret_in_what_is_pushed_is_refused_with_what_to_do(scene: Scene) -> None:
    scene.existing(private=False)
    wanted = {"secret_scanning_push_protection": {"status": "enabled"}}
    scene.hand("PATCH", f"/repos/{scene.repo}", {"security_and_analysis": wanted})
    scene.write("settings.py", "TOKEN = 'gh" + "p_" + "A1b2" * 9 + "'\n")
    before = scene.truth()["branches"]

    with pytest.raises(NotPushed) as refused:
        scene.run().release()

    assert "revoke" in refused.value.hint
    assert "A1b2" not in f"{refused.value} {refused.value.why} {refused.value.hint}"
    assert scene.truth()["branches"] == before


def test_immutable_releases_are_told_and_everything_is_in_before(scene: Scene) -> None:
    scene.existing(private=False)
    scene.hand("PUT", f"/repos/{scene.repo}/immutable-releases")

    notes = [p.what for p in scene.run().look().problems if p.severity == "note"]
    scene.run().release()

    assert notes == ["Releases of utopia-lab/optical-digits are immutable."]
    [release] = scene.truth()["releases"]
    told = scene.hand("GET", f"/repos/{scene.repo}/releases/{release['id']}")
    assert (told["immutable"], len(told["assets"])) == (True, 2)
    assert scene.run().look().ids == []


def test_a_tag_of_a_deleted_immutable_release_is_burnt_and_said_so(scene: Scene) -> None:
    scene.existing(private=False)
    scene.hand("PUT", f"/repos/{scene.repo}/immutable-releases")
    body = {"tag_name": "v1.0.0", "body": "by hand"}
    theirs = scene.hand("POST", f"/repos/{scene.repo}/releases", body)
    scene.hand("DELETE", f"/repos/{scene.repo}/releases/{theirs['id']}")

    with pytest.raises(PubflowError) as refused:
        scene.run().release()

    assert "raise the version" in refused.value.hint.lower()
    assert [r["draft"] for r in scene.truth()["releases"]] == [True]


@pytest.mark.parametrize("active", [True, False])
def test_the_integration_of_zenodo_stops_the_plan(scene: Scene, active: bool) -> None:
    scene.existing(private=False)
    url = "https://zenodo.org/api/hooks/receivers/github/events/?access_token=x"
    hook = {"config": {"url": url}, "events": ["release"], "active": active}
    scene.hand("POST", f"/repos/{scene.repo}/hooks", hook)
    run = scene.run()

    errors = run.look().errors

    assert [("Zenodo's own integration" in error) for error in errors] == [True] * active
    seen = run.platform.hooks(run.manifest().targets[0])
    assert seen == ((url,) if active else ())


def test_hooks_that_the_token_may_not_see_are_not_taken_for_none(
    scene: Scene, standin: GitHub
) -> None:
    scene.existing(private=False)
    given(scene, standin, Rights("fine-grained", administration=False))
    run = scene.run()

    assert run.platform.hooks(run.manifest().targets[0]) is None


def test_a_submodule_or_a_pointer_of_lfs_stops_the_plan(scene: Scene) -> None:
    head = git(scene.checkout, "rev-parse", "HEAD")
    git(scene.checkout, "update-index", "--add", "--cacheinfo", f"160000,{head},vendor/lib")
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 9\n"
    (scene.checkout / "w.bin").write_text(pointer)
    git(scene.checkout, "add", "w.bin")
    git(scene.checkout, "commit", "-qm", "more")

    submodules, pointers = scene.run().look().errors

    assert "vendor/lib" in submodules
    assert "w.bin" in pointers
    assert scene.changes == 0


@pytest.mark.parametrize("private", [True, False])
def test_the_past_that_github_has_stands_in_no_way_once_ours_is_on_top_of_it(
    scene: Scene, private: bool
) -> None:
    """The checkout does not know our release commit, and must not take all below it for news."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 9\n"
    scene.write("w.bin", pointer)
    git(scene.checkout, "rm", "-q", "w.bin")
    git(scene.checkout, "commit", "-qm", "gone")
    scene.existing(private=private)
    scene.write("new.py", "1\n")

    scene.run().release()

    assert [r["draft"] for r in scene.truth()["releases"]] == [False]


def test_a_release_looks_often_and_asks_little(scene: Scene) -> None:
    """One list of refs for each look, no question twice; the bound keeps it so."""
    run = scene.run()
    looks = 0
    while (look := run.look()).actions:
        looks += 1
        run.remembered |= run.apply(look, look.actions[0]).remember
    seen = scene.requests()

    def count(words: str) -> int:
        return sum(words in line for line in seen)

    assert looks == 10
    assert count("service=git-upload-pack") <= looks + 5
    assert count("/git/ref") == count("/git/tags") == 0
    for once in ("/actions/permissions", "/immutable-releases", "/hooks", "/rulesets", "/rules/"):
        assert count(once) == 1
    assert count("/optical-digits/branches/") == 0  # Nobody else protects what was just made.
    assert len(seen) <= 85


def test_the_push_says_the_same_before_and_after_the_repository_is_opened(scene: Scene) -> None:
    said = set()
    run = scene.run()
    while (look := run.look()).actions:
        said |= {action.says for action in look.actions if action.verb == "push"}
        run.apply(look, look.actions[0])

    assert said == {"push the tag v1.0.0"}
