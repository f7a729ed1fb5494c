"""Trusted Publishers: a workflow publishes without a secret, to repositories that are there."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from platforms.huggingface.scene import REPO, Run, Scene

from pubflow.errors import PubflowError
from pubflow.platforms import huggingface
from pubflow.platforms.huggingface import HuggingFace
from pubflow.platforms.huggingface.publisher import TOKEN, URL, Publisher
from pubflow.rehearsal import Rehearsal


class Runner(BaseHTTPRequestHandler):
    """What GitHub's runner answers: an identity for the audience that is asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        audience = parse_qs(urlsplit(self.path).query)["audience"][0]
        assert self.headers["Authorization"] == "Bearer job-request-token"
        type(self).asked.append(audience)
        claims = {"aud": audience, "repository": "utopia-lab/code"}
        parts = [{"alg": "RS256"}, claims]
        encoded = [
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in parts
        ]
        body = json.dumps({"value": ".".join([*encoded, "signature"])}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def job() -> Iterator[dict[str, str]]:
    """The environment of a job with `id-token: write`."""
    Runner.asked = []
    with HTTPServer(("127.0.0.1", 0), Runner) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield {
            "GITHUB_ACTIONS": "true",
            URL: f"http://127.0.0.1:{server.server_port}/id?api-version=2.0",
            TOKEN: "job-request-token",
        }
        server.shutdown()


def by_workflow(scene: Scene, job: dict[str, str]) -> Run:
    run = scene.run()
    run.platform = HuggingFace(
        endpoint=scene.endpoint,
        token=None,
        claim=run.claim,
        env=job,
        xet=scene.xet,
        silence=10.0,
        targets=run._targets(),
    )
    return run


def test_no_token_is_asked_for_where_the_job_can_vouch_for_itself(job: dict[str, str]) -> None:
    assert huggingface.wanted((), job) == ()
    [wanted] = huggingface.wanted((), {**job, "HF_TOKEN": "x"})
    assert wanted.environment[0] == "HF_TOKEN"
    assert huggingface.wanted((), {URL: job[URL], TOKEN: job[TOKEN]}) != ()


def test_a_login_of_an_earlier_step_goes_before_the_jobs_own_word(
    job: dict[str, str], tmp_path: Path
) -> None:
    """As in the Hub's own tools: `id-token: write` may be there for something else."""
    env = {**job, "HF_HOME": str(tmp_path)}
    assert huggingface.wanted((), env) == ()
    (tmp_path / "token").write_text("a-token\n")
    [wanted] = huggingface.wanted((), env)
    assert wanted.file == tmp_path / "token"
    # By which a workflow says that it wants to be known as what it is.
    assert huggingface.wanted((), {**env, "HF_OIDC_RESOURCE": REPO}) == ()


def test_a_workflow_releases_into_a_repository_that_is_there(
    scene: Scene, job: dict[str, str]
) -> None:
    scene.existing(private=True)
    run = by_workflow(scene, job)
    assert run.release() == ["claim", "commit", "open", "tag"]
    assert set(Runner.asked) == {scene.endpoint}
    assert len(Runner.asked) == 1, "one exchange serves the whole run"
    assert scene.truth()["private"] is False
    log = scene.rehearsal.world()["log"]
    assert not any("whoami" in entry["path"] for entry in log)


def test_what_a_workflow_cannot_make_is_said_before_anything_happens(
    scene: Scene, job: dict[str, str]
) -> None:
    look = by_workflow(scene, job).look()
    [problem] = [one for one in look.problems if one.severity == "error"]
    assert problem.what == f"{REPO} is not on the Hub, or does not trust this workflow."
    assert "Make it, empty and private" in problem.hint
    assert scene.changes == 0


def test_the_collection_is_left_to_a_person(scene: Scene, job: dict[str, str]) -> None:
    scene.existing(private=True)
    scene.sibling = "utopia-lab/meadows"
    run = by_workflow(scene, job)
    look = run.look()
    assert "collect" not in look.ids
    assert [one.severity for one in look.problems] == ["note"]
    assert "is not put into the collection" in look.problems[0].what


def test_an_owner_must_be_named(scene: Scene, job: dict[str, str]) -> None:
    scene.settings = {"name": "seagrassnet"}
    with pytest.raises(PubflowError, match="does not say whose repository"):
        by_workflow(scene, job).look()


def test_a_token_is_exchanged_anew_before_it_ends(scene: Scene, job: dict[str, str]) -> None:
    scene.existing(private=True)
    now = 0.0
    publisher = Publisher(scene.endpoint, job, clock=lambda: now)
    first = publisher.token(REPO, "model")
    assert publisher.token(REPO, "model") is first
    now = 3500.0
    second = publisher.token(REPO, "model")
    assert first is not None
    assert second is not None
    assert second.reveal() != first.reveal()
    assert publisher.token("utopia-lab/other", "dataset") is None


def test_a_token_reaches_its_own_repository_only(scene: Scene, job: dict[str, str]) -> None:
    scene.existing(private=True)
    scene.hand().create_repo("utopia-lab/other", private=False)
    token = Publisher(scene.endpoint, job).token(REPO, "model")
    assert token is not None
    api = HfApi(endpoint=scene.endpoint, token=token.reveal())
    with pytest.raises(HfHubHTTPError):
        api.create_tag("utopia-lab/other", tag="v1")
    with pytest.raises(HfHubHTTPError):
        api.create_repo("utopia-lab/new")
    api.create_tag(REPO, tag="v1")


def test_a_job_releases_weights_and_data_with_no_secret_at_all(
    job: dict[str, str], tmp_path: Path
) -> None:
    """By the command line, as the Action runs it: one exchange for each repository."""
    from platforms.huggingface.test_kills import REPOSITORIES, prepared
    from release.conftest import Stage

    with Rehearsal.start() as rehearsal:
        stage = Stage(rehearsal, prepared(tmp_path / "project"), {**job, "HF_TOKEN": ""})
        refused = stage.pubflow("release", "--yes", expect=1)
        assert "does not trust this workflow" in refused.out + refused.err
        assert stage.changes == 0
        hand = HfApi(endpoint=rehearsal.env["HF_ENDPOINT"], token=rehearsal.env["HF_TOKEN"])
        for place in REPOSITORIES:
            kind, _, name = place.partition("/")
            hand.create_repo(name, repo_type=kind, private=True)

        stage.pubflow("release", "--yes")

        found = stage.world["huggingface"]["repositories"]
        assert [(one["private"], len(one["tags"])) for one in found] == [(False, 1)] * 2
        before = stage.changes
        stage.pubflow("plan", "--detailed-exitcode")
        assert stage.changes == before
