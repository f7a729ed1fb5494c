"""What one commit cannot hold goes into one pull request, and to `main` as one merge."""

from __future__ import annotations

from pathlib import Path

import pytest
from platforms.huggingface.scene import REPO, Scene, tensor

from pubflow.errors import Transient
from pubflow.platforms.huggingface.send import Limits, Sending, parcels
from pubflow.tree import files_below


@pytest.fixture
def large(scene: Scene) -> Scene:
    """Five large files where a commit holds two, and texts where it holds few bytes."""
    for n in range(5):
        scene.write(f"part-{n}.safetensors", tensor(b"%d" % n * 3000))
    scene.limits = Limits(large=2, regular=20_000)
    return scene


def statuses(scene: Scene) -> list[str]:
    found = scene.hand().get_repo_discussions(REPO, discussion_type="pull_request")
    return sorted(one.status for one in found)


def test_files_beyond_the_limits_reach_main_in_one_merge(large: Scene) -> None:
    assert large.run().release() == ["create", "commit", "open", "tag"]
    truth = large.truth()
    assert [commit["title"] for commit in truth["commits"]][1:] == ["initial commit"]
    assert truth["commits"][0]["title"].endswith("(#1)")
    assert statuses(large) == ["merged"]
    assert len(large.contents) == 9
    assert large.run().look().ids == []


def test_the_bytes_of_texts_count_too(scene: Scene) -> None:
    scene.limits = Limits(regular=10_000)
    for n in range(4):
        scene.write(f"{n}.txt", b"%d" % n * 6000)
    scene.run().release()
    assert len(scene.truth()["commits"]) == 2
    assert statuses(scene) == ["merged"]


def test_texts_count_as_large_as_the_commit_carries_them(tmp_path: Path) -> None:
    """In base64 three bytes are four."""
    for n in range(3):
        (tmp_path / f"{n}.txt").write_bytes(b"sea" * 1000)
    sending = [Sending(file, lambda size: None) for file in files_below(tmp_path)]
    for file in sending:
        file._upload_mode = "regular"
    assert [len(parcel) for parcel in parcels(sending, Limits(regular=9000))] == [2, 1]
    assert [len(parcel) for parcel in parcels(sending, Limits(regular=12000))] == [3]


def test_what_a_merged_request_brought_is_known_as_ours(large: Scene) -> None:
    large.run().release()
    commit = large.hand().list_repo_commits(REPO)[0]
    lines = commit.message.splitlines()
    assert len(lines) > 1
    assert all(line.startswith("- Release v1.0.0 (") for line in lines)
    large.write("config.json", b'{"model_type": "eelgrass"}\n')
    large.version, large.previous = "1.1.0", "1.0.0"
    assert large.run().look().problems == [], "nobody else's file is replaced"


def test_a_public_repository_shows_no_request_before_it_is_published(large: Scene) -> None:
    large.existing(private=False)
    run = large.run()
    while (look := run.look()).ids[0] in ("claim", "stage"):
        run.apply(look, look.passable()[0])
    assert statuses(large) == []
    assert run.release() == ["commit", "tag"]
    assert statuses(large) == ["merged"]


def test_a_release_deletes_in_a_request_what_is_ours_and_gone(large: Scene) -> None:
    large.run().release()
    (large.folder / "config.json").unlink()
    for n in range(5):
        large.write(f"part-{n}.safetensors", tensor(b"x%d" % n * 3000))
    large.version, large.previous = "1.1.0", "1.0.0"
    large.run().release()
    assert "config.json" not in large.contents
    assert len(large.truth()["commits"]) == 3


def test_somebody_who_commits_meanwhile_is_seen_before_the_merge(large: Scene) -> None:
    large.existing(private=True)
    run = large.run()
    run.claim.begin()
    look = run.look()
    large.hand().upload_file(path_or_fileobj=b"{}", path_in_repo="config.json", repo_id=REPO)
    with pytest.raises(Transient, match="Somebody else committed"):
        run.apply(look, next(a for a in look.actions if a.verb == "commit"))
    assert run.release() == ["commit", "open", "tag"]
    assert statuses(large) == ["closed", "merged"]


@pytest.mark.slow
@pytest.mark.parametrize("lost", [False, True], ids=["journal kept", "journal lost"])
@pytest.mark.parametrize("when", ["cut-before", "cut-after", "503-applied"])
def test_a_fault_at_any_request_leaves_one_merge_and_nothing_open(
    large: Scene, when: str, lost: bool
) -> None:
    for n in range(1, 40):
        if n > 1:
            large.again()
            for part in range(5):
                large.write(f"part-{part}.safetensors", tensor(b"%d" % part * 3000))
        large.arm(when, at=n)
        for _ in range(20):
            run = large.run()
            look = run.look()
            if not look.passable():
                break
            try:
                run.apply(look, look.actions[0])
            except Transient:
                large.worlds += lost
        truth = large.truth()
        assert len(truth["commits"]) == 2
        assert len(truth["tags"]) == 1
        assert "merged" in statuses(large)
        assert not {"draft", "open"} & set(statuses(large))
        if large.disarm():
            assert n > 12
            return
    pytest.fail("a release never ends")
