"""Each reason for which GitHub refuses a push is told with what to do about it."""

from __future__ import annotations

import pytest

from pubflow.platforms.github.refusals import advice, too_large, unclear


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("! [rejected] main -> main (fetch first)", "git pull"),
        ("error: GH013: Repository rule violations found\n- Push cannot contain secrets", "revoke"),
        ("error: GH013: Repository rule violations found for refs/heads/main.", "rule"),
        ("error: GH006: Protected branch update failed", "protected"),
        ("error: GH001: Large files detected.", "100 MiB"),
        ("error: GH008: Your push referenced at least 1 unknown Git LFS object", "git lfs push"),
        ("error: GH007: Your push would publish a private email address.", "noreply"),
        ("fatal: pack exceeds maximum allowed size (2.00 GiB)", "2 GiB"),
        ("error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413", "2 GiB"),
        (
            "refusing to allow a Personal Access Token to create or update workflow"
            " `.github/workflows/ci.yml` without `workflow` scope",
            "workflows: write",
        ),
        ("refs/tags/v1 belongs to an immutable release and cannot change", "raise the version"),
        ("shallow update not allowed", "unshallow"),
        ("something new", ""),
    ],
)
def test_a_refusal_is_told_with_what_to_do(said: str, expected: str) -> None:
    assert expected in advice([], said)
    assert bool(expected) == bool(advice([], said))


def test_what_is_too_large_is_not_tried_again() -> None:
    said = "error: RPC failed; HTTP 413\nfatal: the remote end hung up unexpectedly"

    assert too_large(said)
    assert not too_large("fatal: the remote end hung up unexpectedly")
    assert unclear("fatal: the remote end hung up unexpectedly")
