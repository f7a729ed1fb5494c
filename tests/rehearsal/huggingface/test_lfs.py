"""LFS: signed addresses, whole bytes, ranges, parts, and memory that stays small."""

from __future__ import annotations

import hashlib
import http.client
import io
import tracemalloc
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from rehearsal.huggingface.asking import TOKEN, Asker, lfs, regular

from pubflow.rehearsal.huggingface import Hub
from pubflow.rehearsal.wire import Request

LFS_JSON = "application/vnd.git-lfs+json"


def batch(ask: Asker, oid: str, size: int, operation: str = "upload", **more: Any) -> Any:
    body = {"operation": operation, "objects": [{"oid": oid, "size": size}], **more}
    reply = ask("POST", "/lab/m.git/info/lfs/objects/batch", body, kind=LFS_JSON)
    assert reply.status == 200, reply.data
    return reply.json["objects"][0]


def test_an_object_that_is_there_needs_no_upload(ask: Asker) -> None:
    ask.create()
    oid = ask.upload(b"weights")

    assert "actions" not in batch(ask, oid, 7)


def test_bytes_that_were_not_promised_are_refused(ask: Asker) -> None:
    ask.create()
    oid = hashlib.sha256(b"weights").hexdigest()
    actions = batch(ask, oid, 7)["actions"]
    href = actions["upload"]["href"]

    assert ask("PUT", href, b"sthgiew", token=None).status == 400
    assert ask("PUT", href, b"weights!", token=None).status == 400
    assert ask("PUT", href[:-1] + "x", b"weights", token=None).status == 403
    verify = actions["verify"]["href"]
    assert ask("POST", verify, {"oid": oid, "size": 7}).status == 404
    assert ask("PUT", href, b"weights", token=None).status == 200
    assert ask("POST", verify, {"oid": oid, "size": 7}).status == 200


def test_an_uploaded_object_is_seen_by_nobody_before_the_commit(ask: Asker) -> None:
    ask.create()
    oid = ask.upload(b"weights")

    assert "error" in batch(ask, oid, 7, "download")
    assert ask.hub.world()["repositories"][0]["files"][0]["path"] == ".gitattributes"
    ask.commit([lfs("w.bin", oid, 7)])
    href = batch(ask, oid, 7, "download")["actions"]["download"]["href"]
    assert ask("GET", href, token=None).data == b"weights"


def test_a_download_tells_its_digest_commit_and_size(ask: Asker) -> None:
    ask.create()
    oid = ask.upload(b"0123456789")
    made = ask.commit([lfs("w.bin", oid, 10), regular("a b.txt", b"text")]).json["commitOid"]

    whole = ask("GET", "/lab/m/resolve/main/w.bin", token=None)
    head = ask("HEAD", "/lab/m/resolve/main/w.bin", token=None)
    text = ask("GET", "/lab/m/resolve/main/a%20b.txt", token=None)

    assert whole.data == b"0123456789"
    assert head.data == b""
    for reply in (whole, head):
        assert reply.headers["x-linked-etag"] == reply.headers["etag"] == f'"{oid}"'
        assert reply.headers["x-linked-size"] == reply.headers["content-length"] == "10"
        assert reply.headers["x-repo-commit"] == made
    assert text.headers["etag"] == f'"{hashlib.sha1(b"blob 4" + bytes(1) + b"text").hexdigest()}"'
    assert ask("GET", "/lab/m/raw/main/w.bin").text.startswith("version https://git-lfs")


@pytest.mark.parametrize(
    ("asked", "data", "told"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_a_part_of_a_file_can_be_had(ask: Asker, asked: str, data: bytes, told: str) -> None:
    ask.create()
    ask.commit([lfs("w.bin", ask.upload(b"0123456789"), 10)])

    part = ask("GET", "/lab/m/resolve/main/w.bin", headers={"range": asked})

    assert (part.status, part.data, part.headers["content-range"]) == (206, data, told)


def test_a_range_past_the_end_is_refused(ask: Asker) -> None:
    ask.create()
    ask.commit([regular("a.txt", b"a")])

    assert ask("GET", "/lab/m/resolve/main/a.txt", headers={"range": "bytes=5-"}).status == 416


def test_a_large_object_is_taken_in_parts_and_put_together(tmp_path: Path) -> None:
    ask = Asker(Hub(tmp_path, token=TOKEN, multipart_above=10, part_size=6))
    ask.create()
    content = b"0123456789abcdef"
    oid = hashlib.sha256(content).hexdigest()
    upload = batch(ask, oid, 16, transfers=["basic", "multipart"])["actions"]["upload"]
    addresses = [upload["header"][f"{number:05}"] for number in (1, 2, 3)]
    assert upload["header"]["chunk_size"] == "6"

    assert ask("PUT", addresses[0], content[:5], token=None).status == 400
    parts = [
        {
            "partNumber": number + 1,
            "etag": ask("PUT", address, content[6 * number : 6 * number + 6]).headers["etag"],
        }
        for number, address in enumerate(addresses)
    ]
    complete = upload["href"]
    short = {"oid": oid, "parts": parts[:2]}
    wrong = {"oid": oid, "parts": [*parts[:2], {**parts[2], "etag": "0"}]}
    assert ask("POST", complete, short, kind=LFS_JSON).status == 400
    assert ask("POST", complete, wrong, kind=LFS_JSON).status == 400
    assert ask("POST", complete, {"oid": oid, "parts": parts}, kind=LFS_JSON).status == 200

    assert ask.commit([lfs("w.bin", oid, 16)]).status == 200
    assert ask("GET", "/lab/m/resolve/main/w.bin").data == content


def test_above_the_limit_only_digests_of_large_files_are_kept(tmp_path: Path) -> None:
    ask = Asker(Hub(tmp_path, token=TOKEN, keep=10))
    ask.create()
    oid = ask.upload(b"more than ten bytes")
    ask.commit([lfs("w.bin", oid, 19), regular("README.md", b"# A card that is still read\n")])

    assert ask("HEAD", "/lab/m/resolve/main/w.bin").headers["x-linked-etag"] == f'"{oid}"'
    assert ask("GET", "/lab/m/resolve/main/w.bin").status == 507
    assert "still read" in ask("GET", "/lab/m").text
    assert ask.hub.world()["repositories"][0]["files"][2]["sha256"] == oid


class Zeros(io.RawIOBase):
    """So many zero bytes, made as they are read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.left)
        buffer[:count] = bytes(count)
        self.left -= count
        return count


def test_a_large_upload_takes_little_memory(ask: Asker) -> None:
    ask.create()
    size = 96 * 2**20
    digest = hashlib.sha256()
    for _ in range(96):
        digest.update(bytes(2**20))
    href = batch(ask, digest.hexdigest(), size)["actions"]["upload"]["href"]
    parts = urlsplit(href)
    query = dict(item.split("=", 1) for item in parts.query.split("&"))
    request = Request(
        "PUT",
        parts.path,
        {key: [value] for key, value in query.items()},
        {"content-length": str(size)},
        io.BufferedReader(Zeros(size)),
        "http://127.0.0.1:1",
    )

    tracemalloc.start()
    answer = ask.hub.handle(request)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert answer.status == 200
    assert peak < 8 * 2**20


def test_an_upload_needs_its_length_and_a_chunked_one_is_refused(
    address: tuple[Hub, str],
) -> None:
    hub, url = address
    ask = Asker(hub)
    ask.create()
    oid = hashlib.sha256(b"weights").hexdigest()
    href = urlsplit(batch(ask, oid, 7)["actions"]["upload"]["href"])
    line = http.client.HTTPConnection(urlsplit(url).netloc)

    line.request("PUT", f"{href.path}?{href.query}", iter([b"weights"]), encode_chunked=True)

    assert line.getresponse().status == 411
    line.close()
