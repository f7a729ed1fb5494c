"""Files that one run takes out of a draft while another has pages open.

An InvenioRDM has no compare-and-swap for files: a run that was paused before it sent one may take
it away and send it anew when another is past its gate. That alone is accepted; see
docs/reliability.md, "Two runs and a file in between".
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
        self._whole = False
        """Whether one of the manifests lacked nothing when the first page opened."""
        self._openers: set[tuple[int, int]] = set()
        self._took: list[dict[str, list[Call]]] = [{} for _ in wants]
        """What is lacking -> the calls that took it."""

    def excused(
        self, call: Call, now: Truth, history: Sequence[Call]
    ) -> tuple[frozenset[str], ...]:
        """For each manifest, what may be lacking after this change although pages are open.

        It was there when they opened, and was taken away by a run that opened none, after the run
        that makes this call looked for the last time.
        """
        there = {what for want in self._wants for what in opened(want, self._before, now)}
        lacks = [set(lacking(want, self._before, now)) for want in self._wants]
        if there - self._open:
            if not self._open:
                self._whole = not all(lacks)
            self._openers.add((call.sitting, call.run))
        for took, was, lack_now in zip(self._took, self._lacking, lacks, strict=True):
            for lack in lack_now - was:
                took[lack] = [call]
            for lack in lack_now & was:
                if _folder(call) == _folder(took[lack][0]):
                    took[lack].append(call)
        self._open, self._lacking = there, lacks
        return tuple(
            frozenset(
                lack for lack in some if self._whole and self._unseen(took[lack], call, history)
            )
            for took, some in zip(self._took, lacks, strict=True)
        )

    def _unseen(self, calls: Sequence[Call], call: Call, history: Sequence[Call]) -> bool:
        """Whether others took it, and the run that makes this call could not know."""
        not_these = {*self._openers, (call.sitting, call.run)}
        return all(
            _folder(took)
            and took.sitting == call.sitting
            and (took.sitting, took.run) not in not_these
            and not any(_looks(line, call.run, _folder(took)) for line in history[took.n :])
            for took in calls
        )


def _folder(call: Call) -> str:
    """The files of the draft that a call takes one out of; content after a commit does so too."""
    path = call.path.removesuffix("/content")
    folder = path.rpartition("/")[0]
    takes = call.method == ("DELETE" if path == call.path else "PUT")
    return folder if takes and folder.endswith(FILES) else ""


def _looks(line: Call, run: int, folder: str) -> bool:
    return (line.run, line.method, line.path) == (run, "GET", folder) and line.status == 200
