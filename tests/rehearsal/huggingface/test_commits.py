"""Commits: all at once or not at all, on the parent that was named."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from rehearsal.huggingface.asking import CARD, Asker, lfs, regular


def paths(ask: Asker, rev: str = "main") -> list[str]:
    tree = ask("GET", f"/api/models/lab/m/tree/{rev}?recursive=true").json
    return [item["path"] for item in tree if item["type"] == "file"]


def test_a_commit_has_the_head_as_its_parent(ask: Asker) -> None:
    ask.create()
    before = ask("GET", "/api/models/lab/m").json["sha"]

    made = ask.commit([regular("a.txt", b"a")], parentCommit=before)

    newest = ask("GET", "/api/models/lab/m/commits/main").json[0]
    assert newest["id"] == made.json["commitOid"]
    assert newest["parents"] == [before]


def test_a_stale_parent_is_refused_in_the_words_of_the_hub(ask: Asker) -> None:
    ask.create()
    before = ask("GET", "/api/models/lab/m").json["sha"]
    ask.commit([regular("a.txt", b"a")])

    late = ask.commit([regular("b.txt", b"b")], parentCommit=before)

    assert late.status == 412
    assert late.json["error"] == ("A commit has happened since. Please refresh and try again.")
    assert "b.txt" not in paths(ask)


def test_of_many_commits_on_one_parent_at_once_only_one_wins(ask: Asker) -> None:
    ask.create()
    head = ask("GET", "/api/models/lab/m").json["sha"]

    def send(number: int) -> int:
        return ask.commit([regular(f"{number}.txt", b"x" * 100_000)], parentCommit=head).status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(16)))

    assert sorted(statuses) == [200, *[412] * 15]
    assert len(ask("GET", "/api/models/lab/m/commits/main").json) == 2


def test_a_pointer_without_bytes_is_refused_and_nothing_else_is_committed(ask: Asker) -> None:
    ask.create()

    refused = ask.commit([regular("a.txt", b"a"), lfs("w.bin", "0" * 64, 5)])

    assert refused.status == 400
    assert refused.json["error"] == "LFS pointer pointed to a file that does not exist"
    assert paths(ask) == [".gitattributes"]


def test_a_pointer_with_another_size_is_refused(ask: Asker) -> None:
    ask.create()
    oid = ask.upload(b"weights")

    assert ask.commit([lfs("w.bin", oid, 8)]).status == 400
    assert ask.commit([lfs("w.bin", oid, 7)]).status == 200


def test_a_copy_names_the_object_without_its_size(ask: Asker) -> None:
    ask.create()
    oid = ask.upload(b"weights")

    copy = ("lfsFile", {"path": "copy.bin", "algo": "sha256", "oid": oid})

    assert ask.commit([copy]).status == 200
    assert ask("GET", "/lab/m/resolve/main/copy.bin").data == b"weights"


def test_files_and_folders_are_deleted(ask: Asker) -> None:
    ask.create()
    ask.commit([regular(path, b"x") for path in ("a", "d/one", "d/two/three", "e/four")])

    ask.commit(
        [
            ("deletedFile", {"path": "a"}),
            ("deletedFolder", {"path": "d/"}),
            ("deletedEntry", {"path": "e/four"}),
        ]
    )

    assert paths(ask) == [".gitattributes"]
    missing = ask.commit([("deletedFile", {"path": "a"})])
    assert (missing.status, missing.headers["x-error-code"]) == (404, "EntryNotFound")


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", ".git/config", "a/.git/b", "", "."])
def test_a_path_that_leaves_the_repository_is_refused(ask: Asker, path: str) -> None:
    ask.create()

    assert ask.commit([regular(path, b"x")]).status == 400


def test_a_large_file_of_an_unknown_ending_is_written_into_gitattributes(ask: Asker) -> None:
    ask.create()
    oid = ask.upload(b"weights")
    before = ask("GET", "/lab/m/raw/main/.gitattributes").data.decode()
    named = ["d/w [1].xyz", "w.bin", "w.xyz"]

    for _ in range(2):
        assert ask.commit([lfs(path, oid, 7) for path in named]).status == 200

    after = ask("GET", "/lab/m/raw/main/.gitattributes").data.decode()
    added = after.removeprefix(before).splitlines()
    assert [line.partition(" filter=lfs ")[0] for line in added] == [
        "d/w[[:space:]][1].xyz",
        "w.xyz",
    ]


def test_a_file_cannot_also_be_a_folder(ask: Asker) -> None:
    ask.create()

    assert ask.commit([regular("a", b"x"), regular("a/b", b"y")]).status == 400


def test_a_folder_of_more_than_ten_thousand_entries_is_refused(ask: Asker) -> None:
    ask.create()
    oid = ask.upload(b"x")
    many = [lfs(f"d/{number}", oid, 1) for number in range(10_001)]

    assert ask.commit(many).status == 400
    assert ask.commit(many[:-1]).status == 200


def test_a_regular_file_above_ten_mebibytes_must_go_by_lfs(ask: Asker) -> None:
    ask.create()

    assert ask.commit([regular("big.txt", b" " * (10 * 2**20 + 1))]).status == 400


def test_a_card_with_a_wrong_licence_cannot_be_committed(ask: Asker) -> None:
    ask.create()

    refused = ask.commit([regular("README.md", b"---\nlicense: GPL-3.0-only\n---\n")])

    assert refused.status == 400
    assert "license" in refused.json["error"]
    assert ask.commit([regular("README.md", CARD)]).status == 200


def test_the_same_commit_twice_makes_two(ask: Asker) -> None:
    ask.create()

    first = ask.commit([regular("a.txt", b"a")]).json["commitOid"]
    second = ask.commit([regular("a.txt", b"a")]).json["commitOid"]

    assert first != second
    assert len(ask("GET", "/api/models/lab/m/commits/main").json) == 3


def test_preupload_says_how_to_send_each_file_and_what_is_there(ask: Asker) -> None:
    ask.create()
    oid = ask.upload(b"weights")
    ask.commit([lfs("w.bin", oid, 7), regular("a.txt", b"a"), regular(".gitignore", b"*.tmp\n")])
    big, nul = 10 * 2**20 + 1, base64.b64encode(b"a\0b").decode()
    asked = [
        {"path": "w.bin", "size": 7, "sample": "dw=="},
        {"path": "a.txt", "size": 1, "sample": "YQ=="},
        {"path": "b.txt", "size": big, "sample": "YQ=="},
        {"path": "c.txt", "size": 3, "sample": nul},
        {"path": "x/y.tmp", "size": 1, "sample": "YQ=="},
        {"path": "sub/t.parquet", "size": 1, "sample": "YQ=="},
    ]

    answer = ask("POST", "/api/models/lab/m/preupload/main", {"files": asked}).json

    modes = {item["path"]: item["uploadMode"] for item in answer["files"]}
    assert modes == {
        "w.bin": "lfs",
        "a.txt": "regular",
        "b.txt": "lfs",
        "c.txt": "lfs",
        "x/y.tmp": "regular",
        "sub/t.parquet": "lfs",
    }
    assert answer["files"][0]["oid"] == oid
    assert answer["files"][1]["oid"] == hashlib.sha1(b"blob 1\0a").hexdigest()
    assert [item["path"] for item in answer["files"] if item["shouldIgnore"]] == ["x/y.tmp"]


def test_a_commit_goes_to_a_branch_or_a_pull_request_only(ask: Asker) -> None:
    ask.create()
    ask("POST", "/api/models/lab/m/tag/main", {"tag": "v1"})

    assert ask.commit([regular("a", b"a")], rev="v1").status == 400
    assert ask.commit([regular("a", b"a")], rev="nowhere").status == 404


def test_a_pull_request_leaves_main_alone_until_it_is_merged(ask: Asker) -> None:
    ask.create()
    draft = {"title": "My change", "description": "", "pullRequest": True}
    num = ask("POST", "/api/models/lab/m/discussions", draft).json["num"]
    thread = f"/api/models/lab/m/discussions/{num}"

    ask.commit([regular("a.txt", b"a")], rev=f"refs%2Fpr%2F{num}")
    assert "a.txt" in paths(ask, f"refs%2Fpr%2F{num}")
    assert "a.txt" not in paths(ask)
    assert ask("POST", f"{thread}/merge").status == 400

    ask("POST", f"{thread}/status", {"status": "open"})
    assert ask("POST", f"{thread}/merge").status == 200
    assert "a.txt" in paths(ask)
    assert ask("GET", f"{thread}?diff=1").json["status"] == "merged"


def test_a_merge_is_one_commit_whose_text_lists_what_it_is_made_of(ask: Asker) -> None:
    ask.create()
    draft = {"title": "My change", "description": "Not told any more", "pullRequest": True}
    num = ask("POST", "/api/models/lab/m/discussions", draft).json["num"]
    thread = f"/api/models/lab/m/discussions/{num}"
    made = [
        ask.commit([regular(name, b"a")], rev=f"refs%2Fpr%2F{num}", summary=f"Add {name}")
        for name in ("a.txt", "b.txt")
    ]
    ask("POST", f"{thread}/status", {"status": "open"})
    ask("POST", f"{thread}/merge")

    newest = ask("GET", "/api/models/lab/m/commits/main").json[0]

    oids = [one.json["commitOid"] for one in made]
    assert newest["title"] == f"My change (#{num})"
    assert newest["message"] == f"- Add a.txt ({oids[0]})\n- Add b.txt ({oids[1]})"


def test_a_tag_never_moves(ask: Asker) -> None:
    ask.create()
    ask("POST", "/api/models/lab/m/tag/main", {"tag": "v1", "message": "first"})
    ask.commit([regular("a.txt", b"a")])

    again = ask("POST", "/api/models/lab/m/tag/main", {"tag": "v1"})

    assert again.status == 409
    assert paths(ask, "v1") == [".gitattributes"]
    assert ask("DELETE", "/api/models/lab/m/tag/v1").status == 200
    assert ask("DELETE", "/api/models/lab/m/tag/v1").status == 404


def test_squashing_leaves_one_commit_and_the_tags(ask: Asker) -> None:
    ask.create()
    tagged = ask.commit([regular("a.txt", b"a")]).json["commitOid"]
    ask("POST", "/api/models/lab/m/tag/main", {"tag": "v1"})
    ask.commit([regular("b.txt", b"b")])

    ask("POST", "/api/models/lab/m/super-squash/main", {"message": "one"})

    assert [row["title"] for row in ask("GET", "/api/models/lab/m/commits/main").json] == ["one"]
    assert ask("GET", "/api/models/lab/m/revision/v1").json["sha"] == tagged
    assert "b.txt" in paths(ask)


def test_the_tree_comes_in_pages(ask: Asker) -> None:
    ask.create()
    ask.commit([regular(f"d/{number:04}", b"x") for number in range(1005)])

    first = ask("GET", "/api/models/lab/m/tree/main?recursive=true")
    link = first.headers["link"].partition(">")[0].removeprefix("<")
    second = ask("GET", link)

    found = [item["path"] for item in (*first.json, *second.json)]
    assert (len(first.json), len(found), len(set(found))) == (1000, 1007, 1007)
    assert "link" not in second.headers


def test_the_tree_of_a_folder_and_of_nothing(ask: Asker) -> None:
    ask.create()
    ask.commit([regular("d/e/f.txt", b"x"), regular("d/g.txt", b"y")])

    inside = ask("GET", "/api/models/lab/m/tree/main/d").json
    assert [(item["type"], item["path"]) for item in inside] == [
        ("directory", "d/e"),
        ("file", "d/g.txt"),
    ]
    assert ask("GET", "/api/models/lab/m/tree/main/no").headers["x-error-code"] == "EntryNotFound"
    missing = ask("GET", "/api/models/lab/m/tree/v9")
    assert (missing.status, missing.headers["x-error-code"]) == (404, "RevisionNotFound")


def test_expanded_facts_name_the_commit_that_last_touched_the_file(ask: Asker) -> None:
    ask.create()
    ask.commit([regular("a.txt", b"a")], summary="touches a")
    ask.commit([regular("b.txt", b"b")], summary="touches b")

    rows = ask(
        "POST",
        "/api/models/lab/m/paths-info/main",
        b"paths=a.txt&paths=b.txt&paths=none&expand=true",
        kind="application/x-www-form-urlencoded",
    ).json

    assert [row["lastCommit"]["title"] for row in rows] == ["touches a", "touches b"]
