"""pubflow from Python: five verbs, the nouns, and errors that say what to do."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from release.conftest import Stage, served, stage, zygote

import pubflow

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = (served, stage, zygote)
VERBS = ("check", "load", "plan", "release", "verify")
NOUNS = [name for name in pubflow.__all__ if name not in VERBS]


@pytest.fixture
def here(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The example in this folder, and the stand-ins in this process's environment."""
    monkeypatch.chdir(stage.folder)
    for name, value in stage.env.items():
        monkeypatch.setenv(name, value)
    return stage


def test_importing_it_loads_nothing_else() -> None:
    code = "import sys, pubflow; print(sorted(m for m in sys.modules if m.startswith('pubflow.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_is_the_one_of_its_module_and_is_explained(noun: str) -> None:
    found = getattr(pubflow, noun)
    assert found is getattr(importlib.import_module(found.__module__), noun)
    assert found.__doc__
    assert noun in dir(pubflow)


def test_type_checkers_and_python_see_the_same_names() -> None:
    tree = ast.parse(inspect.getsource(pubflow))
    shown = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.If)
        for line in node.body
        if isinstance(line, ast.ImportFrom) and str(line.module).startswith("pubflow.")
        for alias in line.names
    }
    assert shown - {"Watch"} == set(NOUNS) == set(pubflow._HOME)


def test_a_name_that_there_is_not_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'publish'"):
        _ = pubflow.publish  # type: ignore[attr-defined]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_stays_a_function_when_the_module_of_its_name_is_imported(verb: str) -> None:
    for name in ("pubflow.load", "pubflow.plan", "pubflow.verify"):
        importlib.import_module(name)
    found = getattr(pubflow, verb)
    assert inspect.isfunction(found)
    assert found.__doc__


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (pubflow.PubflowError("It broke.", hint="Mend it."), 1),
        (pubflow.Blocked([pubflow.Problem("publish.toml:1", "wrong")]), 1),
        (pubflow.Refused("No."), 3),
        (pubflow.PlanGrew("More."), 3),
        (pubflow.Transient("Busy."), 75),
        (pubflow.Interrupted("Stopped."), 130),
    ],
)
def test_every_error_is_one_family_with_a_sentence_and_an_exit_code(
    error: pubflow.PubflowError, code: int
) -> None:
    assert isinstance(error, pubflow.PubflowError)
    assert error.exit_code == code
    assert str(error) == error.what
    assert error.what


def test_the_page_on_the_library_is_true(here: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "library.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    known: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "library.md", "exec"), known)
    said = capsys.readouterr().out
    assert "cannot be undone: " in said
    assert "10.5072/" in said or "10.5281/" in said
    assert "no-such-file.toml" in said


def test_whoever_does_not_approve_keeps_it_private(here: Stage) -> None:
    def no(plan: pubflow.Plan) -> None:
        raise pubflow.Refused("Not today.")

    with pytest.raises(pubflow.Refused, match="Not today"):
        pubflow.release(approve=no)
    world = here.world
    assert all(one["private"] for one in world["huggingface"]["repositories"])
    assert pubflow.plan().at(pubflow.Stage.UPLOAD) == ()


def test_a_paper_under_review_stops_before_anything_is_public(here: Stage) -> None:
    file = here.folder / "publish.toml"
    text = file.read_text("utf-8")
    assert text.count('= "accepted"') == 1
    file.write_text(text.replace('= "accepted"', '= "under-review"'), "utf-8")
    left = pubflow.release(approve=lambda plan: pytest.fail("nobody is asked"))
    assert left.at(pubflow.Stage.PUBLISH, pubflow.Wave.SEAL)


TYPED = """
from pathlib import Path
import pubflow

def approve(plan: pubflow.Plan) -> None: ...

manifest: pubflow.Manifest = pubflow.load(Path("publish.toml"))
ready: bool = pubflow.check().ready
problems: tuple[pubflow.Problem, ...] = pubflow.check(online=True).problems
plan: pubflow.Plan = pubflow.plan(offline=True, hosts=["127.0.0.1:9"])
action: pubflow.Action = next(iter(plan))
left: pubflow.Plan = pubflow.release(approve=approve, until=pubflow.Stage.UPLOAD)
report: pubflow.Report = pubflow.verify(sample=10**9)
wrong: int = pubflow.load()
pubflow.release()
"""


@pytest.mark.slow
def test_a_type_checker_understands_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "typed.py").write_text(TYPED)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(tmp_path / "typed.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    first, second = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert 'expression has type "Manifest", variable has type "int"' in first
    assert 'Missing named argument "approve" for "release"' in second
