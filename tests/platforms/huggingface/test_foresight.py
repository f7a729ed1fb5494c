"""The dry run: what would be uploaded, skipped or left out, told before anything is sent."""

from __future__ import annotations

from platforms.huggingface.scene import REPO, Scene, tensor


def asked(scene: Scene) -> int:
    return sum("/preupload/" in entry["path"] for entry in scene.rehearsal.world()["log"])


def commit(scene: Scene) -> str:
    return next(a.says for a in scene.run().look().actions if a.verb == "commit")


def test_the_plan_tells_what_is_large_what_is_there_and_changes_nothing(scene: Scene) -> None:
    scene.existing(private=True, files={"config.json": b'{"model_type": "seagrass"}\n'})
    before = scene.changes
    look = scene.run().look()
    assert "config.json is there already" in look.kept
    assert commit(scene) == (
        "commit README.md, model.safetensors and tokenizer/vocab.txt, still private;"
        " model.safetensors goes ahead by LFS"
    )
    assert scene.changes == before


def test_six_hundred_files_are_asked_for_in_three_questions_and_once_in_a_run(scene: Scene) -> None:
    for n in range(600):
        scene.write(f"part/{n:03}.txt", b"%d\n" % n)
    scene.existing(private=False)
    before = asked(scene)
    run = scene.run()
    run.look()
    run.look()
    assert asked(scene) - before == 3
    run.release()
    seen = asked(scene)
    scene.run().look()
    assert asked(scene) == seen, "nothing is missing any more"


def test_nobody_is_asked_of_a_repository_that_is_not_there(scene: Scene) -> None:
    look = scene.run().look()
    assert (asked(scene), look.state.foreseen) == (0, None)


def test_a_gitignore_on_the_hub_is_told_and_leaves_nothing_out(scene: Scene) -> None:
    scene.existing(private=True, files={".gitignore": b"*.safetensors\n"})
    [problem] = scene.run().look().problems
    assert problem.severity == "warning"
    assert problem.what == f"A .gitignore in {REPO} names model.safetensors."
    scene.run().release()
    assert "model.safetensors" in scene.contents


def test_a_gitignore_among_the_files_is_told_too(scene: Scene) -> None:
    scene.existing(private=True)
    scene.write(".gitignore", b"tokenizer/\n")
    [problem] = scene.run().look().problems
    assert problem.what == f"A .gitignore in {REPO} names tokenizer/vocab.txt."
    scene.run().release()
    assert "tokenizer/vocab.txt" in scene.contents


def test_bytes_go_ahead_to_a_public_repository_only_for_what_is_large(scene: Scene) -> None:
    scene.existing(private=False)
    run = scene.run()
    stage = next(a for a in run.look().actions if a.verb == "stage")
    assert stage.says == (
        "send model.safetensors ahead by LFS; nothing is visible before the commit"
    )
    size = (scene.folder / "model.safetensors").stat().st_size
    assert stage.size == size
    run.release()
    assert run.sent[stage.id] == size


def test_what_no_commit_can_hold_is_told_as_one_request(scene: Scene) -> None:
    from pubflow.platforms.huggingface.send import Limits

    scene.limits = Limits(large=1)
    scene.write("second.safetensors", tensor(b"2" * 3000))
    scene.existing(private=True)
    assert commit(scene).endswith("; 2 commits of one pull request, merged as one")


def test_who_may_only_read_is_told_so_and_nothing_is_asked(scene: Scene) -> None:
    scene.existing(private=False)
    before = asked(scene)
    run = scene.run()
    run.platform._token = None
    assert run.look().errors == [f"The token may not write to {REPO}."]
    assert asked(scene) == before
