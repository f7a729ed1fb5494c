"""The ground truth, and a world that outlives the process."""

from __future__ import annotations

import json
from pathlib import Path

from rehearsal.huggingface.asking import TOKEN, Asker, lfs, regular

from pubflow.rehearsal.huggingface import Hub


def fill(ask: Asker) -> None:
    ask.create(private=True)
    ask.create("lab/d", kind="dataset")
    oid = ask.upload(b"weights")
    ask.commit([lfs("w.bin", oid, 7), regular("a.txt", b"a")], summary="v1")
    ask("POST", "/api/models/lab/m/tag/main", {"tag": "v1.0"})
    ask("POST", "/api/models/lab/m/discussions", {"title": "Change", "pullRequest": True})
    paper = {"title": "Our paper", "namespace": "lab"}
    slug = ask("POST", "/api/collections", paper).json["slug"]
    item = {"item": {"type": "model", "id": "lab/m"}}
    ask("POST", f"/api/collections/{slug}/items", item)


def test_the_world_tells_everything_that_is_there(ask: Asker) -> None:
    fill(ask)

    dataset, model = ask.hub.world()["repositories"]

    assert (dataset["id"], dataset["type"], dataset["private"]) == ("lab/d", "dataset", False)
    assert (model["id"], model["private"], model["gated"]) == ("lab/m", True, False)
    assert [commit["title"] for commit in model["commits"]] == ["v1", "initial commit"]
    assert model["commits"][0]["parent"] == model["commits"][1]["oid"]
    assert model["tags"] == [{"name": "v1.0", "commit": model["commits"][0]["oid"]}]
    assert model["branches"] == [{"name": "main", "commit": model["commits"][0]["oid"]}]
    assert [request["status"] for request in model["pull_requests"]] == ["draft"]
    assert [file["path"] for file in model["files"]] == [".gitattributes", "a.txt", "w.bin"]
    assert model["files"][1]["sha256"].startswith("ca978112ca1bbdca")


def test_a_dumped_world_goes_on_in_a_new_process(tmp_path: Path) -> None:
    first = Asker(Hub(tmp_path, token=TOKEN))
    fill(first)
    second = Asker(Hub(tmp_path, token=TOKEN))

    second.hub.load(json.loads(json.dumps(first.hub.dump())))

    assert second.hub.world() == first.hub.world()
    assert second("GET", "/lab/m/resolve/v1.0/w.bin").data == b"weights"
    assert second.commit([regular("b.txt", b"b")]).status == 200


def test_a_reset_leaves_nothing_but_the_token(ask: Asker, tmp_path: Path) -> None:
    fill(ask)

    ask.hub.reset()

    assert ask.hub.world() == {"repositories": [], "collections": []}
    assert list((tmp_path / "hub/objects").iterdir()) == []
    fill(ask)


def test_a_private_item_of_a_collection_is_hidden_from_strangers(ask: Asker) -> None:
    fill(ask)
    slug = ask("GET", "/api/collections?owner=lab").json[0]["slug"]

    assert len(ask("GET", f"/api/collections/{slug}").json["items"]) == 1
    assert ask("GET", f"/api/collections/{slug}", token=None).json["items"] == []
    assert "lab/m" not in ask("GET", f"/collections/{slug}", token=None).text
    ask("PUT", "/api/models/lab/m/settings", {"visibility": "public"})
    assert 'href="/lab/m"' in ask("GET", f"/collections/{slug}", token=None).text


def test_a_collection_holds_an_item_once(ask: Asker) -> None:
    fill(ask)
    slug = ask("GET", "/api/collections?item=models/lab/m").json[0]["slug"]
    address = f"/api/collections/{slug}"
    body = {"item": {"type": "model", "id": "lab/m"}}

    assert ask("POST", f"{address}/items", body).status == 409
    assert (
        ask("POST", f"{address}/items", {"item": {"type": "model", "id": "lab/no"}}).status == 404
    )
    key = ask("GET", address).json["items"][0]["_id"]
    assert ask("PATCH", f"{address}/items/{key}", {"note": "weights"}).status == 200
    assert ask("GET", address).json["items"][0]["note"] == {"text": "weights"}
    assert ask("DELETE", f"{address}/items/{key}").status == 200
    assert ask("DELETE", address).status == 200
    assert ask("GET", address).status == 404
