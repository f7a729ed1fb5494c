"""Changes that are not committed stop a release; files that git does not know are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from test_commit import checkout, code, git

from pubflow.checks.uncommitted import uncommitted
from pubflow.manifest import Artifact, Kind, Manifest, Paper, Release, Target
from pubflow.platform import Problem

USED = (checkout,)


def of(checkout: Path, below: str = ".", **more: object) -> Manifest:
    """Code at `below`, and weights in `w`."""
    artifacts = (
        code(checkout / below, **more),
        Artifact("weights.w", Kind.WEIGHTS, checkout / "w"),
    )
    release = Release("paper", "1.0.0", "v1.0.0", Paper("Paper", ()), artifacts)
    targets = tuple(Target(artifact, "forge", release) for artifact in artifacts)
    return Manifest(release, targets, checkout)


def told(manifest: Manifest, *, committing: bool = False) -> list[tuple[str, str]]:
    found: list[Problem] = list(uncommitted(manifest, committing=committing))
    return [(problem.severity, problem.what) for problem in found]


def test_a_clean_checkout_has_nothing_to_tell(checkout: Path) -> None:
    assert told(of(checkout)) == []


def test_a_changed_file_is_an_error_and_an_unknown_one_a_warning(checkout: Path) -> None:
    (checkout / "README.md").write_text("# Changed\n")
    (checkout / "notes.txt").write_text("mine\n")

    assert told(of(checkout)) == [
        ("error", "README.md: changed here and not committed."),
        ("warning", "notes.txt: not known to git, so not released."),
    ]


def test_staged_and_deleted_files_count_as_changed(checkout: Path) -> None:
    (checkout / "new.py").write_text("1\n")
    git(checkout, "add", "new.py")
    (checkout / "README.md").unlink()

    assert told(of(checkout)) == [("error", "README.md, new.py: changed here and not committed.")]


def test_pubflow_s_own_files_and_ignored_ones_never_count(checkout: Path) -> None:
    (checkout / ".gitignore").write_text("*.log\n")
    git(checkout, "add", ".gitignore")
    git(checkout, "commit", "-qm", "ignore")
    for name in ("publish.toml", "publish.lock", ".pubflow/journal.db", "run.log"):
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).write_text("1\n")

    assert told(of(checkout)) == []


def test_what_is_released_as_weights_is_not_missed_in_the_code(checkout: Path) -> None:
    (checkout / "w").mkdir()
    (checkout / "w" / "model.bin").write_text("1\n")

    assert told(of(checkout)) == []


def test_what_lies_outside_of_the_code_does_not_count(checkout: Path) -> None:
    (checkout / "README.md").write_text("# Changed\n")
    (checkout / "code" / "more.py").write_text("1\n")

    found = told(of(checkout, "code", history="snapshot"))

    assert found == [("warning", "code/more.py: not known to git, so not released.")]


def test_a_plain_folder_and_code_that_goes_nowhere_have_nothing_to_commit(
    checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.py").write_text("1\n")
    (checkout / "README.md").write_text("# Changed\n")

    assert told(of(tmp_path / "plain")) == []
    assert told(replace(of(checkout), targets=())) == []


def test_who_commits_into_the_checkout_judges_its_changes_himself(checkout: Path) -> None:
    (checkout / "README.md").write_text("# Changed\n")

    assert told(of(checkout), committing=True) == []


def test_many_are_counted(checkout: Path) -> None:
    for n in range(5):
        (checkout / f"{n}.py").write_text("1\n")

    [(_, what)] = told(of(checkout))

    assert what == "0.py, 1.py, 2.py and 2 more: not known to git, so not released."
