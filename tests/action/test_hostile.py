"""Names that are programs, commands or markup: nothing is executed, nothing is forged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from action.conftest import Lab, paper
from release.conftest import Stage, git

from pubflow.rehearsal import Rehearsal

TITLE = (
    "::set-output name=doi::10.1/forged ##[error]forged $(touch forged) `touch forged`"
    " '; touch forged; ' \\\" ${{ github.token }} <img src=x> | %0A::error::forged"
)
FILE = "::error::forged $(touch forged) `touch forged` ##[set-env name=A]b.csv"
FOLDER = "a'b $(touch forged) `touch forged`; touch forged #${{ x }}"


@pytest.fixture
def hostile(served: Rehearsal, tmp_path: Path, clone: Path) -> Lab:
    def change(text: str) -> str:
        title = "Honest Splits for Small Handwritten Digits"
        assert title in text
        return text.replace(title, TITLE)

    outer = tmp_path / "paper"
    inner = paper(outer / FOLDER, change)
    (inner / "docs/example/data/optical-digits" / FILE).write_text("a\n1\n", "utf-8")
    git(inner, "checkout", "-q", "-b", "x;touch${IFS}forged;`touch${IFS}forged`")
    git(inner, "add", "-A")
    git(inner, "commit", "-q", "-m", "hostile")
    stage = Stage(served, inner)
    stage.post("/reset", {})
    return Lab(stage, clone)


def test_nothing_is_executed_and_nothing_is_forged(hostile: Lab) -> None:
    job = hostile.checked_out(event="push", ref="refs/heads/x;touch${IFS}forged")
    folder = job.workspace / FOLDER
    folder.mkdir()
    for path in [p for p in job.workspace.iterdir() if p not in (folder, job.workspace / ".git")]:
        path.rename(folder / path.name)
    job.workspace.joinpath(".git").rename(folder / ".git")

    planned = job.act(
        hostile.tokens, command="plan", working_directory=FOLDER, plan=f"{job.temp}/{FOLDER}.json"
    )
    released = job.act(
        hostile.tokens,
        command="release",
        manifest=f"{FOLDER}/publish.toml",
        until="reserve",
        plan=f"{job.temp}/{FOLDER}.json",
    )

    assert (planned.code, released.code) == (0, 0), planned.log + released.log
    assert not list(hostile.paper.parent.parent.rglob("forged"))
    for done in (planned, released):
        told = [c for c in done.commands if c.name not in ("notice", "warning", "error")]
        assert not told, done.log
        assert "forged" not in done.outputs.get("doi", "")
        assert not {"error"} & {c.name for c in done.commands if c.data == "forged"}
        assert "<img" not in done.summary
    assert "set-output" in planned.log
    kept = json.loads(Path(f"{job.temp}/{FOLDER}.json").read_text("utf-8"))
    assert kept["plan"]["release"]["title"].startswith("::set-output")
    links = json.loads(planned.outputs["links"])
    assert set(planned.outputs) >= {"doi", "links", "plan"}
    assert all("forged" not in str(link) for link in links.values())
