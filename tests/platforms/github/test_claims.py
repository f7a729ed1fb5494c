"""Claims of others, of other programs and of other times: nothing is made beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from platforms.github.scene import DAY, Scene
from platforms.github.test_preflight import given, standin

from pubflow.claim import Claim
from pubflow.errors import PubflowError, Refused
from pubflow.rehearsal.github import GitHub
from pubflow.rehearsal.github.rights import Rights

USED = (standin,)
"""The fixture with a stand-in whose rights a test may lessen."""


def written(scene: Scene, text: str) -> None:
    """Put a claim of this version there, as another program would."""
    scene.existing(private=True)
    run = scene.run()
    run.platform.register(run.manifest().targets[0]).write(text, None)


def test_a_claim_of_another_release_stops_everything(scene: Scene) -> None:
    scene.existing(private=True)
    run = scene.run()
    other = Claim("another-paper", scene.version, DAY)
    other.attach(run.platform.register(run.manifest().targets[0]))
    other.begin()
    before = scene.changes

    with pytest.raises(Refused, match="belongs to another release"):
        scene.run().look()

    assert scene.changes == before


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", json.dumps({"schema": 0, "ids": {}}), json.dumps({"schema": 99})],
)
def test_a_claim_of_an_older_or_newer_pubflow_stops_everything(scene: Scene, text: str) -> None:
    written(scene, text)
    before = scene.changes

    with pytest.raises(Refused, match="cannot be read"):
        scene.run().look()

    assert scene.changes == before


def test_a_ref_that_is_no_claim_stops_everything(scene: Scene) -> None:
    from platforms.github.scene import git

    scene.existing(private=True)
    git(scene.checkout, "push", "-q", scene.remote(), "HEAD:refs/pubflow/1.0.0")

    with pytest.raises(Refused, match="cannot be read"):
        scene.run().look()


def test_a_rule_that_forbids_the_claim_is_told_with_its_page(scene: Scene) -> None:
    scene.existing(private=True)
    rule: dict[str, Any] = {
        "name": "No other refs",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["refs/pubflow/*"], "exclude": []}},
        "rules": [{"type": "creation"}],
    }
    scene.hand("POST", f"/repos/{scene.repo}/rulesets", rule)
    run = scene.run()

    with pytest.raises(PubflowError, match="could not be written") as refused:
        run.release()

    assert "GH013" in refused.value.why
    assert refused.value.hint.endswith("/utopia-lab/optical-digits/settings/rules")
    assert scene.truth()["releases"] == []


def test_claims_of_other_versions_are_kept_apart(scene: Scene) -> None:
    scene.existing(private=True)
    for version in ("1.0.0", "2.0.0"):
        scene.version = version
        run = scene.run()
        look = run.look()
        assert look.actions[0].verb == "claim"
        run.apply(look, look.actions[0])

    assert sorted(scene.truth()["refs"]) == ["refs/pubflow/1.0.0", "refs/pubflow/2.0.0"]


def test_a_draft_that_another_account_claimed_is_not_made_a_second_time(
    scene: Scene, standin: GitHub
) -> None:
    """Without the right to push a draft cannot be seen, though the claim names it."""
    scene.existing(private=False)
    first = scene.run()
    for _ in range(2):
        look = first.look()
        first.apply(look, look.actions[0])
    given(scene, standin, Rights("fine-grained", contents=False, administration=False))
    before = scene.changes

    look = scene.run().look()

    assert any("may not write" in error for error in look.errors)
    assert scene.changes == before
    assert len(scene.truth()["releases"]) == 1
