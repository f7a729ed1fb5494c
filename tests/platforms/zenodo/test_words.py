"""Words that an instance's own lists lack: named in the plan, before anything is made."""

from __future__ import annotations

from dataclasses import replace

from platforms.zenodo.scene import Scene
from platforms.zenodo.test_record import a_target

from pubflow.links import Links
from pubflow.manifest import Person, Target
from pubflow.platform import Problem
from pubflow.platforms.zenodo.diff import diff
from pubflow.platforms.zenodo.record import questions, relation_questions
from pubflow.platforms.zenodo.state import ZenodoState

ELSEWHERE = "https://rdm.example"
JANE = Person("Jane", "Doe", roles=("data-curation",))


def problems(target: Target, *lacks: str, base: str = ELSEWHERE) -> list[Problem]:
    asked = {*questions(target), *relation_questions(target)}
    there = frozenset(name for name in asked if name.rpartition("/")[2] not in lacks)
    state = ZenodoState(base, known=there, lacking=frozenset(asked) - there)
    found = diff(target, state, Links({}))
    return [item for item in found if isinstance(item, Problem)]


def test_a_relation_that_the_instance_lacks_stops_the_plan_by_name() -> None:
    [problem] = problems(a_target(), "issupplementto")

    assert problem.severity == "error"
    assert problem.what == "rdm.example has no relation issupplementto"
    assert "relationtypes" in problem.hint
    assert problems(a_target()) == []


def test_where_nobody_looked_nothing_lacks() -> None:
    target = replace(a_target(), settings={"contributors": (JANE,)})

    found = diff(target, ZenodoState(ELSEWHERE), Links({}))

    assert not [item for item in found if isinstance(item, Problem)]


def test_zenodo_is_not_asked_for_relations_as_it_has_them_all() -> None:
    assert problems(a_target(), "issupplementto", base="https://zenodo.org") == []


def test_a_role_that_the_instance_lacks_is_noted_with_whom_it_was_for() -> None:
    target = replace(a_target(), settings={"contributors": (JANE,)})

    [note] = problems(target, "datacurator")

    assert (note.severity, note.what) == (
        "note",
        "rdm.example has no contributors' role datacurator",
    )
    assert "Jane Doe is named there with the role other" in note.why
    assert problems(target) == []


def test_where_even_the_role_other_lacks_the_plan_stops() -> None:
    target = replace(a_target(), settings={"contributors": (JANE,)})

    [problem] = problems(target, "datacurator", "other")

    assert (problem.severity, problem.what) == (
        "error",
        "rdm.example has no contributors' role other",
    )


def test_the_words_are_looked_up_where_the_release_goes(instance: Scene) -> None:
    scene = instance
    manifest = scene.manifest(scene.code(), scene.data(), contributors=(JANE,))

    assert not scene.plan(manifest).plan.problems

    asked = {entry["path"].partition("/vocabularies/")[2] for entry in scene.log.shown()}
    assert {"contributorsroles/datacurator", "relationtypes/isidenticalto"} <= asked
