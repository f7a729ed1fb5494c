"""Real git against the stand-in: push, fetch, clone, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rehearsal.github.place import OWNER, Place

REPO = f"/repos/{OWNER}/paper"


def test_an_atomic_push_lands_branch_and_tag(place: Place) -> None:
    made = place.make(private=True)
    work = place.checkout({"a.txt": "a"})
    push = ("push", "--atomic", "--porcelain", made["clone_url"], "main", "v1")

    first = place.git(*push, cwd=work)
    again = place.git(*push, cwd=work)

    assert "*\trefs/heads/main" in first.stdout
    assert "=\trefs/tags/v1" in again.stdout
    world = place.github.world()["repositories"][0]
    assert world["branches"] == {"main": place.commit(work)}
    assert world["tags"] == [{"name": "v1", "commit": place.commit(work)}]


def test_an_atomic_push_lands_nothing_when_one_reference_is_refused(place: Place) -> None:
    work = place.pushed()
    before = place.commit(work)
    place.git("commit", "-q", "--allow-empty", "-m", "Second", cwd=work)
    place.git("push", "-q", "origin", "HEAD:refs/heads/dev", cwd=work)
    place.git("reset", "-q", "--hard", before, cwd=work)

    push = place.git(
        *("push", "--atomic", "origin", "v1", f"{before}:refs/heads/dev"), cwd=work, ok=False
    )

    assert push.returncode != 0
    assert place.github.world()["repositories"][0]["tags"] == []


def test_a_branch_may_be_forced_as_on_github(place: Place) -> None:
    work = place.pushed()
    place.git("commit", "-q", "--amend", "-m", "Other", cwd=work)

    assert place.git("push", "origin", "main", cwd=work, ok=False).returncode != 0
    place.git("push", "-q", "--force", "origin", "main", cwd=work)

    assert place.github.world()["repositories"][0]["branches"]["main"] == place.commit(work)


def test_a_reference_of_ours_is_made_only_if_absent(place: Place) -> None:
    work = place.pushed()
    place.make("empty")
    address = f"{place.url}/{OWNER}/empty.git"
    claim = ("push", "--force-with-lease=refs/pubflow/1.0:", address, "HEAD:refs/pubflow/1.0")

    place.git(*claim, cwd=work)
    place.git("commit", "-q", "--amend", "-m", "Other", cwd=work)

    assert place.git(*claim, cwd=work, ok=False).returncode != 0
    assert place.call("GET", f"/repos/{OWNER}/empty/branches").json() == []
    listed = place.git("ls-remote", address, "refs/pubflow/*", cwd=work, token=None)
    assert listed.stdout.endswith("refs/pubflow/1.0\n")


def test_a_public_repository_is_cloned_without_a_token(place: Place) -> None:
    place.pushed()

    place.git("clone", "-q", f"{place.url}/{OWNER}/paper", "copy", token=None)

    assert (place.folder / "copy" / "README.md").read_text() == "# Paper\n"


def test_a_private_repository_is_cloned_with_the_token_only(place: Place) -> None:
    place.pushed(private=True)
    address = f"{place.url}/{OWNER}/paper.git"

    refused = place.git("clone", "-q", address, "copy", token="wrong", ok=False)
    assert refused.returncode == 128
    assert "Authentication failed" in refused.stderr
    path = f"/{OWNER}/paper.git/info/refs?service=git-upload-pack"
    assert place.call("GET", path, token=None).status_code == 401
    place.git("clone", "-q", address, "copy")


def test_git_is_asked_for_a_login_before_it_pushes(place: Place) -> None:
    place.make()
    path = f"/{OWNER}/paper.git/info/refs?service=git-receive-pack"

    answer = place.call("GET", path, token=None)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert place.call("GET", path).status_code == 200


def test_a_repository_that_is_not_there_is_not_found(place: Place) -> None:
    work = place.checkout({"a.txt": "a"})

    push = place.git("push", f"{place.url}/{OWNER}/none.git", "main", cwd=work, ok=False)

    assert push.returncode == 128
    assert "not found" in push.stderr


@pytest.mark.parametrize("options", [(), ("-c", "http.postBuffer=1000000000")])
def test_thirty_megabytes_are_pushed_chunked_or_whole(
    place: Place, options: tuple[str, ...]
) -> None:
    made = place.make()
    work = place.checkout({"big.bin": os.urandom(30_000_000)})

    place.git(*options, "push", "-q", "--atomic", made["clone_url"], "main", cwd=work)
    place.git("clone", "-q", made["clone_url"], "copy")

    assert (work / "big.bin").read_bytes() == (place.folder / "copy" / "big.bin").read_bytes()


def test_a_file_above_100_megabytes_is_refused_by_name(place: Place) -> None:
    work = place.pushed()
    with (work / "weights with space.bin").open("wb") as file:
        file.truncate(100 * 1024 * 1024 + 1)
    place.git("add", ".", cwd=work)
    place.git("-c", "core.compression=1", "commit", "-q", "-m", "Large", cwd=work)

    push = place.git("push", "origin", "main", cwd=work, ok=False)

    assert push.returncode != 0
    assert "GH001" in push.stderr
    assert "weights with space.bin is 100.00 MB" in push.stderr


def test_the_first_branch_becomes_the_default_one(place: Place) -> None:
    made = place.make()
    assert made["default_branch"] == "main"
    work = place.checkout({"a.txt": "a"})

    place.git("push", "-q", made["clone_url"], "main:develop", cwd=work)

    assert place.call("GET", REPO).json()["default_branch"] == "develop"
    head = place.git("ls-remote", "--symref", made["clone_url"], "HEAD", cwd=work)
    assert head.stdout.startswith("ref: refs/heads/develop\tHEAD")


def test_the_configuration_of_the_user_has_no_part(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[receive]\n\tdenyNonFastForwards = true\n[http]\n\treceivepack = false\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))

    work = place.pushed()

    place.git("commit", "-q", "--amend", "-m", "Other", cwd=work)
    place.git("push", "-q", "--force", "origin", "main", cwd=work)
