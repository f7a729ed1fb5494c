"""Every request that the adapter sends is one that GitHub's own description of its API allows."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from platforms.github.scene import Scene
from rehearsal.github.openapi import Contract


def test_all_traffic_of_releases_is_as_github_describes_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract, seen = Contract(), set[str]()
    send = requests.Session.send

    def watched(
        self: requests.Session, request: requests.PreparedRequest, **given: Any
    ) -> requests.Response:
        answer = send(self, request, **given)
        if given.get("stream") or "/info/refs" in (request.url or ""):
            return answer  # git's own protocol, which the description does not cover.
        body = request.body if isinstance(request.body, bytes | str) else b"bytes of a file"
        template = contract.check(
            request.method or "",
            request.url or "",
            {name.lower(): str(value) for name, value in request.headers.items()},
            body.encode() if isinstance(body, str) else body,
            answer.status_code,
            {name.lower(): value for name, value in answer.headers.items()},
            answer.content,
        )
        seen.add(f"{request.method} {template}")
        return answer

    monkeypatch.setattr(requests.Session, "send", watched)
    scene.run().release()
    scene.version, scene.repo = "2.0.0", f"{scene.hand('GET', '/user')['login']}/digits"
    run = scene.run()
    for action in run.look().actions[:6]:
        run.apply(run.look(), action)
    look = run.look()
    run.apply(look, next(iter(run.platform.undo(look.target, look.state))))
    run.release()

    assert {name.split()[0] for name in seen} == {"GET", "POST", "PATCH", "PUT", "DELETE"}
    assert "POST /repos/{owner}/{repo}/releases/{release_id}/assets" in seen
