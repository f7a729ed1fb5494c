"""The laws, on all three stand-ins together, with pubflow as a real process."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest
from release import truth
from release.conftest import Stage, git


def test_a_plan_changes_nothing_and_says_so_by_its_exit_code(stage: Stage) -> None:
    done = stage.pubflow("plan", "--detailed-exitcode", expect=2)

    assert stage.changes == 0
    assert "From here on nothing can be undone" in done.out
    before, after = done.out.split("From here on nothing can be undone")
    assert "create the private repository" in before
    assert "make pubflow-example/optical-digits public" in before
    assert "push the tag v1.0.0" in after


def test_a_release_is_whole_linked_and_leaves_an_empty_plan(stage: Stage) -> None:
    done = stage.pubflow("release", "--yes")

    truth.released(stage.world, stage.folder)
    for doi in truth.dois(stage.world).values():
        assert doi in done.out
    assert "@software" in done.out
    changes = stage.changes
    assert stage.pubflow("plan", "--detailed-exitcode").code == 0
    stage.pubflow("release", "--yes")
    assert stage.changes == changes


def test_the_changes_done_are_the_changes_planned_action_by_action(stage: Stage) -> None:
    planned = [action["id"] for action in stage.pubflow("plan", "--json").json["actions"]]

    done = stage.pubflow("release", "--yes", "--json")

    assert sorted(done.finished()) == sorted(planned)
    assert len(planned) == len(set(planned))
    assert done.events[-1]["event"] == "done"
    assert done.events[-1]["left"] == []


def test_reserved_dois_are_the_published_ones_and_nothing_is_public_before(stage: Stage) -> None:
    reserved = stage.pubflow("release", "--until", "reserve")
    truth.nothing_public(stage.world)
    dois = truth.dois(stage.world)
    assert len(dois) == 3
    assert all(doi in reserved.out for doi in dois.values())

    stage.pubflow("release", "--until", "upload")
    truth.nothing_public(stage.world)

    stage.pubflow("release", "--yes")
    truth.released(stage.world, stage.folder)
    assert truth.dois(stage.world) == dois


def test_status_tells_what_is_reserved_uploaded_and_out(stage: Stage) -> None:
    for state, *args in (["reserved", "--until", "reserve"], ["uploaded", "--until", "upload"]):
        stage.pubflow("release", *args)
        assert stage.pubflow("status").out.count(f"\n    {state} ") == 6

    stage.pubflow("release", "--yes")
    assert stage.pubflow("status").out.count("\n    published ") == 6


@pytest.mark.parametrize("receipt", [True, False])
def test_without_journal_and_receipt_the_same_is_found_by_looking(
    stage: Stage, receipt: bool
) -> None:
    stage.pubflow("release", "--until", "upload")
    stage.forget(receipt=receipt)
    stage.pubflow("release", "--yes")
    stage.forget(receipt=receipt)

    assert stage.pubflow("plan", "--detailed-exitcode").code == 0
    truth.released(stage.world, stage.folder)


@pytest.mark.usefixtures("released")
def test_the_doi_in_the_citation_file_and_cards_is_that_of_the_record(stage: Stage) -> None:
    dois = truth.dois(stage.world)

    server = stage.env["GITHUB_SERVER_URL"]
    clone = stage.folder.parent / "clone"
    git(stage.folder, "clone", "-q", "-b", "v1.0.0", f"{server}/{truth.REPOSITORY}.git", str(clone))

    citation = (clone / "CITATION.cff").read_text("utf-8")
    assert f"doi: {dois['software']}" in citation
    assert dois["model"] in citation
    assert dois["dataset"] in citation
    assert dois["software"] in (clone / "README.md").read_text("utf-8")


def test_nobody_to_ask_and_no_yes_is_refused_before_the_first_change(stage: Stage) -> None:
    done = stage.pubflow("release", expect=3)

    assert stage.changes == 0
    assert "pubflow release --yes" in done.err


def test_a_paper_under_review_stays_private(stage: Stage) -> None:
    toml = stage.folder / "publish.toml"
    toml.write_text(toml.read_text("utf-8").replace('"accepted"', '"under-review"'), "utf-8")

    done = stage.pubflow("release", "--yes")

    assert "under-review" in done.err
    truth.nothing_public(stage.world)


@pytest.mark.usefixtures("released")
def test_the_next_version_goes_to_the_same_places_under_a_new_doi(stage: Stage) -> None:
    first = {record["id"]: record for record in stage.world["zenodo"]["records"]}
    toml = stage.folder / "publish.toml"
    toml.write_text(toml.read_text("utf-8").replace('"1.0.0"', '"1.1.0"'), "utf-8")
    weights = stage.folder / "docs/example/weights/optical-digits-mlp/config.json"
    weights.write_text(weights.read_text("utf-8") + "\n", "utf-8")

    plan = stage.pubflow("plan", "--json").json
    stage.pubflow("release", "--yes")

    assert not [a for a in plan["actions"] if a["target"].startswith("data.")]
    records = stage.world["zenodo"]["records"]
    new = [record for record in records if record["id"] not in first]
    assert sorted(r["resource_type"] for r in new) == ["model", "software"]
    concepts = {record["concept"] for record in first.values()}
    assert all(r["concept"] in concepts and r["version"] == "1.1.0" for r in new)
    assert stage.pubflow("plan", "--detailed-exitcode").code == 0
    truth.nothing_twice(stage.world)


def test_history_is_kept_and_the_author_s_checkout_untouched(stage: Stage) -> None:
    code = stage.folder.parent / "checkout"
    shutil.copytree(stage.folder / "docs/example/code", code)
    shutil.copytree(stage.folder / "docs/example/data", code / "docs/example/data")
    for name in ("results", "cards", "weights"):
        shutil.copytree(stage.folder / "docs/example" / name, code / "docs/example" / name)
    shutil.copy(stage.folder / "docs/example/abstract.md", code / "docs/example/abstract.md")
    toml = (stage.folder / "publish.toml").read_text("utf-8")
    toml = toml.replace('"docs/example/code"', '"."').replace('"snapshot"', '"full"')
    (code / "publish.toml").write_text(toml, "utf-8")
    git(code, "init", "-q", "-b", "main")
    git(code, "add", "-A")
    git(code, "commit", "-q", "-m", "first")
    (code / "NEWS.md").write_text("news\n")
    git(code, "add", "-A")
    git(code, "commit", "-q", "-m", "second")
    head = git(code, "rev-parse", "HEAD")
    before = _bytes(code / ".git")
    stage.folder = code

    stage.pubflow("release", "--yes")

    assert _bytes(code / ".git") == before
    [repository] = stage.world["github"]["repositories"]
    [tag] = repository["tags"]
    clone = code.parent / "clone"
    server = stage.env["GITHUB_SERVER_URL"]
    git(code, "clone", "-q", f"{server}/{truth.REPOSITORY}.git", str(clone))
    assert git(clone, "rev-parse", "v1.0.0^{commit}") == tag["commit"]
    assert git(clone, "rev-parse", "v1.0.0^{commit}~1") == head
    assert git(clone, "log", "--format=%s", "v1.0.0").splitlines()[1:] == ["second", "first"]
    assert stage.pubflow("plan", "--detailed-exitcode").code == 0


def test_ctrl_c_says_how_to_go_on_and_the_next_run_does(stage: Stage) -> None:
    stage.fault("huggingface", 6, "delay", seconds=3)
    process = stage.start("release", "--yes", "--json")
    assert process.stdout is not None
    for line in process.stdout:
        if "finished" in line:
            break
    done = stage.interrupted(process)

    assert done.code == 130, done.err
    assert "pubflow release" in done.err
    stage.pubflow("release", "--yes")
    truth.released(stage.world, stage.folder)


def test_tokens_appear_in_no_byte_of_output_files_or_pages(stage: Stage) -> None:
    outputs = [
        stage.pubflow("plan").out,
        (done := stage.pubflow("release", "--yes")).out,
        done.err,
        stage.pubflow("status").out,
        str(stage.world),
    ]
    tokens = [stage.env[f"{name}_TOKEN"] for name in ("GITHUB", "HF", "ZENODO")]
    files = [p for p in stage.folder.parent.rglob("*") if p.is_file()]
    for token in tokens:
        assert not [text for text in outputs if token in text]
        assert not [p for p in files if token.encode() in p.read_bytes()]


def test_missing_tokens_are_all_named_at_once(stage: Stage) -> None:
    stage.extra = {"GITHUB_TOKEN": "", "HF_TOKEN": "", "ZENODO_TOKEN": ""}

    done = stage.pubflow("plan", expect=1)

    for name in ("GITHUB_TOKEN", "HF_TOKEN", "ZENODO_TOKEN"):
        assert re.search(rf"export {name}=", done.err)
    assert stage.requests == 0


def test_a_plan_offline_asks_nobody(stage: Stage) -> None:
    stage.extra = {"GITHUB_TOKEN": "", "HF_TOKEN": "", "ZENODO_TOKEN": ""}

    offline = stage.pubflow("plan", "--offline", "--json").json

    assert stage.requests == 0
    stage.extra = {}
    assert [a["id"] for a in offline["actions"]] == [
        a["id"] for a in stage.pubflow("plan", "--json").json["actions"]
    ]


def test_a_file_that_changes_while_it_is_released_stops_the_release(stage: Stage) -> None:
    stage.pubflow("release", "--until", "upload")
    asked = stage.requests
    stage.fault("zenodo", 1, "delay", seconds=2)
    process = stage.start("release", "--yes")
    while stage.requests == asked:  # The manifest is read and hashed before the first look.
        assert process.poll() is None
        time.sleep(0.02)
    weights = stage.folder / "docs/example/weights/optical-digits-mlp/config.json"
    weights.write_text("{}", "utf-8")
    _, err = process.communicate(timeout=60)

    assert process.returncode == 1, err
    assert "config.json changed since the release was planned" in err
    truth.nothing_public(stage.world)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
