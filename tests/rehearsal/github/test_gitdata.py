"""References and objects over REST."""

from __future__ import annotations

import base64

from rehearsal.github.place import OWNER, Place

REPO = f"/repos/{OWNER}/paper"


def test_an_empty_repository_answers_409(place: Place) -> None:
    place.make()

    assert place.call("GET", f"{REPO}/git/ref/heads/main").status_code == 409
    assert place.call("GET", f"{REPO}/commits").status_code == 409
    fields = {"content": "x"}
    assert place.call("POST", f"{REPO}/git/blobs", json=fields).status_code == 409
    assert place.call("GET", f"{REPO}/contents/a").status_code == 404
    assert place.call("GET", f"{REPO}/branches").json() == []


def test_a_tag_object_makes_no_reference(place: Place) -> None:
    work = place.pushed()
    fields = {"tag": "v1", "message": "One", "object": place.commit(work), "type": "commit"}

    tag = place.call("POST", f"{REPO}/git/tags", json=fields).json()

    assert place.call("GET", f"{REPO}/git/ref/tags/v1").status_code == 404
    ref = {"ref": "refs/tags/v1", "sha": tag["sha"]}
    assert place.call("POST", f"{REPO}/git/refs", json=ref).status_code == 201
    assert place.call("GET", f"{REPO}/commits/v1").json()["sha"] == place.commit(work)


def test_a_reference_is_made_once_and_moved_forward_only(place: Place) -> None:
    work = place.pushed()
    first = place.commit(work)
    place.git("commit", "-q", "--allow-empty", "-m", "Second", cwd=work)
    place.git("push", "-q", "origin", "main", cwd=work)
    second = place.commit(work)
    fields = {"ref": "refs/heads/dev", "sha": second}

    assert place.call("POST", f"{REPO}/git/refs", json=fields).status_code == 201
    assert place.call("POST", f"{REPO}/git/refs", json=fields).status_code == 422
    dev = f"{REPO}/git/refs/heads/dev"
    assert place.call("PATCH", dev, json={"sha": first}).status_code == 422
    assert place.call("PATCH", dev, json={"sha": first, "force": True}).status_code == 200
    assert place.call("PATCH", dev, json={"sha": second}).status_code == 200
    assert place.call("PATCH", dev, json={"sha": "0" * 40}).status_code == 422
    assert place.call("DELETE", dev).status_code == 204
    assert place.call("DELETE", dev).status_code == 422


def test_a_tree_is_made_over_another_and_takes_files_away(place: Place) -> None:
    place.pushed(**{"old.txt": "old"})
    base = place.call("GET", f"{REPO}/git/trees/main").json()["sha"]
    entries = [
        {"path": "sub/new.txt", "mode": "100644", "type": "blob", "content": "new"},
        {"path": "old.txt", "mode": "100644", "type": "blob", "sha": None},
    ]

    fields = {"base_tree": base, "tree": entries}
    made = place.call("POST", f"{REPO}/git/trees", json=fields).json()

    deep = place.call("GET", f"{REPO}/git/trees/{made['sha']}?recursive=1").json()
    assert [e["path"] for e in deep["tree"]] == ["README.md", "sub", "sub/new.txt"]


def test_packed_objects_are_read_like_loose_ones(place: Place) -> None:
    # git keeps a push of 100 objects and more as a pack (receive.unpackLimit).
    work = place.pushed(**{f"f{number}.txt": f"{number}\n" for number in range(150)})

    file = place.call("GET", f"{REPO}/contents/f77.txt").json()

    assert base64.b64decode(file["content"]) == b"77\n"
    assert place.call("GET", f"{REPO}/commits/main").json()["sha"] == place.commit(work)


def test_branches_with_slashes_have_addresses(place: Place) -> None:
    work = place.pushed()
    place.git("push", "-q", "origin", "main:feature/x", cwd=work)

    assert place.call("GET", f"{REPO}/branches/feature/x").json()["name"] == "feature/x"
    assert place.call("GET", f"{REPO}/git/ref/heads/feature/x").status_code == 200
    assert place.call("GET", f"{REPO}/contents/README.md?ref=feature/x").status_code == 200


def test_a_ref_can_be_asked_for_as_a_bare_sha(place: Place) -> None:
    work = place.pushed()
    headers = {"accept": "application/vnd.github.sha"}

    assert place.call("GET", f"{REPO}/commits/main", headers=headers).text == place.commit(work)
    raw = {"accept": "application/vnd.github.raw+json"}
    assert place.call("GET", f"{REPO}/contents/README.md", headers=raw).text == "# Paper\n"


def test_a_commit_that_is_not_there_is_refused(place: Place) -> None:
    place.pushed()

    assert place.call("GET", f"{REPO}/commits/{'0' * 40}").status_code == 422
    assert place.call("GET", f"{REPO}/git/commits/{'0' * 40}").status_code == 404
    assert place.call("GET", f"{REPO}/git/tags/{'0' * 40}").status_code == 404
