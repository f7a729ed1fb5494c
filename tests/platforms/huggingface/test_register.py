"""The claim on the Hub: created only once, moved only forward, readable by every later run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from platforms.huggingface.scene import DAY, REPO, Run, Scene

from pubflow.claim import Claim, Moved
from pubflow.errors import Transient
from pubflow.platforms.huggingface import HuggingFace
from pubflow.tokens import Secret

CHANGES = ["branch", "commit"]


def a_claim(scene: Scene, version: str = "1.0.0") -> Claim:
    """What a new process knows: nothing but where to look."""
    claim = Claim("seagrass", version, DAY)
    scene.version = version
    platform = HuggingFace(
        endpoint=scene.endpoint,
        token=Secret(scene.env["HF_TOKEN"]),
        claim=claim,
        env={},
        xet=False,
        silence=10.0,
    )
    [target] = scene.run().manifest().targets
    register = platform.register(target)
    assert register is not None
    claim.attach(register)
    return claim


def kept(scene: Scene) -> Run:
    """A run whose claim is kept on the Hub, as where GitHub is no target."""
    run = scene.run()
    [target] = run.manifest().targets
    register = run.platform.register(target)
    assert register is not None
    run.claim.attach(register)
    return run


def test_nothing_is_claimed_where_there_is_no_repository(scene: Scene) -> None:
    assert not a_claim(scene).begun


def test_what_is_settled_once_holds_for_everybody(scene: Scene) -> None:
    scene.existing(private=True)
    assert a_claim(scene).settle("data.x@zenodo", "record", "7") == "7"
    other = a_claim(scene)
    assert other.begun
    assert other.date == DAY
    assert other.settle("data.x@zenodo", "record", "8") == "7"
    other.move("data.x@zenodo", "staged", "abc")
    assert a_claim(scene).ids("data.x@zenodo") == {"record": "7", "staged": "abc"}


def test_main_and_its_history_know_nothing_of_it(scene: Scene) -> None:
    scene.existing(private=False)
    before = scene.truth()
    a_claim(scene).settle("data.x@zenodo", "record", "7")
    after = scene.truth()
    assert (after["commits"], after["files"]) == (before["commits"], before["files"])


def test_a_gitignore_on_the_hub_does_not_leave_it_out(scene: Scene) -> None:
    scene.existing(private=True, files={".gitignore": b"*.json\n"})
    assert a_claim(scene).settle("data.x@zenodo", "record", "7") == "7"
    assert a_claim(scene).get("data.x@zenodo", "record") == "7"


def test_what_a_stranger_may_read_of_it_tells_nothing(scene: Scene) -> None:
    scene.existing(private=False)
    a_claim(scene).settle("weights.secret-plan@zenodo", "record", "7")
    text = scene.run().platform._client(None).text(REPO, "model", "pubflow/1.0.0", "claim.json")
    assert '"record": "7"' in text
    assert "secret" not in text
    assert "seagrass" not in text


def test_every_version_finds_the_claims_of_the_others(scene: Scene) -> None:
    scene.existing(private=True)
    a_claim(scene).settle("data.x@zenodo", "record", "7")
    assert a_claim(scene, "1.1.0").earlier("data.x@zenodo") == {"1.0.0": {"record": "7"}}


def test_of_two_who_write_at_once_one_wins(scene: Scene) -> None:
    scene.existing(private=True)
    claims = [a_claim(scene) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        held = set(
            pool.map(lambda n: claims[n].settle("data.x@zenodo", "record", str(n)), range(4))
        )
    assert len(held) == 1
    assert a_claim(scene).get("data.x@zenodo", "record") in held


def test_a_write_onto_what_is_no_longer_there_is_refused(scene: Scene) -> None:
    scene.existing(private=True)
    run = kept(scene)
    run.claim.begin()
    [target] = run.manifest().targets
    register = run.platform.register(target)
    assert register is not None
    entry = register.read()
    assert entry is not None
    register.write(entry.text + " ", entry.token)
    with pytest.raises(Moved):
        register.write(entry.text, entry.token)
    with pytest.raises(Moved):
        register.write(entry.text, None)


@pytest.mark.parametrize("when", ["cut-before", "cut-after"])
@pytest.mark.parametrize("at", range(1, len(CHANGES) + 1), ids=CHANGES)
def test_a_lost_answer_leaves_one_claim(scene: Scene, when: str, at: int) -> None:
    scene.existing(private=True)
    scene.arm(when, at=at)
    with pytest.raises(Transient):
        a_claim(scene).settle("data.x@zenodo", "record", "7")
    assert a_claim(scene).settle("data.x@zenodo", "record", "7") == "7"
    branches = scene.hand().list_repo_refs(REPO).branches
    assert [branch.name for branch in branches] == ["main", "pubflow/1.0.0"]


def test_a_release_keeps_its_claim_in_its_own_repository(scene: Scene) -> None:
    run = kept(scene)
    ids = run.look().ids
    assert ids == ["create", "claim", "commit", "open", "tag"]
    left = ids
    while left:
        look = run.look()
        assert look.ids == left
        run.apply(look, look.passable()[0])
        left = left[1:]
    lost = kept(scene)
    lost.notes = "lost"
    look = lost.look()
    assert look.ids == []
    assert look.problems == [], "the date is in the claim, so the card could be compared"


@pytest.mark.parametrize("when", ["cut-before", "cut-after", "503-applied"])
def test_a_release_with_its_claim_there_survives_a_fault_at_any_request(
    scene: Scene, when: str
) -> None:
    for n in range(1, 20):
        if n > 1:
            scene.again()
        scene.arm(when, at=n)
        for _ in range(20):
            run = kept(scene)
            actions = run.look().passable()
            if not actions:
                break
            try:
                run.apply(run.look(), actions[0])
            except Transient:
                scene.worlds += 1
        truth = scene.truth()
        assert len(truth["commits"]) == 2
        assert len(truth["tags"]) == 1
        assert len(scene.hand().list_repo_refs(REPO).branches) == 2
        if scene.disarm():
            assert n > 7
            return
    pytest.fail("a release never ends")


def test_the_claim_is_found_and_moved_after_its_repository_was_renamed(scene: Scene) -> None:
    scene.existing(private=False)
    a_claim(scene).settle("data.x@zenodo", "record", "7")
    scene.hand().move_repo(REPO, "utopia-lab/newname")
    later = a_claim(scene)
    assert later.settle("data.x@zenodo", "record", "8") == "7"
    later.move("data.x@zenodo", "staged", "abc")
    assert a_claim(scene, "1.1.0").settle("data.x@zenodo", "record", "9") == "9"
    assert a_claim(scene).ids("data.x@zenodo") == {"record": "7", "staged": "abc"}
