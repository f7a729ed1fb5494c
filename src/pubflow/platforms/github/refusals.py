"""What git and GitHub say when a push is refused, and what to do then. Pure.

The words are GitHub's own (its `GH001` and so on) and git's in English; nothing else tells the
reasons apart. Collected from GitHub's documentation and public issues, 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

UNTOLD = "remote failed to report status"
"""git's word for a push whose answer was lost: it may have been done."""

RENEW = (
    "It may have expired. Make a new one on GitHub, under Settings, Developer settings, and put it"
    " into GITHUB_TOKEN.\nOne that gh keeps is renewed by:\n\n    gh auth login"
)
"""What to do about a token that GitHub does not accept."""

_TOO_LARGE = (
    "pack exceeds maximum allowed size",
    "returned error: 413",
    "http 413",
)

_ADVICE: Sequence[tuple[tuple[str, ...], str]] = (
    (
        ("fetch first", "non-fast-forward", "stale info"),
        "Somebody pushed meanwhile. Take it over, then run again:\n\n    git pull",
    ),
    (
        ("shallow update not allowed",),
        "This clone lacks the history. Get it, then run again:\n\n    git fetch --unshallow",
    ),
    (
        ("cannot contain secrets", "gh009", "secret scanning"),
        "GitHub found a secret in what is pushed. Make it worthless first (revoke it), then take it"
        ' out of every commit, or release with\n\n    history = "snapshot"\n\nIf it is no secret,'
        " allow it on the page that GitHub names above.",
    ),
    (
        ("gh001", "large files detected", "exceeds github's file size limit"),
        "GitHub takes files up to 100 MiB, in every commit. Put larger ones under [data] or"
        " [weights].",
    ),
    (
        ("fsck error",),
        "An old commit or tag in the history is not formed as GitHub wants it. Release without the"
        ' past:\n\n    history = "snapshot"',
    ),
    (
        ("gh008", "unknown git lfs object"),
        "Some files are kept by Git LFS, and GitHub lacks them. Send them first:\n\n"
        "    git lfs push --all origin",
    ),
    (
        ("gh007", "email privacy"),
        "A commit names an address that its owner keeps private. Commit under the noreply address"
        " of https://github.com/settings/emails, or allow it there.",
    ),
    (
        _TOO_LARGE,
        "GitHub takes 2 GiB in one push. Push the older commits by hand first, some at a time.",
    ),
    (
        ("gh006", "protected branch"),
        "The branch is protected. Let the token's owner push to it, or take the protection off for"
        " the release.",
    ),
    (
        ("create or update workflow", "without `workflow` scope"),
        "Workflow files are pushed. The token needs workflows: write (a classic one: the scope"
        " workflow); GITHUB_TOKEN in Actions never has it.",
    ),
    (
        ("immutable release",),
        "The tag belongs to an immutable release and can never be used again: raise the version.",
    ),
    (
        ("gh013", "rule violations", "cannot create ref due to creations being restricted"),
        "A rule of the repository forbids it. Let the token's owner pass it, or change the rule.",
    ),
    (
        ("was archived",),
        "The repository is archived. Unarchive it, then run again.",
    ),
    (
        ("saml enforcement", "saml sso"),
        "The organisation wants a single sign-on. Allow the token for it, by Configure SSO on"
        " GitHub's page of your tokens.",
    ),
)


def advice(reasons: Sequence[str], said: str) -> str:
    """What to do about a refusal; empty where only the server's own words help."""
    told = _words(" ".join((*reasons, said)))
    return next((do for signs, do in _ADVICE if any(sign in told for sign in signs)), "")


def too_large(said: str) -> bool:
    """Whether a push will be refused again however often it is sent."""
    return any(sign in said.lower() for sign in _TOO_LARGE)


def unclear(said: str) -> bool:
    """Whether the network or the server broke off, so that only a look can tell."""
    signs = (
        "unable to access",
        "returned error: 5",
        "returned error: 429",
        "could not resolve",
        "connection",
        "timed out",
        "early eof",
        "hung up",
        "rpc failed",
        "unexpected disconnect",
        "operation too slow",
        "empty reply",
        "bad band",
        "protocol error",
        UNTOLD,
    )
    return any(sign in _words(said) for sign in signs)


def _words(said: str) -> str:
    """Without addresses and refs, as repositories and branches may be called anything."""
    return re.sub(r"\S*://\S+|\S*refs/\S+", " ", said.lower())
