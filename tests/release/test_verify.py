"""`pubflow verify`: green after a release, and every later change found and named."""

from __future__ import annotations

import shutil
import urllib.error
from dataclasses import dataclass
from typing import Any

import pytest
from release import truth
from release.conftest import Done, Stage

from pubflow.rehearsal import tamper

WEIGHTS = "weights.optical-digits-mlp"
DATA = "data.optical-digits"


def records(stage: Stage) -> dict[str, str]:
    """Resource type -> record id."""
    return {r["resource_type"]: r["id"] for r in stage.world["zenodo"]["records"]}


def problems(done: Done) -> list[dict[str, Any]]:
    return [p for p in done.json["problems"] if p["severity"] == "error"]


def test_after_a_release_everything_is_as_it_should_be(stage: Stage) -> None:
    stage.pubflow("release", "--yes")
    before = stage.changes

    done = stage.pubflow("verify", "--json")

    assert stage.changes == before
    assert done.json["ok"]
    assert (done.json["pages"], done.json["files"]) == (6, 13)
    for row in done.json["matrix"].values():
        assert False not in row.values()
        assert sum(cell is True for cell in row.values()) == 3
    assert [p["severity"] for p in done.json["problems"]] == ["note"]
    said = stage.pubflow("verify").out
    assert "All as it was released: 6 pages, 13 files" in said


@pytest.mark.usefixtures("released")
def test_no_token_is_sent_and_none_is_needed(stage: Stage) -> None:
    stage.extra |= {"GITHUB_TOKEN": "", "HF_TOKEN": "", "ZENODO_TOKEN": ""}

    stage.pubflow("verify")


def test_a_reserved_release_cannot_be_seen_by_a_stranger(stage: Stage) -> None:
    stage.pubflow("release", "--until", "reserve")

    done = stage.pubflow("verify")

    assert "reserved and not released yet" in done.out
    assert "Nothing of it is public yet" in done.out


def test_without_a_receipt_it_says_where_to_get_one(stage: Stage) -> None:
    done = stage.pubflow("verify", expect=1)

    assert "git checkout publish.lock" in done.err
    told = stage.pubflow("verify", "--json", expect=1).json
    assert (told["ok"], len(told["problems"])) == (False, 1)


@pytest.mark.usefixtures("released")
def test_many_changes_at_once_are_all_named(stage: Stage) -> None:
    zenodo = records(stage)
    for platform, kind, name, more in (
        ("zenodo", "byte-changed", zenodo["dataset"], {"file": "train.csv"}),
        ("zenodo", "file-removed", zenodo["model"], {"file": "config.json"}),
        ("zenodo", "author-renamed", zenodo["dataset"], {"value": "Carbury"}),
        ("zenodo", "doi-missing", zenodo["model"], {}),
        ("zenodo", "licence-gone", zenodo["software"], {}),
        ("zenodo", "title-changed", zenodo["software"], {"value": "Another code"}),
        ("zenodo", "version-changed", zenodo["software"], {}),
        ("huggingface", "text-edited", truth.MODEL, {}),
        ("huggingface", "tag-removed", truth.MODEL, {}),
        ("huggingface", "visibility-off", truth.REPOSITORY, {}),
        ("github", "tag-moved", truth.REPOSITORY, {}),
        ("github", "link-removed", truth.REPOSITORY, {}),
    ):
        stage.post("/tamper", {"platform": platform, "kind": kind, "name": name, **more})

    done = stage.pubflow("verify", "--json", expect=1)

    assert done.err == ""
    found = {(p["where"], p["what"]) for p in problems(done)}

    def said(where: str, *words: str) -> bool:
        return any(place == where and all(w in what for w in words) for place, what in found)

    assert said(f"{DATA}@zenodo", "train.csv", "not the file that was released")
    assert said(f"{WEIGHTS}@zenodo", "config.json is not in the record")
    assert said(f"{DATA}@zenodo", "Josiah Carbury", "Josiah Carberry")
    assert said(f"{WEIGHTS}@zenodo", "no DOI any more")
    assert said("code@zenodo", "names no licence any more", "apache-2.0")
    assert said("code@zenodo", "title", "Another code")
    assert said("code@zenodo", "version", "9.9.9", "1.0.0")
    assert said(f"{WEIGHTS}@huggingface", "card", "edited")
    assert said(f"{WEIGHTS}@huggingface", "no tag v1.0.0")
    assert said(f"{DATA}@huggingface", "cannot be seen by a stranger")
    assert said("code@github", "tag v1.0.0 is")
    assert said("code@github", "does not link to", f"{WEIGHTS}@huggingface")
    assert all(p["hint"] or p["why"] for p in problems(done))


@dataclass(frozen=True)
class Alone:
    """One tampering at one target, and the words of which all must be in what is said of it."""

    platform: str
    kind: str
    of: str
    """`code`, `weights` or `data`."""
    words: tuple[str, ...]
    file: str = ""
    value: str = ""
    severity: str = "error"

    @property
    def where(self) -> str:
        return f"{ {'code': 'code', 'weights': WEIGHTS, 'data': DATA}[self.of] }@{self.platform}"

    def order(self, stage: Stage) -> dict[str, str]:
        names = {"code": truth.REPOSITORY, "weights": truth.MODEL, "data": truth.REPOSITORY}
        if self.platform == "zenodo":
            types = {"code": "software", "weights": "model", "data": "dataset"}
            name = records(stage)[types[self.of]]
        else:
            name = names[self.of]
        own = {"platform": self.platform, "kind": self.kind, "name": name}
        return own | {k: v for k in ("file", "value") if (v := getattr(self, k))}


ALONE = (
    Alone("github", "byte-changed", "code", ("not the file that was released",)),
    Alone("github", "file-removed", "code", ("SHA256SUMS is not in",), file="SHA256SUMS"),
    Alone("github", "licence-gone", "code", ("licence file LICENSE is gone",)),
    Alone("github", "link-removed", "code", ("does not link to", WEIGHTS)),
    Alone("github", "link-dead", "code", ("answers 404 to a stranger",)),
    Alone("github", "visibility-off", "code", ("answers 404 to a stranger",)),
    Alone("github", "tag-moved", "code", ("tag v1.0.0 is",)),
    Alone("github", "tag-removed", "code", ("There is no tag v1.0.0",)),
    Alone("github", "release-gone", "code", ("no public release v1.0.0",)),
    Alone("github", "renamed", "code", ("is now called", "elsewhere"), value="elsewhere"),
    Alone("huggingface", "byte-changed", "weights", ("not the file",)),
    Alone("huggingface", "file-removed", "data", ("is not in",)),
    Alone("huggingface", "text-edited", "weights", ("card", "edited")),
    Alone("huggingface", "licence-gone", "data", ("no licence",)),
    Alone("huggingface", "link-removed", "weights", ("does not link to",)),
    Alone("huggingface", "link-dead", "data", ("cannot be seen by a stranger",)),
    Alone("huggingface", "visibility-off", "weights", ("cannot be seen by a stranger",)),
    Alone("huggingface", "tag-moved", "data", ("The tag v1.0.0",)),
    Alone("huggingface", "tag-removed", "weights", ("no tag v1.0.0",)),
    Alone("huggingface", "renamed", "data", ("is now called",)),
    Alone("huggingface", "author-renamed", "weights", ("authors",)),
    Alone("huggingface", "title-changed", "data", ("title", "Another title")),
    Alone("huggingface", "version-changed", "weights", ("version", "9.9.9")),
    Alone("zenodo", "byte-changed", "data", ("not the file that was released",)),
    Alone("zenodo", "file-removed", "weights", ("config.json is not in",), file="config.json"),
    Alone("zenodo", "text-edited", "code", ("description",)),
    Alone("zenodo", "licence-gone", "data", ("names no licence any more", "cc-by-4.0")),
    Alone("zenodo", "link-removed", "weights", ("does not link to",)),
    Alone("zenodo", "link-dead", "data", ("cannot be read without a token",)),
    Alone("zenodo", "visibility-off", "weights", ("were to be public",)),
    Alone("zenodo", "doi-missing", "code", ("no DOI any more",)),
    Alone("zenodo", "author-renamed", "data", ("authors", "Carbury"), value="Carbury"),
    Alone("zenodo", "title-changed", "weights", ("title", "Another title")),
    Alone("zenodo", "version-changed", "code", ("version", "9.9.9", "1.0.0")),
    Alone("zenodo", "date-changed", "weights", ("date", "1999-12-31")),
)


def rounds() -> list[list[Alone]]:
    """The tamperings in as few releases as it takes, no target twice in one."""
    found: list[list[Alone]] = []
    for case in ALONE:
        free = [one for one in found if case.where not in {other.where for other in one}]
        if free:
            free[0].append(case)
        else:
            found.append([case])
    return found


@pytest.mark.usefixtures("released")
@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(rounds())))
def test_each_change_alone_at_its_target_is_found_and_named(stage: Stage, number: int) -> None:
    cases = rounds()[number]
    for order in [case.order(stage) for case in cases]:
        stage.post("/tamper", order)

    done = stage.pubflow("verify", "--json", expect=1)

    unseen = []
    for case in cases:
        told = [p for p in done.json["problems"] if p["where"] == case.where]
        said = [p["what"] for p in told if p["severity"] == case.severity]
        if not any(all(word in what for word in case.words) for what in said):
            unseen.append((case.platform, case.kind, told))
    assert unseen == []


@pytest.mark.usefixtures("released")
@pytest.mark.slow
def test_every_kind_that_can_happen_on_a_platform_is_tried_alone(stage: Stage) -> None:
    tried = {(case.platform, case.kind) for case in ALONE} | {("github", "text-edited")}
    for platform in ("github", "huggingface", "zenodo"):
        for kind in tamper.KINDS:
            if (platform, kind) in tried:
                continue
            with pytest.raises(urllib.error.HTTPError) as refused:
                stage.post("/tamper", {"platform": platform, "kind": kind})
            assert b"cannot happen on" in refused.value.read()


@pytest.mark.usefixtures("released")
def test_a_file_changed_here_afterwards_does_not_make_the_release_wrong(stage: Stage) -> None:
    path = stage.folder / "docs/example/weights/optical-digits-mlp/config.json"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")

    done = stage.pubflow("verify", "--json")

    assert {p["severity"] for p in done.json["problems"]} == {"note", "warning"}
    assert any("config.json here is not the file" in p["what"] for p in done.json["problems"])


@pytest.mark.usefixtures("released")
def test_a_version_that_is_not_out_yet_leaves_the_last_one_to_be_verified(stage: Stage) -> None:
    toml = stage.folder / "publish.toml"
    toml.write_text(toml.read_text("utf-8").replace('"1.0.0"', '"1.1.0"'), "utf-8")

    done = stage.pubflow("verify", "--json")

    assert done.json["release"]["version"] == "1.0.0"
    assert any("1.1.0 is not released yet" in p["what"] for p in done.json["problems"])


@pytest.mark.usefixtures("released")
def test_what_an_earlier_version_released_is_compared_with_that(stage: Stage) -> None:
    toml = stage.folder / "publish.toml"
    toml.write_text(toml.read_text("utf-8").replace('"1.0.0"', '"1.1.0"'), "utf-8")
    path = stage.folder / "docs/example/weights/optical-digits-mlp/config.json"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    stage.pubflow("release", "--yes")

    done = stage.pubflow("verify", "--json", expect=None)

    assert [p for p in done.json["problems"] if p["severity"] == "error"] == []


@pytest.mark.usefixtures("released")
def test_a_receipt_that_was_written_anew_on_another_computer_finds_the_tag_in_its_place(
    stage: Stage,
) -> None:
    stage.forget()
    stage.pubflow("release", "--yes")

    done = stage.pubflow("verify", "--json")

    assert problems(done) == []


@pytest.mark.usefixtures("released")
def test_a_lost_receipt_makes_nothing_false_of_what_an_earlier_version_released(
    stage: Stage,
) -> None:
    first = (stage.folder / "publish.lock").read_text("utf-8")
    stage.forget()
    toml = stage.folder / "publish.toml"
    toml.write_text(toml.read_text("utf-8").replace('"1.0.0"', '"1.1.0"'), "utf-8")
    path = stage.folder / "docs/example/weights/optical-digits-mlp/config.json"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    stage.pubflow("release", "--yes")

    done = stage.pubflow("verify", "--json")

    told = {(p["where"], p["severity"]): p["what"] for p in done.json["problems"]}
    copies = {f"{DATA}@zenodo", f"{DATA}@huggingface"}
    assert {where for where, _ in told} == {*copies, "links"}
    assert all((where, "note") in told for where in copies)
    assert "unchanged since 1.0.0" in told[f"{DATA}@zenodo", "note"]
    # What can be compared still is.
    for kind, more in (
        ("byte-changed", {"file": "train.csv"}),
        ("title-changed", {"value": "Another title"}),
        ("version-changed", {}),
    ):
        order = {"platform": "zenodo", "kind": kind, "name": records(stage)["dataset"], **more}
        stage.post("/tamper", order)
    found = problems(stage.pubflow("verify", "--json", expect=1))
    assert {p["where"] for p in found} == {f"{DATA}@zenodo"}
    for words in ("train.csv", "Another title", "9.9.9"):
        assert any(words in p["what"] for p in found)
    # As the hint says: with the receipt that knew 1.0.0, all is compared.
    (stage.folder / "publish.lock").write_text(first, "utf-8")
    stage.pubflow("release", "--yes")
    notes = stage.pubflow("verify", "--json", expect=1).json["problems"]
    assert not any("unchanged since" in p["what"] for p in notes)


def test_a_target_that_is_not_there_is_answered_with_those_that_are(stage: Stage) -> None:
    stage.pubflow("release", "--until", "reserve")

    done = stage.pubflow("verify", "--only", "code@nowhere", expect=1)

    assert "There is no target code@nowhere" in done.err
    assert "code@github, code@zenodo, data.optical-digits@huggingface" in " ".join(done.err.split())


def test_a_large_file_can_be_sampled(stage: Stage) -> None:
    weights = stage.folder / "docs/example/weights/optical-digits-mlp"
    (weights / "large.bin").write_bytes(bytes(range(256)) * 20_000)
    stage.pubflow("release", "--yes")
    whole = stage.pubflow("verify", "--json", "--only", f"{WEIGHTS}@zenodo").json

    done = stage.pubflow("verify", "--json", "--only", f"{WEIGHTS}@zenodo", "--sample", "1MB").json

    assert done["ok"]
    # A server that sends no parts is heard to the end of the first one.
    assert whole["bytes"] - done["bytes"] in (256 * 20_000 - (1 << 20), 256 * 20_000 - (2 << 20))


def test_the_control_address_refuses_what_it_does_not_know(stage: Stage) -> None:
    for order in ({"platform": "zenodo", "kind": "melted"}, {"platform": "x"}, [], {"where": "a"}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            stage.post("/tamper", order)
        assert refused.value.code == 400


@pytest.mark.usefixtures("released")
def test_a_clone_without_the_large_files_can_verify(stage: Stage) -> None:
    for name in ("weights", "data"):
        for path in (stage.folder / "docs/example" / name).iterdir():
            shutil.rmtree(path)

    done = stage.pubflow("verify", "--json")

    assert done.json["ok"]
    assert (done.json["pages"], done.json["files"]) == (6, 13)
    record = records(stage)["dataset"]
    order = {"platform": "zenodo", "kind": "byte-changed", "name": record, "file": "train.csv"}
    stage.post("/tamper", order)
    assert any(
        "train.csv" in p["what"] for p in problems(stage.pubflow("verify", "--json", expect=1))
    )
    assert stage.pubflow("plan", expect=1).err


@pytest.mark.usefixtures("released")
def test_a_busy_server_is_no_drift(stage: Stage) -> None:
    for platform in ("github", "huggingface", "zenodo"):
        stage.fault(platform, 1, "500")
        stage.fault(platform, 3, "cut-before")

    assert stage.pubflow("verify", "--json").json["ok"]


def test_a_gated_repository_is_read_as_far_as_a_stranger_can(stage: Stage) -> None:
    toml = stage.folder / "publish.toml"
    gate = f'\n[{WEIGHTS}.target.huggingface]\ngated = "manual"\n'
    toml.write_text(toml.read_text("utf-8") + gate, "utf-8")
    stage.pubflow("release", "--yes")

    done = stage.pubflow("verify", "--json")

    assert any("as intended: readers ask" in p["what"] for p in done.json["problems"])
    row = done.json["matrix"][f"{WEIGHTS}@huggingface"]
    assert [row[key] for key in ("code", WEIGHTS, DATA)] == [True, True, True]
