"""The negative control: a plain script with the library's defaults, on the same faults."""

from __future__ import annotations

from collections.abc import Iterator

import github
import pytest
from platforms.github.scene import Scene
from rehearsal.github.watching import Watch

FAULTS = [{"platform": "github", "at": 1, "kind": "503-applied", "only": "changes", "count": 2}]


@pytest.fixture(autouse=True)
def github_is_obeyed(watch: Watch) -> Iterator[None]:
    """Not held here: PyGithub 2.10 sends an empty `label`, which GitHub does not describe."""
    yield
    watch.wrong.clear()


def naive(scene: Scene) -> None:
    """Twenty lines that one finds in many repositories."""
    hub = github.Github(
        base_url=scene.rehearsal.env["GITHUB_API_URL"],
        auth=github.Auth.Token(scene.token),
        seconds_between_requests=0,
        seconds_between_writes=0,
    )
    repository = hub.get_repo(scene.repo)
    release = repository.create_git_release("v1.0.0", "v1.0.0", "Notes", draft=True)
    release.upload_asset(str(scene.checkout / "README.md"))
    release.update_release("v1.0.0", "Notes", draft=False)


def test_a_naive_script_makes_duplicates(scene: Scene) -> None:
    scene.existing(private=False)
    scene.run().look()  # Our connections are not everybody's in this process.
    scene.fail(FAULTS)

    naive(scene)

    assert len(scene.truth()["releases"]) == 3


def test_a_naive_script_run_again_makes_one_more(scene: Scene) -> None:
    """Killed between draft and publishing, as on a closed laptop."""
    scene.existing(private=False)
    scene.fail(
        [{"platform": "github", "at": 2, "kind": "cut-before", "only": "changes", "count": 99}]
    )
    with pytest.raises(Exception, match=r"."):
        naive(scene)
    scene.disarm()

    naive(scene)

    assert [release["tag"] for release in scene.truth()["releases"]] == ["v1.0.0", "v1.0.0"]


def test_pubflow_makes_one_of_each_on_the_same_faults(scene: Scene) -> None:
    scene.existing(private=False)
    run = scene.run()
    run.apply(run.look(), run.look().actions[0])  # The claim, which a script has not.
    scene.fail(FAULTS)

    run.release()

    [release] = scene.truth()["releases"]
    assert release["draft"] is False
