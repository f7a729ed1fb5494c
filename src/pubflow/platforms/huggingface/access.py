"""Repositories that are not there, or that this token may not make or fill. Pure."""

from __future__ import annotations

from pubflow.manifest import Target
from pubflow.platform import Problem
from pubflow.platforms.huggingface.state import HubState, wanted_name


def gone(target: Target, state: HubState) -> Problem:
    """Final by xet alone: by LFS such a repository could be filled (NVIDIA-NeMo/Speech issue
    15878)."""
    by_lfs = "; or send the bytes by LFS, with xet = false in [targets.huggingface]"
    return Problem(
        target.name,
        f"{state.name} was on the Hub, and is not any more, or the token may not see it.",
        "Links lead there; and one that is made again under its old name may not get the files that"
        " the old one had (huggingface_hub issue 3829).",
        f'Ask its owner, or take another name with repo = "owner/name"{by_lfs * state.xet}.',
        severity="error" if state.xet else "warning",
    )


def distrusted(target: Target, state: HubState) -> Problem:
    name = state.name or wanted_name(target)
    return Problem(
        target.name,
        f"{name} is not on the Hub, or does not trust this workflow.",
        "A trusted publisher writes to a repository that is there, and makes none.",
        "Make it, empty and private, and name this workflow under Trusted Publishers in its"
        " settings; or give a token as HF_TOKEN.",
    )


def unmakable(target: Target, name: str) -> Problem:
    return Problem(
        target.name,
        f"The token may not make {name}, which is not on the Hub yet.",
        "It may only read, or only elsewhere, or its account has no say in what belongs to"
        f" {name.partition('/')[0]}.",
        "Use a token with write access, of an account that may create repositories there.",
    )


def closed(target: Target, name: str) -> Problem:
    return Problem(
        target.name,
        f"The token may not write to {name}.",
        "Nothing can be uploaded with it.",
        "Give it write access to the repository.",
    )
