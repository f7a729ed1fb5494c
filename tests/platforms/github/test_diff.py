"""Each file in `cases/` is one situation: what was seen, and what is left to do."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pubflow.actions import Action, Stage
from pubflow.commit.cargo import Cargo
from pubflow.links import Links
from pubflow.manifest import (
    Artifact,
    File,
    Kind,
    License,
    Paper,
    Person,
    Release,
    Revision,
    Target,
)
from pubflow.platform import Problem
from pubflow.platforms.github import texts
from pubflow.platforms.github.diff import MAX_ASSET, check, diff
from pubflow.platforms.github.state import Around, Asset, GitHubState, Ours, Repository, Tag, Token
from pubflow.platforms.github.state import Release as Seen
from pubflow.platforms.github.undoing import left, undo

CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))
CODE = Artifact("code", Kind.CODE, Path(), title="Digits", license=License("MIT"))
PAPER = Paper(
    "Reading digits",
    (Person(given="Ada", family="Lovelace"),),
    url="https://example.org/paper",
    keywords=("Digits",),
)
RELEASE = Release("digits", "1.0.0", "v1.0.0", PAPER, (CODE,))
FILE = File("digits.tar", 5, "d" * 64)
TARGET = Target(
    CODE,
    "github",
    RELEASE,
    {"repo": "utopia-lab/digits"},
    (FILE,),
    Revision("c" * 40, "f" * 40, "e" * 40, "main", Path()),
)


def state_of(seen: dict[str, Any], target: Target) -> GitHubState:
    given = dict(seen)
    if "repository" in given:
        words = given["repository"]
        topics = tuple(words.pop("topics", ()))
        given["repository"] = Repository(**words, topics=topics)
    if "tag" in given:
        given["tag"] = Tag(**given["tag"])
    if "release" in given:
        words = given["release"]
        assets = tuple(Asset(**asset) for asset in words.pop("assets", ()))
        given["release"] = Seen(**words, assets=assets)
        if words["body"] == "{body}":
            links = Links({target.name: GitHubState("utopia-lab/digits").link})
            body = texts.body(target, links)
            given["release"] = replace(given["release"], body=body)
    ours = dict(given.get("ours", {}))
    ours["cargo"] = Cargo(**ours.get("cargo", {}))
    given["ours"] = Ours(**ours)
    if "token" in given:
        words = given["token"]
        scopes = frozenset(words["scopes"]) if "scopes" in words else None
        given["token"] = Token(words.get("kind", ""), scopes)
    given["around"] = Around(**given.get("around", {}))
    for key in ("commits", "strays"):
        given[key] = tuple(given.get(key, ()))
    return GitHubState("utopia-lab/digits", **given)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_diff(path: Path) -> None:
    case = tomllib.loads(path.read_text("utf-8"))
    target = replace(TARGET, settings={**TARGET.settings, **case.get("settings", {})})
    state = state_of(case.get("state", {}), target)
    links = Links({target.name: state.link})

    found = list(diff(target, state, links))

    actions = [item for item in found if isinstance(item, Action)]
    actions.sort(key=lambda action: (action.stage, action.wave or 0))
    assert [
        {"id": action.id.partition("/")[2], "says": action.says} for action in actions
    ] == case.get("expect", [])
    problems = [item for item in found if isinstance(item, Problem)]
    errors = [problem.what for problem in problems if problem.severity == "error"]
    assert errors == case.get("errors", [])
    warnings = [problem.what for problem in problems if problem.severity == "warning"]
    assert warnings == case.get("warnings", warnings)
    notes = [problem.what for problem in problems if problem.severity == "note"]
    assert notes == case.get("notes", notes)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_nothing_that_a_stranger_can_see_comes_before_publish(path: Path) -> None:
    case = tomllib.loads(path.read_text("utf-8"))
    state = state_of(case.get("state", {}), TARGET)
    public = state.repository is not None and not state.repository.private

    for item in diff(TARGET, state, Links({TARGET.name: state.link})):
        if isinstance(item, Action) and public and item.verb in {"describe", "commit", "push"}:
            assert item.stage is Stage.PUBLISH
        if isinstance(item, Action) and item.verb in {"open", "publish", "push"}:
            assert item.stage is Stage.PUBLISH


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_promised_before_the_build_covers_what_is_left_after_it(path: Path) -> None:
    """A plan may shrink once files are made, but never grow."""
    case = tomllib.loads(path.read_text("utf-8"))
    state = state_of(case.get("state", {}), TARGET)
    promised = replace(TARGET, files=(File(FILE.name),), revision=None)

    def ids(target: Target, links: Links) -> set[str]:
        return {item.id for item in diff(target, state, links) if isinstance(item, Action)}

    early = ids(promised, Links({TARGET.name: state.link, "data.x@y": None}))
    assert ids(TARGET, Links({TARGET.name: state.link})) <= early


PRIVATE = Repository(1, "o/r")
DRAFT = GitHubState(
    "o/r", repository=PRIVATE, release=Seen(7, "v1.0.0"), settled=True, strays=(9,), begun=True
)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (GitHubState("o/r"), []),
        (DRAFT, ["discard/7", "discard/9", "discard/claim"]),
        (replace(DRAFT, made=True), ["discard/7", "discard/9", "discard/claim"]),
        (replace(DRAFT, bare=True), ["discard/7", "discard/9", "discard/claim"]),
        (replace(DRAFT, made=True, bare=True), ["discard/7", "discard/9", "discard/repository"]),
        (
            replace(DRAFT, made=True, bare=True, repository=replace(PRIVATE, private=False)),
            ["discard/7", "discard/9", "discard/claim"],
        ),
        (replace(DRAFT, tag=Tag("c" * 40), commits=("c" * 40,)), ["discard/7", "discard/9"]),
        (replace(DRAFT, release=Seen(7, "v1.0.0", draft=False)), []),
    ],
)
def test_undo_deletes_what_is_ours_and_not_public_and_nothing_else(
    state: GitHubState, expected: list[str]
) -> None:
    assert [action.id.partition("/")[2] for action in undo(TARGET, state)] == expected


def test_what_is_not_deleted_is_listed_with_the_page_where_its_owner_can() -> None:
    out = replace(DRAFT, release=Seen(7, "v1.0.0", draft=False))
    pushed = replace(
        DRAFT,
        repository=replace(PRIVATE, head="c" * 40),
        tag=Tag("c" * 40),
        commits=("c" * 40,),
    )

    assert [note.hint.split()[-1].partition("o/r")[2] for note in left(TARGET, out)] == [
        "/releases/tag/v1.0.0"
    ]
    assert [note.hint.split()[-1].partition("o/r")[2] for note in left(TARGET, pushed)] == [
        "/tags",
        "/commits/main",
        "/settings",
    ]
    assert list(left(TARGET, replace(DRAFT, made=True, bare=True))) == []
    assert list(left(TARGET, GitHubState("o/r"))) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"settings": {}}, "no repository on GitHub"),
        ({"settings": {"repo": "o/r.git"}}, "no repository on GitHub"),
        ({"settings": {"repo": "o_/r_/x"}}, "no repository on GitHub"),
        ({"settings": {"repo": "-o/r"}}, "no repository on GitHub"),
        ({"files": (File("a b.tar", 5, "d"),)}, "would rename"),
        ({"files": (File("größe.tar", 5, "d"),)}, "would rename"),
        ({"files": (File(".hidden", 5, "d"),)}, "would rename"),
        ({"files": (File("a..tar", 5, "d"),)}, "would rename"),
        ({"files": (File("a.", 5, "d"),)}, "would rename"),
        ({"files": (FILE, FILE)}, "Two files would be called"),
        ({"files": (File("a.tar", 0, "d"),)}, "is empty"),
        ({"files": (File("a.tar", MAX_ASSET, "d"),)}, "smaller than 2 GiB"),
        ({"files": tuple(File(f"{n}.tar", 1, "d") for n in range(1001))}, "holds 1000 files"),
    ],
)
def test_what_github_would_never_take_is_seen_offline(change: dict[str, Any], words: str) -> None:
    [problem] = check(replace(TARGET, **change))

    assert words in problem.what


def test_a_good_target_passes_the_check() -> None:
    assert list(check(TARGET)) == []
    assert list(check(replace(TARGET, files=(File("SHA256SUMS"), File("a+b_1.0.tar"))))) == []


@pytest.mark.parametrize(
    ("said", "shown", "warned"),
    [
        ("GPL-3.0-or-later", "GPL-3.0", False),
        ("AGPL-3.0-only", "AGPL-3.0", False),
        ("MIT OR GPL-2.0+", "GPL-2.0", False),
        ("GPL-3.0-or-later", "GPL-2.0", True),
        ("GPL-3.0-or-later", "LGPL-3.0", True),
        ("MIT", "NOASSERTION", True),
        ("MIT", "MIT", False),
    ],
)
def test_a_licence_is_compared_as_github_names_it(said: str, shown: str, warned: bool) -> None:
    """GitHub reads the text, which does not tell "only" from "or later"."""
    target = replace(TARGET, artifact=replace(CODE, license=License(said)))
    out = Seen(7, "v1.0.0", draft=False)
    seen = Repository(1, "o/r", license=shown)
    state = GitHubState("o/r", repository=seen, release=out, settled=True)

    found = [item for item in diff(target, state, Links({})) if isinstance(item, Problem)]

    assert any("licence" in problem.what for problem in found) is warned


@pytest.mark.parametrize("app", [True, False])
def test_the_token_of_an_app_may_push_workflows_where_a_workflow_s_own_never_may(app: bool) -> None:
    state = GitHubState(
        "utopia-lab/digits",
        repository=Repository(1, "utopia-lab/digits", private=False),
        ours=Ours(cargo=Cargo(workflows=True)),
        token=Token("workflow"),
        around=Around(administration=app),
    )

    found = [item for item in diff(TARGET, state, Links({})) if isinstance(item, Problem)]

    assert any("workflow files" in problem.what for problem in found) is not app


@pytest.mark.parametrize(("private", "said"), [(True, ""), (False, ""), (True, "private")])
def test_a_private_fork_cannot_be_made_public(private: bool, said: str) -> None:
    seen = Repository(1, "lab/digits", private=private, fork=True)
    target = replace(TARGET, settings={"repo": seen.name, "visibility": said})
    state = GitHubState(seen.name, tag_name="v1.0.0", repository=seen)

    errors = [
        item.what
        for item in diff(target, state, Links({}))
        if isinstance(item, Problem) and item.severity == "error"
    ]

    assert [("never be made public" in error) for error in errors] == [True] * (
        private and said != "private"
    )


def test_keywords_become_topics_that_github_takes() -> None:
    keywords = ("Self-supervised learning", "Méthodes", "C++", "C#", "Straße", "机器", "x" * 80)
    keywords += ("digits", "Digits")
    release = replace(RELEASE, paper=replace(PAPER, keywords=keywords))

    assert texts.topics(replace(TARGET, release=release)) == (
        "self-supervised-learning",
        "methodes",
        "cpp",
        "csharp",
        "strasse",
        "x" * 50,
        "digits",
    )


def test_a_description_is_one_short_line() -> None:
    code = replace(CODE, title="A\nlong\u202e " + "title " * 100)

    line = texts.description(replace(TARGET, artifact=code))

    assert line.startswith("A long title")
    assert len(line) <= texts.DESCRIPTION


@pytest.mark.parametrize("owner", ["ada", "a-b", "ada_lab", "A1"])
def test_owners_as_github_spells_them_are_taken(owner: str) -> None:
    target = replace(TARGET, settings={"repo": f"{owner}/digits"})

    assert list(check(target)) == []


@pytest.mark.parametrize(
    ("tag", "path"),
    [
        ("v1.0.0+cu118", "v1.0.0+cu118"),
        ("paper/v1@2", "paper/v1@2"),
        ("re#l-1%2F", "re%23l-1%252F"),
        ("größe-1", "gr%C3%B6%C3%9Fe-1"),
    ],
)
def test_the_address_of_a_tag_leads_to_that_tag_whatever_it_is_called(tag: str, path: str) -> None:
    link = GitHubState("utopia-lab/digits", tag_name=tag).link

    assert link.version_url == f"https://github.com/utopia-lab/digits/tree/{path}"
