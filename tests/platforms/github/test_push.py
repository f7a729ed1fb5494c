"""git pushes as they are, to bare repositories on this disk and to the stand-in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from platforms.github.listener import Listener, listening
from platforms.github.scene import Scene, git

from pubflow.claim import Moved
from pubflow.errors import PubflowError, Transient
from pubflow.platforms.github.push import NotPushed, Remote, Update
from pubflow.platforms.github.register import GitRegister
from pubflow.tokens import Secret


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    git(folder, "commit", "-q", "--allow-empty", "-m", "two")
    return folder


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "there.git"
    folder.mkdir()
    git(folder, "init", "-q", "--bare", "-b", "main")
    return folder


def remote(there: Path) -> Remote:
    return Remote(lambda: str(there), None)


def at(folder: Path, name: str) -> str:
    return git(folder, "rev-parse", name)


def test_branch_and_tag_arrive_together_or_not_at_all(source: Path, there: Path) -> None:
    head, first = at(source, "HEAD"), at(source, "HEAD~1")
    remote(there).push(source, [Update("refs/tags/v1", first, expected="")])

    both = [Update("refs/heads/main", head), Update("refs/tags/v1", head, expected="")]
    with pytest.raises(NotPushed) as refused:
        remote(there).push(source, both)

    assert remote(there).listing.now() == {"refs/tags/v1": first}
    assert "refs/tags/v1" in str(refused.value)


def test_the_same_push_again_is_fine(source: Path, there: Path) -> None:
    updates = [
        Update("refs/heads/main", at(source, "HEAD")),
        Update("refs/tags/v1", at(source, "HEAD"), expected=""),
    ]

    for _ in range(2):
        remote(there).push(source, updates)

    assert len(remote(there).listing.now() or {}) == 3  # HEAD too


def test_a_branch_that_moved_is_not_overwritten(source: Path, there: Path) -> None:
    remote(there).push(source, [Update("refs/heads/main", at(source, "HEAD"))])

    with pytest.raises(NotPushed) as refused:
        remote(there).push(source, [Update("refs/heads/main", at(source, "HEAD~1"))])

    assert "git pull" in refused.value.hint


def test_what_a_hook_says_is_told(source: Path, there: Path) -> None:
    hook = there / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\necho 'error: GH013: Repository rule violations found' >&2\nexit 1\n"
    )
    hook.chmod(0o755)

    with pytest.raises(NotPushed) as refused:
        remote(there).push(source, [Update("refs/heads/main", at(source, "HEAD"))])

    assert "GH013" in refused.value.why
    assert "rule" in refused.value.hint


def test_a_repository_that_is_not_there_has_no_refs(scene: Scene) -> None:
    absent = Remote(lambda: f"{scene.server}/nobody/nothing.git", Secret(scene.token))

    assert absent.listing.now() is None


def test_nobody_listening_is_worth_another_try(source: Path) -> None:
    dead = Remote(lambda: "http://127.0.0.1:9/o/r.git", None)

    with pytest.raises(Transient):
        dead.push(source, [Update("refs/heads/main", at(source, "HEAD"))])
    with pytest.raises(Transient):
        dead.listing.now()


@pytest.mark.parametrize("status", [403, 429])
def test_a_push_that_comes_too_often_waits_and_is_not_taken_for_forbidden(
    source: Path, status: int
) -> None:
    words = b"You have exceeded a secondary rate limit. Please wait a few minutes."

    def busy(there: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        return status, {"Content-Type": "text/plain"}, words

    with listening(busy) as there:
        url = f"{there.url}/o/r.git"

        with pytest.raises(Transient, match="asks us to wait") as asked:
            Remote(lambda: url, None).push(source, [Update("refs/heads/main", at(source, "HEAD"))])

    assert asked.value.wait == 60.0
    assert "secondary rate limit" in asked.value.why


def test_a_wrong_token_is_named_and_not_shown(scene: Scene, source: Path) -> None:
    scene.existing(private=True, pushed=False)
    wrong = "gh" + "p_" + "w" * 36
    remote = Remote(lambda: f"{scene.server}/{scene.repo}.git", Secret(wrong))

    with pytest.raises(PubflowError) as refused:
        remote.push(source, [Update("refs/heads/main", at(source, "HEAD"))])

    assert "does not accept the token" in refused.value.what
    assert wrong not in f"{refused.value!r} {refused.value.why} {refused.value.hint}"


def test_the_token_is_in_no_argument_and_no_file_that_stays(
    scene: Scene, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.existing(private=True, pushed=False)
    temporary, tools = tmp_path / "tmp", tmp_path / "tools"
    temporary.mkdir()
    tools.mkdir()
    real, head = git(source, "--exec-path"), at(source, "HEAD")
    spy = tools / "git"
    spy.write_text(
        "#!/bin/sh\n"
        f'printf "%s\\n" "$@" >> "{tmp_path}/argv"\n'
        '[ -z "$GIT_ASKPASS" ] || {\n'
        f'ls -ld "$(dirname "$GIT_ASKPASS")" "$GIT_ASKPASS" >> "{tmp_path}/modes"\n'
        f'cat "$GIT_ASKPASS" >> "{tmp_path}/askpass"\n'
        "}\n"
        f'exec "{real}/git" "$@"\n'
    )
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    remote = Remote(lambda: f"{scene.server}/{scene.repo}.git", Secret(scene.token))

    remote.push(source, [Update("refs/heads/main", head)])

    assert list(temporary.iterdir()) == []
    assert "push" in (tmp_path / "argv").read_text().split()
    modes = [line.split()[0] for line in (tmp_path / "modes").read_text().splitlines()]
    assert [mode[1:] for mode in modes] == ["rwx------", "rwx------"]
    for file in [*source.rglob("*"), tmp_path / "argv", tmp_path / "askpass"]:
        if file.is_file():
            assert scene.token.encode() not in file.read_bytes()


@pytest.fixture
def register(there: Path, tmp_path: Path) -> GitRegister:
    return GitRegister(remote(there), "1.0.0", tmp_path / "mine.git", "o/r")


def other(there: Path, tmp_path: Path, version: str = "1.0.0") -> GitRegister:
    return GitRegister(remote(there), version, tmp_path / f"theirs-{version}.git", "o/r")


def test_a_claim_is_created_in_an_empty_repository_and_read_by_another(
    register: GitRegister, there: Path, tmp_path: Path
) -> None:
    assert register.read() is None

    token = register.write("first", None)

    entry = other(there, tmp_path).read()
    assert entry is not None
    assert (entry.token, entry.text) == (token, "first")
    assert git(there, "branch", "--list") == ""


def test_a_claim_moves_only_from_what_was_read(
    register: GitRegister, there: Path, tmp_path: Path
) -> None:
    theirs = other(there, tmp_path)
    first = register.write("first", None)
    with pytest.raises(Moved):
        theirs.write("mine", None)
    entry = theirs.read()
    assert entry is not None
    second = theirs.write("second", entry.token)

    with pytest.raises(Moved):
        register.write("third", first)

    again = register.read()
    assert again is not None
    assert (again.token, again.text) == (second, "second")
    assert git(there, "rev-parse", f"{second}^") == first


def test_the_history_holds_every_version(
    register: GitRegister, there: Path, tmp_path: Path
) -> None:
    register.write("one", None)
    other(there, tmp_path, "2.0.0").write("two", None)

    assert other(there, tmp_path, "3.0.0").history() == {"1.0.0": "one", "2.0.0": "two"}


def test_the_same_claim_has_the_same_id_on_every_computer(
    register: GitRegister, there: Path, tmp_path: Path
) -> None:
    token = register.write("first", None)

    assert other(there, tmp_path).write("first", None) == token


def test_a_claim_that_a_rule_forbids_says_so(register: GitRegister, there: Path) -> None:
    hook = there / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'GH013: no such refs' >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(PubflowError, match="could not be written") as refused:
        register.write("first", None)

    assert "GH013" in refused.value.why
