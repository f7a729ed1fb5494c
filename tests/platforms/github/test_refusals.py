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
        (
            "error: object 43a41: missingSpaceBeforeEmail: invalid author/committer line\n"
            "fatal: fsck error in packed object",
            "snapshot",
        ),
        ("This repository was archived so it is read-only.", "Unarchive"),
        ("Resource protected by organization SAML enforcement.", "single sign-on"),
        ("something new", ""),
    ],
)
def test_a_refusal_is_told_with_what_to_do(said: str, expected: str) -> None:
    assert expected in advice([], said)
    assert bool(expected) == bool(advice([], said))


@pytest.mark.parametrize("name", ["rna-workflow", "shallow-water", "was archived", "gh001"])
@pytest.mark.parametrize(
    ("said", "expected"),
    [("error: GH013: Repository rule violations found", "A rule"), ("something new", "")],
)
def test_a_repository_s_name_is_not_taken_for_a_reason(name: str, said: str, expected: str) -> None:
    url = f"https://github.com/lab/{name.replace(' ', '%20')}.git"
    told = f"{said}\nerror: failed to push some refs to '{url}'"

    assert advice(["pre-receive hook declined"], told).startswith(expected)
    assert bool(advice([], told)) == bool(expected)


def test_a_refusal_by_a_repository_about_connections_is_not_tried_for_ever() -> None:
    url = "'https://github.com/lab/early-eof-connection-timed-out/'"

    assert not unclear(f"fatal: unable to read {url}: no such thing")
    assert not unclear("! 1234567:refs/heads/connection [remote rejected] (declined)")
    assert unclear(f"fatal: unable to access {url}: Could not resolve host")
    assert unclear(f"fatal: unable to access {url}: Connection reset by peer")


def test_what_is_too_large_is_not_tried_again() -> None:
    said = "error: RPC failed; HTTP 413\nfatal: the remote end hung up unexpectedly"

    assert too_large(said)
    assert not too_large("fatal: the remote end hung up unexpectedly")
    assert unclear("fatal: the remote end hung up unexpectedly")
