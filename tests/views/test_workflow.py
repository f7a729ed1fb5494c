"""What GitHub's runner is told, and that no stranger's words can tell it anything."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from action import log
from markdown_it import MarkdownIt
from views import scene

from pubflow.actions import Action, Stage
from pubflow.errors import Blocked, Refused
from pubflow.links import Link, Links
from pubflow.platform import Problem
from pubflow.views import workflow

HOSTILE = [
    "::error::forged",
    "  ::set-output name=doi::10.1/forged",
    "a\n::set-output name=doi::10.1/forged",
    "a\r::add-mask::b",
    "##[error]forged",
    "a ##[set-env name=PATH]/tmp",
    "$(touch forged) `touch forged` ; touch forged",
    "'\"\\ %0A::error::forged",
    "${{ github.token }}",
    "<script>alert(1)</script><!--",
    "![a](https://evil.example/a.png) [b](javascript:alert(1)) @everyone #1",
    "| a | b |\n| - | - |",
    "```\n# head\n---\n",
    "https://evil.example/ www.evil.example evil@evil.example",
    "pubflow_0123456789abcdef0123456789abcdef\ndoi=10.1/forged",
]


def test_a_problem_is_shown_at_its_line() -> None:
    problem = Problem("publish.toml:12", "no licence", "nobody may use it", "Add one.")

    [said] = log.commands("\n".join(workflow.told([problem], "paper/publish.toml")))

    assert said.name == "error"
    assert said.properties == {"file": "paper/publish.toml", "line": "12", "title": "pubflow"}
    assert said.data == "no licence\nnobody may use it\nAdd one."


def test_a_problem_without_a_line_names_its_place() -> None:
    problem = Problem("data.x@shelf", "too large", severity="warning")

    [said] = log.commands("\n".join(workflow.told([problem], "publish.toml")))

    assert (said.name, said.data) == ("warning", "data.x@shelf: too large")
    assert "line" not in said.properties


def test_errors_come_first_and_no_more_than_the_runner_shows() -> None:
    problems = [Problem("a", f"note {n}", severity="note") for n in range(20)]
    problems += [Problem("a", "wrong")]

    said = log.commands("\n".join(workflow.told(problems, "publish.toml")))

    assert [one.name for one in said] == ["error", *["notice"] * workflow.SHOWN]


@pytest.mark.parametrize("text", HOSTILE)
def test_an_annotation_says_exactly_the_words_and_nothing_else(text: str) -> None:
    line = workflow.annotation("error", text, title=text, file=text, line=3)

    [said] = log.commands(line)

    assert said.name == "error"
    assert said.data == text
    assert said.properties["title"] == said.properties["file"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_of_the_log_is_no_command(text: str) -> None:
    lines = re.split(r"\r\n|\r|\n", text)

    assert not log.commands("\n".join(workflow.harmless(line) for line in lines))


@pytest.mark.parametrize("text", HOSTILE)
def test_an_output_is_exactly_its_value(text: str) -> None:
    written = workflow.output("doi", text) + workflow.output("links", "{}")

    assert log.outputs(written) == {"doi": text, "links": "{}"}


def test_every_output_has_a_delimiter_of_its_own() -> None:
    assert workflow.output("doi", "x") != workflow.output("doi", "x")


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_foreign_words_as_words(text: str) -> None:
    shown = f"| {workflow.markdown(text)} |\n| :--- |\n| {workflow.markdown(text)} |\n"

    page = MarkdownIt("gfm-like", {"linkify": False}).render(shown)

    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!][a-z]*)", page))
    assert tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert page.count("<tr>") == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_a_plan_with_hostile_words_keeps_its_shape(text: str) -> None:
    action = Action(scene.CODE, Stage.UPLOAD, "upload", text, says=text, size=1)
    seen = scene.seen([action], title=text, problems=[Problem(text, text, text, text)])

    page = "".join(workflow.plan(seen))

    assert not log.commands(page)
    rows = [line for line in page.split("\n") if line.startswith("|")]
    assert len(rows) == 2 + 1 + 2 + 3
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(page)
    assert not re.search(r"<(script|img|h1|code|pre|hr)\b", html)
    assert set(re.findall(r'href="([^"]*)"', html)) <= {
        address for link in scene.KNOWN.values() for address in (link.url, link.version_url)
    } | {"https://doi.org/10.5555/8"}


def test_the_plan_has_three_columns() -> None:
    page = "".join(workflow.plan(scene.seen()))

    assert "| | Reserve | Upload | Publish |" in page
    [row] = [line for line in page.split("\n") if "reserve a DOI" in line]
    _, target, reserve, upload, publish, _ = row.split("|")
    assert "shelf" in target
    assert "reserve a DOI" in reserve
    assert "upload leaves" in upload
    assert "19.6 kB" in upload
    assert "publish for good" in publish


def test_a_cell_counts_what_it_does_not_tell() -> None:
    actions = [
        Action(scene.CODE, Stage.UPLOAD, "upload", str(n), says=f"file {n}") for n in range(50)
    ]

    assert "and 38 more" in "".join(workflow.plan(scene.seen(actions)))


def test_nothing_left_is_said() -> None:
    assert "No changes." in "".join(workflow.plan(scene.seen([])))


def test_the_end_tells_sizes_and_times() -> None:
    took = [(scene.PLANNED[4], 2.25)]

    page = "".join(workflow.done(scene.seen([]), Stage.PUBLISH, took, 12.5))

    assert "1 change made, 19.6 kB sent, 12.5 s in all." in page
    assert "| 19.6 kB | 2.2 |" in page
    assert "https://doi.org/10.5555/8" in page


def test_a_summary_stays_below_what_the_runner_takes() -> None:
    parts = [f"- {'ä' * 500} {n}\n" for n in range(5000)]

    text = workflow.fitted(parts)

    assert len(text.encode()) < workflow.LARGEST
    assert text.endswith("The rest is in the log.\n")
    assert workflow.fitted(["a\n", "b\n"]) == "a\nb\n"


def test_outputs_name_dois_and_pages() -> None:
    seen = scene.seen()

    said = workflow.outputs(seen.manifest.release, seen.plan.links)

    assert said["doi"] == "10.5555/8"
    assert said["concept-doi"] == "10.5555/7"
    assert said["release-url"] == "https://forge.example/lab/leaves/v1.2.0"
    assert said["model-url"] == "https://hub.example/lab/leaves"
    assert said["data-url"] == ""
    assert json.loads(said["links"])[scene.RECORD]["doi"] == "10.5555/8"


def test_the_code_s_doi_comes_before_that_of_weights() -> None:
    seen = scene.seen()
    code = Link("https://shelf.example/1", "https://shelf.example/2", "10.5555/2", "10.5555/1")

    said = workflow.outputs(seen.manifest.release, Links({**seen.plan.links, "code@shelf": code}))

    assert said["doi"] == "10.5555/2"
    assert said["release-url"] == "https://forge.example/lab/leaves/v1.2.0"


def test_secrets_are_in_nothing_that_is_told() -> None:
    secret = scene.canary()
    problem = Problem("publish.toml:1", f"no {secret}", secret, secret)
    seen = scene.seen([replace(scene.PLANNED[0], says=secret)], problems=[problem], title=secret)

    told = [
        *workflow.told([problem], "publish.toml"),
        *workflow.plan(seen),
        *workflow.done(seen, Stage.PUBLISH, [(seen.plan.actions[0], 1.0)], 1.0),
        *workflow.failed(Blocked([problem])),
        *workflow.failed(Refused(secret, why=secret, hint=secret)),
        workflow.failure(Refused(secret, why=secret, hint=secret)),
        workflow.output("plan", secret),
    ]

    assert secret not in "\n".join(told)
