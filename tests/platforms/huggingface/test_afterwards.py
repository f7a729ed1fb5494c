"""The last wave: the paper's collection, and the predecessor's card that names its successor."""

from __future__ import annotations

from typing import Any

import pytest
from platforms.huggingface.scene import REPO, Scene

from pubflow.actions import Wave
from pubflow.errors import Transient

NEXT = "utopia-lab/seagrassnet-2"
DATA = "utopia-lab/meadows"


def collections(scene: Scene) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = scene.rehearsal.world()["huggingface"]["collections"]
    return found


@pytest.fixture
def paired(scene: Scene) -> Scene:
    scene.sibling = DATA
    return scene


def test_the_repositories_of_a_paper_are_shown_together(paired: Scene) -> None:
    run = paired.run()
    look = run.look()
    assert look.ids[-1] == "collect"
    last = look.actions[-1]
    assert (last.wave, last.last) == (Wave.FOLLOW, True)
    assert last.says == f"put {REPO} into the collection “Reading the sea floor” of utopia-lab"
    run.release()
    [collection] = collections(paired)
    assert collection["items"] == [{"type": "model", "id": REPO}]
    assert not collection["private"]
    assert paired.run().look().ids == []


def test_a_collection_that_is_there_is_used(paired: Scene) -> None:
    hand = paired.hand()
    hand.create_repo(DATA, repo_type="dataset")
    made = hand.create_collection("Reading the sea floor", namespace="utopia-lab")
    hand.add_collection_item(made.slug, DATA, "dataset")
    hand.create_collection("Something else", namespace="utopia-lab")
    paired.run().release()
    first, other = collections(paired)
    assert [item["id"] for item in first["items"]] == [DATA, REPO]
    assert other["items"] == []


def test_a_collection_is_complete_though_lists_show_four_of_it(paired: Scene) -> None:
    paired.run().release()
    hand = paired.hand()
    [slug] = [collection["slug"] for collection in collections(paired)]
    for n in range(6):
        hand.create_repo(f"utopia-lab/other-{n}")
        hand.add_collection_item(slug, f"utopia-lab/other-{n}", "model")
    assert paired.run().look().ids == []


def test_a_single_repository_needs_no_collection(scene: Scene) -> None:
    assert "collect" not in scene.run().look().ids


def test_a_private_repository_is_not_shown(paired: Scene) -> None:
    paired.settings["visibility"] = "private"
    assert "collect" not in paired.run().look().ids


def test_a_long_title_is_cut_where_the_hub_would_refuse_it(paired: Scene) -> None:
    paired.paper = "A very long title " * 10
    paired.run().release()
    [collection] = collections(paired)
    assert "a-very-long-title" in collection["slug"]
    assert paired.run().look().ids == []


@pytest.mark.parametrize("when", ["cut-before", "cut-after", "503-applied"])
@pytest.mark.parametrize("at", [1, 2])
def test_a_lost_answer_makes_no_second_collection(paired: Scene, when: str, at: int) -> None:
    run = paired.run()
    while (look := run.look()).ids != ["collect"]:
        run.apply(look, look.passable()[0])
    paired.arm(when, at=at)
    with pytest.raises(Transient):
        run.apply(look, look.actions[0])
    run.release()
    [collection] = collections(paired)
    assert len(collection["items"]) == 1


def moved(scene: Scene) -> None:
    """Version 1 is out; version 2 goes to a repository of its own."""
    scene.run().release()
    scene.version, scene.before = "2.0.0", {"repository": REPO, "version": "1.0.0"}
    scene.settings["repo"] = NEXT


def test_the_predecessor_points_to_its_successor_and_is_else_untouched(scene: Scene) -> None:
    moved(scene)
    old = scene.run().platform._client(None).text(REPO, "model", "main", "README.md")
    run = scene.run()
    look = run.look()
    last = look.actions[-1]
    assert (last.id.rpartition("/")[2], last.wave) == ("succeed", Wave.FOLLOW)
    assert last.says == f"name {NEXT} as the new version in the card of {REPO}"
    assert run.release() == ["create", "commit", "open", "tag", "succeed"]
    new = scene.run().platform._client(None).text(REPO, "model", "main", "README.md")
    assert new.replace(f"new_version: {NEXT}\n", "") == old
    assert new != old
    assert scene.run().look().ids == []


def test_a_successor_named_by_hand_is_seen(scene: Scene) -> None:
    moved(scene)
    text = f"---\nlicense: mit\nnew_version: {NEXT}\n---\n# Old\n".encode()
    scene.hand().upload_file(path_or_fileobj=text, path_in_repo="README.md", repo_id=REPO)
    assert "succeed" not in scene.run().look().ids


def test_a_renamed_repository_is_no_predecessor(scene: Scene) -> None:
    moved(scene)
    scene.hand().move_repo(REPO, NEXT)
    assert "succeed" not in scene.run().look().ids


def test_a_predecessor_that_is_gone_is_let_go(scene: Scene) -> None:
    moved(scene)
    scene.hand().delete_repo(REPO)
    assert "succeed" not in scene.run().look().ids
