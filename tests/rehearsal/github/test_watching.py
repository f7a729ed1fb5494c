"""The watch over the stand-in would notice."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rehearsal.github import watching
from rehearsal.github.watching import Watch

from pubflow.rehearsal.github import GitHub
from pubflow.rehearsal.wire import Request, Response


def exchange(method: str, path: str, body: bytes, answer: Any, status: int = 200) -> Watch:
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "ORIGINAL", lambda github, request: Response.of(answer, status))
        request = Request(
            method=method,
            path=path,
            query={},
            headers={"content-type": "application/json"},
            body=io.BytesIO(body),
            base="http://127.0.0.1:1",
        )
        watch.handle(GitHub.__new__(GitHub), request)
    return watch


def test_a_request_with_a_key_that_github_does_not_know_is_noticed() -> None:
    watch = exchange("PUT", "/repos/o/r/topics", b'{"names": [], "nams": []}', {"names": []})

    assert "nams" in watch.wrong[0]


def test_an_answer_of_the_wrong_shape_is_noticed() -> None:
    assert exchange("GET", "/repos/o/r/topics", b"", {"names": "digits"}).wrong


def test_what_is_right_is_counted() -> None:
    watch = exchange("GET", "/repos/o/r/topics", b"", {"names": ["digits"]})

    assert (watch.wrong, watch.held) == ([], {"GET /repos/{owner}/{repo}/topics"})
