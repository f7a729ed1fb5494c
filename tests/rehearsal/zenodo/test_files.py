"""Files of a draft: what is refused, what is lost, and what a stranger gets."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

import pytest
from rehearsal.zenodo.client import TOKEN, ask, request
from rehearsal.zenodo.conftest import Author, body

from pubflow.rehearsal.zenodo import Zenodo


def test_what_was_sent_is_what_a_stranger_downloads(author):
    record = author.draft()
    entry = author.upload(record, "dir/ü (1).bin", bytes(range(256)))
    author.publish(record)

    answer = ask(
        author.zenodo, "GET", f"/api/records/{record}/files/dir/ü (1).bin/content", token=None
    )

    assert entry["checksum"] == f"md5:{md5(answer.data).hexdigest()}"
    assert answer.data == bytes(range(256))
    assert answer.headers["content-length"] == "256"


def test_a_committed_file_that_is_sent_again_is_gone_though_the_answer_is_200(author):
    record = author.draft()
    author.upload(record, "data.csv", b"a,b\n")
    files = f"/api/records/{record}/draft/files"

    answer = author.must(200, "PUT", f"{files}/data.csv/content", b"c,d\n")

    assert answer.json["errors"] == "File upload transfer failed."
    assert author.must(200, "GET", files).json["entries"] == []


def test_content_shorter_than_announced_is_refused_and_its_entry_gone(author):
    record = author.draft()
    files = f"/api/records/{record}/draft/files"
    author.must(201, "POST", files, [{"key": "data.csv"}])

    answer = ask(author.zenodo, "PUT", f"{files}/data.csv/content", b"a", content_length="4")

    assert answer.status == 400
    author.must(404, "GET", f"{files}/data.csv")


def test_an_announced_list_is_taken_whole_or_not_at_all(author):
    record = author.draft()
    files = f"/api/records/{record}/draft/files"
    author.must(201, "POST", files, [{"key": "a"}])

    author.must(400, "POST", files, [{"key": "b"}, {"key": "a"}])

    assert [e["key"] for e in author.must(200, "GET", files).json["entries"]] == ["a"]


def test_a_record_holds_a_hundred_files(author):
    record = author.draft()
    files = f"/api/records/{record}/draft/files"
    author.must(201, "POST", files, [{"key": str(number)} for number in range(100)])

    no = author.must(400, "POST", files, [{"key": "one more"}]).json
    assert no["message"].startswith("Uploading selected files will result in exceeding the max")


def test_more_than_the_quota_is_refused_before_it_is_read(tmp_path: Path):
    author = Author(Zenodo(tmp_path, token=TOKEN, quota=10))
    record = author.draft()
    author.upload(record, "six", b"123456")
    files = f"/api/records/{record}/draft/files"
    author.must(201, "POST", files, [{"key": "five"}])
    unread = request("PUT", f"{files}/five/content")
    unread.headers = {
        "content-type": "application/octet-stream",
        "content-length": "5",
        "authorization": f"Bearer {TOKEN}",
    }
    unread.body = Untouchable()

    assert author.zenodo.handle(unread).status == 413


class Untouchable(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("the body was read")


def test_a_stranger_cannot_upload_and_his_bytes_are_not_read(author):
    record = author.draft()
    files = f"/api/records/{record}/draft/files"
    author.must(201, "POST", files, [{"key": "data.csv"}])
    unread = request("PUT", f"{files}/data.csv/content")
    unread.headers = {"content-type": "application/octet-stream"}
    unread.body = Untouchable()

    assert author.zenodo.handle(unread).status == 403


@pytest.mark.parametrize("flavour", ["zenodo", "invenio"])
def test_zenodo_refuses_an_empty_file_and_invenio_takes_it(flavour, tmp_path: Path):
    author = Author(Zenodo(tmp_path, token=TOKEN, flavour=flavour))
    record = author.draft()
    files = f"/api/records/{record}/draft/files"
    author.must(201, "POST", files, [{"key": "empty"}])
    author.must(200, "PUT", f"{files}/empty/content", b"")

    answer = ask(author.zenodo, "POST", f"{files}/empty/commit")

    assert answer.status == (400 if flavour == "zenodo" else 200)


def test_multipart_is_announced_and_then_refused(author):
    record = author.draft()
    files = f"/api/records/{record}/draft/files"
    wish = {"key": "big.bin", "size": 10, "transfer": {"type": "M", "parts": 2, "part_size": 5}}
    author.must(201, "POST", files, [wish])

    author.must(403, "PUT", f"{files}/big.bin/content/1", b"12345")


def test_the_files_of_an_embargoed_record_are_not_for_strangers(author):
    wish = body()
    embargo = {"active": True, "until": "2999-01-01", "reason": "under review"}
    wish["access"] = {"record": "public", "files": "restricted", "embargo": embargo}
    record = author.must(201, "POST", "/api/records", wish).json["id"]
    author.upload(record, "data.csv", b"a,b\n")
    author.publish(record)

    def stranger(address: str) -> int:
        return ask(author.zenodo, "GET", address, token=None).status

    assert stranger(f"/api/records/{record}") == 200
    assert stranger(f"/api/records/{record}/files") == 403
    assert stranger(f"/api/records/{record}/files/data.csv/content") == 403
    page = ask(author.zenodo, "GET", f"/records/{record}", token=None)
    assert "data.csv" not in page.text


def test_others_are_answered_while_a_file_comes_in(author):
    record = author.draft()
    files = f"/api/records/{record}/draft/files"
    author.must(201, "POST", files, [{"key": "slow.bin"}])
    slow = Slow()
    upload = request("PUT", f"{files}/slow.bin/content")
    upload.headers = {
        "content-type": "application/octet-stream",
        "authorization": f"Bearer {TOKEN}",
    }
    upload.body = slow
    statuses: list[int] = []
    thread = threading.Thread(target=lambda: statuses.append(author.zenodo.handle(upload).status))
    thread.start()
    assert slow.started.wait(10)

    author.must(200, "GET", files)
    author.must(500, "POST", f"{files}/slow.bin/commit")
    author.must(200, "PUT", f"/api/records/{record}/draft", body())
    slow.go_on.set()
    thread.join(10)

    assert statuses == [200]
    author.must(200, "POST", f"{files}/slow.bin/commit")


class Slow(io.BytesIO):
    """A body whose second block waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.started, self.go_on = threading.Event(), threading.Event()
        self.blocks: Iterator[bytes] = iter((b"first", b"second"))

    def read(self, size: int | None = -1, /) -> bytes:
        block = next(self.blocks, b"")
        if block == b"second":
            self.started.set()
            assert self.go_on.wait(10)
        return block


def test_an_entry_deleted_while_its_bytes_came_stays_deleted(author):
    record = author.draft()
    files = f"/api/records/{record}/draft/files"
    author.must(201, "POST", files, [{"key": "slow.bin"}])
    slow = Slow()
    upload = request("PUT", f"{files}/slow.bin/content")
    upload.headers = {
        "content-type": "application/octet-stream",
        "authorization": f"Bearer {TOKEN}",
    }
    upload.body = slow
    statuses: list[int] = []
    thread = threading.Thread(target=lambda: statuses.append(author.zenodo.handle(upload).status))
    thread.start()
    assert slow.started.wait(10)
    author.must(204, "DELETE", f"{files}/slow.bin")
    slow.go_on.set()
    thread.join(10)

    assert statuses == [404]
    assert author.must(200, "GET", files).json["entries"] == []


@pytest.fixture
def invenio(tmp_path: Path) -> Author:
    return Author(Zenodo(tmp_path / "invenio", token=TOKEN, flavour="invenio"))


def in_parts(author: Author, **transfer: object) -> tuple[str, dict[str, object]]:
    record = author.draft()
    files = f"/api/records/{record}/draft/files"
    wish = {"key": "big.bin", "size": 8, "transfer": {"type": "M", **transfer}}
    return files, author.must(201, "POST", files, [wish]).json["entries"][0]


def test_a_file_in_parts_is_one_file_after_its_commit_and_has_a_checksum_later(tmp_path: Path):
    now = [1_000.0]
    zenodo = Zenodo(tmp_path, token=TOKEN, flavour="invenio", clock=lambda: now[0])
    author = Author(zenodo)
    files, entry = in_parts(author, parts=2, part_size=5)
    assert [link["part"] for link in entry["links"]["parts"]] == [1, 2]
    assert entry["links"]["content"] is None
    for number, data in ((2, b"678"), (1, b"xxxxx"), (1, b"12345")):
        author.must(200, "PUT", f"{files}/big.bin/content/{number}", data)

    committed = author.must(200, "POST", f"{files}/big.bin/commit").json

    assert (committed["status"], committed["transfer"]) == ("completed", {"type": "L"})
    assert (committed["size"], committed["checksum"]) == (8, None)
    now[0] += 1
    later = author.must(200, "GET", f"{files}/big.bin").json
    assert later["checksum"] == f"md5:{md5(b'12345678').hexdigest()}"


def test_a_part_that_is_missing_is_zeros_and_no_refusal(invenio: Author):
    files, _ = in_parts(invenio, parts=2, part_size=5)
    invenio.must(200, "PUT", f"{files}/big.bin/content/2", b"678")
    invenio.must(200, "POST", f"{files}/big.bin/commit")

    assert ask(invenio.zenodo, "GET", f"{files}/big.bin/content").data == b"\0\0\0\0\x00678"


@pytest.mark.parametrize(
    ("number", "data", "status"),
    [(1, b"1234", 400), (2, b"6789", 400), (3, b"1", 400), (1, b"12345", 200), (2, b"678", 200)],
)
def test_a_part_has_its_length(invenio: Author, number: int, data: bytes, status: int):
    files, _ = in_parts(invenio, parts=2, part_size=5)

    invenio.must(status, "PUT", f"{files}/big.bin/content/{number}", data)


@pytest.mark.parametrize(
    "wish",
    [
        {"size": 8, "transfer": {"type": "M", "part_size": 5}},
        {"transfer": {"type": "M", "parts": 2, "part_size": 5}},
        {"size": 8, "transfer": {"type": "M", "parts": 2}},
    ],
)
def test_a_file_in_parts_says_all_of_its_sizes(invenio: Author, wish: dict[str, object]):
    record = invenio.draft()

    invenio.must(400, "POST", f"/api/records/{record}/draft/files", [{"key": "big.bin", **wish}])
