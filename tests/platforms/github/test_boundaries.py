"""Cut at every request, in every situation: one release, one tag, no leftover draft, all digests.

A run ends at its first unclear answer, as if the process had died there; the next one is a new
process, with the names that a journal would have kept, or without.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from platforms.github.scene import Look, Run, Scene, git

from pubflow.errors import Transient

T = TypeVar("T")
FIVE_MB = 5 * 1024**2


def new(scene: Scene) -> None:
    """Nothing is there."""


def draft_of_somebody_else(scene: Scene) -> None:
    scene.existing(private=False)
    body = {"tag_name": "v1.0.0", "draft": True, "body": "by hand"}
    scene.hand("POST", f"/repos/{scene.repo}/releases", body)


def tag_from_before(scene: Scene) -> None:
    scene.existing(private=False)
    git(scene.checkout, "tag", "v1.0.0")
    git(scene.checkout, "push", "-q", scene.remote(), "v1.0.0")


def immutable(scene: Scene) -> None:
    scene.existing(private=False)
    scene.hand("PUT", f"/repos/{scene.repo}/immutable-releases")


def asset_of_five_mb(scene: Scene) -> None:
    """The source archive has so many bytes, as the code holds a table of them."""
    scene.existing(private=False)
    if (scene.checkout / "table.csv").exists():
        return
    line = "0.5,0.25,0.125,1\n"
    scene.write("table.csv", line * (FIVE_MB // len(line)))


SCENES: dict[str, Callable[[Scene], None]] = {
    "new": new,
    "draft of somebody else": draft_of_somebody_else,
    "tag from before": tag_from_before,
    "immutable": immutable,
    "5 MB": asset_of_five_mb,
}


@dataclass
class Sweep:
    """The same situation again and again, each time cut at the next request."""

    scene: Scene
    number: int = 0

    def begin(self, situation: str) -> None:
        self.number += 1
        owner = self.scene.repo.partition("/")[0]
        self.scene.repo = f"{owner}/digits-{self.number}"
        git(self.scene.checkout, "tag", "-f", "none")
        for tag in git(self.scene.checkout, "tag").split():
            git(self.scene.checkout, "tag", "-d", tag)
        SCENES[situation](self.scene)

    def cut(self, situation: str, at: int, kind: str, only: str, kept: bool) -> bool:
        """Whether the cut met a request. What must be true is asserted."""
        self.begin(situation)
        start = len(self.scene.requests())
        fault = {"platform": "github", "at": at, "kind": kind}
        self.scene.fail([fault | ({"only": only} if only else {})])
        journal: dict[str, str] = {}
        until_unclear(self.scene.run(), journal)
        if self.scene.armed():
            return False
        again = self.scene.run()
        again.remembered = dict(journal) if kept else {}
        again.release()
        self.holds(situation, f"{kind} at {at} from {self.scene.requests()[start:][:at][-1:]}")
        return True

    def holds(self, situation: str, told: str) -> None:
        truth = self.scene.truth()
        out = [release for release in truth["releases"] if not release["draft"]]
        drafts = [release for release in truth["releases"] if release["draft"]]
        theirs = situation == "draft of somebody else"
        assert [d["body"] for d in drafts] == ["by hand"] * theirs, told
        assert [r["tag"] for r in out] == ["v1.0.0"], told
        assert [tag["name"] for tag in truth["tags"]] == ["v1.0.0"], told
        look = self.scene.run().look()
        assert (look.ids, look.errors) == ([], []), told
        assert {a["name"]: a["digest"] for a in out[0]["assets"]} == {
            file.name: f"sha256:{file.sha256}" for file in look.target.files
        }, told
        assert {a["state"] for a in out[0]["assets"]} == {"uploaded"}, told


def until_unclear(run: Run, journal: dict[str, str]) -> None:
    """Release until an answer is unclear. git may have asked again by itself; then to the end."""
    try:
        while (look := run.look()).passable():
            first = look.actions[0]
            for action in look.actions:
                if (action.stage, action.wave) != (first.stage, first.wave):
                    break
                receipt = run.apply(look, action)
                run.remembered |= receipt.remember
                journal |= receipt.remember
                if receipt.remember:
                    break
    except Transient:
        pass


@pytest.fixture
def sweep(scene: Scene) -> Sweep:
    return Sweep(scene)


@pytest.mark.parametrize("situation", SCENES)
def test_a_cut_here_and_there_leaves_one_of_each(sweep: Sweep, situation: str) -> None:
    for at, kind, only in [(2, "cut-after", "changes"), (4, "cut-before", "changes")]:
        assert sweep.cut(situation, at, kind, only, kept=at == 2)


@pytest.mark.slow
def test_an_upload_of_300_mb_cut_in_the_middle_is_made_whole(scene: Scene) -> None:
    for name in ("a.bin", "b.bin", "c.bin"):
        with (scene.checkout / name).open("wb") as file:
            file.truncate(100_000_000)
    scene.write("more.py", "1\n")
    run = scene.run()
    while (look := run.look()).actions[0].id.rpartition(".")[2] != "tar":
        run.apply(look, look.actions[0])
    sent = 0

    def half_way(_: str, size: int) -> None:
        nonlocal sent
        sent += size
        if sent > 150_000_000:
            raise Transient("The connection broke.")

    with pytest.raises(Transient):
        run.platform.apply(look.actions[0], look.target, look.state, look.links, half_way)
    [release] = scene.truth()["releases"]
    assert {asset["name"]: asset["state"] for asset in release["assets"]} == {
        "SHA256SUMS": "uploaded",
        "optical-digits-1.0.0.tar": "starter",
    }

    scene.run().release()

    Sweep(scene).holds("300 MB", "cut in the middle")


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False], ids=["journal kept", "journal lost"])
@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
@pytest.mark.parametrize("situation", SCENES)
def test_a_release_cut_at_every_single_request_ends_with_one_of_each(
    sweep: Sweep, situation: str, kind: str, kept: bool
) -> None:
    """Each look and each action is cut at its first request, then at its second, and so on.

    A look only reads, and whether its answer was lost or never made is then the same.
    """
    sweep.begin(situation)
    every = Every(sweep.scene, kind, kept, looks=kind == "cut-before")

    every.release()

    assert every.cuts > (30 if every.looks else 10)
    sweep.holds(situation, f"{every.cuts} cuts, {kind}")


@dataclass
class Every:
    """A release in which no request gets through before it was cut once.

    Of looks that ask the same questions in the same order, one is cut.
    """

    scene: Scene
    kind: str
    kept: bool
    looks: bool
    """Whether looks are cut too."""
    cuts: int = 0
    journal: dict[str, str] = field(default_factory=dict)
    asked: set[tuple[str, ...]] = field(default_factory=set)

    def process(self) -> Run:
        run = self.scene.run()
        run.remembered = dict(self.journal) if self.kept else {}
        return run

    def release(self) -> None:
        while actions := (look := self.look()).passable():
            action, at = actions[0], 1
            while action in look.actions:  # Else the cut came after it was done.
                receipt = self.cut(
                    at, lambda look=look, action=action: look.run.apply(look, action)
                )
                if receipt is not None:
                    self.journal |= receipt.remember
                    break
                at += 1
                look = self.process().look()

    def look(self) -> Look:
        before = len(self.scene.requests())
        look = self.process().look()
        asked = tuple(self.scene.requests()[before:])
        if self.looks and asked not in self.asked:
            self.asked.add(asked)
            for at in range(1, len(asked) + 1):
                assert self.cut(at, lambda: self.process().look()) is None
        return look

    def cut(self, at: int, do: Callable[[], T]) -> T | None:
        """Do it with a cut at that request; what came of it once there are fewer requests."""
        self.scene.fail([{"platform": "github", "at": at, "kind": self.kind}])
        try:
            done = do()
        except Transient:
            done = None
        if self.scene.armed():
            self.scene.disarm()
            return done
        self.cuts += 1
        return None
