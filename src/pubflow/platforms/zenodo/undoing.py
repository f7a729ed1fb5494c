"""Taking back what is not published: which drafts go, and what stays. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pubflow.actions import Action, Stage
from pubflow.manifest import Target
from pubflow.platform import Problem
from pubflow.platforms.zenodo.instance import record_id
from pubflow.platforms.zenodo.state import Record, ZenodoState


def undo(target: Target, state: ZenodoState) -> Iterator[Action]:
    """What deletes our unpublished drafts, with the DOIs reserved for them, and nothing else."""
    act = partial(Action, target.name, Stage.RESERVE, "discard", mark="-")
    record = state.record
    if record is not None and _deletable(target, state, record):
        doi = f" and give up its DOI {record.doi}" if record.doi else ""
        yield act(record.id, says=f"delete draft {record.id}{doi}")
    for stray in state.strays:
        yield act(stray, says=f"delete draft {stray}, left by an interrupted run")


def _deletable(target: Target, state: ZenodoState, record: Record) -> bool:
    """Whether the draft is of our making: one that publish.toml names was made by hand."""
    named = str(target.settings.get("record") or "")
    return not record.published and state.marked and (not named or record_id(named) != record.id)


def left(target: Target, state: ZenodoState) -> Iterator[Problem]:
    """What `undo` does not delete: a note for each draft that is not ours, an error for what is
    public, and for what cannot be seen."""
    record = state.record
    if record is not None and record.published:
        yield Problem(
            target.name,
            f"Record {record.id} is published" + (f" as {record.doi}" if record.doi else "") + ".",
            "A published record stays for ever.",
            f"See it: {state.base}/records/{record.id}",
        )
    elif record is not None and not _deletable(target, state, record):
        yield Problem(
            target.name,
            f"Draft {record.id} stays.",
            "It was made by hand, or for another version.",
            f"Its owner can delete it: {state.base}/uploads/{record.id}",
            severity="note",
        )
    if state.trouble == "hidden":
        yield Problem(
            target.name,
            f"Draft {state.about} cannot be seen with this token.",
            "It belongs to another account, which alone can delete it.",
            f"Use the token of that account: {state.base}/uploads/{state.about}",
        )
    elif state.trouble in ("deleted", "twice", "elsewhere"):
        yield Problem(
            target.name,
            f"Record {state.about} was published.",
            "It leaves its DOI and a page behind even when it is deleted.",
            f"See it: {state.base}/records/{state.about.partition(',')[0]}",
        )
