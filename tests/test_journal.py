from __future__ import annotations

import os
import re
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pubflow import journal as journal_module
from pubflow.actions import Action, Receipt, Stage
from pubflow.errors import PubflowError, Refused
from pubflow.journal import STEPS, Journal, disk, only_run

RESERVE = Action("data.d@shelf", Stage.RESERVE, "reserve")
UPLOAD = Action("data.d@shelf", Stage.UPLOAD, "upload", "a.csv")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".pubflow" / "journal.db"


def test_the_newest_name_wins(path: Path) -> None:
    journal = Journal(path, "r")
    journal.begin(RESERVE)
    journal.commit(RESERVE, Receipt({"record": "1", "concept": "0"}))
    journal.commit(RESERVE, Receipt({"record": "2"}))

    assert Journal(path, "r").memory("data.d@shelf") == {"record": "2", "concept": "0"}


def test_an_intent_without_an_outcome_is_unfinished(path: Path) -> None:
    journal = Journal(path, "r")
    journal.begin(RESERVE)
    journal.commit(RESERVE, Receipt())
    journal.begin(UPLOAD)

    again = Journal(path, "r")
    assert again.unfinished() == [UPLOAD.id]
    assert again.done() == [RESERVE.id]


def test_releases_do_not_see_each_other(path: Path) -> None:
    Journal(path, "one").commit(RESERVE, Receipt({"record": "1"}))

    assert Journal(path, "two").memory("data.d@shelf") == {}


def test_a_journal_is_for_its_owner_alone_and_git_does_not_see_it(path: Path) -> None:
    Journal(path, "r")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (path.parent / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("torn", [b"", b"not a database at all, but long enough" * 9])
def test_a_broken_journal_is_moved_aside(path: Path, torn: bytes) -> None:
    journal = Journal(path, "r")
    journal.commit(RESERVE, Receipt({"record": "1"}))
    journal.close()
    path.write_bytes(torn)
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)

    again = Journal(path, "r")
    again.commit(RESERVE, Receipt({"record": "2"}))

    assert again.memory("data.d@shelf") == {"record": "2"}
    # An empty file is a journal of which nothing was written yet.
    assert [note.severity for note in again.notes()] == ["note"] * bool(torn)
    assert len(list(path.parent.glob("journal.db.broken-*"))) == bool(torn)
    assert not list(Journal(path, "r").notes())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A journal with some history, as it lies on the disk when nobody has it open."""
    path = tmp_path_factory.mktemp("whole") / "journal.db"
    journal = Journal(path, "r")
    for number in range(200):
        journal.begin(RESERVE)
        journal.commit(RESERVE, Receipt({"record": str(number)}))
    journal.close()
    return path.read_bytes()


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_damaged_journal_is_read_truly_or_told_and_never_in_the_way(
    tmp_path: Path, whole: bytes, data: st.DataObject
) -> None:
    """Cut at any byte, or with any bytes changed: what it says was said, or a sentence says why
    not; and a journal that cannot be read is put aside by the command that the sentence names."""
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    path = folder / "journal.db"
    torn = bytearray(whole[: data.draw(st.integers(0, len(whole)), label="cut")])
    for at in data.draw(st.lists(st.integers(0, max(len(torn) - 1, 0)), max_size=4), label="at"):
        if torn:
            torn[at] ^= data.draw(st.integers(1, 255), label="flip")
    path.write_bytes(torn)
    try:
        journal = Journal(path, "r")
        try:
            journal.memory("data.d@shelf")
            journal.unfinished()
            journal.commit(UPLOAD, Receipt())
        finally:
            journal.close()
    except PubflowError:
        path.rename(folder / "journal.db.broken")
        for ending in ("-wal", "-shm"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
    again = Journal(path, "r")
    again.commit(RESERVE, Receipt({"record": "new"}))
    assert again.memory("data.d@shelf")["record"] == "new"
    again.close()


def test_a_journal_that_breaks_while_it_is_open_is_told_with_what_to_do(path: Path) -> None:
    journal = Journal(path, "r")
    journal.commit(RESERVE, Receipt({"record": "1"}))
    with sqlite3.connect(path) as db:
        db.execute("update actions set remember = '{\"record'")

    with pytest.raises(PubflowError, match="cannot be read") as told:
        journal.memory("data.d@shelf")

    assert f"    mv {path} {path}.broken\n" in told.value.hint


def test_an_older_journal_goes_to_the_newest_schema_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Journal(path, "r").commit(RESERVE, Receipt({"record": "1"}))
    step = ("alter table actions add column note text not null default ''",)
    monkeypatch.setattr(journal_module, "STEPS", (*STEPS, step))

    assert Journal(path, "r").memory("data.d@shelf") == {"record": "1"}

    with sqlite3.connect(path) as db:
        assert db.execute("pragma user_version").fetchone() == (len(STEPS) + 1,)
        assert db.execute("select note from actions").fetchall() == [("",)]


def test_a_step_that_fails_leaves_the_older_journal_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Journal(path, "r").commit(RESERVE, Receipt({"record": "1"}))
    step = ("alter table actions add column note text", "alter table nothing add column x")
    with monkeypatch.context() as newer:
        newer.setattr(journal_module, "STEPS", (*STEPS, step))
        with pytest.raises(PubflowError):
            Journal(path, "r")

    assert Journal(path, "r").memory("data.d@shelf") == {"record": "1"}
    with sqlite3.connect(path) as db:
        assert "note" not in str(db.execute("select sql from sqlite_master").fetchall())


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("ext4", "wal"), ("nfs4", "delete"), ("fuse.sshfs", "delete"), ("lustre", "delete")],
)
def test_on_another_computers_disk_no_memory_is_shared(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, mode: str
) -> None:
    place = tmp_path / "a home"
    octal = str(place).replace(" ", "\\040")
    (tmp_path / "mounts").write_text(f"/dev/a / ext4 rw 0 0\nhome:/x {octal} {kind} rw 0 0\n")
    monkeypatch.setattr(disk, "MOUNTS", tmp_path / "mounts")
    here = place / ".pubflow" / "journal.db"

    journal = Journal(here, "r")
    journal.commit(RESERVE, Receipt({"record": "1"}))

    assert Path(f"{here}-wal").exists() == (mode == "wal")
    assert Journal(here, "r").memory("data.d@shelf") == {"record": "1"}
    with sqlite3.connect(here) as db:
        assert db.execute("pragma journal_mode").fetchone() == (mode,)


def test_a_disk_that_cannot_be_written_is_told() -> None:
    if not Path("/proc/self").exists():
        return  # Linux alone has a place where not even root can write.
    with pytest.raises(PubflowError, match="cannot be written") as told:
        Journal(Path("/proc/self/.pubflow/journal.db"), "r")

    assert "write permission" in told.value.hint


@pytest.mark.parametrize("name", ["lock", ".gitignore", "journal.db-wal", "hashes.db-journal"])
def test_no_link_in_our_folder_is_written_through(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("precious")
    folder = tmp_path / "project" / ".pubflow"
    folder.mkdir(parents=True)
    (folder / name).symlink_to(theirs if name != ".gitignore" else tmp_path / "nothing")

    with pytest.raises(PubflowError, match="is a link to another place") as told, only_run(folder):
        raise AssertionError("it was followed")

    assert f"    rm {folder / name}" in told.value.hint
    assert theirs.read_text() == "precious"
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("name", [".pubflow", ".pubflow/journal.db"])
def test_a_link_that_came_with_the_files_is_not_followed(tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with sqlite3.connect(elsewhere / "diary.db") as db:
        db.execute("create table diary (page text)")
    before = (elsewhere / "diary.db").read_bytes()
    project = tmp_path / "project"
    (project / name).parent.mkdir(parents=True)
    (project / name).symlink_to(elsewhere if name == ".pubflow" else elsewhere / "diary.db")

    with pytest.raises(PubflowError):
        Journal(project / ".pubflow" / "journal.db", "r")

    assert [path.name for path in elsewhere.iterdir()] == ["diary.db"]
    assert (elsewhere / "diary.db").read_bytes() == before


def test_a_journal_of_a_newer_pubflow_is_refused(path: Path) -> None:
    Journal(path, "r").close()
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 99")

    with pytest.raises(Refused, match="newer pubflow"):
        Journal(path, "r")


def test_a_journal_in_the_way_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / ".pubflow").write_text("a file where the folder should be")

    with pytest.raises(PubflowError, match="cannot be written"):
        Journal(tmp_path / ".pubflow" / "journal.db", "r")


def test_an_intent_survives_a_process_that_is_killed(path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from pubflow.actions import Action, Stage; from pubflow.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]), 'r')\n"
        "journal.begin(Action('data.d@shelf', Stage.UPLOAD, 'upload', 'a.csv'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)

    assert Journal(path, "r").unfinished() == [UPLOAD.id]


def test_a_second_run_is_told_who_is_at_work(tmp_path: Path) -> None:
    told = f"process {os.getpid()} on {re.escape(socket.gethostname())}, since 20"
    with only_run(tmp_path), pytest.raises(Refused, match=told), only_run(tmp_path):
        raise AssertionError("two at once")


def test_the_lock_of_a_process_that_died_is_free(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from pubflow.journal import only_run\n"
        "with only_run(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)

    with only_run(tmp_path):
        pass
