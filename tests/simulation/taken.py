"""Files that one run takes out of a draft while another has pages open.

An InvenioRDM has no compare-and-swap for files: a run that was paused before it sent one may take
it away and send it anew when another has looked for the last time and opens. That alone is
accepted; see docs/reliability.md, "Two runs and a file in between". Where a DOI is born, the
request right before must have been that look.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulation.invariants import Truth, lacking, opened
from simulation.wanted import Wanted
from simulation.world import Call

FILES = "/draft/files"


class Taken:
    """Follows one release from its beginning, change by change."""

    def __init__(self, wants: Sequence[Wanted], before: Truth) -> None:
        self._wants, self._before = wants, before
        self._open: set[str] = set()
        self._lacking: list[set[str]] = [set() for _ in wants]
        self._whole: list[dict[str, int]] = [{} for _ in wants]
        """What lacked once and then did not -> where in the history that was."""
        self._openers: set[tuple[int, int]] = set()
        self._born: list[set[str]] = [set() for _ in wants]
        """What was excused when a record was published, which can never be mended."""
        self._took: list[dict[str, list[Call]]] = [{} for _ in wants]
        """What is lacking -> the calls that took it."""

    def excused(
        self, call: Call, now: Truth, history: Sequence[Call]
    ) -> tuple[frozenset[str], ...]:
        """For each manifest, what may be lacking after this change although pages are open.

        The run that makes this call saw all of it there, and after it looked for the last time a
        run that opened none took it away.
        """
        there = {what for want in self._wants for what in opened(want, self._before, now)}
        lacks = [set(lacking(want, self._before, now)) for want in self._wants]
        if there - self._open:
            self._openers.add((call.sitting, call.run))
        several = zip(self._took, self._whole, self._lacking, lacks, strict=True)
        for took, whole, was, lack_now in several:
            whole |= dict.fromkeys(was - lack_now, len(history))
            for lack in lack_now - was:
                took[lack] = [call]
            for lack in lack_now & was:
                if _folder(call) == _folder(took[lack][0]):
                    took[lack].append(call)
        self._open, self._lacking = there, lacks
        found = []
        for want, took, whole, born, some in zip(
            self._wants, self._took, self._whole, self._born, lacks, strict=True
        ):
            fine = {
                lack
                for lack in some
                if lack in born
                or (lack in whole and self._unseen(took[lack], whole[lack], call, history))
            }
            born |= {lack for lack in fine if _is_born(want, lack, now)}
            found.append(frozenset(fine))
        return tuple(found)

    def _unseen(
        self, calls: Sequence[Call], whole: int, call: Call, history: Sequence[Call]
    ) -> bool:
        """Whether others took it when the run that makes this call had seen it whole."""
        not_these = {*self._openers, (call.sitting, call.run)}
        return all(
            (folder := _folder(took))
            and took.sitting == call.sitting
            and (took.sitting, took.run) not in not_these
            and any(_looks(line, call.run, folder) for line in history[whole : took.n])
            and not any(_looks(line, call.run, folder) for line in history[took.n :])
            and (not _publishes(call) or _looked_right_before(call, folder, history))
            for took in calls
        )


def _publishes(call: Call) -> bool:
    return call.path.endswith("/draft/actions/publish")


def _looked_right_before(call: Call, folder: str, history: Sequence[Call]) -> bool:
    """Whether the run's request before this one was to look at those files."""
    own = [c for c in history[: call.n] if c.run == call.run and c.sort == "call"]
    return bool(own) and _looks(own[-1], call.run, folder)


def _is_born(want: Wanted, lack: str, now: Truth) -> bool:
    """Whether a record that lacks something is published."""
    records = (r for r in want.records if lack.startswith(f"{r.target} "))
    return any(one.published for record in records for one in now.ours(record))


def _folder(call: Call) -> str:
    """The files of the draft that a call takes one out of; content after a commit does so too."""
    path = call.path.removesuffix("/content")
    folder = path.rpartition("/")[0]
    takes = call.method == ("DELETE" if path == call.path else "PUT")
    return folder if takes and folder.endswith(FILES) else ""


def _looks(line: Call, run: int, folder: str) -> bool:
    return (line.run, line.method, line.path) == (run, "GET", folder) and line.status == 200
