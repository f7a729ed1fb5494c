"""Whole releases to the stand-in, with the real huggingface_hub over real sockets."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from platforms.huggingface.scene import DAY, REPO, Scene, tensor
from shelf import Notes

from pubflow import engine
from pubflow.actions import Stage
from pubflow.assemble import Kit
from pubflow.build import Builder
from pubflow.claim import Claim, LocalRegister
from pubflow.errors import PubflowError, Transient
from pubflow.journal import Journal
from pubflow.links import Links
from pubflow.lockfile import Locked
from pubflow.manifest import (
    Artifact,
    Kind,
    License,
    Manifest,
    Paper,
    Person,
    Release,
    Target,
)
from pubflow.plan import Plan
from pubflow.platform import Problem
from pubflow.platforms import huggingface
from pubflow.tokens import find
from pubflow.tree import files_below

NEW = ["create", "commit", "open", "tag"]
PUBLIC = ["claim", "stage", "commit", "tag"]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def released(scene: Scene) -> list[str]:
    return scene.run().release()


def test_a_new_repository_is_released_and_then_nothing_is_left(scene: Scene) -> None:
    run = scene.run()
    assert run.look().ids == NEW

    assert run.release() == NEW

    truth = scene.truth()
    assert (truth["type"], truth["private"]) == ("model", False)
    assert len(truth["commits"]) == 2, "the Hub's own and the one of the release"
    assert truth["tags"] == [{"name": "v1.0.0", "commit": truth["commits"][0]["oid"]}]
    assert set(scene.contents) == {
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer/vocab.txt",
    }
    for name in ("config.json", "model.safetensors"):
        assert scene.contents[name] == sha256((scene.folder / name).read_bytes())
    before = scene.changes
    again = scene.run()
    look = again.look()
    assert look.ids == []
    assert look.problems == []
    assert list(again.platform.verify(look.target, look.links)) == []
    assert scene.changes == before


def test_a_computer_that_remembers_nothing_finds_it_released(scene: Scene) -> None:
    released(scene)
    before = scene.changes
    look = scene.run(lost=True).look()
    assert look.ids == []
    [note] = look.problems
    assert (note.severity, note.hint) == ("note", "Bring back publish.lock, or set [release] date.")
    assert scene.changes == before


def test_a_data_set_goes_to_a_dataset_repository(scene: Scene) -> None:
    scene.kind = Kind.DATA
    assert released(scene) == NEW
    assert scene.truth()["type"] == "dataset"
    link = scene.run().look().state.link
    assert link is not None
    assert link.url == f"{scene.endpoint}/datasets/{REPO}"
    assert link.version_url == f"{link.url}/tree/v1.0.0"


def test_nothing_can_be_seen_by_a_stranger_before_it_is_opened(scene: Scene) -> None:
    run = scene.run()
    while (look := run.look()).actions[0].stage < Stage.PUBLISH:
        run.apply(look, look.actions[0])
        assert scene.truth()["private"] is True
    assert look.ids == ["open", "tag"]
    found = list(run.platform.verify(look.target, look.links))
    assert [problem.severity for problem in found] == ["error"]


def test_the_card_holds_what_was_reserved_elsewhere(scene: Scene) -> None:
    scene.doi = ""
    run = scene.run()
    first = run.look()
    assert first.ids == NEW
    run.apply(first, first.actions[0])
    assert run.look().target.file("README.md").promised

    scene.doi = "10.5281/zenodo.8"
    run.release()

    readme = scene.hand().hf_hub_download(REPO, "README.md", local_dir=scene.root / "got")
    with open(readme, encoding="utf-8") as file:
        assert "10.5281/zenodo.8" in file.read()


def test_a_public_repository_shows_nothing_before_its_one_commit(scene: Scene) -> None:
    scene.existing(private=False)
    run = scene.run()
    assert run.look().ids == PUBLIC
    before = scene.truth()
    for verb in ("claim", "stage"):
        look = run.look()
        assert look.ids[0] == verb
        run.apply(look, look.actions[0])
    after = scene.truth()
    assert (after["commits"], after["files"]) == (before["commits"], before["files"])
    assert run.release() == ["commit", "tag"]
    assert len(scene.truth()["commits"]) == 2
    assert "model.safetensors" in scene.contents


def test_files_of_others_stay_and_are_shown(scene: Scene) -> None:
    scene.existing(private=True, files={"eval/results.yaml": b"score: 1\n"})
    look = scene.run().look()
    assert "eval/results.yaml, which pubflow did not put there" in look.kept
    released(scene)
    assert "eval/results.yaml" in scene.contents


def test_a_file_that_pubflow_did_not_write_is_named_before_it_is_replaced(scene: Scene) -> None:
    scene.existing(private=True, files={"config.json": b"{}\n", "README.md": b"# Mine\n"})
    [problem] = scene.run().look().problems
    assert problem.severity == "warning"
    assert problem.what.startswith("README.md and config.json in ")


def test_the_next_version_deletes_what_is_ours_and_nothing_else(scene: Scene) -> None:
    released(scene)
    hand = scene.hand()
    hand.upload_file(path_or_fileobj=b"hello\n", path_in_repo="NOTES.md", repo_id=REPO)
    hand.upload_file(path_or_fileobj=b"mine\n", path_in_repo="tokenizer/vocab.txt", repo_id=REPO)
    (scene.folder / "config.json").unlink()
    (scene.folder / "tokenizer/vocab.txt").unlink()
    scene.write("adapter_config.json", b"{}\n")
    scene.version, scene.previous = "1.1.0", "1.0.0"
    look = scene.run().look()
    commit = next(action for action in look.actions if action.verb == "commit")
    assert commit.says == "commit README.md and adapter_config.json, without config.json"
    assert released(scene) == ["claim", "commit", "tag"], "no bytes go ahead of a small text"
    assert set(scene.contents) == {
        "NOTES.md",
        "README.md",
        "adapter_config.json",
        "model.safetensors",
        "tokenizer/vocab.txt",
    }
    assert [tag["name"] for tag in scene.truth()["tags"]] == ["v1.0.0", "v1.1.0"]


def test_an_unchanged_artifact_is_not_released_again(scene: Scene) -> None:
    released(scene)
    before = scene.changes
    scene.version, scene.previous = "2.0.0", "1.0.0"
    look = scene.run().look()
    assert look.ids == []
    assert look.kept == [f"unchanged since v1.0.0 of {REPO}"]
    assert look.state.link is not None
    assert look.state.link.version_url.endswith("/tree/v1.0.0")
    assert list(look.run.platform.verify(look.target, look.links)) == []
    assert scene.changes == before


def test_an_artifact_that_is_unchanged_in_two_versions_is_still_known(scene: Scene) -> None:
    released(scene)
    scene.version, scene.previous = "2.0.0", "1.10.0"
    look = scene.run().look()
    assert (look.ids, look.kept) == ([], [f"unchanged since v1.0.0 of {REPO}"])


def test_a_file_that_is_gone_makes_it_a_changed_artifact(scene: Scene) -> None:
    released(scene)
    (scene.folder / "config.json").unlink()
    scene.version, scene.previous = "2.0.0", "1.0.0"
    assert scene.run().look().ids == ["claim", "commit", "tag"]


def test_changed_files_under_a_tag_that_is_out_are_refused(scene: Scene) -> None:
    released(scene)
    scene.write("config.json", b'{"model_type": "other"}\n')
    look = scene.run().look()
    assert look.ids == []
    assert look.errors == [f"The tag v1.0.0 of {REPO} does not hold config.json as it is here."]


def test_a_tag_of_somebody_else_is_refused(scene: Scene) -> None:
    scene.existing(private=False)
    scene.hand().create_tag(REPO, tag="v1.0.0")
    assert scene.run().look().errors[0].startswith(f"The tag v1.0.0 of {REPO} does not hold ")


def test_a_changed_card_is_an_edit_that_leaves_the_tag(scene: Scene) -> None:
    released(scene)
    tags = scene.truth()["tags"]
    scene.doi = "10.5281/zenodo.9"
    assert scene.run().look().ids == ["commit"]
    assert released(scene) == ["commit"]
    assert scene.truth()["tags"] == tags
    look = scene.run().look()
    assert list(look.run.platform.verify(look.target, look.links)) == []


def test_a_card_edited_on_the_hub_after_the_release_stays(scene: Scene) -> None:
    released(scene)
    scene.hand().upload_file(path_or_fileobj=b"# Better\n", path_in_repo="README.md", repo_id=REPO)
    assert scene.run().look().ids == []


def test_readers_are_asked_from_the_first_moment(scene: Scene) -> None:
    scene.settings["gated"] = "manual"
    assert released(scene) == NEW
    assert (scene.truth()["private"], scene.truth()["gated"]) == (False, "manual")
    look = scene.run().look()
    [note] = look.run.platform.verify(look.target, look.links)
    assert note.severity == "note"


def test_a_public_repository_is_gated_by_one_change(scene: Scene) -> None:
    released(scene)
    scene.settings["gated"] = True
    assert released(scene) == ["gate"]
    assert scene.truth()["gated"] == "auto"
    scene.settings["gated"] = False
    assert released(scene) == ["gate"]
    assert scene.truth()["gated"] is False


def test_what_is_to_stay_private_stays_private(scene: Scene) -> None:
    scene.settings["visibility"] = "private"
    assert released(scene) == ["create", "commit", "tag"]
    assert scene.truth()["private"] is True
    look = scene.run().look()
    assert [p.severity for p in look.run.platform.verify(look.target, look.links)] == ["note"]


def test_the_owner_is_who_is_logged_in_unless_one_is_named(scene: Scene) -> None:
    scene.settings.clear()
    scene.settings["name"] = "net"
    run = scene.run()
    assert run.platform.unseen(run.manifest().targets[0]).link is None
    assert run.look().state.name == "rehearsal-user/net"
    assert run.release() == NEW


def test_a_renamed_repository_is_still_ours(scene: Scene) -> None:
    released(scene)
    scene.hand().move_repo(REPO, "utopia-lab/newname")
    look = scene.run().look()
    assert look.state.name == "utopia-lab/newname"
    assert look.ids == ["commit"], "the card names its own address"
    assert released(scene) == ["commit"]


@pytest.mark.parametrize(
    ("memory", "xet", "severities"),
    [
        ({"repository": REPO, "commit": "c0ffee"}, True, ["error"]),
        ({"previous.repository": REPO.upper()}, True, ["error"]),
        ({"previous.repository": REPO}, False, ["warning"]),
        ({"repository": REPO}, True, []),
        ({"previous.repository": "utopia-lab/other"}, True, []),
    ],
)
def test_a_repository_that_was_filled_and_deleted_is_not_made_again_without_a_word(
    scene: Scene, memory: dict[str, str], xet: bool, severities: list[str]
) -> None:
    """By xet the new one would not get the bytes that the old one had. One that was made a moment
    ago may only not be shown yet."""
    scene.xet = xet
    run = scene.run()
    [target] = run.manifest().targets
    state = run.platform.observe(target, memory)
    found = run.platform.diff(target, state, Links({target.name: None}))
    told = [item for item in found if isinstance(item, Problem) and "any more" in item.what]
    assert [problem.severity for problem in told] == severities


def test_a_gitignore_leaves_nothing_out(scene: Scene) -> None:
    scene.write(".gitignore", b"*.safetensors\nconfig.json\n")
    released(scene)
    assert {".gitignore", "model.safetensors", "config.json"} <= set(scene.contents)


def test_which_files_are_large_is_written_down_by_the_hub_alone(scene: Scene) -> None:
    """It changes its .gitattributes with each large file of an ending that it does not know, so an
    author's one would never be there as it is here."""
    scene.write(".gitattributes", b"*.dat filter=lfs diff=lfs merge=lfs -text\n")
    scene.write("weights.xyz", bytes(1000))
    assert scene.run().release() == ["create", "commit", "open", "tag"]
    assert scene.run().look().ids == []
    held = scene.run().platform._client(None).text(REPO, "model", "main", ".gitattributes")
    assert "weights.xyz filter=lfs" in held
    assert "*.safetensors filter=lfs" in held
    assert "*.dat" not in held
    [target] = scene.run().manifest().targets
    said = [problem.what for problem in scene.run().platform.check(target)]
    assert ".gitattributes stays here." in said


def test_the_bytes_are_counted_once_each(scene: Scene) -> None:
    run = scene.run()
    look = run.look()
    run.release()
    size = sum(file.size for file in look.target.artifact.files)
    card = run.look().target.file("README.md").size
    assert run.sent == {f"{look.target.name}/commit": size + card}


@pytest.mark.parametrize(("xet", "asked"), [(False, 2), (True, 0)])
def test_large_files_go_side_by_side_by_lfs(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, xet: bool, asked: int
) -> None:
    """Five at a time; by xet one after the other, which sends from many threads anyway."""
    monkeypatch.setattr("pubflow.platforms.huggingface.send.LOT_BYTES", 1)
    scene.xet = xet
    (scene.folder / "model.safetensors").unlink()
    for n in range(7):
        scene.write(f"model-{n + 1:05}-of-00007.safetensors", tensor(bytes([n]) * 70_000))
    assert released(scene) == NEW
    log = [entry["path"] for entry in scene.rehearsal.world()["log"]]
    assert sum("lfs/objects/batch" in path for path in log) == asked
    assert any("xet-write-token" in path for path in log) == xet


def test_no_token_but_the_given_one_is_looked_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library alone would ask for one by OIDC with each LFS request, in vain."""
    from huggingface_hub import constants

    monkeypatch.setenv("HF_OIDC_RESOURCE", REPO)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    before = constants.HF_HUB_DISABLE_IMPLICIT_TOKEN
    assert scene.run().release() == ["create", "commit", "open", "tag"]
    assert before is constants.HF_HUB_DISABLE_IMPLICIT_TOKEN


def test_xet_carries_the_bytes_too(scene: Scene) -> None:
    scene.xet = True
    assert released(scene) == NEW
    assert scene.contents["model.safetensors"] == sha256(
        (scene.folder / "model.safetensors").read_bytes()
    )
    log = scene.rehearsal.world()["log"]
    assert any("xet-write-token" in entry["path"] for entry in log)
    assert scene.run().look().ids == []


def test_six_hundred_files_are_one_commit_and_a_change_is_one_file(scene: Scene) -> None:
    for n in range(600):
        scene.write(f"part/{n:03}.txt", b"%d\n" % n)
    released(scene)
    assert len(scene.truth()["commits"]) == 2
    scene.write("part/007.txt", b"seven\n")
    scene.version, scene.previous = "1.1.0", "1.0.0"
    commit = next(a for a in scene.run().look().actions if a.verb == "commit")
    assert commit.says == "commit README.md and part/007.txt"


def new(scene: Scene) -> None:
    """Nothing is there."""


def dataset(scene: Scene) -> None:
    scene.kind = Kind.DATA


def private(scene: Scene) -> None:
    scene.existing(private=True, files={"config.json": b"{}\n"})


def public(scene: Scene) -> None:
    scene.existing(private=False, files={"NOTES.md": b"mine\n"})


def gated(scene: Scene) -> None:
    released(scene)
    scene.settings["gated"] = "auto"


def next_version(scene: Scene) -> None:
    released(scene)
    scene.write("config.json", b'{"model_type": "next"}\n')
    (scene.folder / "tokenizer/vocab.txt").unlink()
    scene.version, scene.previous = "1.1.0", "1.0.0"


def edited(scene: Scene) -> None:
    released(scene)
    scene.doi = "10.5281/zenodo.9"


SCENARIOS = [new, dataset, private, public, gated, next_version, edited]


@pytest.mark.parametrize("prepare", SCENARIOS)
def test_applying_an_action_takes_exactly_that_one_out_of_the_diff(
    scene: Scene, prepare: Any
) -> None:
    prepare(scene)
    run = scene.run()
    left = (look := run.look()).ids
    assert left
    while left:
        run.apply(look, look.passable()[0])
        look = run.look()
        assert look.ids == left[1:]
        left = look.ids


GONE = ("cut-after", "503-applied", "odd-applied")
"""Faults of which the request was done, and the answer is lost."""


@pytest.mark.parametrize("when", ["cut-before", *GONE, "429", "500"])
@pytest.mark.parametrize("prepare", SCENARIOS)
def test_a_fault_at_any_changing_request_is_survived_and_doubles_nothing(
    scene: Scene, prepare: Any, when: str
) -> None:
    """Once for each request; the run after the fault remembers nothing."""
    prepare(scene)
    plan = scene.run().look().ids
    for n in range(1, 20):
        if n > 1:
            scene.again()
            prepare(scene)
        before = scene.truth()
        scene.arm(when, at=n)
        finish(scene, gone=when in GONE, forget=prepare is not edited)
        truth = scene.truth()
        commits = len(before["commits"]) if before else 1
        assert len(truth["commits"]) == commits + plan.count("commit")
        assert len(truth["tags"]) == len(before.get("tags", ())) + plan.count("tag")
        assert truth["pull_requests"] == []
        assert truth["private"] is False
        if scene.disarm():
            assert n > sum(verb in plan for verb in ("create", "open", "gate", "commit", "tag"))
            return
    pytest.fail("a release never ends")


def finish(scene: Scene, *, gone: bool, forget: bool) -> None:
    """Release in runs of one action each, as if every run were killed after it; with `forget` what
    follows a fault happens on another computer."""
    for _ in range(20):
        run = scene.run()
        look = run.look()
        actions = look.passable()
        if not actions:
            return
        try:
            run.apply(look, actions[0])
        except Transient:
            # The library itself sends bytes again, so this was the action's last request.
            assert not gone or actions[0] not in run.look().actions
            scene.worlds += forget
    pytest.fail("the plan never becomes empty")


def test_a_head_that_moved_is_looked_at_again(scene: Scene) -> None:
    scene.existing(private=True)
    run = scene.run()
    run.claim.begin()
    look = run.look()
    scene.hand().upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=REPO)
    with pytest.raises(Transient, match="Somebody else committed"):
        run.apply(look, next(a for a in look.actions if a.verb == "commit"))
    assert run.release() == ["commit", "open", "tag"]
    assert "x.txt" in scene.contents


def test_a_token_that_may_only_read_is_found_by_looking(scene: Scene) -> None:
    scene.existing(private=False)
    run = scene.run()
    run.platform._token = None
    assert run.look().errors == [f"The token may not write to {REPO}."]


def test_a_silent_server_ends_in_a_message_within_its_time(scene: Scene) -> None:
    run = scene.run()
    look = run.look()
    run.platform._silence = 0.3
    run.platform._made.clear()
    scene.arm("delay", seconds=2)
    with pytest.raises(Transient, match="did not answer in time"):
        run.apply(look, look.actions[0])


def test_a_file_that_changed_since_it_was_hashed_is_not_sent(scene: Scene) -> None:
    run = scene.run()
    run.apply(look := run.look(), look.actions[0])
    look = run.look()
    scene.write("model.safetensors", b"something else")
    with pytest.raises(PubflowError, match="changed since it was read"):
        run.apply(look, look.actions[0])


def test_weights_and_data_are_released_side_by_side_by_the_engine(scene: Scene) -> None:
    """As the command line does it: made from a kit, two lanes in parallel threads."""
    scene.settings.clear()
    env = {**scene.env, "PUBFLOW_KEYRING": "0"}
    claim = Claim("seagrass", "1.0.0", DAY)
    journal = Journal(scene.root / ".pubflow" / "journal.db", "seagrass")
    claim.attach(LocalRegister(journal))
    paper = Paper("Reading the sea floor", (Person(given="Ada", family="Lovelace"),))
    files = files_below(scene.folder)
    artifacts = tuple(
        Artifact(f"{kind}.grass", kind, scene.folder, license=License("MIT"), files=files)
        for kind in (Kind.WEIGHTS, Kind.DATA)
    )
    made = Release("seagrass", "1.0.0", "v1.0.0", paper, artifacts)
    targets = tuple(Target(a, "huggingface", made, files=a.files) for a in artifacts)
    [wanted] = huggingface.wanted(targets, env)
    kit = Kit(targets, env, claim, find(wanted, env), scene.root / "work", scene.root)
    platform = huggingface.make(kit)
    platforms = {"huggingface": platform}
    plans: list[Plan] = []
    notes = Notes()
    world = engine.World(
        manifest=Manifest(made, targets, scene.root),
        platforms=platforms,
        claim=claim,
        journal=journal,
        locked=Locked(),
        build=Builder(platforms, scene.root / "work"),
        watch=notes,
    )

    def release() -> engine.Seen:
        return engine.release(
            world,
            baseline=plans.append,
            approve=lambda plan: None,
            settled=lambda seen: None,
            unchanged=lambda manifest: None,
        )

    seen = release()

    assert not seen.plan
    assert plans[0].ids == {f"{t.name}/{verb}" for t in targets for verb in [*NEW, "collect"]}
    assert sorted(told for what, told in notes.told if what == "finished") == sorted(plans[0].ids)
    assert {link.url for link in seen.plan.links.values()} == {
        f"{scene.endpoint}/rehearsal-user/grass",
        f"{scene.endpoint}/datasets/rehearsal-user/grass",
    }
    repositories = scene.rehearsal.world()["huggingface"]["repositories"]
    assert [(r["private"], len(r["commits"]), len(r["tags"])) for r in repositories] == [
        (False, 2, 1)
    ] * 2
    [collection] = scene.rehearsal.world()["huggingface"]["collections"]
    assert collection["items"] == [
        {"type": "dataset", "id": "rehearsal-user/grass"},
        {"type": "model", "id": "rehearsal-user/grass"},
    ]
    before = scene.changes
    release()
    assert scene.changes == before
    journal.close()


def test_shards_and_many_texts_are_one_commit_and_a_changed_text_is_another(scene: Scene) -> None:
    """Stopped before it is public: the second commit holds the one file, and nothing else."""
    for n in range(3):
        scene.write(f"model-{n + 1:05}-of-00003.safetensors", tensor(bytes([n]) * 70_000))
    for n in range(600):
        scene.write(f"part/{n:03}.txt", b"%03d\n" % n)

    def uploaded() -> list[str]:
        run, done = scene.run(), []
        while (look := run.look()).actions[0].stage < Stage.PUBLISH:
            done.append(look.actions[0].says)
            run.apply(look, look.passable()[0])
        return done

    assert len(uploaded()) == 2
    assert len(scene.truth()["commits"]) == 2
    assert uploaded() == []
    scene.write("part/007.txt", b"xxx\n")
    assert uploaded() == ["commit part/007.txt, still private"]
    assert len(scene.truth()["commits"]) == 3


def test_nothing_is_told_to_anybody_about_this_computer(scene: Scene) -> None:
    released(scene)
    paths = [entry["path"] for entry in scene.rehearsal.world()["log"]]
    assert paths
    assert not [path for path in paths if "telemetry" in path or "harness" in path]


def test_weights_that_are_not_what_their_name_says_are_named_before_anything_is_sent(
    scene: Scene,
) -> None:
    scene.write("model-2.safetensors", b"<html>404</html>")
    [problem] = scene.run().look().problems
    assert problem.severity == "warning"
    assert problem.what == "model-2.safetensors is not a whole .safetensors file."
    run = scene.run()
    [target] = run.manifest().targets
    assert run.platform.unseen(target).broken == ("model-2.safetensors",), "seen offline too"


def test_the_card_tells_the_parameters(scene: Scene) -> None:
    released(scene)
    card = scene.run().platform._client(None).text(REPO, "model", "v1.0.0", "README.md")
    assert "- **Parameters:** 1,280,000 (U8)\n" in card


def test_the_card_of_data_tells_how_many_rows_there_are(scene: Scene) -> None:
    scene.kind = Kind.DATA
    scene.write("train.csv", b"a,b\n" + b"1,2\n" * 1797)
    released(scene)
    card = scene.run().platform._client(None).text(REPO, "dataset", "v1.0.0", "README.md")
    assert "size_categories:\n- 1K<n<10K\n" in card
