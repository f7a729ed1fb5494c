"""What can go wrong at a boundary, and where it makes sense.

From section 4.2 of the reliability reference: kills K1 to K4, lost answers E1, E2, T1 and T2, waits
L1, refusals A1 and A2, uploads that arrive damaged, files and other people that change meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KINDS: Mapping[str, str] = {
    "killed": "the process dies before it is sent (a note: before it is written)",
    "killed-applied": "the process dies after it was applied, before the answer",
    "silent": "no answer comes, and nothing was applied",
    "silent-applied": "no answer comes, though it was applied",
    "error": "503, and nothing was applied",
    "error-applied": "503, though it was applied",
    "busy": "429 with Retry-After, once",
    "refused": "403, once",
    "expired": "from here on the token is not accepted",
    "corrupted": "one byte of the file changes on its way",
    "truncated": "the file ends in the middle",
    "cut": "the connection breaks in the middle of the file",
    "changed": "a source file changes on this computer",
    "moved": "another person commits to the branch",
    "foreign": "another person's draft of the same title appears",
    "full": "the journal cannot be written",
}

DEADLY = ("killed", "killed-applied")
ANSWERS = ("silent", "error", "busy", "refused", "expired")
"""Of any call."""
APPLIED = ("silent-applied", "error-applied")
"""Of a call that can change something."""
SENT = ("corrupted", "truncated", "cut")
"""Of a call that sends a file."""
AROUND = ("changed", "moved", "foreign")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, at one boundary of one run."""

    at: int
    kind: str
    run: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no fault {self.kind!r}; there are {', '.join(KINDS)}")

    def __str__(self) -> str:
        return f"{f'{self.run}.' if self.run else ''}{self.at}!{self.kind}"

    @classmethod
    def of(cls, text: str) -> Fault:
        where, _, kind = text.partition("!")
        run, _, at = where.rpartition(".")
        return cls(int(at), kind, int(run or 0))


@dataclass(frozen=True, slots=True)
class Boundary:
    """A moment of one run at which something durable may happen."""

    index: int
    run: int
    sort: str
    """`call`, `note` or `receipt`."""
    platform: str
    method: str
    path: str
    change: bool
    """Whether it can change the world."""
    sends: int
    """Bytes of a file."""
    says: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The faults that make sense here."""
        if self.sort == "note":
            return (*DEADLY, "full")
        if self.sort == "receipt":
            return DEADLY
        if not self.change:
            # A death after a look is the same as one before what follows it.
            return ("killed", *ANSWERS, *AROUND)
        found = (*DEADLY, *ANSWERS, *APPLIED, *AROUND)
        return (*found, *SENT) if self.sends else found
