"""What somebody does to our draft by hand, on its page, while the release is on its way."""

from __future__ import annotations

from platforms.github.scene import Look, Scene


def until(scene: Scene, verb: str) -> Look:
    """The look after which an action of this name comes next."""
    scene.existing(private=False)
    run = scene.run()
    while (look := run.look()).actions[0].verb != verb:
        run.apply(look, look.actions[0])
    return look


def test_a_draft_whose_tag_and_kind_were_changed_is_published_as_it_was_planned(
    scene: Scene,
) -> None:
    draft = until(scene, "push").state.release
    assert draft is not None
    changed = {"tag_name": "v9", "prerelease": True}
    scene.hand("PATCH", f"/repos/{scene.repo}/releases/{draft.id}", changed)

    scene.run().release()

    [release] = scene.truth()["releases"]
    assert (release["tag"], release["draft"], release["prerelease"]) == ("v1.0.0", False, False)
    assert [tag["name"] for tag in scene.truth()["tags"]] == ["v1.0.0"]


def test_a_draft_that_was_published_by_hand_before_it_was_whole_stops_everything(
    scene: Scene,
) -> None:
    draft = until(scene, "upload").state.release
    assert draft is not None
    scene.hand("PATCH", f"/repos/{scene.repo}/releases/{draft.id}", {"draft": False})

    [error] = scene.run().look().errors

    assert "is out without SHA256SUMS, optical-digits-1.0.0.tar" in error


def test_a_file_that_somebody_put_into_our_draft_is_told_and_stays(scene: Scene) -> None:
    look = until(scene, "push")
    assert look.state.release is not None
    more = scene.root / "more.bin"
    more.write_bytes(b"x")
    look.run.platform._api.upload(look.state.release, "more.bin", more, 1, lambda sent: None)

    [warning] = scene.run().look().problems
    scene.run().release()

    assert (warning.severity, "holds more.bin too" in warning.what) == ("warning", True)
    [release] = scene.truth()["releases"]
    assert "more.bin" in [asset["name"] for asset in release["assets"]]
    assert scene.run().look().problems == []
