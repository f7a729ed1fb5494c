"""What a stranger who gets no answer is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from platforms.github.listener import Listener, listening

from pubflow.errors import Transient
from pubflow.links import Links
from pubflow.manifest import Artifact, Kind, Paper, Release, Target
from pubflow.platforms.github import stranger
from pubflow.verify.eyes import Eyes

CODE = Artifact("code", Kind.CODE, Path())
RELEASE = Release("digits", "1.0.0", "v1.0.0", Paper("Reading digits", ()), (CODE,))
TARGET = Target(CODE, "github", RELEASE, {"repo": "o/digits"})


@pytest.mark.parametrize("said", ["repos/o/digits", "git/ref", "license", "releases/tags"])
def test_a_github_that_answers_no_more_questions_is_not_taken_for_a_release_that_is_gone(
    said: str,
) -> None:
    """60 an hour from one address, which a whole institute or all of CI may share."""

    def reply(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        if not path.startswith("/api/"):
            return 200, {}, b"a page"
        if said in path and (said != "repos/o/digits" or path.endswith("digits")):
            limit = {"X-RateLimit-Remaining": "0"}
            return 403, limit, b'{"message": "API rate limit exceeded for 192.0.2.1."}'
        return 200, {}, b'{"full_name": "o/digits", "object": {"sha": "x"}, "assets": []}'

    with listening(reply) as there:
        eyes = Eyes(env={}, sleep=lambda seconds: None)
        found = stranger.visit(
            TARGET, Links({}), eyes, {}, api_url=f"{there.url}/api", server=there.url
        )

        with pytest.raises(Transient, match="403 to a stranger") as busy:
            list(found)

    assert "60 questions an hour" in busy.value.why
