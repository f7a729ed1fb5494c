"""The simulated world: it releases, it repeats itself, and it is the stand-ins' own."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from shelf import Notes

from pubflow import lockfile
from pubflow.assemble import open_release
from pubflow.platforms.huggingface.api import Api
from pubflow.rehearsal import Rehearsal
from simulation import (
    SCENARIOS,
    Call,
    Case,
    Outcome,
    Sitting,
    World,
    boundaries,
    forget,
    play,
)
from simulation.faults import ANSWERS, APPLIED, DEADLY, KINDS, SENT, Fault
from simulation.hub import HubWire
from simulation.places import BASES, Told
from simulation.project import project
from simulation.pubflowed import Apis
from simulation.run import Run
from simulation.wires import parsed
from simulation.world import the_places


def story(outcome: Outcome) -> str:
    return "\n".join(outcome.lines())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_ends_released_and_a_second_run_changes_nothing(scenario: str) -> None:
    outcome = play(Case(scenario))

    assert [end.code for end in outcome.exits] == [0, 0], story(outcome)
    assert outcome.released
    assert outcome.exits[0].changes > 0
    assert outcome.exits[1].changes == 0
    assert all(record["published"] for record in outcome.world.truth()["zenodo"]["records"])


CASES = (
    "first | 40!killed-applied | -journal -receipt",
    "next | 30!silent-applied 90!killed | -journal",
    "first lag=8 | 38!error-applied",
    "alone lag=40 | 9!killed-applied | -journal",
    "register | runs=2 turns=0:40,1:25,0:3,1:60",
    "first | runs=2 turns=0:90,1:200 1.120!killed",
    "public | 60!expired | 20!busy 30!refused",
    "first | 150!changed",
    "first | 140!corrupted 150!cut",
)


@pytest.mark.parametrize("name", CASES)
def test_a_case_played_twice_is_the_same_to_the_last_line(name: str) -> None:
    case = Case.of(name)
    assert str(case) == name

    assert story(play(case, fresh=True)) == story(play(case, fresh=True))


@pytest.mark.parametrize("name", CASES)
def test_what_cases_share_is_what_each_would_have_played_alone(name: str) -> None:
    """With deaths taken out of one trace, and with every boundary played from the start."""
    shared, alone = play(Case.of(name)), play(Case.of(name), fresh=True)

    assert story(shared) == story(alone)
    assert shared.world.truth() == alone.world.truth()
    assert shared.world.homes == alone.world.homes


@pytest.mark.parametrize("at", range(0, 300, 23))
@pytest.mark.parametrize("kind", DEADLY)
def test_a_death_out_of_a_trace_is_the_death_itself(at: int, kind: str) -> None:
    case = Case("first", (Sitting((Fault(at, kind),)),))

    assert story(play(case)) == story(play(case, fresh=True))


def test_every_kind_of_fault_has_a_boundary_where_it_makes_sense() -> None:
    kinds = {kind for boundary in boundaries("first") for kind in boundary.kinds}

    assert kinds == set(KINDS)
    assert set(DEADLY) | set(ANSWERS) | set(APPLIED) | set(SENT) < kinds


def test_after_its_death_a_run_changes_nothing_any_more() -> None:
    seen: list[Call] = []
    play(Case.of("first | 60!killed"), lambda call, world: seen.append(call), fresh=True)
    first = [call for call in seen if call.sitting == 0]

    assert first
    assert max(call.index for call in first) <= 60


def test_who_watches_sees_the_world_as_it_is_at_that_moment() -> None:
    public: list[bool] = []

    def watch(call: Call, world: World) -> None:
        public.append(any(r["published"] for r in world.truth()["zenodo"]["records"]))

    outcome = play(Case("first"), watch, fresh=True)

    assert public == sorted(public)
    assert public.count(True) < 30 < public.count(False)
    changes = sum(call.applied or call.sort != "call" for call in outcome.history)
    assert len(public) == changes


def test_nothing_that_is_shared_was_written_to() -> None:
    """Answers are read once and given to many."""
    forget()
    play(Case("first"), fresh=True)
    told = {
        id(answer): answer
        for place in the_places().values()
        for held in place.remembered
        for _, answer in held.memo.values()
    }
    read = [answer for answer in told.values() if _is_read(answer)]

    assert len(read) > 100
    for answer in read:
        assert answer.json() == json.loads(answer.content)
        if isinstance(answer.json(), dict | list):
            assert parsed(answer.text) == json.loads(answer.content)


def _is_read(answer: Told) -> bool:
    return hasattr(answer, "_parsed")


def test_the_receipt_in_memory_is_what_publish_lock_would_say(tmp_path: Path) -> None:
    [home] = play(Case("first")).world.homes
    [version] = home.receipt
    path = tmp_path / "publish.lock"
    lockfile.write(path, home.identity, version, home.receipt[version])

    assert lockfile.read(path) == lockfile.Locked(home.identity, home.receipt)


def test_every_call_to_the_hub_is_answered() -> None:
    wanted = {name for name in vars(Api) if not name.startswith("_")}

    assert wanted <= set(vars(HubWire))


def test_a_script_of_ones_own_is_played_with_the_same_faults() -> None:
    def script(run: Run, paper: Any) -> None:
        run.note("begun", lambda home: None)
        Apis(run).zenodo.create({"metadata": {"title": paper.manifest.release.paper.title}})

    outcome = play(Case.of("alone | 1!killed-applied"), doing=script)

    assert [end.code for end in outcome.exits] == [-9, 0, 0]
    assert len(outcome.world.truth()["zenodo"]["records"]) == 3


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Outcome]:
    """The same paper, released over real sockets and in the simulation at the same addresses."""
    paper = project()
    with Rehearsal.start() as served:
        env = dict(served.env)
        home = tmp_path_factory.mktemp("home")
        today = date(2026, 11, 20)
        with open_release(
            paper.root / "publish.toml",
            env=env,
            watch=Notes(),
            jobs=1,
            home=home,
            today=lambda: today,
        ) as opened:
            opened.release(baseline=lambda plan: None, approve=lambda plan: None)
        world = served.world()
    before = dict(BASES)
    BASES["github"], BASES["git"] = env["GITHUB_API_URL"], env["GITHUB_SERVER_URL"]
    BASES["huggingface"], BASES["zenodo"] = env["HF_ENDPOINT"], env["ZENODO_URL"]
    forget()
    try:
        played = play(Case("first"))
    finally:
        BASES.update(before)
        forget()
    return world, played


def _timeless(world: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on the hour, which names the Hub's commits, nor on the run, which the
    claim names."""
    told = json.loads(json.dumps({k: v for k, v in world.items() if k != "log"}))
    for repository in told["huggingface"]["repositories"]:
        names = {commit["oid"]: commit["title"] for commit in repository["commits"]}
        for commit in repository["commits"]:
            del commit["oid"]
            commit["parent"] = names.get(commit["parent"])
        for ref in (*repository["tags"], *repository["branches"]):
            ref["commit"] = names[ref["commit"]]
    for repository in told["github"]["repositories"]:
        assert list(repository.pop("refs")) == ["refs/pubflow/1.0.0"]
    return told


def test_the_simulated_world_ends_as_the_real_one(both: tuple[dict[str, Any], Outcome]) -> None:
    world, outcome = both

    assert outcome.released
    assert _timeless(outcome.world.truth()) == _timeless(world)


def test_the_same_changes_are_made_in_the_same_order(both: tuple[dict[str, Any], Outcome]) -> None:
    """Request by request: so kills and faults meet the same boundaries."""
    world, outcome = both
    real = [(e["method"], _bare(e["path"])) for e in world["log"] if e["change"]]
    ours = [(c.method, _bare(c.path)) for c in outcome.history if c.applied]

    assert ours == real


@pytest.mark.parametrize("platform", ["github", "zenodo"])
def test_the_same_questions_are_asked_too(
    both: tuple[dict[str, Any], Outcome], platform: str
) -> None:
    """But for git's own, which asks without a token first and then in a language of its own."""
    world, outcome = both
    log = [e for e in world["log"] if e["platform"] == platform]
    real = [(e["method"], _bare(e["path"]), e["status"]) for e in log]
    calls = [c for c in outcome.history if c.platform == platform and c.sitting == 0]
    ours = [(c.method, _bare(c.path), c.status) for c in calls]

    assert [e for e in ours if ".git/" not in e[1]] == [e for e in real if ".git/" not in e[1]]


def _bare(path: str) -> str:
    """Without the query, and without the name of a commit of the Hub's."""
    return re.sub("[0-9a-f]{40}", "commit", path.partition("?")[0])
