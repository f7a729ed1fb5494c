from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pubflow.actions import Action, Receipt, Stage
from pubflow.errors import PubflowError, Refused
from pubflow.journal import Journal, only_run

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
    told = f"process {os.getpid()}, since"
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
