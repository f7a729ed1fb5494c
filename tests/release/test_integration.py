"""With Zenodo's GitHub integration on: it makes the code's record, and pubflow adds to it."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from release import truth
from release.conftest import Stage

HOOK = "https://zenodo.org/api/hooks/receivers/github/events/?access_token=x"


def github(stage: Stage, method: str, path: str, body: Any) -> Any:
    """What the repository's owner, or Zenodo on his behalf, does there."""
    env = stage.rehearsal.env
    headers = {
        "Authorization": f"Bearer {env['GITHUB_TOKEN']}",
        "User-Agent": "by-hand",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(
        env["GITHUB_API_URL"] + path, json.dumps(body).encode(), headers, method=method
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def integrated(stage: Stage, *, hook: bool = True, said: str = "") -> Stage:
    owner, _, name = truth.REPOSITORY.partition("/")
    github(stage, "POST", f"/orgs/{owner}/repos", {"name": name, "private": False})
    if hook:
        body = {"config": {"url": HOOK}, "events": ["release"]}
        github(stage, "POST", f"/repos/{truth.REPOSITORY}/hooks", body)
    settings(stage, f'mode = "integration"\n{said}')
    return stage


def settings(stage: Stage, lines: str) -> None:
    """Put them into [targets.zenodo], which the example has."""
    path = stage.folder / "publish.toml"
    text = path.read_text("utf-8").replace("[targets.zenodo]\n", f"[targets.zenodo]\n{lines}\n")
    path.write_text(text, "utf-8")


def records(stage: Stage) -> dict[str, dict[str, Any]]:
    found = stage.world["zenodo"]["records"]
    assert all(record["published"] for record in found)
    assert len({record["resource_type"] for record in found}) == len(found)
    return {record["resource_type"]: record for record in found}


def code_of(record: dict[str, Any]) -> set[str]:
    return {item["identifier"] for item in record["related"]}


def test_the_integrations_record_gets_links_and_metadata_and_there_is_no_second_doi(
    stage: Stage,
) -> None:
    integrated(stage)
    planned = stage.pubflow("plan")

    done = stage.pubflow("release", "--yes", "--json")

    assert "wait for the record that Zenodo makes of v1.0.0" in " ".join(planned.out.split())
    assert "known only when Zenodo made its record" in " ".join(planned.out.split())
    found = records(stage)
    assert set(found) == {"software", "model", "dataset"}
    code = found["software"]
    assert [file["key"] for file in code["files"]] == [f"{truth.REPOSITORY}-v1.0.0.zip"]
    assert code["version"] == "1.0.0"
    others = {found["model"]["doi"], found["dataset"]["doi"]}
    tree = f"https://github.com/{truth.REPOSITORY}/tree/v1.0.0"
    assert others <= code_of(code)
    assert [i for i in code_of(code) if i.endswith(f"/{truth.REPOSITORY}/tree/v1.0.0")]
    assert tree not in others
    for other in ("model", "dataset"):
        assert code["doi"] not in code_of(found[other])
    assert "code@zenodo/complete" in done.finished()
    assert stage.pubflow("plan", "--detailed-exitcode").code == 0
    changes = stage.changes
    stage.pubflow("release", "--yes")
    assert stage.changes == changes
    assert stage.pubflow("verify").code == 0
    assert code["doi"] in (stage.folder / "publish.lock").read_text("utf-8")
    assert code["doi"] in stage.pubflow("cite", "--bibtex").out


def test_without_the_webhook_there_would_be_no_record_so_the_plan_stops(stage: Stage) -> None:
    integrated(stage, hook=False)
    changes = stage.changes

    refused = stage.pubflow("release", "--yes", expect=1)

    assert "is not switched on for" in refused.err
    assert "account/settings/github" in refused.err
    assert stage.changes == changes


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ('mode = "integration"\nwebhook = "off"', "nobody would make the record"),
        ('mode = "integration"\nurl = "https://rdm.example"', "Only Zenodo has"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(
    stage: Stage, lines: str, what: str
) -> None:
    settings(stage, lines)
    asked = stage.requests

    refused = stage.pubflow("plan", "--allow-host", "rdm.example", expect=1)

    assert what in refused.err
    assert stage.requests == asked


def test_it_can_be_rehearsed(stage: Stage) -> None:
    """With the webhook on, for an empty repository, as an author has to have it."""
    settings(stage, 'mode = "integration"')

    played = stage.pubflow("rehearse")

    assert "a second plan is empty" in played.out
    # Six pages; five of them name five others, but for the one that was not there yet.
    assert "25 links: every page leads to all the others" in played.out
