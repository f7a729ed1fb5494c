"""Large files in parts: where an instance takes them, and in one piece elsewhere."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms.zenodo.scene import TOKEN, Scene, run, serving
from platforms.zenodo.test_client import answering, saying
from platforms.zenodo.test_crash_safety import Gate, gate, lost, must, says

from pubflow.actions import Stage
from pubflow.errors import PubflowError, Transient
from pubflow.manifest import Manifest
from pubflow.platforms.zenodo import parts
from pubflow.platforms.zenodo.state import Entry
from pubflow.rehearsal.faults import Cut
from pubflow.rehearsal.wire import Request, Response

CONTENT = "".join(random.Random(1).choice("abc") for _ in range(1000))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a kilobyte are large, and a part has 300 bytes."""
    monkeypatch.setattr(parts, "FROM", 900)
    monkeypatch.setattr(parts, "PART", 300)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with serving(tmp_path, flavour="invenio", wired=True) as made:
        made.desk = Gate(made)
        yield made


def large(scene: Scene) -> Manifest:
    return scene.manifest(scene.data({"large.bin": CONTENT, "small.csv": "1,2\n"}))


def sent(scene: Scene) -> list[str]:
    """Which contents were asked to be received, in order: a number is a part's."""
    paths = [path for method, path, _ in gate(scene).seen if method == "PUT" and "/content" in path]
    return [path.partition("/files/")[2].replace("/content", "").rstrip("/") for path in paths]


def arrived(scene: Scene) -> bool:
    [record] = scene.records()
    md5 = hashlib.md5(CONTENT.encode()).hexdigest()
    return record["published"] and {"key": "large.bin", "size": 1000, "md5": md5} in record["files"]


def test_a_large_file_goes_in_parts_and_a_small_one_whole(scene: Scene) -> None:
    scene.release(large(scene))

    assert sent(scene) == ["large.bin/1", "large.bin/2", "large.bin/3", "large.bin/4", "small.csv"]
    assert arrived(scene)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_part_without_an_answer_is_sent_again_and_the_others_are_not(
    scene: Scene, number: int
) -> None:
    lost(scene, "PUT", f"/content/{number}$")

    scene.release(large(scene))

    assert sorted(sent(scene)) == [f"large.bin/{n}" for n in (1, 2, 3, 4)] + ["small.csv"]
    assert arrived(scene)


@pytest.mark.parametrize("pattern", ["/draft/files$", "/content/3$", "/commit$"])
def test_a_new_run_goes_on_with_the_file_that_was_announced(scene: Scene, pattern: str) -> None:
    method = "PUT" if "content" in pattern else "POST"
    lost(scene, method, pattern)
    with pytest.raises(PubflowError):
        run(scene.open(large(scene), budget=0.0))

    scene.release(large(scene))

    assert not any(method == "DELETE" for method, _, _ in gate(scene).seen)
    assert arrived(scene)


def test_a_part_that_never_came_is_found_by_the_md5(scene: Scene) -> None:
    """The server lays the file out whole, so a hole is zeros, and the size is right."""
    says(scene, "PUT", "/content/2$", Response.of({"key": "large.bin"}))

    scene.release(large(scene))

    assert ("DELETE", 204) in {(method, status) for method, _, status in gate(scene).seen}
    assert arrived(scene)


def test_the_md5_of_a_file_in_parts_is_waited_for(scene: Scene) -> None:
    """It is computed after the commit, by a task; here a second later."""
    before = scene.clock.now
    scene.release(large(scene), until=Stage.UPLOAD)

    assert scene.clock.now - before >= 1
    assert scene.plan(large(scene)).plan.at(Stage.UPLOAD) == ()


def test_an_md5_that_does_not_come_is_waited_for_by_another_run(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pubflow.rehearsal.zenodo.files.DIGESTING", 3600.0)
    with pytest.raises(Transient, match="not yet computed the MD5"):
        run(scene.open(large(scene), budget=30.0))
    scene.clock.sleep(3600)

    before = len(gate(scene).seen)
    scene.release(large(scene))

    assert arrived(scene)
    assert not any("large.bin/content" in path for _, path, _ in gate(scene).seen[before:])


def test_where_parts_are_refused_the_file_goes_whole_and_is_asked_about_once(
    tmp_path: Path,
) -> None:
    """As on Zenodo: announced with 201, and each part refused with 403."""
    with serving(tmp_path, flavour="zenodo", wired=True) as scene:
        scene.desk = Gate(scene)
        other = scene.data({"large.bin": CONTENT}, key="data.more")
        scene.release(scene.manifest(scene.data({"large.bin": CONTENT}), other))

        tried = [path for path in sent(scene) if path.startswith("large.bin/")]
        assert tried == ["large.bin/1"]
        assert [record["published"] for record in scene.records()] == [True, True]


def test_a_refusal_that_is_lost_with_its_connection_is_believed_in_the_end(scene: Scene) -> None:
    """A server that reads no further closes the connection while the part is still being sent."""

    def cut(request: Request) -> Response:
        raise Cut

    gate(scene).armed += [("PUT", "/content/1$", cut)] * parts.TRIES

    scene.release(large(scene))

    assert sent(scene) == ["large.bin", "small.csv"]
    assert arrived(scene)


def test_over_a_real_socket_a_refused_part_holds_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in says no before it reads a megabyte of a part."""
    monkeypatch.setattr(parts, "PART", 8 << 20)
    with serving(tmp_path, flavour="zenodo") as scene:
        scene.release(scene.manifest(scene.data({"large.bin": CONTENT * (20 << 10)})))

        [record] = scene.records()
        assert record["files"][0]["size"] == 1000 * (20 << 10)


def test_zenodo_itself_is_not_asked(tmp_path: Path) -> None:
    with serving(tmp_path, flavour="zenodo", wired=True) as scene:
        scene.desk = Gate(scene)
        scene.url = "https://sandbox.zenodo.org"
        scene.release(large(scene))

        assert sent(scene) == ["large.bin", "small.csv"]


@pytest.mark.parametrize("old", ["refuses", "fails", "knows no parts"])
def test_an_older_instance_gets_the_file_whole(scene: Scene, old: str) -> None:
    """One refuses what it does not know, another takes the announcement for a plain one."""

    def plain(request: Request) -> Response:
        if old == "refuses":
            return Response.of({"status": 400, "message": "Unknown field."}, 400)
        if old == "fails":
            return Response.of({"status": 500, "message": "Internal error."}, 500)
        sent = request.json()
        if "transfer" not in sent[0]:
            raise AssertionError(sent)
        must(scene, 201, "POST", request.path, [{"key": sent[0]["key"]}])
        return Response.of({"entries": [{"key": sent[0]["key"], "status": "pending"}]}, 201)

    gate(scene).armed.append(("POST", "/draft/files$", plain))

    scene.release(large(scene))

    assert sent(scene) == ["large.bin", "small.csv"]
    assert arrived(scene)


def test_parts_that_go_to_a_store_elsewhere_carry_no_token(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_text(CONTENT)
    told: list[int] = []
    with answering(saying(200, b"")) as (store, got), answering(saying(500)) as (client, asked):
        address = f"{store._session.base}/bucket/large?signature=abc"
        assert client.send_part(address, "large.bin", path, 300, 300, told.append)

    [(method, where, headers)] = got
    assert (method, where, headers["Content-Length"]) == (
        "PUT",
        "/bucket/large?signature=abc",
        "300",
    )
    assert TOKEN not in str(headers)
    assert asked == []
    assert sum(told) == 300


def test_parts_for_the_instance_itself_go_there_whatever_it_calls_itself(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_text(CONTENT)
    here = "/api/records/8/draft/files/a%20b.bin/content/2"
    with answering(saying(200, {"key": "a b.bin"})) as (client, asked):
        address = f"http://its-own-name.example{here}"
        assert client.send_part(address, "a b.bin", path, 300, 300, lambda _: None)

    [(method, where, headers)] = asked
    assert (method, where) == ("PUT", here)
    assert headers["Authorization"] == f"Bearer {TOKEN}"


def test_an_address_of_a_part_that_is_too_old_is_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_text(CONTENT)
    with (
        answering(saying(403, b"<Error/>")) as (store, _),
        answering(saying(200)) as (client, _),
        pytest.raises(Transient, match="answered 403"),
    ):
        client.send_part(f"{store._session.base}/b", "large.bin", path, 0, 300, lambda _: None)


@pytest.mark.parametrize("size", [1, 300, 301, 1000, 300 * 1000, 300 * 1000 + 1, 10**9])
def test_parts_cover_the_file_and_are_not_too_many(size: int) -> None:
    each = parts.part_size(size)
    spans = list(parts.spans(size, each))

    assert sum(length for _, length in spans) == size
    assert [start for start, _ in spans] == [n * each for n in range(len(spans))]
    assert len(spans) <= parts.MOST
    assert all(length == each for _, length in spans[:-1])


def test_an_entry_says_where_its_parts_go() -> None:
    from pubflow.platforms.zenodo.state import entries

    links = {"parts": [{"part": 2, "url": "b"}, {"part": 1, "url": "a"}]}
    [entry] = entries([{"key": "k", "status": "pending", "links": links}])

    assert entry == Entry("k", 0, "", "pending", ("a", "b"))
