"""A server that says no digest of an asset: what nobody knows is sent again, never published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from platforms.github.scene import Run, Scene

from pubflow.errors import Refused
from pubflow.rehearsal import Rehearsal
from pubflow.rehearsal.github import GitHub
from pubflow.rehearsal.huggingface import Hub
from pubflow.rehearsal.wire import Request, Response
from pubflow.rehearsal.zenodo import Zenodo


class Silent(GitHub):
    """As GitHub was before 2025-06, and enterprise servers of that time are."""

    def handle(self, request: Request) -> Response:
        response = super().handle(request)
        if not isinstance(response.body, bytes):
            return response
        told = re.sub(rb'("digest": ?)"sha256:[0-9a-f]{64}"', rb"\1null", response.body)
        return replace(response, body=told)


@pytest.fixture
def silent(scene: Scene) -> Iterator[Scene]:
    makers = {
        "github": lambda folder, token: Silent(folder, token=token),
        "huggingface": lambda folder, token: Hub(folder, token=token),
        "zenodo": lambda folder, token: Zenodo(folder, token=token),
    }
    with Rehearsal.start(makers=makers) as rehearsal:
        scene.rehearsal = rehearsal
        yield scene


def go_on(run: Run, until: str = "") -> list[str]:
    """Act, with a journal, until an action of that name comes next, or nothing is left."""
    done = []
    while (look := run.look()).passable() and look.actions[0].verb != until:
        receipt = run.apply(look, look.actions[0])
        run.remembered |= receipt.remember
        done.append(look.ids[0])
    return done


def kept(scene: Scene) -> dict[str, str]:
    [release] = scene.truth()["releases"]
    return {asset["name"]: asset["digest"] for asset in release["assets"]}


def sums(run: Run) -> dict[str, str]:
    return {file.name: f"sha256:{file.sha256}" for file in run.look().target.files}


def test_a_release_is_whole_and_sends_each_file_once(silent: Scene) -> None:
    run = silent.run()

    done = go_on(run)

    assert sum(action.startswith("upload") for action in done) == 2
    assert kept(silent) == sums(run)
    assert silent.run().look().ids == []


def test_a_file_of_the_same_name_and_size_from_older_code_is_not_published(silent: Scene) -> None:
    go_on(silent.run(), until="open")
    before = kept(silent)
    silent.write("code/train.py", "print(2)\n")
    run = silent.run()

    go_on(run)

    assert kept(silent) == sums(run) != before


def test_nothing_is_published_that_was_swapped_behind_our_back(silent: Scene) -> None:
    run = silent.run()
    go_on(run, until="publish")
    look = run.look()
    file, draft = look.target.file("SHA256SUMS"), look.state.release
    assert draft is not None
    old = draft.asset(file.name)
    assert old is not None
    silent.hand("DELETE", f"/repos/{silent.repo}/releases/assets/{old.id}")
    swapped = silent.root / "swapped"
    swapped.write_bytes(b"x" * file.size)
    run.platform._api.upload(draft, file.name, swapped, file.size, lambda sent: None)

    with pytest.raises(Refused, match="does not hold every file"):
        run.apply(look, look.actions[0])

    assert run.look().ids[0] == "upload/SHA256SUMS"
